"""The pictures that `artgen-x4-fast` learnt from: generated ones, and paintings of three sizes.

    python -m benchmarks.distillation_source --data DIR --out FOLDER

DIR holds ``paintings-64.zip``, ``paintings-224.zip`` and ``paintings-hires/``. The paintings by which
`benchmarks.enhancement_quality` judges are not among them.
"""

import argparse
import io
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from zipfile import ZipFile

from PIL import Image

from benchmarks.held_out_pictures import held_out
from components.generation import NoiseGenerator
from interfaces.igs import IGS
from pipeline.factories.stores import model_store

GENERATED, SMALL, MIDDLE = 900, 800, 50
"""How many generated pictures, paintings of 64 px, paintings of up to 224 px; of the large ones it is every second."""
FIRST_SEED = 500_000
_AT_ONCE = 100
_LARGE_PX = 256
"""Shorter side of what the large paintings become: the largest that is ever enlarged is a quarter of 1024."""


def main() -> None:
    """Write the folder."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    default = os.environ.get("ARTGEN_TEST_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")
    parser.add_argument("--data", type=Path, default=Path(default), help="folder of real paintings")
    parser.add_argument("--out", type=Path, required=True, help="folder for the pictures")
    options = parser.parse_args()
    count = 0
    for name, content in (*generated(FIRST_SEED, GENERATED), *paintings(options.data)):
        path = options.out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        count += 1
    print(f"{count:,} pictures in {options.out}")


def generated(first_seed: int, count: int) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of pictures of the shipped generator."""
    model = model_store().get(None)
    for first in range(first_seed, first_seed + count, _AT_ONCE):
        wanted = IGS(count=min(_AT_ONCE, first_seed + count - first), seed=first)
        for made in NoiseGenerator().generate(wanted, model):
            pixels = made.images.add(1).mul(127.5).round().clamp(0, 255).byte().permute(0, 2, 3, 1).numpy()
            for seed, picture in zip(made.seeds, pixels, strict=True):
                yield f"generated/{seed}.png", _png(Image.fromarray(picture))


def paintings(data: Path) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of the paintings."""
    judged = [picture.name for picture in held_out(data / "paintings-224.zip", 10**9).pictures]
    with ZipFile(data / "paintings-64.zip") as small, ZipFile(data / "paintings-224.zip") as middle:
        names = _names(middle)
        # those of 64 px that are in the other archive, too, may be the ones to judge by
        for name in _evenly(sorted(set(_names(small)) - set(names)), SMALL):
            yield f"small/{name.replace('/', '-')}", small.read(name)
        learnt = [name for name in names if not any(f"://{name}::" in each for each in judged)]
        for name in _evenly(learnt, MIDDLE):
            yield f"middle/{name.replace('/', '-')}", middle.read(name)
    for path in sorted((data / "paintings-hires").glob("*.jpg"))[1::2]:
        with Image.open(path) as opened:
            factor = _LARGE_PX / min(opened.size)
            size = (round(opened.width * factor), round(opened.height * factor))
            yield f"large/{path.stem}.png", _png(opened.convert("RGB").resize(size, Image.Resampling.BICUBIC))


def _names(archive: ZipFile) -> list[str]:
    return sorted(name for name in archive.namelist() if name.endswith(".jpg"))


def _evenly(names: Sequence[str], count: int) -> list[str]:
    return [names[index * len(names) // count] for index in range(count)]


def _png(picture: Image.Image) -> bytes:
    content = io.BytesIO()
    picture.save(content, "PNG")
    return content.getvalue()


if __name__ == "__main__":
    main()
