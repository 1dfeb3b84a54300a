"""The laboratory: looks into a generator and its latent space (→ `interfaces.exploration`)."""

from components.exploration.explorer import LatentExplorer
from interfaces.ports import Explorer
from interfaces.registry import Registry

__all__ = ["EXPLORERS", "LatentExplorer"]

EXPLORERS: Registry[Explorer] = Registry("explorer", {"latent": LatentExplorer})
"""What looks into a model whose pictures come from latent vectors."""
