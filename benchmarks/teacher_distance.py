"""How near `artgen-x4-fast` comes to what its teacher makes, and in which part of its time.

    python -m benchmarks.teacher_distance --data DIR [--weights PATH] [--count 40] [--out FOLDER | --card] [--json]

DIR holds ``paintings-224.zip`` and ``weights/`` with RealESRGAN_x4plus, SqueezeNet 1.1 and VGG19. Paintings that were not
learnt from, made 64 pixels large, and pictures of the shipped generator are enlarged to 256 pixels, and some of them on to
1,024; each way's result is compared with the teacher's. Writes ``comparison.jpg`` and ``figures.md``; with ``--card``
both go into the card of the shipped network instead.
"""

import argparse
import io
import json
import os
import statistics
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from benchmarks.comparison_sheet import Row, comparison_sheet
from benchmarks.distillation_source import generated
from benchmarks.enhancement_quality import BEGIN, END, Enlarge, enlarging
from benchmarks.held_out_pictures import held_out
from benchmarks.picture_quality import BORDER_PX, Judge, Quality
from components.enhancement import LanczosEnhancer, RealesrganEnhancer
from components.enhancement.shipped import SHIPPED_NETWORK

FAST = SHIPPED_NETWORK / "fast"
TEACHER = "x4plus"
FILES = {TEACHER: "RealESRGAN_x4plus.fp16.safetensors", "x4v3": "realesr-general-x4v3-fp16src.pth"}
SHOWN = ("Lanczos", "artgen-x4", "artgen-x4-fast")
MEASURES = {
    "squeezenet": "SqueezeNet difference",
    "vgg19": "VGG19 distance",
    "psnr": "PSNR, dB (higher is nearer)",
    "sharpness": "sharpness (teacher: 1)",
}
SIDE = 64
FIRST_SEED = 0
LARGE_SHARE = 5
"""Of so many pictures one is enlarged twice: the teacher takes seconds for that."""
SHEET_PX, SHEET_BYTES, SHEET_ROWS = 256, 290_000, 4


@dataclass(frozen=True)
class Case:
    """What one way made of one picture."""

    made: np.ndarray
    seconds: float


def main() -> None:
    """Measure, print and draw."""
    options = _options()
    torch.set_num_threads(options.threads)
    ways = _ways(options.data / "weights", options.weights)
    judge = Judge(
        options.data / "weights" / "vgg19-features.safetensors",
        options.data / "weights" / "squeezenet1_1.safetensors",
    )
    kinds = {
        "held-out paintings": _paintings(options.data, options.count),
        "generated pictures": _generated(options.count),
    }
    text, plain, rows = [_facts(options.threads)], {}, []
    for kind, pictures in kinds.items():
        for passes, chosen in ((1, pictures), (2, pictures[::LARGE_SHARE])):
            name = f"{kind}, {SIDE} → {SIDE * 4**passes} px"
            made = _enlarge(name, chosen, ways, passes)
            found = _compare(made, judge)
            plain[name] = {way: [asdict(each) for each in of] for way, of in found.items()}
            text += table(name, found, {way: [case.seconds for case in of] for way, of in made.items()})
            if passes == 2 and kind == "generated pictures":
                rows = _rows(made)
    print(json.dumps(plain) if options.json else "\n".join(text))
    _write(
        options,
        "\n".join(text),
        comparison_sheet(rows, truth=False, crop=SHEET_PX, zoom=1, most_bytes=SHEET_BYTES),
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    default = os.environ.get("ARTGEN_TEST_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")
    parser.add_argument("--data", type=Path, default=Path(default), help="folder of paintings and weights")
    parser.add_argument("--weights", type=Path, default=FAST / "model.safetensors", help="another pupil")
    parser.add_argument("--count", type=int, default=40, help="pictures of each kind")
    parser.add_argument("--threads", type=int, default=1, help="of the processor")
    parser.add_argument("--out", type=Path, default=Path("teacher-distance"), help="folder for the results")
    parser.add_argument("--card", action="store_true", help="write into the card of the shipped network")
    parser.add_argument("--json", action="store_true", help="print the figures of each picture")
    options = parser.parse_args()
    for path in (
        options.weights,
        options.data / "weights" / FILES[TEACHER],
        options.data / "paintings-224.zip",
    ):
        if not path.exists():
            sys.exit(f"{path} is absent; --data, --weights or ARTGEN_TEST_DATA names another place")
    return options


def _ways(folder: Path, pupil: Path) -> dict[str, Enlarge]:
    files = {
        "artgen-x4": SHIPPED_NETWORK / "model.safetensors",
        "artgen-x4-fast": pupil,
        **{name: folder / file for name, file in FILES.items()},
    }
    networks = {
        name: enlarging(RealesrganEnhancer(), {"kind": "realesrgan", "weights": str(path)})
        for name, path in files.items()
        if path.is_file()
    }
    return {"Lanczos": enlarging(LanczosEnhancer(), {"kind": "lanczos"}), **networks}


def _paintings(data: Path, count: int) -> list[np.ndarray]:
    pictures = held_out(data / "paintings-224.zip", count).pictures
    small = (
        Image.fromarray(picture.truth).resize((SIDE, SIDE), Image.Resampling.BICUBIC) for picture in pictures
    )
    return [np.asarray(picture) for picture in small]


def _generated(count: int) -> list[np.ndarray]:
    return [np.asarray(Image.open(io.BytesIO(content))) for _, content in generated(FIRST_SEED, count)]


def _enlarge(
    name: str, pictures: Sequence[np.ndarray], ways: Mapping[str, Enlarge], passes: int
) -> dict[str, list[Case]]:
    made: dict[str, list[Case]] = {way: [] for way in ways}
    for done, picture in enumerate(pictures, 1):
        for way, enlarge in ways.items():
            if done == 1:
                enlarge(picture)  # loads the network
            begin, large = time.perf_counter(), picture
            for _ in range(passes):
                large = enlarge(large)
            made[way].append(Case(large, time.perf_counter() - begin))
        print(f"\r{name}: {done} of {len(pictures)}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return made


def _compare(made: Mapping[str, Sequence[Case]], judge: Judge) -> dict[str, list[Quality]]:
    return {
        way: [judge.measure(case.made, best.made) for case, best in zip(of, made[TEACHER], strict=True)]
        for way, of in made.items()
        if way != TEACHER
    }


def table(
    name: str, found: Mapping[str, Sequence[Quality]], seconds: Mapping[str, Sequence[float]]
) -> Iterator[str]:
    """Yield the lines of one set in Markdown: means, and the medians of the times over the teacher's."""
    taken = {way: statistics.median(of) for way, of in seconds.items()}
    yield f"{len(seconds[TEACHER])} pictures: **{name}**; the teacher takes {taken[TEACHER]:.2f} s for one"
    yield ""
    yield f"| | {' | '.join(MEASURES.values())} | of the teacher's time |"
    yield "|---" * (len(MEASURES) + 2) + "|"
    for way, of in found.items():
        cells = [f"{statistics.fmean(getattr(quality, key) for quality in of):.3g}" for key in MEASURES]
        yield f"| {way} | {' | '.join(cells)} | 1/{taken[TEACHER] / taken[way]:.0f} |"
    yield ""


def _facts(threads: int) -> str:
    return (
        f"Distances from what the teacher makes of the same picture (lower is nearer), without {BORDER_PX} px at each "
        f"edge; on {threads} thread{'s' if threads > 1 else ''}.\n"
    )


def _rows(made: Mapping[str, Sequence[Case]]) -> list[Row]:
    count = len(made[TEACHER])
    chosen = np.linspace(0, count - 1, min(SHEET_ROWS, count)).round().astype(int)
    return [
        Row(made[TEACHER][index].made, {way: made[way][index].made for way in (*SHOWN, TEACHER)})
        for index in chosen
    ]


def _write(options: argparse.Namespace, text: str, sheet: bytes) -> None:
    if options.card:
        card = FAST / "README.md"
        before, _, rest = card.read_text(encoding="utf-8").partition(BEGIN)
        _, _, after = rest.partition(END)
        card.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{after}", encoding="utf-8")
        (FAST / "comparison.jpg").write_bytes(sheet)
        return
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "figures.md").write_text(text, encoding="utf-8")
    (options.out / "comparison.jpg").write_bytes(sheet)


if __name__ == "__main__":
    main()
