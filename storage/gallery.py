"""The pictures of a result store, some at a time: what its index knows of them, and its trash."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, final

from sqlalchemy import ColumnElement, Row, Select, and_, delete, func, or_, select, tuple_, update

from interfaces.errors import StorageError
from interfaces.pictures import Deletion, PictureChoices, PictureFilter, StoredPicture
from interfaces.said import Said
from storage.index import Index
from storage.schema import files, runs

__all__ = ["KEPT_IN_TRASH", "TRASH", "SqlGallery"]

TRASH = "trash"
"""Folder within the store, with a folder for each run."""
KEPT_IN_TRASH = timedelta(days=1)
"""What has been in it for longer is removed by the next deletion."""

_KNOWN = [column for column in files.c if column.name in StoredPicture.model_fields]
_NAMED = select(files.c.run, files.c.name, files.c.seed)
_THERE = files.c.trashed.is_(None)
_HUNG = files.c.role.in_(("final", "film"))
"""What hangs in the gallery: pictures by the largest of their sizes, and films."""


@final
class SqlGallery:
    """A `Gallery` over the index of the store in ``root``. It never holds more rows than were asked for."""

    def __init__(self, root: Path, url: str | None = None) -> None:
        """Open the store in ``root``, which need not be there yet; ``url`` names another database than its own."""
        self._index = Index(root, url)

    def pictures(self, wanted: PictureFilter, *, offset: int = 0, limit: int = 60) -> Sequence[StoredPicture]:
        """Return pictures, newest run first, in order of seed within a run, its film before them."""
        query = select(*_KNOWN).join(runs).where(*_conditions(wanted))
        query = query.order_by(
            runs.c.created.desc(), files.c.run, files.c.role == "final", files.c.seed, files.c.name
        )
        return self._ask(query.offset(offset).limit(limit))

    def count(self, wanted: PictureFilter) -> int:
        """Return how many there are."""
        with self._index.reading() as connection:
            return connection.scalar(select(func.count()).where(*_conditions(wanted))) or 0

    def choices(self) -> PictureChoices:
        """Return the runs, styles and models that there are pictures of."""
        everything = _conditions(PictureFilter())
        with self._index.reading() as connection:
            found = [
                [value for value in connection.scalars(query) if value is not None]
                for query in (
                    select(runs.c.id)
                    .join(files)
                    .where(*everything)
                    .group_by(runs.c.id, runs.c.created)
                    .order_by(runs.c.created.desc()),
                    select(files.c.style).distinct().where(*everything).order_by(files.c.style),
                    select(files.c.model).distinct().where(*everything).order_by(files.c.model),
                )
            ]
        return PictureChoices(*found)

    def find(self, run: str, name: str) -> StoredPicture | None:
        """Return the file of that name, of whatever size, or None."""
        return next(iter(self._ask(select(*_KNOWN).where(_THERE, *_named(run, name)))), None)

    def sizes(self, picture: StoredPicture) -> Sequence[StoredPicture]:
        """Return the files of a picture in all its sizes, smallest first."""
        same = _same(picture.run, picture.name, picture.seed)
        return self._ask(select(*_KNOWN).where(_THERE, *same).order_by(files.c.width))

    def rate(
        self, run: str, name: str, *, stars: int | None = None, note: str | None = None
    ) -> StoredPicture:
        """Give a picture stars, a note, or both; None leaves what it has.

        Raises:
            StorageError: there is no such picture, or it cannot be written down.
        """
        values = {"stars": stars, "note": note}
        values = {field: value for field, value in values.items() if value is not None}
        if values:
            with self._index.writing() as connection:
                connection.execute(update(files).where(_THERE, *_named(run, name)).values(values))
        found = self.find(run, name)
        if found is None:
            raise StorageError(Said("there is no picture {0!r} in run {1!r}", name, run))
        return found

    def delete(self, wanted: PictureFilter | Sequence[tuple[str, str]]) -> Deletion:
        """Put pictures into the trash, each with all its sizes, and remove what was put there over a day ago.

        The rows are marked first: a crash leaves files in their place that no longer belong to the store, and `restore` and
        the removal find them there, too.

        Raises:
            StorageError: they cannot be moved.
        """
        now = datetime.now(UTC)
        self._empty(now - KEPT_IN_TRASH)
        if isinstance(wanted, PictureFilter):
            chosen = _NAMED.where(*_conditions(wanted))
        else:
            names = tuple_(files.c.run, files.c.name).in_(list(wanted))
            chosen = _NAMED.where(*_conditions(PictureFilter()), names)
        with self._index.writing() as connection:
            pictures = [tuple(row) for row in connection.execute(chosen)]
            for run, name, seed in pictures:
                same = _same(run, name, seed)
                connection.execute(update(files).where(_THERE, *same).values(trashed=now))
        for run, name in self._trashed(files.c.trashed == now):
            self._move(self._place(run, name), self._trash(run, name))
        return Deletion(now, len(pictures))

    def restore(self, moment: datetime) -> int:
        """Bring back what was deleted at ``moment``, and return how many pictures that are.

        Raises:
            StorageError: they cannot be moved.
        """
        for run, name in self._trashed(files.c.trashed == moment):
            self._move(self._trash(run, name), self._place(run, name))
        of_then = files.c.trashed == moment
        with self._index.writing() as connection:
            count = connection.scalar(select(func.count()).where(of_then, _HUNG)) or 0
            connection.execute(update(files).where(of_then).values(trashed=None))
        return count

    def trash(self) -> Sequence[Path]:
        """Return the files in the trash, of all sizes of its pictures."""
        places = (
            path
            for run, name in self._trashed(files.c.trashed.is_not(None))
            for path in (self._trash(run, name), self._place(run, name))
        )
        return [path for path in places if path.is_file()]

    def empty_trash(self) -> None:
        """Remove for good what is in the trash by now.

        Raises:
            StorageError: it cannot be removed, or not all of it.
        """
        self._empty(datetime.now(UTC))

    def _empty(self, before: datetime) -> None:
        """Remove for good what was put into the trash before a moment."""
        old = files.c.trashed < before
        gone = self._trashed(old)
        if not gone:
            return
        for run, name in gone:
            for path in (self._trash(run, name), self._place(run, name)):
                try:
                    path.unlink(missing_ok=True)
                except OSError as error:
                    raise StorageError(
                        Said("{0}/{1} cannot be removed: {2}", run, name, error.strerror or error)
                    ) from error
        with self._index.writing() as connection:
            connection.execute(delete(files).where(old))

    def _trashed(self, which: ColumnElement[bool]) -> list[tuple[str, str]]:
        with self._index.reading() as connection:
            rows = connection.execute(select(files.c.run, files.c.name).where(which))
            return [(str(run), str(name)) for run, name in rows]

    def _move(self, here: Path, there: Path) -> None:
        """Move a file; one that somebody has removed, or that is there already, has nothing to be moved."""
        try:
            there.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileNotFoundError):
                here.replace(there)
        except OSError as error:
            raise StorageError(
                Said("{0}/{1} cannot be moved: {2}", here.parent.name, here.name, error.strerror or error)
            ) from error

    def _place(self, run: str, name: str) -> Path:
        return self._index.root / run / name

    def _trash(self, run: str, name: str) -> Path:
        return self._index.root / TRASH / run / name

    def _ask(self, query: Select[Any]) -> Sequence[StoredPicture]:
        with self._index.reading() as connection:
            return [self._stored(row) for row in connection.execute(query)]

    def _stored(self, row: Row[Any]) -> StoredPicture:
        fields = dict(row._mapping)
        return StoredPicture.model_validate(
            fields | {"path": str(self._place(fields["run"], fields["name"]))}
        )


def _named(run: str, name: str) -> tuple[ColumnElement[bool], ...]:
    return (files.c.run == run, files.c.name == name)


def _same(run: str, name: str, seed: int | None) -> tuple[ColumnElement[bool], ...]:
    """Return what the files of a picture in all its sizes have in common; a film, which has no seed, is one file."""
    return _named(run, name) if seed is None else (files.c.run == run, files.c.seed == seed)


def _of_style(style: str) -> ColumnElement[bool]:
    """Return what is true of the pictures of a style, and of the films of runs that have one."""
    shown = files.alias()
    of_its_run = (shown.c.run == files.c.run, shown.c.role == "final", shown.c.style == style)
    return or_(
        files.c.style == style, and_(files.c.role == "film", select(shown.c.run).where(*of_its_run).exists())
    )


def _conditions(wanted: PictureFilter) -> list[ColumnElement[bool]]:
    """Return what a row must fulfil: it is a picture that is there, and one that is wanted."""
    found: list[ColumnElement[bool]] = [_THERE, _HUNG]
    if wanted.style is not None:
        found.append(_of_style(wanted.style))
    equal = {"run": wanted.run, "model": wanted.model, "seed": wanted.seed}
    found += [files.c[name] == value for name, value in equal.items() if value is not None]
    if wanted.since is not None:
        found.append(files.c.created >= wanted.since)
    if wanted.until is not None:
        found.append(files.c.created < wanted.until)
    if wanted.stars:
        found.append(files.c.stars >= wanted.stars)
    if wanted.unstarred:
        found.append(files.c.stars == 0)
    return found
