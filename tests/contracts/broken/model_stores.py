"""Model stores that are right but for one thing each."""

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from interfaces.errors import WeightsError
from interfaces.igme import IGME
from pipeline.factories.stores import local_models
from tests.contracts.broken import changed


class GoodModels:
    def __init__(self) -> None:
        self._inner = local_models()

    def list(self) -> Sequence[IGME]:
        return self._inner.list()

    def get(self, name_or_path: str | None = None) -> IGME:
        return self._inner.get(name_or_path)

    def by_digest(self, sha256: str) -> IGME:
        return self._inner.by_digest(sha256)


class ListsLookalikes(GoodModels):
    def list(self) -> Sequence[Any]:
        return [SimpleNamespace(**dict(model)) for model in super().list()]


class GivesTheFirstForEveryDigest(GoodModels):
    def list(self) -> Sequence[IGME]:
        [shipped] = super().list()
        return [shipped, changed(shipped, name="other", weights_sha256="1" * 64)]

    def by_digest(self, sha256: str) -> IGME:
        known = [model for model in self.list() if model.weights_sha256 == sha256]
        return self.list()[0] if known else super().by_digest(sha256)


class KnowsNoFiles(GoodModels):
    def get(self, name_or_path: str | None = None) -> IGME:
        if name_or_path is not None and name_or_path.endswith(".safetensors"):
            return super().get()
        return super().get(name_or_path)


class HasAlwaysOne(GoodModels):
    def get(self, name_or_path: str | None = None) -> IGME:
        is_path = name_or_path is not None and Path(name_or_path).exists()
        return super().get(name_or_path if is_path else None)


class TrustsTheDescription(GoodModels):
    def get(self, name_or_path: str | None = None) -> IGME:
        try:
            return super().get(name_or_path)
        except WeightsError:
            return self._inner.find(name_or_path)


class LeavesANote(GoodModels):
    def get(self, name_or_path: str | None = None) -> IGME:
        model = super().get(name_or_path)
        (model.weights_path.parent / "last-used.txt").write_text("today")
        return model
