"""Converters that are right but for one thing each."""

from collections.abc import Sequence
from pathlib import Path

import torch

from components.conversion import FileConverter
from interfaces.ics import ICS
from interfaces.iedt import IEDT
from interfaces.iodt import IODT
from tests.contracts.broken import changed


class GoodConverter:
    def __init__(self) -> None:
        self._converter = FileConverter()

    def convert(self, data: IEDT, settings: ICS) -> IODT:
        return self._converter.convert(data, settings)

    def contact_sheet(self, pictures: Sequence[Path], settings: ICS, captions: Sequence[str]) -> IODT:
        return self._converter.contact_sheet(pictures, settings, captions)


class BeginsWithTheFinal(GoodConverter):
    def convert(self, data: IEDT, settings: ICS) -> IODT:
        result = super().convert(data, settings)
        return changed(result, files=tuple(reversed(result.files)))


class DropsTheKeptSizes(GoodConverter):
    def convert(self, data: IEDT, settings: ICS) -> IODT:
        result = super().convert(data, settings)
        return changed(result, files=tuple(file for file in result.files if file.role == "final"))


class SaysNothing(GoodConverter):
    def convert(self, data: IEDT, settings: ICS) -> IODT:
        result = super().convert(data, settings)
        return changed(result, files=tuple({**dict(file), "metadata": {}} for file in result.files))


class PaintsItBlack(GoodConverter):
    def convert(self, data: IEDT, settings: ICS) -> IODT:
        black = changed(data.final, images=torch.full_like(data.final.images, -1))
        return super().convert(changed(data, final=black), settings)


class FlattensOpacity(GoodConverter):
    def convert(self, data: IEDT, settings: ICS) -> IODT:
        opaque = [changed(sized, alpha=None) for sized in (data.final, *data.kept)]
        return super().convert(changed(data, final=opaque[0], kept=tuple(opaque[1:])), settings)


class HidesTheSheet(GoodConverter):
    def contact_sheet(self, pictures: Sequence[Path], settings: ICS, captions: Sequence[str]) -> IODT:
        sheet = super().contact_sheet(pictures, settings, captions).files[0]
        return IODT.model_validate({"files": ({**dict(sheet), "role": "kept", "seed": 1},)})


class FilmsTheFirstHalf(GoodConverter):
    def film(self, pictures: Sequence[Path], settings: ICS) -> IODT:
        return FileConverter().film(pictures[:2], settings)
