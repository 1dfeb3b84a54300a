"""A page of the sheets of samples, for a browser without a network: what was learnt by when, and from which numbers."""

import json
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import Any, NamedTuple, final

from PIL import Image

from components.evaluation.log_tail import LogTail
from components.evaluation.sample_gif import sheet_names, step_of
from components.imaging.gif import choose_frames
from interfaces.errors import StorageError
from interfaces.ports import CaptionedView, RunFolder, TrainingView

__all__ = ["EPOCH", "FILM_NAME", "PAGE_NAME", "SamplePage", "epoch_of"]

PAGE_NAME, FILM_NAME = "samples.html", "samples.gif"
EPOCH = "epoch"
"""Under which name a sheet, a PNG, says how often the data were gone through."""
_PLACE = {"step", "epoch", "images", "seconds"}
_TEMPLATE = Template(Path(__file__).with_suffix(".html").read_text(encoding="utf-8"))


class _Seen(NamedTuple):
    """What the page says besides what lies in the folder."""

    dataset: str
    pictures: int
    styles: Sequence[str]
    steps: int
    captions: Sequence[str]


@final
class SamplePage:
    """Writes ``samples.html`` beside the sheets: at most 60 of them, with settings, curves, and the mean of each logged number.

    All comes from files of the training's folder, so that a training that goes on loses nothing. A page needs no script but
    its own.

    Args:
        columns: pictures in a row of a sheet.
    """

    def __init__(self, columns: int) -> None:
        self._columns = columns
        self._seen: _Seen | None = None
        self._epochs: dict[str, int | None] = {}
        self.begin_again()

    def begin_again(self) -> None:
        """Read the log anew: the training went back, and so did its log."""
        self._log = LogTail()
        self._sums: dict[int, dict[str, tuple[int, float]]] = {}  # by the step of the sheet: count, sum

    def write(self, folder: RunFolder, view: TrainingView | None = None) -> None:
        """Write the page of all sheets that there are; without a ``view``, as it was seen last, or nothing where it never was."""
        if view is not None:
            captions = view.captions if isinstance(view, CaptionedView) else ()
            pack = view.pack
            self._seen = _Seen(pack.dataset, len(pack.images), pack.styles, view.steps, captions)
        names = sheet_names(folder)
        if self._seen is None or not names:
            return
        self._add_up(folder, [step_of(name) for name in names])
        chosen = choose_frames(names)
        folder.write(PAGE_NAME, self._page(folder, self._seen, chosen, len(names)).encode())

    def _add_up(self, folder: RunFolder, steps: Sequence[int]) -> None:
        for line in self._log.lines(folder):
            place = bisect_left(steps, line["step"])
            if place == len(steps):
                continue
            sums = self._sums.setdefault(steps[place], {})
            for name in line.keys() - _PLACE:
                count, total = sums.get(name, (0, 0.0))
                sums[name] = (count + 1, total + line[name])

    def _page(self, folder: RunFolder, seen: _Seen, chosen: Sequence[str], count: int) -> str:
        settings = _settings(folder)
        title = str(settings.get("name") or seen.dataset)
        shown = (
            ""
            if count == len(chosen)
            else f" Of {count} sheets, the page shows {len(chosen)}, evenly spread."
        )
        rows = "".join(f"<tr><th>{escape(name)}<td>{escape(str(value))}" for name, value in settings.items())
        return _TEMPLATE.substitute(
            title=escape(title),
            about=escape(
                f"{seen.pictures} pictures of {seen.dataset} ({_listed(seen.styles)}); {step_of(chosen[-1])} of "
                f"{seen.steps} steps.{shown}"
            ),
            captions=self._captions(seen.captions),
            sheets="\n".join(self._sheet(folder, name) for name in reversed(chosen)),
            film=f'<p><a href="{FILM_NAME}">The film of them</a></p>' if folder.names(FILM_NAME) else "",
            settings=f"<table>{rows}</table>" if rows else "",
        )

    def _captions(self, captions: Sequence[str]) -> str:
        if not captions or self._columns % len(captions):
            return "".join(f"<p>{escape(' · '.join(captions))}</p>" if captions else "")
        shown = [*captions] * (self._columns // len(captions))
        return f'<div class="captions" style="--columns: {self._columns}">{"".join(f"<b>{escape(each)}</b>" for each in shown)}</div>'

    def _sheet(self, folder: RunFolder, name: str) -> str:
        if name not in self._epochs:
            self._epochs[name] = epoch_of(folder, name)
        epoch, step = self._epochs[name], step_of(name)
        where = f"step {step}" if epoch is None else f"epoch {epoch}, step {step}"
        means = {key: total / count for key, (count, total) in self._sums.get(step, {}).items()}
        numbers = "".join(f"<span>{escape(key)} <b>{mean:.4g}</b></span>" for key, mean in means.items())
        return (
            f'<figure id="step-{step}"><figcaption><h3>{where}</h3>{numbers}</figcaption>'
            f'<img src="{escape(name)}" alt="samples at {where}" loading="lazy"></figure>'
        )


def epoch_of(folder: RunFolder, name: str) -> int | None:
    """Return how often the data had been gone through when a sheet was made; None where it does not say.

    Raises:
        StorageError: it cannot be read.
    """
    path = folder.path / name
    try:
        with Image.open(path) as sheet:  # its head alone is read
            said = str(sheet.info.get(EPOCH, ""))
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror or error}") from error
    return int(said) if said.isdecimal() else None


def _settings(folder: RunFolder) -> dict[str, Any]:
    """Return the settings of the training, by dotted names; none where it writes none."""
    if not folder.names("settings.json"):
        return {}
    return dict(_flat(json.loads(folder.read("settings.json"))))


def _flat(values: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}.")
        elif value is not None:
            yield f"{before}{name}", value


def _listed(names: Sequence[str], most: int = 6) -> str:
    return ", ".join([*names[:most], *(["…"] if len(names) > most else [])])
