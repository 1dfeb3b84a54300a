"""Translation from the command line: train on two folders, translate files both ways, make them again, refuse what is wrong."""

import json
from pathlib import Path

import pytest
from PIL import Image

from interfaces.errors import DataError
from pipeline.train.data import as_domains
from storage.training.training_store import LocalTrainingStore
from tests.e2e.cli import call, call_json, parse
from tests.samples import paint
from tests.unit.networks.features_files import write_squeezenet

TINY = (
    "--preset", "translation-small", "--steps", 2, "--set", "generator.side=16", "--set", "generator.width=4",
    "--set", "generator.blocks=1", "--set", "critic.field=16", "--set", "critic.width=4", "--set", "device=cpu",
    "--set", "precision=float32",
)  # fmt: skip


@pytest.fixture
def folders(here: Path) -> tuple[Path, Path]:
    for name, mode in (("photos", "RGB"), ("drawings", "L")):
        (here / name).mkdir()
        for number in range(5):
            paint(24, 20, seed=number).convert(mode).save(here / name / f"{name[0]}{number}.png")
    return here / "photos", here / "drawings"


def test_two_folders_are_learnt_from_and_files_translated_both_ways(
    folders: tuple[Path, Path], here: Path
) -> None:
    photos, drawings = folders
    trained = call_json("train", photos, drawings, *TINY, "--out", here / "model")
    assert trained["model"]["styles"] == ["photos", "drawings"]  # in the order that was given
    there = call_json("translate", here / "model", photos)
    names = [Path(file["path"]).name for file in there["files"] if file["role"] == "final"]
    assert names == [f"p{n}_a-to-b_24x20.png" for n in range(5)]
    photo = photos / "p0.png"
    [back] = call_json("translate", here / "model", photo, "--direction", "b-to-a", "--size", 12)["files"]
    assert (back["width"], back["height"]) == (12, 10)
    [round_trip] = call_json("translate", here / "model", photo, "--there-and-back")["files"]
    assert Path(round_trip["path"]).name == "p0_a-to-b-to-a_24x20.png"
    again = call_json("results", "reproduce", round_trip["path"], "--out", here / "again")
    assert again["identical"]


def test_a_file_of_settings_says_the_same_as_the_command(folders: tuple[Path, Path], here: Path) -> None:
    photos, drawings = folders
    told = call("train", photos, drawings, *TINY, "--out", here / "model").stdout.splitlines()[-1]
    what, _, line = told.partition(": ")
    assert what == "translate pictures of photos to drawings"
    parse(line)
    [one] = call_json("translate", here / "model", photos / "p1.png", "--direction", "b-to-a")["files"]
    (here / "settings.toml").write_text(
        f"model = {json.dumps(str(here / 'model'))}\n"
        "[generation]\ncount = 1\nseed = 0\n"
        f'[generation.source]\nkind = "translate"\ndirection = "b-to-a"\npaths = [{json.dumps(str(photos / "p1.png"))}]\n'
        '[enhancement]\nscale = 1\nenhancer = { kind = "lanczos" }\n'
    )
    [other] = call_json("pipeline", "run", "--config", here / "settings.toml")["files"]
    with Image.open(one["path"]) as first, Image.open(other["path"]) as second:
        assert first.tobytes() == second.tobytes()


def test_without_a_model_the_default_one_of_those_that_translate_is_taken(
    folders: tuple[Path, Path], here: Path
) -> None:
    photos, drawings = folders
    call("train", photos, drawings, *TINY, "--set", "name=mine")
    refused = call("translate", photos)
    assert refused.exit_code == 2
    assert (
        "wanted the name of one that takes a domain-picture, of mine; `artgen model default NAME`"
        in refused.stderr
    )
    assert call("model", "default", "mine").stdout == "default model that translates: mine\n"
    taken = call_json("translate", photos / "p0.png", photos / "p1.png")
    named = call_json("translate", "mine", photos / "p0.png", photos / "p1.png")
    assert [file["sha256"] for file in taken["files"]] == [file["sha256"] for file in named["files"]]
    told = call("model", "default").stdout.splitlines()
    assert told[1:] == ["default model that translates: mine"]
    assert "wanted pictures behind the model mine, got none" in call("translate", "mine").stderr
    # what paints goes on to be what comes with artgen
    assert (
        call("pipeline", "run", "--count", 1, "--size", 64, "--enhancer", "lanczos", "--no-sheet").exit_code
        == 0
    )


def test_a_bad_picture_is_named_and_the_others_are_translated(folders: tuple[Path, Path], here: Path) -> None:
    photos, drawings = folders
    call("train", photos, drawings, *TINY, "--out", here / "model")
    (photos / "p9.png").write_text("no picture")
    result = call("translate", here / "model", photos)
    assert result.exit_code == 1
    assert "p9.png" in result.output


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (("train", "photos", *TINY), "photos: wanted two domains, got 1 (photos); give two sources, A and B"),
        (("train", "photos", "empty", *TINY), "empty holds no pictures"),
        (("train", "photos", "gone", *TINY), "gone is not there"),
        (("train", "photos", "photos", *TINY), "wanted other pictures than those of"),
        (("translate", "gone", "photos"), "gone"),
        (
            ("translate", "model", "none.png"),
            "none.png: wanted a picture, a folder or a pattern, found nothing",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_a_word(
    command: tuple[object, ...], message: str, folders: tuple[Path, Path], here: Path
) -> None:
    (here / "empty").mkdir()
    result = call(*command)
    assert result.exit_code == 2
    assert message in " ".join(result.output.split())


def test_a_second_critic_asks_for_its_frozen_features_by_the_command_that_brings_them(
    folders: tuple[Path, Path], here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARTGEN_WEIGHTS", str(here / "weights"))
    command = ("train", *folders, *TINY, "--set", "frozen_weight=1", "--out", here / "model")
    named = ("--set", "frozen_critic.features=squeezenet1_1", "--set", "frozen_critic.view_side=32")
    missing = call(*command, *named)
    assert missing.exit_code == 2
    wanted = "frozen_critic.features: squeezenet1_1 is not on this machine: artgen weights get squeezenet1_1;"
    assert wanted in " ".join(missing.stderr.split())
    (here / "weights").mkdir()
    write_squeezenet(here / "weights" / "squeezenet1_1.safetensors")
    assert call_json(*command, *named)["model"]["training"]["settings"]["frozen_weight"] == 1


def test_a_published_set_has_its_domains_in_trainA_and_trainB(here: Path) -> None:  # noqa: N802  # their name
    for name in ("trainA", "trainB", "testA", "testB"):
        (here / "horses" / name).mkdir(parents=True)
        for number in range(2):
            paint(16, 16, seed=len(name) + number).save(here / "horses" / name / f"{number}.png")
    found = LocalTrainingStore(remember=False).describe(str(here / "horses"))
    assert (found.dataset, found.styles) == ("horses", ("A", "B"))
    assert {(image.style, image.split) for image in found.images} == {
        ("A", "train"), ("B", "train"), ("A", "test"), ("B", "test"),
    }  # fmt: skip


def test_two_sources_are_two_domains_whatever_their_folders_are(
    folders: tuple[Path, Path], here: Path
) -> None:
    store = LocalTrainingStore(remember=False)
    a, b = (store.describe(str(folder)) for folder in folders)
    both, swapped = as_domains(a, b), as_domains(b, a)
    assert (both.styles, swapped.styles) == (("photos", "drawings"), ("drawings", "photos"))
    assert both.fingerprint != swapped.fingerprint
    assert [image.style for image in both.images] == ["photos"] * 5 + ["drawings"] * 5
    twin = a.model_copy(update={"images": b.images})
    assert as_domains(a, twin).styles == ("photos A", "photos B")
    with pytest.raises(DataError, match="got 5 of them in both"):
        as_domains(a, a)


def test_outlines_of_photographs_are_the_other_half_of_pairs(folders: tuple[Path, Path], here: Path) -> None:
    photos, _ = folders
    (photos / "broken.png").write_text("no picture")
    made = call_json("data", "outline", photos, "--out", here / "lines")
    assert made["drawings"] == 5
    assert [each["uri"] for each in made["set_aside"]] == [str(photos / "broken.png")]
    assert sorted(path.name for path in (here / "lines").iterdir()) == [f"p{n}.png" for n in range(5)]
    with Image.open(here / "lines" / "p0.png") as drawing:
        assert (drawing.mode, drawing.size) == ("L", (24, 20))
    one_way = ("--set", "paired=true", "--set", "generator.both_ways=false")
    trained = call_json("train", photos, here / "lines", *TINY, *one_way, "--out", here / "model")
    assert set(trained["model"]["metrics"]) == {"pixel_l1_a_to_b"}
    (here / "lines" / "p0.png").unlink()
    result = call("train", photos, here / "lines", *TINY, *one_way, "--out", here / "other")
    assert result.exit_code == 2
    assert "under the same name, got 1 in one alone: p0" in " ".join(result.output.split())


def test_outlines_keep_the_folders_of_styles(folders: tuple[Path, Path], here: Path) -> None:
    both = here / "both"
    both.mkdir()
    for folder in folders:
        folder.rename(both / folder.name)
    call("data", "outline", both, "--out", here / "lines", "--width", 1)
    assert (here / "lines" / "photos" / "p3.png").is_file()
    assert (here / "lines" / "drawings" / "d3.png").is_file()
    result = call("data", "outline", here / "gone", "--out", here / "lines")
    assert result.exit_code == 2


@pytest.fixture
def many(here: Path) -> tuple[Path, Path]:
    for name, mode in (("photos", "RGB"), ("drawings", "L")):
        (here / name).mkdir()
        for number in range(36):
            paint(16, 16, seed=number).convert(mode).save(here / name / f"{number}.png")
    call("train", here / "photos", here / "drawings", *TINY, "--out", here / "model")
    return here / "photos", here / "drawings"


def test_a_translation_is_judged_by_what_comes_back(many: tuple[Path, Path], here: Path) -> None:
    report = call_json("evaluate", here / "model", *many, "--count", 17)
    assert report["domains"] == ["photos", "drawings"]
    assert [one["direction"] for one in report["directions"]] == ["a-to-b", "b-to-a"]
    for one in report["directions"]:
        returns = {each["change"]: each for each in one["returns"]}
        ratio = returns["noise 2/255"]["error"] / returns["as it is"]["error"]
        assert one["hiding_score"] == pytest.approx(ratio)
        keys = {each["key"]: each["value"] for each in report["measurements"]}
        assert keys[f"{one['direction']} hiding"] == one["hiding_score"]
        assert keys[f"{one['direction']} cycle_l1"] == returns["as it is"]["error"]
    assert len(report["warnings"]) == 2  # 17 pictures of a domain are not twice 16
    shown = call("evaluate", here / "model", *many, "--count", 16).output
    assert "photos to drawings and back, 16 pictures of the train split" in shown
    assert "hiding score: " in shown
    for wrong, message in (
        (many[::-1], "wanted A photos and B drawings, as"),
        (many[:1], "photos: wanted two domains, got 1 (photos); give two sources, A and B"),
        ((*many, "--style", "photos"), "style: wanted none"),
        ((*many, "--split", "test"), "wanted pictures of photos in the test split, got none"),
    ):
        result = call("evaluate", here / "model", *wrong)
        assert result.exit_code == 2
        assert message in " ".join(result.output.split())


def test_a_translation_is_judged_by_its_domain(many: tuple[Path, Path], here: Path) -> None:
    full = call_json("evaluate", here / "model", *many)
    assert {"a-to-b swd_16", "b-to-a swd_16"} <= {each["key"] for each in full["measurements"]}
    assert (here / "model" / "b-to-a" / "nearest.png").is_file()
    assert "measured on 72 pictures of photos and drawings" in call("report", here / "model").output


def test_pairs_are_judged_by_the_truth(folders: tuple[Path, Path], here: Path) -> None:
    photos, _ = folders
    call("data", "outline", photos, "--out", here / "lines")
    one_way = ("--set", "paired=true", "--set", "generator.both_ways=false")
    call("train", photos, here / "lines", *TINY, *one_way, "--out", here / "model")
    [one] = call_json("evaluate", here / "model", photos, here / "lines")["directions"]
    assert one["truth"]["pairs"] == 5
    assert 0 < one["truth"]["error"] < 1
    assert "measured on 10 pictures of photos and lines" in call("report", here / "model").output
    assert "hiding_score" not in one


def test_of_a_translation_that_learnt_one_way_it_is_said_that_nothing_comes_back(
    many: tuple[Path, Path], here: Path
) -> None:
    one_way = ("--set", "contrastive=true", "--set", "generator.both_ways=false")
    call_json("train", *many, *TINY, *one_way, "--out", here / "one")
    [one] = call_json("evaluate", here / "one", *many, "--count", 16)["directions"]
    assert "hiding_score" not in one
    assert "learnt the way from photos to drawings alone: there is no way back" in one["no_way_back"]
    shown = " ".join(call("evaluate", here / "one", *many, "--count", 16).output.split())
    assert "photos to drawings, 16 pictures of the train split" in shown
    assert "no hiding score can be measured" in shown
    assert len(call_json("translate", here / "one", many[0] / "1.png")["files"]) == 1
    for back in (("--direction", "b-to-a"), ("--there-and-back",)):
        refused = call("translate", here / "one", many[0] / "1.png", *back)
        assert refused.exit_code != 0
        assert "wanted a-to-b alone" in " ".join(refused.output.split())
