"""Enhancement: makes generated images larger (IGDT, IES → IEDT).

``lanczos`` is the plain resize; ``realesrgan`` runs a Real-ESRGAN network. Both leave an image alone whose size
is the wanted one.
"""

from components.enhancement.lanczos import LanczosEnhancer
from components.enhancement.realesrgan import RealesrganEnhancer
from components.networks.registry import Registry
from interfaces.ports import Enhancer

__all__ = ["ENHANCERS", "LanczosEnhancer", "RealesrganEnhancer"]

ENHANCERS: Registry[Enhancer] = Registry(
    "enhancer", {"lanczos": LanczosEnhancer, "realesrgan": RealesrganEnhancer}
)
"""The enhancers that come with artgen."""
