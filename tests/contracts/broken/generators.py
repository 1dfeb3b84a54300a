"""Generators that are right but for one thing each."""

from collections.abc import Iterator

import torch

from components.generation import NoiseGenerator
from interfaces.igdt import IGDT
from interfaces.igme import IGME
from interfaces.igs import IGS
from tests.contracts.broken import changed


class GoodGenerator:
    def generate(self, settings: IGS, model: IGME | None) -> Iterator[IGDT]:
        return NoiseGenerator().generate(settings, model)


class MakesOneMore(GoodGenerator):
    def generate(self, settings: IGS, model: IGME | None) -> Iterator[IGDT]:
        yield from super().generate(settings, model)
        if settings.count > 1:
            yield from super().generate(IGS(seed=settings.seed + settings.count), model)


class StartsAtZero(GoodGenerator):
    """Numbers the seeds by the place in the run, though the images are right."""

    def generate(self, settings: IGS, model: IGME | None) -> Iterator[IGDT]:
        for data in super().generate(settings, model):
            yield changed(data, seeds=tuple(seed - 1000 for seed in data.seeds))


class DependsOnTheCount(GoodGenerator):
    def generate(self, settings: IGS, model: IGME | None) -> Iterator[IGDT]:
        for data in super().generate(settings, model):
            yield changed(data, images=data.images * (1 - settings.count / 200))


class RepeatsItself(GoodGenerator):
    def generate(self, settings: IGS, model: IGME | None) -> Iterator[IGDT]:
        for data in super().generate(settings, model):
            yield changed(data, images=torch.zeros_like(data.images))


class NamesNoModel(GoodGenerator):
    def generate(self, settings: IGS, model: IGME | None) -> Iterator[IGDT]:
        for data in super().generate(settings, model):
            record = {**dict(data.provenance[0]), "digests": {}}
            yield changed(data, provenance=(record,))


class TouchesTheModel(GoodGenerator):
    def generate(self, settings: IGS, model: IGME | None) -> Iterator[IGDT]:
        yield from super().generate(settings, model)
        assert model is not None
        (model.weights_path.parent / "cache.bin").write_bytes(b"mine")


class DrawsFromEverybodysDice(GoodGenerator):
    def generate(self, settings: IGS, model: IGME | None) -> Iterator[IGDT]:
        torch.manual_seed(settings.seed)
        yield from super().generate(settings, model)


class BeginsWithConversion(GoodGenerator):
    def generate(self, settings: IGS, model: IGME | None) -> Iterator[IGDT]:
        for data in super().generate(settings, model):
            record = {**dict(data.provenance[0]), "stage": "conversion"}
            yield changed(data, provenance=(record,))
