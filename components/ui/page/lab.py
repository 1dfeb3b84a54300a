"""The tab that looks inside a generator."""

from typing import final

import gradio as gr

from components.ui.page.tab import place
from components.ui.page.words import mark, t
from interfaces.page import PageParts

__all__ = ["LabPage"]


@final
class LabPage:
    """A latent space under the hand: the image at a point, every layer there, and what parts of a layer are for."""

    title = mark("Laboratory")

    def build(self, parts: PageParts) -> None:
        """Put the place up that the script fills: a slider's answer must not wait for Gradio's queue."""
        gr.Markdown(
            t(
                "A generator makes each picture from a **point** of its latent space. Move the point, and watch the picture and the layers "
                "that make it."
            )
        )
        gr.HTML(place("lab"))
