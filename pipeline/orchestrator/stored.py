"""The pictures of a result store: which are there, and copies of those of a run."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from components.generation import GENERATORS
from interfaces.errors import ArtgenError, StorageError
from interfaces.igme import IGME
from interfaces.igs import IGS
from interfaces.ports import DrawsStyles
from interfaces.runs import StoredFile
from pipeline.factories.stores import model_store
from pipeline.orchestrator.reproduce import open_results, read_file
from storage.run_folder import DirectoryFolder
from storage.run_queue import SqlRunQueue

__all__ = ["export_run", "stored_files", "styles_of"]


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


def styles_of(out: Path, files: Sequence[StoredFile]) -> list[str | None]:
    """Return the style of each file of the store in ``out``: the one that was asked for, or that its seed has drawn.

    None where the model has none to choose from, or is gone; contact sheets have none either.
    """
    runs = {record.id: record.settings for record in SqlRunQueue(open_results(out).root).list()}
    models: dict[str, IGME | None] = {}
    return [_style(runs.get(file.run, {}), file.seed, models) for file in files]


def _style(settings: Mapping[str, Any], seed: int | None, models: dict[str, IGME | None]) -> str | None:
    """Return the style of a picture; ``models`` has those that were looked for already, by their digest."""
    config = settings.get("config") or {}
    digest = (settings.get("fixed") or {}).get("model")
    if seed is None or "generation" not in config:
        return None
    asked = IGS.model_validate(config["generation"])
    named = (config.get("components") or {}).get("generator") or asked.source.kind
    generator = GENERATORS[named]() if named in GENERATORS else None  # looking runs nobody else's code
    if digest is None or not isinstance(generator, DrawsStyles):
        return asked.style
    if digest not in models:
        models[digest] = _model(digest, config.get("model"))
    model = models[digest]
    return asked.style if model is None else generator.style_of(seed, asked, model)


def _model(digest: str, name: str | None) -> IGME | None:
    """Return the model with these weights, which may be known by a path alone; None where it is gone."""
    with suppress(ArtgenError):
        return model_store().by_digest(digest)
    with suppress(ArtgenError):
        model = model_store().get(name)
        return model if model.weights_sha256 == digest else None
    return None


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
