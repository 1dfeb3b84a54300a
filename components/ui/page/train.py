"""The tab that trains."""

from typing import Any, final

import gradio as gr

from components.ui.page.archives import ARCHIVE_LIMIT
from components.ui.page.problems import words_of
from components.ui.page.tab import place
from components.ui.page.words import keeps_language, mark, t
from interfaces.errors import ArtgenError
from interfaces.page import PageParts
from interfaces.page_training import TrainingWish

__all__ = ["TrainPage"]

_EMPTY = mark("Empty: the preset's.")
_HINT = mark("Choose pictures, look at what the training takes with **Dry run**, then **Start**.")
_NO_DATA = mark(
    "**There is nothing to learn from yet.** Hand in a ZIP of pictures below, or start the page with `artgen ui --data DIR`, "
    "where DIR holds a folder, a ZIP or a TAR for each collection."
)


@final
class TrainPage:
    """From a collection to a model: what it takes, the training live, its samples over time."""

    title = mark("Train")

    def build(self, parts: PageParts) -> None:
        """Put the controls beside what is being learnt."""
        with gr.Row(elem_classes="art-split"):
            with gr.Column(scale=2, min_width=280, elem_classes="art-controls"):
                hint = gr.Markdown(_hint(parts))
                with gr.Accordion(t("Pictures of your own"), open=not parts.trainings.sources()):
                    gr.Markdown(
                        f"{t('A folder in it for each style, or pictures alone.')} {t(*ARCHIVE_LIMIT)}"
                    )
                    gr.HTML(place("collections"))
                controls = _controls(parts)
                source, preset, *_, other = controls
                with gr.Row():
                    dry = gr.Button(t("Dry run"), elem_id="art-dry-run", min_width=100)
                    start = gr.Button(t("Start"), variant="primary", elem_id="art-train", min_width=100)
                told = gr.Markdown(elem_id="art-train-told")
                gr.HTML(place("trial"))
            with gr.Column(scale=5, min_width=320):
                gr.HTML(place("training"))

        @keeps_language
        def rehearse(*values: Any) -> str:
            return _told(lambda wish: _begun(parts, wish), values, parts)

        @keeps_language
        def submit(*values: Any) -> str:
            return _told(lambda wish: t("Run {0} is queued.", parts.trainings.start(wish).id), values, parts)

        dry.click(rehearse, controls, told, api_name="dry_run", show_progress="hidden")
        start.click(submit, controls, told, api_name="train", show_progress="hidden")

        @keeps_language
        def choose(name: str, a: str | None, b: str | None, preset: str) -> tuple[Any, Any, str]:
            sources = _sources(parts)
            both = _with_another(name, a, b, of_two=preset in _of_two(parts))
            return (*(_choice(sources, each) for each in both), _hint(parts))

        @keeps_language
        def opened() -> tuple[Any, Any, str]:
            menu = gr.Dropdown(choices=_sources(parts))
            return menu, menu, _hint(parts)

        gr.on(fn=opened, outputs=[source, other, hint], api_visibility="private")
        preset.change(
            lambda name: gr.Dropdown(visible=name in _of_two(parts)),
            preset,
            other,
            api_visibility="private",
            show_progress="hidden",
        )
        # static/collections.js writes the name of what was handed in, and presses; none where it is another page's doing
        wanted = gr.Textbox(visible="hidden", elem_id="art-source", label="Pictures to choose")
        press = gr.Button("Choose", visible="hidden", elem_id="art-source-press")
        press.click(
            choose,
            [wanted, source, other, preset],
            [source, other, hint],
            api_visibility="private",
            show_progress="hidden",
        )


def _with_another(name: str, a: str | None, b: str | None, *, of_two: bool) -> tuple[str | None, str | None]:
    """Return what is chosen when a collection of that ``name`` was handed in: the last two are A and B, where two are wanted.

    >>> _with_another("c.zip", "a.zip", "b.zip", of_two=True), _with_another("c.zip", "a.zip", None, of_two=False)
    (('b.zip', 'c.zip'), ('c.zip', None))
    """
    if not name:
        return a, b
    if not of_two or not a:
        return name, b
    return (a, name) if not b else (b, name)


def _controls(parts: PageParts) -> list[Any]:
    """Return what a wish is made of, in the order of `_wish`."""
    sources = _sources(parts)
    pictures = gr.Dropdown(
        sources,
        value=sources[0] if sources else None,
        label=t("Pictures"),
        info=t("One folder in it for each style."),
        allow_custom_value=True,
    )
    other = gr.Dropdown(
        sources,
        value=None,
        label=t("Other collection"),
        info=t(
            "B: what the pictures become, and A again; all folders of a collection are one domain. Empty where it has both, in "
            "folders trainA and trainB."
        ),
        allow_custom_value=True,
        visible=False,
    )
    first = [
        pictures,
        gr.Radio(
            [(f"{card.name}: {t(card.words)}", card.name) for card in parts.trainings.presets()],
            value=parts.trainings.presets()[0].name,
            label=t("Preset"),
            elem_classes="art-presets",
        ),
        gr.Textbox(label=t("Steps"), placeholder=t(_EMPTY)),
        gr.Textbox(label=t("Batch"), placeholder=t(_EMPTY), info=t("Pictures in one step.")),
        gr.Textbox(
            label=t("Side"), placeholder=t(_EMPTY), info=t("Of the pictures, in pixels: 16, 32, 64 or 128.")
        ),
        gr.Checkbox(
            label=t("Learn the styles apart"),
            info=t("conditional: one of them can be asked for afterwards."),
        ),
    ]
    with gr.Accordion(t("More settings"), open=False):
        more = gr.Textbox(
            label=t("Settings"),
            lines=6,
            placeholder="generator.width = 32\nlearning_rate = 0.0002",
            info=t("One a line, name = value, as --set takes them; Dry run shows all."),
        )
    return [*first, more, other]


def _hint(parts: PageParts) -> str:
    return t(_HINT if parts.trainings.sources() else _NO_DATA)


def _choice(sources: list[str], name: str | None) -> Any:
    return gr.Dropdown(choices=sources, value=name if name in sources else None)


def _of_two(parts: PageParts) -> set[str]:
    return {card.name for card in parts.trainings.presets() if card.of_two_domains}


def _sources(parts: PageParts) -> list[str]:
    return list(parts.trainings.sources())


def _begun(parts: PageParts, wish: TrainingWish) -> str:
    parts.trainings.try_out(wish)
    return ""


def _told(do: Any, values: tuple[Any, ...], parts: PageParts) -> str:
    """Do it, and return what the user is told."""
    *rest, other = values
    preset = rest[1]
    try:
        return str(
            do(_wish(*rest, other=other if preset in _of_two(parts) else None))
        )  # else it is out of sight
    except ArtgenError as error:
        return "\n".join(f"- {line}" for line in words_of(error, parts).splitlines())


def _wish(
    source: str | None,
    preset: str,
    steps: str,
    batch: str,
    side: str,
    conditional: bool,
    more: str,
    *,
    other: str | None = None,
) -> TrainingWish:
    """Return what the controls hold.

    >>> _wish("a.zip", "dcgan", "100", "", "32", True, "seed = 3").overrides
    {'steps': '100', 'generator.side': '32', 'conditional': 'true', 'seed': '3'}
    """
    from interfaces.errors import SettingsError

    if not source:
        raise SettingsError(t("source: wanted pictures to learn from, got none"))
    lines = [line.strip() for line in (more or "").splitlines() if line.strip()]
    wrong = [line for line in lines if "=" not in line]
    if wrong:
        raise SettingsError(*(t("settings: wanted name = value, got {0!r}", line) for line in wrong))
    of_side = "side" if preset.startswith("enhancer") else "generator.side"
    overrides = {"steps": steps, "batch": batch, of_side: side, "conditional": "true" if conditional else ""}
    given = {name: str(text).strip() for name, text in overrides.items() if text and str(text).strip()}
    pairs = (line.partition("=") for line in lines)
    return TrainingWish(
        source=source,
        source_b=other or None,
        preset=preset,
        overrides=given | {name.strip(): text.strip() for name, _, text in pairs},
    )
