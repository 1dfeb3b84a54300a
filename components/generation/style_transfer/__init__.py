"""Style transfer (IGS `Stylize` → IGDT): the content of one picture, the texture and the colours of others.

`StyleGenerator` prepares the pictures, lets an algorithm of `STYLE_ALGORITHMS` make the image, and finishes it. An algorithm is a class
in a module of its own, and a line of the registry.
"""

from components.generation.style_transfer.algorithm import StyleAlgorithm, Task
from components.generation.style_transfer.generator import StyleGenerator
from components.generation.style_transfer.registry import STYLE_ALGORITHMS

__all__ = ["STYLE_ALGORITHMS", "StyleAlgorithm", "StyleGenerator", "Task"]
