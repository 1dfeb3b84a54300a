"""One box of the chain alone, in Python: pictures in, pictures out, without files, runs or a result store.

Each function takes and returns the contracts, so that boxes can be put in a row by hand.
"""

from collections.abc import Sequence
from hashlib import sha256
from secrets import randbelow
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PIL import Image

from components.conversion import CONVERTERS
from components.generation import GENERATORS
from interfaces.errors import DataError
from interfaces.events import Listener
from interfaces.ics import ICS
from interfaces.iedt import IEDT
from interfaces.ies import IES
from interfaces.igdt import IGDT
from interfaces.igme import IGME
from interfaces.igs import IGS
from interfaces.iodt import IODT
from interfaces.provenance import StageRecord
from pipeline.factories.enhancers import definite_enhancer, make_enhancer
from pipeline.factories.registries import make_component
from pipeline.factories.stores import model_store, weight_store
from pipeline.orchestrator.together import joined
from pipeline.settings.config import SEEDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8] | Image.Image

__all__ = ["convert", "enhance", "generate", "images_of", "pictures_of"]


def generate(settings: IGS | None = None, *, model: str | IGME | None = None, **values: Any) -> IGDT:
    """Return generated images.

    Args:
        settings: what to generate.
        model: its name, its path, or itself; None for the shipped one.
        values: or the fields of the settings; a seed that is not among them is drawn.

    Raises:
        DataError: it is made of input pictures, and these differ in size, or one cannot be read.
        SettingsError: the model cannot do what is asked.
        WeightsError: there is no such model.
    """
    drawn = {} if "seeds" in values else {"seed": randbelow(SEEDS)}
    igs = settings or IGS.model_validate({**drawn, **values})
    if isinstance(model, IGME):
        found: IGME | None = model
    else:
        found = model_store().get(model) if model or igs.source.needs_model else None
    generator = make_component(GENERATORS, igs.source.kind)
    stretches = igs.stretches(range(igs.count))
    parts = [data for stretch in stretches for data in generator.generate(stretch, found)]
    if len(sizes := {tuple(part.images.shape[2:]) for part in parts}) > 1:
        told = ", ".join(f"{width}x{height}" for height, width in sorted(sizes))
        raise DataError(
            f"wanted input pictures of one size, got {told}; hand over those of one size at a time"
        )
    return joined(parts)


def images_of(*pictures: "Pixels") -> IGDT:
    """Return pictures of one size as the contract that the enhancer takes.

    Args:
        pictures: PIL images of any mode, or uint8 arrays (H, W), (H, W, 3) or (H, W, 4); the fourth channel is opacity.

    Raises:
        DataError: there is none, they differ in size, or an array is of another shape or dtype.
    """
    arrays = [_rgba(picture) for picture in pictures]
    shapes = {array.shape for array in arrays}
    if len(shapes) != 1:
        sizes = ", ".join(f"{width}x{height}" for height, width, _ in sorted(shapes))
        raise DataError(
            f"wanted pictures of one size, got {sizes or 'none'}; hand over those of one size at a time"
        )
    stacked = torch.from_numpy(np.stack(arrays)).permute(0, 3, 1, 2).float()  # (N, H, W, 4) -> (N, 4, H, W)
    alpha = stacked[:, 3:] / 255
    record = StageRecord(
        stage="generation",
        component="array",
        digests={f"picture {i}": sha256(array.tobytes()).hexdigest() for i, array in enumerate(arrays)},
    )
    return IGDT(
        images=stacked[:, :3].contiguous() / 127.5 - 1,
        alpha=None if bool((alpha == 1).all()) else alpha.contiguous(),
        seeds=tuple(range(len(arrays))),
        provenance=(record,),
    )


def enhance(
    data: "IGDT | Pixels", settings: IES | None = None, *, listener: Listener | None = None, **values: Any
) -> IEDT:
    """Return the images enlarged, by default by Real-ESRGAN with its best weights on this machine.

    Args:
        data: generated images, or a picture as `images_of` takes it.
        settings: size and enhancer.
        listener: is told the progress, and what could be better.
        values: or the fields of the settings: ``side=256`` or ``scale=4``.

    Raises:
        SettingsError: the settings are wrong.
        WeightsError: the weights that were asked for cannot be had.
    """
    images = data if isinstance(data, IGDT) else images_of(data)
    wanted = settings or IES.model_validate(values)
    weights = weight_store()
    located = definite_enhancer(wanted, weights, listener=listener).located
    return make_enhancer(located, listener=listener, published=weights.publication).enhance(images, located)


def convert(data: IEDT, settings: ICS | None = None, **values: Any) -> IODT:
    """Return encoded files: names and bytes, with what made them in their metadata.

    Args:
        data: enlarged images.
        settings: format, quality, metadata.
        values: or the fields of the settings: ``format="webp"``.
    """
    return make_component(CONVERTERS, "files").convert(data, settings or ICS.model_validate(values))


def pictures_of(data: IGDT | IEDT) -> Sequence[Image.Image]:
    """Return the images, of the final size, as PIL pictures: RGB, or RGBA where there is opacity."""
    images, alpha = (
        (data.images, data.alpha) if isinstance(data, IGDT) else (data.final.images, data.final.alpha)
    )
    pixels = [(images + 1) * 127.5]
    if alpha is not None:
        pixels.append(alpha * 255)
    whole = (
        torch.cat(pixels, 1).round().clamp(0, 255).byte().permute(0, 2, 3, 1)
    )  # (N, C, H, W) -> (N, H, W, C)
    return [Image.fromarray(array.numpy()) for array in whole.cpu().contiguous()]


def _rgba(picture: "Pixels") -> "NDArray[np.uint8]":
    """Return one picture as uint8 (H, W, 4)."""
    if isinstance(picture, Image.Image):
        return np.asarray(picture.convert("RGBA"))
    array = np.asarray(picture)
    if (
        array.dtype != np.uint8
        or array.ndim not in (2, 3)
        or (array.ndim == 3 and array.shape[2] not in (3, 4))
    ):
        raise DataError(
            f"wanted a PIL image or a uint8 array (H, W), (H, W, 3) or (H, W, 4), got {array.dtype} {array.shape}"
        )
    grey = array[..., None] if array.ndim == 2 else array
    colours = np.broadcast_to(grey, (*grey.shape[:2], 3)) if grey.shape[2] == 1 else grey[..., :3]
    opacity = grey[..., 3:] if grey.shape[2] == 4 else np.full((*grey.shape[:2], 1), 255, np.uint8)
    return np.concatenate([colours, opacity], axis=2)
