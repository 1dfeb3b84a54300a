"""A classifier that has learnt: tells what class pictures have, and how sure it is; its files."""

import json
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple, final

import numpy as np
import safetensors.torch
import torch
from pydantic import JsonValue, ValidationError
from safetensors import SafetensorError
from torch import Tensor

from components.networks.classifier import ClassifierNet, blank_classifier
from interfaces.class_maps import ClassifierNetwork, TrainedClassifier
from interfaces.errors import WeightsError
from interfaces.ports import RunFolder

__all__ = [
    "CLASSIFIER_FILE",
    "Answers",
    "Classifier",
    "describe_classifier",
    "load_classifier",
    "write_classifier",
]

CLASSIFIER_FILE = "classifier.json"
_WEIGHTS = "classifier.safetensors"
_BATCH = 500
"""Pictures in one pass: what one of them needs on its way fits the caches of a processor, and does not grow with their number."""


class Answers(NamedTuple):
    """What a classifier says of pictures."""

    classes: np.ndarray
    """uint8 (N,)."""
    confidence: np.ndarray
    """float32 (N,): the probability that it gives that class."""


@final
class Classifier:
    """A network that has learnt to tell classes apart; it is in evaluation mode from now on.

    Args:
        network: on any device.
        settings: how it is built.
        names: of the classes.
    """

    def __init__(self, network: ClassifierNet, settings: ClassifierNetwork, names: Sequence[str]) -> None:
        self.network = network.eval().requires_grad_(False)
        self.settings = settings
        self.names = tuple(names)

    @torch.no_grad()
    def classify(self, images: Tensor) -> Answers:
        """Return the class of each of ``images``, float32 (N, C, side, side) in [-1, 1], which are never modified.

        Raises:
            WeightsError: they have another size than the classifier learnt.
        """
        self.check_fit(images.shape[-1], images.shape[1])
        device = next(self.network.parameters()).device
        found = [self.network(part.to(device)).softmax(1).max(1) for part in images.split(_BATCH)]
        classes = torch.cat([part.indices for part in found]).byte().cpu().numpy()
        return Answers(classes, torch.cat([part.values for part in found]).clamp(max=1).cpu().numpy())

    def check_fit(self, side: int, channels: int) -> None:
        """Return if it learnt pictures of that side and number of channels.

        Raises:
            WeightsError: it learnt others.
        """
        wanted = (self.settings.side, self.settings.channels)
        if (side, channels) != wanted:
            raise WeightsError(
                f"the classifier tells pictures of {wanted[0]} pixels and {wanted[1]} channels apart, got {side} pixels and "
                f"{channels} channels; train one on these: artgen lab classifier DATA --size {side} --channels {channels}"
            )


def write_classifier(
    classifier: Classifier,
    folder: RunFolder,
    *,
    within: str = "",
    dataset: str,
    fingerprint: str,
    accuracy: float,
    held_out: int,
    training: dict[str, JsonValue],
) -> TrainedClassifier:
    """Write ``classifier.safetensors`` and then ``classifier.json``, and return what the latter says.

    ``within`` is put before both names: a folder in ``folder``, with its slash.
    """
    weights = {key: tensor.cpu().contiguous() for key, tensor in classifier.network.state_dict().items()}
    content = safetensors.torch.save(weights)
    described = TrainedClassifier(
        name=f"{dataset}-classifier"[:240],
        network=classifier.settings,
        classes=classifier.names,
        weights_path=folder.write(within + _WEIGHTS, content),
        weights_sha256=sha256(content).hexdigest(),
        dataset=dataset,
        data_fingerprint=fingerprint,
        accuracy=accuracy,
        held_out=held_out,
        training=training,
    )
    text = json.dumps(
        {**described.model_dump(mode="json"), "weights_path": _WEIGHTS}, indent=1, ensure_ascii=False
    )
    folder.write(within + CLASSIFIER_FILE, f"{text}\n".encode())
    return described


def describe_classifier(folder: Path) -> TrainedClassifier:
    """Return what the ``classifier.json`` of a folder says.

    Raises:
        WeightsError: there is none, or it cannot be understood.
    """
    path = folder / CLASSIFIER_FILE
    try:
        values = json.loads(path.read_bytes())
        return TrainedClassifier.model_validate(
            {**values, "weights_path": folder / str(values["weights_path"])}
        )
    except FileNotFoundError as error:
        raise WeightsError(
            f"{folder}: wanted a folder with {CLASSIFIER_FILE}, got none; make one with: artgen lab classifier DATA --out {folder}"
        ) from error
    except (OSError, ValueError, KeyError, TypeError, ValidationError) as error:
        raise WeightsError(f"{path}: the classifier's description cannot be read: {error}") from error


def load_classifier(folder: Path) -> Classifier:
    """Return the classifier of a folder, on the CPU.

    Raises:
        WeightsError: it is not there or altered, or its weights are of another network.
    """
    described = describe_classifier(folder)
    path = described.weights_path
    try:
        content = path.read_bytes()
    except OSError as error:
        raise WeightsError(f"{path}: the classifier's weights cannot be read: {error}") from error
    digest = sha256(content).hexdigest()
    if digest != described.weights_sha256:
        raise WeightsError(
            f"{path}: wanted weights with SHA-256 {described.weights_sha256}, got {digest}; the file was altered, or belongs to "
            f"another {CLASSIFIER_FILE}"
        )
    network = blank_classifier(described.network)
    try:
        network.load_state_dict(safetensors.torch.load(content), assign=True)
    except (SafetensorError, RuntimeError) as error:
        raise WeightsError(
            f"{path}: weights of another network than {CLASSIFIER_FILE} describes: {error}"
        ) from error
    return Classifier(network, described.network, described.classes)
