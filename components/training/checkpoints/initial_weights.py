"""Another training's weights, to begin with."""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import safetensors.torch
from safetensors import SafetensorError
from torch import Tensor

from components.training.checkpoints.final_weights import MODEL_NAME
from interfaces.errors import CheckpointError, SettingsError

__all__ = ["Start", "find_start", "read_start"]


class Start(NamedTuple):
    """A checkpoint's content."""

    tensors: Mapping[str, Tensor]
    sha256: str
    """Of its file."""


def find_start(name: str) -> Path:
    """Return the file of weights that ``name`` is: a training's checkpoint or a finished model's.

    Of a training's folder it is the newest checkpoint, and without one the finished model.

    Raises:
        SettingsError: there is none.
    """
    given = Path(name).expanduser().absolute()
    if given.is_file():
        return given
    found = sorted(given.glob("checkpoints/step-*.safetensors")) or sorted(given.glob(MODEL_NAME))
    if not found:
        raise SettingsError(
            f"start: wanted a training's folder with checkpoints, one of them, or a finished model (see `artgen model list`), "
            f"got {name}"
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
