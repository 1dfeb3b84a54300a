"""Fills the controls with the settings of a picture that the browser asks for."""

import json
from collections.abc import Mapping
from typing import Any

import gradio as gr

__all__ = ["use_settings"]


def use_settings(controls: Mapping[str, Any], name: str = "art-use") -> None:
    """Add what fills ``controls``, by the places of what they hold, when ``fillControls`` of ``static/use.js`` is called with ``name``."""
    asked = gr.Textbox(visible="hidden", elem_id=name, label="Settings of a picture")
    press = gr.Button("Use", visible="hidden", elem_id=f"{name}-press")

    def fill(text: str) -> list[Any]:
        values = json.loads(text)
        return [gr.update(value=values[place]) if place in values else gr.skip() for place in controls]

    press.click(fill, asked, list(controls.values()), api_visibility="private", show_progress="hidden")
