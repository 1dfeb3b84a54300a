"""The enhancement network that comes with artgen: weights, card and the licence of the data it learnt from."""

from pathlib import Path

__all__ = ["SHIPPED_NETWORK"]

SHIPPED_NETWORK = Path(__file__).parent
"""Folder of ``model.safetensors`` and ``enhancer.json``."""
