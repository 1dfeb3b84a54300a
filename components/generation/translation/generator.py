"""Generation by translation: one image of each picture."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import final

import torch
import torch.nn.functional as F
from torch import Tensor

from components.generation.input_pictures import origin_of, read_input
from components.generation.loaded import loaded
from components.generation.translation.preparation import prepared
from components.generation.translation.tiles import side_at_once, translate_picture
from components.imaging.alpha_fill import fill_clear
from components.networks.precision import DefinitePrecision, choose_precision
from components.networks.runtime import describe_runtime
from components.networks.translation import Direction, TranslationNet
from interfaces.errors import SettingsError, WeightsError
from interfaces.igdt import IGDT
from interfaces.igme import IGME
from interfaces.igs import IGS, Translate
from interfaces.provenance import StageRecord
from interfaces.translation import TranslationNetwork

__all__ = ["TranslationGenerator"]


@final
class TranslationGenerator:
    """Makes one image of each picture: what it becomes in the other domain, or what comes back of that.

    Pictures of any size are taken: sides that the network cannot halve are continued with their last pixels meanwhile.
    """

    def weights(self, settings: IGS) -> Sequence[str]:
        """Return nothing: all that it reads is the model (see `LooksFirst`)."""
        del settings
        return ()

    def settled(self, settings: IGS) -> IGS:
        """Return the settings with a definite precision (see `LooksFirst`).

        Raises:
            SettingsError: they ask for something other than translation, or for a precision that this machine does not have.
        """
        source = _source(settings)
        precision = _precision(source, _device())
        return settings.model_copy(update={"source": source.model_copy(update={"precision": precision})})

    def generate(self, settings: IGS, model: IGME | None) -> Iterator[IGDT]:
        """Yield one image for each of the first ``settings.count`` pictures, one at a time.

        Raises:
            SettingsError: the settings ask for something other than translation or a precision that this machine does not have,
                the model does none, or has no way back.
            DataError: a picture is missing or damaged.
            WeightsError: there is no model, or its weights are missing or of another network.
        """
        source = _source(settings)
        model, architecture = _checked(model, source)
        device = _device()
        precision = _precision(source, device)
        ways = _ways(source)
        how = f"{precision} {' '.join(ways)}"
        networks = loaded(model, device, how, partial(prepared, precision=precision, ways=ways))
        assert isinstance(networks, TranslationNet)  # noqa: S101  # what the architecture describes
        tile = source.tile or side_at_once(architecture)
        for index, path in enumerate(source.paths[: settings.count]):
            name = source.name_of(index)
            content = read_input(path, name)
            picture = _resized(fill_clear(content.image, content.alpha), source.longer_side)
            alpha = None if content.alpha is None else _resized(content.alpha, source.longer_side).clamp(0, 1)
            with torch.no_grad():  # inference mode would give tensors that no optimiser may take
                image = picture.to(device)
                for direction in ways:
                    image = translate_picture(networks.towards(direction), image, tile)
            yield IGDT(
                images=image.clamp(-1, 1).cpu().contiguous(),
                alpha=alpha,
                seeds=(settings.image_seeds[index],),
                origins=(origin_of(name or path.name, content, is_grey=False),),
                provenance=(_record(source, content.sha256, model, tile, device, precision),),
            )


def _source(settings: IGS) -> Translate:
    if not isinstance(settings.source, Translate):
        raise SettingsError(f"source: wanted translate, got {settings.source.kind}")
    return settings.source


def _device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def _precision(source: Translate, device: torch.device) -> DefinitePrecision:
    return choose_precision(source.precision, device, "translating")


def _checked(model: IGME | None, source: Translate) -> tuple[IGME, TranslationNetwork]:
    if model is None:
        raise WeightsError(
            "translation needs a trained model; pass one with --model, or train one: artgen train A B --preset face2anime"
        )
    architecture = model.architecture
    if not isinstance(architecture, TranslationNetwork):
        raise SettingsError(
            f"model: wanted one that translates, trained with the preset face2anime or photo2drawing say; got "
            f"{model.name!r}, whose architecture is {architecture.kind!r}"
        )
    if not architecture.both_ways and (source.there_and_back or source.direction == "b-to-a"):
        what = "there_and_back" if source.there_and_back else "direction"
        raise SettingsError(
            f"{what}: wanted a-to-b alone, since {model.name!r} learnt only the way from {model.styles[0]} to "
            f"{model.styles[-1]}"
        )
    return model, architecture


def _ways(source: Translate) -> tuple[Direction, ...]:
    there: Direction = source.direction
    back: Direction = "b-to-a" if there == "a-to-b" else "a-to-b"
    return (there, back) if source.there_and_back else (there,)


def _resized(images: Tensor, size: int | None) -> Tensor:
    """Return images (N, C, H, W) whose longer side is ``size``; where they shrink, what is too fine is filtered out."""
    height, width = images.shape[2:]
    if size in (None, max(height, width)):
        return images
    side = [max(1, round(each * size / max(height, width))) for each in (height, width)]
    return F.interpolate(images, side, mode="bicubic", antialias=True).clamp(-1, 1)


def _record(
    source: Translate,
    picture: str,
    model: IGME,
    tile: int,
    device: torch.device,
    precision: DefinitePrecision,
) -> StageRecord:
    return StageRecord(
        stage="generation",
        component="translate",
        settings={"source": {**source.settings(), "tile": tile}},
        digests={"picture": picture, "model": model.weights_sha256},
        licences={"model": model.licence},
        runtime={**describe_runtime(device), "precision": precision},
    )
