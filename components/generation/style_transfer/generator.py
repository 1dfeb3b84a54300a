"""Generation by style transfer: pictures in, one image for each of them out."""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple, final

import torch

from components.generation.input_pictures import origin_of, read_input
from components.generation.style_transfer.algorithm import Features, StyleAlgorithm, Task, Unattended
from components.generation.style_transfer.layers import weighted_layers
from components.generation.style_transfer.preparation import Prepared, check_pictures, prepare
from components.generation.style_transfer.registry import STYLE_ALGORITHMS
from components.imaging.picture_file import PictureFile
from components.networks.runtime import describe_runtime
from components.networks.speed import FloatType, bfloat16_units, fastest
from components.networks.vgg19_taps import VGG19Taps
from interfaces.errors import DataError, SettingsError, WeightsError
from interfaces.igdt import IGDT
from interfaces.igme import IGME
from interfaces.igs import IGS, Stylize
from interfaces.ports import Attendant
from interfaces.provenance import StageRecord

__all__ = ["StyleGenerator"]

RANDOM = "random"
"""Stands for features whose weights are drawn."""
NETWORK = "vgg19"


class _Loaded(NamedTuple):
    features: Features | None
    digest: str | None
    """SHA-256 of the file; None where there is none."""


_NOTHING = _Loaded(None, None)


@final
class StyleGenerator:
    """Makes one image of each content picture, in the style of the style pictures."""

    def __init__(self, attendant: Attendant | None = None) -> None:
        self._attendant = attendant or Unattended()
        self._loaded: dict[tuple[str, ...], _Loaded] = {}

    def attended(self, attendant: Attendant) -> "StyleGenerator":
        """Return this generator with somebody beside it."""
        beside = StyleGenerator(attendant)
        beside._loaded = self._loaded  # reading the features takes longer than many a picture
        return beside

    def weights(self, settings: IGS) -> Sequence[str]:
        """Return ``features`` where the algorithm reads a file of them (see `LooksFirst`)."""
        needs = any(
            _algorithm(each).needs_features and each.features != RANDOM for each in _different(settings)
        )
        return ("features",) if needs else ()

    def settled(self, settings: IGS) -> IGS:
        """Return the settings with a definite precision, if at least one content picture can be given the styles (see `LooksFirst`).

        Raises:
            SettingsError: a layer is unknown.
            DataError: a style or a mask cannot be read or does not fit, or no content picture can be taken.
            WeightsError: the features cannot be read.
        """
        source = _source(settings)
        for each in _different(settings):
            if not _algorithm(each).needs_features:
                continue
            precision = _precision(each)
            source = source.model_copy(update={"precision": precision})
            self._features(each, precision)
            for layers in (each.content_layers, each.style_layers):
                if layers:
                    weighted_layers(layers)
        styles = [read_input(path) for path in source.styles]
        masks = [read_input(path) for path in source.masks]
        problems: list[DataError] = []
        for path in source.paths[: settings.count]:
            try:
                check_pictures(source, read_input(path), styles, masks, str(path))
            except DataError as error:
                problems.append(error)
            else:
                return settings.model_copy(update={"source": source})
        raise problems[0]

    def generate(self, settings: IGS, model: IGME | None) -> Iterator[IGDT]:
        """Yield one image for each of the first ``settings.count`` content pictures, one at a time.

        Raises:
            SettingsError: the settings ask for something other than style transfer, or for what the algorithm does not know.
            DataError: a picture is missing, damaged, too small, or a mask is of another size.
            WeightsError: weights are missing or of another network, those of the features or of the model.
        """
        source = _source(settings)
        if not source.needs_model:
            model = None  # of no use to the others, so no part of what their images come from
        for seed, part in zip(settings.image_seeds, _parts(settings), strict=True):
            yield self._make(part, seed, model)

    def _make(self, source: Stylize, seed: int, model: IGME | None) -> IGDT:
        algorithm = _algorithm(source)
        precision = _precision(source) if algorithm.needs_features else "float32"
        loaded = self._features(source, precision) if algorithm.needs_features else _NOTHING
        styles = [read_input(path) for path in source.styles]
        masks = [read_input(path) for path in source.masks]
        [path] = source.paths
        content = read_input(path)
        ready = prepare(source, content, styles, masks, str(path))
        task = _task(ready, source, seed, loaded.features, precision, model)
        image = algorithm.transfer(task, self._attendant)
        return IGDT(
            images=ready.finish(image),
            alpha=ready.alpha,
            seeds=(seed,),
            origins=(origin_of(source.name_of(0) or path.name, content, is_grey=False),),
            provenance=(_record(source, content, styles, masks, loaded, precision, model),),
        )

    def _features(self, source: Stylize, precision: FloatType) -> _Loaded:
        key = (source.features, source.pooling, precision)
        if key not in self._loaded:
            path = None if source.features == RANDOM else Path(source.features)
            digest = None if path is None else sha256(_bytes(path)).hexdigest()
            self._loaded[key] = _Loaded(VGG19Taps(path, source.pooling, precision), digest)
        return self._loaded[key]


def _source(settings: IGS) -> Stylize:
    if not isinstance(settings.source, Stylize):
        raise SettingsError(f"source: wanted stylize, got {settings.source.kind}")
    return settings.source


def _parts(settings: IGS) -> Iterator[Stylize]:
    """Yield the source of each image alone."""
    source = _source(settings)
    yield from (source.part(index, 1) for index in range(settings.count))


def _different(settings: IGS) -> Sequence[Stylize]:
    """Return a source for each way in which images are made, whatever their content."""
    source = _source(settings)
    return list(_parts(settings)) if source.variations else [source]


def _task(
    ready: Prepared,
    source: Stylize,
    seed: int,
    features: Features | None,
    precision: FloatType,
    model: IGME | None,
) -> Task:
    blend = source.blend or (1.0,) * len(source.styles)
    return Task(
        content=ready.content,
        styles=ready.styles,
        blend=tuple(each / sum(blend) for each in blend),
        regions=ready.regions,
        settings=source.model_copy(update={"precision": precision}),
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
        "kind", "paths", "names", "style_names", "variations", "algorithm", "size", "original_colours", "flip", "rotate",
        "crop", "canvas",
        "denoise_before", "denoise_after", "precision",
    }
)  # fmt: skip
"""Fields that serve every algorithm."""


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise WeightsError(f"{path}: the features cannot be read: {error.strerror or error}") from error


def _precision(source: Stylize) -> FloatType:
    """Return the precision that was asked for, or the fastest of this processor.

    Raises:
        SettingsError: the processor cannot do it.
    """
    if source.precision == "auto":
        return fastest("stylizing")
    if source.precision == "bfloat16" and bfloat16_units() is None:
        raise SettingsError(
            "precision: bfloat16 wants a processor with units for it (AMX, AVX512_BF16), which this one is without; "
            "take auto or float32"
        )
    return source.precision


def _record(
    source: Stylize,
    content: PictureFile,
    styles: list[PictureFile],
    masks: list[PictureFile],
    loaded: _Loaded,
    precision: FloatType,
    model: IGME | None,
) -> StageRecord:
    names = [each.name for each in source.inputs() if not each.each]
    digests = {"content": content.sha256}
    digests |= dict(zip(names, (each.sha256 for each in (*styles, *masks)), strict=True))
    said = source.settings()
    if loaded.digest is not None:
        said["features"] = NETWORK  # which file of it, the digest says
        digests["features"] = loaded.digest
    if model is not None:
        digests["model"] = model.weights_sha256
    return StageRecord(
        stage="generation",
        component="stylize",
        settings={"source": said},
        digests=digests,
        licences={} if model is None else {"model": model.licence},
        runtime={**describe_runtime(torch.device("cpu")), "precision": precision},
    )
