"""Our engine against the official `RealESRGANer`: speed, exactness, seams, memory.

    python -m benchmarks.enhancement [--data DIR] [--repeats 5] [--only speed exactness tiles memory] [--json]

Same weights, same pictures, one process, the two in turns; a speed is the median of the ratios of neighbouring runs.
The original runs as it ships: float32 and untiled on a processor, half precision on a GPU, 8 bits between its passes.
RRDBNet is x4plus, from wherever `artgen weights list` finds it; ``--blocks`` takes another depth with random weights, scaled
so that its pictures are neither flat nor black: that is as fast, and no harder.
Quick look: ``--size 16 --images 2 --blocks 1 --repeats 1 --memory-side 128``. On a machine that others use, too:
``chrt -f 10 python -m benchmarks.enhancement``.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from benchmarks.peak_memory import run_for_peak
from components.enhancement import RealesrganEnhancer
from components.enhancement.architecture import Architecture, build, detect
from components.enhancement.reference import official_upsampler
from components.enhancement.weights import read_weights
from components.networks.precision import DTYPES, choose_precision
from interfaces.ies import BEST_WEIGHTS, IES, Precision
from interfaces.igdt import IGDT
from interfaces.provenance import StageRecord
from pipeline.factories.stores import weight_store

PARTS = ("speed", "exactness", "tiles", "memory")


@dataclass(frozen=True)
class Figure:
    """One measured number beside its goal."""

    what: str
    value: float
    unit: str
    goal: str
    note: str = ""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    default = os.environ.get("ARTGEN_TEST_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")
    parser.add_argument(
        "--data", type=Path, default=Path(default), help="folder of real paintings and weights"
    )
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument(
        "--size", type=int, default=64, help="side of the pictures; they become 16 times as large"
    )
    parser.add_argument("--images", type=int, default=16, help="how many pass together")
    parser.add_argument("--blocks", type=int, help="of an RRDBNet with random weights in place of x4plus")
    parser.add_argument("--networks", nargs="+", choices=("x4v3", "x4plus"), default=("x4v3", "x4plus"))
    parser.add_argument("--memory-side", type=int, default=1024)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--child", nargs=2, metavar=("WEIGHTS", "SIDE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        enlarge(images_of(None, 1, int(options.child[1])), options.child[0], 1)
        return
    compact = options.data / "weights" / "realesr-general-x4v3-fp16src.pth"
    if not compact.is_file():
        sys.exit(f"no weights: {compact} is absent; --data or ARTGEN_TEST_DATA names another place")
    with tempfile.TemporaryDirectory() as folder:
        figures = list(measure(options, compact, large_network(Path(folder), options.blocks)))
    if options.json:
        print(json.dumps([asdict(figure) for figure in figures]))


def measure(options: argparse.Namespace, compact: Path, residual: Path) -> Iterator[Figure]:
    """Yield the figures of the parts that were asked for, each printed as it comes."""
    parts: dict[str, Callable[[], Iterator[Figure]]] = {
        "speed": lambda: speed(options, compact, residual),
        "exactness": lambda: exactness(options, compact, residual),
        "tiles": lambda: tiles(options, compact, residual),
        "memory": lambda: memory(options, residual),
    }
    for name in options.only:
        for figure in parts[name]():
            if not options.json:
                note = f"  {figure.note}" if figure.note else ""
                print(
                    f"{figure.what:52} {figure.value:9.3f} {figure.unit:8} goal {figure.goal:10}{note}",
                    flush=True,
                )
            yield figure


def speed(options: argparse.Namespace, compact: Path, residual: Path) -> Iterator[Figure]:
    """Two passes of x4, per image, and the share of the machine's rate of matrix multiplication that ours reaches."""
    cuda = torch.cuda.is_available()
    for name, path, images, goal in (
        ("x4v3, one image", compact, 1, 3 if cuda else 6),
        (f"x4v3, {options.images} images", compact, options.images, 3 if cuda else 6),
        ("x4plus, one image", residual, 1, 3 if cuda else 2.2),
    ):
        if name.partition(",")[0] not in options.networks:
            continue
        data = images_of(options.data, images, options.size)
        ours, theirs = enhancing(path), official(path)
        ours(data)
        theirs(only_first(data))
        seconds = [(timed(ours, data), timed(theirs, data)) for _ in range(options.repeats)]
        ratio = statistics.median(peer / own for own, peer in seconds)
        own, peer = (statistics.median(column) / images for column in zip(*seconds, strict=True))
        precision = choose_precision("auto", torch.device("cuda" if cuda else "cpu"))
        share = flops(path, options.size) / own / matrix_rate(DTYPES[precision])
        note = f"{own:.3f} s against {peer:.3f} s an image; {100 * share:.0f} % of the {precision} rate"
        yield Figure(f"{name}, {options.size} to {16 * options.size}", ratio, "times", f">= {goal}", note)


def exactness(options: argparse.Namespace, compact: Path, residual: Path) -> Iterator[Figure]:
    """One pass in float32 against the original, and bfloat16 against float32."""
    data = images_of(options.data, 2, options.size)
    if not torch.cuda.is_available():
        for name, path in (("x4v3", compact), ("x4plus", residual)):
            ours = enlarge(data, str(path), 1, precision="float32")
            theirs = official(path, passes=1)(data)
            steps = [images.add(1).mul(127.5).round() for images in (ours, theirs)]
            worst = float((steps[0] - steps[1]).abs().max())
            yield Figure(f"{name}: float32 against the original, one pass", worst, "/255", "<= 1")
    if not (torch.cpu._is_avx512_bf16_supported() or torch.cuda.is_available()):
        return
    data = only_first(data)
    for name, path in (("x4v3", compact), ("x4plus", residual)):
        exact = enlarge(data, str(path), 2, precision="float32")
        # x4plus makes strokes of the first pass's rounding, so that is exact
        lower: Precision = "mixed" if name == "x4plus" else "bfloat16"
        coarse = enlarge(data, str(path), 2, precision=lower)
        yield Figure(f"{name}: {lower} against float32, two passes", psnr(coarse, exact), "dB", ">= 45")


def tiles(options: argparse.Namespace, compact: Path, residual: Path) -> Iterator[Figure]:
    """Many small tiles against none, float32, one pass."""
    side = 4 * options.size
    data = images_of(options.data, 1, side)
    tile = max(16, side // 3)
    for name, path in (("x4v3", compact), ("x4plus", residual)):
        whole = enlarge(data, str(path), 1, precision="float32", tile_px=4096)
        tiled = enlarge(data, str(path), 1, precision="float32", tile_px=tile)
        worst = float((tiled - whole).abs().max()) * 127.5
        goal = "<= 1" if name == "x4v3" else ""
        yield Figure(f"{name}: tiles of {tile} px against none, worst", worst, "/255", goal)
        yield Figure(f"{name}: tiles of {tile} px against none", psnr(tiled, whole), "dB", ">= 50")


def memory(options: argparse.Namespace, residual: Path) -> Iterator[Figure]:
    """Peak of a process that enlarges one picture by four, and how it grows beyond input and output."""
    peaks = {}
    for side in (options.memory_side // 2, options.memory_side):
        peaks[side] = peak_mb(str(residual), side)
        what = f"x4plus: peak memory, {side} to {4 * side}"
        yield Figure(what, peaks[side] / 1000, "GB", "<= 3")
    small, large = peaks
    pictures = 3 * 4 * 17 * (large**2 - small**2) / 1e6  # input and output, float32
    growth = peaks[large] - peaks[small]
    note = f"input and output are {pictures:.0f} MB more"
    yield Figure(
        "x4plus: growth of the peak over that of the pictures", growth / pictures, "times", "constant", note
    )


def images_of(folder: Path | None, count: int, side: int) -> IGDT:
    """Return ``count`` squares of paintings, or of noise where there is no folder, in eight bits."""
    record = StageRecord(stage="generation", component="benchmark")
    if folder is None:
        noise = torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(0)) * 2 - 1
        return IGDT(images=noise, seeds=tuple(range(count)), provenance=(record,))
    pictures = []
    for path in sorted((folder / "paintings-hires").glob("*.jpg"))[:count]:
        with Image.open(path) as opened:
            square = min(opened.size)
            box = (0, 0, square, square)
            shrunk = opened.convert("RGB").resize((side, side), Image.Resampling.LANCZOS, box=box)
            pictures.append(torch.from_numpy(np.array(shrunk)).permute(2, 0, 1).float() / 127.5 - 1)
    if len(pictures) < count:
        sys.exit(f"wanted {count} pictures in {folder / 'paintings-hires'}, found {len(pictures)}")
    return IGDT(images=torch.stack(pictures), seeds=tuple(range(count)), provenance=(record,))


def only_first(data: IGDT) -> IGDT:
    """Return the first of the images, to warm up with."""
    return IGDT(images=data.images[:1], seeds=data.seeds[:1], provenance=data.provenance)


def enhancing(weights: Path) -> Callable[[IGDT], object]:
    """Return ours: two passes at the precision that it chooses."""
    enhancer = RealesrganEnhancer()
    options = {"kind": "realesrgan", "weights": str(weights)}
    settings = IES.model_validate({"scale": 16.0, "enhancer": options})
    return lambda data: enhancer.enhance(data, settings)


def enlarge(data: IGDT, weights: str, passes: int, **options: object) -> Tensor:
    """Return what our engine makes of ``data``."""
    enhancer = {"kind": "realesrgan", "weights": weights, **options}
    settings = IES.model_validate({"scale": 4.0**passes, "enhancer": enhancer})
    return RealesrganEnhancer().enhance(data, settings).final.images


def official(path: Path, passes: int = 2) -> Callable[[IGDT], Tensor]:
    """Return theirs: image after image, through eight bits."""
    weights = read_weights(path)
    upsampler = official_upsampler(weights, detect(weights.state, path.name))

    def run(data: IGDT) -> Tensor:
        made = []
        for image in data.images:
            eight = image.add(1).mul(127.5).round().to(torch.uint8)
            picture = np.ascontiguousarray(eight.flip(0).permute(1, 2, 0).numpy())
            for _ in range(passes):
                picture, _ = upsampler.enhance(picture)
            made.append(torch.from_numpy(picture[..., ::-1].copy()).permute(2, 0, 1).float() / 127.5 - 1)
        return torch.stack(made)

    return run


def large_network(folder: Path, blocks: int | None) -> Path:
    """Return x4plus, or a network of the same kind where it is not here or another depth is wanted."""
    found = None if blocks else weight_store().find(BEST_WEIGHTS)
    return found or random_rrdbnet(folder, blocks or 23)


def random_rrdbnet(folder: Path, blocks: int) -> Path:
    """Write random weights of the network of x4plus, as its authors draw them, with pictures of some contrast."""
    from components.networks._compat import enable

    enable()
    from basicsr.archs.rrdbnet_arch import RRDBNet

    torch.manual_seed(0)
    network = RRDBNet(3, 3, 4, 64, blocks, 32)
    with torch.no_grad():
        made = network(torch.rand(1, 3, 32, 32))
        network.conv_last.weight *= 0.2 / made.std()
        network.conv_last.bias.fill_(0.5)
    path = folder / "rrdbnet.pth"
    torch.save({"params_ema": network.state_dict()}, path)
    return path


def flops(path: Path, size: int) -> float:
    """Return the operations of two passes on one image."""
    from torch.utils.flop_counter import FlopCounterMode

    weights = read_weights(path)
    architecture: Architecture = detect(weights.state, path.name)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        build(architecture, weights.state, path.name)(torch.rand(1, 3, 32, 32))
    return float(counter.get_total_flops()) / 32**2 * size**2 * (1 + architecture.scale**2)


def matrix_rate(dtype: torch.dtype) -> float:
    """Return the operations a second of a large matrix multiplication."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    square = torch.rand(2048, 2048, device=device).to(dtype)
    best = min(timed(lambda: float((square @ square)[0, 0])) for _ in range(4))
    return float(2 * 2048**3 / best)


def peak_mb(weights: str, side: int) -> float:
    """Return the highest resident size of a process of its own."""
    return run_for_peak([sys.executable, "-m", "benchmarks.enhancement", "--child", weights, str(side)])


def psnr(made: Tensor, wanted: Tensor) -> float:
    """Return the peak signal-to-noise ratio of images in [-1, 1], in dB."""
    error = float((made - wanted).square().mean())
    return float("inf") if error == 0 else 10 * float(np.log10(4 / error))


def timed(work: Callable[..., Any], *arguments: object) -> float:
    """Return how many seconds ``work`` takes."""
    started = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
