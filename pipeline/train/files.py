"""The files that a training's settings name: where they lie on this machine."""

from pathlib import Path

from components.training import BasicSettings
from interfaces.errors import SettingsError, WeightsError
from interfaces.marks import NamesFile, with_values
from pipeline.factories.stores import model_store
from storage.weight_store import CachedWeightStore

__all__ = ["check_means_one", "with_files"]

TORCHVISION_FILES = {"squeezenet1_1": "squeezenet1_1-b8a52dc0.pth"}
"""Names under which torchvision publishes weights."""


def with_files(settings: BasicSettings, weights: CachedWeightStore) -> BasicSettings:
    """Return ``settings`` with the paths of the files that they name: frozen features, a teacher, what it starts with.

    A start of another name stays as it is: a training that goes on needs it no more, and a new one will refuse it.

    Raises:
        SettingsError: there is no such file.
    """
    found = {name: _find(name, mark, given, weights) for name, (mark, given) in settings.files().items()}
    return with_values(settings, found)


def check_means_one(start: str) -> None:
    """Return unless several models have the name that a training shall begin with.

    Raises:
        SettingsError: they do; the message has their paths.
    """
    models = model_store()
    if len(models.called(start)) > 1:
        try:
            models.find(start)
        except WeightsError as error:
            raise SettingsError(f"start: {error}") from error


def _find(setting: str, mark: NamesFile, given: str, weights: CachedWeightStore) -> str:
    if mark.among == "features":
        return _features(setting, given, weights)
    if mark.among == "models":
        return _model(given)
    if mark.optional and given not in weights.names:
        return given
    return _weights(setting, given, weights)


def _model(start: str) -> str:
    if Path(start).expanduser().exists():
        return start
    try:
        return str(model_store().get(start).weights_path)
    except WeightsError:
        return start


def _weights(setting: str, name: str, weights: CachedWeightStore) -> str:
    try:
        path = weights.find(name)
    except WeightsError as error:
        raise SettingsError(f"{setting}: {error}") from error
    if path is None:
        raise SettingsError(
            f"{setting}: {name} is not on this machine: {weights.advice(name)}; or give its path: --set {setting}=PATH"
        )
    return str(path)


def _features(setting: str, name: str, weights: CachedWeightStore) -> str:
    given = Path(name).expanduser().absolute()
    if given.is_file():
        return str(given)
    problems: list[str] = []
    for look in (_official, _in_folders) if name in weights.table else (_in_folders,):
        try:
            return str(look(name, weights))
        except WeightsError as error:
            problems.append(str(error))
    raise SettingsError(f"{setting}: {'; '.join(problems)}; or give its path: --set {setting}=PATH")


def _official(name: str, weights: CachedWeightStore) -> Path:
    found = weights.find(name)
    if found is None:
        raise WeightsError(f"{name} is not on this machine: {weights.advice(name)}")
    return found


def _in_folders(name: str, weights: CachedWeightStore) -> Path:
    names = [TORCHVISION_FILES.get(name, name), f"{name.removesuffix('.safetensors')}.safetensors"]
    first, last = names
    try:
        return weights.locate(first)
    except WeightsError:
        return weights.locate(last)
