"""IGS: user interface → generation."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from torch import Tensor

from components.generation import GENERATORS
from components.ui import SETTINGS_SOURCES
from interfaces.igdt import IGDT
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
        ({"seeds": "5,1-3,2"}, "seeds", "each seed once, and 2 comes twice"),
        ({"seeds": [7, 8, 7]}, "seeds", "each seed once, and 7 comes twice"),
        ({"seeds": "12-9"}, "seeds", "ranges that count up, such as 9-12"),
        ({"seeds": "1,,5"}, "seeds", "such as 1,5,9-12"),
        ({"seeds": "1-"}, "seeds", "such as 1,5,9-12"),
        ({"seeds": "-3"}, "seeds", "such as 1,5,9-12"),
        ({"seeds": ""}, "seeds", "such as 1,5,9-12"),
        ({"seeds": "0-100"}, "seeds", "at most 100"),
        ({"seeds": f"0-{10**30}"}, "seeds", "at most 100"),
        ({"seeds": list(range(101))}, "seeds", "at most 100"),
        ({"seeds": 2**53 + 1}, "seeds", "tuple"),
        ({"seeds": str(2**53 + 1)}, "seeds", "less than or equal to 9007199254740992"),
        ({"seeds": "1,5", "seed": 5}, "seeds", "without seed beside them"),
        ({"seeds": "1,5", "count": 3}, "seeds", "without count beside them"),
        ({"style": 3}, "style", "string"),
        ({"source": {"kind": "dreams"}}, "source", "'noise', 'walk', 'pictures', 'translate', 'stylize'"),
        ({"source": {}}, "source", "Unable to extract tag"),
        ({"source": {"kind": "noise", "paths": ()}}, "source.noise.paths", "Extra inputs"),
        ({"source": {"kind": "pictures", "paths": ()}}, "source.pictures.paths", "at least 1 item"),
        ({"source": {"kind": "translate", "paths": ("a",), "direction": "up"}}, "direction", "a-to-b"),
        (
            {"source": {**STYLIZE, "styles": ()}},
            "source.stylize",
            "styles: wanted at least 1 style picture for gatys",
        ),
        ({"source": {**STYLIZE, "style_weight": -1}}, "style_weight", "greater than or equal to 0"),
        ({"source": {**STYLIZE, "content_weight": float("inf")}}, "content_weight", "finite number"),
        (
            {"source": {**STYLIZE, "content_weight": 0, "style_weight": 0}},
            "source.stylize",
            "one of them above 0",
        ),
        (
            {"source": {**STYLIZE, "masks": ("m", "n")}},
            "source.stylize",
            "masks: wanted none or one for each",
        ),
        (
            {"source": {**STYLIZE, "blend": (1, 2)}},
            "source.stylize",
            "blend: wanted none or one number for each",
        ),
        ({"source": {**STYLIZE, "blend": (0,)}}, "source.stylize", "at least one number above 0"),
        ({"source": {**STYLIZE, "blend": (-1,)}}, "blend.0", "greater than or equal to 0"),
        ({"source": {**STYLIZE, "crop": "square"}}, "source.stylize", "crop: wanted an aspect such as 4:3"),
        ({"source": {**STYLIZE, "crop": "0.9,0,0.1,1"}}, "source.stylize", "got '0.9,0,0.1,1'"),
        ({"source": {**STYLIZE, "rotate": 181}}, "rotate", "less than or equal to 180"),
        ({"source": {**STYLIZE, "flip": "sideways"}}, "flip", "'horizontal', 'vertical'"),
        ({"source": {**STYLIZE, "denoise_before": 1.5}}, "denoise_before", "less than or equal to 1"),
        ({"colour": 1}, "colour", "Extra inputs"),
    ],
)
def test_refuses_a_malformed_one_and_names_the_field(changes: Changes, field: str, wanted: str) -> None:
    message = refusal(IGS, {}, changes)
    assert field in message
    assert wanted in message


@pytest.mark.parametrize("seeds", ["5,1-3", [5, 1, 2, 3], " 5 , 1 - 3 "])
def test_seeds_can_be_listed_and_are_written_down_as_they_are_read(seeds: object) -> None:
    settings = IGS.model_validate({"seeds": seeds})
    assert list(settings.image_seeds) == [5, 1, 2, 3]
    assert (settings.count, settings.seed) == (4, 5)
    said = settings.model_dump(mode="json")
    assert said == {"seeds": [5, 1, 2, 3], "style": None, "source": {"kind": "noise"}}
    assert IGS.model_validate(said) == settings == IGS.model_validate(dict(settings))


def test_settings_without_a_list_are_written_down_as_before_there_were_lists() -> None:
    said = IGS(count=3, seed=4).model_dump(mode="json")
    assert said == {"count": 3, "seed": 4, "style": None, "source": {"kind": "noise"}}
    assert "seeds" not in IGS(count=3).model_dump(mode="json", exclude={"count", "seed"})


def test_generators_are_asked_for_stretches_that_count_up_with_the_pictures_of_each() -> None:
    source = {"kind": "pictures", "paths": ["a", "b", "c", "d", "e"]}
    settings = IGS.model_validate({"seeds": "5,1-3,4", "source": source})
    asked = list(settings.stretches(range(5)))
    assert [(each.seed, each.count, each.seeds) for each in asked] == [(5, 1, ()), (1, 4, ())]
    assert [[str(file.path) for file in each.source.inputs()] for each in asked] == [
        ["a"],
        ["b", "c", "d", "e"],
    ]
    assert [each.seed for each in settings.stretches([0, 2, 4])] == [5, 2, 4]


@pytest.mark.parametrize("consumer", sorted(GENERATORS))
def test_every_generator_of_ours_makes_the_seeds_that_are_listed(consumer: str, tmp_path: Path) -> None:
    case = suite_of("generator").prepare(GENERATORS[consumer], consumer, tmp_path)
    together = {seed: fingerprint(image) for seed, image in _images(case.generate())}
    wanted = [case.settings.seed + index for index in reversed(range(case.settings.count))]
    source = case.settings.source
    values = {
        "seeds": wanted,
        "source": {**source.model_dump(), "paths": [f.path for f in source.inputs() if f.each][::-1]},
    }
    alone = {"seeds": wanted, "source": source.within(case.settings.image_seeds)}
    listed = IGS.model_validate(values if source.inputs() else alone)
    found = [(seed, fingerprint(image)) for seed, image in _images(case.generate(listed))]
    assert found == [(seed, together[seed]) for seed in wanted]


def _images(parts: Sequence[IGDT]) -> Sequence[tuple[int, Tensor]]:
    return [(seed, image) for data in parts for seed, image in zip(data.seeds, data.images, strict=True)]
