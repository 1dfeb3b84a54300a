"""The products of all pairs of rows are those of a plain matrix product, and so are their gradients."""

import pytest
import torch
from torch import Tensor

from components.generation.style_transfer.products import products


def rows(count: int, *, flipped: bool = False) -> Tensor:
    shape = (7, count) if flipped else (count, 7)
    drawn = torch.randn(shape, generator=torch.Generator().manual_seed(count), dtype=torch.float64)
    return drawn.T if flipped else drawn


# around the count from which a half is computed in blocks, and blocks that do not come out even
@pytest.mark.parametrize("count", [1, 3, 512, 513, 768, 1100])
@pytest.mark.parametrize("flipped", [False, True])
def test_products_and_gradients_are_those_of_a_plain_matrix_product(count: int, flipped: bool) -> None:
    ours, plain = (rows(count, flipped=flipped).requires_grad_() for _ in range(2))
    got, wanted = products(ours), plain @ plain.T
    torch.testing.assert_close(got, wanted, rtol=1e-12, atol=1e-12)
    pull = torch.randn(count, count, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    (got_gradient,) = torch.autograd.grad(got, ours, pull)
    (wanted_gradient,) = torch.autograd.grad(wanted, plain, pull)
    torch.testing.assert_close(got_gradient, wanted_gradient, rtol=1e-12, atol=1e-12)
