"""Generation: makes images from a trained model, or takes them from files (IGS, IGME → IGDT).

Names are imported when they are first asked for (PEP 562): where the shipped generator lies is wanted without torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from components.generation.noise import NoiseGenerator
    from components.generation.pictures import PicturesGenerator
    from components.generation.registry import GENERATORS
    from components.generation.walk import WalkGenerator

__all__ = [
    "GENERATORS",
    "NoiseGenerator",
    "PicturesGenerator",
    "WalkGenerator",
]

_MODULES = {
    "GENERATORS": "registry",
    "NoiseGenerator": "noise",
    "PicturesGenerator": "pictures",
    "WalkGenerator": "walk",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module 'components.generation' has no attribute {name!r}")
    return getattr(import_module(f"components.generation.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
