"""A generator that draws a bright corner, and a classifier that tells which of the four it is: both exactly."""

import torch
from torch import Tensor

from components.exploration import Classifier
from components.networks.classifier import build_classifier
from interfaces.class_maps import ClassifierNetwork
from interfaces.igme import Latent

__all__ = ["NAMES", "corner_classifier", "corners", "uniform"]

NAMES = ("a", "b", "c", "d")


def corner_classifier() -> Classifier:
    """Answers with the corner, of four, that is bright."""
    settings = ClassifierNetwork(side=4, classes=4, widths=(1,))
    network = build_classifier(settings, torch.Generator())
    parameters = dict(network.named_parameters())
    with torch.no_grad():
        parameters["layers.0.weight"].zero_()[0, 0, 1, 1] = 1
        parameters["layers.5.weight"].copy_(100 * torch.eye(4))
    return Classifier(network, settings, NAMES)


def corners(latents: Tensor, label: int | None = None) -> Tensor:
    """Draw a bright square in the corner of four that a rule says: 1 where x > 0, +2 where y > 0; further numbers turn it on."""
    right = (latents > 0.01).long()
    turns = right[:, 2:].sum(1) + (label or 0)
    place = (right[:, 0] + 2 * right[:, 1] + turns) % 4
    images = -torch.ones(len(latents), 1, 2, 2)
    images.view(-1, 4).scatter_(1, place[:, None], 1.0)
    return images.repeat_interleave(2, 2).repeat_interleave(2, 3)


def uniform(length: int) -> Latent:
    return Latent(length=length, prior="uniform")
