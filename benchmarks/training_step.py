"""Real images per second of GAN training: ours against a plain PyTorch loop.

Run it with ``python -m benchmarks.training_step [--preset wgan-gp|dcgan] [--device D] [--data DIR] [--repeats N]
[--json]``. Ours is the whole trainer as ``artgen train`` runs it, log included. The peer is what one would write
first: float32, NCHW, torchvision's ImageFolder and DataLoader, a critic pass for each kind of image, the gradient
penalty by differentiating twice. Both train networks of the same sizes on the same pictures, in one process and on
the same threads; they take turns, one step of the generator (with its steps of the critic) each, since the speed of a
shared machine changes. The figure is the median of the ratios of neighbouring turns.

``--quality`` instead trains both for equally many steps and compares the sliced Wasserstein distances to the
pictures. The ratio has to stay below 1.1: speed that costs quality is none.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import final

import torch
from torch import Tensor

from benchmarks.operations import count_operations, matmul_rate
from benchmarks.plain_gan import Peer
from components.training.distributed.device import open_device
from components.training.gan.presets import PRESETS
from components.training.gan.settings import GanSettings
from components.training.gan.trainer import GanTrainer
from interfaces.ipdt import IPDT
from interfaces.ports import LatentView, RunFolder, TrainingObserver, TrainingView

LOSSES = {"wgan-gp": "wasserstein", "dcgan": "cross-entropy"}
QUALITY_SAMPLES = 1024


@dataclass(frozen=True)
class Comparison:
    """Medians over the repeats."""

    preset: str
    device: str
    threads: int
    precision: str
    """Of ours; the peer's is float32."""
    machine: str
    torch: str
    repeats: int
    ours_per_s: float
    peer_per_s: float
    ratio: float
    """Ours over the peer: the median of the ratios of neighbouring turns."""
    cpu_ratio: float
    """The same for processor time, which other people's work on the machine changes less. That of the processes
    which load the peer's pictures is not in it."""
    ours_gflop: float
    """Floating-point operations of one turn, of convolutions and matrix products alone."""
    peer_gflop: float
    matmul_gflops: float
    """What the machine makes of a float32 matrix product, between the turns."""
    ours_share: float
    """Operations per second over those of the matrix product."""
    peer_share: float


def main() -> None:
    """Measure and print."""
    arguments = _parse()
    settings = _settings(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        root, pack = prepare(arguments.data, folder, arguments.images)
        peer = Peer(settings, root)
        if arguments.quality:
            result = compare_quality(settings, pack, peer, folder, arguments.quality)
        else:
            result = asdict(compare_speed(arguments.preset, settings, pack, peer, folder, arguments.repeats))
    if arguments.json:
        print(json.dumps(result))
        return
    for key, value in result.items():
        print(f"{key:14} {value:.3f}" if isinstance(value, float) else f"{key:14} {value}")


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure a training step against plain PyTorch.")
    default = os.environ.get("ARTGEN_TEST_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")
    parser.add_argument("--data", type=Path, default=Path(default), help="folder of the real paintings")
    parser.add_argument("--preset", choices=sorted(LOSSES), default="wgan-gp")
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    parser.add_argument(
        "--precision", choices=["auto", "float32", "bfloat16"], default="auto", help="of ours"
    )
    parser.add_argument("--width", type=int, help="of both networks' narrowest layer; for a rehearsal")
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument(
        "--quality", type=int, nargs="?", const=300, metavar="STEPS", help="compare quality after 300 steps"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    if not (arguments.data / "paintings-64.zip").is_file():
        sys.exit(f"no paintings-64.zip in {arguments.data}; --data or ARTGEN_TEST_DATA names another place")
    if arguments.preset not in PRESETS:
        sys.exit(f"skipped: there is no preset {arguments.preset} yet; known: {', '.join(PRESETS)}")
    return arguments


def _settings(arguments: argparse.Namespace) -> GanSettings:
    values = PRESETS[arguments.preset].model_dump()
    device = arguments.device
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    if arguments.width:
        values["generator"]["width"] = values["critic"]["width"] = arguments.width
    # a checkpoint every few minutes is no part of a step
    changes = {"device": device, "precision": arguments.precision, "checkpoint_seconds": 1e9}
    return GanSettings.model_validate({**values, **changes})


def prepare(data: Path, folder: Path, images: int) -> tuple[Path, IPDT]:
    """Unpack every so many-th picture, and make the pack of the same; return the folder and the pack."""
    os.environ["ARTGEN_CACHE"] = str(folder / "cache")
    from components.preprocessing import SquarePreprocessor
    from storage.run_folder import DirectoryFolder
    from storage.training.training_store import LocalTrainingStore

    root = folder / "files"
    with zipfile.ZipFile(data / "paintings-64.zip") as archive:
        names = sorted(name for name in archive.namelist() if name.endswith((".jpg", ".png")))
        archive.extractall(root, names[:: max(1, len(names) // images)][:images])
    store = LocalTrainingStore()
    description = store.describe(str(root))
    return root, SquarePreprocessor(side=64).prepare(description, store, DirectoryFolder(folder / "packs"))


@final
class Turns:
    """Lets the peer and the matrix product have their turns between two steps of ours: a `TrainingObserver`."""

    def __init__(self, peer: Peer, repeats: int) -> None:
        self.ours: list[tuple[float, float]] = []
        self.peer: list[tuple[float, float]] = []
        self.products: list[float] = []
        self._peer = peer
        self._repeats = repeats
        self._begin: tuple[float, float] | None = None

    def observe(self, view: TrainingView, folder: RunFolder) -> bool:
        """Note how long our step took, and measure the others."""
        if self._begin is not None:  # the first step warms up
            self.ours.append(_since(self._begin, self._peer.device))
        begin = _now(self._peer.device)
        self._peer.step()
        self.peer.append(_since(begin, self._peer.device))
        self.products.append(matmul_rate(self._peer.device))
        self._begin = _now(self._peer.device)
        return len(self.ours) < self._repeats

    def finish(self, folder: RunFolder) -> None:
        """Do nothing."""


@final
class FirstStep:
    """Stops a training after one step: a `TrainingObserver`."""

    def observe(self, view: TrainingView, folder: RunFolder) -> bool:
        """Return False."""
        return False

    def finish(self, folder: RunFolder) -> None:
        """Do nothing."""


def compare_speed(
    preset: str, settings: GanSettings, pack: IPDT, peer: Peer, folder: Path, repeats: int
) -> Comparison:
    """Measure both sides in turns."""
    ours_flop = count_operations(lambda: _train(settings, pack, folder / "counted", 2, FirstStep()))
    peer_flop = count_operations(peer.step)
    turns = Turns(peer, repeats)
    _train(settings, pack, folder / "timed", repeats + 2, turns)
    pairs = list(
        zip(turns.ours, turns.peer, strict=False)
    )  # the peer has one turn more, behind the last of ours
    images = settings.batch * settings.critic_steps
    ours, theirs = (statistics.median(wall for wall, _ in side) for side in (turns.ours, turns.peer))
    product = statistics.median(turns.products)
    return Comparison(
        preset=preset,
        device=settings.device,
        threads=torch.get_num_threads(),
        precision=_precision(settings),
        machine=f"{platform.machine()}, {os.cpu_count()} cores, {torch.backends.cpu.get_cpu_capability()}",
        torch=torch.__version__,
        repeats=len(pairs),
        ours_per_s=images / ours,
        peer_per_s=images / theirs,
        ratio=statistics.median(peer[0] / mine[0] for mine, peer in pairs),
        cpu_ratio=statistics.median(peer[1] / mine[1] for mine, peer in pairs),
        ours_gflop=ours_flop / 1e9,
        peer_gflop=peer_flop / 1e9,
        matmul_gflops=product / 1e9,
        ours_share=ours_flop / ours / product,
        peer_share=peer_flop / theirs / product,
    )


def _train(settings: GanSettings, pack: IPDT, folder: Path, steps: int, observer: TrainingObserver) -> None:
    from storage.run_folder import DirectoryFolder

    trainer = GanTrainer(GanSettings.model_validate({**settings.model_dump(), "steps": steps}))
    trainer.train(pack, DirectoryFolder(folder), observers=[observer])


def _precision(settings: GanSettings) -> str:
    with open_device(settings).autocast():
        return "bfloat16" if torch.is_autocast_enabled(settings.device) else "float32"


def _now(device: torch.device) -> tuple[float, float]:
    """Return wall and processor time in seconds, when all work on ``device`` is done."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter(), time.process_time()


def _since(begin: tuple[float, float], device: torch.device) -> tuple[float, float]:
    wall, processor = _now(device)
    return wall - begin[0], processor - begin[1]


@final
class LastStep:
    """Takes samples when the training is over: a `TrainingObserver`."""

    samples = torch.empty(0)

    def observe(self, view: TrainingView, folder: RunFolder) -> bool:
        """Draw in the last step."""
        if view.step == view.steps and isinstance(view, LatentView):
            self.samples = torch.cat(
                [view.sample(noise) for noise in torch.randn(QUALITY_SAMPLES, view.latent).split(64)]
            )
        return True

    def finish(self, folder: RunFolder) -> None:
        """Do nothing."""


def compare_quality(
    settings: GanSettings, pack: IPDT, peer: Peer, folder: Path, steps: int
) -> dict[str, object]:
    """Train both for ``steps`` steps, and measure the distance of their samples to the pictures."""
    # without the running mean of the weights, which the peer has not
    plain = GanSettings.model_validate({**settings.model_dump(), "ema_decay": 0.0})
    ours = LastStep()
    _train(plain, pack, folder / "quality", steps, ours)
    for _ in range(steps):
        peer.step()
    with torch.no_grad():
        noise = torch.randn(QUALITY_SAMPLES, peer.latent, device=peer.device)
        theirs = torch.cat([peer.generator(part).cpu() for part in noise.split(64)])
    real = torch.tensor(pack.images[:QUALITY_SAMPLES]).permute(0, 3, 1, 2)  # (N, H, W, C) -> (N, C, H, W)
    count = len(real)
    mine, other = (_distance(to_bytes(images[:count]), real) for images in (ours.samples, theirs))
    return {"steps": steps, "images": count, "ours_swd": mine, "peer_swd": other, "ratio": mine / other}


def to_bytes(images: Tensor) -> Tensor:
    """Return images of [-1, 1] as uint8."""
    return ((images.clamp(-1, 1) + 1) * 127.5).round().byte()


def _distance(generated: Tensor, real: Tensor) -> float:
    from components.networks.sliced_wasserstein import patches, sliced_distance

    scales = zip(patches(generated, 64, 0).values(), patches(real, 64, 1).values(), strict=True)
    return statistics.mean(1000 * sliced_distance(*pair, directions=128, seed=0) for pair in scales)


if __name__ == "__main__":
    main()
