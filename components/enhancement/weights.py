"""Reads weight files without ever running code from them."""

import io
import json
import pickle
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_safetensors
from torch import Tensor

from components.networks.ncnn_networks import parse_ncnn
from interfaces.errors import WeightsError
from interfaces.provenance import Publication

__all__ = ["Weights", "read_weights"]

# where files keep the tensors, the averaged ones first: the official ones, and what spandrel knows besides
_HOLDERS = ("params_ema", "params-ema", "params", "model_state_dict", "state_dict", "model", "net")


_LONGEST = 255
"""Letters of a name or a licence: they go into every picture."""


@dataclass(frozen=True)
class Weights:
    """The tensors of a network, and which file they are from."""

    state: Mapping[str, Tensor]
    """By the name of the parameter: float32, or whole numbers."""
    sha256: str
    name: str
    """As the file calls itself; else its name without the ending."""
    licence: str | None = None
    """Where the file says one, or its publisher."""
    source: str | None = None
    """Where it was published, as far as that is known."""

    def as_published(self, known: Publication | None) -> "Weights":
        """Return them under the name, licence and source that are known of their file."""
        if known is None:
            return self
        licence = known.licence or self.licence
        return replace(self, name=known.name, licence=licence, source=known.source)


def read_weights(path: Path) -> Weights:
    """Read a ``.pth`` or ``.safetensors`` file, or a ``.bin`` of ncnn beside whose ``.param`` it lies.

    Raises:
        WeightsError: there is no such file, it is damaged, it holds code, or it holds something else than
            finite tensors.
    """
    if not path.is_file():
        raise WeightsError(
            f"wanted a file of enhancement weights, found none at {str(path)!r}; `artgen weights list` shows the"
            " names that are known, `artgen weights get NAME` fetches one, and --weights takes a path too"
        )
    try:
        content = path.read_bytes()
    except OSError as error:
        raise WeightsError(f"weights {path} cannot be read: {error.strerror or error}") from error
    state = _tensors(path, _loaded(path, content))
    note = _note(content) if path.suffix == ".safetensors" else {}
    return Weights(state, sha256(content).hexdigest(), note.get("name", path.stem), note.get("licence"))


def _loaded(path: Path, content: bytes) -> object:
    if path.suffix == ".safetensors":
        return _safetensors(path, content)
    description = path.with_suffix(".param")
    if path.suffix == ".bin" and description.is_file():  # others call their pickles so, too
        return _ncnn(path, content, description)
    return _pickled(path, content)


def _note(content: bytes) -> Mapping[str, str]:
    """Return what a safetensors file that artgen wrote says of itself: name and licence."""
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    try:
        note = json.loads(header.get("__metadata__", {}).get("artgen", "{}"))
    except (ValueError, RecursionError):  # somebody else's key
        return {}
    said = note if isinstance(note, dict) else {}
    return {key: said[key] for key in ("name", "licence") if _is_short_text(said.get(key))}


def _is_short_text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST and value.isprintable()


def _safetensors(path: Path, content: bytes) -> object:
    try:
        return load_safetensors(content)
    except SafetensorError as error:
        raise WeightsError(f"weights {path}: not a safetensors file, or a damaged one: {error}") from error


def _ncnn(path: Path, content: bytes, description: Path) -> object:
    try:
        return parse_ncnn(content, description.read_bytes())
    except OSError as error:
        raise WeightsError(f"weights {description} cannot be read: {error.strerror or error}") from error
    except WeightsError as error:
        raise WeightsError(f"weights {path}: {error}") from error


def _pickled(path: Path, content: bytes) -> object:
    try:
        return torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise WeightsError(
            f"weights {path}: wanted tensors alone, got a file that is damaged or would run code when loaded; it"
            " was not loaded. Get it from its publisher again, or as .safetensors"
        ) from error
    # a damaged file makes torch raise nearly anything; none of it tells the user more than this
    except Exception as error:
        raise WeightsError(f"weights {path}: not a PyTorch file, or a damaged one: {error}") from error


def _tensors(path: Path, loaded: object) -> Mapping[str, Tensor]:
    if isinstance(loaded, dict):
        loaded = next((loaded[key] for key in _HOLDERS if isinstance(loaded.get(key), dict)), loaded)
    if not isinstance(loaded, dict) or not loaded or not all(isinstance(v, Tensor) for v in loaded.values()):
        found = ", ".join(map(str, list(loaded)[:5])) if isinstance(loaded, dict) else type(loaded).__name__
        raise WeightsError(
            f"weights {path}: wanted tensors by name, alone or under {', '.join(map(repr, _HOLDERS))}, got"
            f" {found or 'nothing'}"
        )
    # tables of indices, as some architectures keep them, stay whole numbers
    state = {str(n): t.float() if t.is_floating_point() else t for n, t in loaded.items()}
    broken = [name for name, tensor in state.items() if not torch.isfinite(tensor).all()]
    if broken:
        raise WeightsError(f"weights {path}: wanted finite numbers, got others in {', '.join(broken[:5])}")
    return state
