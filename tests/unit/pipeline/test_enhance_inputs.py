"""Files are found by the names that they have, and what is left out is told."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from interfaces.errors import SettingsError
from interfaces.events import Event, Notice
from pipeline.enhance.inputs import plan_pictures
from tests.conftest import ROOT
from tests.e2e.cli import call, call_json
from tests.samples import paint

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def names(*inputs: str, out: str = "out") -> list[str]:
    return [job.name for job in plan_pictures(inputs, Path(out).absolute(), None)]


@posix
@pytest.mark.parametrize("name", ["12:30:45.png", "back\\slash.png", "x" * 251 + ".png", "é" * 125 + ".tiff"])
def test_a_picture_of_any_name_is_made(name: str, here: Path) -> None:
    paint().save(here / name)
    report = call_json("enhance", name, "--enhancer", "lanczos", "--scale", 1)
    assert report["made"] == 1
    assert [path.name for path in (here / "enhanced").glob("*[!l]")] == [name]


@posix
def test_a_name_that_would_become_too_long_loses_its_end(here: Path) -> None:
    paint().save(here / ("x" * 251 + ".gif"))
    paint().save(here / ("x" * 251 + ".png"))
    for name in names("*.*"):
        assert len(name) <= 255
    assert call_json("enhance", "*.*", "--enhancer", "lanczos", "--format", "webp")["made"] == 2


def test_a_pattern_below_a_folder_with_brackets_matches(here: Path) -> None:
    folder = here / "set [final]" / "in"
    folder.mkdir(parents=True)
    paint().save(folder / "a.png")
    assert names("set [final]/*/*.png") == ["in/a.png"]
    assert names("set [final]/in/?.png") == ["a.png"]
    assert names("set*/in/a.png") == ["set [final]/in/a.png"]


@pytest.mark.parametrize("text", ["x" * 300, "~nobody-of-that-name/x.png", "*" * 300])
def test_an_argument_that_can_be_no_name_is_nothing_found(text: str, here: Path) -> None:
    with pytest.raises(SettingsError, match=r"found nothing|matches none"):
        plan_pictures([text], here / "out", None)
    refused = call("enhance", text)
    assert refused.exit_code == 2
    assert "Traceback" not in refused.output


@pytest.mark.parametrize(
    "command",
    [
        ("enhance", "a.png", "--out"),
        ("pipeline", "run", "--model"),
        ("report",),
        ("model", "show"),
        ("results", "list", "--out"),
    ],
)
def test_a_name_that_is_too_long_is_refused_in_one_line(command: tuple[str, ...], here: Path) -> None:
    paint().save(here / "a.png")
    refused = call(*command, "x" * 300)
    assert refused.exit_code == 2
    assert "got one that is too long" in refused.stderr or sys.platform == "win32"


def test_what_is_left_out_of_a_folder_is_told(here: Path) -> None:
    (here / "in").mkdir()
    (here / "elsewhere").mkdir()
    paint().save(here / "in" / "a.png")
    paint().save(here / "elsewhere" / "b.png")
    for name in ("a.HEIC", "b.heic", "c.cr2", "d.jxl"):
        (here / "in" / name).write_bytes(b"\0\0\0\x18ftypheic")
    (here / "in" / "linked").symlink_to(here / "elsewhere", target_is_directory=True)
    for text in ("in", "in*"):
        told: list[Event] = []
        plan_pictures([text], here / "out", None, listener=told.append)
        texts = [event.text for event in told if isinstance(event, Notice)]
        assert "a.HEIC" in texts[0]
        assert "and 1 more; save them as JPEG, PNG or TIFF" in texts[0]
        assert "linked folders" in texts[1]
    shown = call("enhance", "in", "--enhancer", "lanczos")
    assert "left out, since their formats are not read" in shown.stderr
    refused = call("enhance", "in/a.HEIC", "--enhancer", "lanczos")
    assert "it is of the format HEIC" in " ".join(refused.stdout.split())


def test_names_that_differ_in_case_alone_are_two_where_they_can_be(here: Path) -> None:
    (here / "in").mkdir()
    paint().save(here / "in" / "a.png")
    paint(seed=1).save(here / "in" / "A.png")
    if len(os.listdir(here / "in")) == 1:
        pytest.skip("this file system knows one name of the two")
    report = call_json("enhance", "in", "--enhancer", "lanczos", "--scale", 1)
    assert report["made"] == 2
    with Image.open(here / "enhanced" / "A.png") as one, Image.open(here / "enhanced" / "a.png") as other:
        assert one.tobytes() != other.tobytes()


@posix
def test_control_characters_of_a_name_do_not_reach_the_terminal(here: Path) -> None:
    name = "a\x1b[2J\u202eb\udcff.png"
    paint().save(os.fsencode(here / name).decode("utf-8", "surrogateescape"))
    for arguments in (["."], ["gone\x1b[2J.png"]):
        shown = call("enhance", *arguments, "--enhancer", "lanczos")
        assert "\x1b[2J" not in shown.output
        assert "\\x1b[2J" in shown.output.replace("\n", "")
        assert "\u202e" not in shown.output


@posix
@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_name_that_the_terminal_cannot_write_does_not_undo_what_was_made(encoding: str, here: Path) -> None:
    paint().save(here / "北斎.png")
    command = [sys.executable, "-m", "pipeline.cli", "enhance", "北斎.png", "--enhancer", "lanczos"]
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False)
    assert b"\\u5317\\u658e.png" in done.stdout
