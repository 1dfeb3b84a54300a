"""The ports behind which data lie: what storage can be asked to do.

Protocols without behaviour, as those of `interfaces.ports`, which has all of them.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol, runtime_checkable

from interfaces.events import Listener
from interfaces.igme import IGME
from interfaces.iodt import IODT
from interfaces.itdt import ITDT
from interfaces.pictures import Deletion, PictureChoices, PictureFilter, StoredPicture
from interfaces.provenance import Publication
from interfaces.runs import StoredFile

__all__ = [
    "Gallery",
    "HasDefaults",
    "ImageSource",
    "ModelStore",
    "ResultStore",
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


class Gallery(Protocol):
    """The pictures of a result store, some at a time: to look through, to rate, to delete.

    A picture is its final file; the other sizes that are kept of it come and go with it.
    """

    def pictures(self, wanted: PictureFilter, *, offset: int = 0, limit: int = 60) -> Sequence[StoredPicture]:
        """Return pictures, newest run first, in order of seed within a run; ``limit`` of them behind the first ``offset``."""
        ...

    def count(self, wanted: PictureFilter) -> int:
        """Return how many there are."""
        ...

    def choices(self) -> PictureChoices:
        """Return the runs, styles and models that there are pictures of."""
        ...

    def find(self, run: str, name: str) -> StoredPicture | None:
        """Return the file of that name, of whatever size, or None."""
        ...

    def sizes(self, picture: StoredPicture) -> Sequence[StoredPicture]:
        """Return the files of a picture in all its sizes, smallest first."""
        ...

    def rate(
        self, run: str, name: str, *, stars: int | None = None, note: str | None = None
    ) -> StoredPicture:
        """Give a picture stars, a note, or both; None leaves what it has.

        Raises:
            StorageError: there is no such picture, or it cannot be written down.
        """
        ...

    def delete(self, wanted: PictureFilter | Sequence[tuple[str, str]]) -> Deletion:
        """Put pictures into the trash: all of a filter, or those of these runs and names. What was put there over a day ago is removed.

        Raises:
            StorageError: they cannot be moved.
        """
        ...

    def restore(self, moment: datetime) -> int:
        """Bring back what was deleted at ``moment``, and return how many pictures that are.

        Raises:
            StorageError: they cannot be moved.
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


@runtime_checkable
class HasDefaults(Protocol):
    """A model store with a default model for each kind of source."""

    def get_default(self, takes: str) -> IGME:
        """Return the default one of the models that take the same, by the ``kind`` of `GenerativeNetwork.takes`.

        Raises:
            WeightsError: nobody has named one, or its weights are altered.
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
