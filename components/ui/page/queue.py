"""The tab with the runs: what waits, what is under way, what has ended."""

from typing import final

import gradio as gr

from components.ui.page.tab import place
from components.ui.page.words import mark
from interfaces.page import PageParts

__all__ = ["QueuePage"]


@final
class QueuePage:
    """Runs of every kind, with what can be done about each."""

    title = mark("Runs")

    def build(self, parts: PageParts) -> None:
        """Leave the place to the browser, which asks for the state every second."""
        gr.HTML(place("queue"))
