"""The pictures of a store some at a time: filters, stars, trash."""

import sqlite3
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from interfaces.errors import StorageError
from interfaces.iodt import IODT
from interfaces.pictures import PictureFilter
from storage.gallery import KEPT_IN_TRASH, SqlGallery
from storage.index import INDEX_FILE
from storage.result_store import SqlResultStore
from storage.run_deletion import delete_run
from storage.run_queue import SqlRunQueue
from tests.contracts.result_store import encoded

FILES = Path(__file__).parents[2] / "fixtures" / "artgen-0.1.zip"
ALL = PictureFilter()


def a_run(root: Path, seeds: range, *, style: str | None = None, model: str | None = None) -> str:
    """Store pictures of two sizes for each seed, and return their run."""
    settings: dict[str, Any] = {"fixed": {"model": model}}
    run = SqlRunQueue(root).create("pipeline", settings, len(seeds)).id
    for seed in seeds:
        final = encoded(f"{seed}.png", b"large", seed=seed).model_copy(update={"style": style})
        kept = encoded(f"{seed}-small.png", b"small", seed=seed).model_copy(
            update={"role": "kept", "width": 1, "style": style}
        )
        SqlResultStore(root).add(run, IODT(files=(final, kept)))
    return run


def found(root: Path, **wanted: Any) -> list[int | None]:
    """Return the seeds of the pictures of a filter."""
    return [each.seed for each in SqlGallery(root).pictures(PictureFilter(**wanted))]


def test_pictures_come_by_pages_newest_run_first(tmp_path: Path) -> None:
    a_run(tmp_path, range(3))
    a_run(tmp_path, range(10, 14))
    gallery = SqlGallery(tmp_path)
    assert found(tmp_path) == [10, 11, 12, 13, 0, 1, 2]
    assert [each.seed for each in gallery.pictures(ALL, offset=3, limit=2)] == [13, 0]
    assert gallery.count(ALL) == 7


def with_film(root: Path, seeds: range, **known: Any) -> str:
    """Store a run with a film and a contact sheet besides its pictures."""
    run = a_run(root, seeds, **known)
    film = encoded("film.webp", b"film", seed=None).model_copy(update={"role": "film"})
    sheet = encoded("sheet.png", b"sheet", seed=None).model_copy(update={"role": "sheet"})
    SqlResultStore(root).add(run, IODT(files=(film, sheet)))
    return run


def test_a_film_hangs_before_the_pictures_of_its_run_and_is_found_as_they_are(tmp_path: Path) -> None:
    a_run(tmp_path, range(9, 10), style="oil", model="b" * 64)
    with_film(tmp_path, range(2), style="ink", model="a" * 64)
    gallery = SqlGallery(tmp_path)
    assert found(tmp_path) == [None, 0, 1, 9]
    assert gallery.count(ALL) == 4
    assert found(tmp_path, style="ink") == [None, 0, 1]
    assert found(tmp_path, style="oil") == [9]
    assert found(tmp_path, model="a" * 64) == [None, 0, 1]
    assert found(tmp_path, seed=0) == [0]
    assert gallery.choices().styles == ["ink", "oil"]


def test_a_film_is_rated_deleted_and_brought_back_without_the_contact_sheet_of_its_run(
    tmp_path: Path,
) -> None:
    run = with_film(tmp_path, range(2))
    gallery = SqlGallery(tmp_path)
    film = gallery.rate(run, "film.webp", stars=4)
    assert found(tmp_path, stars=4) == [None]
    assert [each.name for each in gallery.sizes(film)] == ["film.webp"]
    moment, count = gallery.delete([(run, "film.webp")])
    assert (count, found(tmp_path)) == (1, [0, 1])
    assert not (tmp_path / run / "film.webp").exists()
    assert (tmp_path / run / "sheet.png").read_bytes() == b"sheet"
    assert gallery.find(run, "sheet.png") is not None
    assert gallery.restore(moment) == 1
    assert found(tmp_path) == [None, 0, 1]
    assert gallery.delete(PictureFilter(unstarred=True)).pictures == 2
    assert found(tmp_path) == [None]


def test_each_filter_finds_its_pictures(tmp_path: Path) -> None:
    first = a_run(tmp_path, range(2), style="ink", model="a" * 64)
    a_run(tmp_path, range(1, 3), style="oil", model="b" * 64)
    assert found(tmp_path, run=first) == [0, 1]
    assert found(tmp_path, style="oil") == [1, 2]
    assert found(tmp_path, model="a" * 64) == [0, 1]
    assert found(tmp_path, seed=1) == [1, 1]
    now = datetime.now(UTC)
    assert len(found(tmp_path, since=now - timedelta(hours=1), until=now + timedelta(hours=1))) == 4
    assert found(tmp_path, since=now + timedelta(hours=1)) == []
    assert found(tmp_path, until=now - timedelta(hours=1)) == []
    assert SqlGallery(tmp_path).choices()[1:] == (["ink", "oil"], ["a" * 64, "b" * 64])


def test_stars_and_notes_stay_when_the_picture_is_made_again(tmp_path: Path) -> None:
    run = a_run(tmp_path, range(3))
    gallery = SqlGallery(tmp_path)
    gallery.rate(run, "1.png", stars=4)
    assert gallery.rate(run, "1.png", note="the blue one").stars == 4
    SqlResultStore(tmp_path).add(run, IODT(files=(encoded("1.png", b"again", seed=1),)))
    again = gallery.find(run, "1.png")
    assert again is not None
    assert (again.stars, again.note) == (4, "the blue one")
    assert found(tmp_path, stars=4) == [1]
    assert found(tmp_path, stars=5) == []
    assert found(tmp_path, unstarred=True) == [0, 2]
    with pytest.raises(StorageError, match=r"there is no picture 'none\.png' in run"):
        gallery.rate(run, "none.png", stars=1)


def test_a_picture_goes_with_all_its_sizes_and_comes_back(tmp_path: Path) -> None:
    run = a_run(tmp_path, range(3))
    gallery = SqlGallery(tmp_path)
    deleted = gallery.delete([(run, "1.png")])
    assert deleted.pictures == 1
    assert sorted(path.name for path in (tmp_path / run).iterdir()) == [
        "0-small.png", "0.png", "2-small.png", "2.png",
    ]  # fmt: skip
    assert found(tmp_path) == [0, 2]
    assert gallery.find(run, "1.png") is None
    assert len(SqlResultStore(tmp_path).files(run)) == 4

    assert SqlGallery(tmp_path).restore(deleted.moment) == 1
    assert found(tmp_path) == [0, 1, 2]
    assert (tmp_path / run / "1.png").read_bytes() == b"large"
    assert (tmp_path / run / "1-small.png").read_bytes() == b"small"
    assert gallery.restore(deleted.moment) == 0


def test_all_but_the_starred_go(tmp_path: Path) -> None:
    run, other = a_run(tmp_path, range(3)), a_run(tmp_path, range(3))
    gallery = SqlGallery(tmp_path)
    gallery.rate(run, "2.png", stars=1)
    assert gallery.delete(PictureFilter(run=run, unstarred=True)).pictures == 2
    assert found(tmp_path, run=run) == [2]
    assert found(tmp_path, run=other) == [0, 1, 2]


def test_a_later_deletion_removes_what_was_deleted_over_a_day_ago(tmp_path: Path) -> None:
    run = a_run(tmp_path, range(3))
    gallery = SqlGallery(tmp_path)
    first = gallery.delete([(run, "0.png")])
    gallery.delete([(run, "1.png")])
    assert (tmp_path / "trash" / run / "0.png").is_file()
    long_ago = first.moment - KEPT_IN_TRASH
    _raw(tmp_path, "UPDATE files SET trashed = ? WHERE seed = 0", str(long_ago.replace(tzinfo=None)))
    gallery.delete([])
    assert sorted(path.name for path in (tmp_path / "trash" / run).iterdir()) == ["1-small.png", "1.png"]
    assert gallery.restore(first.moment) == 0


def test_what_was_deleted_and_is_made_again_is_there_once(tmp_path: Path) -> None:
    run = a_run(tmp_path, range(2))
    gallery = SqlGallery(tmp_path)
    deleted = gallery.delete([(run, "0.png")])
    SqlResultStore(tmp_path).add(run, IODT(files=(encoded("0.png", b"new", seed=0),)))
    assert found(tmp_path) == [0, 1]
    assert not (tmp_path / "trash" / run / "0.png").exists()
    gallery.restore(deleted.moment)
    assert (tmp_path / run / "0.png").read_bytes() == b"new"


def test_the_trash_of_a_run_goes_with_it(tmp_path: Path) -> None:
    run = a_run(tmp_path, range(2))
    SqlGallery(tmp_path).delete([(run, "0.png")])
    delete_run(tmp_path, run)
    assert list((tmp_path / "trash").iterdir()) == []


def test_an_earlier_store_is_looked_at_as_it_is_and_rated_by_a_first_write(tmp_path: Path) -> None:
    root = an_earlier_store(tmp_path)
    before = (root / INDEX_FILE).read_bytes()
    gallery = SqlGallery(root)
    pictures = gallery.pictures(ALL)
    assert pictures
    assert {each.stars for each in pictures} == {0}
    assert all(each.model for each in pictures)
    assert (root / INDEX_FILE).read_bytes() == before

    rated = gallery.rate(pictures[0].run, pictures[0].name, stars=3, note="old")
    assert (rated.stars, rated.note) == (3, "old")
    assert SqlGallery(root).count(PictureFilter(stars=3)) == 1
    assert SqlGallery(root).count(PictureFilter(model=pictures[0].model)) >= 1


def an_earlier_store(folder: Path) -> Path:
    """Return the result store that the first release wrote."""
    with zipfile.ZipFile(FILES) as archive:
        archive.extractall(folder)
    for index in sorted(folder.rglob(INDEX_FILE)):
        with sqlite3.connect(index) as raw:
            count = raw.execute("SELECT count(*) FROM files").fetchone()[0]
        raw.close()
        if count:
            return index.parent
    raise AssertionError("the first release wrote no pictures")


def _raw(root: Path, statement: str, *values: object) -> None:
    with sqlite3.connect(root / INDEX_FILE) as connection:
        connection.execute(statement, values)
    connection.close()
