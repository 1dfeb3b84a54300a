"""The catalogues of the page: every sentence has its translation, and none is left over."""

import re
from gettext import c2py
from typing import Any, get_args

import pytest

from interfaces.runs import RunState
from tests.page.browser import needs_gradio
from tests.page.sentences import FOLDER, counted, in_python, in_scripts

pytestmark = needs_gradio
_STAGE = re.compile(r'(?:Progress|StageStarted)\(\s*stage="([a-z]+)"')
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
    from components.ui.page.words import NAMES

    controls = {each for place in (*FIELDS, *PLACES, *STYLE, *TRANSLATE) for each in sentences(place)}
    figures = {each for panel in PANELS for each in (panel.title, *panel.curves.values())}
    of_several = {one for one, _ in counted()}
    return {
        *in_python(), *in_scripts(), *of_several, *controls, *figures, *PRESET_PURPOSES.values(), *ENLARGERS, *NAMES,
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
            assert sorted(re.findall(r"\{\d\}|`[^`]*`", each)) == sorted(
                re.findall(r"\{\d\}|`[^`]*`", one)
            ), one
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
