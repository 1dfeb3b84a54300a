"""What a tab of the page is."""

from typing import Protocol

from interfaces.page import PageParts

__all__ = ["Page", "place"]


class Page(Protocol):
    """One tab."""

    title: str
    """On the tab."""

    def build(self, parts: PageParts) -> None:
        """Put the tab's controls into the Gradio block under construction."""
        ...


def place(view: str) -> str:
    """Return the HTML of a place that the browser fills: the tab's script has a view of that name (`view` of ``static/art.js``).

    >>> place("queue")
    '<div class="art-view" data-view="queue"></div>'
    """
    return f'<div class="art-view" data-view="{view}"></div>'
