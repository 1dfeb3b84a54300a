"""IES: user interface → enhancement."""

from pathlib import Path

import pytest

from components.enhancement import ENHANCERS
from components.ui import SETTINGS_SOURCES
from interfaces.ies import IES
from pipeline.component_check import samples
from pipeline.component_check.comparison import fingerprint, require_contract
from pipeline.component_check.suites import suite_of
from tests.contracts.available import AVAILABLE_ENHANCERS
from tests.contracts.refusal import Changes, refusal

SIZES = [{"side": 64, "keep": [16, 32]}, {"scale": 2.5}, {"side": 64, "strength": 0.5}]


@pytest.mark.parametrize("sizes", SIZES, ids=["side", "scale", "strength"])
@pytest.mark.parametrize("consumer", AVAILABLE_ENHANCERS)
@pytest.mark.parametrize("producer", sorted(SETTINGS_SOURCES))
def test_every_consumer_takes_what_every_producer_emits(
    producer: str, consumer: str, sizes: Changes, tmp_path: Path
) -> None:
    case = suite_of("enhancer").prepare(ENHANCERS[consumer], consumer, tmp_path)
    layer = {"enhancement": {**sizes, "enhancer": case.options}}
    settings = require_contract(SETTINGS_SOURCES[producer](layer).read()[1], IES)
    before = fingerprint(settings)
    result = case.enhancer.enhance(samples.generated(1), settings)
    side = sizes.get("side", 40)
    assert result.final.size == (side, side)
    assert len(result.kept) == len(settings.keep)
    assert fingerprint(settings) == before


@pytest.mark.parametrize("consumer", AVAILABLE_ENHANCERS)
def test_strength_0_is_the_plain_resize(consumer: str, tmp_path: Path) -> None:
    plain = suite_of("enhancer").prepare(ENHANCERS["lanczos"], "lanczos", tmp_path / "plain")
    case = suite_of("enhancer").prepare(ENHANCERS[consumer], consumer, tmp_path / "case")
    wanted, got = (each.enhance(samples.generated(1), strength=0.0).final for each in (plain, case))
    assert fingerprint(got.images) == fingerprint(wanted.images)


@pytest.mark.parametrize(
    ("changes", "field", "wanted"),
    [
        ({"side": 0}, "side", "greater than or equal to 1"),
        ({"side": 16385}, "side", "less than or equal to 16384"),
        ({"side": ...}, "side, scale", "wanted exactly one of the two, got None and None"),
        ({"scale": 2.0}, "side, scale", "wanted exactly one of the two, got 64 and 2.0"),
        ({"side": ..., "scale": 0}, "scale", "greater than 0"),
        ({"side": ..., "scale": 65}, "scale", "less than or equal to 64"),
        ({"side": ..., "scale": float("inf")}, "scale", "finite number"),
        ({"keep": (64,)}, "keep", "wanted sides of 1 to less than the result's 64, got [64]"),
        ({"keep": (0,)}, "keep", "got [0]"),
        ({"strength": 1.1}, "strength", "less than or equal to 1"),
        ({"strength": -0.1}, "strength", "greater than or equal to 0"),
        ({"strength": float("nan")}, "strength", "finite number"),
        (
            {"enhancer": {"kind": "magic"}},
            "enhancer",
            "'auto', 'lanczos', ",
        ),
        ({"enhancer": {"kind": "lanczos", "tile_px": 64}}, "enhancer.lanczos.tile_px", "Extra inputs"),
        ({"enhancer": {"kind": "realesrgan", "weights": ""}}, "enhancer.realesrgan.weights", "at least 1"),
        ({"enhancer": {"kind": "realesrgan", "tile_px": 8}}, "enhancer.realesrgan.tile_px", "to 16"),
        ({"enhancer": {"kind": "realesrgan", "precision": "int8"}}, "precision", "bfloat16"),
        ({"enhancer": {"kind": "realesrgan", "denoise": 1.5}}, "enhancer.realesrgan.denoise", "equal to 1"),
        ({"enhancer": {"kind": "realesrgan", "overlap_px": -1}}, "enhancer.realesrgan.overlap_px", "to 0"),
        ({"enhancer": {"kind": "spandrel"}}, "enhancer.spandrel.weights", "Field required"),
        ({"enhancer": {"kind": "realesrgan-reference", "tile_px": 64}}, "reference.tile_px", "Extra inputs"),
        ({"enhancer": {"kind": "my module:Mine"}}, "enhancer.foreign.kind", "match pattern"),
        ({"colour": 1}, "colour", "Extra inputs"),
    ],
)
def test_refuses_a_malformed_one_and_names_the_field(changes: Changes, field: str, wanted: str) -> None:
    message = refusal(IES, {"side": 64}, changes)
    assert field in message
    assert wanted in message
