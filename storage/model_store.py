"""The model store: trained models by name, folder, file or digest; and the networks that enlarge, trained here too.

Their names are told apart together, since they are renamed and removed alike. See `storage.model_files` for their folders.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar, final

from interfaces.errors import AmbiguousModelError, WeightsError, did_you_mean
from interfaces.igme import IGME
from interfaces.ports import ModelStore
from interfaces.registry import Registry
from interfaces.said import Said
from storage.default_models import LATENT, Defaults
from storage.known_places import KnownPlaces
from storage.model_files import (
    MODEL_FILE,
    Trained,
    checked,
    description_in,
    read_description,
    read_trained,
)
from storage.paths import data_folder

__all__ = [
    "ELSEWHERE",
    "MODEL_STORES",
    "FolderModelStore",
]

ELSEWHERE = KnownPlaces("trained", most=1000)
"""Folders of models that were trained outside of the data folder."""

TrainedT = TypeVar("TrainedT", IGME, Trained)

_LOG = logging.getLogger(__name__)


@final
class FolderModelStore:
    """A `ModelStore` of folders: the shipped model, those in the data folder, and those trained elsewhere."""

    def __init__(self, shipped: Path | None = None, models: Path | None = None) -> None:
        """Look in these folders; both may be absent.

        Args:
            shipped: the folder of the one model that comes with artgen.
            models: holds one folder for each model; None for ``models`` in the user's data folder.
        """
        self._shipped = shipped
        self._models = data_folder() / "models" if models is None else models
        self._defaults = Defaults(self._models, shipped)

    @property
    def shipped(self) -> Path | None:
        """Folder of the model that comes with artgen."""
        return self._shipped

    @property
    def models(self) -> Path:
        """Holds one folder for each model that was not trained elsewhere."""
        return self._models

    def default_name(self, takes: str = LATENT) -> str | None:
        """Return the name of the model that the user has made the default one of those that take the same; None where there is none.

        Of those that make pictures of noise, it is the one that comes with artgen then.
        """
        return self._defaults.noted(takes)

    def list(self) -> Sequence[IGME]:
        """Return all models: the shipped one, those in the data folder by folder name, those elsewhere by path.

        Their weights are not read. One whose ``model.json`` is damaged is left out with a warning in the log.
        """
        return list(_generators(self._known()).values())

    def named(self) -> Mapping[str, Trained]:
        """Return the models of `list`, and the networks that enlarge, by a name that means each of them alone.

        It is the model's own where no other model has it, else its folder's name, else its folder's path.
        """
        known = self._known()
        return {self._name_of(folder, known): model for folder, model in known.items()}

    def called(self, name: str) -> Mapping[Path, Trained]:
        """Return, by folder, the models of either kind whose own name or folder's name this is: of those elsewhere, the own one alone."""
        return self._called(name, self._known())

    def get(self, name_or_path: str | None = None) -> IGME:
        """Return a model after its weights' digest was checked.

        Args:
            name_or_path: the name of a model or of its folder, or the path of a folder, of a ``.safetensors`` file
                or of a ``model.json``; None for the default model: the shipped one, unless the user has named another.

        Raises:
            AmbiguousModelError: several have the name.
            WeightsError: there is none, its description is damaged, or its weights are missing or altered.
        """
        return checked(self.find(name_or_path))

    def find(self, name_or_path: str | None = None) -> IGME:
        """Return what `get` does, without a look at the weights.

        Raises:
            AmbiguousModelError: several have the name.
            WeightsError: there is none, or its description is damaged.
        """
        known = self._known()
        generators = _generators(known)
        if name_or_path is None:
            return self._defaults.choose(LATENT, generators, self._called)
        # a generator comes before a network that enlarges of the same name, as earlier releases gave them
        found = self._find(name_or_path, generators if self._called(name_or_path, generators) else known)
        if not isinstance(found, IGME):
            raise WeightsError(
                Said(
                    "{0} is a network that enlarges: wanted a model that makes pictures (see `artgen model "
                    "list`); this one is taken by --weights {1}",
                    name_or_path,
                    found.weights_path,
                )
            )
        return found

    def means(self, name_or_path: str) -> bool:
        """Return whether that is the name of a model, or the path of one."""
        path = Path(name_or_path).expanduser()
        is_place = path.suffix in (".safetensors", ".json") or (
            path.is_dir() and description_in(path).is_file()
        )
        return is_place or bool(self.called(name_or_path))

    def find_trained(self, name_or_path: str) -> Trained:
        """Return what a training has ended with, of either kind, without a look at the weights.

        Raises:
            AmbiguousModelError: several have the name.
            WeightsError: there is none, or its description is damaged.
        """
        return self._find(name_or_path, self._known())

    def get_trained(self, name_or_path: str) -> Trained:
        """Return what `find_trained` does, after its weights' digest was checked.

        Raises:
            WeightsError: as there, or its weights are missing or altered.
        """
        return checked(self.find_trained(name_or_path))

    def _find(self, name_or_path: str, known: Mapping[Path, Trained]) -> Trained:
        called = self._called(name_or_path, known)
        if len(called) > 1:
            each = ", ".join(f"{self._name_of(folder, known)} ({folder})" for folder in called)
            raise AmbiguousModelError(
                Said(
                    "{0} models are called {1!r}: wanted one of {2}; `artgen model rename` gives one of them "
                    "another name",
                    len(called),
                    name_or_path,
                    each,
                )
            )
        if called:
            return next(iter(called.values()))
        path = Path(name_or_path).expanduser().absolute()
        if not path.exists():
            names = [self._name_of(folder, known) for folder in known]
            raise WeightsError(
                Said(
                    "there is no model {0!r}: wanted one of {1}, or the path of a folder with {2}, or of a "
                    ".safetensors file beside one.{3}",
                    name_or_path,
                    _names(names),
                    MODEL_FILE,
                    did_you_mean(name_or_path, names),
                )
            )
        return read_trained(path)

    def get_default(self, takes: str) -> IGME:
        """Return the default one of the models that take the same (see `HasDefaults`)."""
        return checked(self.find_default(takes))

    def find_default(self, takes: str) -> IGME:
        """Return what `get_default` does, without a look at the weights.

        Raises:
            WeightsError: there is none.
        """
        return self._defaults.choose(takes, _generators(self._known()), self._called)

    def defaults(self) -> Mapping[str, IGME]:
        """Return the models that are taken where nobody names one, by what they take; without a look at the weights."""
        kinds = dict.fromkeys([LATENT, *(each.architecture.takes.kind for each in self.list())])
        found = {}
        for takes in kinds:
            with suppress(WeightsError):  # there is none of that kind
                found[takes] = self.find_default(takes)
        return found

    def by_digest(self, sha256: str) -> IGME:
        """Return the model whose weights have this digest.

        Raises:
            WeightsError: there is none, or its weights are altered.
        """
        known = _generators(self._known()).values()
        for model in known:
            if model.weights_sha256 == sha256:
                return checked(model)
        raise WeightsError(
            Said(
                "no model has weights of SHA-256 {0}: known are {1}; copy the model's folder into {2}, or "
                "name its path",
                sha256,
                _names(model.name for model in known),
                self._models,
            )
        )

    def _known(self) -> dict[Path, Trained]:
        found = {}
        for folder in self._folders():
            try:
                found[folder] = read_description(description_in(folder))
            except WeightsError as error:
                _LOG.warning("%s", error)
        return found

    def _folders(self) -> Iterator[Path]:
        inside = [self._shipped] if self._shipped is not None else []
        if self._models.is_dir():
            inside += sorted(self._models.iterdir())
        seen = {folder.resolve() for folder in inside}
        outside = (place for place in sorted(ELSEWHERE.known()) if place.resolve() not in seen)
        return (folder for folder in (*inside, *outside) if description_in(folder).is_file())

    def _called(self, name: str, known: Mapping[Path, TrainedT]) -> dict[Path, TrainedT]:
        return {
            folder: model
            for folder, model in known.items()
            if name == model.name or (name == folder.name and self.holds(folder))
        }

    def holds(self, folder: Path) -> bool:
        """Return whether a model's folder is the shipped one or lies in the data folder."""
        return folder == self._shipped or folder.parent == self._models

    def _name_of(self, folder: Path, known: Mapping[Path, Trained]) -> str:
        of_folder = [folder.name] if self.holds(folder) else []
        names = (name for name in (known[folder].name, *of_folder) if len(self._called(name, known)) == 1)
        return next(names, str(folder))


def _generators(known: Mapping[Path, Trained]) -> dict[Path, IGME]:
    return {folder: model for folder, model in known.items() if isinstance(model, IGME)}


def _names(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"


MODEL_STORES: Registry[ModelStore] = Registry("model_store", {"folders": FolderModelStore})
