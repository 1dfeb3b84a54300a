"""The generator that comes with artgen: weights, card and the licence of the data it learnt from."""

from pathlib import Path

__all__ = ["SHIPPED_MODEL"]

SHIPPED_MODEL = Path(__file__).parent
"""Folder of ``model.safetensors`` and ``model.json``."""
