"""Removes a run from a result store: its row, and the pictures that it stored."""

import shutil
from pathlib import Path

from sqlalchemy import delete, select

from interfaces.errors import RunError, StorageError
from interfaces.runs import RunRecord
from storage.gallery import TRASH
from storage.index import Index
from storage.previews import remove_previews
from storage.run_owner import is_orphaned
from storage.schema import files, runs
from storage.unfinished import remove_unfinished

__all__ = ["check_at_rest", "delete_run", "files_of_run"]


def files_of_run(root: Path, run: str) -> list[Path]:
    """Return the files that `delete_run` removes: those in the run's folder of the store.

    What a run has written elsewhere, as a training does, is not among them, nor are kept input pictures, which other runs
    may share.
    """
    return sorted(path for path in (root / run).rglob("*") if path.is_file())


def check_at_rest(record: RunRecord) -> None:
    """Return if nobody works on a run.

    Raises:
        RunError: somebody does.
    """
    if record.state == "running" and not is_orphaned(record):
        raise RunError(f"run {record.id} is running: `artgen runs cancel {record.id}` ends it")


def delete_run(root: Path, run: str) -> None:
    """Remove a run and its files; nobody can claim it meanwhile.

    Args:
        root: folder of the result store.
        run: id of the run.

    Raises:
        RunError: there is no such run, or somebody works on it.
        StorageError: the files or the row cannot be removed; what is left is removed by another call.
    """
    index = Index(root)
    with index.writing() as connection:
        row = connection.execute(select(runs).where(runs.c.id == run).with_for_update()).one_or_none()
        if row is not None:
            check_at_rest(RunRecord.model_validate(dict(row._mapping)))
            _remove(index.root / run)
            _remove(index.root / TRASH / run)
            remove_previews(index.root, run)
            remove_unfinished(index.root, run)
            connection.execute(delete(files).where(files.c.run == run))
            connection.execute(delete(runs).where(runs.c.id == run))
    if row is None:
        raise index.no_such_run(run)


def _remove(folder: Path) -> None:
    try:
        if folder.exists():
            shutil.rmtree(folder)
    except OSError as error:
        raise StorageError(
            f"{error.filename or folder} cannot be removed: {error.strerror or error}"
        ) from error
