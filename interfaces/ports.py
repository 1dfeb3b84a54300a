"""The ports: what a component of each kind can be asked to do.

Protocols without behaviour. Whatever has the method fits; nothing needs to be inherited. Every class behind a
port can be made without arguments; where it has settings of its own, they are keyword arguments with defaults.

The chain: `TrainingStore` → `Preprocessor` → `Trainer` → `Generator` → `Enhancer` → `Converter` →
`ResultStore`, with a `SettingsSource` at its side. Beside the chain: `RunFolder`, `RunQueue`, `ModelStore`,
`WeightStore`, `TrainingObserver` (with its `TrainingView`).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pydantic import JsonValue

from interfaces.events import Listener
from interfaces.ics import ICS
from interfaces.ies import IES
from interfaces.igme import IGME
from interfaces.igs import IGS
from interfaces.iodt import IODT
from interfaces.itdt import ITDT
from interfaces.runs import RunKind, RunRecord, RunRequest, RunState, StoredFile
from interfaces.trained_enhancer import TrainedEnhancer

if TYPE_CHECKING:  # these bring torch, which the command line must not wait for
    from torch import Tensor

    from interfaces.iedt import IEDT
    from interfaces.igdt import IGDT
    from interfaces.ipdt import IPDT

__all__ = [
    "Converter",
    "Enhancer",
    "Generator",
    "ImageSource",
    "ModelStore",
    "Preprocessor",
    "ResultStore",
    "RunFolder",
    "RunQueue",
    "SettingsSource",
    "Trainer",
    "TrainingObserver",
    "TrainingStore",
    "TrainingView",
    "WeightStore",
]


class ImageSource(Protocol):
    """Reads the files of a data set. Safe to use from several threads, and can be pickled."""

    def read(self, uri: str) -> bytes:
        """Return the bytes of the file that `TrainingImage.uri` names.

        Raises:
            StorageError: the file is gone or cannot be read.
        """
        ...


class TrainingStore(ImageSource, Protocol):
    """Holds the collected training images (first end of ITDT)."""

    def describe(
        self, source: str, *, style_from_prefix: bool = False, listener: Listener | None = None
    ) -> ITDT:
        """Return what ``source`` holds; bad files are set aside with the reason.

        Args:
            source: a folder, a ZIP or TAR archive, a published form of ArtBench-10, a CIFAR-style batch
                folder; a local path or an fsspec URL.
            style_from_prefix: take the style from the name, ``titian_123.jpg`` → ``titian``.
            listener: is told the progress.

        Raises:
            DataError: nothing usable is there.
            StorageError: the place cannot be read.
        """
        ...


class Preprocessor(Protocol):
    """Makes a pack of equal squares from a data set (ITDT → IPDT)."""

    def prepare(
        self, data: ITDT, source: ImageSource, cache: "RunFolder", *, listener: Listener | None = None
    ) -> "IPDT":
        """Return the pack of ``data``, made in ``cache`` or found there.

        Args:
            data: the data set.
            source: reads its files.
            cache: holds packs, addressed by content.
            listener: is told the progress.

        Raises:
            DataError: no image could be decoded.
            StorageError: the cache cannot be written.
        """
        ...


class RunFolder(Protocol):
    """A folder in which every file is written whole or not at all."""

    @property
    def path(self) -> Path:
        """Where it is."""
        ...

    def write(self, name: str, content: bytes) -> Path:
        """Write ``name`` atomically and return its path; ``name`` may have folders in it (``a/b.json``).

        Raises:
            StorageError: ``name`` leaves the folder, or it cannot be written; what was there stays.
        """
        ...

    def writing(self, name: str) -> AbstractContextManager[Path]:
        """Yield a temporary path to write to; it becomes ``name`` when the block ends without an error.

        For what is too large to hold in memory. After an error nothing is left behind.
        """
        ...

    def append(self, name: str, content: str | bytes) -> None:
        """Append one line of text to ``name``, or bytes as they are."""
        ...

    def read(self, name: str) -> bytes:
        """Return the content of ``name``.

        Raises:
            StorageError: there is no such file, or it cannot be read.
        """
        ...

    def names(self, pattern: str = "**/*") -> Sequence[str]:
        """Return the names that match the glob ``pattern``, sorted."""
        ...

    def delete(self, name: str) -> None:
        """Remove ``name`` if it is there."""
        ...


class TrainingView(Protocol):
    """What an observer sees of a training between two steps. Looking changes nothing."""

    @property
    def step(self) -> int:
        """Steps of the generator so far; fewer than the last time where a collapsed training went back."""
        ...

    @property
    def steps(self) -> int:
        """Steps of the generator in all."""
        ...

    @property
    def values(self) -> Mapping[str, float]:
        """What the step measured, by name."""
        ...

    @property
    def latent(self) -> int:
        """Length of a latent vector; 0 where the network enlarges pictures and generates none."""
        ...

    @property
    def labels(self) -> int:
        """Number of styles that the model can be asked for; 0 where it learns them together."""
        ...

    def sample(self, latents: "Tensor", labels: "Tensor | None" = None) -> "Tensor":
        """Return images float32 (N, C, side, side) in [-1, 1] on the CPU, as the final model would make them.

        Where the network enlarges, these are pictures that were held out, by fours: one that is small, its pixels
        as squares; its enlargement by bicubic; by the network; and the truth.

        Args:
            latents: float32 (N, latent), on any device; never modified.
            labels: int64 (N,), below ``labels``; None takes each style in turn. Of no effect where that is 0.
        """
        ...


class TrainingObserver(Protocol):
    """Looks on while a model is trained. Measures, draws, and can ask for the end."""

    def observe(self, view: TrainingView, folder: RunFolder) -> bool:
        """Take note of a finished step.

        Args:
            view: the state of the training; valid only during the call.
            folder: the training's own folder, with ``log.jsonl``, for whatever the observer writes.

        Returns:
            True to go on, False to save and stop here (the training can be resumed).
        """
        ...

    def finish(self, folder: RunFolder) -> None:
        """Write what is left to write: the training has ended, or stops here, and is saved.

        It comes once, also where no step was observed; not after an error.

        Args:
            folder: as in `observe`.
        """
        ...


class Trainer(Protocol):
    """Trains a model on a pack (IPDT → IGME), or an enhancement network."""

    def train(
        self,
        data: "IPDT",
        folder: RunFolder,
        *,
        resume: bool = False,
        observers: Sequence[TrainingObserver] = (),
        listener: Listener | None = None,
    ) -> IGME | TrainedEnhancer | None:
        """Train to the end, or until an observer asks to stop.

        Args:
            data: the pack; never modified.
            folder: for checkpoints, logs and the final ``model.safetensors`` with ``model.json`` or
                ``enhancer.json``.
            resume: go on from the newest good checkpoint in ``folder``, if there is one.
            observers: look on after every step.
            listener: is told the progress.

        Returns:
            The finished model, or None when an observer stopped it before its last step.

        Raises:
            SettingsError: the settings do not go together, or not with the pack; or they let the losses diverge.
            CheckpointError: ``folder`` holds checkpoints of another configuration, only damaged ones, or any
                at all where ``resume`` is False.
        """
        ...


class Generator(Protocol):
    """Makes images (IGS, IGME → IGDT)."""

    def generate(self, settings: IGS, model: IGME | None) -> "Iterator[IGDT]":
        """Yield ``settings.count`` images in order, a few at a time.

        Image *i* depends on ``settings.seed + i`` and on nothing else of the run.

        Args:
            settings: how many, which seeds, from what.
            model: the trained model; None for a source that needs none.

        Raises:
            SettingsError: the model cannot do what is asked (an unknown style, say).
            WeightsError: the model's weights are missing or altered.
        """
        ...


class Enhancer(Protocol):
    """Makes images larger (IGDT, IES → IEDT). One object may serve several threads."""

    def enhance(self, data: "IGDT", settings: IES) -> "IEDT":
        """Return ``data`` at the size that ``settings`` asks for, and the sizes to keep.

        An image's result does not depend on the others in ``data``. ``data`` is never modified.

        Args:
            data: images (N, 3, H, W) in [-1, 1].
            settings: size, options of the enhancer; ``enhancer.weights`` is the path of a file by now.

        Raises:
            WeightsError: the weights are missing, altered or of another network.
        """
        ...


class Converter(Protocol):
    """Turns images into files (IEDT, ICS → IODT)."""

    def convert(self, data: "IEDT", settings: ICS) -> IODT:
        """Return the encoded files of all sizes of all images; equal input gives equal bytes."""
        ...

    def contact_sheet(self, pictures: Sequence[Path], settings: ICS) -> IODT:
        """Return one overview picture of the picture files ``pictures``."""
        ...


class ResultStore(Protocol):
    """Keeps the resulting files and an index of them (last end of IODT)."""

    def add(self, run: str, data: IODT) -> Sequence[StoredFile]:
        """Write the files of ``data`` into ``run``, each whole or not at all, then their rows.

        A file of the same name in the same run is replaced.

        Raises:
            RunError: there is no such run.
            StorageError: the disk is full or cannot be written.
        """
        ...

    def files(self, run: str | None = None) -> Sequence[StoredFile]:
        """Return the files of ``run``, or of all runs, in order of seed and size."""
        ...

    def find_picture(self, sha256: str) -> Path | None:
        """Return the kept copy of an input picture, or None."""
        ...

    def keep_picture(self, content: bytes) -> Path:
        """Keep a copy of an input picture, addressed by its digest."""
        ...


class RunQueue(Protocol):
    """The ``runs`` table."""

    def create(self, kind: RunKind, settings: Mapping[str, JsonValue], total: int) -> RunRecord:
        """Add a queued run and return it."""
        ...

    def get(self, run: str) -> RunRecord:
        """Return a run.

        Raises:
            RunError: there is none of that id (the message names the near match).
        """
        ...

    def list(self) -> Sequence[RunRecord]:
        """Return all runs, newest first."""
        ...

    def claim(self, run: str) -> RunRecord:
        """Make this process the owner of a run, and the run ``running``.

        Raises:
            RunError: it is done, or a process that is alive owns it: of two who claim, one is refused.
        """
        ...

    def beat(
        self, run: str, *, done: int | None = None, timings: Mapping[str, float] | None = None
    ) -> RunRequest | None:
        """Renew the heartbeat, note the progress, and return what others have asked for.

        Raises:
            RunError: this process does not own the run (any more).
        """
        ...

    def request(self, run: str, request: RunRequest) -> RunRecord:
        """Ask the owner to pause or cancel; where nobody owns the run, do it at once."""
        ...

    def finish(self, run: str, state: RunState, message: str = "") -> RunRecord:
        """Give the run up, in ``state``."""
        ...


class ModelStore(Protocol):
    """Knows the trained models by name: the shipped one and those under the data folder."""

    def list(self) -> Sequence[IGME]:
        """Return all models, the shipped one first."""
        ...

    def get(self, name_or_path: str | None = None) -> IGME:
        """Return the model of that name, or in that folder or file; None for the default one.

        Raises:
            WeightsError: there is none, or its weights are altered.
        """
        ...

    def by_digest(self, sha256: str) -> IGME:
        """Return the model whose weights have this digest.

        Raises:
            WeightsError: there is none.
        """
        ...


class WeightStore(Protocol):
    """Knows weights by name, the shipped and the official ones, and where files of them lie."""

    def find(self, name_or_path: str) -> Path | None:
        """Return the file, or None where it is not on this machine.

        Raises:
            WeightsError: the name is unknown, or the file has another digest.
        """
        ...

    def get(self, name_or_path: str, *, listener: Listener | None = None) -> Path:
        """Return the file; download it (digest checked, whole or not at all) where it is not here yet.

        Raises:
            WeightsError: the name is unknown, the digest differs, or it cannot be downloaded.
        """
        ...


class SettingsSource(Protocol):
    """Collects the settings from the user: command line, file, page."""

    def read(self) -> tuple[IGS, IES, ICS]:
        """Return the three settings contracts.

        Raises:
            SettingsError: listing all that is wrong at once.
        """
        ...
