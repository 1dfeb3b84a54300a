"""Results beside each other in a folder of the user's, under the names of their input pictures."""

import errno
import json
import mimetypes
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple, final

from interfaces.errors import DataError, StorageError
from interfaces.iodt import IODT, EncodedFile
from interfaces.runs import StoredFile
from storage.digest import file_sha256
from storage.run_folder import DirectoryFolder

__all__ = ["JOURNAL", "PictureFolder", "Planned"]

JOURNAL = "artgen-enhance.jsonl"
"""In the folder: one line for each file, saying what it was made from, and how."""

_FULL = (errno.ENOSPC, errno.EDQUOT)


class Planned(NamedTuple):
    """One input picture, and the file that its result becomes."""

    source: Path
    name: str
    """Of the result inside the folder, with ``/`` between folders."""


@final
class PictureFolder:
    """A `ResultStore` for pictures that each have an input picture: that with the seed *i* is the *i*-th planned one.

    It keeps no copies of input pictures: the journal has their places and digests.

    Args:
        root: the folder.
        plan: what becomes of which input picture.
        key: digest of all that decides a result, from the digest of the input picture and the name of the result.
        resume: take what an earlier run has made of the same content with the same key for made, as long as it has still
            the bytes that it had then.
        looked: is called after each input picture that was compared with what is there.
    """

    def __init__(
        self,
        root: Path,
        plan: Sequence[Planned],
        *,
        key: Callable[[str, str], str],
        resume: bool = False,
        looked: Callable[[int], None] | None = None,
    ) -> None:
        self._folder = DirectoryFolder(root)
        self._plan = plan
        self._key = key
        self._looked = looked or (lambda done: None)
        self._resume = resume
        self._journal = _read_journal(self._folder) if resume else {}
        self._made: dict[int, dict[str, Any]] = {}

    def add(self, run: str, data: IODT) -> Sequence[StoredFile]:
        """Write the final files of ``data``: each whole or not at all, then its line in the journal.

        Raises:
            DataError: one cannot be written where it shall be; others may well be.
            StorageError: the disk is full, or the journal cannot be written.
        """
        return [self._add(run, file) for file in data.files if file.role == "final"]

    def files(self, run: str | None = None) -> Sequence[StoredFile]:
        """Return what is made: by this run, and where it resumes, by those before it."""
        if self._resume:
            for seed, planned in enumerate(self._plan):
                if seed not in self._made and (entry := self._found(planned)) is not None:
                    self._made[seed] = entry
                self._looked(seed + 1)
            self._resume = False  # once, for the input pictures are read whole for that
        return [self._stored(seed, entry) for seed, entry in sorted(self._made.items())]

    def find_picture(self, sha256: str) -> Path | None:
        """Return the place of the input picture with this digest, or None where it is not there any more."""
        for entry in self._entries():
            path = Path(str(entry.get("source")))
            if entry.get("picture") == sha256 and path.is_file() and file_sha256(path) == sha256:
                return path
        return None

    def keep_picture(self, picture: Path) -> Path:
        """Return where the input picture lies: there it stays."""
        return picture

    def metadata(self, seed: int) -> Mapping[str, Any]:
        """Return what the journal knows of how that result came about; empty where it is not made."""
        metadata: Mapping[str, Any] = self._made.get(seed, {}).get("metadata", {})
        return metadata

    def _entries(self) -> Iterator[Mapping[str, Any]]:
        yield from self._made.values()
        yield from self._journal.values()

    def _add(self, run: str, file: EncodedFile) -> StoredFile:
        seed = int(file.seed or 0)
        source, name = self._plan[seed]
        digest = str(_origin(file.metadata).get("sha256", ""))
        try:
            self._folder.write(name, file.content)
        except StorageError as error:
            if isinstance(error.__cause__, OSError) and error.__cause__.errno in _FULL:
                raise
            raise DataError(str(error)) from error  # the next one may have a place
        entry = {
            "run": run,
            "name": name,
            "key": self._key(digest, name),
            "source": str(source),
            "picture": digest,
            "sha256": sha256(file.content).hexdigest(),
            "size": len(file.content),
            "created": datetime.now(UTC).isoformat(),
            **file.model_dump(mode="json", include={"media_type", "role", "width", "height", "metadata"}),
        }
        self._folder.append(JOURNAL, json.dumps(entry))
        self._made[seed] = entry
        return self._stored(seed, entry)

    def _found(self, planned: Planned) -> dict[str, Any] | None:
        entry = self._journal.get(planned.name)
        path = self._folder.path / planned.name
        if entry is None or not path.is_file():
            return None
        try:
            digest = file_sha256(planned.source)
        except StorageError:
            return None  # it is told when its turn comes
        same = entry["key"] == self._key(digest, planned.name) and entry["sha256"] == file_sha256(path)
        return {**_unsaid(path), **entry} if same else None

    def _stored(self, seed: int, entry: Mapping[str, Any]) -> StoredFile:
        fields = ("run", "media_type", "role", "width", "height", "size", "sha256", "created")
        place = {"name": PurePosixPath(entry["name"]).name, "path": str(self._folder.path / entry["name"])}
        return StoredFile.model_validate({name: entry[name] for name in fields} | place | {"seed": seed})


def _unsaid(path: Path) -> dict[str, Any]:
    """Return what lines of before runs were in the journal leave unsaid."""
    status = path.stat()
    return {
        "run": "unknown",
        "media_type": mimetypes.guess_type(path.name)[0] or "image/png",
        "role": "final",
        "width": 0,
        "height": 0,
        "size": status.st_size,
        "created": datetime.fromtimestamp(status.st_mtime, UTC).isoformat(),
    }


def _origin(metadata: Mapping[str, Any]) -> Mapping[str, Any]:
    return metadata.get("origin") or {}


def _read_journal(folder: DirectoryFolder) -> dict[str, dict[str, Any]]:
    """Return the newest entry for each file; a line that was broken off by a crash counts as not written."""
    if not (folder.path / JOURNAL).is_file():
        return {}
    entries: dict[str, dict[str, Any]] = {}
    for line in folder.read(JOURNAL).decode("utf-8", errors="replace").splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict) and {"name", "key", "sha256"} <= set(entry):
            entries[entry["name"]] = entry
    return entries
