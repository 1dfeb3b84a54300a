"""The gradient penalty equals formulas that are worked out without automatic differentiation.

So does differentiating twice; whatever is faster has to equal that over the whole space of critics.
"""

from itertools import product
from typing import Any, get_args

import pytest
import torch
from torch import Tensor, nn

from benchmarks.operations import count_operations
from components.networks.build import build_critic
from components.networks.conv_gan import ConvCritic
from components.networks.residual_gan import ResidualCritic
from components.training.adversarial.gradient_penalty import gradient_penalty
from components.training.adversarial.tangents import is_piecewise_linear
from interfaces.igme import Activation, ConvGenerator, Normalisation

TOLERANCES = {torch.float64: 1e-12, torch.float32: 2e-5}


LABELS = torch.tensor([0, 2, 2])


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def images(seed: int, n: int = 3, side: int = 8, dtype: torch.dtype = torch.float64) -> Tensor:
    return (torch.rand(n, 3, side, side, generator=rng(seed), dtype=torch.float64) * 2 - 1).to(dtype)


def critic(normalisation: Normalisation = "none") -> nn.Module:
    # tanh, so that the second derivatives are not zero and finite differences meet no kink
    settings = ConvCritic(width=4, activation="tanh", normalisation=normalisation)
    return build_critic(settings, ConvGenerator(side=8), "glorot-normal", rng()).double()


def slope_norms(net: nn.Module, points: Tensor, eps: float = 1e-5) -> Tensor:
    """Return ‖∇D‖ at each point by central differences."""
    norms = []
    for point in points:
        steps = eps * torch.eye(point.numel(), dtype=point.dtype).view(-1, *point.shape)
        with torch.no_grad():
            slope = torch.cat([net(point + part) - net(point - part) for part in steps.split(32)]) / (2 * eps)
        norms.append(slope.norm())
    return torch.stack(norms)


def test_a_linear_critic_s_gradient_is_its_weight() -> None:
    net = nn.Sequential(nn.Flatten(), nn.Linear(192, 1), nn.Flatten(0)).double()
    weight = next(net.parameters())
    found = gradient_penalty(net, images(1), images(2), rng())
    length = weight.detach().norm()
    assert found.penalty.item() == pytest.approx(((length - 1) ** 2).item(), rel=1e-12)
    assert found.norm.item() == pytest.approx(length.item(), rel=1e-12)
    found.penalty.backward()
    # d(‖w‖ - 1)²/dw = 2 (‖w‖ - 1) w / ‖w‖
    assert weight.grad is not None
    torch.testing.assert_close(weight.grad, 2 * (length - 1) * weight.detach() / length)


@pytest.mark.parametrize("normalisation", ["none", "layer"])
def test_penalty_equals_finite_differences(normalisation: Normalisation) -> None:
    net, real, fake = critic(normalisation), images(1), images(2)
    epsilon = torch.rand(3, 1, 1, 1, generator=rng(7), dtype=torch.float64)
    wanted = slope_norms(net, epsilon * real + (1 - epsilon) * fake)
    found = gradient_penalty(net, real, fake, rng(7))
    assert found.penalty.item() == pytest.approx(((wanted - 1) ** 2).mean().item(), rel=1e-6)
    assert found.norm.item() == pytest.approx(wanted.mean().item(), rel=1e-6)
    assert found.penalty.item() > 0.01


@pytest.mark.parametrize("normalisation", ["none", "layer"])
def test_its_gradient_in_every_layer_equals_finite_differences(normalisation: Normalisation) -> None:
    net, real, fake = critic(normalisation), images(1), images(2)
    gradient_penalty(net, real, fake, rng(7)).penalty.backward()
    weights = [p for p in net.parameters() if p.grad is not None and p.grad.any()]
    assert len(weights) >= 3
    for weight in weights:
        assert weight.grad is not None
        place = weight.grad.abs().flatten().argmax()
        values = []
        for change in (1e-5, -1e-5):
            with torch.no_grad():
                weight.flatten()[place] += change
            values.append(gradient_penalty(net, real, fake, rng(7)).penalty.item())
            with torch.no_grad():
                weight.flatten()[place] -= change
        wanted = (values[0] - values[1]) / 2e-5
        assert weight.grad.flatten()[place].item() == pytest.approx(wanted, rel=1e-4, abs=1e-8)


def test_points_lie_between_real_and_generated_images() -> None:
    seen: list[Tensor] = []

    class Watching(nn.Module):
        def forward(self, points: Tensor) -> Tensor:
            seen.append(points.detach())
            return points.flatten(1).sum(1)

    gradient_penalty(Watching(), torch.ones(500, 3, 2, 2), -torch.ones(500, 3, 2, 2), rng())
    (points,) = seen
    lines = points.flatten(1)
    assert (lines == lines[:, :1]).all()  # one ε for each image
    assert lines.min() >= -1
    assert lines.max() <= 1
    assert abs(lines.mean().item()) < 0.1
    assert lines[:, 0].std().item() == pytest.approx(2 / 12**0.5, rel=0.1)  # uniform


def test_it_stays_in_float32_where_the_rest_is_bfloat16() -> None:
    net = critic().float()
    real, fake = images(1).float(), images(2).float()
    plain = gradient_penalty(net, real, fake, rng())
    with torch.autocast("cpu", torch.bfloat16):
        inside = gradient_penalty(net, real, fake, rng())
    assert torch.equal(plain.penalty, inside.penalty)


def any_critic(seed: int, labels: int = 0, **settings: Any) -> nn.Module:
    """Return a critic of 16 pixels whose biases, gains and embeddings are not 0 and 1, which hide mistakes."""
    kind = ResidualCritic if settings.get("kind") == "residual" else ConvCritic
    wanted = kind.model_validate({"width": 8} | settings)
    net = build_critic(wanted, ConvGenerator(side=16), "glorot-normal", rng(seed), labels).double()
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(
                torch.randn(parameter.shape, generator=rng(seed), dtype=parameter.dtype), alpha=0.2
            )
    return net


def pair(dtype: torch.dtype = torch.float64) -> tuple[Tensor, Tensor]:
    return images(1, side=16, dtype=dtype), images(2, side=16, dtype=dtype)


def differentiate_twice(net: nn.Module, points: Tensor, labels: Tensor | None) -> Tensor:
    scores = net(points) if labels is None else net(points, labels)
    (slope,) = torch.autograd.grad(scores.sum(), points, create_graph=True)
    norms: Tensor = slope.flatten(1).norm(dim=1)
    return ((norms - 1) ** 2).mean()


def differences(net: nn.Module, dtype: torch.dtype, labels: Tensor | None = None) -> list[float]:
    """Return by how much value and gradients differ from differentiating twice, relative to their lengths."""
    net.to(dtype)
    real, fake = pair(dtype)
    epsilon = torch.rand(3, 1, 1, 1, generator=rng(7), dtype=dtype)
    points = torch.lerp(fake, real, epsilon).requires_grad_()
    wanted, found = (
        differentiate_twice(net, points, labels),
        gradient_penalty(net, real, fake, rng(7), labels),
    )
    return relative_differences(net, wanted, found.penalty)


def relative_differences(net: nn.Module, wanted: Tensor, found: Tensor) -> list[float]:
    parameters = list(net.parameters())
    gradients = [torch.autograd.grad(loss, parameters, materialize_grads=True) for loss in (wanted, found)]
    results = [abs(found.item() / wanted.item() - 1)]
    for long, short in zip(*gradients, strict=True):
        scale = long.norm().item()
        assert scale > 0 or not short.any()
        results.append((short - long).norm().item() / (scale or 1.0))
    return results


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("normalisation", get_args(Normalisation))
@pytest.mark.parametrize("activation", get_args(Activation))
def test_it_equals_differentiating_twice_over_the_whole_space(
    activation: Activation, normalisation: Normalisation, dtype: torch.dtype
) -> None:
    for seed, (kernel, extra, dense, bias) in enumerate(
        product((3, 4, 5), (0, 1), (False, True), (False, True))
    ):
        net = any_critic(
            seed,
            activation=activation,
            normalisation=normalisation,
            kernel=kernel,
            extra_layers=extra,
            hidden_dense=dense,
            bias=bias,
        )
        assert max(differences(net, dtype)) < TOLERANCES[dtype], (kernel, extra, dense, bias)


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("activation", ["leaky-relu", "tanh"])
@pytest.mark.parametrize("dense", [False, True])
def test_it_equals_differentiating_twice_where_the_score_depends_on_a_label(
    activation: Activation, dense: bool, dtype: torch.dtype
) -> None:
    net = any_critic(3, labels=4, activation=activation, hidden_dense=dense)
    assert max(differences(net, dtype, LABELS)) < TOLERANCES[dtype]
    gradient_penalty(net, *pair(dtype), rng(), LABELS).penalty.backward()
    embedding = net.get_parameter("style.weight").grad
    assert embedding is not None
    assert embedding.flatten(1).any(1).tolist() == [True, False, True, False]  # the labels that there are


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"activation": "relu", "hidden_dense": True, "extra_layers": 1}, True),
        ({"activation": "leaky-relu"}, True),
        ({"activation": "tanh"}, False),
        ({"normalisation": "layer"}, False),
        ({"normalisation": "batch"}, False),
        ({"kind": "residual", "blocks": 2}, True),
    ],
)
def test_only_a_piecewise_linear_critic_takes_the_short_way(settings: dict[str, Any], expected: bool) -> None:
    net = any_critic(0, **settings)
    assert is_piecewise_linear(net) is expected
    short = count_operations(lambda: gradient_penalty(net, *pair(), rng()).penalty.backward())
    long = count_operations(lambda: differentiate_twice(net, pair()[0].requires_grad_(), None).backward())
    share = short / long  # counted, 4 passes against 6
    assert share < 0.75 if expected else share == 1


def test_a_layer_of_another_kind_takes_the_long_way() -> None:
    net = any_critic(0).eval()  # in training mode every pass would improve the estimate of the norm
    nn.utils.parametrizations.spectral_norm(net.get_submodule("layers.0"))
    assert not is_piecewise_linear(net)
    assert max(differences(net, torch.float64)) < TOLERANCES[torch.float64]


@pytest.mark.parametrize("activation", ["leaky-relu", "tanh"])
def test_a_slope_of_zero_gives_finite_gradients(activation: Activation) -> None:
    net = any_critic(0, activation=activation)
    nn.init.zeros_(net.get_submodule("layers")[-1].weight)  # type: ignore[index]  # a Sequential
    found = gradient_penalty(net, *pair(), rng())
    found.penalty.backward()
    assert (found.penalty.item(), found.norm.item()) == (1, 0)
    assert all(p.grad is None or not p.grad.any() for p in net.parameters())


def test_it_adds_to_other_losses_and_repeats_itself() -> None:
    gradients = []
    for _ in range(2):
        net = any_critic(5).float().to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # as in torch's docs
        real, fake = pair(torch.float32)
        loss = net(fake).mean() - net(real).mean()
        (loss + 10 * gradient_penalty(net, real, fake, rng()).penalty).backward()
        gradients.append([parameter.grad for parameter in net.parameters()])
    assert all(map(torch.equal, *gradients))
    twice = any_critic(5).float()
    loss = twice(fake).mean() - twice(real).mean()
    points = torch.lerp(fake, real, torch.rand(3, 1, 1, 1, generator=rng())).requires_grad_()
    (loss + 10 * differentiate_twice(twice, points, None)).backward()
    for found, wanted in zip(gradients[0], twice.parameters(), strict=True):
        torch.testing.assert_close(found, wanted.grad, rtol=1e-4, atol=1e-5)
