"""What is known of how a stored picture was made, where its file says nothing of it."""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from interfaces.errors import DataError, RunError
from interfaces.page import PageParts
from interfaces.pictures import StoredPicture
from interfaces.runs import RunRecord

__all__ = ["about_picture"]

_DIGEST = re.compile(r"[0-9a-f]{64}")


def about_picture(parts: PageParts, file: StoredPicture) -> dict[str, Any] | None:
    """Return the document of a picture file; of one that has none of its own, what its run and the index know; None for neither.

    A preserved picture carries what its input picture carried: a document in it is that one's, and not its own.

    Raises:
        StorageError: the file or the index cannot be read.
    """
    try:
        record = parts.queue.get(file.run)
    except RunError:  # deleted meanwhile
        return None
    config = _table(record.settings.get("config"))
    if not _table(config.get("conversion")).get("preserve"):
        with suppress(DataError):  # of a format without documents, or damaged: the run knows
            if document := parts.read_metadata(Path(file.path)):
                return dict(document)
    return _known(record, config, file, parts.hide) if config else None


def _known(
    record: RunRecord, config: Mapping[str, Any], file: StoredPicture, hide: Callable[[str], str]
) -> dict[str, Any]:
    """Return what a document would have, as far as it was written down, and who says it."""
    fixed, generation = _table(record.settings.get("fixed")), _table(config.get("generation"))
    source = _table(generation.get("source"))
    shown = {name: source[name] for name in ("kind", "to") if name in source}
    weights = {"weights": fixed["weights"]} if fixed.get("weights") else {}
    stages: dict[str, dict[str, Any]] = {
        "generation": {"settings": {"style": file.style, "source": shown}},
        "enhancement": {
            "settings": config.get("enhancement"),
            "digests": weights,
            "runtime": {"threads": fixed.get("threads")},
        },
        "conversion": {"settings": config.get("conversion")},
    }
    if file.model is not None:
        stages["generation"]["digests"] = {"model": file.model}
    told = {
        "told_by": f"run {file.run}; the file itself does not say it",
        "seed": file.seed, "width": file.width, "height": file.height, "role": file.role,
        "sha256": file.sha256, "created": file.created.isoformat(),
        "origin": _origin(source, (file.seed or 0) - (generation.get("seed") or 0)),
        "chain": [{"stage": stage, **known} for stage, known in stages.items()],
    }  # fmt: skip
    hidden: dict[str, Any] = _hidden(told, hide)
    return hidden


def _origin(source: Mapping[str, Any], at: int) -> dict[str, str] | None:
    """Return name and digest of an input picture, as far as the store keeps it."""
    paths, names = source.get("paths") or (), source.get("names") or ()
    if not 0 <= at < len(paths):
        return None
    path = Path(paths[at])
    known = {"name": names[at] if at < len(names) else path.name}
    return {**known, "sha256": path.stem} if _DIGEST.fullmatch(path.stem) else known


def _hidden(value: Any, hide: Callable[[str], str]) -> Any:
    """Return a document without a path of the server in it."""
    if isinstance(value, str):
        return hide(value)
    if isinstance(value, Mapping):
        return {name: _hidden(each, hide) for name, each in value.items()}
    return [_hidden(each, hide) for each in value] if isinstance(value, list | tuple) else value


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
