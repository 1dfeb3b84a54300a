"""The table of a study of style transfer, in the folder of its run."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from interfaces.errors import ArtgenError
from interfaces.events import Listener, Notice
from interfaces.igs import Stylize
from pipeline.factories.stores import weight_store
from pipeline.settings.config import PipelineConfig
from storage.result_store import SqlResultStore
from storage.run_folder import DirectoryFolder

if TYPE_CHECKING:
    from pipeline.stylize.table import Row

__all__ = ["STUDY_CSV", "read_study", "write_study"]

STUDY_CSV = "study.csv"
_STUDY_JSON = "study.json"


def write_study(config: PipelineConfig, root: Path, run: str, listener: Listener) -> None:
    """Measure the pictures that a run has made of several settings, and write the table; of other runs nothing is written.

    Where they cannot be measured, the pictures are there all the same, and the user is told why there is no table.

    Args:
        config: what the run was asked for.
        root: folder of the result store.
        run: id of the run.
        listener: is told what is missing.
    """
    igs, source = config.generation, config.generation.source
    if not isinstance(source, Stylize) or not source.variations:
        return
    from pipeline.stylize.table import (
        as_csv,
        as_json,
        measured,
    )  # with the networks that other runs do not need

    titles = {
        seed: variation.title for seed, variation in zip(igs.image_seeds, source.variations, strict=True)
    }
    results = SqlResultStore(root)
    files = [file for file in results.files(run) if file.role == "final"]
    files = [file for file in files if max(file.width, file.height) == source.size]
    try:
        if files:
            names = [titles[file.seed or 0] for file in files]
            rows = measured(files, names, results, weight_store(config.components))
            folder = DirectoryFolder(root / run)
            folder.write(_STUDY_JSON, as_json(rows))
            folder.write(STUDY_CSV, as_csv(rows))
    except ArtgenError as error:
        listener(Notice(level="warning", text=f"the table of the study is not written: {error}"))


def read_study(root: Path, run: str) -> "list[Row]":
    """Return the table of a run, empty where it has none."""
    path = root / run / _STUDY_JSON
    if not path.is_file():
        return []
    from pipeline.stylize.table import Row

    return [Row(**row) for row in json.loads(path.read_text(encoding="utf-8"))]
