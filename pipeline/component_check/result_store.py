"""What every result store must do (last end of IODT).

A result store is made as the pipeline makes it, with its root folder, which it shares with the table of runs.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from interfaces.errors import RunError, StorageError
from interfaces.iodt import IODT, EncodedFile
from interfaces.ports import ResultStore
from pipeline.component_check import samples
from pipeline.component_check.verdict import Suite, require
from storage.run_queue import SqlRunQueue

__all__ = ["SUITE"]


class Case(NamedTuple):
    """A result store, a run in it, a picture beside it, and how to open it once more."""

    store: ResultStore
    run: str
    picture: Path
    """A picture file that is not in the store."""
    reopen: Callable[[], ResultStore]


def prepare(make: Callable[..., ResultStore], name: str, folder: Path) -> Case:
    """Return the case."""
    root, picture = folder / "store", folder / "picture.png"
    folder.mkdir(parents=True, exist_ok=True)
    store = make(root)
    picture.write_bytes(samples.picture(6, 6, (1, 2, 3)))
    return Case(store, SqlRunQueue(root).create("pipeline", {}, 2).id, picture, lambda: make(root))


def writes_the_files_and_says_where(case: Case) -> None:
    """The bytes on disk are those that were added, and size and digest are theirs."""
    data = _files()
    for file, stored in zip(data.files, case.store.add(case.run, data), strict=True):
        content = Path(stored.path).read_bytes()
        require(content == file.content, f"{file.name}: wanted the bytes that were added, got others")
        digest = hashlib.sha256(file.content).hexdigest()
        wanted = (case.run, file.name, file.role, file.seed, file.width, file.height, len(content), digest)
        row = (stored.run, stored.name, stored.role, stored.seed, stored.width, stored.height)
        got = (*row, stored.size, stored.sha256)
        require(got == wanted, f"{file.name}: wanted the row {wanted}, got {got}")


def lists_the_files_in_order_of_seed_and_size(case: Case) -> None:
    """Of one run and of all."""
    added = case.store.add(case.run, _files())
    wanted = [(file.seed, file.width) for file in sorted(added, key=lambda f: (f.seed or 0, f.width))]
    for run in (case.run, None):
        got = [(file.seed, file.width) for file in case.store.files(run)]
        require(got == wanted, f"wanted seeds and widths {wanted}, got {got}")


def replaces_a_file_of_the_same_name(case: Case) -> None:
    """One row and the new bytes."""
    case.store.add(case.run, _files())
    newer = _file("seed-8.png", 8, 24)
    case.store.add(case.run, IODT(files=(newer,)))
    rows = [file for file in case.store.files(case.run) if file.name == newer.name]
    require(len(rows) == 1, f"wanted one row of {newer.name}, got {len(rows)}")
    same = Path(rows[0].path).read_bytes() == newer.content and rows[0].width == 24
    require(same, f"{newer.name}: wanted the newer bytes and their row, got the older")


def survives_reopening(case: Case) -> None:
    """Another object on the same folder lists the same."""
    case.store.add(case.run, _files())
    before, after = list(case.store.files(case.run)), list(case.reopen().files(case.run))
    require(before == after, f"wanted the {len(before)} files as before, got {after}")


def refuses_an_unknown_run(case: Case) -> None:
    """With a RunError, and nothing is written."""
    try:
        case.store.add("no-such-run", _files())
    except RunError:
        left = list(case.store.files())
        require(not left, f"wanted nothing stored for an unknown run, got {left}")
        return
    require(False, "wanted a RunError for an unknown run, got files stored")


def refuses_a_name_that_leaves_its_folder(case: Case) -> None:
    """With a StorageError."""
    try:
        case.store.add(case.run, IODT(files=(_file("..", 7, 12),)))
    except StorageError:
        return
    require(False, "wanted a StorageError for the name '..', got it stored")


def keeps_input_pictures_by_their_digest(case: Case) -> None:
    """What was kept is found, what was not is not."""
    content = case.picture.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    require(case.store.find_picture(digest) is None, "wanted no picture before one is kept, got one")
    kept = case.store.keep_picture(case.picture)
    found = case.store.find_picture(digest)
    same = found is not None and found == kept and found.read_bytes() == content
    require(same, f"wanted the kept picture found by its digest, got {found}")


def _file(name: str, seed: int, side: int) -> EncodedFile:
    return EncodedFile(
        name=name,
        media_type="image/png",
        content=samples.picture(side, side, (seed, side, 0)),
        width=side,
        height=side,
        role="final" if side > 8 else "kept",
        seed=seed,
    )


def _files() -> IODT:
    """Return two pictures in two sizes, the later seed first."""
    sizes = (
        (8, 8, "seed-8-small.png"),
        (8, 16, "seed-8.png"),
        (7, 8, "seed-7-small.png"),
        (7, 16, "seed-7.png"),
    )
    return IODT(files=tuple(_file(name, seed, side) for seed, side, name in sizes))


SUITE = Suite(
    prepare,
    (
        writes_the_files_and_says_where,
        lists_the_files_in_order_of_seed_and_size,
        replaces_a_file_of_the_same_name,
        survives_reopening,
        refuses_an_unknown_run,
        refuses_a_name_that_leaves_its_folder,
        keeps_input_pictures_by_their_digest,
    ),
)
