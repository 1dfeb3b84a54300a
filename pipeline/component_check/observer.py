"""What every observer of a training must do."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from components.networks.laboratory import LabCritic
from components.training import GanTrainer
from interfaces.laboratory import LabGenerator
from interfaces.marks import with_values
from interfaces.ports import RunFolder, TrainingObserver, TrainingView
from pipeline.component_check import samples
from pipeline.component_check.trainer import SETTINGS as SMALLEST
from pipeline.component_check.verdict import Suite, require
from storage.run_folder import DirectoryFolder

__all__ = ["SUITE"]

SETTINGS = with_values(
    SMALLEST,
    {
        "generator": LabGenerator(side=8, channels=3, first_side=4, widths=(4,)),
        "critic": LabCritic(widths=(4,), last_side=4, dropout=0),
    },
)
"""Two latent numbers, drawn evenly: every observer finds something to look at."""


class Case(NamedTuple):
    """An observer, and a folder for trainings."""

    observer: TrainingObserver
    folder: Path

    def train(self, *observers: TrainingObserver) -> str | None:
        """Return the digest of the weights of a small training, or None where it was stopped."""
        place = DirectoryFolder(self.folder / f"training-{len(observers)}")
        model = GanTrainer(SETTINGS).train(samples.pack(self.folder / "pack"), place, observers=observers)
        return model.weights_sha256 if model else None


class _Answers(NamedTuple):
    """Passes what it is shown on to an observer, and keeps the answers."""

    observer: TrainingObserver
    answers: list[object]

    def observe(self, view: TrainingView, folder: RunFolder) -> bool:
        self.answers.append(self.observer.observe(view, folder))
        return True

    def finish(self, folder: RunFolder) -> None:
        self.observer.finish(folder)


def prepare(make: Callable[..., TrainingObserver], name: str, folder: Path) -> Case:
    """Return the case."""
    return Case(make(), folder)


def answers_whether_to_go_on(case: Case) -> None:
    """With a bool after every step."""
    passing = _Answers(case.observer, [])
    case.train(passing)
    good = passing.answers and all(isinstance(answer, bool) for answer in passing.answers)
    require(bool(good), f"wanted True or False after every step, got {passing.answers}")


def leaves_the_model_alone(case: Case) -> None:
    """The training ends with the bits of one that nobody looked at."""
    watched, alone = case.train(_Answers(case.observer, [])), case.train()
    require(watched == alone, "wanted the weights of a training without observer, got others")


SUITE = Suite(prepare, (answers_whether_to_go_on, leaves_the_model_alone))
