"""The tab that gives pictures the style of others."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, final

import gradio as gr

from components.ui.fields import field_of
from components.ui.page.controls import UNENLARGED, control, values_of
from components.ui.page.problems import listed, words_of
from components.ui.page.style_pictures import StylePictures, style_pictures
from components.ui.page.tab import place
from components.ui.page.uploads import LIMITS
from components.ui.page.use_settings import use_settings
from components.ui.page.words import keeps_language, mark, t
from interfaces.errors import ArtgenError, SettingsError
from interfaces.page import PageParts

__all__ = ["PLACES", "USES", "WITHOUT", "StylePage"]

_OPTIMISED = frozenset(
    {
        "blend", "masks", "content_weight", "style_weight", "smoothness", "style_scale", "content_layers", "style_layers",
        "start", "optimizer", "steps", "smallest", "pooling", "features",
    }
)  # fmt: skip
USES: Mapping[str, frozenset[str]] = {
    "gatys": _OPTIMISED,
    "moments": _OPTIMISED,
    "sliced-wasserstein": _OPTIMISED,
    "strotss": _OPTIMISED - {"smoothness", "content_layers", "style_layers", "optimizer"},
    "feedforward": frozenset(),
    "reinhard": frozenset({"blend", "masks"}),
    "histogram": frozenset({"blend", "masks"}),
}
"""The algorithms, each with the fields that only some of them make use of."""
_OF_SOME = frozenset().union(*USES.values())
_SOURCE = "generation.source."
_FIRST = tuple(
    _SOURCE + name
    for name in ("algorithm", "size", "content_weight", "style_weight", "original_colours", "start")
)
_FOLDED = (
    *(
        _SOURCE + name
        for name in (
            "features", "steps", "optimizer", "style_scale", "smoothness", "smallest", "content_layers", "style_layers",
            "pooling", "flip", "rotate", "crop", "canvas", "denoise_before", "denoise_after", "precision",
        )
    ),
    "generation.seed",
    "conversion.format",
    "conversion.quality",
)  # fmt: skip
PLACES = (*_FIRST, *_FOLDED)
"""What has a control of its own."""
WITHOUT: Mapping[str, str] = {
    "kind": "the tab says it",
    "paths": "the pictures that are dropped as content",
    "names": "those of the dropped pictures",
    "style_names": "those of the dropped styles",
    "variations": "the grid of weights is made of them",
    "styles": "the pictures that are dropped as style",
    "masks": "painted beside each style",
    "blend": "a number beside each style",
}
"""Fields of `Stylize` without a control here, and why."""
_MOST_WEIGHT = 10
_FEATURES, _RANDOM = "vgg19", "random"
_GRID = (0.3, 1.0, 3.0)
"""Weights that the grid tries, of rows and of columns."""
_QUICK: Mapping[str, Any] = {"size": 128, "smallest": 64, "steps": 30}
"""What makes one of its pictures within seconds."""


@final
class StylePage:
    """From a content and a style to a picture that has both."""

    title = mark("Style")

    def build(self, parts: PageParts) -> None:
        """Put the places to drop pictures and the controls beside the results."""
        with gr.Row(elem_classes="art-split"):
            with gr.Column(scale=2, min_width=280, elem_classes="art-controls"):
                gr.Markdown(
                    t(
                        "Drop a picture whose **content** stays, and one or several whose **style** it gets; then press "
                        "**Stylize**. **Preview grid** shows first, small, how the two weigh against each other."
                    )
                )
                gr.HTML(place("style-drop"))
                gr.Markdown(t(*LIMITS))
                held = gr.Textbox("{}", label=t("Pictures"), visible=False)
                has_features = parts.has_weights(_FEATURES)
                controls = [_control(each, has_features) for each in _FIRST]
                with gr.Row():
                    grid = gr.Button(t("Preview grid"), size="lg", elem_id="art-style-grid")
                    start = gr.Button(t("Stylize"), variant="primary", size="lg", elem_id="art-stylize")
                told = gr.Markdown(elem_id="art-style-told")
                if not has_features:
                    gr.Markdown(_missing(), elem_id="art-style-missing")
                with gr.Accordion(t("More settings"), open=False):
                    model = gr.Dropdown(
                        ["", *_networks(parts)],
                        value="",
                        label=t("Trained network"),
                        info=t("For feedforward alone: a model that was trained on a style."),
                    )
                    controls += [_control(each, has_features) for each in _FOLDED]
            with gr.Column(scale=5, min_width=320):
                tried = gr.HTML(elem_id="art-style-tried")
                gr.HTML(place("stylized"))
        use_settings(dict(zip(PLACES, controls, strict=True)), "art-style-use")

        @keeps_language
        def submit(pictures: str, model: str, *values: Any) -> str:
            return _told(parts, pictures, model, values)

        @keeps_language
        def preview(pictures: str, *values: Any) -> tuple[str, Any]:
            return _tried(parts, pictures, values)

        with_pictures = "async (held, ...others) => [await window.artStyle(), ...others]"
        shown: dict[str, Any] = {"show_progress": "hidden", "js": with_pictures}
        start.click(submit, [held, model, *controls], told, api_name="stylize", **shown)
        grid.click(preview, [held, *controls], [told, tried], api_name="style_grid", **shown)


def _control(place: str, has_features: bool) -> Any:
    name = place.removeprefix(_SOURCE)
    if name == "algorithm":
        info = t(
            "gatys, moments and sliced-wasserstein move the pixels for minutes. reinhard and histogram carry the colours over, at "
            "once. feedforward is a trained network."
        )
        return control(place, choices=[*USES], info=info)
    if name == "features":
        info = t("Network whose features compare pictures: vgg19, or random, which knows textures alone.")
        value = _FEATURES if has_features else _RANDOM
        return control(place, choices=[_FEATURES, _RANDOM], value=value, info=info)
    if place == "generation.seed":
        return control(place, value=None, placeholder=t("drawn"))
    return control(place, most=_MOST_WEIGHT if name in ("content_weight", "style_weight") else None)


def _missing() -> str:
    return t(
        "The features that compare pictures, VGG19, are not on this machine: `artgen weights get vgg19` gets them. Without them, "
        "the page takes random ones, which know textures alone."
    )


def _networks(parts: PageParts) -> Sequence[str]:
    return [each.name for each in parts.models.list() if each.architecture.takes.kind == "picture"]


def _told(parts: PageParts, held: str, model: str, values: Sequence[Any]) -> str:
    """Queue a run, and return what the user is told."""
    try:
        pictures = style_pictures(parts, held)
        tables, idle = _whole(pictures, values)
        record = parts.desk.generate({**tables, "model": model} if model else tables)
    except ArtgenError as error:
        return listed(words_of(error, parts).splitlines())
    return listed([t("Run {0} is queued.", record.id), *idle])


def _tried(parts: PageParts, held: str, values: Sequence[Any]) -> tuple[str, Any]:
    """Queue a trial of several weights, and return what the user is told, and the place where the browser shows it."""
    try:
        pictures = style_pictures(parts, held)
        tables, _ = _whole(pictures, values)
        source = tables["generation"]["source"]
        if not {"content_weight", "style_weight"} <= USES[source["algorithm"]]:
            raise SettingsError(
                t(
                    "algorithm: {0} has no weights to try; take gatys, moments or sliced-wasserstein",
                    source["algorithm"],
                )
            )
        source |= _QUICK
        source.pop("precision", None)
        name = f"style/{pictures.key(source)}"
        record = parts.desk.try_weights(name, tables, _GRID, _GRID)
    except ArtgenError as error:
        return listed(words_of(error, parts).splitlines()), gr.skip()
    facts = {"run": record.id, "trial": name.partition("/")[2], "weights": ",".join(map(str, _GRID))}
    data = "".join(f' data-{key}="{escape(value)}"' for key, value in facts.items())
    shown = place("style-grid").replace(' data-view="', f'{data} data-view="')
    return "", gr.HTML(shown)


def _whole(pictures: StylePictures, values: Sequence[Any]) -> tuple[dict[str, Any], list[str]]:
    """Return the settings of a run, and what is said of controls that the algorithm makes no use of, whose values are left out."""
    tables = values_of(PLACES, values)
    source, idle = tables["generation"]["source"], []
    algorithm = source.get("algorithm")
    if algorithm not in USES:
        raise SettingsError(t("algorithm: wanted one of {0}, got {1!r}", ", ".join(USES), algorithm))
    for name in _OF_SOME - USES[algorithm]:
        value = source.pop(name, None)
        if value is not None and name != "features" and value != field_of(_SOURCE + name).default:
            idle.append(name.replace("_", " "))
    source |= {"kind": "stylize", **pictures.settings(blends="blend" in USES[algorithm])}
    tables["generation"]["count"] = len(source["paths"])
    said = [t("{0} makes no use of {1}.", algorithm, ", ".join(sorted(idle)))] if idle else []
    tables["conversion"]["contact_sheet"] = False
    return {**tables, **UNENLARGED}, said
