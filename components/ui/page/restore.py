"""The settings with which a picture was made, as the controls hold them."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from components.ui.page.controls import default_of, values_of
from components.ui.page.generate import FIELDS, whole
from components.ui.page.words import mark, t
from interfaces.errors import SettingsError, WeightsError
from interfaces.ies import FAST_WEIGHTS
from interfaces.ports import ModelStore

__all__ = ["Restored", "neighbours", "restored", "walk_from"]

_MOST = 2**53
_AROUND = 4
_LARGEST = 256
"""The side of a walk from a larger picture: many are wanted soon."""
_WEIGHTS = "enhancement.enhancer.weights"
_WALK = "generation.source.to"
_NO_SEED = mark("wanted a picture that was generated from a seed; this one {0}")


class Restored(NamedTuple):
    """Settings of a picture."""

    values: Mapping[str, Any]
    """What the controls hold, by place; ``model`` and ``quality`` are those of the tab itself."""
    told: Sequence[str]
    """What could not be had again."""


def restored(document: Mapping[str, Any], models: ModelStore) -> Restored:
    """Return the settings of the picture that says ``document`` of itself.

    Raises:
        SettingsError: the tab that generates cannot make it: it is a contact sheet, or made of other pictures. A picture on a walk,
            and the film of one, have the settings of the whole walk.
    """
    stages = {record["stage"]: record for record in document.get("chain", ())}
    generation = stages.get("generation", {})
    source = generation.get("settings", {}).get("source", {})
    walks = source.get("kind") == "walk" and all(name in source for name in ("start", "steps", "to"))
    if not walks and (document.get("seed") is None or source.get("kind") != "noise"):
        raise SettingsError(t(_NO_SEED, _made(document)))
    recorded = {
        name: stages.get(name, {}).get("settings", {}) for name in ("generation", "enhancement", "conversion")
    }
    recorded["enhancement.enhancer"] = recorded["enhancement"].get("enhancer", {})
    recorded["generation.source"] = source
    told: list[str] = []
    values: dict[str, Any] = {}
    for place in FIELDS:
        table, _, name = place.rpartition(".")
        value = recorded[table].get(name, default_of(place))
        values[place] = "" if value in (None, ()) else value
    values |= {"generation.count": 1, "generation.seeds": str(document["seed"])}
    if walks:
        values |= {"generation.count": source["steps"], "generation.seeds": str(source["start"])}
        told.append(
            t("It lies on a walk of {0} pictures: Generate makes all of them, and a film.", source["steps"])
        )
    values["enhancement.side"] = values["enhancement.side"] or max(document["width"], document["height"])
    network = recorded["enhancement.enhancer"].get("kind", "auto")
    if network not in ("realesrgan", "auto"):
        told.append(t("It was enlarged by {0}; this tab enlarges with Real-ESRGAN.", network))
        values[_WEIGHTS] = default_of(_WEIGHTS)
    quick = values[_WEIGHTS] == FAST_WEIGHTS
    values["quality"] = "quick" if quick else "best"
    values["model"] = _model(generation.get("digests", {}).get("model"), models, told)
    return Restored(values, told)


def _made(document: Mapping[str, Any]) -> str:
    if document.get("seed") is not None:
        return t("was made of other pictures")
    return t("is a film") if document.get("role") == "film" else t("is a contact sheet")


def _check_own_seed(settings: Restored) -> None:
    if settings.values[_WALK] != "":
        raise SettingsError(t(_NO_SEED, t("lies between two seeds")))


def neighbours(settings: Restored) -> dict[str, Any]:
    """Return the tables of a run of the pictures whose seeds are up to four below or above.

    Raises:
        SettingsError: the picture lies between two seeds.
    """
    _check_own_seed(settings)
    seed = int(settings.values["generation.seeds"])
    around = [
        each for each in range(seed - _AROUND, seed + _AROUND + 1) if each != seed and 0 <= each <= _MOST
    ]
    values = {**settings.values, "generation.seeds": ",".join(map(str, around))}
    return _tables(values, quick=values["quality"] == "quick")


def walk_from(settings: Restored, to: int, count: int) -> dict[str, Any]:
    """Return the tables of a run of ``count`` pictures on the way to the seed ``to``, with a film, enlarged quickly and to 256 px at most.

    Raises:
        SettingsError: the picture lies between two seeds.
    """
    _check_own_seed(settings)
    usual = {each: default_of(each) for each in FIELDS if each.startswith("enhancement.enhancer.")}
    values = {
        **settings.values,
        **{place: "" if value is None else value for place, value in usual.items()},
        "generation.count": count,
        "enhancement.side": min(int(settings.values["enhancement.side"]), _LARGEST),
        "conversion.contact_sheet": False,
        _WALK: to,
    }
    return _tables(values, quick=True)


def _tables(values: Mapping[str, Any], *, quick: bool) -> dict[str, Any]:
    places = ("model", *FIELDS)
    return whole(values_of(places, [values[place] for place in places]), quick=quick)


def _model(digest: str | None, models: ModelStore, told: list[str]) -> str:
    try:
        return models.by_digest(digest).name if digest else ""
    except WeightsError:
        told.append(
            t("Its model ({0}…) is not on this machine; the default one is chosen.", str(digest)[:12])
        )
        return ""
