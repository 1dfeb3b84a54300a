"""One writer for each folder: a lock of the operating system, which a process that dies cannot leave behind."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from interfaces.errors import RunError, StorageError
from storage.process import this_process
from storage.run_folder import DirectoryFolder

__all__ = ["check_not_written_to", "writing_to"]

_LOCK = ".writing.lock"
_HOLDER = ".writing.json"
"""Who holds the lock; worth nothing without it, since a process that is killed leaves it."""


@contextmanager
def writing_to(path: Path, run: str) -> Iterator[None]:
    """Have ``path`` to oneself while the block lasts; a folder that is not there is made.

    Args:
        path: a folder.
        run: id of the run that writes, for whoever else wants to.

    Raises:
        RunError: somebody else writes to it; the message says who.
        StorageError: it cannot be written.
    """
    folder = DirectoryFolder(path)
    lock = _lock(folder)
    try:
        folder.write(_HOLDER, json.dumps({"run": run, "owner": this_process()}).encode())
        yield
    finally:
        folder.delete(_HOLDER)
        lock.release()


def check_not_written_to(path: Path) -> None:
    """Return if nobody writes to ``path`` at this moment; a folder that is not there is not made.

    Raises:
        RunError: somebody does; the message says who.
    """
    if (path / _LOCK).is_file():
        _lock(DirectoryFolder(path)).release()


def _lock(folder: DirectoryFolder) -> FileLock:
    lock = FileLock(folder.path / _LOCK, timeout=0, thread_local=False)
    try:
        folder.path.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise RunError(
            f"{folder.path}: {_holder(folder)} writes to it; wait for its end (`artgen runs list`), or take another folder"
        ) from error
    except OSError as error:
        raise StorageError(f"{folder.path} cannot be locked: {error.strerror or error}") from error
    return lock


def _holder(folder: DirectoryFolder) -> str:
    try:
        holder = json.loads(folder.read(_HOLDER))
        host, pid, _ = str(holder["owner"]).rsplit("/", 2)
        return f"run {holder['run']} (process {pid} on {host})"
    except (StorageError, ValueError, KeyError, TypeError):  # it has the lock and has not said so yet
        return "another process"
