"""Writes what every training ends with: the weights, and beside them what they are."""

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import safetensors.torch
from pydantic import JsonValue
from torch import Tensor, nn

from interfaces.contract import Contract
from interfaces.ports import RunFolder

__all__ = ["MODEL_NAME", "describe", "write_weights"]

MODEL_NAME = "model.safetensors"


def write_weights(
    network: nn.Module, folder: RunFolder, note: Mapping[str, JsonValue], *, half: bool
) -> tuple[Path, str]:
    """Write ``model.safetensors``, with the ``note`` in its header; return its path and SHA-256.

    Equal weights and notes give equal bytes.
    """
    weights = {key: _stored(tensor, half=half) for key, tensor in network.state_dict().items()}
    # one entry only: safetensors writes several in an order that changes from process to process
    content = safetensors.torch.save(weights, {"artgen": json.dumps(note, sort_keys=True)})
    return folder.write(MODEL_NAME, content), sha256(content).hexdigest()


def describe(model: Contract, folder: RunFolder, name: str) -> None:
    """Write ``model`` as JSON beside its weights."""
    described = {**model.model_dump(mode="json"), "weights_path": MODEL_NAME}
    folder.write(name, (json.dumps(described, indent=1) + "\n").encode())


def _stored(tensor: Tensor, *, half: bool) -> Tensor:
    tensor = tensor.detach().cpu().contiguous()
    return tensor.half() if half and tensor.is_floating_point() else tensor
