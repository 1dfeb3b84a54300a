"""Products of all pairs of rows: the costliest part of many a style's description, at half of the usual work."""

from typing import Any

import torch
from torch import Tensor

__all__ = ["products"]

_BLOCK = 256
"""Rows that are multiplied at once: with fewer, the matrix products are too small to be quick."""


def products(rows: Tensor) -> Tensor:
    """Return ``rows @ rows.T`` of (n, d), the product of each two rows, (n, n); gradients pass through, once.

    Of what is mirrored at the diagonal one half is computed. The gradient takes one matrix product; told as a product of two
    matrices, it takes torch two and their sum.
    """
    found: Tensor = _Products.apply(rows)  # type: ignore[no-untyped-call]  # torch does not annotate it
    return found


class _Products(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, rows: Tensor) -> Tensor:
        context.save_for_backward(rows)
        count = len(rows)
        if count <= 2 * _BLOCK:
            return rows @ rows.T
        found = rows.new_empty(count, count)
        for begin in range(0, count, _BLOCK):
            end = min(begin + _BLOCK, count)
            torch.mm(rows[begin:end], rows[begin:].T, out=found[begin:end, begin:])
            found[end:, begin:end] = found[begin:end, end:].T
        return found

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> Tensor:
        (rows,) = context.saved_tensors
        moved: Tensor = (gradient + gradient.T) @ rows
        return moved
