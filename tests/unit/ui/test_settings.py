"""Settings from layers: the upper one wins, and all that is wrong is told at once."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.ui import LayeredSettings
from components.ui.settings import merge
from interfaces.errors import SettingsError
from interfaces.ies import Lanczos, Realesrgan

TABLES = st.dictionaries(
    st.sampled_from("abc"), st.integers() | st.dictionaries(st.sampled_from("xy"), st.integers()), max_size=3
)


def problems(*layers: dict[str, Any]) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        LayeredSettings(*layers).read()
    return list(caught.value.problems)


def test_no_layer_at_all_gives_the_defaults() -> None:
    igs, ies, ics = LayeredSettings().read()
    assert (igs.count, igs.source.kind) == (1, "noise")
    assert (ies.side, ies.enhancer.kind) == (1024, "auto")
    assert ics.format == "png"


def test_an_upper_layer_wins_value_by_value() -> None:
    file = {"generation": {"count": 5, "seed": 9}, "conversion": {"quality": 50}}
    line = {"generation": {"count": 7}}
    igs, _, ics = LayeredSettings(file, line).read()
    assert (igs.count, igs.seed, ics.quality) == (7, 9, 50)


def test_a_given_scale_takes_the_place_of_the_default_side() -> None:
    ies = LayeredSettings({"enhancement": {"scale": 4}}).read()[1]
    assert (ies.side, ies.scale) == (None, 4)


def test_another_kind_replaces_the_options_of_the_one_below() -> None:
    file = {"enhancement": {"enhancer": {"kind": "realesrgan", "weights": "mine.pth", "tile_px": 64}}}
    ies = LayeredSettings(file, {"enhancement": {"enhancer": {"kind": "lanczos"}}}).read()[1]
    assert ies.enhancer == Lanczos()


def test_the_same_kind_keeps_the_options_of_the_one_below() -> None:
    file = {"enhancement": {"enhancer": {"kind": "realesrgan", "weights": "mine.pth", "tile_px": 64}}}
    line = {"enhancement": {"enhancer": {"kind": "realesrgan", "tile_px": 128}}}
    ies = LayeredSettings(file, line).read()[1]
    assert ies.enhancer == Realesrgan(weights="mine.pth", tile_px=128)


def test_options_without_a_kind_change_the_kind_below() -> None:
    file = {"enhancement": {"enhancer": {"kind": "realesrgan", "weights": "mine.pth"}}}
    ies = LayeredSettings(file, {"enhancement": {"enhancer": {"weights": "yours.pth"}}}).read()[1]
    assert ies.enhancer == Realesrgan(weights="yours.pth")


@pytest.mark.parametrize("file", [{}, {"enhancement": {"enhancer": {"kind": "auto"}}}], ids=["none", "auto"])
def test_options_without_a_definite_kind_are_those_of_real_esrgan(file: dict[str, Any]) -> None:
    line = {"enhancement": {"enhancer": {"tile_px": 128}}}
    assert LayeredSettings(file, line).read()[1].enhancer == Realesrgan(tile_px=128)


def test_all_problems_of_all_three_contracts_are_told_at_once() -> None:
    told = problems(
        {
            "generation": {"count": 0, "seed": -1},
            "enhancement": {"side": 100_000},
            "conversion": {"format": "gif", "quality": 101},
        }
    )
    assert [line.split(":")[0] for line in told] == [
        "generation.count",
        "generation.seed",
        "enhancement.side",
        "conversion.format",
        "conversion.quality",
    ]
    assert all("\n" not in line for line in told)


@pytest.mark.parametrize(
    ("count", "wanted"),
    [(0, "greater than or equal to 1"), (101, "at most 100"), (-3, "greater than or equal to 1")],
)
def test_a_problem_names_what_was_wanted_and_what_came(count: int, wanted: str) -> None:
    (line,) = problems({"generation": {"count": count}})
    assert line.startswith("generation.count: ")
    assert wanted in line
    assert line.endswith(f"got {count}")


def test_an_unknown_name_is_told_with_the_near_match() -> None:
    assert problems({"generation": {"sead": 3}}) == [
        "generation.sead: there is no such setting. Did you mean 'seed'?"
    ]


def test_an_unknown_name_far_from_all_is_told_without_a_match() -> None:
    assert problems({"conversion": {"zzz": 3}}) == ["conversion.zzz: there is no such setting."]


def test_an_unknown_option_of_an_enhancer_is_told_with_its_place() -> None:
    (line,) = problems({"enhancement": {"enhancer": {"kind": "realesrgan", "tile": 64}}})
    assert line == "enhancement.enhancer.tile: there is no such setting. Did you mean 'tile_px'?"


@pytest.mark.parametrize(
    ("generation", "wanted"),
    [
        ({"source": {"kind": "noise", "paths": []}}, "generation.source.paths: there is no such setting."),
        (
            {"source": {"kind": "pictures", "pahts": ["a"]}},
            "generation.source.pahts: there is no such setting. Did you mean 'paths'?",
        ),
        ({"source": {"kind": "pictures", "paths": [1]}}, "generation.source.paths.0: "),
        (
            {"source": {"kind": "stylize", "paths": ["a"], "styles": ["b"], "crop": "round"}},
            "generation.source.crop: wanted an aspect such as 4:3",
        ),
        (
            {"source": {"kind": "stylize", "paths": ["a"], "styles": ["b"], "style_weight": -1}},
            "generation.source.style_weight: ",
        ),
    ],
)
def test_the_place_of_a_problem_is_what_the_user_wrote(generation: dict[str, Any], wanted: str) -> None:
    assert any(line.startswith(wanted) for line in problems({"generation": generation}))


@pytest.mark.parametrize(
    ("table", "wanted"),
    [
        (
            {"kind": "lancsoz"},
            "one of auto, lanczos, realesrgan, spandrel, realesrgan-reference, foreign, got 'lancsoz'. Did you mean 'lanczos'?",
        ),
        ({"kind": 3}, "one of auto, lanczos, realesrgan, spandrel, realesrgan-reference, foreign, got '3'."),
        (
            "realesrgan",
            "wanted a kind, one of auto, lanczos, realesrgan, spandrel, realesrgan-reference, foreign, got none.",
        ),
    ],
)
def test_a_missing_or_unknown_kind_of_enhancer_is_told_with_the_known_ones(
    table: object, wanted: str
) -> None:
    (line,) = problems({"enhancement": {"enhancer": table}})
    assert line.startswith("enhancement.enhancer: wanted a kind")
    assert line.endswith(wanted)


def test_a_missing_kind_of_source_is_told() -> None:
    assert problems({"generation": {"source": {"paths": ["a"]}}}) == [
        "generation.source: wanted a table with a kind, got none"
    ]


@pytest.mark.parametrize("table", ["many", 3, None, ["a"]])
def test_a_table_that_is_none_is_told(table: object) -> None:
    (line,) = problems({"generation": table})
    assert line.startswith("generation: ")


def test_two_sizes_at_once_are_told_as_a_contradiction() -> None:
    (line,) = problems({"enhancement": {"side": 64, "scale": 2}})
    assert line == "enhancement: side, scale: wanted exactly one of the two, got 64 and 2.0"


def test_reading_leaves_the_layers_alone() -> None:
    layer: dict[str, Any] = {"enhancement": {"enhancer": {"kind": "lanczos"}}}
    source = LayeredSettings(layer, {"enhancement": {"side": 64}})
    assert source.read() == source.read()
    assert layer == {"enhancement": {"enhancer": {"kind": "lanczos"}}}


@given(lower=TABLES, upper=TABLES)
def test_merging_takes_every_value_of_the_upper_layer_and_the_rest_of_the_lower(
    lower: dict[str, Any], upper: dict[str, Any]
) -> None:
    merged = merge(lower, upper)
    assert set(merged) == {*lower, *upper}
    for name, value in upper.items():
        if isinstance(value, dict) and isinstance(lower.get(name), dict):
            assert merged[name] == {**lower[name], **value}
        else:
            assert merged[name] == value


@given(table=TABLES)
def test_merging_with_nothing_changes_nothing(table: dict[str, Any]) -> None:
    assert merge(table) == merge(table, {}) == merge({}, table) == table
