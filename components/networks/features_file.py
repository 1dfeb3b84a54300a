"""Files of frozen feature networks: read without running code, and recognised by what they hold."""

import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from pickle import UnpicklingError

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from interfaces.errors import WeightsError

__all__ = ["read_features", "take"]

_PICKLED = (".pth", ".pt")
_NAMED_DIGEST = re.compile(r"-([0-9a-f]{8})$")
"""torch.hub's: the first eight digits of the SHA-256 end a file's name."""


def read_features(path: Path) -> Mapping[str, Tensor]:
    """Return the tensors of ``path``; a digest in its name, as torch.hub gives it, has to be right.

    Raises:
        WeightsError: it cannot be read, or is altered.
    """
    try:
        if path.suffix not in _PICKLED:
            return load_file(path)
        named = _NAMED_DIGEST.search(path.stem)
        actual = sha256(path.read_bytes()).hexdigest()
        if named and not actual.startswith(named[1]):
            raise WeightsError(f"{path}: wanted SHA-256 {named[1]}…, as its name says, got {actual}")
        found = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, SafetensorError, RuntimeError, UnpicklingError, EOFError) as error:
        raise WeightsError(f"{path}: the features cannot be read: {error}") from error
    if not isinstance(found, Mapping):
        raise WeightsError(f"{path}: wanted tensors by name, got {type(found).__name__}")
    return found


def take(found: Mapping[str, Tensor], key: str, shape: tuple[int, ...], wanted: str) -> Tensor:
    """Return the tensor ``key`` of a file in float32.

    Raises:
        WeightsError: it is not there, or has another shape; the message begins with what is ``wanted``.
    """
    got = tuple(found[key].shape) if key in found else "nothing"
    if got != shape:
        raise WeightsError(f"{wanted}, {key} of shape {shape}, got {got}")
    return found[key].float()
