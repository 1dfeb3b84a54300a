"""How near stylized pictures are to their content and to their styles: a table, from what their files say of themselves."""

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from components.conversion import read_metadata
from components.conversion.document import Document
from components.evaluation.style_measures import load_judge, measure_style
from components.generation.style_transfer.preparation import prepare
from components.imaging.picture_file import read_picture
from components.networks.vgg19_taps import VGG19Taps
from interfaces.errors import DataError, WeightsError
from interfaces.igs import Stylize
from interfaces.ports import ResultStore, WeightStore
from interfaces.provenance import StageRecord
from interfaces.runs import StoredFile

__all__ = ["MEASURES", "Row", "as_csv", "as_json", "measured"]

MEASURES = ("mse", "ssim", "gram", "content_distance", "style_distance")
_JUDGE = "squeezenet1_1"


class Row(NamedTuple):
    """Of one picture."""

    title: str
    picture: str
    """Its file's name."""
    values: dict[str, float | None]
    """By the names of `MEASURES`; None where its network is not on this machine."""


def measured(
    files: Sequence[StoredFile], titles: Sequence[str], results: ResultStore, weights: WeightStore
) -> list[Row]:
    """Return a row for each of ``files``, stylized pictures as large as they were made.

    Gram matrices are those of the features with which the picture was made, or of random ones; the feature distances are those of
    SqueezeNet, which no algorithm optimises.

    Args:
        files: the pictures.
        titles: how people are told of each.
        results: the store that keeps what they were made of.
        weights: knows where the networks lie.

    Raises:
        DataError: a file does not say what it was made of, or that is not kept.
    """
    judge = load_judge(_find(_JUDGE, weights))
    networks: dict[str | None, VGG19Taps] = {}
    rows = []
    for file, title in zip(files, titles, strict=True):
        content = Path(file.path).read_bytes()
        record = _generation(file.path, content)
        digest = record.digests.get("features")
        if digest not in networks:
            networks[digest] = VGG19Taps(weights.by_digest(digest) if digest else None)
        source, contents, styles, masks = _inputs(record, results)
        ready = prepare(source, contents, styles, masks)
        image = read_picture(content).image
        found = measure_style(
            image, ready.content, ready.styles, blend=source.blend, features=networks[digest], judge=judge
        )
        rows.append(Row(title, Path(file.path).name, {name: getattr(found, name) for name in MEASURES}))
    return rows


def as_csv(rows: Sequence[Row]) -> bytes:
    """Return the table as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("title", "picture", *MEASURES))
    writer.writerows((row.title, row.picture, *row.values.values()) for row in rows)
    return text.getvalue().encode()


def as_json(rows: Sequence[Row]) -> bytes:
    """Return the table as JSON."""
    return (json.dumps([row._asdict() for row in rows], indent=2) + "\n").encode()


def _generation(path: str, content: bytes) -> StageRecord:
    metadata = read_metadata(content)
    if metadata is None:
        raise DataError(f"{path} does not say what it was made of; make it with its metadata")
    return Document.model_validate(metadata).chain[0]


def _inputs(record: StageRecord, results: ResultStore) -> tuple[Stylize, Any, list[Any], list[Any]]:
    found = {}
    for name, digest in record.digests.items():
        if Stylize.is_input(name):
            kept = results.find_picture(digest)
            if kept is None:
                raise DataError(f"the {name} (SHA-256 {digest}) is not kept in the result store any more")
            found[name] = kept
    said: Any = record.settings["source"]
    source = Stylize.restored({**said, "denoise_before": 0.0}, found)
    content, *_ = (read_picture(path.read_bytes()) for path in source.paths)
    styles, masks = (
        [read_picture(path.read_bytes()) for path in paths] for paths in (source.styles, source.masks)
    )
    return source, content, styles, masks


def _find(name: str, weights: WeightStore) -> Path | None:
    try:
        return weights.find(name)
    except WeightsError:
        return None
