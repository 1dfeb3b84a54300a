"""What looks into the models of the user, kept for as long as they are looked at."""

from threading import Lock
from typing import final

from components.exploration import EXPLORERS
from interfaces.exploration import Explorer
from pipeline.factories.registries import make_component
from pipeline.factories.stores import local_models
from pipeline.page.shelf import LocalShelf

__all__ = ["LocalExplorers"]

_KEPT = 2


@final
class LocalExplorers:
    """Makes an `Explorer` for the model of a name when it is first asked for, and keeps the last two."""

    def __init__(self, shelf: LocalShelf) -> None:
        self._shelf = shelf
        self._kept: dict[tuple[str, str], Explorer] = {}
        self._making = Lock()

    def __call__(self, name: str) -> Explorer:
        """Return what looks into the model.

        Raises:
            WeightsError: there is none of that name that makes pictures of noise, or its weights are altered.
        """
        with self._making:
            model = local_models().find(self._shelf.named(name))
            key = (name, model.weights_sha256)
            if key not in self._kept:
                made = make_component(EXPLORERS, "latent", model)
                while len(self._kept) >= _KEPT:
                    del self._kept[next(iter(self._kept))]
                self._kept[key] = made
            return self._kept[key]
