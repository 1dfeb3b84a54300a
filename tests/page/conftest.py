"""Marks the tests of the page: servers and browsers take long, so they run beside the others (`make test-page`); and a word to wait for."""

from pathlib import Path

import pytest

from tests.page.waiting import Word

_QUICK = ("sentences.py", "test_controls.py", "test_words.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder that starts a server or a browser."""
    here = Path(__file__).parent
    for item in items:
        if item.path.parent == here and item.path.name not in _QUICK:
            item.add_marker("page")


@pytest.fixture
def word(tmp_path: Path) -> Word:
    """A word for runs that are held: no picture is made before a test lets it."""
    word = Word(tmp_path / "word")
    word.let(-1)
    return word
