"""The tab that enlarges pictures of one's own."""

from collections.abc import Mapping, Sequence
from typing import Any, final

import gradio as gr
from fastapi import APIRouter

from components.ui.page.controls import control, values_of
from components.ui.page.made_of_pictures import made_of_pictures
from components.ui.page.problems import listed, words_of
from components.ui.page.tab import place
from components.ui.page.uploads import LIMITS, Uploaded, named_uploads, paths_and_names
from components.ui.page.words import keeps_language, mark, t
from interfaces.errors import ArtgenError, SettingsError
from interfaces.ies import BEST_WEIGHTS, DEFAULT_WEIGHTS, FAST_WEIGHTS, SHIPPED_WEIGHTS
from interfaces.page import PageParts
from interfaces.runs import RunRecord, StoredFile

__all__ = ["ENLARGERS", "PLACES", "EnhancePage", "chosen_enlargers", "enhance_routes"]

ENLARGERS: Mapping[str, Mapping[str, str]] = {
    "best": {"kind": "realesrgan", "weights": DEFAULT_WEIGHTS},
    "quick": {"kind": "realesrgan", "weights": FAST_WEIGHTS},
    "faithful": {"kind": "realesrgan", "weights": SHIPPED_WEIGHTS},
    "plain": {"kind": "lanczos"},
}
"""What may enlarge, by the word for it."""
_FIRST = ("enhancement.scale", "enhancement.side", "enhancement.strength")
_FOLDED = (
    "enhancement.colour_match",
    "conversion.preserve",
    "conversion.keep_format",
    "conversion.format",
    "conversion.quality",
)
PLACES = (*_FIRST, *_FOLDED)
"""What has a control of its own."""
_CHANGES: Mapping[str, Mapping[str, Any]] = {
    "enhancement.scale": {"value": 4},
    "enhancement.strength": {"elem_id": "art-strength"},
    "enhancement.side": {"label": mark("Size"), "placeholder": mark("as the scale says")},
    "conversion.preserve": {"value": True},
    "conversion.keep_format": {"value": True},
}
_SHOWN = 30
"""Runs whose pictures are offered to compare."""


@final
class EnhancePage:
    """From pictures to larger ones: drop them, choose what enlarges, compare."""

    title = mark("Enhance")

    def build(self, parts: PageParts) -> None:
        """Put the place to drop pictures and the controls beside the results."""
        with gr.Row(elem_classes="art-split"):
            with gr.Column(scale=2, min_width=280, elem_classes="art-controls"):
                gr.Markdown(f"{t('Drop pictures, and press **Enhance**.')} {t(*LIMITS)}")
                gr.HTML(place("enhance-drop"))
                held = gr.Textbox("[]", label=t("Pictures"), visible=False)
                chosen = gr.CheckboxGroup(
                    [(t(each), each) for each in ENLARGERS],
                    value=["quick"],
                    label=t("Enlarging"),
                    info=t(
                        "best: {0}, seconds for each. quick: {1}. faithful: {2}, nearest to the picture. plain: no network. "
                        "Several: one run each, to be compared.",
                        *(BEST_WEIGHTS, FAST_WEIGHTS, SHIPPED_WEIGHTS),
                    ),
                )
                controls = [_control(each) for each in _FIRST]
                start = gr.Button(t("Enhance"), variant="primary", size="lg", elem_id="art-enhance")
                told = gr.Markdown(elem_id="art-enhance-told")
                with gr.Accordion(t("More settings"), open=False):
                    controls += [_control(each) for each in _FOLDED]
            with gr.Column(scale=5, min_width=320):
                gr.HTML(place("enhance-trial"))
                gr.HTML(place("enhanced"))

        @keeps_language
        def submit(pictures: str, enlarging: Sequence[str], *values: Any) -> str:
            return _told(parts, pictures, enlarging, values_of(PLACES, values))

        start.click(
            submit,
            [held, chosen, *controls],
            told,
            api_name="enhance",
            show_progress="hidden",
            js="async (held, ...others) => [await window.artPictures(), ...others]",
        )


def _control(place: str) -> Any:
    changes: dict[str, Any] = {
        name: t(each) if name in ("label", "placeholder") else each
        for name, each in _CHANGES.get(place, {}).items()
    }
    return control(place, **changes)


def _told(parts: PageParts, held: str, enlarging: Sequence[str], tables: Mapping[str, Any]) -> str:
    """Queue a run for each enlarger, and return what the user is told."""
    said = []
    try:
        pictures = named_uploads(parts, held)
        for name, enhancer in chosen_enlargers(enlarging):
            record: RunRecord = parts.desk.generate(_whole(pictures, enhancer, tables))
            said.append(t("Run {0} is queued: {1}.", record.id, t(name)))
    except ArtgenError as error:
        said += words_of(error, parts).splitlines()
    return listed(said)


def chosen_enlargers(names: Sequence[str]) -> Sequence[tuple[str, Mapping[str, str]]]:
    """Return each name once, with the settings of its enhancer.

    Raises:
        SettingsError: there is none, or an unknown one.
    """
    if not names or not {*names} <= {*ENLARGERS}:
        raise SettingsError(
            t("enlarging: wanted one or several of {0}, got {1}", ", ".join(ENLARGERS), list(names))
        )
    return [(name, ENLARGERS[name]) for name in dict.fromkeys(names)]


def _whole(
    pictures: Sequence[Uploaded], enhancer: Mapping[str, str], tables: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the settings of a run."""
    enhancement = {**tables["enhancement"], "enhancer": dict(enhancer)}
    if "side" in enhancement:
        enhancement.pop("scale", None)
    source = {"kind": "pictures", **paths_and_names(pictures)}
    return {
        "generation": {"count": len(pictures), "seed": 0, "source": source},
        "enhancement": enhancement,
        "conversion": {**tables["conversion"], "contact_sheet": False},
    }


def enhance_routes(parts: PageParts) -> APIRouter:
    """Return what the browser asks of enlarged pictures."""
    routes = APIRouter(prefix="/art")

    @routes.get("/enhanced")
    def enhanced() -> dict[str, Any]:
        """Return the pictures that were handed in, newest first, each with what was made of it."""
        found: dict[str, dict[str, Any]] = {}
        for record in parts.queue.list(_SHOWN):
            for made in made_of_pictures(parts, record, "pictures"):
                row = found.setdefault(
                    made.picture, {"picture": made.picture, "name": made.name, "results": []}
                )
                row["results"].append(_row(made.file, made.config["enhancement"]))
        return {"pictures": list(found.values())}

    return routes


def _row(file: StoredFile, enhancement: Mapping[str, Any]) -> dict[str, Any]:
    network = enhancement["enhancer"]
    row = file.model_dump(mode="json", include={"run", "name", "seed", "width", "height"})
    by = network.get("weights") or network["kind"]
    return {**row, "by": by, "strength": enhancement["strength"]}
