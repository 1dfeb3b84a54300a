import re
import runpy
from pathlib import Path

import pytest
from PIL import Image

from tests.e2e.cli import ROOT, call, call_json


def _code(beginning: str) -> str:
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    [block] = [block for block in blocks if block.startswith(beginning)]
    return str(block)


def test_the_enhancer_of_the_readme_is_short_passes_the_check_and_serves_a_run(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = _code("# my_enhancer.py")
    written = [line for line in code.splitlines() if line and not line.startswith(("#", "import", "from"))]
    assert len(written) <= 15
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_enhancer.py").write_text(code)

    checked = call_json("component", "check", "enhancer", "my_enhancer:Mine")
    made = call_json(
        "pipeline",
        "run",
        "--model",
        tiny_model,
        "--enhancer",
        "my_enhancer:Mine",
        "--size",
        32,
        "--out",
        "out",
    )

    assert checked
    assert all(verdict["passed"] for verdict in checked)
    with Image.open(made["files"][0]["path"]) as picture:
        assert picture.size == (32, 32)
        assert picture.getpixel((0, 0)) == picture.getpixel((3, 3))
    again = ("results", "reproduce", made["files"][0]["path"], "--out", "again")
    assert "names components outside of artgen (my_enhancer:Mine)" in call(*again).stderr
    assert call_json(*again, "--foreign")["identical"]


def test_the_python_example_of_the_readme_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "example.py").write_text(_code("from pipeline import assemble"))

    runpy.run_path(str(tmp_path / "example.py"))

    printed = capsys.readouterr().out.splitlines()
    assert [line.split()[-2:] for line in printed] == [["256", "7"], ["256", "8"], ["536", "None"]]


def test_every_command_that_the_readme_shows_exists(capsys: pytest.CaptureFixture[str]) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = set(
        re.findall(r"^artgen ([a-z][a-z -]*?)(?: [A-Z./-]| [a-z_-]+[.:\d]|  |$)", text, re.MULTILINE)
    )
    assert {
        "pipeline run",
        "weights list",
        "train",
        "data inspect",
        "component check enhancer",
    } <= commands
    for command in commands:
        words = command.split()[:2]
        assert call(*words, "--help").exit_code == 0, command
