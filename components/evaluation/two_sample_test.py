"""The classifier two-sample test (Lopez-Paz & Oquab 2017): can a small network tell real from generated?"""

from collections.abc import Iterator, Sequence
from math import ceil
from typing import NamedTuple, final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from components.evaluation.sets import Better, Measurement, PictureSets, Tell
from components.networks.initialisation import initialise
from interfaces.ports import RunFolder

__all__ = ["TwoSampleTest", "Verdict", "classify", "sensible_steps", "small_classifier"]

_HELD_OUT = 0.25
_WIDTH = 16
_PASSES = 20  # over a small set: more would only learn it by heart


class Verdict(NamedTuple):
    """How well a classifier tells pictures apart: those that it was not trained on, and those that it was."""

    accuracy: float
    """Share of the right answers, 0 to 1; 0.5 is guessing."""
    loss: float
    """Mean binary cross-entropy in nats; 0.693 is guessing."""
    held_out: int
    """Pictures it was asked about, half of them real."""
    learnt_accuracy: float
    """The same of the pictures that it was trained on: what it knows by heart is the difference."""
    learnt_loss: float


@final
class TwoSampleTest:
    """Trains a small network on three quarters of the pictures and asks it about the rest (Lopez-Paz & Oquab 2017).

    The worse it separates, the better the generator. Its floor is a second network, trained in the same way to
    tell real pictures from other real ones: about one half, up to chance.

    Args:
        steps: most steps of the classifier's training; small sets end after 20 passes.
        batch: pictures in a step, half of them real.
        seed: of the weights, of the split and of the batches.
    """

    def __init__(self, *, steps: int = 300, batch: int = 64, seed: int = 0) -> None:
        self._steps = steps
        self._batch = batch
        self._seed = seed

    def measure(self, sets: PictureSets, folder: RunFolder, tell: Tell) -> Sequence[Measurement]:
        """Return held-out accuracy, error and loss."""
        real = sets.pictures(sets.real)
        steps = sensible_steps(self._steps, len(real), self._batch)
        found, floor = (
            classify(images, real, steps=steps, batch=self._batch, seed=self._seed, tell=tell, what=what)
            for images, what in (
                (sets.generated, "classifier: generated or real"),
                (sets.pictures(sets.other), "classifier: real or real"),
            )
        )
        rows: tuple[tuple[str, str, float, float, Better], ...] = (
            ("accuracy", "held-out accuracy, %", 100 * found.accuracy, 100 * floor.accuracy, "lower"),
            ("error", "held-out error, %", 100 - 100 * found.accuracy, 100 - 100 * floor.accuracy, "higher"),
            ("loss", "held-out loss, nats", found.loss, floor.loss, "higher"),
        )
        details = {"held_out": found.held_out, "steps": steps, "batch": self._batch, "seed": self._seed}
        return [
            Measurement(f"c2st_{key}", f"classifier two-sample test, {name}", value, better, floor=under,
                        details=dict(details))
            for key, name, value, under, better in rows
        ]  # fmt: skip


def classify(
    generated: Tensor,
    real: Tensor,
    *,
    steps: int,
    batch: int,
    seed: int,
    tell: Tell,
    what: str = "classifier",
) -> Verdict:
    """Train a new classifier on three quarters of both sets and return its verdict on the rest.

    Args:
        generated: uint8 (N, 3, S, S), at least 4.
        real: uint8 (N, 3, S, S), as many.
        steps: of the training.
        batch: pictures in a step.
        seed: equal seeds give equal verdicts (one device kind, one number of threads).
        tell: is told the steps.
        what: to call it by.
    """
    rng = torch.Generator().manual_seed(seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    kept = max(1, int(len(real) * _HELD_OUT))
    order = torch.randperm(len(real), generator=rng)
    held, learnt = order[:kept], order[kept:]
    network = small_classifier(real.shape[-1], rng).to(device)
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-3)
    rows = _rows(len(learnt), max(1, batch // 2), rng)
    for step in range(steps):
        if step % 10 == 0:
            tell(what, step, steps)
        images = torch.cat([generated[learnt[next(rows)]], real[learnt[next(rows)]]])
        loss = F.binary_cross_entropy_with_logits(
            network(_scaled(images, device)), _answers(len(images), device)
        )
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    tell(what, steps, steps)
    of_held, of_learnt = (
        _judge(network, torch.cat([generated[part], real[part]]), device) for part in (held, learnt)
    )
    return Verdict(*of_held, 2 * len(held), *of_learnt)


def sensible_steps(most: int, pictures: int, batch: int) -> int:
    """Return how many steps a classifier shall learn: at most 20 passes over its three quarters of so many pictures.

    >>> sensible_steps(300, 2048, 64), sensible_steps(300, 8, 64)
    (300, 20)
    """
    return min(most, _PASSES * ceil(pictures * (1 - _HELD_OUT) / (batch / 2)))


def small_classifier(side: int, rng: torch.Generator) -> nn.Module:
    """Return convolutions of stride 2 down to 4 pixels or less and one number: (N, 3, side, side) → (N,)."""
    layers: list[nn.Module] = []
    channels, width = 3, _WIDTH
    with torch.device("meta"):  # where torch's global randomness stays untouched
        while side > 4:
            layers += [nn.Conv2d(channels, width, 3, 2, 1), nn.GroupNorm(4, width), nn.LeakyReLU(0.2)]
            channels, side, width = width, -(-side // 2), min(2 * width, 128)
        network = nn.Sequential(*layers, nn.Flatten(), nn.Linear(channels * side**2, 1), nn.Flatten(0))
    network = network.to_empty(device="cpu")
    initialise(network, "glorot-normal", rng)
    return network


def _rows(n: int, size: int, rng: torch.Generator) -> Iterator[Tensor]:
    """Yield ``size`` rows at a time, pass after pass in a new order; what does not fill a batch is left out."""
    size = min(size, n)
    while True:
        yield from torch.randperm(n, generator=rng)[: n // size * size].split(size)


def _judge(network: nn.Module, images: Tensor, device: torch.device) -> tuple[float, float]:
    """Return accuracy and loss."""
    with torch.no_grad():
        logits = torch.cat([network(_scaled(some, device)) for some in images.split(256)])
    answers = _answers(len(images), device)
    loss = F.binary_cross_entropy_with_logits(logits, answers).item()
    return ((logits > 0) == (answers > 0.5)).float().mean().item(), loss


def _answers(n: int, device: torch.device) -> Tensor:
    """Return 0 for the generated first half, 1 for the real second."""
    return torch.arange(2, device=device).repeat_interleave(n // 2).float()


def _scaled(images: Tensor, device: torch.device) -> Tensor:
    return images.to(device).float().div(127.5).sub(1)
