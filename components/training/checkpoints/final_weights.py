"""Writes what every training ends with: the weights, and beside them what they are."""

import json
from collections.abc import Mapping
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import safetensors.torch
from pydantic import JsonValue
from torch import Tensor, nn

from components.training.settings.basic import BasicSettings
from interfaces.contract import Contract
from interfaces.igme import IGME, GenerativeNetwork
from interfaces.ipdt import IPDT
from interfaces.ports import RunFolder

__all__ = ["MODEL_NAME", "describe", "described_in", "write_generator", "write_weights"]

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


def write_generator(
    network: nn.Module,
    settings: BasicSettings,
    data: IPDT,
    folder: RunFolder,
    *,
    architecture: GenerativeNetwork,
    note: Mapping[str, JsonValue],
    training: Mapping[str, JsonValue],
    metrics: Mapping[str, float] | None = None,
    conditional: bool = False,
) -> IGME:
    """Write ``model.safetensors`` and ``model.json``; equal weights and notes give equal bytes of the former.

    Args:
        network: whose weights they are.
        settings: of the training.
        data: what was learnt from; its styles are the model's.
        folder: where they go.
        architecture: how the network is built.
        note: what the header of the weights says.
        training: the provenance.
        metrics: what was measured, by name.
        conditional: whether one of the styles can be asked for.
    """
    path, digest = write_weights(network, folder, note, half=settings.store_half)
    model = IGME(
        name=settings.name or data.dataset,
        architecture=architecture,
        weights_path=path,
        weights_sha256=digest,
        styles=data.styles,
        conditional=conditional,
        licence=settings.licence,
        training=dict(training),
        metrics=dict(metrics or {}),
    )
    describe(model, folder, "model.json")
    return model


def described_in(
    settings: BasicSettings, name: str, architecture: Contract, **more: JsonValue
) -> dict[str, JsonValue]:
    """Return the note of weights that say what they are: name, licence and architecture, and ``more``."""
    return {
        "artgen": version("artgen"),
        "name": name,
        "licence": settings.licence,
        "architecture": architecture.model_dump(),
        **more,
    }


def describe(model: Contract, folder: RunFolder, name: str) -> None:
    """Write ``model`` as JSON beside its weights."""
    described = {**model.model_dump(mode="json"), "weights_path": MODEL_NAME}
    folder.write(name, (json.dumps(described, indent=1) + "\n").encode())


def _stored(tensor: Tensor, *, half: bool) -> Tensor:
    tensor = tensor.detach().cpu().contiguous()
    return tensor.half() if half and tensor.is_floating_point() else tensor
