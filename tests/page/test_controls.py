"""The controls of the page say what the contracts say."""

from typing import Any

import pytest

from tests.page.browser import needs_gradio
from tests.unit.pipeline.test_contract_options import FIELDS as EVERY
from tests.unit.pipeline.test_contract_options import VALUES

pytestmark = needs_gradio


def test_every_field_has_a_control_or_is_named_among_those_that_have_none_and_not_both() -> None:
    from components.ui.page.generate import ELSEWHERE, FIELDS

    reached = {place for place, _ in EVERY if not place.startswith("generation.source.")}
    reached = {place for place in reached if place != "enhancement.enhancer"} | {"enhancement.enhancer.kind"}
    assert reached == {*FIELDS, *ELSEWHERE} - {"generation.source.to"}
    assert not {*FIELDS} & {*ELSEWHERE}
    assert all(ELSEWHERE.values())


def test_a_control_has_the_words_the_default_and_the_limits_of_its_field() -> None:
    import gradio as gr

    from components.ui.page.controls import control

    count, strength = control("generation.count"), control("enhancement.strength")
    assert isinstance(count, gr.Slider)
    assert (count.minimum, count.maximum, count.value, count.step) == (1, 100, 1, 1)
    assert (strength.minimum, strength.maximum, strength.value) == (0, 1, 1.0)
    assert "Blend with the plain resize" in strength.info
    assert control("conversion.format").choices == [(each, each) for each in ("png", "jpeg", "webp", "tiff")]
    assert isinstance(control("enhancement.enhancer.tta"), gr.Checkbox)
    tile = control("enhancement.enhancer.tile_px")
    assert (tile.label, tile.value) == ("Tile", "")


def test_what_the_controls_hold_at_first_is_what_the_command_line_takes_without_options() -> None:
    from components.ui.page.controls import control, values_of
    from components.ui.page.generate import FIELDS, _first, whole
    from pipeline.settings.config import load_config

    first = _first(("warm",))
    values = [each.value for each in first] + [control(each).value for each in FIELDS[len(first) :]]
    page = load_config(whole(values_of(FIELDS, values), quick=False), {"generation": {"seed": 1}})
    plain = load_config(
        {"generation": {"seed": 1}, "enhancement": {"keep": [64], "enhancer": {"kind": "realesrgan"}}}
    )
    assert page == plain


def test_a_seed_to_walk_to_makes_a_walk_with_a_film_of_the_run() -> None:
    from components.ui.page.controls import default_of, values_of
    from components.ui.page.generate import FIELDS, whole
    from pipeline.settings.config import load_config

    held: dict[str, Any] = {each: default_of(each) or "" for each in FIELDS} | {"enhancement.side": 64}
    held |= {"generation.count": 5, "generation.seeds": "7", "generation.source.to": " 9 "}
    config = load_config(whole(values_of(FIELDS, [held[each] for each in FIELDS]), quick=True))
    assert config.generation.source.model_dump(include={"kind", "to"}) == {"kind": "walk", "to": 9}
    assert (config.generation.seed, config.generation.count, config.conversion.film) == (7, 5, "webp")


@pytest.mark.parametrize("place", sorted({"generation.style", "enhancement.side", "conversion.quality"}))
def test_what_is_put_into_a_control_is_what_the_run_has(place: str) -> None:
    from components.ui.page.controls import default_of, values_of
    from components.ui.page.generate import FIELDS, whole
    from pipeline.settings.config import load_config

    held: dict[str, Any] = {each: default_of(each) or "" for each in FIELDS} | {"enhancement.side": 64}
    typed, wanted = VALUES[place]
    held[place] = typed
    found: Any = load_config(
        whole(values_of(FIELDS, [held[each] for each in FIELDS]), quick=False)
    ).model_dump()
    for name in place.split("."):
        found = found[name]
    assert found == wanted
