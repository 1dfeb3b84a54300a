"""What users of upscayl, chaiNNer and the command of Real-ESRGAN complain about: each with a test."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from components.enhancement import RealesrganEnhancer, SpandrelEnhancer
from components.enhancement.architecture import Architecture
from components.enhancement.weights import read_weights
from interfaces.errors import SettingsError, WeightsError
from interfaces.events import Event, Progress
from interfaces.ies import IES
from tests.e2e.cli import call, call_json
from tests.samples import paint
from tests.unit.enhancement.networks import RRDB, SRVGG, generated, random_state, save, wanted

# upscayl: batch mode ignores the settings: /597 /646 /750 /478 /671; does nothing: /418; no processor: /736 /1221 /1486 /613


def test_a_folder_is_enlarged_with_the_settings_of_a_single_file(here: Path) -> None:
    (here / "in").mkdir()
    for index in range(3):
        paint(10, 8, seed=index).save(here / "in" / f"{index}.png")
    options = [
        "--weights", save(here), "--scale", 3, "--strength", 0.5, "--tta", "--tile", 16, "--format", "jpeg",
        "--quality", 60,
    ]  # fmt: skip
    call_json("enhance", "in", *options, "--out", "batch")
    for index in range(3):
        call_json("enhance", f"in/{index}.png", *options, "--out", "single")
        batch, single = ((here / folder / f"{index}.jpg").read_bytes() for folder in ("batch", "single"))
        assert batch == single


def test_four_times_is_four_times_and_not_sixteen(here: Path) -> None:
    paint(10, 8).save(here / "a.png")
    call_json("enhance", ".", "--weights", save(here), "--scale", 4)
    with Image.open(here / "enhanced" / "a.png") as made:
        assert made.size == (40, 32)


def test_a_batch_of_nothing_says_so(here: Path) -> None:
    (here / "in").mkdir()
    refused = call("enhance", "in", "--enhancer", "lanczos")
    assert refused.exit_code == 2
    assert "in: wanted pictures" in refused.stderr


def test_a_machine_without_a_gpu_is_a_machine(tmp_path: Path) -> None:
    done = RealesrganEnhancer("cpu").enhance(generated(), wanted(save(tmp_path)))
    assert done.provenance[-1].runtime["device"] == "cpu"
    if not torch.cuda.is_available():
        with pytest.raises(SettingsError, match="give auto or cpu"):
            RealesrganEnhancer("cuda")


def test_a_photograph_does_not_become_a_huge_file(here: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    Image.fromarray(noise).save(here / "a.jpg")
    call_json("enhance", "a.jpg", "--enhancer", "lanczos", "--out", "own")
    call_json("enhance", "a.jpg", "--enhancer", "lanczos", "--out", "lossless", "--format", "png")
    sizes = [(here / name).stat().st_size for name in ("own/a.jpg", "lossless/a.png")]
    assert sizes[0] < 0.6 * sizes[1]


# failures that look like success: inference_realesrgan.py prints "Error" and exits 0


def test_a_picture_that_cannot_be_made_is_told_by_the_exit_code(here: Path) -> None:
    paint(10, 10).save(here / "a.png")
    paint(200, 10).save(here / "wide.png")
    (here / "mine.py").write_text(
        "from components.enhancement import LanczosEnhancer\nfrom interfaces.errors import RunError\n\n\n"
        "class Mine:\n    def enhance(self, data, settings):\n        if data.images.shape[3] > 100:\n"
        "            raise RunError('not enough memory')\n"
        "        return LanczosEnhancer().enhance(data, settings)\n"
    )
    report = call_json("enhance", "a.png", "wide.png", "--enhancer", "mine:Mine", code=1)
    assert [(file["state"], file["message"]) for file in report["files"]] == [
        ("made", ""), ("failed", "not enough memory"),
    ]  # fmt: skip
    assert not (here / "enhanced" / "wide.png").exists()


# chaiNNer#3075: nothing to be seen; #3035: which tile was taken; spandrel#322: unsupported, and that is all


def test_long_pictures_show_their_progress_in_shares_of_all_passes(tmp_path: Path) -> None:
    told: list[Event] = []
    enhancer = RealesrganEnhancer("cpu", listener=told.append)
    enhancer.enhance(generated(1, 10, 10), wanted(save(tmp_path), 160, tile_px=20))
    # one tile of 10 px, then four that read 30 px: 100 + 4 * 900 pixels
    assert [(e.done, e.total, e.unit, e.detail) for e in told if isinstance(e, Progress)] == [
        (0, 100, "%", "tile 1 of 5"),
        (2, 100, "%", "tile 1 of 5"),
        (27, 100, "%", "tile 2 of 5"),
        (51, 100, "%", "tile 3 of 5"),
        (75, 100, "%", "tile 4 of 5"),
        (100, 100, "%", "tile 5 of 5"),
    ]


def test_a_single_tile_of_the_large_network_shows_its_progress(tmp_path: Path) -> None:
    told: list[Event] = []
    enhancer = RealesrganEnhancer("cpu", listener=told.append)
    enhancer.enhance(generated(2, 8, 8), wanted(save(tmp_path, RRDB), 32))
    # two images, each in two blocks and what comes behind, which counts as two
    shares = [e.done for e in told if isinstance(e, Progress)]
    assert shares == [0, 12, 25, 37, 50, 62, 75, 87, 100]


def test_the_tile_that_was_chosen_is_recorded(tmp_path: Path) -> None:
    runtime = RealesrganEnhancer("cpu").enhance(generated(), wanted(save(tmp_path))).provenance[-1].runtime
    assert (runtime["tile_px"], runtime["overlap_px"]) == (512, SRVGG.overlap_px)


def test_an_unsupported_network_is_named_with_what_it_holds(tmp_path: Path) -> None:
    torch.save({"layer.weight": torch.zeros(2, 3)}, tmp_path / "odd.pth")
    settings = IES.model_validate(
        {"side": 32, "enhancer": {"kind": "spandrel", "weights": str(tmp_path / "odd.pth")}}
    )
    with pytest.raises(WeightsError, match=r"unknown architecture with 1 tensors \(layer\.weight 2x3"):
        SpandrelEnhancer("cpu").enhance(generated(), settings)


def test_no_architecture_is_asked_for_by_flags(tmp_path: Path) -> None:
    """`-n` and `--netscale` of the original must fit the file; here they come from it."""
    other = Architecture("SRVGGNetCompact", features=6, depth=5, grow=0, scale=3)
    path = save(tmp_path, other)
    assert len(read_weights(path).state) == len(random_state(other))
    assert RealesrganEnhancer("cpu").enhance(generated(), wanted(path, 24)).final.size == (24, 24)
