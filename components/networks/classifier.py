"""A small convolutional network that tells classes apart."""

from typing import final

import torch
from torch import Tensor, nn

from components.networks.initialisation import initialise
from components.networks.runtime import settle_vector_functions
from interfaces.class_maps import ClassifierNetwork

__all__ = ["ClassifierNet", "blank_classifier", "build_classifier"]


@final
class ClassifierNet(nn.Module):
    """The classifier that `ClassifierNetwork` describes: 3x3 convolutions with batch norm, ReLU and max pooling; then dense."""

    def __init__(self, settings: ClassifierNetwork) -> None:
        super().__init__()
        self.layers = nn.Sequential()
        before: int = settings.channels
        for width in settings.widths:
            self.layers.extend(
                [
                    nn.Conv2d(before, width, 3, padding=1, bias=False),
                    nn.BatchNorm2d(width),
                    # the same numbers as before the pooling, of which only a quarter is left
                    nn.MaxPool2d(2, ceil_mode=True),
                    nn.ReLU(),
                ]
            )
            before = width
        self.layers.extend([nn.Flatten(), nn.Linear(before * settings.last_side**2, settings.classes)])

    def forward(self, images: Tensor) -> Tensor:
        """Return logits (N, classes) of ``images`` (N, C, side, side) in [-1, 1]."""
        logits: Tensor = self.layers(images)
        return logits


def build_classifier(settings: ClassifierNetwork, rng: torch.Generator) -> ClassifierNet:
    """Return a new classifier in training mode on the CPU; equal states of ``rng`` give equal weights."""
    network = blank_classifier(settings).to_empty(device="cpu")
    initialise(network, "glorot-normal", rng)
    return network


def blank_classifier(settings: ClassifierNetwork) -> ClassifierNet:
    """Return a classifier without weights, on the device ``meta``."""
    settle_vector_functions()
    with torch.device("meta"):  # where torch's global randomness stays untouched
        return ClassifierNet(settings)
