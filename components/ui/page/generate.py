"""The tab that generates pictures."""

from collections.abc import Mapping
from typing import Any, final

import gradio as gr

from components.ui.page.controls import Choice, control, values_of
from components.ui.page.tab import place
from interfaces.errors import ArtgenError, SettingsError
from interfaces.ics import ICS
from interfaces.ies import BEST_WEIGHTS, FAST_WEIGHTS, IES, Realesrgan
from interfaces.igs import IGS
from interfaces.page import PageParts

__all__ = ["GeneratePage"]

_SIDES = [64, 256, 1024]
_QUICK, _BEST = "quick", "best"
_NETWORKS = {_BEST: None, _QUICK: FAST_WEIGHTS}


@final
class GeneratePage:
    """From nothing to pictures: how many, in which style, how large."""

    title = "Generate"

    def build(self, parts: PageParts) -> None:
        """Put the controls beside what is being made."""
        models = parts.models.list()
        styles = list(models[0].styles) if models else []
        with gr.Row(elem_classes="art-split"):
            with gr.Column(scale=2, min_width=280, elem_classes="art-controls"):
                gr.Markdown(
                    "Press **Generate** for a new picture. Every setting has a sensible value already."
                )
                choices = [
                    control(IGS, "generation.count", info="How many pictures."),
                    control(
                        IGS,
                        "generation.seeds",
                        value="",
                        label="Seed",
                        placeholder="drawn",
                        info="Empty: another one each time. Or several: 1,5,9-12.",
                    ),
                    control(IGS, "generation.style", choices=["", *styles], value="", info="Empty: any."),
                    control(
                        IES,
                        "enhancement.side",
                        choices=_SIDES,
                        value=1024,
                        allow_custom_value=True,
                        info="Of the longer side.",
                    ),
                ]
                quality = gr.Radio(
                    [_BEST, _QUICK],
                    value=_BEST,
                    label="Enlarging",
                    info=f"{BEST_WEIGHTS}: seconds each; {FAST_WEIGHTS}: at once, plainer.",
                )
                start = gr.Button("Generate", variant="primary", size="lg", elem_id="art-generate")
                told = gr.Markdown(elem_id="art-told")
                with gr.Accordion("More settings", open=False):
                    choices += _more(parts)
            with gr.Column(scale=5, min_width=320):
                gr.HTML(place("live"))

        def submit(network: str, *values: Any) -> str:
            tables = values_of(choices, values)
            return _submit(parts, tables, _NETWORKS[network])

        start.click(
            submit,
            [quality, *(each.control for each in choices)],
            told,
            api_name="generate",
            show_progress="hidden",
        )


def _more(parts: PageParts) -> list[Choice]:
    names = [model.name for model in parts.models.list()]
    return [
        Choice(
            "model",
            gr.Dropdown(["", *names], value="", label="Model", info="Empty: the one that comes with artgen."),
        ),
        control(IES, "enhancement.strength"),
        control(IES, "enhancement.colour_match"),
        control(Realesrgan, "enhancement.enhancer.tta", label="Mean of eight"),
        control(Realesrgan, "enhancement.enhancer.precision"),
        control(ICS, "conversion.format"),
        control(ICS, "conversion.quality"),
        control(ICS, "conversion.contact_sheet"),
        control(ICS, "conversion.metadata"),
    ]


def _submit(parts: PageParts, tables: Mapping[str, Any], weights: str | None) -> str:
    generation = dict(tables.get("generation", {}))
    seeds = str(generation.get("seeds", "")).strip()
    if seeds.isdecimal():  # the first of so many
        generation |= {"seed": int(seeds)}
        del generation["seeds"]
    elif seeds:
        del generation["count"]
    enhancement = dict(tables.get("enhancement", {}))
    enhancer = {
        "kind": "realesrgan",
        **enhancement.get("enhancer", {}),
        **({"weights": weights} if weights else {}),
    }
    side = int(enhancement.get("side", 1024))
    values = {
        **tables,
        "generation": generation,
        "enhancement": {
            **enhancement,
            "side": side,
            "keep": [s for s in (64,) if s < side],
            "enhancer": enhancer,
        },
    }
    try:
        record = parts.desk.generate(values)
    except SettingsError as error:
        return "\n".join(f"- {problem}" for problem in error.problems)
    except (ArtgenError, ValueError) as error:
        return str(error)
    return f"Run {record.id} is queued."
