"""The laboratory: looks into a generator and its latent space (→ `interfaces.exploration`, `interfaces.class_maps`)."""

from components.exploration.classifier import (
    CLASSIFIER_FILE,
    Answers,
    Classifier,
    describe_classifier,
    load_classifier,
    write_classifier,
)
from components.exploration.classifier_training import ClassifierSettings, Taught, teach
from components.exploration.explorer import LatentExplorer
from interfaces.ports import Explorer
from interfaces.registry import Registry

__all__ = [
    "CLASSIFIER_FILE",
    "EXPLORERS",
    "Answers",
    "Classifier",
    "ClassifierSettings",
    "LatentExplorer",
    "Taught",
    "describe_classifier",
    "load_classifier",
    "teach",
    "write_classifier",
]

EXPLORERS: Registry[Explorer] = Registry("explorer", {"latent": LatentExplorer})
"""What looks into a model whose pictures come from latent vectors."""
