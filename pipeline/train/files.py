"""The files that a training's settings name: where they lie on this machine."""

from pathlib import Path

from components.training import BasicSettings
from interfaces.errors import SettingsError, WeightsError, did_you_mean
from interfaces.marks import NamesFile, with_values
from pipeline.factories.stores import model_store
from storage.weight_store import CachedWeightStore

__all__ = ["check_means_one", "with_files"]


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
    if name in weights.table:
        return _weights(setting, name, weights)
    try:
        return str(weights.locate(name))
    except WeightsError as error:
        known = [each.name for each in weights.table.values() if each.converted]
        raise SettingsError(
            f"{setting}: {error}; or name one of {', '.join(known)}, or a path: --set {setting}=PATH."
            f"{did_you_mean(name, known)}"
        ) from error
