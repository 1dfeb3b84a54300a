"""Every registered component passes every check of its port, and each check finds the fault that it is meant for."""

import sys
from pathlib import Path

import pytest

from interfaces.errors import SettingsError, UnknownComponentError
from pipeline.component_check import check_component
from pipeline.component_check.suites import suite_of
from pipeline.factories.registries import registries
from tests.contracts.available import AVAILABLE_ENHANCERS

REGISTERED = [
    (port, name)
    for port, registry in registries().items()
    for name in (AVAILABLE_ENHANCERS if port == "enhancer" else sorted(registry))
]

FAULTS = [
    ("enhancer", "ChangesItsInput", "leaves its input alone"),
    ("enhancer", "MixesNeighbours", "an image does not depend on its neighbours"),
    ("enhancer", "NotesTheCount", "an image does not depend on its neighbours"),
    ("enhancer", "RoundsTheSize", "gives the size that is asked for"),
    ("enhancer", "MakesSquares", "takes pictures that are not square"),
    ("enhancer", "ForgetsTheKeptSizes", "keeps the sizes to keep"),
    ("enhancer", "DropsOpacity", "enlarges opacity too"),
    ("enhancer", "ForgetsASeed", "hands seeds and origins on"),
    ("enhancer", "ForgetsTheOrigins", "hands seeds and origins on"),
    ("enhancer", "ForgetsTheChain", "appends its record to the provenance"),
    ("enhancer", "GivesNan", "keeps to the contract"),
    ("enhancer", "SharesItsDesk", "serves two threads at once"),
    ("generator", "MakesOneMore", "makes as many images as are asked for"),
    ("generator", "StartsAtZero", "counts the seeds up from the first"),
    ("generator", "DependsOnTheCount", "an image depends on its seed alone"),
    ("generator", "RepeatsItself", "gives every seed its own image"),
    ("generator", "NamesNoModel", "names the digest of what it read"),
    ("generator", "TouchesTheModel", "leaves the files that it reads alone"),
    ("generator", "DrawsFromEverybodysDice", "leaves the randomness of others alone"),
    ("generator", "BeginsWithConversion", "begins the provenance"),
    ("converter", "BeginsWithTheFinal", "the final size comes after the kept ones"),
    ("converter", "DropsTheKeptSizes", "makes a file of every size of every image"),
    ("converter", "SaysNothing", "names the seed in the metadata"),
    ("converter", "PaintsItBlack", "the file shows the picture"),
    ("converter", "FlattensOpacity", "keeps opacity"),
    ("converter", "HidesTheSheet", "makes a contact sheet"),
    ("converter", "FilmsTheFirstHalf", "makes a film where it makes films"),
    ("trainer", "SeedsEverybodysDice", "leaves the randomness of others alone"),
    ("trainer", "ForgetsToSayGoodbye", "tells its observers the end once"),
    ("observer", "AnswersNothing", "answers whether to go on"),
    ("observer", "TurnsTheKnobs", "leaves the model alone"),
    ("training_store", "CannotBePickled", "reads after pickling"),
    ("training_store", "HidesBadFiles", "sets bad files aside with a reason"),
    ("training_store", "TrustsItsMemory", "notices a changed picture"),
    ("training_store", "CountsThePath", "equal data gives an equal fingerprint"),
    ("preprocessor", "KnowsOneSide", "makes the squares that a training asks for"),
    ("preprocessor", "TakesAnythingForOneSide", "makes the squares that a training asks for"),
    ("preprocessor", "ReadsEveryTime", "reads no file the second time"),
    ("preprocessor", "SwapsTheLabels", "labels and split are those of the pictures"),
    ("preprocessor", "BlamesNobody", "sets a damaged picture aside"),
    ("preprocessor", "BlamesTheFirst", "sets a damaged picture aside"),
    ("preprocessor", "SameFingerprint", "other data gives another fingerprint"),
    ("result_store", "ListsBackwards", "lists the files in order of seed and size"),
    ("result_store", "TakesAnyRun", "refuses an unknown run"),
    ("result_store", "KeepsTheOlder", "replaces a file of the same name"),
    ("result_store", "LosesPictures", "keeps input pictures by their digest"),
    ("result_store", "TakesAnyName", "refuses a name that leaves its folder"),
    ("result_store", "ForgetsOverNight", "survives reopening"),
    ("model_store", "ListsLookalikes", "lists its models"),
    ("model_store", "GivesTheFirstForEveryDigest", "gives by its digest what it lists"),
    ("model_store", "KnowsNoFiles", "gives what lies at a path"),
    ("model_store", "HasAlwaysOne", "refuses what is not there"),
    ("model_store", "TrustsTheDescription", "refuses altered weights"),
    ("model_store", "LeavesANote", "leaves the files that it reads alone"),
    ("weight_store", "SaysEverythingTwice", "knows each name once"),
    ("weight_store", "GivesNoAdvice", "finds a file or says how to get it"),
    ("weight_store", "TakesAnotherFile", "takes a path as it is"),
    ("weight_store", "LooksNowhereElse", "finds a file by its digest"),
    ("weight_store", "FindsAnything", "refuses what is not there"),
    ("weight_store", "MakesALicenceUp", "knows nothing of a file that nobody published"),
    ("style_algorithm", "CutsARow", "gives an image as large as the content"),
    ("style_algorithm", "ChangesItsInput", "leaves its input alone"),
    ("style_algorithm", "MixesTheLastOneIn", "an image depends on its task alone"),
    ("style_algorithm", "OverlooksTheContent", "another content gives another image"),
    ("style_algorithm", "OverlooksTheStyle", "another style gives another image"),
    ("style_algorithm", "BlendsAsItLikes", "a style without a share changes nothing"),
    ("style_algorithm", "UsesMoreThanItNames", "makes no use of what it does not name"),
    ("style_algorithm", "CountsTooFar", "tells its progress up to the end"),
    ("style_algorithm", "HearsNoStop", "ends where the attendant says so"),
    ("style_algorithm", "BeginsAnewWithLess", "goes on where it was ended"),
    ("style_algorithm", "DraftsInBytes", "shows drafts that are images"),
    ("explorer", "ShowsItMirrored", "shows what the model makes"),
    ("explorer", "ForgetsALayer", "tells the mean of every layer"),
    ("explorer", "EditsNothing", "edits nothing but what is named"),
    ("explorer", "StopsShort", "goes from end to end"),
    ("explorer", "PointsTooFar", "finds directions of length one"),
    ("explorer", "TakesEveryClass", "refuses what is not there"),
    ("style_algorithm", "DrawsFromEverybodysDice", "leaves the randomness of others alone"),
    ("settings_source", "ReadsTwoOnly", "gives the three contracts"),
    ("settings_source", "ChangesItsMind", "gives the same when asked again"),
]
"""Broken components, and the one check that each of them fails."""

GOOD = {
    "enhancer": "GoodEnhancer",
    "generator": "GoodGenerator",
    "converter": "GoodConverter",
    "trainer": "GoodTrainer",
    "training_store": "GoodStore",
    "preprocessor": "GoodPreprocessor",
    "result_store": "GoodResults",
    "model_store": "GoodModels",
    "weight_store": "GoodWeights",
    "style_algorithm": "GoodAlgorithm",
    "explorer": "GoodExplorer",
}

MINE = """
class Mine:
    def enhance(self, data, settings):
        raise RuntimeError("this class was found")
"""


MODULES = {
    "enhancer": "enhancers",
    "generator": "generators",
    "converter": "converters",
    "trainer": "trainers",
    "observer": "trainers",
    "training_store": "training_stores",
    "preprocessor": "preprocessors",
    "result_store": "result_stores",
    "model_store": "model_stores",
    "weight_store": "weight_stores",
    "style_algorithm": "style_algorithms",
    "settings_source": "settings_sources",
    "explorer": "explorers",
}


def _broken(port: str, name: str) -> str:
    return f"tests.contracts.broken.{MODULES[port]}:{name}"


def _failed(port: str, name: str) -> dict[str, str]:
    return {verdict.check: verdict.message for verdict in check_component(port, name) if not verdict.passed}


@pytest.mark.parametrize(("port", "name"), REGISTERED)
def test_a_registered_component_passes_every_check(port: str, name: str) -> None:
    verdicts = check_component(port, name)
    assert len(verdicts) == len(suite_of(port).checks)
    assert [verdict for verdict in verdicts if not verdict.passed] == []
    assert all(not verdict.message for verdict in verdicts)


@pytest.mark.parametrize(("port", "name"), GOOD.items())
def test_a_good_foreign_component_passes_every_check(port: str, name: str) -> None:
    assert _failed(port, _broken(port, name)) == {}


@pytest.mark.parametrize(("port", "name", "check"), FAULTS)
def test_a_fault_is_found_by_the_check_meant_for_it_alone(port: str, name: str, check: str) -> None:
    failed = _failed(port, _broken(port, name))
    assert list(failed) == [check]
    assert "wanted" in failed[check] or "raised" in failed[check]
    assert "\n" not in failed[check]


@pytest.mark.parametrize(
    ("port", "name", "checks"),
    [
        (
            "enhancer",
            "GetsTired",
            {"gives the same result twice", "an image does not depend on its neighbours"},
        ),
        (
            "style_algorithm",
            "NeverTheSame",
            {"gives the same image twice", "an image depends on its task alone"},
        ),
        ("trainer", "NeverStops", {"stops when an observer asks", "refuses to begin over checkpoints"}),
        ("training_store", "ReadsOtherBytes", {"reads the bytes that it described", "reads after pickling"}),
    ],
)
def test_a_fault_that_concerns_several_checks_is_found_by_these(
    port: str, name: str, checks: set[str]
) -> None:
    assert checks <= set(_failed(port, _broken(port, name)))


def test_a_component_that_raises_fails_with_the_type_and_the_text_on_one_line() -> None:
    failed = _failed("enhancer", "tests.contracts.broken.enhancers:Crashes")
    assert set(failed.values()) == {"raised RuntimeError: no luck today"}
    assert len(failed) == len(suite_of("enhancer").checks)


def test_a_component_that_ends_the_program_fails_and_does_not_end_it() -> None:
    assert set(_failed("enhancer", "tests.contracts.broken.enhancers:Quits").values()) == {
        "raised SystemExit: 3"
    }


def test_a_component_that_returns_nothing_is_told_what_was_wanted() -> None:
    failed = _failed("enhancer", "tests.contracts.broken.enhancers:ReturnsNothing")
    assert failed["keeps to the contract"] == "wanted IEDT, got NoneType"


def test_a_preprocessor_that_does_not_take_what_trainings_ask_for_is_told_each_option() -> None:
    name = "tests.contracts.broken.preprocessors:KnowsOneSide"
    assert [*_failed("preprocessor", name).values()] == [
        f"raised SettingsError: preprocessor {name!r} takes no option 'channels', which the settings ask for; its constructor takes none; "
        f"preprocessor {name!r} takes no option 'side', which the settings ask for; its constructor takes none"
    ]


def test_an_unknown_port_is_refused_with_the_near_match() -> None:
    with pytest.raises(UnknownComponentError, match=r"unknown port 'enhancment'.*Did you mean 'enhancer'"):
        check_component("enhancment", "lanczos")


def test_an_unknown_component_is_refused_with_the_near_match() -> None:
    with pytest.raises(UnknownComponentError, match=r"unknown enhancer 'lanzcos'.*Did you mean 'lanczos'"):
        check_component("enhancer", "lanzcos")


def test_a_component_that_cannot_be_made_without_arguments_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"WantsArguments' cannot be made: TypeError.*'strength'"):
        check_component("enhancer", "tests.contracts.broken.enhancers:WantsArguments")


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("import nothing_of_that_name", "No module named 'nothing_of_that_name'"),
        ("def broken(:", "invalid syntax"),
        ("raise ValueError('bad day')", "bad day"),
        ("Mine = 3", "wanted a class, got int"),
        ("", "has no attribute 'Mine'"),
    ],
)
def test_a_component_that_cannot_be_imported_is_refused_with_the_reason(
    source: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = f"broken_module_{abs(hash(source))}"
    (tmp_path / f"{module}.py").write_text(source, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(SettingsError, match=why):
        check_component("enhancer", f"{module}:Mine")


def test_a_component_in_the_working_folder_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my_own_enhancer.py").write_text(MINE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", [*sys.path])
    assert set(_failed("enhancer", "my_own_enhancer:Mine").values()) == {
        "raised RuntimeError: this class was found"
    }


def test_nothing_is_left_in_the_users_folders(tmp_path: Path) -> None:
    check_component("training_store", "local")
    check_component("result_store", "sql")
    assert list(tmp_path.iterdir()) == []
