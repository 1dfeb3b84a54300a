"""The gradient penalty equals formulas that are worked out without automatic differentiation."""

import pytest
import torch
from torch import Tensor, nn

from components.networks.conv_gan import ConvCritic
from components.networks.generators import build_critic
from components.training.penalty import gradient_penalty
from interfaces.igme import ConvGenerator, Normalisation


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def images(seed: int, n: int = 3) -> Tensor:
    return torch.rand(n, 3, 8, 8, generator=rng(seed), dtype=torch.float64) * 2 - 1


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
