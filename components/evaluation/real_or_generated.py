"""Independent classifiers while a model is trained: a weak one now and then, a strong one at the end."""

import csv
from io import StringIO
from typing import Literal, NamedTuple, final

import numpy as np
import torch
from pydantic import Field, ValidationError
from torch import Tensor

from components.evaluation.sets import to_bytes
from components.evaluation.two_sample_test import Verdict, classify, sensible_steps
from components.networks.latents import draw_latents
from interfaces.contract import Contract, Seed
from interfaces.errors import DataError, SettingsError, StorageError
from interfaces.ports import LatentView, RunFolder, TrainingView

__all__ = ["CLASSIFIERS_FILE", "ClassifierNote", "RealOrGenerated", "RealOrGeneratedSettings"]

CLASSIFIERS_FILE = "classifiers.csv"
_FEWEST = 4
_EPOCHS = 10


class RealOrGeneratedSettings(Contract):
    """What the observer ``real-or-generated`` can be told."""

    every: int | None = Field(None, ge=1)
    """Steps from one weak classifier to the next; None for one after every 10 passes over the data."""
    weak_steps: int = Field(30, ge=1, le=100_000)
    """Of the weak classifier's training."""
    strong_steps: int = Field(1000, ge=1, le=100_000)
    """Of the strong one's; of few pictures, both end after 20 passes."""
    count: int = Field(1024, ge=_FEWEST, le=100_000)
    """Real pictures, and as many generated ones; a quarter of both is held out."""
    batch: int = Field(64, ge=2, le=4096)
    """Pictures in a step, half of them real."""
    seed: Seed = 0
    """Of the choice, the noise, the classifiers' weights and batches: the same each time."""


class ClassifierNote(NamedTuple):
    """One classifier: a line of ``classifiers.csv``. Errors are shares, 0.5 is guessing; losses are in nats, 0.693 is guessing."""

    step: int
    epoch: int
    kind: str
    """weak or strong."""
    steps: int
    """Of its training."""
    learnt_loss: float
    learnt_error: float
    """On the pictures that it was trained on."""
    held_out_loss: float
    held_out_error: float
    """On those that were held out: the higher, the better the generator."""


@final
class RealOrGenerated:
    """Trains a new classifier now and then to tell generated pictures from real ones, and writes its errors to ``classifiers.csv``.

    It is independent of the critic: another network, begun anew each time, on the same real pictures and the same noise. The worse
    it separates, the better the generator. A strong one, which learns longer, follows the last step.

    Args:
        every: see `RealOrGeneratedSettings`, as for all others.
        weak_steps: of a weak classifier.
        strong_steps: of the strong one.
        count: pictures of either kind.
        batch: pictures in a step.
        seed: of all that is drawn.

    Raises:
        SettingsError: an option is wrong; all problems at once.
    """

    needs_latents: Literal[True] = True

    def __init__(
        self,
        *,
        every: int | str | None = None,
        weak_steps: int | str = 30,
        strong_steps: int | str = 1000,
        count: int | str = 1024,
        batch: int | str = 64,
        seed: int | str = 0,
    ) -> None:
        given = {
            "every": every, "weak_steps": weak_steps, "strong_steps": strong_steps, "count": count, "batch": batch, "seed": seed,
        }  # fmt: skip
        try:
            self._settings = RealOrGeneratedSettings.model_validate(given)
        except ValidationError as error:
            problems = [(str(problem["loc"][0]), problem["msg"]) for problem in error.errors()]
            raise SettingsError(
                *(
                    f"observer 'real-or-generated': {name}: {said}, got {given[name]!r}"
                    for name, said in problems
                )
            ) from error
        self._step: int | None = None
        self._epoch = 0
        self._notes: list[ClassifierNote] = []

    def observe(self, view: TrainingView, folder: RunFolder) -> bool:
        """Train a classifier if it is time; training always goes on.

        Raises:
            DataError: there are fewer than 4 pictures to learn from.
        """
        if not isinstance(view, LatentView):
            return True
        if self._step is None or view.step <= self._step:  # the first step, or one after a return
            self._notes = [note for note in _read(folder) if note.step < view.step]
            self._epoch = self._notes[-1].epoch if self._notes else 0
        every = self._settings.every
        passed = every is None and view.epoch // _EPOCHS > self._epoch // _EPOCHS
        due = every is not None and view.step % every == 0
        self._step, self._epoch = view.step, view.epoch
        if passed or due:
            self._judge(view, folder, "weak", self._settings.weak_steps)
        if view.step == view.steps:
            self._judge(view, folder, "strong", self._settings.strong_steps)
        return True

    def finish(self, folder: RunFolder) -> None:
        """Do nothing: each line was written when it was known."""

    def _judge(self, view: LatentView, folder: RunFolder, kind: str, most: int) -> None:
        generated, real = self._pictures(view)
        chosen = self._settings
        steps = sensible_steps(most, len(real), chosen.batch)
        found = classify(
            generated,
            real,
            steps=steps,
            batch=chosen.batch,
            seed=chosen.seed,
            tell=lambda what, done, total: None,
        )
        self._notes.append(_note(view, kind, steps, found))
        _write(folder, self._notes)

    def _pictures(self, view: LatentView) -> tuple[Tensor, Tensor]:
        """Return generated and real pictures, uint8 (N, 3, S, S), of the same styles where the model knows them."""
        pack, seed = view.pack, self._settings.seed
        rows = np.flatnonzero(pack.is_test == 0)
        if len(rows) < _FEWEST:
            raise DataError(
                f"{pack.dataset}: wanted at least {_FEWEST} pictures to learn from, to tell generated ones from them, got {len(rows)}"
            )
        rows = np.sort(np.random.default_rng(seed).permutation(rows)[: self._settings.count])
        latents = draw_latents(len(rows), view.takes, torch.Generator().manual_seed(seed))
        labels = torch.from_numpy(pack.labels[rows].astype(np.int64)) if view.labels else None
        made = [
            view.sample(latents[part], None if labels is None else labels[part])
            for part in torch.arange(len(rows)).split(256)
        ]
        real = torch.from_numpy(pack.images[rows]).permute(0, 3, 1, 2)
        return to_bytes(torch.cat(made)).expand(-1, 3, -1, -1), real.expand(-1, 3, -1, -1)


def _note(view: LatentView, kind: str, steps: int, found: Verdict) -> ClassifierNote:
    return ClassifierNote(
        view.step,
        view.epoch,
        kind,
        steps,
        found.learnt_loss,
        1 - found.learnt_accuracy,
        found.loss,
        1 - found.accuracy,
    )


def _read(folder: RunFolder) -> list[ClassifierNote]:
    if not folder.names(CLASSIFIERS_FILE):
        return []
    try:
        rows = list(csv.DictReader(StringIO(folder.read(CLASSIFIERS_FILE).decode())))
        return [
            ClassifierNote(
                int(row["step"]), int(row["epoch"]), row["kind"], int(row["steps"]), float(row["learnt_loss"]),
                float(row["learnt_error"]), float(row["held_out_loss"]), float(row["held_out_error"]),
            )
            for row in rows
        ]  # fmt: skip
    except (ValueError, KeyError, TypeError) as error:
        raise StorageError(
            f"{folder.path / CLASSIFIERS_FILE}: wanted the columns {', '.join(ClassifierNote._fields)}, got something else: {error}; "
            "remove the file"
        ) from error


def _write(folder: RunFolder, notes: list[ClassifierNote]) -> None:
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(ClassifierNote._fields)
    writer.writerows([*note[:4], *(f"{value:.6f}" for value in note[4:])] for note in notes)
    folder.write(CLASSIFIERS_FILE, text.getvalue().encode())
