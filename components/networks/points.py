"""Points of a latent space as one types them."""

import math
from collections.abc import Sequence

from components.networks.latents import latents_of_seeds
from interfaces.errors import SettingsError
from interfaces.igme import Latent

__all__ = ["OF_SEED", "read_numbers", "read_point"]

OF_SEED = "seed:"
"""Begins the point that a seed draws."""


def read_point(text: str, takes: Latent, place: str) -> Sequence[float]:
    """Return the numbers of ``0.1,-0.5``, or those that ``seed:7`` draws.

    Args:
        text: what was typed.
        takes: what a point is.
        place: where it was typed, for the error.

    Raises:
        SettingsError: it is neither.

    >>> read_point("0.5, -1", Latent(length=2, prior="uniform"), "--at")
    [0.5, -1.0]
    """
    wanted = f"{takes.length} numbers such as 0.1,-0.5, or seed:7"
    if not text.startswith(OF_SEED):
        return read_numbers(text, place, wanted)
    seed = text.removeprefix(OF_SEED)
    if not (seed.isascii() and seed.isdecimal()):
        raise SettingsError(f"{place}: wanted {wanted}, got {text!r}")
    drawn: list[float] = latents_of_seeds((int(seed),), takes)[0].tolist()
    return drawn


def read_numbers(text: str, place: str, wanted: str) -> list[float]:
    """Return the numbers between the commas of ``text``.

    Raises:
        SettingsError: one is none.
    """
    try:
        found = [float(each) for each in text.split(",")]
    except ValueError as error:
        raise SettingsError(f"{place}: wanted {wanted}, got {text!r}") from error
    if not all(map(math.isfinite, found)):
        raise SettingsError(f"{place}: wanted {wanted}, got {text!r}")
    return found
