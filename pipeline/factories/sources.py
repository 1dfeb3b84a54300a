"""What images are made of, with the files of weights that it needs."""

from pathlib import Path
from typing import NamedTuple

from interfaces.errors import WeightsError
from interfaces.events import Listener
from interfaces.igs import IGS
from interfaces.marks import NamesFile
from interfaces.ports import Generator, LooksFirst, WeightStore
from storage.digest import file_sha256

__all__ = ["DefiniteSource", "definite_source"]


class DefiniteSource(NamedTuple):
    """Settings of generation that leave nothing open."""

    located: IGS
    """With the paths of the weights: what runs here and now."""
    named: IGS
    """With names where the weights have one: what is recorded."""
    digests: dict[str, str]
    """SHA-256 of each file of weights, by the field of the source that names it."""


def definite_source(
    settings: IGS, generator: Generator, weights: WeightStore, *, listener: Listener | None = None
) -> DefiniteSource:
    """Return ``settings`` with the weights that ``generator`` will read, checked as far as it can tell before the first image.

    Weights that are not here are not downloaded: there may be hundreds of megabytes of them, and another way.

    Raises:
        ArtgenError: weights are missing, or no image can be made.
    """
    if not isinstance(generator, LooksFirst):
        return DefiniteSource(settings, settings, {})
    names: dict[str, str] = {}
    paths: dict[str, str] = {}
    for field in generator.weights(settings):
        given = str(getattr(settings.source, field))
        path = weights.find(given, listener=listener)
        if path is None:
            raise WeightsError(
                f"{field}: {given} is not on this machine; {_advice(settings, field, weights)}"
            )
        paths[field] = str(path.absolute())
        names[field] = given if given in weights.names else paths[field]
    located = generator.settled(_with(settings, paths))
    digests = {field: file_sha256(Path(path)) for field, path in paths.items()}
    return DefiniteSource(located, _with(located, names), digests)


def _advice(settings: IGS, field: str, weights: WeightStore) -> str:
    [mark] = [
        each for each in type(settings.source).model_fields[field].metadata if isinstance(each, NamesFile)
    ]
    get = f"`{weights.advice(str(getattr(settings.source, field)))}` gets it"
    return f"{get}, and --{field} {mark.instead} does without" if mark.instead else get


def _with(settings: IGS, values: dict[str, str]) -> IGS:
    return settings.model_copy(update={"source": settings.source.model_copy(update=values)})
