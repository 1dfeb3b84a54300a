"""Which model is taken where nobody names one: the user notes one for each thing that models take."""

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import final

from interfaces.errors import WeightsError
from interfaces.igme import IGME
from interfaces.said import Said
from storage.model_files import MODEL_FILE, read_description

__all__ = ["DEFAULT_FILE", "LATENT", "Defaults", "default_file"]

DEFAULT_FILE = "default-model"
"""Beside the models: the name of the one that is taken where nobody names one; see `default_file`."""
LATENT = "latent"
"""What those models take that make pictures of noise."""

_LOG = logging.getLogger(__name__)


@final
class Defaults:
    """The default models of a store.

    Args:
        models: the folder where names are noted.
        shipped: the folder of the model that comes with artgen, which makes pictures of noise; None where none does.
    """

    def __init__(self, models: Path, shipped: Path | None) -> None:
        self._models = models
        self._shipped = shipped

    def noted(self, takes: str) -> str | None:
        """Return the name of the model that the user has made the default one of those that take the same; None where there is none."""
        try:
            return (self._models / default_file(takes)).read_text(encoding="utf-8").strip() or None
        except (OSError, UnicodeDecodeError):
            return None

    def choose(
        self,
        takes: str,
        known: Mapping[Path, IGME],
        called: Callable[[str, Mapping[Path, IGME]], Mapping[Path, IGME]],
    ) -> IGME:
        """Return the default one of the models that take the same.

        Args:
            takes: what they take, by the ``kind`` of `GenerativeNetwork.takes`.
            known: all models, by folder.
            called: returns those of a name.

        Raises:
            WeightsError: nobody has noted one, and none of that kind comes with artgen.
        """
        able = {folder: each for folder, each in known.items() if each.architecture.takes.kind == takes}
        name = self.noted(takes)
        found = called(name, able) if name else {}
        if len(found) == 1:
            return next(iter(found.values()))
        if takes != LATENT:
            raise WeightsError(
                Said(
                    "model: wanted the name of one that takes a {0}, of {1}; `artgen model default NAME` makes one of them the "
                    "default one",
                    takes,
                    ", ".join(sorted(each.name for each in able.values())) or "none",
                )
            )
        if name:
            _LOG.warning(
                "the default model %r is gone or shares its name: the one that comes with artgen is taken; "
                "`artgen model default NAME` names another",
                name,
            )
        if self._shipped is None or not (self._shipped / MODEL_FILE).is_file():
            raise WeightsError(
                Said("no model comes with this artgen: train one (`artgen train SOURCE`) and name it")
            )
        if self._shipped not in known:
            read_description(self._shipped / MODEL_FILE)  # says what is wrong with it
        return known[self._shipped]


def default_file(takes: str) -> str:
    """Return the name of the file beside the models that names the default one of those that take the same.

    >>> default_file("latent"), default_file("domain-picture")
    ('default-model', 'default-model.domain-picture')
    """
    return DEFAULT_FILE if takes == LATENT else f"{DEFAULT_FILE}.{takes}"
