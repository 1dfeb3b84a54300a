"""A critic judged together with its slopes, penalised at 0, equals differentiating twice."""

from itertools import product
from typing import get_args

import pytest
import torch
from torch import Tensor, nn

from benchmarks.operations import count_operations
from components.training.adversarial.gradient_penalty import judge_with_slopes
from components.training.adversarial.losses import LOSSES
from components.training.adversarial.tangents import is_piecewise_linear
from interfaces.igme import Activation, Normalisation
from tests.unit.training.test_penalty import (
    LABELS,
    TOLERANCES,
    any_critic,
    critic,
    differences,
    images,
    pair,
    relative_differences,
    slope_norms,
)


def relativistic(scores: Tensor) -> Tensor:
    return LOSSES["relativistic"].critic(*scores.chunk(2))


def cross_entropy(scores: Tensor) -> Tensor:
    return LOSSES["cross-entropy"].critic(*scores.chunk(2))


def judge_twice(net: nn.Module, images: Tensor, weight: float, labels: Tensor | None) -> Tensor:
    points = images.clone().requires_grad_()
    scores = net(points) if labels is None else net(points, labels)
    (slope,) = torch.autograd.grad(scores.sum(), points, create_graph=True)
    return cross_entropy(scores) + weight * slope.flatten(1).square().sum(1).mean()


def judged_differences(
    net: nn.Module, dtype: torch.dtype, weight: float, labels: Tensor | None = None
) -> list[float]:
    net.to(dtype)
    together = None if labels is None else torch.cat([labels, labels.flip(0)])
    found = judge_with_slopes(net, torch.cat(pair(dtype)), cross_entropy, weight, together)
    return relative_differences(net, judge_twice(net, torch.cat(pair(dtype)), weight, together), found.total)


@pytest.mark.parametrize("activation", get_args(Activation))
def test_loss_and_zero_centred_penalty_equal_differentiating_twice_over_the_space_of_plain_critics(
    activation: Activation,
) -> None:
    dtype = torch.float64
    normalisations: tuple[Normalisation, ...] = ("none", "layer")
    space = product((3, 4, 5), (0, 1), (False, True), (False, True), normalisations)
    for seed, (kernel, extra, dense, bias, normalisation) in enumerate(space):
        net = any_critic(
            seed,
            activation=activation,
            normalisation=normalisation,
            kernel=kernel,
            extra_layers=extra,
            hidden_dense=dense,
            bias=bias,
        )
        assert max(judged_differences(net, dtype, 0.7)) < TOLERANCES[dtype], (kernel, extra, dense, bias)


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("labels", [None, LABELS])
@pytest.mark.parametrize("width", [8, 16, 32])
@pytest.mark.parametrize("blocks", [1, 3])
def test_both_penalties_equal_differentiating_twice_in_residual_critics(
    blocks: int, width: int, labels: Tensor | None, dtype: torch.dtype
) -> None:
    styles = 0 if labels is None else 4
    net = any_critic(blocks, labels=styles, kind="residual", width=width, blocks=blocks)
    assert is_piecewise_linear(net)
    assert max(judged_differences(net, dtype, 0.7, labels)) < TOLERANCES[dtype]
    assert max(differences(net, dtype, labels)) < TOLERANCES[dtype]


@pytest.mark.parametrize("normalisation", ["none", "layer"])
def test_the_zero_centred_penalty_equals_finite_differences(normalisation: Normalisation) -> None:
    net, both = critic(normalisation), torch.cat([images(1), images(2)])
    norms = slope_norms(net, both)
    found = judge_with_slopes(net, both, relativistic, 0.3)
    assert found.penalty.item() == pytest.approx((norms**2).mean().item(), rel=1e-6)
    assert found.norm.item() == pytest.approx(norms.mean().item(), rel=1e-6)
    assert torch.equal(found.scores, net(both).detach())
    wanted = relativistic(found.scores) + 0.3 * (norms**2).mean()
    assert found.total.item() == pytest.approx(wanted.item(), rel=1e-6)


def test_loss_and_penalty_together_take_two_thirds_of_the_operations_of_differentiating_twice() -> None:
    net, both = any_critic(0, kind="residual", width=16), torch.cat(pair())
    short = count_operations(lambda: judge_with_slopes(net, both, cross_entropy, 1.0).total.backward())
    long = count_operations(lambda: judge_twice(net, both, 1.0, None).backward())
    assert short / long < 0.75  # counted, 4 passes against 6
