"""Runs networks over images until they are as large as they shall be: what all enhancers with a network share."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar, final

import torch
from torch import Tensor

from components.enhancement.engine import Done, Engine, Enlargement
from components.enhancement.sizes import assemble, picture_settings, plain_record, target_size
from components.enhancement.tta import VIEWS, averaged
from components.enhancement.weights import Weights, read_weights
from components.imaging.alpha_fill import fill_clear
from components.networks.precision import DefinitePrecision
from components.networks.runtime import describe_runtime
from interfaces.errors import SettingsError
from interfaces.events import Listener, Progress
from interfaces.iedt import IEDT
from interfaces.ies import IES, Tiled
from interfaces.igdt import IGDT
from interfaces.provenance import Publication, StageRecord

__all__ = ["Network", "NetworkRunner", "Published", "passes_to"]

OptionsT = TypeVar("OptionsT", bound=Tiled)

Published = Callable[[str], Publication | None]
"""Says by the SHA-256 of a file what is known of it."""

_ROLES = ("weights", "twin")
"""Names in the record for the files that a network is made of, in their order."""


@dataclass(frozen=True)
class Network:
    """A network that is ready to run, and how."""

    engine: Engine
    tile_px: int
    """Side of a tile where the settings leave it open."""
    precision: DefinitePrecision
    library: str | None
    """Distribution whose code it is; None where it is artgen's."""


@dataclass(frozen=True)
class _Loaded:
    network: Network
    files: Mapping[str, Weights]
    """By role: whose tensors it was made of."""

    @property
    def identity(self) -> tuple[str, ...]:
        return tuple(weights.sha256 for weights in self.files.values())


@final
class NetworkRunner(Generic[OptionsT]):
    """Passes of a network until the wanted size is reached, then a plain resize to it.

    Where the wanted size is not above that of the images, the network is not needed and not loaded. Networks are
    loaded once for each file and way to run it. One object may serve several threads.

    Args:
        component: name of the enhancer.
        options: class of its options.
        files: paths of the weights that the options name; the first are the network's own.
        load: makes the network from them.
        device: ``cpu``, ``cuda``, ``cuda:1``, …; ``auto`` takes CUDA where torch finds it.
        listener: is told the progress within pictures: the share of their work, and the tile.
        published: says by its digest what is known of a file of weights; the record of a picture has that.
    """

    def __init__(
        self,
        component: str,
        options: type[OptionsT],
        files: Callable[[OptionsT], Sequence[str]],
        load: Callable[[OptionsT, Sequence[Weights], torch.device], Network],
        *,
        device: str,
        listener: Listener | None,
        published: Published | None,
    ) -> None:
        self._component = component
        self._options = options
        self._files = files
        self._load = load
        self._device = _find_device(device)
        self._listener = listener
        self._published = published or (lambda _: None)
        self._lock = Lock()
        self._networks: dict[Hashable, _Loaded] = {}
        # by digest of the weights: what running out of memory led to
        self._tile_limits: dict[tuple[str, ...], int] = {}

    def enhance(self, data: IGDT, settings: IES) -> IEDT:
        """Return ``data`` at the size that ``settings`` asks for, and the sizes to keep.

        Raises:
            SettingsError: the settings are another enhancer's, or the device cannot do the precision.
            WeightsError: the weights are missing, damaged, of another architecture, or give no picture.
        """
        options = settings.enhancer
        if not isinstance(options, self._options):
            raise SettingsError(
                f"enhancer: wanted the options of {self._component!r}, with the path of the weights, got those of "
                f"{options.kind!r}; pipeline.boxes.enhance finds enhancer and weights"
            )
        source = fill_clear(data.images, data.alpha)
        side = max(data.images.shape[2:])
        wanted = max(target_size((data.images.shape[3], data.images.shape[2]), settings))
        if wanted <= side:
            return assemble(data, settings, [source], plain_record(self._component, settings))
        loaded = self._loaded(options)
        engine = replace(_engine(loaded.network, options), tell=self._tell)
        done = self._enlarge(loaded, engine, source, passes_to(side, wanted, engine.scale), options.tile_px)
        results = [source, *(images.mul_(2.0).sub_(1.0) for images in done.results)]
        record = self._record(settings, options, loaded, engine, done)
        own = loaded.files["weights"].sha256
        return assemble(data, settings, results, record, weights_sha256=own)

    def _tell(self, done: Done) -> None:
        if self._listener is not None:
            detail = f"tile {done.tile} of {done.tiles}"
            self._listener(
                Progress(stage="enhancement", done=done.percent, total=100, unit="%", detail=detail)
            )

    def _enlarge(
        self, loaded: _Loaded, engine: Engine, images: Tensor, passes: int, tile_px: int | None
    ) -> Enlargement:
        wanted = tile_px or loaded.network.tile_px
        with self._lock:
            tile = min(wanted, self._tile_limits.get(loaded.identity, wanted))
        # the contract has [-1, 1], the networks [0, 1]
        unit = images.detach().cpu().add(1.0).mul_(0.5).clamp_(0.0, 1.0)
        done = engine.enlarge(unit, passes, tile)
        if done.tile_px < tile:
            with self._lock:
                self._tile_limits[loaded.identity] = done.tile_px
        return done

    def _loaded(self, options: OptionsT) -> _Loaded:
        paths = [Path(name) for name in self._files(options)]
        same = options.model_dump_json(exclude={"tile_px", "overlap_px", "tta"})
        with self._lock:
            key = (same, *map(_stamp, paths))
            if key not in self._networks:
                read = [read_weights(path) for path in paths]
                files = [each.as_published(self._published(each.sha256)) for each in read]
                network = self._load(options, files, self._device)
                self._networks[key] = _Loaded(network, dict(zip(_ROLES, files, strict=False)))
            return self._networks[key]

    def _record(
        self, settings: IES, options: OptionsT, loaded: _Loaded, engine: Engine, done: Enlargement
    ) -> StageRecord:
        # paths say nothing about the picture, and the way to run the network stands under runtime
        elsewhere = {*_ROLES, "precision", "tile_px", "overlap_px"}
        chosen = options.model_dump(mode="json", exclude=elsewhere, exclude_defaults=True)
        names = {role: weights.name for role, weights in loaded.files.items()}
        return StageRecord(
            stage="enhancement",
            component=self._component,
            settings={**picture_settings(settings), "enhancer": {"kind": self._component, **chosen, **names}},
            digests={role: weights.sha256 for role, weights in loaded.files.items()},
            licences={role: weights.licence for role, weights in loaded.files.items() if weights.licence},
            sources={role: weights.source for role, weights in loaded.files.items() if weights.source},
            runtime={
                **describe_runtime(self._device, *filter(None, ("pillow", loaded.network.library))),
                "precision": loaded.network.precision,
                "tile_px": done.tile_px,
                "overlap_px": engine.overlap_px,
                "batch": list(done.batches),
            },
        )


def passes_to(side: int, wanted: int, scale: int) -> int:
    """Return how many times a network must enlarge ``side`` until it is not below ``wanted``.

    >>> passes_to(64, 1024, 4), passes_to(64, 65, 4), passes_to(64, 64, 2)
    (2, 1, 0)
    """
    passes = 0
    while side < wanted:
        side *= scale
        passes += 1
    return passes


def _engine(network: Network, options: Tiled) -> Engine:
    engine = network.engine
    if options.overlap_px is not None:
        engine = replace(engine, overlap_px=options.overlap_px)
    if options.tta:
        exact = None if engine.exact is None else averaged(engine.exact)
        engine = replace(engine, network=averaged(engine.network), exact=exact, parts=VIEWS * engine.parts)
    return engine


def _stamp(path: Path) -> Hashable:
    """Return what changes when the file is replaced."""
    return (path.stat().st_mtime_ns, path.stat().st_size) if path.is_file() else None


def _find_device(name: str) -> torch.device:
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise SettingsError(f"device: wanted auto, cpu or cuda, got {name!r}") from error
    if device.type == "cuda" and not torch.cuda.is_available():
        raise SettingsError(f"device: wanted {name}, which torch does not find here; give auto or cpu")
    return device
