"""Preprocessing: makes a pack of equal squares from a data set (ITDT → IPDT)."""

from components.preprocessing.preprocessor import SquarePreprocessor
from interfaces.ports import Preprocessor
from interfaces.registry import Registry

__all__ = ["PREPROCESSORS", "SquarePreprocessor"]

PREPROCESSORS: Registry[Preprocessor] = Registry("preprocessor", {"square": SquarePreprocessor})
