"""Marks the tests of the page: servers and browsers take long, so they run beside the others (`make test-page`)."""

from pathlib import Path

import pytest

_QUICK = ("sentences.py", "test_controls.py", "test_words.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder that starts a server or a browser."""
    here = Path(__file__).parent
    for item in items:
        if item.path.parent == here and item.path.name not in _QUICK:
            item.add_marker("page")
