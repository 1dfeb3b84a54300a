"""What Gradio does that the page has no use for: it writes type stubs whenever it is imported, and asks a thousand times a second."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.page.browser import needs_gradio

pytestmark = needs_gradio
_PROGRAM = """
import inspect, json, sys
sys.path.insert(0, sys.argv[1])
if sys.argv[2] == "page":
    import components.ui.page
import gradio, gradio.component_meta, gradio.queueing
queue, button = gradio.Blocks()._queue, gradio.Button("x")
print(json.dumps({
    "stubs": gradio.component_meta.create_or_modify_pyi.__module__,
    "component": [type(button).__name__, callable(button.click)],
    "pauses": [queue.sleep_when_free, queue.progress_update_sleep_when_free],
    "source": inspect.getsource(gradio.queueing),
}))
"""


def imported(how: str) -> Any:
    """Return what Gradio is like in a process of its own."""
    command = [sys.executable, "-c", _PROGRAM, str(Path(__file__).parents[2]), how]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=True)
    return json.loads(done.stdout)


def test_components_are_whole_without_the_stubs_that_gradio_would_write() -> None:
    """Should Gradio write them otherwise one day, the first line fails: then the module can go, or must learn it."""
    alone, page = imported("alone"), imported("page")
    assert alone["stubs"] == "gradio.component_meta"
    assert page["stubs"] == "components.ui.page._quick_gradio"
    assert alone["component"] == page["component"] == ["Button", True]


def test_gradio_asks_as_often_as_it_is_told_to() -> None:
    """Should it call these otherwise one day, `_calm` of the server would set what nobody reads."""
    found = imported("page")
    assert all(0 < each <= 0.1 for each in found["pauses"])
    assert "asyncio.sleep(self.sleep_when_free)" in found["source"]
    assert "asyncio.sleep(self.progress_update_sleep_when_free)" in found["source"]
