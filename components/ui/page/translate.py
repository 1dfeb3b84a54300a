"""The tab that carries pictures from one domain to another."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, final

import gradio as gr

from components.ui.page.controls import UNENLARGED, control, values_of
from components.ui.page.problems import listed, words_of
from components.ui.page.tab import place
from components.ui.page.uploads import LIMITS, Uploaded, named_uploads, paths_and_names
from components.ui.page.words import keeps_language, mark, t
from interfaces.errors import ArtgenError, SettingsError
from interfaces.igme import IGME, TranslationNetwork
from interfaces.page import PageParts
from interfaces.page_models import ModelShelf
from interfaces.ports import ModelStore

__all__ = ["PLACES", "WITHOUT", "TranslatePage", "domains_of", "translating"]

_SOURCE = "generation.source."
_DIRECTION = _SOURCE + "direction"
_FIRST = (_DIRECTION, _SOURCE + "longer_side")
_FOLDED = (_SOURCE + "tile", _SOURCE + "precision", "conversion.format", "conversion.quality")
PLACES = (*_FIRST, *_FOLDED)
"""What has a control of its own."""
WITHOUT: Mapping[str, str] = {
    "kind": "the tab says it",
    "paths": "the pictures that are dropped",
    "names": "those of the dropped pictures",
    "there_and_back": "a run of its own beside the other, where the reconstruction is asked for",
}
"""Fields of `Translate` without a control here, and why."""
_MISSING = mark(
    "**No model that translates is on this machine.** Train one on two folders of pictures, A and B: `artgen train A B --preset "
    "translation-small` learns within hours on a processor, `face2anime` and `photo2drawing` on a graphics processor. Then "
    "open this page anew."
)


class _Model(NamedTuple):
    """A model that translates."""

    name: str
    a: str
    b: str
    side: int
    both_ways: bool


@final
class TranslatePage:
    """From pictures of one domain to what they are in the other, and back again."""

    title = mark("Translate")

    def build(self, parts: PageParts) -> None:
        """Put the place to drop pictures and the controls beside the results."""
        with gr.Row(elem_classes="art-split"):
            with gr.Column(scale=2, min_width=280, elem_classes="art-controls"):
                models = translating(parts.models, parts.shelf)
                first = next(iter(models.values()), None)
                missing = gr.Markdown(t(_MISSING), visible=first is None, elem_id="art-translate-missing")
                gr.Markdown(
                    t(
                        "Drop pictures of a domain that the model knows, choose the direction, and press **Translate**."
                    )
                )
                model = gr.Dropdown([*models], value=first and first.name, label=t("Model"))
                about = gr.Markdown(_about(first))
                gr.HTML(place("translate-drop"))
                gr.Markdown(t(*LIMITS))
                held = gr.Textbox("[]", label=t("Pictures"), visible=False)
                controls = [_control(each, first) for each in _FIRST]
                back = gr.Checkbox(
                    value=True,
                    label=t("Reconstruction"),
                    info=t(
                        "Queue a second run, which translates there and back: what comes back lies beside its picture."
                    ),
                    visible=_goes_back(first),
                )
                start = gr.Button(t("Translate"), variant="primary", size="lg", elem_id="art-translate")
                told = gr.Markdown(elem_id="art-translate-told")
                with gr.Accordion(t("More settings"), open=False):
                    controls += [_control(each, first) for each in _FOLDED]
            with gr.Column(scale=5, min_width=320):
                gr.HTML(place("translated"))

        @keeps_language
        def submit(pictures: str, model: str, back: bool, *values: Any) -> str:
            return _told(parts, pictures, model, back, values_of(PLACES, values))

        def of_model(chosen: _Model | None) -> tuple[Any, ...]:
            ways = _ways(chosen)
            return (
                gr.Dropdown(choices=ways, value=ways[0][1]),
                _about(chosen),
                gr.Checkbox(visible=_goes_back(chosen)),
            )

        @keeps_language
        def changed(name: str) -> tuple[Any, ...]:
            return of_model(translating(parts.models, parts.shelf).get(name))

        @keeps_language
        def opened(name: str) -> tuple[Any, ...]:
            here = translating(parts.models, parts.shelf)
            chosen = here.get(name) or next(iter(here.values()), None)
            menu = gr.Dropdown(choices=[*here], value=chosen and chosen.name)
            return menu, gr.Markdown(visible=chosen is None), *of_model(chosen)

        told_by_model = [controls[0], about, back]
        quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        model.input(changed, model, told_by_model, **quiet)
        gr.on(fn=opened, inputs=model, outputs=[model, missing, *told_by_model], **quiet)  # a page
        start.click(
            submit,
            [held, model, back, *controls],
            told,
            api_name="translate",
            show_progress="hidden",
            js="async (held, ...others) => [await window.artTranslate(), ...others]",
        )


def domains_of(model: IGME) -> tuple[str, str]:
    """Return what A and B are called."""
    return model.styles[0], model.styles[-1]


def translating(models: ModelStore, shelf: ModelShelf) -> Mapping[str, _Model]:
    """Return what translates, by name; the default one comes first."""
    found = {
        each.name: _Model(each.name, *domains_of(each), each.architecture.side, each.architecture.both_ways)
        for each in models.list()
        if isinstance(each.architecture, TranslationNetwork)
    }
    first = {card.name for card in shelf.cards() if card.default} if len(found) > 1 else set()
    return dict(sorted(found.items(), key=lambda item: item[0] not in first))


def _goes_back(model: _Model | None) -> bool:
    return model is None or model.both_ways


def _ways(model: _Model | None) -> Sequence[tuple[str, str]]:
    a, b = (model.a, model.b) if model else ("A", "B")
    ways = [(f"{a} → {b}", "a-to-b"), (f"{b} → {a}", "b-to-a")]
    return ways if _goes_back(model) else ways[:1]


def _about(model: _Model | None) -> str:
    if model is None:
        return ""
    if model.both_ways:
        return t(
            "From {0} to {1} and back; it learnt on squares of {2} pixels.", model.a, model.b, model.side
        )
    return t("From {0} to {1} alone; it learnt on squares of {2} pixels.", model.a, model.b, model.side)


def _control(place: str, model: _Model | None) -> Any:
    if place == _DIRECTION:
        return control(place, choices=_ways(model))
    if place == _SOURCE + "longer_side":
        return control(place, placeholder=t("as the picture is"))
    return control(place)


def _told(parts: PageParts, held: str, name: str, back: bool, tables: Mapping[str, Any]) -> str:
    """Queue a run, and one for what comes back, and return what the user is told."""
    said = []
    try:
        pictures = named_uploads(parts, held)
        for settings, words in _runs(pictures, _chosen(parts, name), back, tables):
            said.append(t(words, parts.desk.generate(settings).id))
    except ArtgenError as error:
        said += words_of(error, parts).splitlines()
    return listed(said)


def _chosen(parts: PageParts, name: str) -> _Model:
    models = translating(parts.models, parts.shelf)
    if name not in models:
        raise SettingsError(
            t("model: wanted one that translates ({0}), got {1}", ", ".join(models), name or "-")
            if models
            else t(
                "model: wanted one that translates, and none is on this machine; train one: "
                "artgen train A B --preset translation-small"
            )
        )
    return models[name]


def _runs(
    pictures: Sequence[Uploaded], model: _Model, back: bool, tables: Mapping[str, Any]
) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield the settings of each run, with what is said of it."""
    for there_and_back in (False, True) if back and model.both_ways else (False,):
        given = tables["generation"]["source"]
        source = {**given, "kind": "translate", "there_and_back": there_and_back, **paths_and_names(pictures)}
        words = (
            mark("Run {0} is queued: the reconstruction.") if there_and_back else mark("Run {0} is queued.")
        )
        yield (
            {
                # nothing is drawn: equal pictures give equal files
                "generation": {"count": len(pictures), "seed": 0, "source": source},
                "conversion": {**tables["conversion"], "contact_sheet": False},
                "model": model.name,
                **UNENLARGED,
            },
            words,
        )
