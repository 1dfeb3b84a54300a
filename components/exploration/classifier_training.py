"""Teaches a small network to tell the classes of a pack apart."""

from collections.abc import Callable
from time import monotonic
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor

from components.exploration.classifier import Classifier
from components.networks.classifier import build_classifier
from interfaces.class_maps import MOST_CLASSES, ClassifierNetwork
from interfaces.contract import Contract, Seed
from interfaces.errors import DataError
from interfaces.ipdt import IPDT

__all__ = ["ClassifierSettings", "Taught", "teach"]

_FIRST_WIDTH, _MOST_WIDTH = 16, 128
_SMALL_ENOUGH = 8
"""Side at which no further layer halves, in pixels."""
_HELD_OUT = 0.1
_FEWEST_STEPS = 200
_TELL_EVERY = 10


class ClassifierSettings(Contract):
    """How a classifier learns."""

    passes: int = Field(3, ge=1, le=1000)
    """Over the data; small data are gone through more often, until 200 steps are made."""
    batch: int = Field(128, ge=2, le=4096)
    """Pictures in a step."""
    learning_rate: float = Field(3e-3, gt=0, le=1)
    """Of Adam, at first; it falls to 0 in a straight line."""
    seed: Seed = 0
    """Of the first weights, the order, and of what is held out where the data have no test split."""


class Taught(NamedTuple):
    """A classifier that has learnt, and how well."""

    classifier: Classifier
    accuracy: float
    """Share of the right answers on pictures that were held out."""
    held_out: int
    steps: int
    seconds: float


def teach(
    pack: IPDT,
    settings: ClassifierSettings | None = None,
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> Taught:
    """Return a classifier of the styles of ``pack``, trained on its training split.

    Equal seeds give equal weights (one device kind, one number of threads). Torch's global randomness stays untouched.

    Args:
        pack: what to learn from; never modified. Where it has no test split, a tenth is held out.
        settings: how.
        tell: is told the steps done and those in all, now and then; what it raises ends the training.

    Raises:
        DataError: there are fewer than two classes, or more than 256, or too few pictures.
    """
    settings = settings or ClassifierSettings()
    learnt, held = _split(pack, settings.seed)
    _check_classes(pack, learnt)
    begun = monotonic()
    rng = torch.Generator().manual_seed(settings.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network = build_classifier(_network_for(pack), rng).to(device)
    optimiser = torch.optim.Adam(network.parameters(), lr=settings.learning_rate)
    size = min(settings.batch, len(learnt))
    a_pass = len(learnt) // size
    steps = max(settings.passes * a_pass, _FEWEST_STEPS)
    labels = torch.from_numpy(pack.labels.astype(np.int64))
    order = learnt
    for step in range(steps):
        if step % _TELL_EVERY == 0:
            tell(step, steps)
        if step % a_pass == 0:  # what does not fill a batch is left out, other pictures each time
            order = learnt[torch.randperm(len(learnt), generator=rng).numpy()]
        rows = order[step % a_pass * size :][:size]
        for group in optimiser.param_groups:
            group["lr"] = settings.learning_rate * (1 - step / steps)
        loss = F.cross_entropy(network(_pictures(pack, rows).to(device)), labels[rows].to(device))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    tell(steps, steps)
    classifier = Classifier(network, _network_for(pack), pack.styles)
    right = [
        classifier.classify(_pictures(pack, rows)).classes == pack.labels[rows]
        for rows in np.array_split(held, -(-len(held) // 1000))
    ]
    return Taught(classifier, float(np.concatenate(right).mean()), len(held), steps, monotonic() - begun)


def _pictures(pack: IPDT, rows: np.ndarray) -> Tensor:
    """Return pictures of ``pack``, float32 (N, C, H, W) in [-1, 1]."""
    return torch.from_numpy(pack.images[rows]).permute(0, 3, 1, 2).float().div(127.5).sub(1)


def _split(pack: IPDT, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows to learn from, and those that are held out."""
    if pack.is_test.any():
        return np.flatnonzero(pack.is_test == 0), np.flatnonzero(pack.is_test)
    order = np.random.default_rng(seed).permutation(len(pack.images))
    kept = max(1, round(_HELD_OUT * len(order)))
    return np.sort(order[kept:]), np.sort(order[:kept])


def _check_classes(pack: IPDT, learnt: np.ndarray) -> None:
    there = np.unique(pack.labels[learnt])
    if not 2 <= len(pack.styles) <= MOST_CLASSES or len(there) < 2:
        names = ", ".join(pack.styles[int(label)] for label in there[:3]) or "none"
        raise DataError(
            f"{pack.dataset}: wanted pictures of 2 to {MOST_CLASSES} classes to tell apart, got {len(learnt)} pictures to learn "
            f"from of {len(there)} ({names}); have one folder for each class"
        )


def _network_for(pack: IPDT) -> ClassifierNetwork:
    """Return a network for the pictures of ``pack``: it halves until 8 pixels or fewer are left.

    >>> from types import SimpleNamespace
    >>> import numpy as np
    >>> _network_for(SimpleNamespace(side=64, images=np.zeros((1, 64, 64, 3)), styles="ab")).widths
    (16, 32, 64)
    """
    widths, side = [_FIRST_WIDTH], -(-pack.side // 2)
    while side > _SMALL_ENOUGH:
        widths.append(min(2 * widths[-1], _MOST_WIDTH))
        side = -(-side // 2)
    channels = 1 if pack.images.shape[3] == 1 else 3
    return ClassifierNetwork(
        side=pack.side, channels=channels, classes=len(pack.styles), widths=tuple(widths)
    )
