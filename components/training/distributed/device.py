"""Where the training computes, and at which precision."""

import logging
import os
from datetime import timedelta
from typing import Literal, TypeVar

import torch
from lightning_fabric import Fabric
from lightning_fabric.plugins.environments.cluster_environment import ClusterEnvironment
from lightning_fabric.strategies.ddp import DDPStrategy

from components.networks.speed import fastest
from components.training.checkpoints.store import begun_with
from components.training.settings.basic import BasicSettings
from interfaces.errors import SettingsError
from interfaces.ports import RunFolder

# it announces in words of its own what the log and the model say
logging.getLogger("lightning_fabric").setLevel(logging.WARNING)

__all__ = ["TIMEOUT", "SettingsT", "count_cores", "open_device", "with_precision"]

SettingsT = TypeVar("SettingsT", bound=BasicSettings)

TIMEOUT = timedelta(hours=2)
"""How long one rank waits for another that lives: rank 0 may measure for long between two steps."""


def open_device(settings: BasicSettings, environment: ClusterEnvironment | None = None) -> Fabric:
    """Return Lightning Fabric on the device of this process.

    Args:
        settings: of the training.
        environment: says which of several processes this one is; None where it is the only one.

    Raises:
        SettingsError: this machine has no such device, or not as many of them.
    """
    accelerator = _accelerator(settings)
    fabric = _open(settings, accelerator, environment, "32-true")
    precision = settings.precision if settings.precision != "auto" else _fastest(fabric.device)
    return fabric if precision == "float32" else _open(settings, accelerator, environment, "bf16-mixed")


def with_precision(settings: SettingsT, folder: RunFolder) -> SettingsT:
    """Return ``settings`` with a definite precision in place of ``auto``.

    It is the one that the training in ``folder`` was begun with, whatever would be the fastest by now; for a new
    training it is the fastest on this machine, with the threads that torch uses now.

    Raises:
        SettingsError: this machine has no such device.
    """
    if settings.precision != "auto":
        return settings
    precision = begun_with(folder, "precision")
    if precision not in ("float32", "bfloat16"):  # artgen 0.1 wrote down what it was asked for
        precision = _fastest(_open(settings, _accelerator(settings), None, "32-true").device)
    return type(settings).model_validate({**dict(settings), "precision": precision})


def count_cores() -> int:
    """Return the number of processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):  # neither Windows nor macOS has it
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _accelerator(settings: BasicSettings) -> str:
    missing = (settings.device == "cuda" and not torch.cuda.is_available()) or (
        settings.device == "mps" and not torch.backends.mps.is_available()
    )
    if missing:
        raise SettingsError(
            f"device: wanted {settings.device}, which torch does not find here; give auto or cpu"
        )
    devices = settings.processes.devices
    if settings.processes.total == 1:
        return settings.device
    if settings.device == "mps":
        raise SettingsError("devices: a Mac has one graphics processor; give device=cpu, or one device")
    cuda = settings.device == "cuda" or (settings.device == "auto" and torch.cuda.is_available())
    there, kind = (torch.cuda.device_count(), "GPUs") if cuda else (count_cores(), "processor cores")
    if devices > there:
        hint = ", or device=cpu" if cuda else ""
        raise SettingsError(
            f"devices: wanted at most the {there} {kind} of this machine, got {devices}; give fewer{hint}"
        )
    return "cuda" if cuda else "cpu"


def _open(
    settings: BasicSettings,
    accelerator: str,
    environment: ClusterEnvironment | None,
    precision: Literal["32-true", "bf16-mixed"],
) -> Fabric:
    if environment is None:
        return Fabric(accelerator=accelerator, devices=1, precision=precision)
    return Fabric(
        accelerator=accelerator,
        devices=settings.processes.devices,
        num_nodes=settings.processes.nodes,
        strategy=DDPStrategy(cluster_environment=environment, timeout=TIMEOUT),
        precision=precision,
    )


def _fastest(device: torch.device) -> str:
    if device.type == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float32"
    return fastest("training") if device.type == "cpu" else "float32"
