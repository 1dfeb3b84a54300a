"""What the page asks of trainings: what there is to learn from, what one will take, how it goes.

Protocols without behaviour; `interfaces.page` hands them to the page.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

from pydantic import Field

from interfaces.contract import Contract
from interfaces.page_uploads import KeptArchive
from interfaces.runs import RunRecord
from interfaces.said import Said

__all__ = ["PresetCard", "TrainingCurves", "TrainingDesk", "TrainingPanel", "TrainingTrial", "TrainingWish"]


class TrainingWish(Contract):
    """What the user of the page wants to learn from, and how."""

    source: str = Field(min_length=1)
    """A name of `TrainingDesk.sources`."""
    source_b: str | None = Field(None, min_length=1)
    """Another one: the second domain of a preset that wants two. None where ``source`` has both."""
    preset: str = "wgan-gp"
    overrides: dict[str, str] = Field(default_factory=dict)
    """Settings that differ from the preset, as text, by dotted name."""

    @property
    def sources(self) -> str:
        """All that it is learnt from."""
        return ", ".join(filter(None, (self.source, self.source_b)))


class PresetCard(NamedTuple):
    """A preset in a line."""

    name: str
    words: str
    """What it is for, and how long it takes."""
    of_two_domains: bool = False
    """Whether it learns from two collections, what the pictures of one become in the other."""


class TrainingTrial(Contract):
    """A dry run: a few steps that leave nothing behind."""

    number: int = 0
    """Counts them; 0 where there was none yet."""
    state: Literal["none", "running", "done", "failed"] = "none"
    source: str = ""
    preset: str = ""
    says: Said = Said("")
    """What is under way, or what went wrong; with paths of the server in it, if anything has."""
    settings: dict[str, str] = Field(default_factory=dict)
    """Every setting as ``--set`` takes it, by dotted name."""
    takes: dict[str, Said] = Field(default_factory=dict)
    """What the training will take, in words: parameters, pictures, memory, time."""


class TrainingPanel(NamedTuple):
    """One of the figures."""

    title: str
    curves: Mapping[str, str]
    """Name of a series → what the legend calls it."""
    ideal: float | None = None
    """Where a dashed line goes."""


class TrainingCurves(NamedTuple):
    """What a training's log says, thinned."""

    token: str
    """Hand it back with the next question: what is new since can be told as long as nothing was thinned further."""
    whole: bool
    """Whether these are all points; else those from the last known ones on, which replace them."""
    series: Mapping[str, Sequence[tuple[float, float]]]
    """Name → (step, mean value there)."""
    panels: Sequence[TrainingPanel]
    """The figures of what is in the log."""
    collapses: Sequence[Said]
    """Each in a sentence with what was done and what would help."""


class TrainingDesk(Protocol):
    """Takes trainings in, tries them out, and knows how each goes."""

    def sources(self) -> Sequence[str]:
        """Return the names of the folders and archives that there are to learn from."""
        ...

    def archives(self) -> Mapping[str, KeptArchive]:
        """Return those of them that were handed in, by name."""
        ...

    def presets(self) -> Sequence[PresetCard]:
        """Return the presets."""
        ...

    def start(self, wish: TrainingWish) -> RunRecord:
        """Queue a training, and return its run.

        Raises:
            RunError: the same training waits already, or too much does.
            SettingsError: listing all that is wrong at once; nothing is queued.
        """
        ...

    def try_out(self, wish: TrainingWish) -> TrainingTrial:
        """Begin a dry run; the one before is given up.

        Raises:
            RunError: the same dry run is under way, or too much was begun.
            SettingsError: listing all that is wrong at once.
        """
        ...

    def trial(self) -> TrainingTrial:
        """Return how the latest dry run is."""
        ...

    def curves(self, run: str, *, since: float = 0, token: str = "") -> TrainingCurves:
        """Return what a training's log says.

        Args:
            run: of a training.
            since: the last step that is known already.
            token: that of the answer which had it.

        Raises:
            RunError: there is no such training.
        """
        ...

    def samples(self, run: str) -> Mapping[int, Path]:
        """Return the sheets of samples of a training, by step.

        Raises:
            RunError: there is no such training.
        """
        ...

    def model(self, run: str) -> str | None:
        """Return the name of the generator that a training has ended with; None where it has not, or made none.

        Raises:
            RunError: there is no such training.
        """
        ...
