"""Which components can be tried on this Python."""

import sys

from components.enhancement import ENHANCERS

__all__ = ["AVAILABLE_ENHANCERS"]

AVAILABLE_ENHANCERS = sorted(
    # the official package cannot be built on later Pythons
    name
    for name in ENHANCERS
    if name != "realesrgan-reference" or sys.version_info < (3, 13)
)
