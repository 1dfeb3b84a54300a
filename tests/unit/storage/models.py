"""Models as trainings write them, but for the weights."""

import json
from hashlib import sha256
from pathlib import Path

from interfaces.igme import IGME, ConvGenerator
from interfaces.trained_enhancer import CompactNetwork, TrainedEnhancer
from storage.run_folder import DirectoryFolder


def save_model(folder: Path, name: str, weights: bytes = b"weights", **other: object) -> Path:
    """Write a model into ``folder``, with ``other`` fields of its description, and return the folder."""
    DirectoryFolder(folder).write("model.safetensors", weights)
    model = IGME(
        name=name,
        architecture=ConvGenerator(side=32),
        weights_path=Path("model.safetensors"),
        weights_sha256=sha256(weights).hexdigest(),
        styles=("baroque", "realism"),
        training={"steps": 3},
        metrics={"fid": 102.3},
    )
    described = model.model_dump(mode="json") | other
    DirectoryFolder(folder).write("model.json", json.dumps(described).encode())
    return folder


def save_enhancer(folder: Path, name: str, weights: bytes = b"weights") -> Path:
    """Write a network that enlarges into ``folder``, as a training does but for the weights, and return the folder."""
    DirectoryFolder(folder).write("model.safetensors", weights)
    enhancer = TrainedEnhancer(
        name=name,
        architecture=CompactNetwork(),
        weights_path=Path("model.safetensors"),
        weights_sha256=sha256(weights).hexdigest(),
    )
    DirectoryFolder(folder).write("enhancer.json", enhancer.model_dump_json().encode())
    return folder
