"""How the page looks: calm, with the fonts of the system, light or dark as the browser is."""

import gradio as gr

__all__ = ["THEME"]

_FONTS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif")
_MONO = ("ui-monospace", "Consolas", "monospace")

THEME = gr.themes.Base(
    primary_hue="teal", neutral_hue="stone", radius_size="md", font=_FONTS, font_mono=_MONO
).set(body_background_fill="*neutral_50", body_background_fill_dark="*neutral_950")
"""No font comes from elsewhere: no request leaves the machine."""
