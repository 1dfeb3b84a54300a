"""Training stores that are right but for one thing each."""

from typing import Any

from interfaces.itdt import ITDT
from storage.training.training_store import LocalTrainingStore
from tests.contracts.broken import changed


class GoodStore:
    def __init__(self) -> None:
        self._store = LocalTrainingStore(remember=False)

    def read(self, uri: str) -> bytes:
        return self._store.read(uri)

    def describe(self, source: str, **options: Any) -> ITDT:
        return self._store.describe(source, **options)


class CannotBePickled(GoodStore):
    def __init__(self) -> None:
        super().__init__()
        self._peek = lambda: self._store


class HidesBadFiles(GoodStore):
    def describe(self, source: str, **options: Any) -> ITDT:
        return changed(super().describe(source, **options), set_aside=())


class ReadsOtherBytes(GoodStore):
    def read(self, uri: str) -> bytes:
        return super().read(uri) + b" "


class CountsThePath(GoodStore):
    """Takes the place into the fingerprint."""

    def describe(self, source: str, **options: Any) -> ITDT:
        digest = f"{sum(source.encode()):064x}"
        return changed(super().describe(source, **options), fingerprint=digest)


class TrustsItsMemory(GoodStore):
    def __init__(self) -> None:
        super().__init__()
        self._known: dict[str, ITDT] = {}

    def describe(self, source: str, **options: Any) -> ITDT:
        if source not in self._known:
            self._known[source] = super().describe(source, **options)
        return self._known[source]
