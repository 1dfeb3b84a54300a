"""Conversion: turns images into files (IEDT, ICS → IODT) that say how they came about."""

from components.conversion.document import read_metadata
from components.conversion.files import FileConverter
from interfaces.ports import Converter
from interfaces.registry import Registry

__all__ = ["CONVERTERS", "FileConverter", "read_metadata"]

CONVERTERS: Registry[Converter] = Registry("converter", {"files": FileConverter})
"""The converters that come with artgen."""
