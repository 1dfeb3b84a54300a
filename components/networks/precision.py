"""At which precision a network runs on a device, and how its ends stay in float32."""

from collections.abc import Mapping
from typing import Any, Literal

import torch
from torch import Tensor, nn

from components.networks.convolution_time import Work
from components.networks.speed import bfloat16_units, fastest
from interfaces.errors import SettingsError
from interfaces.ies import Precision

__all__ = ["DTYPES", "DefinitePrecision", "choose_precision", "lower_precision"]

DefinitePrecision = Literal["float32", "bfloat16", "float16", "mixed"]

DTYPES: Mapping[DefinitePrecision, torch.dtype] = {
    "float32": torch.float32,
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
    "mixed": torch.bfloat16,
}
"""Of a network's last pass."""


def choose_precision(asked: Precision, device: torch.device, work: Work = "enhancement") -> DefinitePrecision:
    """Return the precision to use: the one asked for, or for ``auto`` the fastest that looks the same at that ``work``.

    On processors ``auto`` goes by the clock: see `components.networks.speed`.

    Raises:
        SettingsError: the device cannot do it.
    """
    if asked == "auto":
        if device.type == "cuda":
            return "float16"
        return fastest(work) if device.type == "cpu" else "float32"
    if asked == "float16" and device.type != "cuda":
        raise SettingsError(
            f"precision: float16 wants a CUDA device, got {device.type}; take auto or float32"
        )
    if DTYPES[asked] is torch.bfloat16 and not _has_bfloat16(device):
        raise SettingsError(
            f"precision: {asked} wants a device with units for it (AMX, AVX512_BF16, CUDA of Ampere or later),"
            f" which this {device.type} is without; take auto or float32"
        )
    return asked


def lower_precision(
    module: nn.Module, precision: DefinitePrecision, last: nn.Module | None = None
) -> nn.Module:
    """Let ``module`` compute at ``precision`` between its first convolution and its ``last`` layer, in place.

    It still takes float32, adds the skip from input to output in float32, and gives float32.

    Args:
        module: a network, whose layers stand in the order of their names.
        precision: of all but its ends.
        last: stays in float32; its last convolution where none is given.
    """
    if precision == "float32":
        return module
    dtype = DTYPES[precision]
    convolutions = [part for part in module.modules() if isinstance(part, nn.Conv2d)]
    last = convolutions[-1] if last is None else last
    module.to(dtype)
    last.float()
    convolutions[0].register_forward_pre_hook(_casting(dtype))
    last.register_forward_pre_hook(_casting(torch.float32))
    return module


def _casting(dtype: torch.dtype) -> Any:
    def cast(_module: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        return tuple(tensor.to(dtype) for tensor in inputs)

    return cast


def _has_bfloat16(device: torch.device) -> bool:
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return device.type == "cpu" and bfloat16_units() is not None
