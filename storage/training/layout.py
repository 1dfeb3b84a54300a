"""Which style and split a file belongs to, by its path, its name's prefix, or ArtBench's table."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import final

from interfaces.errors import DataError
from interfaces.itdt import Split

__all__ = ["Label", "Layout", "Placed", "is_picture_name", "read_labels", "style_fault"]

_SPLITS: dict[str, Split] = {
    "train": "train",
    "training": "train",
    "test": "test",
    "testing": "test",
    "val": "test",
    "valid": "test",
    "validation": "test",
}
_DOMAIN = re.compile(r"(train|test|val)[-_ ]?([ab])", re.IGNORECASE)
"""A folder of the published sets for translation: split and domain in one name."""
_NOT_PICTURES = re.compile(
    r"(txt|csv|tsv|jsonl?|md|rst|html?|xml|ya?ml|toml|ini|cfg|log|db|py|ipynb|sh|pdf"
    r"|pkl|pickle|np[yz]|pth?|safetensors|lock|mdb|sha256|md5)",
    re.IGNORECASE,
)
_STYLE = re.compile(r"[^/\\\x00-\x1f\ud800-\udfff]{1,255}")
_NOT_PICTURE_NAMES = frozenset({"readme", "license", "licence", "copying", "notice", "checksums"})


@final
@dataclass(frozen=True, slots=True)
class Label:
    """What ArtBench's table says of one picture."""

    style: str
    split: Split | None


@final
@dataclass(frozen=True, slots=True)
class Placed:
    """A file with its style and split, or with the reason why it has none."""

    name: str
    style: str = ""
    split: Split = "train"
    fault: str = ""


def style_fault(style: str) -> str:
    """Return why ``style`` cannot name a style, or an empty string.

    >>> style_fault("ukiyo-e"), style_fault("a/b")
    ('', 'its style is not a plain name')
    """
    return "" if _STYLE.fullmatch(style) else "its style is not a plain name"


def is_picture_name(name: str, *, in_archive: bool = False) -> bool:
    """Say whether a file is meant to be a picture: not hidden, no text, table or leftover of a system.

    In an archive a backslash parts folders as a slash does, since Windows wrote it so; in a folder it belongs to the
    name. A file with an unknown suffix is taken for one, so that a broken picture is reported and not overlooked.

    >>> [is_picture_name(n) for n in ("a/1.jpg", "a/.1.jpg", "__MACOSX/a/1.jpg", "Thumbs.db", "a/1.heic")]
    [True, False, False, False, True]
    """
    *folders, last = _parts(name, in_archive)
    if last.startswith(".") or any(part.startswith(".") and part != ".." for part in folders):
        return False
    stem, dot, suffix = last.rpartition(".")
    if not dot:
        return last.casefold() not in _NOT_PICTURE_NAMES
    return "__MACOSX" not in folders and not _NOT_PICTURES.fullmatch(suffix) and bool(stem)


def read_labels(content: bytes, name: str) -> dict[str, Label] | None:
    """Return style and split by file name from a CSV table, or None where it is no such table.

    ArtBench-10.csv has the columns ``name`` and ``label`` and, in later editions, ``split``.

    Raises:
        DataError: the table has these columns, but its rows are damaged.
    """
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig")))
        if not {"name", "label"} <= set(reader.fieldnames or ()):
            return None
        return {
            row["name"]: Label(row["label"], _SPLITS.get((row.get("split") or "").strip()))
            for row in reader
            if row["name"] and row["label"]
        }
    except (csv.Error, UnicodeDecodeError) as error:
        raise DataError(f"{name} is damaged: {error}") from error


@final
class Layout:
    """Gives files their styles and splits.

    From the top: folders that hold everything are passed over; ``train`` and ``test`` folders give the split;
    the next folder is the style; ``trainA``, ``trainB``, ``testA`` and ``testB`` give both. Without any folder, the style is ``dataset``.

    Args:
        dataset: name of the data set.
        style_from_prefix: take the style from the name, up to the first underscore.
        labels: what a table says, by file name; wins over folders.
        in_archive: whether the names are those of an archive, where a backslash parts folders, too.
    """

    def __init__(
        self,
        dataset: str,
        *,
        style_from_prefix: bool = False,
        labels: Mapping[str, Label] | None = None,
        in_archive: bool = False,
    ) -> None:
        self._in_archive = in_archive
        self._dataset = dataset
        self._by_prefix = style_from_prefix
        self._labels = labels or {}

    def place(self, names: Iterable[str]) -> list[Placed]:
        """Return the files with their styles and splits.

        >>> [(p.style, p.split) for p in Layout("x").place(["x/train/baroque/1.jpg", "x/test/baroque/2.jpg"])]
        [('baroque', 'train'), ('baroque', 'test')]
        """
        files = [(name, _parts(name, self._in_archive)) for name in names]
        start = _shared_depth([parts for _, parts in files])
        files = [(name, _split_domain(parts[start:])) for name, parts in files]
        has_splits = all(len(parts) > 1 and parts[0].casefold() in _SPLITS for _, parts in files)
        splits: list[Split] = [_SPLITS[parts[0].casefold()] if has_splits else "train" for _, parts in files]
        if has_splits:
            files = [(name, parts[1:]) for name, parts in files]
        has_styles = any(len(parts) > 1 for _, parts in files)
        return [
            self._place(name, parts, split, has_styles)
            for (name, parts), split in zip(files, splits, strict=True)
        ]

    def _place(self, name: str, parts: Sequence[str], split: Split, has_styles: bool) -> Placed:
        label = self._labels.get(parts[-1])
        if label is not None:
            split = label.split or split
        style, fault = self._style(parts, label, has_styles)
        fault = fault or _name_fault(name, style, self._in_archive)
        return Placed(name, fault=fault) if fault else Placed(name, style, split)

    def _style(self, parts: Sequence[str], label: Label | None, has_styles: bool) -> tuple[str, str]:
        if self._by_prefix:
            style = parts[-1].partition("_")[0] if "_" in parts[-1] else ""
            return style, "" if style else "has no style in its name: wanted one such as titian_123.jpg"
        if label is not None:
            return label.style, ""
        if len(parts) > 1:
            return parts[0], ""
        if has_styles:
            return "", "lies beside the folders of the styles, in none of them"
        return self._dataset, "is not in the table that gives the styles" if self._labels else ""


def _parts(name: str, in_archive: bool) -> list[str]:
    path = name.replace("\\", "/") if in_archive else name
    return [part for part in path.split("/") if part not in ("", ".")] or [name]


def _shared_depth(files: Sequence[Sequence[str]]) -> int:
    """Return how many folders from the top hold everything and stand above the styles."""
    depth = 0
    while files and all(len(parts) > depth + 2 for parts in files):
        top = files[0][depth]
        if top.casefold() in _SPLITS or _DOMAIN.fullmatch(top) or any(parts[depth] != top for parts in files):
            break
        depth += 1
    return depth


def _split_domain(parts: list[str]) -> list[str]:
    """Return ``trainA/1.jpg`` as ``train/A/1.jpg``, and anything else as it is."""
    found = _DOMAIN.fullmatch(parts[0]) if len(parts) > 1 else None
    return parts if found is None else [found[1], found[2].upper(), *parts[1:]]


def _name_fault(name: str, style: str, in_archive: bool) -> str:
    if name.startswith("/") or (in_archive and name.startswith("\\")) or ".." in _parts(name, in_archive):
        return "its name leads out of the archive"
    return style_fault(style)
