import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from components.enhancement import RealesrganEnhancer
from components.enhancement.architecture import PUBLISHED
from components.networks import speed
from components.networks.convolution_time import Times
from pipeline.component_check.samples import random_weights
from pipeline.doctor import WORKS
from tests.e2e.cli import call, call_json


def test_help_needs_no_heavy_imports() -> None:
    """Help comes in a fraction of a second only while torch, pydantic and SQLAlchemy stay outside."""
    code = (
        "import sys; from typer.testing import CliRunner; from pipeline.cli import app; "
        "assert CliRunner().invoke(app, ['--help']).exit_code == 0; "
        "print([name for name in ('torch', 'pydantic', 'sqlalchemy', 'numpy', 'PIL') if name in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert shown.stdout.strip() == "[]"


def test_a_picture_needs_nothing_that_takes_longer_to_import_than_it_takes_to_make(
    tiny_model: Path, tmp_path: Path
) -> None:
    run = ["pipeline", "run", "--model", str(tiny_model), "--size", "16", "--out", str(tmp_path / "out")]
    heavy = (
        "torch._dynamo",
        "sympy",
        "torchvision",
        "lightning_fabric",
        "basicsr",
        "spandrel",
        "scipy",
        "matplotlib",
    )
    code = (
        "import sys; from typer.testing import CliRunner; from pipeline.cli import app; "
        f"assert CliRunner().invoke(app, {run}).exit_code == 0; "
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert shown.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "words",
    [
        [], ["pipeline"], ["runs"], ["data"], ["model"], ["weights"], ["results"], ["component"], ["train"], ["enhance"], ["doctor"],
    ],
)  # fmt: skip
def test_every_command_explains_itself(words: list[str]) -> None:
    shown = call(*words, "--help")

    assert shown.exit_code == 0
    assert "Usage" in shown.stdout


def test_the_help_of_train_names_every_preset() -> None:
    from components.training import PRESETS

    shown = call("train", "--help").stdout

    assert [name for name in PRESETS if name not in shown] == []


def test_doctor_says_what_works_and_what_to_do_about_the_rest() -> None:
    findings = {finding["topic"]: finding for finding in call_json("doctor")}

    assert findings["torch"]["verdict"] == "ok"
    assert findings["libraries work"]["verdict"] == "ok", findings["libraries work"]
    missing = findings["weights realesr-general-x4v3"]
    assert (missing["verdict"], missing["advice"]) == ("note", "artgen weights get realesr-general-x4v3")


def test_doctor_shows_how_fast_each_precision_is_and_which_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = {work: Times(0.004, 0.005) for work in WORKS} | {"enhancement": Times(0.004, 0.001)}
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(speed, "bfloat16_units", lambda: "AVX512_BF16")
    monkeypatch.delenv(speed.OVERRIDE)
    said: list[dict[str, dict[str, str]]] = []
    for place in ("cache", "cache", "file"):
        monkeypatch.setenv("ARTGEN_CACHE", str(tmp_path / place))
        monkeypatch.setattr(speed, "SPEEDS", speed.SpeedProbe(lambda work: answers[work]))
        said.append({finding["topic"]: finding for finding in call_json("doctor")})
        (tmp_path / "file").write_text("in the way of a folder")
    new, known, unwritable = (findings["precision of enhancement"] for findings in said)

    count = torch.get_num_threads()
    times = f"a convolution takes 4.0 ms in float32, 1.0 ms in bfloat16 with {count} threads"
    assert new["found"] == f"bfloat16: {times}; measured now"
    assert known["found"] == f"bfloat16: {times}; known from before"
    assert (new["verdict"], unwritable["verdict"]) == ("ok", "note")
    assert "cannot be written" in unwritable["advice"]
    (note,) = (tmp_path / "cache").rglob("enhancement-*.json")
    assert known["advice"] == f"remove {note} to measure it anew"
    assert said[0]["precision of training"]["found"].startswith("float32: ")
    monkeypatch.setenv(speed.OVERRIDE, "float32")
    (finding,) = [found for found in call_json("doctor") if found["topic"] == "precision auto"]
    assert (finding["found"], finding["advice"]) == (
        "float32, without measuring",
        f"{speed.OVERRIDE} says so",
    )


def test_doctor_reports_altered_weights_as_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "realesr-general-x4v3.pth").write_bytes(b"something else")
    monkeypatch.setenv("ARTGEN_WEIGHTS", str(tmp_path))

    findings = {finding["topic"]: finding for finding in call_json("doctor", code=1)}
    listed = {row["name"]: row for row in call_json("weights", "list")}

    assert "wanted SHA-256" in findings["weights realesr-general-x4v3"]["found"]
    assert "wanted SHA-256" in listed["realesr-general-x4v3"]["fault"]
    assert listed["RealESRGAN_x2plus"]["path"] is None


def test_components_are_listed_by_port() -> None:
    listed = call_json("component", "list")

    assert {"lanczos", "realesrgan"} <= set(listed["enhancer"])
    assert listed["generator"] == ["noise", "pictures", "stylize", "translate", "walk"]


def test_a_component_that_breaks_its_contract_is_named_with_exit_code_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lazy_enhancer.py").write_text(
        "class Lazy:\n    def enhance(self, data, settings):\n        return None\n"
    )

    checked = call("component", "check", "enhancer", "lazy_enhancer:Lazy")

    assert checked.exit_code == 1
    assert "FAILED" in checked.stdout


def test_a_run_enlarges_with_weights_given_by_path_and_can_be_made_again(
    tiny_model: Path, tmp_path: Path
) -> None:
    weights = random_weights(tmp_path / "weights")
    made = call_json(
        "pipeline", "run", "--model", tiny_model, "--seed", 3, "--size", 32, "--keep", 16, "--weights", weights,
        "--out", tmp_path / "out",
    )  # fmt: skip

    assert {file["role"] for file in made["files"]} == {"kept", "final"}
    for file in made["files"]:
        assert call_json("results", "reproduce", file["path"], "--out", tmp_path / "again")["identical"]


def test_a_picture_that_another_implementation_enlarged_is_made_again_with_that(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = random_weights(tmp_path / "weights")
    with monkeypatch.context() as before:  # as it was when artgen had no networks of its own
        before.setattr(RealesrganEnhancer.__init__, "__defaults__", ("auto", None, None, PUBLISHED))
        made = call_json(
            "pipeline", "run", "--model", tiny_model, "--size", 32, "--weights", weights, "--out", tmp_path
        )
    [file] = made["files"]
    with Image.open(file["path"]) as picture:
        runtime = json.loads(picture.info["artgen"])["chain"][1]["runtime"]

    assert PUBLISHED in runtime["versions"]
    assert call_json("results", "reproduce", file["path"], "--out", tmp_path / "again")["identical"]


@pytest.mark.parametrize(
    "options",
    [
        'kind = "realesrgan"\ndenoise = 0.4\ntwin = "twin.pth"\ntta = true\noverlap_px = 3\ntile_px = 16',
        'kind = "spandrel"\noverlap_px = 5\ntile_px = 16',
    ],
    ids=["blend", "spandrel"],
)
def test_a_run_with_every_option_can_be_made_again(
    options: str, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    random_weights(tmp_path).rename("one.pth")
    state = torch.load(random_weights(tmp_path), weights_only=True)["params"]
    torch.save({"params": {name: tensor * 0.5 for name, tensor in state.items()}}, "twin.pth")
    (tmp_path / "run.toml").write_text(
        f"[enhancement]\nside = 96\nkeep = [32]\ncolour_match = true\n[enhancement.enhancer]\n{options}\n"
        'weights = "one.pth"\n'
    )
    made = call_json("pipeline", "run", "--config", "run.toml", "--model", tiny_model, "--out", "out")

    for file in made["files"]:
        assert call_json("results", "reproduce", file["path"], "--out", tmp_path / "again")["identical"]


EVERY_OPTION = (
    "--weights", "x.pth", "--denoise", 0.5, "--precision", "float32", "--tile", 64, "--overlap", 8, "--tta",
    "--strength", 0.25, "--colour-match",
)  # fmt: skip


def test_pipeline_run_takes_every_option_of_the_engine() -> None:
    shown = call_json("pipeline", "show-config", *EVERY_OPTION)["enhancement"]

    wanted = {"kind": "realesrgan", "weights": "x.pth", "denoise": 0.5, "precision": "float32", "tile_px": 64}
    assert {**shown["enhancer"], "twin": ""} == {**wanted, "overlap_px": 8, "tta": True, "twin": ""}
    assert (shown["strength"], shown["colour_match"], shown["side"]) == (0.25, True, 1024)


def test_options_win_over_the_file_one_by_one(tmp_path: Path) -> None:
    table = 'kind = "spandrel"\nweights = "mine.pth"\ntile_px = 64\ntta = true'
    (tmp_path / "run.toml").write_text(
        f"[enhancement]\ncolour_match = true\n[enhancement.enhancer]\n{table}\n"
    )
    options = ("--tile", 128, "--no-tta", "--no-colour-match")
    shown = call_json("pipeline", "show-config", "--config", tmp_path / "run.toml", *options)["enhancement"]

    assert shown["colour_match"] is False
    assert {name: shown["enhancer"][name] for name in ("kind", "weights", "tile_px", "tta")} == {
        "kind": "spandrel", "weights": "mine.pth", "tile_px": 128, "tta": False,
    }  # fmt: skip


def test_results_are_listed_and_exported_with_a_table(tiny_model: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    made = call_json(
        "pipeline",
        "run",
        "--model",
        tiny_model,
        "--count",
        2,
        "--size",
        8,
        "--enhancer",
        "lanczos",
        "--out",
        out,
    )

    shown = call_json("results", "show", made["run"], "--out", out)
    exported = call("results", "export", made["run"], tmp_path / "exported", "--out", out)

    assert [file["sha256"] for file in shown] == [file["sha256"] for file in made["files"]]
    assert exported.exit_code == 0
    index = json.loads((tmp_path / "exported" / "index.json").read_text())
    assert sorted(path.name for path in (tmp_path / "exported").glob("*.png")) == sorted(
        file["name"] for file in index["files"]
    )


def test_looking_at_results_makes_no_store(tmp_path: Path) -> None:
    looked = call("results", "list", "--out", tmp_path / "nothing")

    assert looked.exit_code == 2
    assert not (tmp_path / "nothing").exists()


def test_a_picture_without_metadata_cannot_be_made_again(tmp_path: Path) -> None:
    Image.new("RGB", (4, 4)).save(tmp_path / "plain.png")

    refused = call("results", "reproduce", tmp_path / "plain.png")

    assert refused.exit_code == 2
    assert "does not say how it was made" in refused.stderr
    save_file({}, tmp_path / "x.safetensors")
    assert call("results", "reproduce", tmp_path / "x.safetensors").exit_code == 2
