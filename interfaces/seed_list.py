"""Seeds as one lists them: ``1,5,9-12``."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import BeforeValidator, Field

from interfaces.contract import Seed
from interfaces.said import Said

__all__ = ["MAX_COUNT", "SeedList", "listed_seeds"]

MAX_COUNT = 100
"""Most images in one run, where they are made of no input pictures."""


def listed_seeds(seeds: object) -> object:
    """Return the seeds that a text such as ``1,5,9-12`` names; each may come once, however they are given.

    >>> listed_seeds("1,5,9-12")
    [1, 5, 9, 10, 11, 12]

    Raises:
        ValueError: the text is another, or a seed comes twice.
    """
    found = list(_named(seeds)) if isinstance(seeds, str) else seeds
    if isinstance(found, list | tuple):
        twice = [seed for number, seed in enumerate(found) if seed in found[:number]]
        if twice:
            raise ValueError(Said("wanted each seed once, and {0} comes twice", twice[0]))
    return found


def _named(text: str) -> Iterator[int]:
    left = MAX_COUNT
    for piece in text.split(","):
        first, dash, last = (part.strip() for part in piece.partition("-"))
        if not first.isdecimal() or (dash and not last.isdecimal()):
            raise ValueError(Said("wanted seeds and ranges of seeds, such as 1,5,9-12"))
        low, high = int(first), int(last or first)
        if high < low:
            raise ValueError(Said("wanted ranges that count up, such as {0}-{1}", high, low))
        left -= high - low + 1
        if left < 0:
            raise ValueError(Said("wanted at most {0} seeds", MAX_COUNT))
        yield from range(low, high + 1)


SeedList = Annotated[tuple[Seed, ...], BeforeValidator(listed_seeds), Field(max_length=MAX_COUNT)]
"""Seeds, each of them once; a text is read as `listed_seeds` reads it."""
