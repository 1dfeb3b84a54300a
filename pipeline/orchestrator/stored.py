"""The pictures of a result store: which are there, and copies of those of a run."""

import json
from pathlib import Path

from interfaces.errors import StorageError
from interfaces.runs import StoredFile
from pipeline.orchestrator.reproduce import open_results, read_file
from storage.run_folder import DirectoryFolder

__all__ = ["export_run", "stored_files"]


def stored_files(out: Path, run: str | None = None) -> tuple[list[StoredFile], list[StoredFile]]:
    """Return the files of a run, or of all runs, that are there, and those that somebody has deleted since.

    Raises:
        RunError: there is no such run.
        StorageError: there is no store.
    """
    there: list[StoredFile] = []
    gone: list[StoredFile] = []
    for file in open_results(out).files(run):
        (there if Path(file.path).is_file() else gone).append(file)
    return there, gone


def export_run(run: str, out: Path, folder: Path) -> tuple[int, list[str]]:
    """Copy the files of a run into ``folder``, with ``index.json``.

    Returns:
        How many there are, and which could not be copied, each with the reason.
    """
    there, gone = stored_files(out, run)
    target = DirectoryFolder(folder)
    faults = [f"{file.path} is gone" for file in gone]
    copied = []
    for file in there:
        try:
            content = read_file(Path(file.path))
        except StorageError as error:
            faults.append(str(error))
            continue
        target.write(file.name, content)
        copied.append(file.model_dump(mode="json", exclude={"path", "run"}))
    target.write("index.json", (json.dumps({"run": run, "files": copied}, indent=1) + "\n").encode())
    return len(copied), faults
