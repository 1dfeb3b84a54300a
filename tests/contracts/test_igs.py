"""IGS: user interface → generation."""

from pathlib import Path

import pytest

from components.generation import GENERATORS
from components.ui import SETTINGS_SOURCES
from interfaces.igs import IGS
from pipeline.component_check.comparison import fingerprint, require_contract
from pipeline.component_check.suites import suite_of
from tests.contracts.refusal import Changes, refusal

STYLIZE = {"kind": "stylize", "paths": ("a.png",), "styles": ("b.png",)}


@pytest.mark.parametrize("consumer", sorted(GENERATORS))
@pytest.mark.parametrize("producer", sorted(SETTINGS_SOURCES))
def test_every_consumer_takes_what_every_producer_emits(producer: str, consumer: str, tmp_path: Path) -> None:
    case = suite_of("generator").prepare(GENERATORS[consumer], consumer, tmp_path)
    layer = {"generation": case.settings.model_dump(mode="json")}
    settings = require_contract(SETTINGS_SOURCES[producer](layer).read()[0], IGS)
    assert settings == case.settings
    before = fingerprint(settings)
    assert sum(len(data.images) for data in case.generate(settings)) == settings.count
    assert fingerprint(settings) == before


@pytest.mark.parametrize(
    ("changes", "field", "wanted"),
    [
        ({"count": 0}, "count", "greater than or equal to 1"),
        ({"count": 101}, "count", "wanted at most 100, got 101"),
        ({"count": 1.5}, "count", "integer"),
        ({"seed": -1}, "seed", "greater than or equal to 0"),
        ({"seed": 2**53 + 1}, "seed", "less than or equal to 9007199254740992"),
        ({"style": 3}, "style", "string"),
        ({"source": {"kind": "dreams"}}, "source", "'noise', 'pictures', 'translate', 'stylize'"),
        ({"source": {}}, "source", "Unable to extract tag"),
        ({"source": {"kind": "noise", "paths": ()}}, "source.noise.paths", "Extra inputs"),
        ({"source": {"kind": "pictures", "paths": ()}}, "source.pictures.paths", "at least 1 item"),
        ({"source": {"kind": "translate", "paths": ("a",), "direction": "up"}}, "direction", "a-to-b"),
        ({"source": {**STYLIZE, "styles": ()}}, "source.stylize.styles", "at least 1 item"),
        ({"source": {**STYLIZE, "style_weight": -1}}, "style_weight", "greater than or equal to 0"),
        ({"source": {**STYLIZE, "content_weight": float("inf")}}, "content_weight", "finite number"),
        ({"colour": 1}, "colour", "Extra inputs"),
    ],
)
def test_refuses_a_malformed_one_and_names_the_field(changes: Changes, field: str, wanted: str) -> None:
    message = refusal(IGS, {}, changes)
    assert field in message
    assert wanted in message
