"""Enlarges with any super-resolution network that spandrel recognises."""

import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, final

import torch
from torch import Tensor

from components.enhancement.engine import Engine, is_out_of_memory
from components.enhancement.runner import Network, NetworkRunner, Published
from components.enhancement.weights import Weights
from components.networks._compat import enable
from components.networks.precision import DTYPES, DefinitePrecision, choose_precision
from interfaces.errors import SettingsError, WeightsError
from interfaces.events import Listener
from interfaces.iedt import IEDT
from interfaces.ies import IES, Spandrel
from interfaces.igdt import IGDT

if TYPE_CHECKING:
    from spandrel import ImageModelDescriptor

__all__ = ["SpandrelEnhancer"]

_TILE_PX = 256
_OVERLAP_PX = 32
_WHOLE_PX = 4096
"""For networks that look at the whole picture: tiles only where the memory wants them."""


@final
class SpandrelEnhancer:
    """Any single-image super-resolution file: architecture and size are told from the names of its tensors.

    Grey networks enlarge the three colours one by one. One object may serve several threads.

    Args:
        device: ``cpu``, ``cuda``, ``cuda:1``, …; ``auto`` takes CUDA where torch finds it.
        listener: is told the progress within pictures: the share of their work, and the tile.
        published: says by its digest what is known of a file of weights; the record of a picture has that.
    """

    def __init__(
        self,
        device: str = "auto",
        listener: Listener | None = None,
        published: Published | None = None,
    ) -> None:
        self._runner = NetworkRunner(
            "spandrel",
            Spandrel,
            lambda o: (o.weights,),
            _load,
            device=device,
            listener=listener,
            published=published,
        )

    def enhance(self, data: IGDT, settings: IES) -> IEDT:
        """Return ``data`` at the size that ``settings`` asks for, and the sizes to keep.

        Raises:
            SettingsError: the settings are another enhancer's, or device or network cannot do the precision.
            WeightsError: the weights are missing, damaged, of no known architecture, or give no larger picture.
        """
        return self._runner.enhance(data, settings)


def _load(options: Spandrel, files: Sequence[Weights], device: torch.device) -> Network:
    enable()
    from spandrel import ModelTiling

    (weights,) = files
    found = _recognise(weights)
    precision = _precision(options, found, weights.name, device)
    found.to(device, DTYPES[precision])
    found.model.to(memory_format=torch.channels_last)
    engine = Engine(
        _calling(found, weights.name),
        scale=found.scale,
        overlap_px=_OVERLAP_PX,
        multiple=found.size_requirements.multiple_of,
        device=device,
    )
    tile_px = _TILE_PX if found.tiling is ModelTiling.SUPPORTED else _WHOLE_PX
    return Network(engine, tile_px, precision, "spandrel")


def _recognise(weights: Weights) -> "ImageModelDescriptor":
    from spandrel import MAIN_REGISTRY, ImageModelDescriptor, ModelLoader, UnsupportedModelError

    try:
        with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what torch says of spandrel's code is not for our users
            found = ModelLoader().load_from_state_dict(dict(weights.state))
    except UnsupportedModelError as error:
        seen = ", ".join(f"{key} {'x'.join(map(str, t.shape))}" for key, t in list(weights.state.items())[:4])
        known = ", ".join(sorted(support.architecture.name for support in MAIN_REGISTRY.architectures()))
        raise WeightsError(
            f"weights {weights.name}: unknown architecture with {len(weights.state)} tensors ({seen}, …); spandrel"
            f" knows {known}"
        ) from error
    # a file that looks like a known one and is not whole fails anywhere in the loader of its architecture
    except Exception as error:
        raise WeightsError(f"weights {weights.name}: spandrel cannot build their network: {error}") from error
    channels = (found.input_channels, found.output_channels)
    if not isinstance(found, ImageModelDescriptor) or found.scale < 2 or channels not in ((3, 3), (1, 1)):
        raise WeightsError(
            f"weights {weights.name}: wanted a network that makes one picture at least twice as large, RGB or grey,"
            f" got {found.architecture.name} for {found.purpose} with scale {found.scale}, {channels[0]} channels in"
            f" and {channels[1]} out"
        )
    return found


def _precision(
    options: Spandrel, found: "ImageModelDescriptor", name: str, device: torch.device
) -> DefinitePrecision:
    if options.precision == "auto":
        # half a network in bfloat16 shows steps where it ends in it; only where float16 is quick it is worth that
        return "float16" if device.type == "cuda" and found.supports_half else "float32"
    if options.precision == "mixed":
        raise SettingsError(
            "precision: mixed is for the enhancer realesrgan, whose networks it was measured with; wanted auto, float32, "
            "bfloat16 or float16"
        )
    precision = choose_precision(options.precision, device)
    supported = {"float32": True, "float16": found.supports_half, "bfloat16": found.supports_bfloat16}
    if not supported[precision]:
        can = [each for each, able in supported.items() if able]
        raise SettingsError(
            f"precision: {found.architecture.name} ({name}) can do {', '.join(can)}, got {precision}"
        )
    return precision


def _calling(found: "ImageModelDescriptor", name: str) -> Callable[[Tensor], Tensor]:
    def call(tiles: Tensor) -> Tensor:
        pixels = tiles.to(found.dtype)
        if found.input_channels == 1:  # (B, 3, h, w) -> (3B, 1, h, w)
            pixels = pixels.reshape(-1, 1, *pixels.shape[2:])
        try:
            result: Tensor = found(pixels)
        except RuntimeError as error:
            if is_out_of_memory(error):
                raise
            raise WeightsError(
                f"weights {name}: their {found.architecture.name} fails on a tile of"
                f" {tiles.shape[3]}x{tiles.shape[2]} px: {error}"
            ) from error
        # a copy: what comes out of inference mode cannot be written to
        return result.reshape(len(tiles), 3, *result.shape[2:]).float().clone()

    return call
