"""Enlarges with a Real-ESRGAN network (Wang et al., 2021) and the official weights."""

from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import final

import torch
from torch import Tensor

from components.enhancement.architecture import LIBRARY, Architecture, build, detect
from components.enhancement.engine import Engine, Enlargement
from components.enhancement.precision import DefinitePrecision, choose_precision, lower_precision
from components.enhancement.sizes import assemble, picture_settings, plain_record, target_size
from components.enhancement.weights import read_weights
from components.networks.runtime import describe_runtime
from interfaces.errors import SettingsError
from interfaces.iedt import IEDT
from interfaces.ies import IES, Precision, Realesrgan
from interfaces.igdt import IGDT
from interfaces.provenance import StageRecord

__all__ = ["RealesrganEnhancer"]


@dataclass(frozen=True)
class _Network:
    engine: Engine
    architecture: Architecture
    precision: DefinitePrecision
    sha256: str
    name: str


_Key = tuple[Path, int, int, str]
"""File, its time and size, and the precision asked for."""


@final
class RealesrganEnhancer:
    """Real-ESRGAN: passes of the network until the wanted size is reached, then a plain resize to it.

    Where the wanted size is not above that of the images, the network is not needed and not loaded. Networks are
    loaded once per object and file. One object may serve several threads.

    Args:
        device: ``cpu``, ``cuda``, ``cuda:1``, …; ``auto`` takes CUDA where torch finds it.
    """

    def __init__(self, device: str = "auto") -> None:
        self._device = _find_device(device)
        self._lock = Lock()
        self._networks: dict[_Key, _Network] = {}
        self._tile_limits: dict[str, int] = {}  # by digest of the weights: what running out of memory led to

    def enhance(self, data: IGDT, settings: IES) -> IEDT:
        """Return ``data`` at the size that ``settings`` asks for, and the sizes to keep.

        Raises:
            SettingsError: the settings are another enhancer's, or the device cannot do the precision.
            WeightsError: the weights are missing, damaged, of another architecture, or give no picture.
        """
        options = settings.enhancer
        if not isinstance(options, Realesrgan):
            raise SettingsError(
                f"enhancer: wanted the options of 'realesrgan', got those of {options.kind!r}"
            )
        side = max(data.images.shape[2:])
        wanted = max(target_size((data.images.shape[3], data.images.shape[2]), settings))
        if wanted <= side:
            return assemble(data, settings, [data.images], plain_record("realesrgan", settings))
        network = self._network(options)
        done = self._enlarge(network, data.images, _passes(side, wanted, network), options.tile_px)
        results = [data.images, *(images.mul_(2.0).sub_(1.0) for images in done.results)]
        record = self._record(settings, network, done)
        return assemble(data, settings, results, record, weights_sha256=network.sha256)

    def _enlarge(self, network: _Network, images: Tensor, passes: int, tile_px: int | None) -> Enlargement:
        wanted = tile_px or network.architecture.tile_px
        with self._lock:
            tile = min(wanted, self._tile_limits.get(network.sha256, wanted))
        # the contract has [-1, 1], the networks [0, 1]
        unit = images.detach().cpu().add(1.0).mul_(0.5).clamp_(0.0, 1.0)
        done = network.engine.enlarge(unit, passes, tile)
        if done.tile_px < tile:
            with self._lock:
                self._tile_limits[network.sha256] = done.tile_px
        return done

    def _network(self, options: Realesrgan) -> _Network:
        path = Path(options.weights)
        with self._lock:
            modified, size = (path.stat().st_mtime_ns, path.stat().st_size) if path.is_file() else (0, 0)
            key = (path, modified, size, options.precision)
            if key not in self._networks:
                self._networks[key] = _load(path, options.precision, self._device)
            return self._networks[key]

    def _record(self, settings: IES, network: _Network, done: Enlargement) -> StageRecord:
        return StageRecord(
            stage="enhancement",
            component="realesrgan",
            settings={
                **picture_settings(settings),
                "enhancer": {"kind": "realesrgan", "weights": network.name},
            },
            digests={"weights": network.sha256},
            runtime={
                **describe_runtime(self._device, "pillow", LIBRARY),
                "precision": network.precision,
                "tile_px": done.tile_px,
                "batch": list(done.batches),
            },
        )


def _load(path: Path, asked: Precision, device: torch.device) -> _Network:
    precision = choose_precision(asked, device)
    weights = read_weights(path)
    architecture = detect(weights.state, str(path))
    module = lower_precision(build(architecture, weights.state, str(path)), precision)
    engine = Engine(
        module.to(device, memory_format=torch.channels_last),  # type: ignore[call-overload]  # torch's stub lacks this pair
        scale=architecture.scale,
        overlap_px=architecture.overlap_px,
        multiple=architecture.multiple,
        device=device,
    )
    return _Network(engine, architecture, precision, weights.sha256, weights.name)


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


def _passes(side: int, wanted: int, network: _Network) -> int:
    passes = 0
    while side < wanted:
        side *= network.architecture.scale
        passes += 1
    return passes
