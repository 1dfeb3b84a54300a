"""Where the training computes, and at which precision."""

import torch
from lightning_fabric import Fabric

from components.training.settings import GanSettings
from interfaces.errors import SettingsError

__all__ = ["open_device"]


def open_device(settings: GanSettings) -> Fabric:
    """Return Lightning Fabric on the one device that the settings ask for.

    Raises:
        SettingsError: this machine has no such device.
    """
    missing = (settings.device == "cuda" and not torch.cuda.is_available()) or (
        settings.device == "mps" and not torch.backends.mps.is_available()
    )
    if missing:
        raise SettingsError(
            f"device: wanted {settings.device}, which torch does not find here; give auto or cpu"
        )
    fabric = Fabric(accelerator=settings.device, devices=1)
    precision = settings.precision if settings.precision != "auto" else _fastest(fabric.device)
    if precision == "float32":
        return fabric
    return Fabric(accelerator=settings.device, devices=1, precision="bf16-mixed")


def _fastest(device: torch.device) -> str:
    if device.type == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float32"
    # measured at 64 px, batch 64: with AVX512_BF16 but no AMX, bfloat16 takes 1.2 times as long as float32
    fast = device.type == "cpu" and torch.cpu._is_amx_tile_supported()
    return "bfloat16" if fast else "float32"
