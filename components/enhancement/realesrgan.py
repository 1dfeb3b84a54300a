"""Enlarges with a Real-ESRGAN network (Wang et al., 2021) and the official weights."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import final

import torch
from torch import Tensor

from components.enhancement.architecture import Library, build, detect
from components.enhancement.engine import Engine
from components.enhancement.runner import Network, NetworkRunner, Published
from components.enhancement.weights import Weights
from components.networks.precision import choose_precision, lower_precision
from interfaces.errors import WeightsError
from interfaces.events import Listener
from interfaces.iedt import IEDT
from interfaces.ies import IES, Realesrgan
from interfaces.igdt import IGDT

__all__ = ["RealesrganEnhancer", "weight_files"]


@final
class RealesrganEnhancer:
    """Real-ESRGAN: passes of the network until the wanted size is reached, then a plain resize to it.

    One object may serve several threads.

    Args:
        device: ``cpu``, ``cuda``, ``cuda:1``, …; ``auto`` takes CUDA where torch finds it.
        listener: is told the progress within pictures: the share of their work, and the tile.
        published: says by its digest what is known of a file of weights; the record of a picture has that.
        library: whose implementation of the network; another one gives other last bits.
    """

    def __init__(
        self,
        device: str = "auto",
        listener: Listener | None = None,
        published: Published | None = None,
        library: Library = "artgen",
    ) -> None:
        self._runner = NetworkRunner(
            "realesrgan",
            Realesrgan,
            weight_files,
            partial(_load, library),
            device=device,
            listener=listener,
            published=published,
        )

    def enhance(self, data: IGDT, settings: IES) -> IEDT:
        """Return ``data`` at the size that ``settings`` asks for, and the sizes to keep.

        Raises:
            SettingsError: the settings are another enhancer's, or the device cannot do the precision.
            WeightsError: the weights are missing, damaged, of another architecture, or give no picture.
        """
        return self._runner.enhance(data, settings)


def weight_files(options: Realesrgan) -> Sequence[str]:
    """Return the files that the options need: the twin only where something is taken from it."""
    return (options.weights,) if options.denoise == 1 else (options.weights, options.twin)


def _load(library: Library, options: Realesrgan, files: Sequence[Weights], device: torch.device) -> Network:
    name = " and ".join(weights.name for weights in files)
    state = files[0].state if len(files) == 1 else _blend(files[0], files[1], options.denoise)
    architecture = detect(state, name)
    precision = choose_precision(options.precision, device)
    if options.precision == "auto" and precision == "bfloat16" and architecture.enlarges_rounding:
        precision = "mixed"
    networks = [build(architecture, state, name, library=library) for _ in range(1 + (precision == "mixed"))]
    last, *earlier = (
        module.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stub lacks this pair
        for module in (lower_precision(networks[0], precision), *networks[1:])
    )
    engine = Engine(
        last,
        exact=earlier[0] if earlier else None,
        scale=architecture.scale,
        overlap_px=architecture.overlap_px,
        multiple=architecture.multiple,
        device=device,
        parts=architecture.parts if library == "artgen" else 1,
    )
    return Network(engine, architecture.tile_px, precision, None if library == "artgen" else library)


def _blend(weights: Weights, twin: Weights, denoise: float) -> Mapping[str, Tensor]:
    """Interpolate between two networks (Wang et al., 2019, "Deep network interpolation", eq. 2)."""
    shapes, others = ({name: t.shape for name, t in w.state.items()} for w in (weights, twin))
    if shapes != others:
        raise WeightsError(
            f"denoise: wanted twins of one architecture, got {weights.name} and {twin.name}, whose tensors differ;"
            " of the official weights realesr-general-x4v3 alone has a twin, so take that, or denoise 1"
        )
    return {name: torch.lerp(twin.state[name], tensor, denoise) for name, tensor in weights.state.items()}
