"""What is lost where a x4 network is spared work for less than x4, by making the picture smaller first.

    python -m benchmarks.small_enlargements [--data DIR] [--weights PATH] [--count 12]

DIR holds ``paintings-hires/`` and ``weights/`` with SqueezeNet. The middle of each painting is made smaller by the scale,
and enlarged again: by a full pass that is shrunk to the wanted size (as artgen does it), by a pass on a picture that is
made smaller first, so that it gives the wanted size at once, and plainly. Prints the means of each way.
"""

import argparse
import os
from collections.abc import Callable
from pathlib import Path
from statistics import fmean
from time import perf_counter

import numpy as np
from PIL import Image

from benchmarks.held_out_pictures import LARGE_SIDE, large
from benchmarks.picture_quality import Judge, Quality
from components.enhancement import RealesrganEnhancer
from components.enhancement.shipped import SHIPPED_NETWORK
from interfaces.ies import IES
from pipeline.boxes import images_of, pictures_of

SCALES = (1.2, 1.6, 2.0, 3.0)
NETWORK_SCALE = 4


def main() -> None:
    """Measure and print."""
    options = _options()
    judge = Judge(None, options.data / "weights" / "squeezenet1_1.safetensors")
    enhancer = RealesrganEnhancer()
    network = {"kind": "realesrgan", "weights": str(options.weights), "precision": "float32"}
    settings = IES.model_validate({"side": LARGE_SIDE, "enhancer": network})

    def enlarge(small: Image.Image) -> Image.Image:
        return pictures_of(enhancer.enhance(images_of(small), settings))[0]

    ways: dict[str, Callable[[Image.Image], Image.Image]] = {
        "full pass, then smaller": enlarge,
        "smaller, then the pass": lambda small: enlarge(_resized(small, -(-LARGE_SIDE // NETWORK_SCALE))),
        "Lanczos": lambda small: _resized(small, LARGE_SIDE),
    }
    truths = [each.truth for each in large(options.data / "paintings-hires", options.count)]
    print(f"{len(truths)} pictures")
    print(f"{'scale':>5}  {'way':24} {'PSNR':>6} {'SSIM':>6} {'SqueezeNet':>10} {'seconds':>8}")
    for scale in SCALES:
        for name, way in ways.items():
            found, seconds = zip(*(_measure(way, scale, judge, truth) for truth in truths), strict=True)
            psnr, ssim = fmean(each.psnr for each in found), fmean(each.ssim for each in found)
            difference = fmean(each.squeezenet or 0.0 for each in found)
            print(f"{scale:5}  {name:24} {psnr:6.2f} {ssim:6.3f} {difference:10.3f} {fmean(seconds):8.2f}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    default = os.environ.get("ARTGEN_TEST_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")
    parser.add_argument("--data", type=Path, default=Path(default), help="folder of paintings and weights")
    parser.add_argument("--weights", type=Path, default=SHIPPED_NETWORK / "model.safetensors")
    parser.add_argument("--count", type=int, default=12, help="the most pictures")
    return parser.parse_args()


def _measure(
    way: Callable[[Image.Image], Image.Image], scale: float, judge: Judge, truth: np.ndarray
) -> tuple[Quality, float]:
    small = _resized(Image.fromarray(truth), round(LARGE_SIDE / scale))
    started = perf_counter()
    made = way(small)
    seconds = perf_counter() - started
    return judge.measure(np.asarray(made), truth), seconds


def _resized(picture: Image.Image, side: int) -> Image.Image:
    return picture.resize((side, side), Image.Resampling.LANCZOS)


if __name__ == "__main__":
    main()
