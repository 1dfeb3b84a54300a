"""Where in the data a training is."""

from typing import NamedTuple

__all__ = ["START", "Position"]


class Position(NamedTuple):
    """Where in the data the next batch begins."""

    epoch: int
    offset: int


START = Position(0, 0)
