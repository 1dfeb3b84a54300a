"""The shipped enhancement network against plain filters and official weights, on paintings that it has not seen.

    python -m benchmarks.enhancement_quality --data DIR [--weights PATH] [--count 40] [--out FOLDER | --card] [--json]

DIR holds ``paintings-224.zip``, ``paintings-hires/`` and ``weights/`` with the official x4v3 and VGG19. The paintings are
made four times smaller by bicubic, and enlarged again in each way. Writes ``comparison.jpg``, ``comparison-truth.jpg``
and ``figures.md``; with ``--card`` the first and the figures go into the card of the shipped network instead.
"""

import argparse
import io
import json
import os
import statistics
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from benchmarks.comparison_sheet import Row, comparison_sheet
from benchmarks.held_out_pictures import SCALE, HeldOut, Picture, held_out, large
from benchmarks.picture_quality import BORDER_PX, MEASURES, Judge, Quality
from components.enhancement import LanczosEnhancer, RealesrganEnhancer
from components.enhancement.shipped import SHIPPED_NETWORK
from components.training.enhancer.degradation import shrink
from interfaces.ies import IES
from interfaces.igdt import IGDT
from interfaces.ports import Enhancer
from interfaces.provenance import StageRecord
from interfaces.trained_enhancer import TrainedEnhancer

Enlarge = Callable[[np.ndarray], np.ndarray]
"""uint8 (h, w, 3) → uint8 (4h, 4w, 3)."""
Measured = Mapping[str, Mapping[str, Sequence[Quality]]]
"""Set of pictures → way to enlarge → quality of each."""

OFFICIAL = {
    "x4v3": "realesr-general-x4v3-fp16src.pth",
    "x4v3, denoise 0.5": "realesr-general-x4v3-dni0.5-fp16src.pth",
}
SHOWN = ("bicubic", "artgen-x4", "x4v3")
BEGIN, END = "<!-- figures: written by benchmarks.enhancement_quality -->", "<!-- end of figures -->"


def main() -> None:
    """Measure, print and draw."""
    options = _options()
    weights = options.weights or SHIPPED_NETWORK / "model.safetensors"
    ways = ways_to_enlarge(options.data / "weights", weights)
    held = held_out(options.data / "paintings-224.zip", options.count)
    sets = {
        "held-out paintings, 224 px and less": (held.pictures, _as_it_is),
        "the same, small ones as JPEG 75": (held.pictures, _as_jpeg),
        "middle of large paintings, 256 px": (
            list(large(options.data / "paintings-hires", options.count)),
            _as_it_is,
        ),
    }
    vgg19 = options.data / "weights" / "vgg19-features.safetensors"
    judge = Judge(vgg19 if vgg19.is_file() else None)
    measured = {name: _measure(name, *which, ways, judge) for name, which in sets.items()}
    if options.json:
        plain = {
            name: {way: [asdict(q) for q in found] for way, found in by.items()}
            for name, by in measured.items()
        }
        print(json.dumps({"nearest": held.nearest, "sets": plain}))
    text = "\n".join([*_facts(weights, held), *figures(measured)])
    if not options.json:
        print(text)
    _write(options, text, held.pictures, ways)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    default = os.environ.get("ARTGEN_TEST_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")
    parser.add_argument(
        "--data", type=Path, default=Path(default), help="folder of real paintings and weights"
    )
    parser.add_argument("--weights", type=Path, help="another network than the shipped one")
    parser.add_argument("--count", type=int, default=40, help="the most pictures of each set")
    parser.add_argument("--rows", type=int, default=5, help="of the comparison")
    parser.add_argument(
        "--out", type=Path, default=Path("enhancement-quality"), help="folder for the results"
    )
    parser.add_argument("--card", action="store_true", help="write into the card of the shipped network")
    parser.add_argument("--json", action="store_true", help="print the figures of each picture")
    options = parser.parse_args()
    for name in ("paintings-224.zip", "paintings-hires"):
        if not (options.data / name).exists():
            sys.exit(
                f"no paintings: {options.data / name} is absent; --data or ARTGEN_TEST_DATA names another place"
            )
    if options.card and options.weights:
        sys.exit(
            "--card is that of the shipped network; put the weights there first, or leave one of the two out"
        )
    return options


def ways_to_enlarge(folder: Path, weights: Path) -> dict[str, Enlarge]:
    """Return the ways by name; official weights that are not in ``folder`` are left out."""
    ways: dict[str, Enlarge] = {
        "bicubic": bicubic,
        "Lanczos": enlarging(LanczosEnhancer(), {"kind": "lanczos"}),
    }
    files = {"artgen-x4": weights, **{name: folder / file for name, file in OFFICIAL.items()}}
    for name, path in files.items():
        if path.is_file():
            ways[name] = enlarging(RealesrganEnhancer(), {"kind": "realesrgan", "weights": str(path)})
        else:
            print(f"left out: {name}, {path} is absent", file=sys.stderr)
    return ways


def bicubic(small: np.ndarray) -> np.ndarray:
    """Return what Pillow's bicubic filter makes of ``small``."""
    size = (SCALE * small.shape[1], SCALE * small.shape[0])
    return np.asarray(Image.fromarray(small).resize(size, Image.Resampling.BICUBIC))


def enlarging(enhancer: Enhancer, options: dict[str, object]) -> Enlarge:
    """Return a function that enlarges with ``enhancer``."""
    settings = IES.model_validate({"scale": float(SCALE), "enhancer": options})
    record = StageRecord(stage="generation", component="benchmark")

    def enlarge(small: np.ndarray) -> np.ndarray:
        image = torch.from_numpy(small.copy()).permute(2, 0, 1)[None].float().div(127.5).sub(1)
        made = enhancer.enhance(IGDT(images=image, seeds=(0,), provenance=(record,)), settings).final.images[
            0
        ]
        return made.add(1).mul(127.5).round().byte().permute(1, 2, 0).numpy()

    return enlarge


def figures(measured: Measured) -> list[str]:
    """Return one table for each set, in Markdown: means, and medians in brackets."""
    lines = []
    for name, by in measured.items():
        count = len(by["bicubic"])
        lines += [
            f"{count} pictures: **{name}**",
            "",
            f"| | {' | '.join(MEASURES.values())} | nearer than bicubic |",
        ]
        lines.append("|---" * (len(MEASURES) + 2) + "|")
        for way, found in by.items():
            cells = [_cell(key, [getattr(quality, key) for quality in found]) for key in MEASURES]
            wins = sum(q.psnr > plain.psnr for q, plain in zip(found, by["bicubic"], strict=True))
            lines.append(
                f"| {way} | {' | '.join(cells)} | {'' if way == 'bicubic' else f'{100 * wins / count:.0f} %'} |"
            )
        lines.append("")
    return lines


def _cell(key: str, values: Sequence[float | None]) -> str:
    numbers = [value for value in values if value is not None]
    if not numbers:
        return "not measured"
    digits = 2 if key == "psnr" else 3
    return f"{statistics.fmean(numbers):.{digits}f} ({statistics.median(numbers):.{digits}f})"


def _measure(
    name: str, pictures: Sequence[Picture], spoil: Enlarge, ways: Mapping[str, Enlarge], judge: Judge
) -> dict[str, list[Quality]]:
    found: dict[str, list[Quality]] = {way: [] for way in ways}
    for done, picture in enumerate(pictures, 1):
        small = spoil(shrink(picture.truth, SCALE))
        for way, enlarge in ways.items():
            found[way].append(judge.measure(enlarge(small), picture.truth))
        print(f"\r{name}: {done} of {len(pictures)}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return found


def _as_it_is(small: np.ndarray) -> np.ndarray:
    return small


def _as_jpeg(small: np.ndarray) -> np.ndarray:
    content = io.BytesIO()
    Image.fromarray(small).save(content, "JPEG", quality=75)
    return np.asarray(Image.open(content).convert("RGB"))


def _facts(weights: Path, held: HeldOut) -> Iterable[str]:
    """Yield what the network's own description says, where one lies beside it, and of the paintings."""
    described = weights.parent / "enhancer.json"
    if described.is_file():
        network = TrainedEnhancer.model_validate_json(described.read_bytes())
        facts: dict[str, Any] = dict(network.training)
        settings: dict[str, Any] = facts["settings"]
        begun = f", begun with the weights of {settings['start']}" if settings["start"] else ""
        yield f"- Training: {facts['steps']:,} steps of {settings['batch']} crops, {facts['seconds'] / 3600:.1f} hours{begun}."
        yield f"- Loss: {', '.join(_losses(settings))}."
        yield f"- Learnt from: {facts['images']:,} squares of {facts['pictures']:,} paintings; {facts['held_out']} squares held out."
        ratio = f"{network.metrics['psnr']:.2f} dB, bicubic {network.metrics['bicubic_psnr']:.2f} dB"
        yield f"- On those held out, as squares of {settings['side']} px: {ratio}."
    yield (
        f"- Twins: a held-out painting correlates with one learnt from by {held.nearest:.2f} at most, as grey pictures of "
        "16x16; two photographs of one painting do by 0.95 and more."
    )
    yield f"\nMeans, and medians in brackets, without {BORDER_PX} px at each edge.\n"


def _losses(settings: Mapping[str, Any]) -> Iterable[str]:
    yield "absolute difference of the pixels"
    for kind in ("perceptual", "grid", "adversarial"):
        weight = settings.get(f"{kind}_weight", 0)
        begin = settings.get(f"{kind}_from", 0)
        if weight:
            yield f"{kind} {weight:g} times" + (f" from step {begin:,} on" if begin else "")


def _write(
    options: argparse.Namespace, text: str, pictures: Sequence[Picture], ways: Mapping[str, Enlarge]
) -> None:
    chosen = [
        pictures[i]
        for i in np.linspace(0, len(pictures) - 1, min(options.rows, len(pictures))).round().astype(int)
    ]
    shown = [way for way in SHOWN if way in ways]
    rows = [Row(each.truth, {way: ways[way](shrink(each.truth, SCALE)) for way in shown}) for each in chosen]
    if options.card:
        card = SHIPPED_NETWORK / "README.md"
        before, _, rest = card.read_text(encoding="utf-8").partition(BEGIN)
        _, _, after = rest.partition(END)
        card.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{after}", encoding="utf-8")
        (SHIPPED_NETWORK / "comparison.jpg").write_bytes(comparison_sheet(rows, truth=False))
        return
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "figures.md").write_text(text, encoding="utf-8")
    (options.out / "comparison.jpg").write_bytes(comparison_sheet(rows, truth=False))
    (options.out / "comparison-truth.jpg").write_bytes(comparison_sheet(rows, truth=True))


if __name__ == "__main__":
    main()
