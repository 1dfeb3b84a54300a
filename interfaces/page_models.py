"""What the page asks of trained models.

A protocol without behaviour; `interfaces.page` hands it to the page.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Protocol

from pydantic import Field

from interfaces.contract import Contract

__all__ = ["ModelCard", "ModelShelf"]


class ModelCard(Contract):
    """A trained model as the page shows it, without its place on the disk."""

    name: str
    """Means it alone."""
    kind: Literal["generator", "enhancer"]
    takes: str | None = None
    """What a generator takes, by the ``kind`` of `GenerativeNetwork.takes`; None of what enlarges."""
    makes: str
    """In words: ``64 px``, ``x4``."""
    styles: tuple[str, ...] = ()
    conditional: bool = False
    """Whether one of the styles can be asked for."""
    licence: str
    size: int = Field(ge=0)
    """Bytes of the weights; 0 where they are gone."""
    steps: int | None = None
    """How long it learnt."""
    metrics: dict[str, float] = Field(default_factory=dict)
    hiding: dict[str, float] = Field(default_factory=dict)
    """Of a translation, by its direction (``a-to-b``): how much it hides in its results, where that was measured. 1 is nothing."""
    shipped: bool
    default: bool
    """Whether it is taken where nobody names a model."""
    text: str = ""
    """What lies beside the weights as README.md."""
    pictures: tuple[str, ...] = ()
    """Names of what `ModelShelf.picture` returns."""


class ModelShelf(Protocol):
    """Trained models of either kind, by names without a path in them."""

    def cards(self) -> Sequence[ModelCard]:
        """Return all models, the shipped one first."""
        ...

    def picture(self, name: str, which: str) -> Path:
        """Return a picture that lies beside a model.

        Raises:
            WeightsError: there is no such model or picture.
        """
        ...

    def make_default(self, name: str) -> None:
        """Have a model taken where nobody names one.

        Raises:
            WeightsError: it cannot be: there is none, it makes no pictures, or its weights are altered.
        """
        ...

    def named(self, name: str) -> str:
        """Return the name by which settings mean the generator, which makes pictures of noise.

        Raises:
            WeightsError: there is no such generator.
        """
        ...
