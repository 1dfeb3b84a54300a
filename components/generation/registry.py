"""The generators that come with artgen."""

from components.generation.noise import NoiseGenerator
from components.generation.pictures import PicturesGenerator
from components.generation.style_transfer.generator import StyleGenerator
from components.generation.translation.generator import TranslationGenerator
from components.generation.walk import WalkGenerator
from interfaces.ports import Generator
from interfaces.registry import Registry

__all__ = ["GENERATORS"]

GENERATORS: Registry[Generator] = Registry(
    "generator",
    {
        "noise": NoiseGenerator,
        "pictures": PicturesGenerator,
        "walk": WalkGenerator,
        "stylize": StyleGenerator,
        "translate": TranslationGenerator,
    },
)
"""By the kind of source in `IGS.source` that they generate from."""
