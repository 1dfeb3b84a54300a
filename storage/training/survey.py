"""Finds the pictures of a source, in whichever of the published forms it is."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from interfaces.errors import DataError
from storage.training.cifar import batch_split, find_batches, read_style_names
from storage.training.idx import find_idx, idx_split, read_idx_labels
from storage.training.layout import Label, Layout, Placed, is_picture_name, read_labels, style_fault
from storage.training.lsun import DATA_FILE, style_of_folder
from storage.training.reader import UriReader, member_uri
from storage.training.sources import Source

__all__ = ["METADATA_FILE", "survey"]

METADATA_FILE = "ArtBench-10.csv"
"""The table of ArtBench-10; it is looked for beside the source too."""

_TABLE_DEPTH = 2


def survey(source: Source, reader: UriReader, *, style_from_prefix: bool = False) -> list[Placed]:
    """Return every file that is meant to be a picture, by URI, with its style and split or its fault.

    Raises:
        DataError: the source is damaged, or of a form that cannot be read.
        StorageError: a file of it cannot be read.
    """
    files = _files(source, reader)
    databases = [name for name in files if name.rpartition("/")[2] == DATA_FILE]
    if databases:
        return _in_databases(source, reader, databases)
    batches, meta = find_batches(files)
    if batches:
        return _in_batches(reader, {name: files[name] for name in batches}, files[meta] if meta else None)
    numbered = find_idx(files)
    if numbered:
        return _in_idx_files(reader, numbered, files)
    pictures = [name for name in files if is_picture_name(name, in_archive=not source.is_folder)]
    labels = _labels(source, reader, files, pictures)
    layout = Layout(
        source.name, style_from_prefix=style_from_prefix, labels=labels, in_archive=not source.is_folder
    )
    return [_with_uri(placed, files[placed.name]) for placed in layout.place(pictures)]


def _files(source: Source, reader: UriReader) -> dict[str, str]:
    """Return the URI of each file by its name in the source."""
    if source.is_folder:
        return {entry.name: source.file_uri(entry.name) for entry in source.entries}
    kind, members = reader.archive(source.uri)
    names = sorted(entry.name for entry in members.entries())
    return {name: member_uri(kind, name, source.uri) for name in names}


def _with_uri(placed: Placed, uri: str) -> Placed:
    if uri.isascii() or uri.encode("utf-8", "replace").decode() == uri:
        return replace(placed, name=uri)
    return Placed(ascii(uri), fault="has a name that is no valid text: rename it")


def _labels(
    source: Source, reader: UriReader, files: dict[str, str], pictures: Sequence[str]
) -> dict[str, Label] | None:
    tables = [uri for name, uri in files.items() if name.endswith(".csv") and name.count("/") < _TABLE_DEPTH]
    if source.beside is not None:
        tables.append(source.beside_uri)
    for uri in tables:
        labels = read_labels(reader.read(uri), uri)
        # a table of other pictures says nothing about these
        if labels and any(name.rpartition("/")[2] in labels for name in pictures):
            return labels
    return None


def _in_batches(reader: UriReader, batches: Mapping[str, str], meta: str | None) -> list[Placed]:
    names = read_style_names(reader.read(meta), meta) if meta else None
    found = []
    for name, uri in batches.items():
        labels = reader.batch("cifar", uri).labels
        if names is not None and max(labels, default=0) >= len(names):
            raise DataError(f"{uri}: label {max(labels)} has no name; {meta} has {len(names)} names")
        split = batch_split(name)
        for index, label in enumerate(labels):
            style = names[label] if names else f"class-{label}"
            found.append(Placed(member_uri("cifar", str(index), uri), style, split, style_fault(style)))
    return found


def _in_idx_files(
    reader: UriReader, pairs: Sequence[tuple[str, str | None]], files: Mapping[str, str]
) -> list[Placed]:
    found = []
    for name, of_labels in pairs:
        uri = files[name]
        if of_labels is None:
            raise DataError(f"{uri}: wanted the file of its labels beside it (…labels-idx1-ubyte), got none")
        labels = read_idx_labels(reader.read(files[of_labels]), files[of_labels])
        pictures = len(reader.batch("idx", uri).pixels)
        if len(labels) != pictures:
            raise DataError(
                f"{files[of_labels]}: wanted a label for each of the {pictures} pictures of {uri}, got {len(labels)}"
            )
        split = idx_split(name)
        found += [
            Placed(member_uri("idx", str(index), uri), str(label), split)
            for index, label in enumerate(labels)
        ]
    return found


def _in_databases(source: Source, reader: UriReader, names: Sequence[str]) -> list[Placed]:
    if not (source.is_folder and source.is_local):
        raise DataError(f"{source.uri} holds LMDB databases: unpack it and name the folder")
    found = []
    for name in names:
        folder = source.file_uri(name).removesuffix(DATA_FILE).rstrip("/\\")
        style, split = style_of_folder(folder.replace("\\", "/").rpartition("/")[2])
        found += [
            Placed(member_uri("lmdb", entry.name, folder), style, split, style_fault(style))
            for entry in reader.members("lmdb", folder).entries()
        ]
    return found
