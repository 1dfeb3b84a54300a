"""Enhancers that are right but for one thing each."""

from time import sleep

import torch
from torch import Tensor

from components.enhancement import LanczosEnhancer
from interfaces.iedt import IEDT, SizedImages
from interfaces.ies import IES
from interfaces.igdt import IGDT
from tests.contracts.broken import changed


class GoodEnhancer:
    """The plain resize, under its own name."""

    def enhance(self, data: IGDT, settings: IES) -> IEDT:
        result = LanczosEnhancer().enhance(data, settings)
        record = {**dict(result.provenance[-1]), "component": settings.enhancer.kind}
        return changed(result, enhancer=settings.enhancer.kind, provenance=(*result.provenance[:-1], record))


def _with_final(result: IEDT, images: Tensor) -> IEDT:
    return changed(result, final=changed(result.final, images=images))


class ChangesItsInput(GoodEnhancer):
    def enhance(self, data: IGDT, settings: IES) -> IEDT:
        result = super().enhance(changed(data, images=data.images.clone()), settings)
        data.images.mul_(0.5)
        return result


class MixesNeighbours(GoodEnhancer):
    def enhance(self, data: IGDT, settings: IES) -> IEDT:
        result = super().enhance(data, settings)
        images = result.final.images
        return _with_final(result, (images - images.mean(0) / 8).clamp(-1, 1))


class NotesTheCount(GoodEnhancer):
    def enhance(self, data: IGDT, settings: IES) -> IEDT:
        result = super().enhance(data, settings)
        record = {**dict(result.provenance[-1]), "settings": {"count": len(data.seeds)}}
        return changed(result, provenance=(*result.provenance[:-1], record))


class RoundsTheSize(GoodEnhancer):
    def enhance(self, data: IGDT, settings: IES) -> IEDT:
        side = settings.side and settings.side // 8 * 8
        return super().enhance(data, IES.model_validate({**dict(settings), "side": side}))


class MakesSquares(GoodEnhancer):
    def enhance(self, data: IGDT, settings: IES) -> IEDT:
        height, width = data.images.shape[2:]
        side = max(height, width)
        padded = torch.nn.functional.pad(data.images, (0, side - width, 0, side - height))
        alpha = data.alpha if height == width else None
        return super().enhance(changed(data, images=padded, alpha=alpha), settings)


class ForgetsTheKeptSizes(GoodEnhancer):
    def enhance(self, data: IGDT, settings: IES) -> IEDT:
        return changed(super().enhance(data, settings), kept=())


class DropsOpacity(GoodEnhancer):
    def enhance(self, data: IGDT, settings: IES) -> IEDT:
        return super().enhance(changed(data, alpha=None), settings)


class GetsTired(GoodEnhancer):
    """Fainter with every call: wrong wherever two results are compared."""

    def __init__(self) -> None:
        self._calls = 0

    def enhance(self, data: IGDT, settings: IES) -> IEDT:
        self._calls += 1
        result = super().enhance(data, settings)
        return _with_final(result, result.final.images * (1 - self._calls / 100))


class ForgetsASeed(GoodEnhancer):
    def enhance(self, data: IGDT, settings: IES) -> IEDT:
        result = super().enhance(data, settings)
        return changed(result, seeds=(*result.seeds[:-1], 0) if len(result.seeds) > 1 else result.seeds)


class ForgetsTheOrigins(GoodEnhancer):
    def enhance(self, data: IGDT, settings: IES) -> IEDT:
        return changed(super().enhance(data, settings), origins=())


class ForgetsTheChain(GoodEnhancer):
    def enhance(self, data: IGDT, settings: IES) -> IEDT:
        result = super().enhance(data, settings)
        return changed(result, provenance=result.provenance[-1:])


class GivesNan(GoodEnhancer):
    """Goes round the contract's own validation."""

    def enhance(self, data: IGDT, settings: IES) -> IEDT:
        result = super().enhance(data, settings)
        images = result.final.images.clone()
        images[:, :, 0, 0] = torch.nan
        final = SizedImages.model_construct(images=images, alpha=result.final.alpha)
        return IEDT.model_construct(**{**dict(result), "final": final})


class SharesItsDesk(GoodEnhancer):
    """Keeps the picture under way in the object, where another thread finds it."""

    def __init__(self) -> None:
        self._busy = False

    def enhance(self, data: IGDT, settings: IES) -> IEDT:
        if self._busy:
            raise RuntimeError("one at a time, please")
        self._busy = True
        sleep(0.05)
        result = super().enhance(data, settings)
        self._busy = False
        return result


class Crashes:
    def enhance(self, data: IGDT, settings: IES) -> IEDT:
        raise RuntimeError("no luck\ntoday")


class Quits:
    def enhance(self, data: IGDT, settings: IES) -> IEDT:
        raise SystemExit(3)


class ReturnsNothing:
    def enhance(self, data: IGDT, settings: IES) -> None:
        return None


class WantsArguments:
    def __init__(self, strength: float) -> None:
        raise NotImplementedError
