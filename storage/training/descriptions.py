"""Descriptions of data sets that were made before, so that unchanged files are not read again."""

from hashlib import sha256
from typing import final

from interfaces.errors import StorageError
from interfaces.itdt import ITDT
from interfaces.ports import RunFolder

__all__ = ["Descriptions"]


@final
class Descriptions:
    """Keeps one description for each source, with the state of the files that it was made from.

    A file is one line, the digest of state and description, and the description as JSON.
    """

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder

    def find(self, source: str, state: str) -> ITDT | None:
        """Return the description of ``source`` in ``state``, or None; a damaged file counts as none."""
        try:
            digest, _, body = self._folder.read(_name(source)).partition(b"\n")
            return ITDT.model_validate_json(body) if digest == _digest(state, body) else None
        except (StorageError, ValueError):
            return None

    def keep(self, source: str, state: str, data: ITDT) -> None:
        """Keep a description in place of the one before.

        Raises:
            StorageError: the folder cannot be written.
        """
        body = data.model_dump_json().encode()
        self._folder.write(_name(source), _digest(state, body) + b"\n" + body)


def _name(source: str) -> str:
    return f"{sha256(source.encode('utf-8', 'surrogateescape')).hexdigest()}.json"


def _digest(state: str, body: bytes) -> bytes:
    return sha256(state.encode() + body).hexdigest().encode()
