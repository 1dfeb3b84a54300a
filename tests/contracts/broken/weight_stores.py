"""Weight stores that are right but for one thing each."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from interfaces.errors import WeightsError
from interfaces.events import Listener
from interfaces.provenance import Publication
from pipeline.factories.stores import local_weights


class GoodWeights:
    def __init__(self) -> None:
        self._inner = local_weights()

    @property
    def names(self) -> Sequence[str]:
        return self._inner.names

    def find(self, name_or_path: str, *, listener: Listener | None = None) -> Path | None:
        return self._inner.find(name_or_path, listener=listener)

    def get(self, name_or_path: str, *, listener: Listener | None = None) -> Path:
        return self._inner.get(name_or_path, listener=listener)

    def by_digest(self, sha256: str, others: Iterable[Path] = ()) -> Path:
        return self._inner.by_digest(sha256, others)

    def advice(self, name: str) -> str:
        return self._inner.advice(name)

    def publication(self, sha256: str) -> Publication | None:
        return self._inner.publication(sha256)


class SaysEverythingTwice(GoodWeights):
    @property
    def names(self) -> Sequence[str]:
        return [*super().names, *super().names]


class GivesNoAdvice(GoodWeights):
    @property
    def names(self) -> Sequence[str]:
        return [*super().names, "lost"]

    def find(self, name_or_path: str, *, listener: Listener | None = None) -> Path | None:
        return None if name_or_path == "lost" else super().find(name_or_path, listener=listener)

    def advice(self, name: str) -> str:
        return "" if name == "lost" else super().advice(name)


class TakesAnotherFile(GoodWeights):
    def get(self, name_or_path: str, *, listener: Listener | None = None) -> Path:
        super().get(name_or_path)
        return super().get(super().names[0])


class LooksNowhereElse(GoodWeights):
    def by_digest(self, sha256: str, others: Iterable[Path] = ()) -> Path:
        return super().by_digest(sha256)


class FindsAnything(GoodWeights):
    def find(self, name_or_path: str, *, listener: Listener | None = None) -> Path | None:
        try:
            return super().find(name_or_path, listener=listener)
        except WeightsError:
            return None


class MakesALicenceUp(GoodWeights):
    def publication(self, sha256: str) -> Publication | None:
        return super().publication(sha256) or Publication(name="mine", licence="MIT", source=None)
