import json
import re
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from components.conversion import read_metadata
from components.conversion.document import Document
from components.networks.vgg19_taps import VGG19Taps
from interfaces.errors import DataError
from pipeline.component_check.samples import style_pictures
from pipeline.orchestrator.attendant import RunAttendant
from tests.e2e.cli import call, call_json, start, wait_until

SMALL = ("--size", 32, "--smallest", 32, "--steps", 3, "--features", "random", "--seed", 7, "--threads", 1)
COLOURS = ("--algorithm", "reinhard", "--size", 32, "--seed", 7)


@pytest.fixture
def pictures(here: Path) -> tuple[Path, Path]:
    content, style = style_pictures(here)
    return content.rename(here / "harbour.png"), style.rename(here / "mosaic.png")


def _generation(file: dict[str, Any]) -> dict[str, Any]:
    """Return the record of the generation in a stored file."""
    metadata = read_metadata(Path(file["path"]).read_bytes())
    assert metadata is not None
    return Document.model_validate(metadata).chain[0].model_dump()


def _bytes(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(out.glob("2*/*seed*.png"))}


def test_a_picture_gets_the_style_of_another_and_its_file_says_from_what_and_how(
    pictures: tuple[Path, Path],
) -> None:
    content, style = pictures
    made = call_json("stylize", content, "--style", style, *SMALL)

    [file] = [each for each in made["files"] if each["role"] == "final"]
    assert (file["width"], file["height"]) == (24, 32)  # as it is made: nobody has asked for another size
    assert Path(file["path"]).name.startswith("harbour_mosaic_seed7")
    generation = _generation(file)
    assert generation["settings"]["source"]["features"] == "random"
    assert set(generation["digests"]) == {"content", "style"}


def test_it_is_enlarged_where_somebody_asks_and_reproduced_from_its_file(
    pictures: tuple[Path, Path], here: Path
) -> None:
    content, style = pictures
    command = ("stylize", content, "--style", style, *COLOURS, "--enlarge-to", 64, "--enhancer", "lanczos")
    [file] = call_json(*command)["files"]

    assert (file["width"], file["height"]) == (48, 64)
    again = call_json("results", "reproduce", file["path"], "--out", here / "again")
    assert again["identical"]


def test_a_folder_of_pictures_is_stylised_with_several_styles_and_a_bad_one_leaves_the_others_going(
    pictures: tuple[Path, Path], here: Path
) -> None:
    content, style = pictures
    (here / "photos").mkdir()
    content.rename(here / "photos" / "a.png")
    (here / "photos" / "b.png").write_bytes(b"no picture")
    (here / "photos" / "c.png").write_bytes((here / "photos" / "a.png").read_bytes())

    made = call_json(
        "stylize", here / "photos", "--style", style, "--style", here / "photos" / "a.png", *SMALL,
        "--blend", "3,7", "--no-sheet", code=1,
    )  # fmt: skip

    assert [Path(each["path"]).name[0] for each in made["files"]] == ["a", "c"]
    assert list(made["failed"]) == ["8"]
    assert "b.png" in made["failed"]["8"]


def test_a_configuration_file_says_the_same(pictures: tuple[Path, Path], here: Path) -> None:
    content, style = pictures
    typed = call_json("stylize", content, "--style", style, *COLOURS, "--out", here / "typed")
    (here / "a.toml").write_text(
        '[generation]\nseed = 7\n[generation.source]\nkind = "stylize"\npaths = ["harbour.png"]\n'
        'styles = ["mosaic.png"]\nalgorithm = "reinhard"\nsize = 32\n'
        '[enhancement]\nscale = 1\n[enhancement.enhancer]\nkind = "lanczos"\n'
    )
    assert typed["state"] == "done"

    assert (
        call_json("pipeline", "run", "--config", here / "a.toml", "--out", here / "written")["state"]
        == "done"
    )

    assert _bytes(here / "typed") == _bytes(here / "written")


def test_losses_and_drafts_are_written_where_they_are_asked_for(
    pictures: tuple[Path, Path], here: Path
) -> None:
    content, style = pictures
    trace, drafts = here / "losses.jsonl", here / "drafts"
    call_json(
        "stylize", content, "--style", style, *SMALL, "--steps", 60, "--trace", trace, "--drafts", drafts
    )

    lines = [json.loads(line) for line in trace.read_text().splitlines()]
    assert [each["step"] for each in lines] == sorted({each["step"] for each in lines})
    assert lines[-1]["loss"] < lines[0]["loss"]
    assert {each["seed"] for each in lines} == {7}
    for draft in drafts.glob("*"):
        assert re.fullmatch(r"seed7-step-\d{6}\.webp", draft.name)
        with Image.open(draft) as picture:
            assert picture.size == (24, 32)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["gone.png", "--style", "mosaic.png"], r"gone\.png: wanted a picture.*found nothing"),
        (["text.png", "--style", "mosaic.png"], r"text\.png"),
        (["harbour.png", "--style", "gone.png"], r"gone\.png cannot be read"),
        (["harbour.png", "--style", "text.png"], r"text\.png"),
        (
            ["harbour.png", "--style", "small.png"],
            r"style 1 \(small\.png\): wanted at least 32 px each way, got 20x20",
        ),
        (["harbour.png"], r"styles: wanted at least 1 style picture for gatys, got none"),
        (["harbour.png", "--style", "mosaic.png", "--mask", "small.png"], r"mask 1: wanted it as large as"),
        (
            ["harbour.png", "--style", "mosaic.png", "--mask", "a.png", "--mask", "b.png"],
            r"masks?: wanted none",
        ),
        (
            ["harbour.png", "--style", "mosaic.png", "--content-weight", 0, "--style-weight", 0],
            r"wanted one of them above 0",
        ),
        (
            ["harbour.png", "--style", "mosaic.png", "--style-weight", -1],
            r"artgen: --style-weight: .*greater than or equal to 0, got -1",
        ),
        (
            ["harbour.png", "--style", "mosaic.png", "--blend", "0"],
            r"blend: wanted at least one number above 0",
        ),
        (
            ["harbour.png", "--style", "mosaic.png", "--blend", "1,2"],
            r"blend: wanted none or one number for each",
        ),
        (
            ["harbour.png", "--style", "mosaic.png", "--style-layers", "relu9_1"],
            r"layer: wanted one of conv1_1, .*relu5_4.* got 'relu9_1'",
        ),
        (["harbour.png", "--style", "mosaic.png", "--algorithm", "gatis"], r"Did you mean 'gatys'\?"),
        (
            ["harbour.png", "--style", "mosaic.png", "--algorithm", "reinhard", "--steps", 5],
            r"steps: reinhard makes no use of it",
        ),
        (["harbour.png", "--style", "mosaic.png", "--queue", "--trace", "t.jsonl"], r"without --queue"),
        (
            ["harbour.png", "--style", "mosaic.png", "--crop", "round"],
            r"--crop: wanted an aspect such as 4:3",
        ),
    ],
)
def test_bad_input_is_answered_in_one_line_with_exit_code_2(
    arguments: list[object], said: str, pictures: tuple[Path, Path], here: Path
) -> None:
    (here / "text.png").write_text("no picture")
    Image.new("RGB", (20, 20)).save(here / "small.png")
    features = () if "reinhard" in arguments else ("--features", "random")

    result = call("stylize", *arguments, *features, "--size", 32, "--out", here / "out")

    assert result.exit_code == 2, result.output
    assert re.search(said, result.stderr), result.stderr
    assert not list((here / "out").glob("2*"))


def test_features_that_are_not_here_are_named_with_the_command_that_gets_them_and_what_does_without(
    pictures: tuple[Path, Path], here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARTGEN_WEIGHTS", "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(here / "cache"))
    content, style = pictures
    result = call("stylize", content, "--style", style)

    assert result.exit_code == 2
    assert "`artgen weights get vgg19` gets it" in result.stderr
    assert "--features random" in result.stderr


def test_features_are_found_by_name_and_again_by_their_digest(
    pictures: tuple[Path, Path], here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = here / "weights"
    weights.mkdir()
    _save_features(weights / "vgg19.safetensors")
    monkeypatch.setenv("ARTGEN_WEIGHTS", str(weights))
    content, style = pictures
    [file] = call_json("stylize", content, "--style", style, *SMALL, "--features", "vgg19")["files"]

    generation = _generation(file)
    assert generation["settings"]["source"]["features"] == "vgg19"
    assert str(here) not in json.dumps(generation)
    (weights / "vgg19.safetensors").rename(weights / "of-another-name.safetensors")
    again = call_json("results", "reproduce", file["path"], "--out", here / "again")
    assert again["identical"]


def _save_features(path: Path) -> None:
    layers = VGG19Taps(None).layers.values()
    tensors = {
        f"features.{number}.{name}": tensor.to(torch.bfloat16)
        for number, layer in enumerate(layers)
        for name, tensor in layer.named_parameters()
    }
    save_file(tensors, path)


def test_weights_are_studied_on_one_sheet_and_in_one_table(pictures: tuple[Path, Path]) -> None:
    content, style = pictures
    made = call_json(
        "stylize", content, "--style", style, *SMALL, "--content-weights", "0,1", "--style-weights", "1",
    )  # fmt: skip

    roles = [file["role"] for file in made["files"]]
    assert sorted(roles) == ["final", "final", "sheet"]
    folder = Path(made["files"][0]["path"]).parent
    rows = json.loads((folder / "study.json").read_text())
    assert [row["title"] for row in rows] == ["content 0, style 1", "content 1, style 1"]
    assert rows[0]["values"]["mse"] > rows[1]["values"]["mse"]
    assert (folder / "study.csv").read_text().splitlines()[0].startswith("title,picture,mse,ssim,gram")
    again = call_json("results", "reproduce", made["files"][0]["path"], "--out", folder / "again")
    assert again["identical"]


def test_a_queued_study_has_its_table_when_a_worker_or_a_resumption_has_made_it(
    pictures: tuple[Path, Path], here: Path
) -> None:
    content, style = pictures
    study = (
        "stylize",
        content,
        "--style",
        style,
        *SMALL,
        "--compare",
        "reinhard,histogram",
        "--queue",
        "--out",
        here / "out",
    )
    folders = [here / "out" / call_json(*study)["id"] for _ in range(2)]

    resumed = call("runs", "resume", folders[0].name, "--out", here / "out")
    call_json("worker", "--once", "--out", here / "out")

    assert resumed.exit_code == 0, resumed.output
    assert f"table: {folders[0] / 'study.csv'}" in "".join(resumed.output.splitlines())
    tables = [(folder / "study.csv").read_text().splitlines() for folder in folders]
    assert tables[0] == tables[1]
    assert [line.split(",")[0] for line in tables[0]] == ["title", "reinhard", "histogram"]


def test_a_study_whose_pictures_do_not_say_what_they_are_made_of_says_why_it_has_no_table(
    pictures: tuple[Path, Path],
) -> None:
    content, style = pictures
    made = call(
        "stylize", content, "--style", style, *SMALL, "--compare", "reinhard,histogram", "--no-metadata"
    )

    assert made.exit_code == 0, made.output
    assert "the table of the study is not written" in " ".join(made.stderr.split())


def test_algorithms_are_compared_each_with_the_settings_that_it_knows(pictures: tuple[Path, Path]) -> None:
    content, style = pictures
    made = call_json("stylize", content, "--style", style, *SMALL, "--compare", "gatys,reinhard,histogram")

    folder = Path(made["files"][0]["path"]).parent
    rows = json.loads((folder / "study.json").read_text())
    assert [row["title"] for row in rows] == ["gatys", "reinhard", "histogram"]
    assert len({row["values"]["gram"] for row in rows}) == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--preview-grid", "--compare", "all"], r"wanted one of them, got both"),
        (["--compare", "gatys"], r"--compare: wanted at least 2 algorithms, got gatys"),
        (["--compare", "gatys,gatis"], r"Did you mean 'gatys'"),
        (["--content-weights", "1,much"], r"--content-weights: wanted numbers with commas"),
        (["--content-weights", "1,-1"], r"content_weight: .*greater than or equal to 0"),
        (["mosaic.png", "--preview-grid"], r"CONTENT: wanted one picture for a study, got 2"),
    ],
)
def test_a_study_that_cannot_be_is_refused(
    arguments: list[str], said: str, pictures: tuple[Path, Path]
) -> None:
    result = call("stylize", "harbour.png", "--style", "mosaic.png", "--features", "random", *arguments)

    assert result.exit_code == 2, result.output
    assert re.search(said, result.stderr), result.stderr


def test_a_loss_that_is_never_a_number_is_told_and_no_picture_is_made(pictures: tuple[Path, Path]) -> None:
    content, style = pictures
    result = call("stylize", content, "--style", style, *SMALL, "--style-weight", "1e39")

    assert result.exit_code == 1, result.output
    assert "loss is not a finite number (inf)" in " ".join(result.output.split())
    assert "a weight be too large" in " ".join(result.output.split())
    assert not list(Path.cwd().rglob("*seed7*.png"))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds a process to a limit of its memory")
def test_without_memory_for_the_size_a_smaller_image_is_made_and_enlarged_and_it_says_so(
    pictures: tuple[Path, Path], here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content, style = pictures
    monkeypatch.setenv("MEMORY_BEYOND_MIB", "300")
    command = ("stylize", content, "--style", style, *SMALL, "--size", 512, "--steps", 2)
    process = start(here, *command, module="tests.fixture_system.short_memory_cli")
    said, problems = process.communicate()

    assert process.returncode == 0, problems
    told = " ".join(problems.split())
    [smaller] = re.findall(r"out of memory at 512 px: the image is made at (\d+) px and enlarged", told)
    assert int(smaller) < 512
    assert "512" in Path(said.split()[0]).name


LONG = ("--size", 48, "--smallest", 48, "--features", "random", "--seed", 7, "--threads", 1)


def test_a_killed_image_goes_on_near_where_it_was_and_ends_with_the_same_bytes(
    pictures: tuple[Path, Path], here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content, style = pictures
    command = ("stylize", content, "--style", style, *LONG, "--steps", 40)
    assert call(*command, "--out", here / "whole").exit_code == 0
    out, trace = here / "out", here / "losses.jsonl"
    process = start(here, *command, "--trace", trace, "--out", out, module="tests.fixture_system.keeping_cli")
    wait_until(lambda: trace.exists() and trace.read_text().count("\n") >= 8, process)
    process.kill()
    process.communicate()
    assert not _bytes(out)

    steps = _watch(monkeypatch)
    [run] = call_json("runs", "list", "--out", out)
    assert call_json("runs", "resume", run["id"], "--out", out)["state"] == "done"

    assert min(steps) >= 6
    assert _bytes(out) == _bytes(here / "whole")
    assert not (out / "unfinished").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for a single process")
def test_ctrl_c_leaves_what_the_image_looks_like_and_goes_on_from_there(
    pictures: tuple[Path, Path], here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content, style = pictures
    command = ("stylize", content, "--style", style, *LONG, "--steps", 4000)
    out, drafts = here / "out", here / "drafts"
    process = start(here, *command, "--drafts", drafts, "--out", out)
    wait_until(lambda: any(drafts.glob("*.webp")), process)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)

    assert process.returncode == 130, stderr
    assert "Traceback" not in stderr
    [run] = call_json("runs", "list", "--out", out)
    assert f"artgen runs resume {run['id']}" in stdout
    shown = out / "unfinished" / run["id"] / "seed7.png"
    assert str(shown) in stderr.replace("\n", "")
    with Image.open(shown) as picture:
        assert picture.size == (36, 48)

    steps = _watch(monkeypatch, end_after=3)
    assert call("runs", "resume", run["id"], "--out", out).exit_code == 1
    assert min(steps) > 1
    call("runs", "delete", run["id"], "--yes", "--out", out)
    assert not (out / "unfinished").exists()


def _watch(monkeypatch: pytest.MonkeyPatch, end_after: int | None = None) -> list[int]:
    """Return the steps that attendants hear of from now on."""
    heard: list[int] = []
    progress = RunAttendant.progress

    def hear(self: RunAttendant, done: int, total: int, detail: str = "") -> None:
        heard.append(done)
        if end_after is not None and len(heard) > end_after:
            raise DataError("enough")
        progress(self, done, total, detail)

    monkeypatch.setattr(RunAttendant, "progress", hear)
    return heard
