"""Generation by style transfer: pictures in, one image for each of them out."""

from collections.abc import Iterator
from pathlib import Path
from typing import final

import torch

from components.generation.style_transfer.algorithm import Features, StyleAlgorithm, Task, Unattended
from components.generation.style_transfer.preparation import Prepared, prepare
from components.generation.style_transfer.registry import STYLE_ALGORITHMS
from components.imaging.picture_file import PictureFile, read_picture
from components.networks.runtime import describe_runtime
from components.networks.vgg19_taps import VGG19Taps
from interfaces.errors import DataError, SettingsError
from interfaces.igdt import IGDT
from interfaces.igme import IGME
from interfaces.igs import IGS, Stylize
from interfaces.ports import Attendant
from interfaces.provenance import Origin, StageRecord

__all__ = ["StyleGenerator"]

RANDOM = "random"
"""Stands for features whose weights are drawn."""


@final
class StyleGenerator:
    """Makes one image of each content picture, in the style of the style pictures."""

    def __init__(self, attendant: Attendant | None = None) -> None:
        self._attendant = attendant or Unattended()

    def attended(self, attendant: Attendant) -> "StyleGenerator":
        """Return this generator with somebody beside it."""
        return StyleGenerator(attendant)

    def generate(self, settings: IGS, model: IGME | None) -> Iterator[IGDT]:
        """Yield one image for each of the first ``settings.count`` content pictures, one at a time.

        Raises:
            SettingsError: the settings ask for something other than style transfer, or for what the algorithm does not know.
            DataError: a picture is missing, damaged, too small, or a mask is of another size.
            WeightsError: weights are missing or of another network, those of the features or of the model.
        """
        source = settings.source
        if not isinstance(source, Stylize):
            raise SettingsError(f"source: wanted stylize, got {source.kind}")
        model = (
            model if source.needs_model else None
        )  # of no use to the others, so no part of what their images come from
        algorithm = _algorithm(source)
        features = _features(source) if algorithm.needs_features else None
        styles = [_read(path) for path in source.styles]
        masks = [_read(path) for path in source.masks]
        for index, path in enumerate(source.paths[: settings.count]):
            content = _read(path)
            seed = settings.image_seeds[index]
            ready = prepare(source, content, styles, masks)
            image = algorithm.transfer(_task(ready, source, seed, features, model), self._attendant)
            yield IGDT(
                images=ready.finish(image),
                alpha=ready.alpha,
                seeds=(seed,),
                origins=(_origin(path.name, content),),
                provenance=(_record(source, content, styles, masks, model),),
            )


def _task(ready: Prepared, source: Stylize, seed: int, features: Features | None, model: IGME | None) -> Task:
    blend = source.blend or (1.0,) * len(source.styles)
    return Task(
        content=ready.content,
        styles=ready.styles,
        blend=tuple(each / sum(blend) for each in blend),
        regions=ready.regions,
        settings=source,
        seed=seed,
        features=features,
        model=model,
    )


def _algorithm(source: Stylize) -> StyleAlgorithm:
    """Return the algorithm, which has a use for every setting that is not as usual."""
    algorithm = STYLE_ALGORITHMS.resolve(source.algorithm)()
    # a trained network has its style
    known = _OF_ALL | algorithm.uses | (frozenset() if source.needs_model else {"styles"})
    problems = [
        f"{name}: {source.algorithm} makes no use of it, so wanted {field.default!r}, got {getattr(source, name)!r}"
        for name, field in type(source).model_fields.items()
        if name not in known and getattr(source, name) != field.default
    ]
    if problems:
        raise SettingsError(*problems)
    return algorithm


_OF_ALL = frozenset(
    {
        "kind", "paths", "algorithm", "size", "original_colours", "flip", "rotate", "crop", "canvas",
        "denoise_before", "denoise_after",
    }
)  # fmt: skip
"""Fields that serve every algorithm."""


def _features(source: Stylize) -> Features:
    path = None if source.features == RANDOM else Path(source.features)
    features: Features = VGG19Taps(path, source.pooling)
    return features


def _read(path: Path) -> PictureFile:
    try:
        return read_picture(path.read_bytes())
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from error
    except DataError as error:
        raise DataError(f"{path}: {error}") from error


def _origin(name: str, picture: PictureFile) -> Origin:
    height, width = picture.image.shape[2:]
    return Origin(
        name=name,
        sha256=picture.sha256,
        size=(int(width), int(height)),
        bits=picture.bits,
        is_grey=picture.is_grey,
        attachments=picture.attachments,
    )


def _record(
    source: Stylize,
    content: PictureFile,
    styles: list[PictureFile],
    masks: list[PictureFile],
    model: IGME | None,
) -> StageRecord:
    names = [each.name for each in source.inputs() if not each.each]
    digests = {"content": content.sha256}
    digests |= dict(zip(names, (each.sha256 for each in (*styles, *masks)), strict=True))
    if model is not None:
        digests["model"] = model.weights_sha256
    return StageRecord(
        stage="generation",
        component="stylize",
        settings={"source": source.settings()},
        digests=digests,
        licences={} if model is None else {"model": model.licence},
        runtime=describe_runtime(torch.device("cpu")),
    )
