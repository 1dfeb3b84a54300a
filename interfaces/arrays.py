"""Annotations that make a pydantic field check an array's type, dtype, shape, range and finiteness.

They serve numpy arrays and torch tensors alike and import only numpy: a pack is found without waiting for torch.
"""

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from jaxtyping import Integer, UInt8
from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

__all__ = ["InRange", "Labels", "Pack"]


@dataclass(frozen=True)
class InRange:
    """Check an array against its jaxtyping annotation and the closed range [low, high].

    Put it behind the annotation: ``Annotated[Float32[Tensor, "n 3 h w"], InRange(-1, 1)]``. The array is not
    copied. An empty axis is refused: no component has a use for zero images or zero pixels.
    """

    low: float | None = None
    high: float | None = None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        def check(value: object) -> object:
            self._check_layout(source, value)
            self._check_values(value)
            return value

        return core_schema.no_info_plain_validator_function(check)

    def _check_layout(self, wanted: Any, value: object) -> None:
        if not isinstance(value, wanted):
            wants = f"{_dtype_names(wanted)} {wanted.array_type.__name__} of shape ({wanted.dim_str})"
            raise ValueError(f"wanted {wants}, got {_describe(value)}")  # noqa: TRY004  # pydantic wants ValueError
        if 0 in value.shape:
            raise ValueError(f"wanted at least one element on every axis, got {_describe(value)}")

    def _check_values(self, value: Any) -> None:
        if self.low is None or self.high is None:
            return
        low, high = value.min().item(), value.max().item()
        # the comparison is written so that NaN fails it too
        if not (low >= self.low and high <= self.high):
            raise ValueError(
                f"wanted finite values in [{self.low:g}, {self.high:g}], got [{low:g}, {high:g}]"
            )


def _dtype_names(wanted: Any) -> str:
    # jaxtyping lists every admitted dtype; more than two read better as the family's name
    return str(wanted.dtypes[0]) if len(wanted.dtypes) == 1 else "integer"


def _describe(value: object) -> str:
    # arrays of every library have these two; what has neither is named by its type
    shape, dtype = getattr(value, "shape", None), getattr(value, "dtype", None)
    if shape is None or dtype is None:
        return type(value).__name__
    return f"{str(dtype).removeprefix('torch.')} {type(value).__name__} of shape {tuple(shape)}"


Pack = Annotated[UInt8[np.ndarray, "n h w c"], InRange()]
"""Packed pictures: uint8 (N, H, W, C), usually memory-mapped; every byte is a valid value."""

Labels = Annotated[Integer[np.ndarray, " n"], InRange()]
"""One whole number for each picture: (N,)."""
