"""What users of Real-ESRGAN and its ncnn port complain about: each with the thread, and a test.

Numbers are those of xinntao/Real-ESRGAN where no other project is named.
"""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from components.enhancement import LanczosEnhancer, RealesrganEnhancer
from components.enhancement.engine import Engine
from components.networks._compat import enable
from interfaces.errors import RunError, SettingsError, WeightsError
from interfaces.ies import IES
from tests.e2e.cli import ROOT, call
from tests.samples import paint
from tests.unit.enhancement.networks import (
    SRVGG,
    generated,
    images,
    random_network,
    random_state,
    save,
    wanted,
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
