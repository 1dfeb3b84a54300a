"""What every preprocessor must do (ITDT → IPDT)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, final

import numpy as np

from interfaces.errors import StorageError
from interfaces.ipdt import IPDT
from interfaces.itdt import ITDT
from interfaces.ports import ImageSource, Preprocessor
from pipeline.component_check import samples
from pipeline.component_check.comparison import fingerprint, folder_fingerprint, require_contract
from pipeline.component_check.verdict import Suite, require
from pipeline.factories.registries import check_options
from storage.run_folder import DirectoryFolder

__all__ = ["SUITE"]


@final
class Files:
    """An `ImageSource` of plain paths."""

    def read(self, uri: str) -> bytes:
        """Return the bytes of the file."""
        return Path(uri).read_bytes()


@final
class NoFiles:
    """An `ImageSource` that nobody should read."""

    def read(self, uri: str) -> bytes:
        """Refuse."""
        raise StorageError(f"{uri} was read, although the pack is there")


class Case(NamedTuple):
    """A preprocessor and a tree of pictures."""

    name: str
    make: Callable[..., Preprocessor]
    preprocessor: Preprocessor
    tree: Path
    data: ITDT
    cache: Path

    def prepare(self, source: ImageSource, data: ITDT | None = None, cache: str = "cache") -> IPDT:
        """Make the pack."""
        folder = DirectoryFolder(self.cache / cache)
        return self.preprocessor.prepare(data or self.data, source, folder)

    def made_with(self, **options: Any) -> "Case":
        """Return the case of a preprocessor that is made as a training makes it, with options."""
        check_options(self.make, f"preprocessor {self.name!r}", **options)
        return self._replace(preprocessor=self.make(**options))


def prepare(make: Callable[..., Preprocessor], name: str, folder: Path) -> Case:
    """Return the case."""
    tree = samples.tree(folder / "tree")
    return Case(name, make, make(), tree, samples.described(tree), folder)


def keeps_to_the_contract(case: Case) -> None:
    """The pack is a valid IPDT with one square for each picture."""
    pack = require_contract(case.prepare(Files()), IPDT)
    wanted, got = len(case.data.images), len(pack.images)
    require(got == wanted, f"wanted {wanted} pictures in the pack, got {got}")
    named = (pack.dataset, pack.styles) == (case.data.dataset, case.data.styles)
    require(named, f"wanted data set and styles as handed over, got {pack.dataset} and {pack.styles}")


def makes_the_squares_that_a_training_asks_for(case: Case) -> None:
    """Every training says side and channels; those that enlarge say more."""
    for side, channels in ((16, 3), (24, 1)):
        pack = case.made_with(side=side, channels=channels).prepare(Files(), cache=str(side))
        wanted, got = (side, side, channels), tuple(pack.images.shape[1:])
        require(
            got == wanted,
            f"wanted squares of the shape {wanted} with side={side}, channels={channels}, got {got}",
        )


def labels_and_split_are_those_of_the_pictures(case: Case) -> None:
    """A warm picture has the label of the warm style, a test picture the mark of the test split."""
    pack = case.prepare(Files())
    mean = np.asarray(pack.images, dtype=np.float32).mean(axis=(1, 2))  # (N, H, W, C) -> (N, C)
    seen = [pack.styles.index("warm" if pixel[0] > pixel[-1] else "cool") for pixel in mean]
    require(list(pack.labels) == seen, f"wanted the labels {seen}, got {list(pack.labels)}")
    tests, wanted = int(pack.is_test.sum()), sum(image.split == "test" for image in case.data.images)
    require(tests == wanted, f"wanted {wanted} pictures of the test split, got {tests}")


def sets_a_damaged_picture_aside(case: Case) -> None:
    """With its name and a reason; the others are packed."""
    bad = Path(case.data.images[0].uri)
    bad.write_bytes(bad.read_bytes()[:60])
    data = samples.described(case.tree)
    pack = case.prepare(Files(), data)
    wanted, got = len(data.images) - 1, len(pack.images)
    require(got == wanted, f"wanted the {wanted} good pictures packed, got {got}")
    aside = [item.uri for item in pack.set_aside]
    require(aside == [str(bad)], f"wanted {bad.name} set aside, got {aside}")


def reads_no_file_the_second_time(case: Case) -> None:
    """The pack is found in the cache, with the same content."""
    first = case.prepare(Files())
    second = case.prepare(NoFiles())
    same = _content(first) == _content(second)
    require(same, "wanted the very pack that is in the cache the second time, got another")


def equal_data_gives_an_equal_pack(case: Case) -> None:
    """In another cache too, bit for bit."""
    first, second = (_content(case.prepare(Files(), cache=name)) for name in ("one", "two"))
    require(first == second, "wanted equal packs from equal data, got different ones")


def other_data_gives_another_fingerprint(case: Case) -> None:
    """So that no model is taken for one of other data."""
    other = ITDT.model_validate({**case.data.model_dump(), "fingerprint": "f" * 64})
    prints = {case.prepare(Files(), data).fingerprint for data in (case.data, other)}
    require(len(prints) == 2, "wanted another fingerprint for other data, got the same")


def leaves_the_pictures_alone(case: Case) -> None:
    """The source has the same files with the same bytes as before."""
    before = folder_fingerprint(case.tree)
    case.prepare(Files())
    require(folder_fingerprint(case.tree) == before, "wanted the source left alone, but it was changed")


def _content(pack: IPDT) -> str:
    """Return a digest of all but the place."""
    return fingerprint({name: value for name, value in pack if name != "folder"})


SUITE = Suite(
    prepare,
    (
        keeps_to_the_contract,
        makes_the_squares_that_a_training_asks_for,
        labels_and_split_are_those_of_the_pictures,
        sets_a_damaged_picture_aside,
        reads_no_file_the_second_time,
        equal_data_gives_an_equal_pack,
        other_data_gives_another_fingerprint,
        leaves_the_pictures_alone,
    ),
)
