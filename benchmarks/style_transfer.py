"""Seconds of style transfer by Gram matrices to the same loss: ours against a plain PyTorch loop.

Run it with ``python -m benchmarks.style_transfer [--size 512] [--evaluations 300] [--steps N] [--memory] [--json]``. The peer is
what one would write first, in the way of PyTorch's tutorial: float32, one size, torch's L-BFGS, the losses of conv_1 to conv_5.
Ours makes the same loss smaller with the same pictures, weights and threads, in the same process, and stops as somebody would by
Ctrl-C: at the first image of full size whose loss is below that of the peer's result, which is known by then. Both images are
judged by the peer's own loss at full size; the ratio counts only where ours is no worse, which ``is_as_good`` says.

``--memory`` instead makes an image of 1024 px by the default layers with Adam in a process of its own, and gives the most
memory that it took. The goal is 3000 MB.
"""

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, final

import torch
from safetensors.torch import load
from torch import Tensor

from benchmarks.operations import Operations, matmul_rate
from benchmarks.peak_memory import run_for_peak
from benchmarks.plain_style_transfer import Peer
from components.generation.style_transfer.algorithm import Task, Unattended
from components.generation.style_transfer.matching import Gatys
from components.generation.style_transfer.preparation import prepare
from components.imaging.picture_file import read_picture
from components.networks.speed import FloatType, fastest
from components.networks.vgg19_taps import VGG19Taps
from interfaces.igs import Stylize

CONTENT, STYLE = "style/chelsea.png", "style/mosaic.jpg"
WEIGHTS = "weights/vgg19-features.safetensors"
GOAL = 2.0
GOAL_MB = 3000
_BELOW = 0.999
"""Of the peer's loss: so far below it ours stops, so that cutting off what lies outside of [0, 1] cannot lift it above."""


class Reached(Exception):
    """The loss is as small as the peer's."""


@final
class StopsAt:
    """Ends an image under way where its loss at full size is small enough, and has it then.

    Args:
        loss: at which it ends.
        side: longer side of the full size.
    """

    def __init__(self, loss: float, side: int) -> None:
        self._loss = loss
        self._side = side
        self._reached = False
        self.steps = 0
        """At full size."""
        self.image = torch.empty(0)
        """The one whose loss is small enough; nothing as long as there is none."""

    def trace(self, step: int, values: Mapping[str, float]) -> None:
        """Look whether the loss is small enough."""
        if values["side"] == self._side:
            self.steps += 1
            self._reached = values["loss"] <= self._loss

    def progress(self, done: int, total: int, detail: str = "") -> None:
        """End the image if it is."""
        if self._reached:
            raise Reached

    def keep(self, state: bytes) -> None:
        """Take the image out of what is kept before it ends."""
        if self._reached:
            self.image = load(state)["best"].clamp(-1, 1)

    def kept(self) -> bytes | None:
        """Return None: the image begins anew."""
        return None

    def draft(self, image: Tensor) -> None:
        """Show nothing."""

    def notice(self, text: str) -> None:
        """Say it where it does not mix with the result."""
        print(text, file=sys.stderr)


class Made(NamedTuple):
    """An image, and what it took."""

    image: Tensor
    wall_s: float
    cpu_s: float


def main() -> None:
    """Measure and print."""
    options = _parse()
    if options.only_make:
        Gatys().transfer(_task(options, "float32", optimizer="adam", steps=6), Unattended())
        return
    result = measure_memory(options) if options.memory else compare(options)
    if options.json:
        print(json.dumps(result))
        return
    for key, value in result.items():
        print(f"{key:16} {value:.3f}" if isinstance(value, float) else f"{key:16} {value}")


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    default = os.environ.get("ARTGEN_TEST_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")
    parser.add_argument("--data", type=Path, default=Path(default), help="folder of the pictures and weights")
    parser.add_argument("--size", type=int, help="longer side; 512, and 1024 with --memory")
    parser.add_argument("--evaluations", type=int, default=300, help="of the peer's loss")
    parser.add_argument("--steps", type=int, default=260, help="of ours at most, at all sizes together")
    # two sizes: at 128 px, the loss at full size falls no sooner after 200 steps at half of it than after 30
    parser.add_argument("--smallest", type=int, default=256, help="first scale of ours")
    parser.add_argument("--memory", action="store_true", help="measure the peak of memory instead")
    parser.add_argument("--only-make", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    options.size = options.size or (1024 if options.memory or options.only_make else 512)
    missing = [name for name in (CONTENT, STYLE, WEIGHTS) if not (options.data / name).is_file()]
    if missing:
        sys.exit(f"no {', '.join(missing)} in {options.data}; --data or ARTGEN_TEST_DATA names another place")
    return options


def compare(options: argparse.Namespace) -> Mapping[str, object]:
    """Measure both sides, one after the other, with the machine's matrix rate around them."""
    precision = fastest("stylizing")
    task = _task(options, precision)
    peer = Peer(options.data / WEIGHTS, task.content, task.styles[0])
    task = task._replace(
        settings=as_the_peer(task.settings, peer, steps=options.steps, smallest=options.smallest)
    )
    rates = [matmul_rate(torch.device("cpu"))]
    theirs = _timed(lambda: peer.run(options.evaluations))
    peer_loss = peer_loss_of(peer, theirs.image)
    watch = StopsAt(_BELOW * peer_loss / loss_unit(peer), options.size)
    rates.append(matmul_rate(torch.device("cpu")))
    with Operations() as operations:  # which slows ours by less than a hundredth
        ours = _timed(lambda: make_until(task, watch))
    rates.append(matmul_rate(torch.device("cpu")))
    rate = sorted(rates)[1]
    ours_loss = peer_loss_of(peer, ours.image)
    return {
        "size": options.size,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {torch.backends.cpu.get_cpu_capability()}",
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "precision": precision,
        "steps": options.steps,
        "full_size_steps": watch.steps,
        "evaluations": options.evaluations,
        "start_loss": peer_loss_of(peer, task.content),
        "ours_loss": ours_loss,
        "peer_loss": peer_loss,
        "ours_s": ours.wall_s,
        "peer_s": theirs.wall_s,
        "ours_cpu_s": ours.cpu_s,
        "peer_cpu_s": theirs.cpu_s,
        "ratio": theirs.wall_s / ours.wall_s,
        "cpu_ratio": theirs.cpu_s / ours.cpu_s,
        "goal": GOAL,
        "is_as_good": ours_loss <= peer_loss,
        "matmul_gflops": rate / 1e9,
        "ours_share": operations.count / ours.wall_s / rate,
        "ours_cpu_share": operations.count / ours.cpu_s / rate,
    }


def as_the_peer(settings: Stylize, peer: Peer, **changes: Any) -> Stylize:
    """Return settings whose loss is the peer's, divided by a constant: ours are relative to what is wanted, the peer's are not."""
    weights, total = _style_weights(peer), loss_unit(peer)
    return Stylize.model_validate(
        {
            **dict(settings),
            "content_layers": ("conv_4",),
            "style_layers": tuple(f"conv_{number}={weight!r}" for number, weight in weights.items()),
            "content_weight": float(peer.content.square().mean()) / total / Gatys.balance.content,
            "style_weight": 1 / Gatys.balance.style,
            "smoothness": 0,
            **changes,
        }
    )


def loss_unit(peer: Peer) -> float:
    """Return the constant by which the peer's loss is larger than ours."""
    return sum(_style_weights(peer).values())


def _style_weights(peer: Peer) -> Mapping[int, float]:
    return {
        number: Peer.STYLE_WEIGHT * float(gram.square().sum()) / gram.shape[0] ** 2
        for number, gram in peer.grams.items()
    }


def peer_loss_of(peer: Peer, image: Tensor) -> float:
    """Return the peer's loss of an image in [-1, 1]."""
    with torch.no_grad():
        return float(peer.loss(image * 0.5 + 0.5))


def measure_memory(options: argparse.Namespace) -> Mapping[str, object]:
    """Return the peak of a process that makes one image with Adam."""
    command = [sys.executable, "-m", "benchmarks.style_transfer", "--only-make"]
    peak = run_for_peak([*command, "--data", str(options.data), "--size", str(options.size)])
    return {"size": options.size, "peak_mb": peak, "goal_mb": GOAL_MB}


def _task(options: argparse.Namespace, precision: FloatType, **settings: Any) -> Task:
    source = Stylize(
        paths=(options.data / CONTENT,),
        styles=(options.data / STYLE,),
        size=options.size,
        features=str(options.data / WEIGHTS),
        precision=precision,
        **settings,
    )
    content, style = (read_picture((options.data / name).read_bytes()) for name in (CONTENT, STYLE))
    ready = prepare(source, content, [style], [])
    return Task(
        content=ready.content,
        styles=ready.styles,
        blend=(1.0,),
        regions=(),
        settings=source,
        seed=0,
        features=VGG19Taps(options.data / WEIGHTS, source.pooling, precision),
    )


def make_until(task: Task, watch: StopsAt) -> Tensor:
    """Return the image at which ``watch`` ended, or that of all steps."""
    try:
        return Gatys().transfer(task, watch)
    except Reached:
        return watch.image


def _timed(work: Callable[[], Tensor]) -> Made:
    wall, cpu = time.perf_counter(), time.process_time()
    image = work()
    return Made(image, time.perf_counter() - wall, time.process_time() - cpu)


if __name__ == "__main__":
    main()
