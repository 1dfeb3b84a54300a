"""Which presets there are: known without importing what trains, so that the help of a command can name them."""

from collections.abc import Mapping

__all__ = ["PRESET_NAMES"]

PRESET_NAMES: Mapping[str, tuple[str, ...]] = {
    "gan": ("wgan-gp", "dcgan", "dcgan-wi", "projected", "r3gan"),
    "enhancer": ("enhancer-x4",),
}
"""By the trainer's name in `TRAINERS`, the usual one first; a test compares them with the presets themselves."""
