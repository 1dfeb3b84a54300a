"""Gradio writes type stubs beside its components whenever it is imported; the page leaves that out."""

import json
import subprocess
import sys
from pathlib import Path

from tests.page.browser import needs_gradio

pytestmark = needs_gradio
_PROGRAM = """
import json, sys
sys.path.insert(0, sys.argv[1])
if sys.argv[2] == "page":
    import components.ui.page
import gradio, gradio.component_meta
button = gradio.Button("x")
print(json.dumps([gradio.component_meta.create_or_modify_pyi.__module__, type(button).__name__, callable(button.click)]))
"""


def imported(how: str) -> list[object]:
    """Return who writes the stubs, and whether a component has its events, in a process of its own."""
    root = str(Path(__file__).parents[2])
    command = [sys.executable, "-c", _PROGRAM, root, how]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=True)
    found: list[object] = json.loads(done.stdout)
    return found


def test_components_are_whole_without_the_stubs_that_gradio_would_write() -> None:
    """Should Gradio write them otherwise one day, the first line fails: then the module can go, or must learn it."""
    assert imported("alone") == ["gradio.component_meta", "Button", True]
    assert imported("page") == ["components.ui.page._quick_gradio", "Button", True]
