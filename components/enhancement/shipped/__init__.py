"""The enhancement networks that come with artgen: weights, cards and the licence of the data that they learnt from."""

from collections.abc import Mapping
from pathlib import Path

__all__ = ["SHIPPED_NETWORK", "SHIPPED_NETWORKS"]

SHIPPED_NETWORK = Path(__file__).parent
"""Folder of what is shipped."""

SHIPPED_NETWORKS: Mapping[str, Path] = {
    "artgen-x4": SHIPPED_NETWORK / "enhancer.json",
    "artgen-x4-fast": SHIPPED_NETWORK / "fast" / "enhancer.json",
}
"""Name of each network, and its description, which names the file of weights beside it."""
