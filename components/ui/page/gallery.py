"""The tab with all pictures that were made."""

from typing import final

import gradio as gr

from components.ui.page.tab import place
from interfaces.page import PageParts

__all__ = ["GalleryPage"]


@final
class GalleryPage:
    """Pictures of all runs, newest first; a look at one shows how it was made."""

    title = "Gallery"

    def build(self, parts: PageParts) -> None:
        """Leave the place to the browser, which loads small copies as they come into sight."""
        gr.HTML(place("gallery"))
