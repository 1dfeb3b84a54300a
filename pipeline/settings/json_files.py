"""Reading the JSON files that a training leaves behind, whatever state it is in."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from interfaces.errors import DataError, StorageError

__all__ = ["read_lines", "read_object"]


def read_object(path: Path) -> dict[str, Any]:
    """Return the JSON object in ``path``, an empty one where there is no such file.

    Raises:
        DataError: it holds something else.
        StorageError: it cannot be read.
    """
    text = _read(path)
    return _parse(text, str(path)) if text is not None else {}


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield one object a line, none where there is no such file.

    A last line without its end was cut off by a kill and counts as not written.

    Raises:
        DataError: a line holds something else.
        StorageError: it cannot be read.
    """
    for number, line in enumerate((_read(path) or "").splitlines(keepends=True), start=1):
        if line.endswith("\n") and line.strip():
            yield _parse(line, f"{path} line {number}")


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise StorageError(f"{path} cannot be read: {error}") from error


def _parse(text: str, where: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise DataError(f"{where}: wanted JSON as artgen writes it, got something else ({error})") from error
    if not isinstance(found, dict):
        raise DataError(f"{where}: wanted a JSON object, got {type(found).__name__}")
    return found
