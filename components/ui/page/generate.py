"""The tab that generates pictures."""

from collections.abc import Mapping, Sequence
from typing import Any, final

import gradio as gr

from components.ui.page.controls import control, values_of
from components.ui.page.problems import listed, words_of
from components.ui.page.tab import place
from components.ui.page.use_settings import use_settings
from components.ui.page.words import keeps_language, mark, t
from interfaces.errors import ArtgenError, WeightsError
from interfaces.ies import BEST_WEIGHTS, FAST_WEIGHTS
from interfaces.page import PageParts
from interfaces.runs import RunRecord

__all__ = ["ELSEWHERE", "FIELDS", "GeneratePage", "whole"]

_WALK = "generation.source.to"
_BEST, _QUICK = "best", "quick"
_PREVIEW = 64
"""Side of what the models of artgen make: kept beside the enlarged picture, to compare the two."""

_FIRST = ("generation.count", "generation.seeds", "generation.style", "enhancement.side")
_FOLDED = (
    _WALK,
    "enhancement.strength",
    "enhancement.colour_match",
    "enhancement.enhancer.weights",
    "enhancement.enhancer.denoise",
    "enhancement.enhancer.tta",
    "enhancement.enhancer.precision",
    "enhancement.enhancer.tile_px",
    "enhancement.enhancer.overlap_px",
    "conversion.format",
    "conversion.quality",
    "conversion.metadata",
    "conversion.ai_mark",
    "conversion.contact_sheet",
)
FIELDS = (*_FIRST, *_FOLDED)
"""What has a control of its own."""

ELSEWHERE: Mapping[str, str] = {
    "generation.seed": "the control of the seeds says it: one number is the first seed",
    "generation.source": "this tab generates from noise, and walks where it is told to; other sources have tabs of their own",
    "enhancement.scale": "the size says it",
    "enhancement.keep": f"the picture of {_PREVIEW} px is kept always",
    "enhancement.enhancer.kind": "follows from the weights",
    "enhancement.enhancer.twin": "goes with the weights that have one",
    "enhancement.enhancer.options": "the page runs no foreign component",
    "conversion.film": "a walk has one",
    "conversion.frames_per_second": "as the film",
    "conversion.there_and_back": "as the film",
    "conversion.preserve": "what is generated has nothing to preserve",
    "conversion.keep_format": "what is generated has no format of its own",
}
"""Fields without a control here, and why."""


@final
class GeneratePage:
    """From nothing to pictures: how many, in which style, how large."""

    title = mark("Generate")

    def build(self, parts: PageParts) -> None:
        """Put the controls beside what is being made."""
        with gr.Row(elem_classes="art-split"):
            with gr.Column(scale=2, min_width=280, elem_classes="art-controls"):
                gr.Markdown(
                    t("Press **Generate** for a new picture. Every setting has a sensible value already.")
                )
                controls = _first(_styles(parts))
                quality = gr.Radio(
                    [(t("best"), _BEST), (t("quick"), _QUICK)],
                    value=_BEST,
                    label=t("Enlarging"),
                    info=t("{0}: seconds for each. {1}: at once, and plainer.", BEST_WEIGHTS, FAST_WEIGHTS),
                )
                start = gr.Button(t("Generate"), variant="primary", size="lg", elem_id="art-generate")
                told = gr.Markdown(elem_id="art-told")
                with gr.Accordion(t("More settings"), open=False):
                    model = gr.Dropdown(
                        _models(parts),
                        value="",
                        label=t("Model"),
                        info=t("Empty: the default one, as the tab Models says."),
                        allow_custom_value=True,
                    )
                    controls += [_folded(each) for each in _FOLDED]
            with gr.Column(scale=5, min_width=320):
                gr.HTML(place("live"))

        @keeps_language
        def submit(enlarging: str, model: str, *values: Any) -> str:
            tables = values_of(("model", *FIELDS), (model, *values))
            return _told(parts, whole(tables, quick=enlarging == _QUICK))

        def refreshed() -> tuple[Any, Any]:
            return gr.Dropdown(choices=_models(parts)), gr.Dropdown(choices=["", *_styles(parts)])

        style = controls[_FIRST.index("generation.style")]
        gr.on(fn=refreshed, outputs=[model, style], api_visibility="private")  # when a page is opened
        use_settings(dict(zip(("quality", "model", *FIELDS), (quality, model, *controls), strict=True)))
        start.click(submit, [quality, model, *controls], told, api_name="generate", show_progress="hidden")


def _models(parts: PageParts) -> list[str]:
    made_of_noise = (each for each in parts.models.list() if each.architecture.takes.kind == "latent")
    return ["", *(model.name for model in made_of_noise)]


def _styles(parts: PageParts) -> Sequence[str]:
    """Return the styles that the default model can be asked for."""
    try:
        model = parts.models.get()
    except WeightsError:  # there is none, or it is altered: a run will say so
        return ()
    return model.styles if model.conditional else ()


def _first(styles: Sequence[str]) -> list[Any]:
    changes: Mapping[str, dict[str, Any]] = {
        "generation.count": {"info": t("How many pictures.")},
        "generation.seeds": {
            "label": t("Seed"),
            "placeholder": t("drawn"),
            "info": t("Empty: another one each time. A number: the first one. Or each of them: 1,5,9-12."),
        },
        "generation.style": {
            "choices": ["", *styles],
            "value": "",
            "allow_custom_value": True,  # another model has other styles
            "info": t("Empty: any."),
        },
        "enhancement.side": {
            "choices": [64, 256, 1024],
            "value": 1024,
            "allow_custom_value": True,
            "label": t("Size"),
        },
    }
    return [control(each, **changes.get(each, {})) for each in _FIRST]


def _folded(place: str) -> Any:
    if place == _WALK:
        return control(place, label=t("Walk to"), placeholder=t("no walk"))
    return control(place)


def whole(tables: Mapping[str, Any], *, quick: bool) -> dict[str, Any]:
    """Return the settings of a run from what the controls hold."""
    generation, enhancement = dict(tables["generation"]), dict(tables["enhancement"])
    seeds = str(generation.pop("seeds", "")).strip()
    if seeds.isdecimal():
        generation["seed"] = int(seeds)
    elif seeds:
        generation["seeds"] = seeds
        del generation["count"]  # they say it
    conversion = dict(tables["conversion"])
    if to := str(generation.pop("source", {}).get("to", "")).strip():
        generation["source"] = {"kind": "walk", "to": to}
        conversion["film"] = "webp"
    weights = {"weights": FAST_WEIGHTS} if quick else {}
    enhancement["enhancer"] = {"kind": "realesrgan", **enhancement.get("enhancer", {}), **weights}
    if str(enhancement["side"]).isdecimal() and int(enhancement["side"]) > _PREVIEW:
        enhancement["keep"] = [_PREVIEW]
    return {**tables, "generation": generation, "enhancement": enhancement, "conversion": conversion}


def _told(parts: PageParts, values: Mapping[str, Any]) -> str:
    """Queue a run, and return what the user is told."""
    try:
        record: RunRecord = parts.desk.generate(values)
    except ArtgenError as error:
        return listed(words_of(error, parts).splitlines())
    return t("Run {0} is queued.", record.id)
