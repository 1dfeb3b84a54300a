"""Enhancement: makes generated images larger (IGDT, IES → IEDT).

``lanczos`` is the plain resize; ``realesrgan`` runs a Real-ESRGAN network, ``spandrel`` any other super-resolution
network, ``realesrgan-reference`` the official implementation, to measure by. All leave an image alone whose size is
the wanted one.
"""

from components.enhancement.lanczos import LanczosEnhancer
from components.enhancement.realesrgan import RealesrganEnhancer
from components.enhancement.reference import RealesrganReferenceEnhancer
from components.enhancement.spandrel_networks import SpandrelEnhancer
from interfaces.ports import Enhancer
from interfaces.registry import Registry

__all__ = [
    "ENHANCERS",
    "LanczosEnhancer",
    "RealesrganEnhancer",
    "RealesrganReferenceEnhancer",
    "SpandrelEnhancer",
]

ENHANCERS: Registry[Enhancer] = Registry(
    "enhancer",
    {
        "lanczos": LanczosEnhancer,
        "realesrgan": RealesrganEnhancer,
        "realesrgan-reference": RealesrganReferenceEnhancer,
        "spandrel": SpandrelEnhancer,
    },
)
"""The enhancers that come with artgen."""
