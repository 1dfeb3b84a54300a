"""The tab with all pictures that were made."""

from typing import final

import gradio as gr

from components.ui.page.tab import place
from components.ui.page.words import mark
from interfaces.page import PageParts

__all__ = ["GalleryPage"]


@final
class GalleryPage:
    """Pictures of all runs, newest first: to look through, to rate, to sort out; each says how it was made."""

    title = mark("Gallery")

    def build(self, parts: PageParts) -> None:
        """Leave the place to the browser, which asks for some pictures of the filter at a time."""
        gr.HTML(place("gallery"))
