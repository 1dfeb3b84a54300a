"""Images per second from files to squares of 64 pixels: ours against torchvision's ImageFolder and DataLoader.

Run it with ``python -m benchmarks.preprocessing [--data DIR] [--repeats N] [--json]``. Both sides do all there is to
do each time: find the files, decode, shrink, crop. Ours also digests every file, and writes the pack to the disk.
The two take turns, since the speed of a shared machine changes; the figure is the median of the ratios. On a machine
that others use too the three processes of the peer get more of it than our threads: see the ratio of processor time.
"""

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

SIDE = 64
WORKERS = 2
HIRES_COPIES = 5


@dataclass(frozen=True)
class Comparison:
    """Medians over the repeats."""

    name: str
    images: int
    ours_per_s: float
    peer_per_s: float
    ratio: float
    """Ours over the peer: the median of the ratios of neighbouring runs."""
    cpu_ratio: float
    """The same for processor time, which other people's work on the machine changes less (not on Windows: there
    the time of the peer's workers is not known to us)."""
    cached_ms: float
    """The second run of ours: description and pack are found."""
    cached_ratio: float
    """First run over second run."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure preprocessing against torchvision.")
    default = os.environ.get("ARTGEN_TEST_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")
    parser.add_argument("--data", type=Path, default=Path(default), help="folder of the real paintings")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    if not arguments.data.is_dir():
        sys.exit(f"no data: {arguments.data} is absent; --data or ARTGEN_TEST_DATA names another place")
    with tempfile.TemporaryDirectory() as folder:
        results = measure_all(arguments.data, Path(folder), arguments.repeats)
    if arguments.json:
        print(json.dumps([asdict(result) for result in results]))
        return
    print(
        f"{'source':20} {'images':>6} {'ours /s':>9} {'peer /s':>9} {'ratio':>6} {'cpu':>6} {'cached ms':>9} {'cached x':>9}"
    )
    for r in results:
        print(
            f"{r.name:20} {r.images:6} {r.ours_per_s:9.0f} {r.peer_per_s:9.0f} {r.ratio:6.2f} {r.cpu_ratio:6.2f} "
            f"{r.cached_ms:9.1f} {r.cached_ratio:9.0f}"
        )


def measure_all(data: Path, folder: Path, repeats: int) -> list[Comparison]:
    """Compare on the small and on the large paintings; ``folder`` takes copies and caches."""
    small, large = folder / "small", folder / "large"
    with zipfile.ZipFile(data / "paintings-224.zip") as archive:
        archive.extractall(small)
    (large / "one").mkdir(parents=True)
    for picture in sorted((data / "paintings-hires").glob("*.jpg")):
        for copy in range(HIRES_COPIES):
            shutil.copyfile(picture, large / "one" / f"{copy}-{picture.name}")
    return [
        compare("paintings-224", str(data / "paintings-224.zip"), small, folder, repeats),
        compare("paintings-hires", str(large), large, folder, repeats),
    ]


def compare(name: str, source: str, peer_root: Path, folder: Path, repeats: int) -> Comparison:
    """Measure both sides in turns."""
    cache = folder / "cache"
    os.environ["ARTGEN_CACHE"] = str(cache)
    images = run_peer(peer_root)  # the first run of each reads the files from the disk
    if run_ours(source, cache) != images:
        sys.exit(f"{name}: the two sides do not see the same pictures")
    ours, peer, cached = [], [], []
    for _ in range(repeats):
        shutil.rmtree(cache)
        ours.append(measure(lambda: run_ours(source, cache)))
        cached.append(measure(lambda: run_ours(source, cache)))
        peer.append(measure(lambda: run_peer(peer_root)))
    return Comparison(
        name=name,
        images=images,
        ours_per_s=images / statistics.median(run.wall for run in ours),
        peer_per_s=images / statistics.median(run.wall for run in peer),
        ratio=statistics.median(p.wall / o.wall for o, p in zip(ours, peer, strict=True)),
        cpu_ratio=statistics.median(p.cpu / o.cpu for o, p in zip(ours, peer, strict=True)),
        cached_ms=1000 * statistics.median(run.wall for run in cached),
        cached_ratio=statistics.median(o.wall / c.wall for o, c in zip(ours, cached, strict=True)),
    )


def run_ours(source: str, cache: Path) -> int:
    """Describe and prepare with a fresh store; return how many images there are."""
    from components.preprocessing import SquarePreprocessor
    from storage.run_folder import DirectoryFolder
    from storage.training.training_store import LocalTrainingStore

    store = LocalTrainingStore()
    preprocessor = SquarePreprocessor(side=SIDE, workers=WORKERS)
    pack = preprocessor.prepare(store.describe(source), store, DirectoryFolder(cache / "packs"))
    return len(pack.images)


def run_peer(root: Path) -> int:
    """Load every picture by torchvision; return how many there are."""
    from components.networks._compat import enable

    enable()
    from torch.utils.data import DataLoader
    from torchvision.datasets import ImageFolder
    from torchvision.transforms import CenterCrop, Compose, InterpolationMode, PILToTensor, Resize

    squares = Compose([Resize(SIDE, InterpolationMode.BICUBIC), CenterCrop(SIDE), PILToTensor()])
    loader = DataLoader(ImageFolder(str(root), squares), batch_size=64, num_workers=WORKERS)
    return sum(len(images) for images, _ in loader)


@dataclass(frozen=True)
class Run:
    """What one run took, in seconds."""

    wall: float
    cpu: float


def measure(work: Callable[[], object]) -> Run:
    """Return how long ``work`` takes, and how much processor time with the processes that it starts."""
    start, before = time.perf_counter(), os.times()
    work()
    return Run(time.perf_counter() - start, sum(os.times()[:4]) - sum(before[:4]))


if __name__ == "__main__":
    main()
