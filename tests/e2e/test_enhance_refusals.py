"""``artgen enhance`` refuses wrong files, settings, places and weights before it makes anything."""

import os
from pathlib import Path

import pytest
import torch

from tests.e2e.cli import call
from tests.samples import paint
from tests.unit.enhancement.networks import SRVGG, random_state, save


def test_what_is_not_there_is_named_all_at_once(here: Path) -> None:
    (here / "empty").mkdir()
    refused = call("enhance", "empty", "gone.png", "*.tiff")
    assert refused.exit_code == 2
    for text in (
        "empty: wanted pictures",
        "gone.png: wanted a picture",
        "*.tiff: wanted a pattern that matches",
    ):
        assert text in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--size", 10, "--scale", 2], "wanted exactly one of the two"),
        (["--strength", 2], "artgen: --strength: Input should be less than or equal to 1, got 2.0"),
        (["--denoise", -1], "artgen: --denoise: Input should be greater than or equal to 0"),
        (["--enhancer", "lanczos", "--tile", 64], "artgen: --tile: there is no such setting"),
        (["--enhancer", "spandrel"], "weights: Field required"),
        (["--enhancer", "magic"], "wanted a kind, one of auto, lanczos, realesrgan"),
        (["--weights", "gone.pth"], "wanted a file of weights, got nothing"),
        (["--weights", "realesr-genral-x4v3"], "Did you mean 'realesr-general-x4v3'?"),
    ],
)
def test_wrong_settings_are_refused_before_anything_is_made(
    arguments: list[object], message: str, here: Path
) -> None:
    paint().save(here / "a.png")
    refused = call("enhance", "a.png", *arguments)
    assert refused.exit_code == 2
    assert message in " ".join(refused.stderr.split())
    assert not (here / "enhanced").exists()


def test_a_place_that_is_no_folder_is_refused_before_anything_is_made(here: Path) -> None:
    paint().save(here / "a.png")
    (here / "file").write_text("mine")
    for out in ("file", "file/below"):
        refused = call("enhance", "a.png", "--enhancer", "lanczos", "--out", out)
        assert refused.exit_code == 2
        assert "file: wanted a folder for the results, got a file" in refused.stderr
    assert (here / "file").read_text() == "mine"


def test_weights_of_an_unknown_architecture_are_refused_with_what_was_seen(here: Path) -> None:
    paint().save(here / "a.png")
    torch.save({"strange.weight": torch.zeros(3, 3)}, here / "odd.pth")
    for enhancer, known in (("realesrgan", "known: SRVGGNetCompact"), ("spandrel", "spandrel knows ")):
        refused = call("enhance", "a.png", "--enhancer", enhancer, "--weights", "odd.pth")
        assert refused.exit_code == 2
        assert "strange.weight 3x3" in refused.stderr
        assert known in refused.stderr


def test_weights_with_another_digest_are_refused(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paint().save(here / "a.png")
    monkeypatch.setenv("ARTGEN_WEIGHTS", str(here))
    save(here, name="realesr-general-x4v3.pth")
    refused = call("enhance", "a.png", "--weights", "realesr-general-x4v3")
    assert refused.exit_code == 2
    assert "wanted SHA-256 8dc7edb9" in refused.stderr


@pytest.mark.parametrize("enhancer", ["realesrgan", "spandrel", "realesrgan-reference"])
def test_a_malicious_pickle_is_refused_and_nothing_of_it_runs(enhancer: str, here: Path) -> None:
    class Attack:
        def __reduce__(self) -> tuple[object, tuple[str, ...]]:
            return os.system, (f"touch {here / 'ran'}",)

    paint().save(here / "a.png")
    torch.save({"params": random_state(SRVGG), "x": Attack()}, here / "evil.pth")
    refused = call("enhance", "a.png", "--enhancer", enhancer, "--weights", "evil.pth")
    assert refused.exit_code == 2
    assert "would run code when loaded; it was not loaded" in refused.stderr
    assert not (here / "ran").exists()
