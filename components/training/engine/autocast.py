"""The precision of the convolutions in a step."""

from collections.abc import Callable
from contextlib import AbstractContextManager

__all__ = ["Autocast"]

Autocast = Callable[[], AbstractContextManager[object]]
"""Opens the context in which convolutions run at the chosen precision."""
