"""Every help text ends with lines that a reader can type."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from rich.text import Text
from typer.main import get_command
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.cli.examples import EXAMPLES
from tests.e2e.cli import parse


def _tree(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    yield " ".join(path), command
    for name, inner in getattr(command, "commands", {}).items():
        yield from _tree(inner, (*path, name))


COMMANDS: Mapping[str, Any] = dict(_tree(get_command(app)))


def _lines(path: str) -> list[str]:
    text = str(COMMANDS[path].epilog or "").replace("\\\n", " ")
    return [line for line in text.splitlines() if line.startswith("artgen ")]


def test_no_example_is_of_a_command_that_is_not_there() -> None:
    assert set(EXAMPLES) <= set(COMMANDS)


@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_and_group_has_examples_of_itself_that_can_be_typed(path: str) -> None:
    lines = _lines(path)
    assert 1 <= len(lines) <= 3, "add some to pipeline/cli/examples.py"
    for line in lines:
        assert f"{line} ".startswith(f"artgen {path}".rstrip() + " ")
        parse(line)


@pytest.mark.parametrize("path", COMMANDS)
def test_no_word_of_a_help_text_is_taken_for_markup(path: str) -> None:
    texts = [COMMANDS[path].help, *(getattr(each, "help", None) for each in COMMANDS[path].params)]
    for text in filter(None, texts):
        shown = Text.from_markup(text).plain
        assert shown == text.replace("\\[", "[")


@pytest.mark.parametrize("path", ["", "enhance", "pipeline run", "sweep", "train"])
def test_the_examples_stand_whole_at_the_end_of_the_help_in_a_narrow_terminal(path: str) -> None:
    shown = CliRunner().invoke(app, [*path.split(), "--help"], env={"COLUMNS": "80"}).output
    ending = [line.strip() for line in shown.rstrip().splitlines()]
    wanted = EXAMPLES[path].strip().splitlines()
    assert ending[-len(wanted) :] == [line.strip() for line in wanted]
