"""A component of an installed package is found by the name that its entry point gives it."""

from pathlib import Path

import pytest

from components.enhancement import ENHANCERS
from interfaces.errors import SettingsError, UnknownComponentError
from interfaces.ies import IES, Foreign
from tests.e2e.cli import call, call_json

MODULE = """
from components.enhancement import LanczosEnhancer


class Sharp:
    def enhance(self, data, settings):
        return LanczosEnhancer().enhance(data, settings)


class Broken:
    def __init__(self):
        raise RuntimeError("out of luck")
"""

ENTRY_POINTS = """\
[artgen.enhancers]
sharp = sharp_package:Sharp
absent = no_such_module:Sharp
lanczos = sharp_package:Broken
[artgen.training_stores]
attic = sharp_package:Sharp
"""


@pytest.fixture(autouse=True)
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = tmp_path / "site"
    information = site / "sharp_package-1.0.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: sharp-package\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text(ENTRY_POINTS)
    (site / "sharp_package.py").write_text(MODULE)
    monkeypatch.syspath_prepend(site)


def test_it_is_listed_beside_ours_and_ours_keep_their_names() -> None:
    ports = call_json("component", "list")
    assert "sharp" in ports["enhancer"]
    assert ports["enhancer"].count("lanczos") == 1
    assert "attic" in ports["training_store"]
    assert ENHANCERS.resolve("lanczos").__module__.startswith("components.")


def test_a_run_takes_it_by_that_name(tmp_path: Path) -> None:
    assert isinstance(IES.model_validate({"side": 64, "enhancer": {"kind": "sharp"}}).enhancer, Foreign)
    made = call_json(
        "pipeline", "run", "--count", 1, "--seed", 1, "--size", 64, "--enhancer", "sharp", "--no-sheet",
        "--out", tmp_path / "out",
    )  # fmt: skip
    assert made["state"] == "done"


def test_one_that_cannot_be_imported_is_told_with_its_name() -> None:
    with pytest.raises(
        SettingsError, match=r"enhancer 'no_such_module:Sharp' cannot be imported: ModuleNotFoundError"
    ):
        ENHANCERS.resolve("absent")


def test_a_name_that_nobody_has_is_answered_with_the_nearest_of_all() -> None:
    with pytest.raises(UnknownComponentError, match=r"known: .*sharp.* Did you mean 'sharp'\?"):
        ENHANCERS.resolve("sharpe")
    result = call("component", "check", "training-store", "atic")
    assert result.exit_code == 2
    assert "unknown training store 'atic'" in result.output
    assert "Did you mean 'attic'?" in result.output
