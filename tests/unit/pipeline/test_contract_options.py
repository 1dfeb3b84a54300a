"""What a field of IGS, IES or ICS says of itself is what the help of its option says; no field is forgotten."""

from collections.abc import Iterator
from typing import Any, get_args

import pytest
from pydantic import BaseModel
from typer.main import get_command

from components.ui.fields import field_of
from interfaces.ics import ICS
from interfaces.ies import IES
from interfaces.igs import IGS
from pipeline.cli import app
from pipeline.cli.contract_options import NO_OPTIONS, Offer
from pipeline.cli.enhance import EnhanceCommand
from pipeline.cli.pipeline import RunCommand
from pipeline.cli.stylize import StylizeCommand
from tests.e2e.cli import call, call_json

CONTRACTS: dict[str, type[BaseModel]] = {"generation": IGS, "enhancement": IES, "conversion": ICS}
OFFERED = {offer.place: offer for offer in (*RunCommand.offers, *EnhanceCommand.offers)}
VALUES = {
    "generation.count": ("3", 3),
    "generation.seed": ("7", 7),
    "generation.seeds": ("4,6-7", [4, 6, 7]),
    "generation.style": ("warm", "warm"),
    "generation.source.to": ("9", 9),
    "enhancement.side": ("300", 300),
    "enhancement.scale": ("2.5", 2.5),
    "enhancement.keep": ("64", [64]),
    "enhancement.strength": ("0.5", 0.5),
    "enhancement.enhancer.kind": ("lanczos", "lanczos"),
    "enhancement.enhancer.weights": ("mine.pth", "mine.pth"),
    "enhancement.enhancer.denoise": ("1", 1.0),
    "enhancement.enhancer.precision": ("bfloat16", "bfloat16"),
    "enhancement.enhancer.tile_px": ("128", 128),
    "enhancement.enhancer.overlap_px": ("8", 8),
    "conversion.format": ("webp", "webp"),
    "conversion.quality": ("50", 50),
    "conversion.film": ("gif", "gif"),
    "conversion.frames_per_second": ("25", 25),
}
"""What is typed for an option, and what the settings then have; all others are switches."""


def _fields(contract: type[BaseModel], place: str) -> Iterator[tuple[str, Any]]:
    """Yield every field that belongs to a contract by its place, those of the kinds of a table within, too."""
    for name, field in contract.model_fields.items():
        if name == "kind":  # what tells the kinds of a table apart
            continue
        yield f"{place}.{name}", field
        for kind in _models(field.annotation):
            yield from _fields(kind, f"{place}.{name}")


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for part in get_args(annotation) for found in _models(part)]


FIELDS = [pair for table, contract in CONTRACTS.items() for pair in _fields(contract, table)]


def test_every_field_says_what_it_is_for() -> None:
    assert [place for place, field in FIELDS if not field.description] == []


def test_every_field_is_an_option_or_named_among_those_that_are_none_and_not_both() -> None:
    reached = {place for place, _ in FIELDS if not place.startswith("generation.source.")}
    reached = {place for place in reached if place != "enhancement.enhancer"} | {"enhancement.enhancer.kind"}
    reached |= {"generation.source.to"}  # of the sources, a walk alone has an option
    assert reached == (OFFERED.keys() - {"fast"}) | NO_OPTIONS.keys()
    assert not OFFERED.keys() & NO_OPTIONS.keys()
    assert all(NO_OPTIONS.values())


@pytest.mark.parametrize("offer", [offer for offer in RunCommand.offers if offer.place != "fast"], ids=str)
def test_every_option_sets_its_field(offer: Offer) -> None:
    on, _, off = offer.flag.partition("/")
    switched = [([on], True), ([off], False)]
    for typed, wanted in switched if off else [([on, VALUES[offer.place][0]], VALUES[offer.place][1])]:
        value: Any = call_json("pipeline", "show-config", *typed)
        for name in offer.place.split("."):
            value = value[name]
        assert value == wanted


@pytest.mark.parametrize(
    ("words", "offers"),
    [
        (["pipeline", "run"], RunCommand.offers),
        (["enhance"], EnhanceCommand.offers),
        (["stylize"], StylizeCommand.offers),
    ],
    ids=["pipeline run", "enhance", "stylize"],
)
def test_the_help_of_an_option_is_what_its_field_says_with_its_limits_and_default(
    words: list[str], offers: tuple[Offer, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    shown = call(*words, "--help").stdout
    command: Any = get_command(app)
    for word in words:
        command = command.commands[word]
    parameters = command.get_params(
        command.make_context("artgen", [] if words == ["pipeline", "run"] else ["a.png"])
    )
    helps = {parameter.opts[0]: str(getattr(parameter, "help", "")) for parameter in parameters}
    for offer in offers:
        text = helps[offer.flag.partition("/")[0]]
        assert text in shown
        if offer.place not in ("fast", "enhancement.enhancer.kind"):
            said = " ".join(str(field_of(offer.place).description).split()).replace("``", "`")
            assert text.startswith(said)
    for limits in ("1 to 16384.", "Above 0, at most 64.", "1 to 100.", "[default: (92)]"):
        assert limits in shown
