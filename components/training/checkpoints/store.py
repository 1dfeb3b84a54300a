"""Checkpoints: one safetensors file, and beside it the note that makes it count."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, final

import safetensors.torch
import torch
from pydantic import Field, JsonValue, ValidationError, model_validator
from safetensors import SafetensorError
from torch import Tensor

from interfaces.contract import Contract, Sha256
from interfaces.errors import CheckpointError, StorageError
from interfaces.events import Listener, Notice
from interfaces.ports import RunFolder

__all__ = [
    "CheckpointNote",
    "Checkpoints",
    "EarlierData",
    "begun_with",
    "differences",
    "first_not_finite",
    "name_of",
]


_BESIDE = ("health", "haven")


class EarlierData(Contract):
    """A data set that a training learnt from before it went on with another one."""

    dataset: str
    data_fingerprint: Sha256
    until_step: int = Field(ge=0)


class CheckpointNote(Contract):
    """What a checkpoint belongs to. It is written after the tensors, so that its presence says they are whole."""

    step: int = Field(ge=0)
    seconds: float = Field(ge=0)
    """Spent on training so far."""
    state: dict[str, JsonValue]
    """The plain values of the state, by the names that the trainer gave them: see `Parts.plain`."""
    settings: dict[str, JsonValue]
    """Those that decide the numbers, by dotted name."""
    data_fingerprint: Sha256
    dataset: str = ""
    """Name of the data set; empty in checkpoints of artgen 0.1."""
    styles: tuple[str, ...] = ()
    """Its styles in label order; empty in checkpoints of artgen 0.1."""
    earlier_data: tuple[EarlierData, ...] = ()
    """What it learnt from before that, oldest first."""
    runtime: dict[str, JsonValue]
    """Device, threads, versions: they decide the last bit."""
    digests: dict[str, Sha256] = Field(default_factory=dict)
    """Of the files besides the data that decide the numbers: frozen features, another training's checkpoint."""
    sha256: Sha256
    """Of the safetensors file."""

    @model_validator(mode="before")
    @classmethod
    def _take_earlier(cls, values: Any) -> Any:
        """Artgen 0.1 knew one position, and wrote it and what else it knew beside the rest."""
        if not isinstance(values, dict) or "state" in values:
            return values
        values = dict(values)
        state = {"position": [values.pop("epoch", 0), values.pop("offset", 0)]}
        state |= {name: values.pop(name) for name in _BESIDE if name in values}
        return {**values, "state": state}


@final
class Checkpoints:
    """The checkpoints of one training folder.

    Args:
        folder: of the training.
        keep: how many of the newest stay.
        listener: is warned of damaged ones.
        good: whether the training was well at a checkpoint.
        haven: whether it may go back there, if it was; the newest such one stays, too.
    """

    def __init__(
        self,
        folder: RunFolder,
        keep: int,
        listener: Listener | None,
        good: Callable[[CheckpointNote], bool] = lambda note: True,
        haven: Callable[[CheckpointNote], bool] = lambda note: True,
    ) -> None:
        self._folder = folder
        self._keep = keep
        self._listener = listener
        self._is_good = good
        self._is_haven = haven

    def names(self) -> Sequence[str]:
        """Return the notes' file names, oldest first."""
        return self._folder.names("checkpoints/step-*.json")

    def save(self, tensors: Mapping[str, Tensor], note: CheckpointNote) -> None:
        """Write one, then remove all but the newest few and the one to go back to after a collapse.

        Args:
            tensors: contiguous, on the CPU.
            note: its ``sha256`` is replaced by the right one.

        Raises:
            CheckpointError: a number is not finite; such a checkpoint would be no place to return to.
            StorageError: it cannot be written; those before stay.
        """
        bad = first_not_finite(tensors)
        if bad is not None:
            raise CheckpointError(
                f"step {note.step}: {bad} is not finite; no checkpoint was written, those before are good. "
                "Train again with a smaller learning_rate"
            )
        name = name_of(note.step)
        content = safetensors.torch.save(dict(tensors))
        self._folder.write(_tensors_of(name), content)
        note = CheckpointNote(**{**note.model_dump(), "sha256": sha256(content).hexdigest()})
        self._folder.write(name, note.model_dump_json(indent=1).encode())
        kept = {*self.names()[-self._keep :], *self.good(havens=True)[-1:]}
        self._remove([old for old in self.names() if old not in kept])

    def good(self, *, havens: bool = False) -> Sequence[str]:
        """Return the names of those of a healthy training, oldest first; ``havens`` alone, to go back to."""
        found = []
        for name in self.names():
            try:
                note = self.read_note(name)
            except (CheckpointError, StorageError):
                continue
            if self._is_good(note) and (not havens or self._is_haven(note)):
                found.append(name)
        return found

    def remove_after(self, name: str) -> None:
        """Remove those newer than ``name``: the training goes another way from there."""
        self._remove([other for other in self.names() if other > name])

    def newest(self) -> tuple[CheckpointNote, dict[str, Tensor]] | None:
        """Return the newest good one, or None where there is none at all.

        A damaged one is passed over with a warning.

        Raises:
            CheckpointError: there are checkpoints, but all are damaged.
        """
        names = self.names()
        found = self.newest_of(names)
        if names and found is None:
            raise CheckpointError(
                f"{self._folder.path}: all {len(names)} checkpoints are damaged; "
                "start again in another folder, or remove this one's folder checkpoints"
            )
        return found

    def newest_of(self, names: Sequence[str]) -> tuple[CheckpointNote, dict[str, Tensor]] | None:
        """Return the last of ``names`` that is not damaged, or None; each that is passed over gives a warning."""
        for name in reversed(names):
            try:
                return self._load(name)
            except (CheckpointError, StorageError) as error:
                self.tell("warning", f"{name} is damaged and passed over: {error}")
        return None

    def tell(self, level: str, text: str) -> None:
        """Pass a notice to the listener."""
        if self._listener is not None:
            self._listener(Notice(level="warning" if level == "warning" else "info", text=text))

    def _remove(self, names: Iterable[str]) -> None:
        for name in names:
            self._folder.delete(name)  # first, so that a crash in between leaves no note without tensors
            self._folder.delete(_tensors_of(name))

    def read_note(self, name: str) -> CheckpointNote:
        """Return a note.

        Raises:
            CheckpointError: it is damaged.
            StorageError: it cannot be read.
        """
        try:
            return CheckpointNote.model_validate_json(self._folder.read(name))
        except ValidationError as error:
            raise CheckpointError(f"its note cannot be read: {error.errors()[0]['msg']}") from error

    def _load(self, name: str) -> tuple[CheckpointNote, dict[str, Tensor]]:
        note = self.read_note(name)
        content = self._folder.read(_tensors_of(name))
        digest = sha256(content).hexdigest()
        if digest != note.sha256:
            raise CheckpointError(f"wanted tensors with SHA-256 {note.sha256}, got {digest}")
        try:
            return note, safetensors.torch.load(content)
        except SafetensorError as error:
            raise CheckpointError(f"its tensors cannot be read: {error}") from error


def begun_with(folder: RunFolder, setting: str) -> JsonValue:
    """Return a setting of the training in ``folder``, by the newest note that can be read; None where there is none."""
    checkpoints = Checkpoints(folder, 1, None)
    for name in reversed(checkpoints.names()):
        try:
            return checkpoints.read_note(name).settings.get(setting)
        except (CheckpointError, StorageError):
            continue
    return None


def differences(before: Mapping[str, JsonValue], now: Mapping[str, JsonValue]) -> Sequence[str]:
    """Return ``name: was A, is B`` for every name whose values differ."""
    return [
        f"{name}: was {json.dumps(before.get(name))}, is {json.dumps(now.get(name))}"
        for name in sorted({*before, *now})
        if before.get(name) != now.get(name)
    ]


def name_of(step: int) -> str:
    """Return the name of a step's note.

    >>> name_of(1500)
    'checkpoints/step-000001500.json'
    """
    return f"checkpoints/step-{step:09d}.json"


def _tensors_of(note_name: str) -> str:
    return note_name.removesuffix(".json") + ".safetensors"


def first_not_finite(tensors: Mapping[str, Tensor]) -> str | None:
    """Return the name of the first of ``tensors`` that holds a number that is not finite, or None."""
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            return name
    return None
