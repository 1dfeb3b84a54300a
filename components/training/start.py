"""Another training's weights, to begin with."""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import safetensors.torch
from safetensors import SafetensorError
from torch import Tensor

from interfaces.errors import CheckpointError, SettingsError

__all__ = ["Start", "find_start", "read_start"]


class Start(NamedTuple):
    """A checkpoint's content."""

    tensors: Mapping[str, Tensor]
    sha256: str
    """Of its file."""


def find_start(name: str) -> Path:
    """Return the checkpoint's safetensors file that ``name`` is, or the newest one in the training's folder that it is.

    Raises:
        SettingsError: there is none.
    """
    given = Path(name).expanduser().absolute()
    if given.is_file():
        return given
    found = sorted(given.glob("checkpoints/step-*.safetensors"))
    if not found:
        raise SettingsError(
            f"start: wanted a training's folder with checkpoints, or one of them, got {given}"
        )
    return found[-1]


def read_start(name: str) -> Start:
    """Return the checkpoint that `find_start` finds.

    Raises:
        SettingsError: there is none.
        CheckpointError: it cannot be read.
    """
    path = find_start(name)
    try:
        content = path.read_bytes()
        return Start(safetensors.torch.load(content), sha256(content).hexdigest())
    except (OSError, SafetensorError) as error:
        raise CheckpointError(
            f"start: wanted a checkpoint's safetensors file, got {path}: {error}"
        ) from error
