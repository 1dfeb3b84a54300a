"""How the page looks: calm, with the fonts of the system, light or dark as the browser is."""

import gradio as gr

__all__ = ["THEME"]

_FONTS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif")
_MONO = ("ui-monospace", "Consolas", "monospace")

THEME = gr.themes.Base(
    primary_hue="teal", neutral_hue="stone", radius_size="md", font=_FONTS, font_mono=_MONO
).set(
    body_background_fill="*neutral_50",
    body_background_fill_dark="*neutral_950",
    # Gradio's own are too faint to read
    body_text_color_subdued="*neutral_600",
    body_text_color_subdued_dark="*neutral_400",
    block_info_text_color="*neutral_600",
    block_info_text_color_dark="*neutral_400",
    block_label_text_color="*neutral_700",
    block_title_text_color="*neutral_700",
)
"""No font comes from elsewhere: no request leaves the machine."""
