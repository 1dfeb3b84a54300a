"""Each port has a component in docs/components.md that passes the check of its port, as it is printed."""

import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from components.training import PRESETS
from pipeline.factories.registries import registries
from tests.e2e.cli import ROOT, call_json, words_of
from tests.samples import make_painting, painting_files, write_files

TEXT = (ROOT / "docs" / "components.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"^```python\n# (\w+)\.py\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE))
CHECKS = re.findall(r"^artgen component check (\w+) .*$", TEXT, re.MULTILINE)


def test_every_port_has_an_example() -> None:
    assert sorted(CHECKS) == sorted(registries())
    assert len(FILES) == len(CHECKS)


@pytest.fixture(autouse=True)
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put the examples into the folder in which the program works."""
    for module, code in FILES.items():
        (tmp_path / f"{module}.py").write_text(code, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield
    for module in FILES:
        sys.modules.pop(module, None)


@pytest.mark.parametrize("port", CHECKS)
def test_the_example_of_a_port_passes_its_check(port: str) -> None:
    [line] = re.findall(rf"^artgen component check {port} .*$", TEXT, re.MULTILINE)
    verdicts = call_json(*words_of(line))
    assert verdicts
    assert [verdict for verdict in verdicts if not verdict["passed"]] == []


def test_one_run_takes_the_examples_of_the_whole_chain(tmp_path: Path) -> None:
    [settings] = re.findall(r"^```toml\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)
    small = """overrides = { steps = 50, batch = 2, "generator.width" = 4, "critic.width" = 4 }"""
    (tmp_path / "own.toml").write_text(settings + small, encoding="utf-8")
    paintings = painting_files(("portraits",), 4) | {"portraits/sketch.png": make_painting(seed=9)}
    write_files(tmp_path / "my-paintings", paintings)
    line = "artgen pipeline run --config own.toml --count 4 --size 256"
    assert line in TEXT

    made = call_json(*words_of(line), "--size", 64, "--count", 1)

    [picture] = [Path(file["path"]) for file in made["files"] if file["role"] == "final"]
    assert picture.name.startswith("studio-seed")
    assert call_json("results", "reproduce", picture, "--foreign", "--out", "again")["identical"]
    [brightness] = Path(os.environ["ARTGEN_DATA"]).rglob("brightness.txt")
    assert brightness.read_text().startswith("50 ")
    trained = json.loads((brightness.parent / "settings.json").read_text())
    assert trained["learning_rate"] == PRESETS["dcgan"].learning_rate / 2
