"""Enhancement: makes generated images larger (IGDT, IES → IEDT).

``lanczos`` is the plain resize; ``realesrgan`` runs a Real-ESRGAN network, ``spandrel`` any other super-resolution
network, ``realesrgan-reference`` the official implementation, to measure by. All leave an image alone whose size is
the wanted one.

Names are imported when they are first asked for (PEP 562): where the shipped networks lie is wanted without torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from components.enhancement.lanczos import LanczosEnhancer
    from components.enhancement.realesrgan import RealesrganEnhancer
    from components.enhancement.reference import RealesrganReferenceEnhancer
    from components.enhancement.registry import ENHANCERS
    from components.enhancement.spandrel_networks import SpandrelEnhancer

__all__ = [
    "ENHANCERS",
    "LanczosEnhancer",
    "RealesrganEnhancer",
    "RealesrganReferenceEnhancer",
    "SpandrelEnhancer",
]

_MODULES = {
    "ENHANCERS": "registry",
    "LanczosEnhancer": "lanczos",
    "RealesrganEnhancer": "realesrgan",
    "RealesrganReferenceEnhancer": "reference",
    "SpandrelEnhancer": "spandrel_networks",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module 'components.enhancement' has no attribute {name!r}")
    return getattr(import_module(f"components.enhancement.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
