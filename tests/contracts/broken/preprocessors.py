"""Preprocessors that are right but for one thing each."""

from typing import Any, Literal

from components.preprocessing import SquarePreprocessor
from interfaces.ipdt import IPDT
from interfaces.itdt import ITDT, SetAside
from interfaces.ports import ImageSource, RunFolder
from tests.contracts.broken import changed


class GoodPreprocessor:
    def __init__(self, side: int = 8, channels: Literal[1, 3] = 3) -> None:
        self._preprocessor = SquarePreprocessor(side=side, channels=channels)

    def prepare(self, data: ITDT, source: ImageSource, cache: RunFolder, **options: Any) -> IPDT:
        return self._preprocessor.prepare(data, source, cache, **options)


class KnowsOneSide(GoodPreprocessor):
    def __init__(self) -> None:
        super().__init__()


class TakesAnythingForOneSide(GoodPreprocessor):
    def __init__(self, **options: Any) -> None:
        super().__init__(channels=options.get("channels", 3))


class ReadsEveryTime(GoodPreprocessor):
    def prepare(self, data: ITDT, source: ImageSource, cache: RunFolder, **options: Any) -> IPDT:
        source.read(data.images[0].uri)
        return super().prepare(data, source, cache, **options)


class SwapsTheLabels(GoodPreprocessor):
    def prepare(self, data: ITDT, source: ImageSource, cache: RunFolder, **options: Any) -> IPDT:
        pack = super().prepare(data, source, cache, **options)
        return changed(pack, labels=1 - pack.labels)


class BlamesNobody(GoodPreprocessor):
    def prepare(self, data: ITDT, source: ImageSource, cache: RunFolder, **options: Any) -> IPDT:
        return changed(super().prepare(data, source, cache, **options), set_aside=())


class BlamesTheFirst(GoodPreprocessor):
    def prepare(self, data: ITDT, source: ImageSource, cache: RunFolder, **options: Any) -> IPDT:
        pack = super().prepare(data, source, cache, **options)
        blame = SetAside(uri=data.images[-1].uri, reason="bad day")
        return changed(pack, set_aside=(blame,) if pack.set_aside else ())


class SameFingerprint(GoodPreprocessor):
    def prepare(self, data: ITDT, source: ImageSource, cache: RunFolder, **options: Any) -> IPDT:
        return changed(super().prepare(data, source, cache, **options), fingerprint="0" * 64)
