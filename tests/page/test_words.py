"""The catalogues of the page: every sentence has its translation, and none is left over."""

import re
from gettext import c2py
from typing import Annotated, Any, Literal, get_args

import pytest
from pydantic import Field, TypeAdapter, ValidationError

from interfaces.runs import RunState
from interfaces.said import fault
from tests.page.browser import needs_gradio
from tests.page.sentences import FOLDER, PLACE, counted, in_python, in_scripts, in_the_house

pytestmark = needs_gradio
_STAGE = re.compile(r'(?:Progress|StageStarted)\(\s*stage="([a-z]+)"')
_MARKED = re.compile(rf"{PLACE.pattern}|`[^`]*`")
CATALOGUES = sorted(file.stem for file in (FOLDER / "locale").glob("*.po"))


def _ids() -> set[str]:
    """Return every sentence that is asked for, by whichever way."""
    from components.evaluation.curves import PANELS
    from components.training.preset_names import PRESET_PURPOSES
    from components.ui.page.controls import sentences
    from components.ui.page.enhance import ENLARGERS, PLACES
    from components.ui.page.generate import FIELDS
    from components.ui.page.style import PLACES as STYLE
    from components.ui.page.translate import PLACES as TRANSLATE
    from components.ui.page.words import NAMES, PYDANTICS

    controls = {each for place in (*FIELDS, *PLACES, *STYLE, *TRANSLATE) for each in sentences(place)}
    figures = {each for panel in PANELS for each in (panel.title, *panel.curves.values())}
    of_several = {one for one, _ in counted()}
    return {
        *in_python(), *in_the_house(), *in_scripts(), *of_several, *controls, *figures, *PRESET_PURPOSES.values(), *ENLARGERS, *NAMES, *PYDANTICS,
    }  # fmt: skip


def _read(language: str) -> Any:
    from babel.messages.pofile import read_po

    with (FOLDER / "locale" / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


def _sentences(language: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return each id with all that a catalogue has for it."""
    found = []
    for each in _read(language):
        one = each.id if isinstance(each.id, str) else each.id[0]
        if one:
            found.append((one, (each.string,) if isinstance(each.string, str) else tuple(each.string)))
    return found


@pytest.mark.parametrize("language", CATALOGUES)
def test_a_catalogue_has_every_sentence_of_the_page_and_no_other(language: str) -> None:
    known = {one for one, _ in _sentences(language)}
    assert sorted(_ids() - known) == []
    assert sorted(known - _ids()) == []


@pytest.mark.parametrize("language", CATALOGUES)
def test_a_translation_has_the_places_and_the_emphasis_of_its_sentence(language: str) -> None:
    for one, said in _sentences(language):
        for each in said:
            assert each.strip(), one
            assert sorted(_MARKED.findall(each)) == sorted(_MARKED.findall(one)), one
            assert each.count("**") == one.count("**"), one


@pytest.mark.parametrize("language", CATALOGUES)
def test_what_is_counted_has_a_form_for_each_kind_of_number(language: str) -> None:
    catalogue, of_several = _read(language), dict(counted())
    said = dict(_sentences(language))
    assert {one for one, forms in said.items() if len(forms) > 1} == {*of_several}
    assert {len(said[one]) for one in of_several} == {catalogue.num_plurals}
    assert {c2py(catalogue.plural_expr)(count) for count in range(200)} == {*range(catalogue.num_plurals)}
    for each in catalogue:
        if each.id and not isinstance(each.id, str):
            assert of_several[each.id[0]] == each.id[1]


def test_the_names_of_the_server_are_among_those_that_the_browser_can_put_into_words() -> None:
    from components.ui.page import runs_view
    from components.ui.page.words import NAMES
    from pipeline.jobs.kinds import JOBS

    root = FOLDER.parents[2]
    code = [file for part in ("pipeline", "components", "storage") for file in (root / part).rglob("*.py")]
    stages = {found for file in code for found in _STAGE.findall(file.read_text())}
    assert {"training", "storing"} <= stages
    assert not {*get_args(RunState), *JOBS, *stages, *runs_view.OF_TRAINING} - {*NAMES}


def test_sentences_that_nobody_translated_stay_english() -> None:
    from components.ui.page.words import keeps_language, speaking, t

    assert t("Run {0} is queued.", "r") == "Run r is queued."
    with speaking("uk"):
        assert t("Run {0} is queued.", "r") == "Запуск r поставлено в чергу."
        assert t("no such sentence {0}", 1) == "no such sentence 1"
        kept = keeps_language(lambda: t("Gallery"))
    assert (kept(), t("Gallery")) == ("Галерея", "Gallery")


def test_a_sentence_of_the_house_is_said_anew_with_all_that_is_in_it() -> None:
    from components.ui.page.words import speaking, t
    from interfaces.said import Said

    takes = Said("{0} a step, {1} an epoch, {2} in all (estimated from {3} steps)",
                 Said("{0:.3g} s", 0.25), Said("{0} min", 3), Said("{0} h {1:02} min", 2, 5), 1200)  # fmt: skip
    many = Said("{0:,} pictures, {1:,} steps, {2:,.1f} epochs", 1234, 40000, 2.5)
    assert t(takes) == takes == "0.25 s a step, 3 min an epoch, 2 h 05 min in all (estimated from 1200 steps)"
    assert t(many) == many == "1,234 pictures, 40,000 steps, 2.5 epochs"
    with speaking("uk"):
        assert t(takes) == "0,25 с на крок, 3 хв на епоху, 2 год 05 хв загалом (оцінено за кроками: 1200)"  # noqa: RUF001
        assert t(many) == "зображень: 1\xa0234, кроків: 40\xa0000, епох: 2,5"
        assert t(Said("{0}: {1}", "a", Said("nobody translated {0:.1f}", 1.5))) == "a: nobody translated 1,5"


_WRONG: tuple[tuple[Any, object], ...] = (
    (Annotated[int, Field(ge=1)], 0), (Annotated[int, Field(le=1)], 2), (Annotated[int, Field(gt=1)], 1),
    (Annotated[int, Field(lt=1)], 1), (Literal["a", "b"], "c"), (int, "x"), (int, 1.5), (int, None), (float, "x"),
    (float, None), (bool, "x"), (bool, None), (str, 1), (dict[str, int], 1), (list[int], 1),
    (Annotated[str, Field(min_length=1)], ""), (Annotated[str, Field(max_length=2)], "abc"),
    (Annotated[float, Field(allow_inf_nan=False)], float("inf")),
)  # fmt: skip


def test_what_pydantic_says_of_a_setting_is_among_the_sentences_that_can_be_translated() -> None:
    from components.ui.page.words import PYDANTICS

    for kind, value in _WRONG:
        with pytest.raises(ValidationError) as found:
            TypeAdapter(kind).validate_python(value)
        assert {fault(each).template for each in found.value.errors()} <= {*PYDANTICS}


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("uk", "uk"), ("uk-UA,uk;q=0.9,en-US;q=0.8", "uk"), ("en-US,uk;q=0.9", "en"), ("de-DE,de;q=0.9", "en"),
        ("de, uk;q=0.7, en;q=0.3", "uk"), ("", "en"), ("*", "en"), ("uk;q=0, en", "en"), ("uk;q=x", "en"), ("UK-ua", "uk"),
    ],
)  # fmt: skip
def test_the_browser_likes_best_what_it_names_first_or_weighs_most(accepted: str, language: str) -> None:
    from components.ui.page.languages import best_language

    assert best_language(accepted) == language
