"""What every training store must do (first end of ITDT)."""

import hashlib
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from interfaces.errors import DataError, StorageError
from interfaces.itdt import ITDT
from interfaces.ports import TrainingStore
from pipeline.component_check import samples
from pipeline.component_check.comparison import folder_fingerprint, require_contract
from pipeline.component_check.verdict import Suite, require

__all__ = ["SUITE"]


class Case(NamedTuple):
    """A training store and a tree of pictures, two of which are bad."""

    store: TrainingStore
    tree: Path
    bad: frozenset[str]
    """Names of the bad files."""

    def describe(self) -> ITDT:
        """Describe the tree."""
        return self.store.describe(str(self.tree))


def prepare(make: Callable[..., TrainingStore], name: str, folder: Path) -> Case:
    """Return the case."""
    tree = samples.tree(folder / "tree")
    (tree / "warm" / "empty.jpg").write_bytes(b"")
    (tree / "cool" / "letter.png").write_bytes(b"Dear painter, this is no picture.")
    return Case(make(), tree, frozenset({"empty.jpg", "letter.png"}))


def keeps_to_the_contract(case: Case) -> None:
    """The description is a valid ITDT."""
    require_contract(case.describe(), ITDT)


def finds_every_picture_and_its_style(case: Case) -> None:
    """One style for each folder."""
    wanted = {(path.parent.name, _digest(path.read_bytes())) for path in case.tree.glob("*/*_?.png")}
    data = case.describe()
    got = {(image.style, image.sha256) for image in data.images}
    found = f"wanted {len(wanted)} pictures with their styles and digests, got {len(got)}"
    require(got == wanted, f"{found}, of which {len(got & wanted)} are right")
    require(set(data.styles) == set(samples.STYLES), f"wanted {samples.STYLES}, got {data.styles}")


def takes_the_style_from_the_name_where_asked(case: Case) -> None:
    """``warm_1.png`` in a flat folder is of the style warm."""
    flat = case.tree.parent / "flat"
    flat.mkdir()
    for path in case.tree.glob("*/*_?.png"):
        shutil.copy(path, flat)
    got = {image.style for image in case.store.describe(str(flat), style_from_prefix=True).images}
    require(got == set(samples.STYLES), f"wanted the styles {sorted(samples.STYLES)}, got {sorted(got)}")


def reads_the_bytes_that_it_described(case: Case) -> None:
    """Their digest is the one in the record."""
    for image in case.describe().images:
        got = _digest(case.store.read(image.uri))
        require(got == image.sha256, f"{image.uri}: wanted bytes with SHA-256 {image.sha256}, got {got}")


def reads_after_pickling(case: Case) -> None:
    """As worker processes do."""
    image = case.describe().images[0]
    got = _digest(pickle.loads(pickle.dumps(case.store)).read(image.uri))  # noqa: S301  # pickled on this line
    require(got == image.sha256, f"{image.uri}: wanted bytes with SHA-256 {image.sha256}, got {got}")


def sets_bad_files_aside_with_a_reason(case: Case) -> None:
    """An empty file and a text that is called a picture; never fatal, never silent."""
    aside = {Path(item.uri).name: item.reason for item in case.describe().set_aside}
    require(set(aside) == case.bad, f"wanted {sorted(case.bad)} set aside, got {aside}")


def equal_data_gives_an_equal_fingerprint(case: Case) -> None:
    """In another folder too; a picture less gives another."""
    copy, less = (case.tree.parent / name for name in ("copy", "less"))
    for folder in (copy, less):
        shutil.copytree(case.tree, folder)
    next(less.glob("warm/warm_?.png")).unlink()
    prints = [case.store.describe(str(folder)).fingerprint for folder in (case.tree, copy, less)]
    require(prints[0] == prints[1], "wanted the same fingerprint of a copy in another folder, got another")
    require(prints[0] != prints[2], "wanted another fingerprint with a picture less, got the same")


def notices_a_changed_picture(case: Case) -> None:
    """A description that is remembered from before must not outlive its files."""
    case.describe()
    path = case.tree / "warm" / "warm_0.png"
    path.write_bytes(samples.picture(24, 20, (1, 2, 3)))
    wanted, got = _digest(path.read_bytes()), {image.sha256 for image in case.describe().images}
    require(
        wanted in got, f"wanted the changed {path.name} described anew with SHA-256 {wanted}, got the old"
    )


def leaves_the_source_alone(case: Case) -> None:
    """The same files with the same bytes as before."""
    before = folder_fingerprint(case.tree)
    for image in case.describe().images:
        case.store.read(image.uri)
    require(folder_fingerprint(case.tree) == before, "wanted the source left alone, but it was changed")


def refuses_a_source_without_pictures(case: Case) -> None:
    """With a DataError where nothing usable is there, a StorageError where nothing is."""
    empty = case.tree.parent / "empty"
    empty.mkdir()
    for source, wanted in ((empty, DataError), (case.tree / "absent", StorageError)):
        try:
            case.store.describe(str(source))
        except wanted:
            continue
        require(False, f"wanted a {wanted.__name__} for {source.name}, got a description")


def refuses_to_read_what_is_gone(case: Case) -> None:
    """With a StorageError."""
    uri = case.describe().images[0].uri
    shutil.rmtree(case.tree)
    try:
        case.store.read(uri)
    except StorageError:
        return
    require(False, f"wanted a StorageError for {uri}, which is gone, got bytes")


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


SUITE = Suite(
    prepare,
    (
        keeps_to_the_contract,
        finds_every_picture_and_its_style,
        takes_the_style_from_the_name_where_asked,
        reads_the_bytes_that_it_described,
        reads_after_pickling,
        sets_bad_files_aside_with_a_reason,
        equal_data_gives_an_equal_fingerprint,
        notices_a_changed_picture,
        leaves_the_source_alone,
        refuses_a_source_without_pictures,
        refuses_to_read_what_is_gone,
    ),
)
