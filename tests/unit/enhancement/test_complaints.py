"""What users of Real-ESRGAN, its ncnn port, upscayl and chaiNNer complain about: each with the thread, and a test.

Numbers are those of xinntao/Real-ESRGAN where no other project is named.
"""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from components.enhancement import LanczosEnhancer, RealesrganEnhancer, SpandrelEnhancer
from components.enhancement.architecture import Architecture
from components.enhancement.engine import Engine
from components.enhancement.weights import read_weights
from components.networks._compat import enable
from interfaces.errors import RunError, SettingsError, WeightsError
from interfaces.events import Event, Progress
from interfaces.ies import IES
from tests.e2e.cli import ROOT, call, call_json
from tests.samples import paint
from tests.unit.enhancement.networks import RRDB, SRVGG, generated, images, random_network, random_state, save


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def wanted(weights: Path, side: int = 32, **options: object) -> IES:
    return IES.model_validate(
        {"side": side, "enhancer": {"kind": "realesrgan", "weights": str(weights), **options}}
    )


def srvgg(**fields: object) -> Engine:
    values: dict[str, object] = {"scale": 4, "overlap_px": SRVGG.overlap_px}
    return Engine(random_network(SRVGG), **{**values, **fields})  # type: ignore[arg-type]  # fields differ in type


# installation: /768 /777 /783 /765 /816 /841 /879, PR /994; XPixelGroup/BasicSR#711


def test_neither_basicsr_nor_opencv_is_needed(tmp_path: Path) -> None:
    code = f"""
import sys
for name in ("basicsr", "realesrgan", "cv2"):
    sys.modules[name] = None
from components.enhancement import RealesrganEnhancer
from interfaces.ies import IES
from tests.unit.enhancement.networks import generated
options = {{"kind": "realesrgan", "weights": {str(save(tmp_path))!r}}}
done = RealesrganEnhancer("cpu").enhance(generated(), IES.model_validate({{"side": 32, "enhancer": options}}))
print(done.final.size)
"""
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert shown.stdout.split() == ["(32,", "32)"], shown.stderr


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="basicsr cannot be built on Python 3.13 and later")
def test_basicsr_works_beside_a_torchvision_that_removed_what_it_imports() -> None:
    enable()
    assert import_module("basicsr.data.degradations").__name__ == "basicsr.data.degradations"


# memory: /184 /437 /514 /314 /861 /909; "has no attribute output"; joeyballentine/ESRGAN#22


ON_A_PROCESSOR = RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory")


class Watching(nn.Module):
    """Enlarges by two and remembers the shapes that it saw; refuses more pixels than fit."""

    def __init__(self, pixels: int = 10**9, error: Exception = ON_A_PROCESSOR) -> None:
        super().__init__()
        self.pixels, self.error, self.seen = pixels, error, set[tuple[int, ...]]()

    def forward(self, tiles: Tensor) -> Tensor:
        if tiles.shape[2] * tiles.shape[3] > self.pixels:
            raise self.error
        self.seen.add(tuple(tiles.shape))
        return F.interpolate(tiles, scale_factor=2)


def test_tiles_are_taken_before_anything_goes_to_the_device() -> None:
    network = Watching()
    Engine(network, scale=2, overlap_px=4, batch=2).enlarge(images(3, 200, 150), 2, 32)
    assert max(shape[2] for shape in network.seen) <= 32 + 8
    assert {shape[0] for shape in network.seen} == {2}


def test_running_out_of_memory_ends_in_a_smaller_tile_and_not_in_an_attribute_error() -> None:
    done = Engine(Watching(40 * 40), scale=2, overlap_px=4).enlarge(images(1, 100, 100), 1, 512)
    assert 16 <= done.tile_px <= 32
    assert torch.equal(done.results[0], F.interpolate(images(1, 100, 100), scale_factor=2))
    with pytest.raises(RunError, match="not enough memory on cpu, even for tiles of"):
        Engine(Watching(10), scale=2, overlap_px=4).enlarge(images(1, 100, 100), 1, 512)


def test_a_processor_that_runs_out_of_memory_is_no_other_case_than_a_gpu() -> None:
    for error in (ON_A_PROCESSOR, MemoryError(), torch.OutOfMemoryError("CUDA out of memory")):
        network = Watching(40 * 40, error)
        assert Engine(network, scale=2, overlap_px=4).enlarge(images(1, 60, 60), 1, 64).tile_px < 64


# half precision and black pictures: /319; TencentARC/GFPGAN#116; Sanster/IOPaint#261; /106 /774; ncnn-vulkan#80


def test_half_precision_is_never_the_default_of_a_processor(tmp_path: Path) -> None:
    done = RealesrganEnhancer("cpu").enhance(generated(), wanted(save(tmp_path)))
    assert done.provenance[-1].runtime["precision"] in ("float32", "bfloat16")
    with pytest.raises(SettingsError, match="float16 wants a CUDA device, got cpu; take auto or float32"):
        RealesrganEnhancer("cpu").enhance(generated(), wanted(save(tmp_path), precision="float16"))


def black_weights(folder: Path) -> Path:
    state = {name: torch.zeros_like(tensor) for name, tensor in random_state(SRVGG).items()}
    state["body.8.bias"] = torch.full_like(state["body.8.bias"], -2.0)
    torch.save({"params": state}, folder / "black.pth")
    return folder / "black.pth"


def test_a_black_picture_is_an_error_and_the_exit_code_says_so(here: Path) -> None:
    weights = black_weights(here)
    with pytest.raises(WeightsError, match="got a black picture from one that is not"):
        RealesrganEnhancer("cpu").enhance(generated(), wanted(weights))
    paint().save(here / "a.png")
    refused = call("enhance", "a.png", "--weights", weights)
    assert refused.exit_code == 2
    assert "black picture" in refused.stderr
    assert not (here / "enhanced").exists()


def test_one_black_tile_is_an_error_too() -> None:
    calls: list[int] = []

    def third_is_black(tiles: Tensor) -> Tensor:
        calls.append(1)
        return F.interpolate(tiles, scale_factor=2) * (len(calls) != 3)

    with pytest.raises(WeightsError, match="black"):
        Engine(third_is_black, scale=2, overlap_px=2).enlarge(images(1, 64, 64), 1, 32)


def test_the_night_may_be_black() -> None:
    night = torch.zeros(1, 3, 64, 64)
    night[..., 5, 5] = 0.02
    done = Engine(lambda t: F.interpolate(t, scale_factor=2) * 0, scale=2, overlap_px=2).enlarge(night, 1, 32)
    assert float(done.results[0].max()) == 0


# seams, repeated tiles, mixed pictures: /211 /197 /207 /658, and the code of RealESRGANer.tile_process


def test_tiles_leave_no_seam() -> None:
    pixels = images(1, 90, 70)
    tiled, whole = (srvgg().enlarge(pixels, 1, tile).results[0] for tile in (17, 512))
    assert float((tiled - whole).abs().max()) <= 1 / 255


def test_a_tile_that_fails_is_an_error_and_not_the_tile_before_it() -> None:
    calls: list[int] = []

    def third_fails(tiles: Tensor) -> Tensor:
        calls.append(1)
        if len(calls) == 3:
            raise RuntimeError("cuDNN error: CUDNN_STATUS_MAPPING_ERROR")
        return F.interpolate(tiles, scale_factor=2)

    with pytest.raises(RuntimeError, match="CUDNN_STATUS_MAPPING_ERROR"):
        Engine(third_fails, scale=2, overlap_px=2).enlarge(images(1, 64, 64), 1, 32)


def test_one_enhancer_shared_by_threads_mixes_no_pictures(tmp_path: Path) -> None:
    enhancer, settings = RealesrganEnhancer("cpu"), wanted(save(tmp_path), 96, tile_px=16)
    pictures = [generated(1, 24, 20 + i) for i in range(6)]
    alone = [enhancer.enhance(each, settings).final.images for each in pictures]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda each: enhancer.enhance(each, settings).final.images, pictures * 2))
    for got, own in zip(together, alone * 2, strict=True):
        assert torch.equal(got, own)


# speed: /22 /155 /250 /619 /419, PR /814 (ratios: benchmarks/enhancement.py)


def test_many_pictures_fill_batches() -> None:
    calls: list[int] = []

    def counting(tiles: Tensor) -> Tensor:
        calls.append(len(tiles))
        return F.interpolate(tiles, scale_factor=2)

    Engine(counting, scale=2, overlap_px=2, batch=8).enlarge(images(30, 16, 16), 1, 64)
    assert calls == [8, 8, 8, 8]
    gpu = Engine(counting, scale=2, overlap_px=2, device=torch.device("cuda"))
    assert gpu._fitting_batch(64 * 64) == 32


# texture: /249 /791 /723 /699, docs/feedback.md; InvokeAI#662; upscayl#149


def test_too_clean_is_mended_by_strength_and_by_denoise(tmp_path: Path) -> None:
    weights, twin, data = save(tmp_path), save(tmp_path, name="twin.pth", seed=1), generated(2)
    plain = LanczosEnhancer().enhance(data, IES(side=32)).final.images
    values = wanted(weights).model_dump()
    gentle, full = (
        RealesrganEnhancer("cpu").enhance(data, IES.model_validate({**values, "strength": s})).final.images
        for s in (0.25, 1.0)
    )
    torch.testing.assert_close(gentle - plain, 0.25 * (full - plain), rtol=0, atol=1e-5)
    softer = (
        RealesrganEnhancer("cpu").enhance(data, wanted(weights, denoise=0.5, twin=str(twin))).final.images
    )
    assert float((softer - full).abs().max()) > 0.01


def test_dull_colours_are_mended_by_colour_match(tmp_path: Path) -> None:
    data = generated(1, 32, 32)
    values = {**wanted(save(tmp_path), 128).model_dump(), "colour_match": True}
    matched = RealesrganEnhancer("cpu").enhance(data, IES.model_validate(values)).final.images
    assert float((matched.mean(dim=(2, 3)) - data.images.mean(dim=(2, 3))).abs().max()) < 0.05


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
