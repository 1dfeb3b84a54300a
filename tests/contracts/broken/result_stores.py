"""Result stores that are right but for one thing each."""

from collections.abc import Sequence
from pathlib import Path

from interfaces.errors import StorageError
from interfaces.iodt import IODT
from interfaces.runs import StoredFile
from storage.result_store import SqlResultStore


class GoodResults:
    def __init__(self, root: Path) -> None:
        self._store = SqlResultStore(root)

    def add(self, run: str, data: IODT) -> Sequence[StoredFile]:
        return self._store.add(run, data)

    def files(self, run: str | None = None) -> Sequence[StoredFile]:
        return self._store.files(run)

    def find_picture(self, sha256: str) -> Path | None:
        return self._store.find_picture(sha256)

    def keep_picture(self, picture: Path) -> Path:
        return self._store.keep_picture(picture)


class ListsBackwards(GoodResults):
    def files(self, run: str | None = None) -> Sequence[StoredFile]:
        return list(super().files(run))[::-1]


class TakesAnyRun(GoodResults):
    def add(self, run: str, data: IODT) -> Sequence[StoredFile]:
        return [] if run == "no-such-run" else super().add(run, data)


class KeepsTheOlder(GoodResults):
    def add(self, run: str, data: IODT) -> Sequence[StoredFile]:
        there = {file.name for file in super().files(run)}
        fresh = tuple(file for file in data.files if file.name not in there)
        return super().add(run, IODT(files=fresh)) if fresh else []


class LosesPictures(GoodResults):
    def find_picture(self, sha256: str) -> Path | None:
        return None


class TakesAnyName(GoodResults):
    def add(self, run: str, data: IODT) -> Sequence[StoredFile]:
        try:
            return super().add(run, data)
        except StorageError:
            return []


class ForgetsOverNight(GoodResults):
    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self._mine: list[str] = []

    def add(self, run: str, data: IODT) -> Sequence[StoredFile]:
        self._mine += [file.name for file in data.files]
        return super().add(run, data)

    def files(self, run: str | None = None) -> Sequence[StoredFile]:
        return [file for file in super().files(run) if file.name in self._mine]
