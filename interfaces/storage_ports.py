"""The ports behind which data lie: what storage can be asked to do.

Protocols without behaviour, as those of `interfaces.ports`, which has all of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from pydantic import JsonValue

from interfaces.events import Listener
from interfaces.igme import IGME
from interfaces.iodt import IODT
from interfaces.itdt import ITDT
from interfaces.provenance import Publication
from interfaces.runs import RunKind, RunProgress, RunRecord, RunRequest, RunState, StoredFile

__all__ = [
    "ImageSource",
    "ModelStore",
    "ResultStore",
    "RunFolder",
    "RunQueue",
    "TrainingStore",
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

    def keep_picture(self, picture: Path) -> Path:
        """Keep a copy of an input picture, addressed by its digest, and return where it is found from now on.

        Raises:
            DataError: it cannot be read.
            StorageError: the disk is full or cannot be written.
        """
        ...


class RunQueue(Protocol):
    """The ``runs`` table: one queue for work of every kind. Any number of processes may use it at once."""

    def create(
        self,
        kind: RunKind,
        settings: Mapping[str, JsonValue],
        total: int,
        *,
        folder: Path | None = None,
        claimed: bool = False,
    ) -> RunRecord:
        """Add a run at the end of the queue and return it.

        Args:
            kind: of the job.
            settings: of the job.
            total: how much there is to do; 0 where it is not known yet.
            folder: where it writes besides the result store.
            claimed: make this process its owner at once, so that no worker takes it.
        """
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

    def claim_next(self) -> RunRecord | None:
        """Claim the queued run whose turn it is; None where nothing is queued. No two processes get the same one."""
        ...

    def move(self, run: str, place: int) -> RunRecord:
        """Let a queued run be the ``place``-th, from 1; the others keep their order.

        Raises:
            RunError: there is no such run, or it is not queued.
        """
        ...

    def requeue(self, run: str) -> RunRecord:
        """Put a run that was begun before at the end of the queue, for a worker to go on with.

        Raises:
            RunError: it is done, or somebody works on it.
        """
        ...

    def describe(
        self,
        run: str,
        *,
        settings: Mapping[str, JsonValue] | None = None,
        total: int | None = None,
        folder: Path | None = None,
    ) -> RunRecord:
        """Write down what is known by now of a run of this process: definite settings, how much there is to do, its folder.

        Raises:
            RunError: this process does not own the run (any more).
        """
        ...

    def beat(
        self,
        run: str,
        *,
        done: int | None = None,
        timings: Mapping[str, float] | None = None,
        progress: RunProgress | None = None,
        message: str | None = None,
    ) -> RunRequest | None:
        """Renew the heartbeat, note the progress, and return what others have asked for.

        Raises:
            RunError: this process does not own the run (any more).
        """
        ...

    def request(self, run: str, request: RunRequest) -> RunRecord:
        """Ask the owner to pause or cancel; where nobody owns the run, do it at once."""
        ...

    def finish(self, run: str, state: RunState, message: str = "", *, refused: bool = False) -> RunRecord:
        """Give the run up, in ``state``.

        Args:
            run: of this process.
            state: how it ended.
            message: why.
            refused: it never came to write: what lies in its folder is another's, and its record names none.
        """
        ...


class ModelStore(Protocol):
    """Knows the trained models by name: the shipped one and those under the data folder."""

    def list(self) -> Sequence[IGME]:
        """Return all models, the shipped one first."""
        ...

    def get(self, name_or_path: str | None = None) -> IGME:
        """Return the model of that name, or in that folder or file; None for the default one.

        Raises:
            AmbiguousModelError: several models have the name.
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

    @property
    def names(self) -> Sequence[str]:
        """All names that are known."""
        ...

    def find(self, name_or_path: str, *, listener: Listener | None = None) -> Path | None:
        """Return the file, or None where it is not on this machine.

        Args:
            name_or_path: a name that is known, or the path of a file.
            listener: is told what lies where the file should, and is another one.

        Raises:
            WeightsError: the name is unknown, or every file that is here has another digest.
        """
        ...

    def get(self, name_or_path: str, *, listener: Listener | None = None) -> Path:
        """Return the file; download it (digest checked, whole or not at all) where it is not here yet.

        Raises:
            WeightsError: the name is unknown, the digest differs, or it cannot be downloaded.
        """
        ...

    def by_digest(self, sha256: str, others: Iterable[Path] = ()) -> Path:
        """Return the file with this digest, from wherever weights lie; ``others`` are looked at last.

        Raises:
            WeightsError: there is none.
        """
        ...

    def advice(self, name: str) -> str:
        """Return the one command that brings weights of a known name which are not on this machine."""
        ...

    def publication(self, sha256: str) -> Publication | None:
        """Return what is known of the file with this digest by those who published it, or None."""
        ...
