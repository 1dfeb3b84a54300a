"""The laboratory: looks into a generator and its latent space (→ `interfaces.exploration`, `interfaces.class_maps`)."""

from components.exploration.class_map import check_mappable, grid, map_classes, share_changed
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
from components.exploration.map_files import encode_maps, read_maps
from components.exploration.map_picture import PALETTE, colour_of, draw_maps
from components.exploration.training_maps import ClassMaps
from interfaces.ports import Explorer, TrainingObserver
from interfaces.registry import Registry

__all__ = [
    "CLASSIFIER_FILE",
    "EXPLORERS",
    "MAP_OBSERVERS",
    "PALETTE",
    "Answers",
    "ClassMaps",
    "Classifier",
    "ClassifierSettings",
    "LatentExplorer",
    "Taught",
    "check_mappable",
    "colour_of",
    "describe_classifier",
    "draw_maps",
    "encode_maps",
    "grid",
    "load_classifier",
    "map_classes",
    "read_maps",
    "share_changed",
    "teach",
    "write_classifier",
]

EXPLORERS: Registry[Explorer] = Registry("explorer", {"latent": LatentExplorer})
"""What looks into a model whose pictures come from latent vectors."""

MAP_OBSERVERS: Registry[TrainingObserver] = Registry("observer", {"maps": ClassMaps})
"""What looks into the latent space of a model while it is trained."""
