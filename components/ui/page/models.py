"""The tab with the trained models."""

from typing import final

import gradio as gr

from components.ui.page.tab import place
from components.ui.page.words import mark
from interfaces.page import PageParts

__all__ = ["ModelsPage"]


@final
class ModelsPage:
    """What each model is and makes; two of them beside each other."""

    title = mark("Models")

    def build(self, parts: PageParts) -> None:
        """Leave the places to the browser: models come while trainings end."""
        gr.HTML(place("comparison"))
        gr.HTML(place("models"))
