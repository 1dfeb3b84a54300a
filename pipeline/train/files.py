"""The files that a training's settings name: where they lie on this machine."""

from pathlib import Path

from components.training import BasicSettings
from interfaces.errors import AmbiguousModelError, SettingsError, WeightsError, did_you_mean
from interfaces.marks import NamesFile, with_values
from interfaces.ports import ModelStore, WeightStore
from storage.official_weights import OFFICIAL_WEIGHTS
from storage.weight_places import locate

__all__ = ["check_means_one", "with_files"]


def with_files(settings: BasicSettings, weights: WeightStore, models: ModelStore) -> BasicSettings:
    """Return ``settings`` with the paths of the files that they name: frozen features, a teacher, what it starts with.

    A start of another name stays as it is: a training that goes on needs it no more, and a new one will refuse it.

    Raises:
        SettingsError: there is no such file.
    """
    found = {
        name: _find(name, mark, given, weights, models) for name, (mark, given) in settings.files().items()
    }
    return with_values(settings, found)


def check_means_one(start: str, models: ModelStore) -> None:
    """Return unless several models have the name that a training shall begin with.

    Raises:
        SettingsError: they do; the message has their paths.
    """
    if Path(start).expanduser().exists():
        return
    try:
        models.get(start)
    except AmbiguousModelError as error:
        raise SettingsError(f"start: {error}") from error
    except WeightsError:  # whoever begins with it will say so
        return


def _find(setting: str, mark: NamesFile, given: str, weights: WeightStore, models: ModelStore) -> str:
    if mark.among == "features":
        return _features(setting, given, weights)
    if mark.among == "models":
        return _model(given, models)
    if mark.among == "pictures":
        return _picture(setting, mark, given)
    if mark.optional and given not in weights.names:
        return given
    return _weights(setting, given, weights)


def _picture(setting: str, mark: NamesFile, given: str) -> str:
    path = Path(given).expanduser().absolute()
    if not path.is_file():
        raise SettingsError(f"{setting}: wanted the path of {mark.wanted}, got {given!r}, where no file is")
    return str(path)


def _model(start: str, models: ModelStore) -> str:
    if Path(start).expanduser().exists():
        return start
    try:
        return str(models.get(start).weights_path)
    except WeightsError:
        return start


def _weights(setting: str, name: str, weights: WeightStore) -> str:
    try:
        path = weights.find(name)
    except WeightsError as error:
        raise SettingsError(f"{setting}: {error}") from error
    if path is None:
        raise SettingsError(
            f"{setting}: {name} is not on this machine: {weights.advice(name)}; or give its path: --set {setting}=PATH"
        )
    return str(path)


def _features(setting: str, name: str, weights: WeightStore) -> str:
    given = Path(name).expanduser().absolute()
    if given.is_file():
        return str(given)
    if name in weights.names:
        return _weights(setting, name, weights)
    try:
        return str(locate(name))
    except WeightsError as error:
        known = [each.name for each in OFFICIAL_WEIGHTS if each.converted]
        raise SettingsError(
            f"{setting}: {error}; or name one of {', '.join(known)}, or a path: --set {setting}=PATH."
            f"{did_you_mean(name, known)}"
        ) from error
