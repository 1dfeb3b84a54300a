"""Maps of a latent space: what class the picture of each point has."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from components.exploration.classifier import Answers, Classifier
from interfaces.class_maps import ClassMap
from interfaces.errors import SettingsError, WeightsError
from interfaces.igme import Latent

__all__ = ["CUBE", "FOURTH", "SQUARE", "Sample", "check_mappable", "grid", "map_classes", "share_changed"]

SQUARE = 100
"""Points along each side of a square."""
CUBE = 16
"""Points along each side of a cube, which so has 16 slices along each axis."""
FOURTH = (-1.0, 1.0)
"""Where the cubes of a model with four numbers lie along the fourth."""

Sample = Callable[[Tensor, int | None], Tensor]
"""Makes images float32 (N, C, side, side) in [-1, 1], on any device, of latent vectors float32 (N, length) and a label, or none."""

_BATCH = 500
"""Points that go through both networks together: memory does not grow with the map."""


def check_mappable(takes: Latent, what: str) -> None:
    """Return if a latent space can be mapped: of 2, 3 or 4 numbers, drawn evenly from [-1, 1].

    Raises:
        SettingsError: it cannot; the message begins with ``what``.
    """
    if takes.length not in (2, 3, 4) or takes.prior != "uniform":
        raise SettingsError(
            f"{what}: wanted a latent space of 2, 3 or 4 numbers, drawn evenly from [-1, 1] (prior uniform), to make a map of, got "
            f"{takes.length} with the prior {takes.prior}; the presets lab-2d, lab-3d, lab-4d and lab-cgan train such models"
        )


def grid(dimensions: int, points: int) -> Tensor:
    """Return the points of a square or a cube, float32 (points ** dimensions, dimensions), the first coordinate fastest.

    >>> grid(2, 2).tolist()
    [[-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0], [1.0, 1.0]]
    """
    axes = torch.meshgrid(*[torch.linspace(-1, 1, points)] * dimensions, indexing="ij")
    return torch.stack([axis.flatten() for axis in reversed(axes)], 1)


def map_classes(
    sample: Sample,
    takes: Latent,
    classifier: Classifier,
    *,
    styles: Sequence[str] = (),
    points: int | None = None,
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[ClassMap, ...]:
    """Return the maps of a generator's latent space.

    One square where latent vectors have 2 numbers, one cube where they have 3, and where they have 4 the cubes at -1 and +1 of
    the fourth. Of a conditional model each style has its own, in label order, of each style the cube at -1 first.

    Args:
        sample: makes images; it is given many points at once.
        takes: what latent vectors it takes.
        classifier: tells their class.
        styles: those that it can be asked for, in label order; empty for none.
        points: along each side; None for 100 of a square and 16 of a cube.
        tell: is told the points done and those in all.

    Raises:
        SettingsError: the latent space has another length or prior.
        WeightsError: the classifier learnt pictures of another size.
    """
    check_mappable(takes, "map")
    dimensions = min(takes.length, 3)
    points = points or (SQUARE if dimensions == 2 else CUBE)
    places = grid(dimensions, points)
    wanted = [
        (label, fourth)
        for label in (range(len(styles)) if styles else (None,))
        for fourth in (FOURTH if takes.length == 4 else (None,))
    ]
    found = []
    for number, (label, fourth) in enumerate(wanted):
        answers = []
        for first in range(0, len(places), _BATCH):
            tell(number * len(places) + first, len(wanted) * len(places))
            some = places[first : first + _BATCH]
            if fourth is not None:
                some = torch.cat([some, torch.full((len(some), 1), fourth)], 1)
            answers.append(classifier.classify(sample(some, label)))
        found.append(
            _map_of(
                answers,
                (points,) * dimensions,
                classifier.names,
                fourth,
                None if label is None else styles[label],
            )
        )
    tell(len(wanted) * len(places), len(wanted) * len(places))
    return tuple(found)


def _map_of(
    answers: Sequence[Answers],
    shape: tuple[int, ...],
    names: tuple[str, ...],
    fourth: float | None,
    style: str | None,
) -> ClassMap:
    return ClassMap(
        names=names,
        classes=np.concatenate([each.classes for each in answers]).reshape(shape),
        confidence=np.concatenate([each.confidence for each in answers]).reshape(shape),
        fourth=fourth,
        style=style,
    )


def share_changed(before: Sequence[ClassMap], after: Sequence[ClassMap]) -> float:
    """Return the share of all points that have another class in ``after`` than in ``before``, from 0 to 1.

    Raises:
        WeightsError: they are maps of different spaces, or by classifiers of different classes.
    """
    layouts = [
        [(one.names, one.classes.shape, one.fourth, one.style) for one in maps] for maps in (before, after)
    ]
    if not before or layouts[0] != layouts[1]:
        raise WeightsError(
            "wanted two maps of the same points by the same classes, got maps of different latent spaces or classifiers; make both "
            "with one classifier, of models of the same kind"
        )
    return float(np.mean([one.classes != other.classes for one, other in zip(before, after, strict=True)]))
