"""What everything that looks into a generator must do."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import torch

from components.networks.build import load_generator
from interfaces.errors import ArtgenError
from interfaces.exploration import Explorer
from interfaces.igme import IGME
from pipeline.component_check import samples
from pipeline.component_check.verdict import Suite, require

__all__ = ["SUITE"]

_AT, _OTHER = (0.5, -0.25, 0.1, 0.9), (-0.5, 0.25, 0.7, -0.2)


class Case(NamedTuple):
    """Something that looks into a small model."""

    explorer: Explorer
    model: IGME


def prepare(make: Callable[..., Explorer], name: str, folder: Path) -> Case:
    """Return the case."""
    model = samples.random_model(folder)
    return Case(make(model), model)


def shows_what_the_model_makes(case: Case) -> None:
    """The image at a point is the network's own."""
    made = load_generator(case.model)(torch.tensor([_AT]))[0]
    got = case.explorer.point(_AT).image
    require(got.shape == made.shape, f"wanted an image {tuple(made.shape)}, got {tuple(got.shape)}")
    difference = float((got - made).abs().max())
    require(
        difference < 1e-5, f"wanted the image of the network itself, got one that differs by {difference:.2g}"
    )


def tells_the_mean_of_every_layer(case: Case) -> None:
    """By the names of the layers, and it is the mean of what `activations` gives."""
    names = [each.name for each in case.explorer.layers]
    means = case.explorer.point(_AT).means
    require([*means] == names, f"wanted means of {names}, got {[*means]}")
    for name in names:
        wanted = float(case.explorer.activations(_AT, name).mean())
        require(
            abs(means[name] - wanted) < 1e-4, f"{name}: wanted a mean of {wanted:.4f}, got {means[name]:.4f}"
        )


def edits_nothing_but_what_is_named(case: Case) -> None:
    """The image before is that of the point, the one after another, and the next look sees none of it."""
    layer = next(each for each in case.explorer.layers if each.is_picture)
    before = case.explorer.point(_AT).image
    edit = case.explorer.edit(_AT, layer.name, channels=range(layer.shape[0]))
    require(torch.equal(edit.before, before), "wanted the image of the point before the edit, got another")
    require(
        not torch.equal(edit.after, before), "wanted another image after all channels were zero, got the same"
    )
    require(
        torch.equal(case.explorer.point(_AT).image, before),
        "wanted the edit to end, but the next look sees it",
    )


def goes_from_end_to_end(case: Case) -> None:
    """The first and the last point of a path are the two that were given, and images are those of points."""
    path = case.explorer.path(_AT, _OTHER, 5)
    require(tuple(path.shape) == (5, 4), f"wanted 5 points of 4 numbers, got {tuple(path.shape)}")
    ends = torch.tensor([_AT, _OTHER])
    require(torch.allclose(path[[0, -1]], ends), "wanted the given points at both ends, got others")
    images = case.explorer.images(path)
    alone = case.explorer.point(_OTHER).image
    require(
        torch.allclose(images[-1], alone, atol=1e-5), "wanted the image of the last point last, got another"
    )


def finds_directions_of_length_one(case: Case) -> None:
    """The one that explains most first, and no more than there are numbers."""
    found = case.explorer.directions(count=99, samples=64)
    count = len(found.vectors)
    require(0 < count <= 4, f"wanted 1 to 4 directions, got {count}")
    lengths = found.vectors.norm(dim=1)
    require(
        torch.allclose(lengths, torch.ones(count), atol=1e-4), f"wanted lengths of 1, got {lengths.tolist()}"
    )
    shares = found.shares.tolist()
    require(sorted(shares, reverse=True) == shares, f"wanted the largest share first, got {shares}")


def refuses_what_is_not_there(case: Case) -> None:
    """A point of another space, a layer and a class that the model has not: each as one of artgen's errors."""
    tries: dict[str, Callable[[], object]] = {
        "a point of 3 numbers": lambda: case.explorer.point(_AT[:3]),
        "a layer of no network": lambda: case.explorer.activations(_AT, "no such layer"),
        "a class of a model that knows none": lambda: case.explorer.point(_AT, "no such class"),
    }
    for what, attempt in tries.items():
        try:
            attempt()
        except ArtgenError:
            continue
        require(False, f"wanted {what} to be refused with an ArtgenError, got an answer")


SUITE = Suite(
    prepare,
    (
        shows_what_the_model_makes,
        tells_the_mean_of_every_layer,
        edits_nothing_but_what_is_named,
        goes_from_end_to_end,
        finds_directions_of_length_one,
        refuses_what_is_not_there,
    ),
)
