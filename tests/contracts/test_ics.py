"""ICS: user interface → conversion."""

from pathlib import Path
from typing import get_args

import pytest

from components.conversion import CONVERTERS
from components.ui import SETTINGS_SOURCES
from interfaces.ics import ICS, ImageFormat
from pipeline.component_check import samples
from pipeline.component_check.comparison import fingerprint, require_contract
from pipeline.component_check.suites import suite_of
from tests.contracts.refusal import Changes, refusal


@pytest.mark.parametrize("metadata", [True, False], ids=["metadata", "bare"])
@pytest.mark.parametrize("format_", get_args(ImageFormat))
@pytest.mark.parametrize("consumer", sorted(CONVERTERS))
@pytest.mark.parametrize("producer", sorted(SETTINGS_SOURCES))
def test_every_consumer_takes_what_every_producer_emits(
    producer: str, consumer: str, format_: str, metadata: bool, tmp_path: Path
) -> None:
    case = suite_of("converter").prepare(CONVERTERS[consumer], consumer, tmp_path)
    layer = {"conversion": {"format": format_, "quality": 50, "metadata": metadata}}
    settings = require_contract(SETTINGS_SOURCES[producer](layer).read()[2], ICS)
    before = fingerprint(settings)
    files = case.converter.convert(samples.enlarged(1), settings).files
    assert {file.media_type for file in files} == {f"image/{format_}"}
    assert fingerprint(settings) == before


@pytest.mark.parametrize("consumer", sorted(CONVERTERS))
@pytest.mark.parametrize("format_", ["jpeg", "webp"])
def test_less_quality_makes_a_smaller_file(consumer: str, format_: str, tmp_path: Path) -> None:
    case = suite_of("converter").prepare(CONVERTERS[consumer], consumer, tmp_path)
    sizes = [
        len(case.converter.convert(samples.enlarged(1, 96, 96), settings).files[-1].content)
        for settings in (ICS.model_validate({"format": format_, "quality": q}) for q in (20, 90))
    ]
    assert sizes[0] < sizes[1]


@pytest.mark.parametrize(
    ("changes", "field", "wanted"),
    [
        ({"format": "gif"}, "format", "'png', 'jpeg', 'webp' or 'tiff'"),
        ({"format": "PNG"}, "format", "'png', 'jpeg', 'webp' or 'tiff'"),
        ({"quality": 0}, "quality", "greater than or equal to 1"),
        ({"quality": 101}, "quality", "less than or equal to 100"),
        ({"quality": 92.5}, "quality", "integer"),
        ({"metadata": "perhaps"}, "metadata", "boolean"),
        ({"contact_sheet": None}, "contact_sheet", "boolean"),
        ({"colour": 1}, "colour", "Extra inputs"),
    ],
)
def test_refuses_a_malformed_one_and_names_the_field(changes: Changes, field: str, wanted: str) -> None:
    message = refusal(ICS, {}, changes)
    assert field in message
    assert wanted in message
