"""The settings with which a picture was made, as the controls hold them."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from components.ui.fields import field_of
from components.ui.page.controls import values_of
from components.ui.page.generate import FIELDS, whole
from components.ui.page.words import t
from interfaces.errors import SettingsError, WeightsError
from interfaces.ies import FAST_WEIGHTS
from interfaces.ports import ModelStore

__all__ = ["Restored", "neighbours", "restored", "walk_from"]

_MOST = 2**53
_AROUND = 4
_LARGEST = 256
"""The side of a walk from a larger picture: many are wanted soon."""
_WEIGHTS = "enhancement.enhancer.weights"


class Restored(NamedTuple):
    """Settings of a picture."""

    values: Mapping[str, Any]
    """What the controls hold, by place; ``model`` and ``quality`` are those of the tab itself."""
    told: Sequence[str]
    """What could not be had again."""


def restored(document: Mapping[str, Any], models: ModelStore) -> Restored:
    """Return the settings of the picture that says ``document`` of itself.

    Raises:
        SettingsError: the tab that generates cannot make it: it is a contact sheet, or made of other pictures.
    """
    stages = {record["stage"]: record for record in document.get("chain", ())}
    generation = stages.get("generation", {})
    kind = generation.get("settings", {}).get("source", {}).get("kind")
    if document.get("seed") is None or kind != "noise":
        overview = t("is a film") if document.get("role") == "film" else t("is a contact sheet")
        pictured = t("lies between two seeds") if kind == "walk" else t("was made of other pictures")
        made = overview if document.get("seed") is None else pictured
        raise SettingsError(t("wanted a picture that was generated from a seed; this one {0}", made))
    recorded = {
        name: stages.get(name, {}).get("settings", {}) for name in ("generation", "enhancement", "conversion")
    }
    recorded["enhancement.enhancer"] = recorded["enhancement"].get("enhancer", {})
    told: list[str] = []
    values: dict[str, Any] = {}
    for place in FIELDS:
        table, _, name = place.rpartition(".")
        value = recorded[table].get(name, field_of(place).default)
        values[place] = "" if value in (None, ()) else value
    values |= {"generation.count": 1, "generation.seeds": str(document["seed"])}
    values["enhancement.side"] = values["enhancement.side"] or max(document["width"], document["height"])
    network = recorded["enhancement.enhancer"].get("kind", "auto")
    if network not in ("realesrgan", "auto"):
        told.append(t("It was enlarged by {0}; this tab enlarges with Real-ESRGAN.", network))
        values[_WEIGHTS] = field_of(_WEIGHTS).default
    quick = values[_WEIGHTS] == FAST_WEIGHTS
    values["quality"] = "quick" if quick else "best"
    values["model"] = _model(generation.get("digests", {}).get("model"), models, told)
    return Restored(values, told)


def neighbours(settings: Restored) -> dict[str, Any]:
    """Return the tables of a run of the pictures whose seeds are up to four below or above."""
    seed = int(settings.values["generation.seeds"])
    around = [
        each for each in range(seed - _AROUND, seed + _AROUND + 1) if each != seed and 0 <= each <= _MOST
    ]
    values = {**settings.values, "generation.seeds": ",".join(map(str, around))}
    return _tables(values, quick=values["quality"] == "quick")


def walk_from(settings: Restored, to: int, count: int) -> dict[str, Any]:
    """Return the tables of a run of ``count`` pictures on the way to the seed ``to``, with a film, enlarged quickly and to 256 px at most."""
    usual = {each: field_of(each).default for each in FIELDS if each.startswith("enhancement.enhancer.")}
    values = {
        **settings.values,
        **{place: "" if value is None else value for place, value in usual.items()},
        "generation.count": count,
        "enhancement.side": min(int(settings.values["enhancement.side"]), _LARGEST),
        "conversion.contact_sheet": False,
    }
    tables = _tables(values, quick=True)
    tables["generation"]["source"] = {"kind": "walk", "to": to}
    tables["conversion"]["film"] = "webp"
    return tables


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
