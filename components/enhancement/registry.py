"""The enhancers that come with artgen."""

from components.enhancement.lanczos import LanczosEnhancer
from components.enhancement.realesrgan import RealesrganEnhancer
from components.enhancement.reference import RealesrganReferenceEnhancer
from components.enhancement.spandrel_networks import SpandrelEnhancer
from interfaces.ports import Enhancer
from interfaces.registry import Registry

__all__ = ["ENHANCERS"]

ENHANCERS: Registry[Enhancer] = Registry(
    "enhancer",
    {
        "lanczos": LanczosEnhancer,
        "realesrgan": RealesrganEnhancer,
        "realesrgan-reference": RealesrganReferenceEnhancer,
        "spandrel": SpandrelEnhancer,
    },
)
"""By the kind of enhancer in `IES.enhancer`."""
