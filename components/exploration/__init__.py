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
from interfaces.ports import Explorer
from interfaces.registry import Registry

__all__ = [
    "CLASSIFIER_FILE",
    "EXPLORERS",
    "PALETTE",
    "Answers",
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
