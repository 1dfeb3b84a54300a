"""Pictures of a result store as one looks through them: what is wanted of them, and what is known of each."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from pydantic import AwareDatetime, Field

from interfaces.contract import Contract, Seed
from interfaces.runs import StoredFile

__all__ = ["MOST_STARS", "Deletion", "PictureChoices", "PictureFilter", "StoredPicture"]

MOST_STARS = 5


class PictureFilter(Contract):
    """Which pictures are wanted; what is left open holds nothing back. A film is one of them, of no seed of its own."""

    run: str | None = None
    style: str | None = None
    """A film has those of its pictures."""
    model: str | None = None
    """SHA-256 of the model's weights."""
    seed: Seed | None = None
    since: AwareDatetime | None = None
    """Made at this moment or later."""
    until: AwareDatetime | None = None
    """Made before this moment."""
    stars: int = Field(0, ge=0, le=MOST_STARS)
    """At least so many."""
    unstarred: bool = False
    """Only those without any star."""


class StoredPicture(StoredFile):
    """A picture file with what the index knows of it besides."""

    model: str | None
    """SHA-256 of the model's weights; None where none made it."""
    stars: int = Field(ge=0, le=MOST_STARS)
    note: str


class PictureChoices(NamedTuple):
    """What there is to choose from."""

    runs: Sequence[str]
    """With pictures, newest first."""
    styles: Sequence[str]
    models: Sequence[str]
    """SHA-256 of their weights."""


class Deletion(NamedTuple):
    """Pictures that were put into the trash at once."""

    moment: datetime
    """By which they are brought back."""
    pictures: int
    """How many, each with all its sizes."""
