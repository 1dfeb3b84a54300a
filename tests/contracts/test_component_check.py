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
    for name in (AVAILABLE_ENHANCERS if port == "enhancement" else sorted(registry))
]

FAULTS = [
    ("enhancement", "ChangesItsInput", "leaves its input alone"),
    ("enhancement", "MixesNeighbours", "an image does not depend on its neighbours"),
    ("enhancement", "NotesTheCount", "an image does not depend on its neighbours"),
    ("enhancement", "RoundsTheSize", "gives the size that is asked for"),
    ("enhancement", "MakesSquares", "takes pictures that are not square"),
    ("enhancement", "ForgetsTheKeptSizes", "keeps the sizes to keep"),
    ("enhancement", "DropsOpacity", "enlarges opacity too"),
    ("enhancement", "ForgetsASeed", "hands seeds and origins on"),
    ("enhancement", "ForgetsTheOrigins", "hands seeds and origins on"),
    ("enhancement", "ForgetsTheChain", "appends its record to the provenance"),
    ("enhancement", "GivesNan", "keeps to the contract"),
    ("enhancement", "SharesItsDesk", "serves two threads at once"),
    ("generation", "MakesOneMore", "makes as many images as are asked for"),
    ("generation", "StartsAtZero", "counts the seeds up from the first"),
    ("generation", "DependsOnTheCount", "an image depends on its seed alone"),
    ("generation", "RepeatsItself", "gives every seed its own image"),
    ("generation", "NamesNoModel", "names the digest of what it read"),
    ("generation", "TouchesTheModel", "leaves the files that it reads alone"),
    ("generation", "DrawsFromEverybodysDice", "leaves the randomness of others alone"),
    ("generation", "BeginsWithConversion", "begins the provenance"),
    ("conversion", "BeginsWithTheFinal", "the final size comes after the kept ones"),
    ("conversion", "DropsTheKeptSizes", "makes a file of every size of every image"),
    ("conversion", "SaysNothing", "names the seed in the metadata"),
    ("conversion", "PaintsItBlack", "the file shows the picture"),
    ("conversion", "FlattensOpacity", "keeps opacity"),
    ("conversion", "HidesTheSheet", "makes a contact sheet"),
    ("training", "SeedsEverybodysDice", "leaves the randomness of others alone"),
    ("training", "ForgetsToSayGoodbye", "tells its observers the end once"),
    ("observation", "AnswersNothing", "answers whether to go on"),
    ("observation", "TurnsTheKnobs", "leaves the model alone"),
    ("training-store", "CannotBePickled", "reads after pickling"),
    ("training-store", "HidesBadFiles", "sets bad files aside with a reason"),
    ("training-store", "TrustsItsMemory", "notices a changed picture"),
    ("training-store", "CountsThePath", "equal data gives an equal fingerprint"),
    ("preprocessing", "ReadsEveryTime", "reads no file the second time"),
    ("preprocessing", "SwapsTheLabels", "labels and split are those of the pictures"),
    ("preprocessing", "BlamesNobody", "sets a damaged picture aside"),
    ("preprocessing", "BlamesTheFirst", "sets a damaged picture aside"),
    ("preprocessing", "SameFingerprint", "other data gives another fingerprint"),
    ("result-store", "ListsBackwards", "lists the files in order of seed and size"),
    ("result-store", "TakesAnyRun", "refuses an unknown run"),
    ("result-store", "KeepsTheOlder", "replaces a file of the same name"),
    ("result-store", "LosesPictures", "keeps input pictures by their digest"),
    ("result-store", "TakesAnyName", "refuses a name that leaves its folder"),
    ("result-store", "ForgetsOverNight", "survives reopening"),
    ("settings", "ReadsTwoOnly", "gives the three contracts"),
    ("settings", "ChangesItsMind", "gives the same when asked again"),
]
"""Broken components, and the one check that each of them fails."""

GOOD = {
    "enhancement": "GoodEnhancer",
    "generation": "GoodGenerator",
    "conversion": "GoodConverter",
    "training": "GoodTrainer",
    "training-store": "GoodStore",
    "preprocessing": "GoodPreprocessor",
    "result-store": "GoodResults",
}

MINE = """
class Mine:
    def enhance(self, data, settings):
        raise RuntimeError("this class was found")
"""


MODULES = {
    "enhancement": "enhancers",
    "generation": "generators",
    "conversion": "converters",
    "training": "trainers",
    "observation": "trainers",
    "training-store": "training_stores",
    "preprocessing": "preprocessors",
    "result-store": "result_stores",
    "settings": "settings",
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
            "enhancement",
            "GetsTired",
            {"gives the same result twice", "an image does not depend on its neighbours"},
        ),
        ("training", "NeverStops", {"stops when an observer asks", "refuses to begin over checkpoints"}),
        ("training-store", "ReadsOtherBytes", {"reads the bytes that it described", "reads after pickling"}),
    ],
)
def test_a_fault_that_concerns_several_checks_is_found_by_these(
    port: str, name: str, checks: set[str]
) -> None:
    assert checks <= set(_failed(port, _broken(port, name)))


def test_a_component_that_raises_fails_with_the_type_and_the_text_on_one_line() -> None:
    failed = _failed("enhancement", "tests.contracts.broken.enhancers:Crashes")
    assert set(failed.values()) == {"raised RuntimeError: no luck today"}
    assert len(failed) == len(suite_of("enhancement").checks)


def test_a_component_that_ends_the_program_fails_and_does_not_end_it() -> None:
    assert set(_failed("enhancement", "tests.contracts.broken.enhancers:Quits").values()) == {
        "raised SystemExit: 3"
    }


def test_a_component_that_returns_nothing_is_told_what_was_wanted() -> None:
    failed = _failed("enhancement", "tests.contracts.broken.enhancers:ReturnsNothing")
    assert failed["keeps to the contract"] == "wanted IEDT, got NoneType"


def test_an_unknown_port_is_refused_with_the_near_match() -> None:
    with pytest.raises(UnknownComponentError, match=r"unknown port 'enhancment'.*Did you mean 'enhancement'"):
        check_component("enhancment", "lanczos")


def test_an_unknown_component_is_refused_with_the_near_match() -> None:
    with pytest.raises(UnknownComponentError, match=r"unknown enhancer 'lanzcos'.*Did you mean 'lanczos'"):
        check_component("enhancement", "lanzcos")


def test_a_component_that_cannot_be_made_without_arguments_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"WantsArguments' cannot be made: TypeError.*'strength'"):
        check_component("enhancement", "tests.contracts.broken.enhancers:WantsArguments")


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
        check_component("enhancement", f"{module}:Mine")


def test_a_component_in_the_working_folder_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my_own_enhancer.py").write_text(MINE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", [*sys.path])
    assert set(_failed("enhancement", "my_own_enhancer:Mine").values()) == {
        "raised RuntimeError: this class was found"
    }


def test_nothing_is_left_in_the_users_folders(tmp_path: Path) -> None:
    check_component("training-store", "local")
    check_component("result-store", "sql")
    assert list(tmp_path.iterdir()) == []
