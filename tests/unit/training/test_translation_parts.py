"""The parts of a translation's step against formulas of their own: losses, the pool, the middle of a cycle, pairs, rates."""

import math
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from components.training.adversarial.losses import LEAST_SQUARES
from components.training.checkpoints.position import START
from components.training.engine.batches import Batches
from components.training.translation.between import blurred, changed_between, rounded
from components.training.translation.domains import Domains, Positions, cut_out
from components.training.translation.iteration import advance_translation
from components.training.translation.pool import ImagePool
from components.training.translation.state import new_translation_state
from tests.unit.training.tiny_translation import make_domains, tiny_translation

CPU = torch.device("cpu")


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_least_squares_are_distances_from_one_and_from_nothing() -> None:
    real, fake = torch.tensor([[0.5, 2.0]]), torch.tensor([[0.25, -1.0]])
    assert float(LEAST_SQUARES.critic(real, fake)) == pytest.approx((0.25 + 1) / 2 + (0.0625 + 1) / 2)
    assert float(LEAST_SQUARES.generator(fake)) == pytest.approx((0.5625 + 4) / 2)


def test_a_pool_gives_each_image_back_until_it_is_full_then_half_of_the_time_an_earlier_one() -> None:
    pool, draw = ImagePool(20, CPU), rng()

    def image(number: int) -> Tensor:
        return torch.full((1, 3, 2, 2), float(number))

    returned = [float(pool.swap(image(number), draw)[0, 0, 0, 0]) for number in range(420)]
    assert returned[:20] == list(range(20))
    earlier = [got < number for number, got in enumerate(returned)][20:]
    assert 150 < sum(earlier) < 250  # 400 throws of a coin: within five deviations of 10
    taken = [got for number, got in enumerate(returned) if got < number]
    assert len(set(taken)) == len(taken)  # whoever was taken out is here no more
    assert len(pool) == 20


def test_a_pool_keeps_its_own_images_and_none_where_it_has_no_room() -> None:
    pool, images = ImagePool(2, CPU), torch.zeros(2, 3, 2, 2)
    pool.swap(images, rng())
    images += 1
    assert float(pool.tensors()["images"].max()) == 0
    again = ImagePool(2, CPU)
    again.restore(pool.tensors())
    assert torch.equal(again.tensors()["images"], pool.tensors()["images"])
    assert dict(ImagePool(2, CPU).tensors()) == {}
    none = ImagePool(0, CPU)
    assert torch.equal(none.swap(images, rng()), images)
    assert len(none) == 0


def test_rounding_gives_what_a_file_holds_and_lets_the_gradient_pass() -> None:
    images = torch.linspace(-1.1, 1.1, 301).view(1, 1, 7, 43).requires_grad_()
    made = rounded(images)
    values = (made.detach() + 1) * 127.5
    assert torch.allclose(values, values.round(), atol=1e-3)
    assert float((made - images.clamp(-1, 1)).detach().abs().max()) <= 1 / 255 + 1e-6
    (made * 3).sum().backward()
    assert images.grad is not None
    assert torch.equal(images.grad, torch.full_like(images, 3))


@pytest.mark.parametrize("sigma", [0.5, 1.5])
def test_a_blur_is_that_of_the_formula(sigma: float) -> None:
    dot = torch.zeros(1, 2, 21, 21)
    dot[:, :, 10, 10] = 1
    made = blurred(dot, sigma)[0, 1].numpy()
    at = np.arange(21) - 10
    bell = np.exp(-(at[:, None] ** 2 + at[None] ** 2) / (2 * sigma**2))
    reach = math.ceil(3 * sigma)
    bell[np.abs(at) > reach] = 0
    bell[:, np.abs(at) > reach] = 0
    assert np.allclose(made, bell / bell.sum(), atol=1e-6)
    assert float(blurred(torch.ones(1, 3, 5, 5), 2.0).sub(1).abs().max()) < 1e-6


def test_noise_in_the_middle_is_as_strong_as_it_is_said_and_nothing_else_changes() -> None:
    images = torch.zeros(1, 3, 64, 64)
    noisy = changed_between(images, tiny_translation(between_noise=3.0), rng())
    assert float(noisy.std()) == pytest.approx(3 * 2 / 255, rel=0.05)
    assert changed_between(images, tiny_translation(), rng()) is images


def test_a_square_is_cut_out_everywhere_and_mirrored_half_of_the_time() -> None:
    picture = torch.arange(36.0).view(1, 1, 6, 6)
    draw, corners, mirrored = rng(), set(), 0
    for _ in range(300):
        square = cut_out(picture, 4, True, draw)[0, 0]
        was_flipped = bool(square[0, 0] > square[0, 1])
        mirrored += was_flipped
        corners.add(float((square.flip(1) if was_flipped else square)[0, 0]))
    assert corners == {0, 1, 2, 6, 7, 8, 12, 13, 14}
    assert 100 < mirrored < 200
    assert torch.equal(cut_out(picture, 6, False, draw), picture)


def test_pairs_stay_together_through_order_cutting_and_mirrors(tmp_path: Path) -> None:
    data = make_domains(tmp_path, a=8, b=8, test=0)
    shuffled = np.random.default_rng(3).permutation(8)
    order = np.concatenate([np.arange(8), 8 + shuffled])  # the names say who belongs together, not the places
    data = type(data)(
        **{**dict(data), "images": np.array(data.images[order]), "names": tuple(data.names[i] for i in order)}
    )
    domains = Domains(data, tiny_translation(paired=True, batch=4), CPU)
    positions, draw = Positions(START, START), rng()
    for _ in range(6):
        a, b, positions = domains.take(positions, draw)
        assert torch.allclose(a, -b, atol=1e-6)  # each is the negative of the other
    assert positions.a == positions.b


def test_domains_are_gone_through_in_orders_of_their_own(tmp_path: Path) -> None:
    data = make_domains(tmp_path, a=8, b=8, test=0)
    domains = Domains(
        data, tiny_translation(batch=4, flip=False, squares=None, generator={"side": 16, "width": 4}), CPU
    )
    seen = [domains.take(Positions(START, START), rng())[:2]]
    assert all(not torch.allclose(a, -b, atol=1e-6) for a, b in seen)
    assert len(domains) == 16
    with_rows = Batches(data, 4, 0, CPU, rows=np.arange(8))
    assert len(with_rows) == 8


def _l1(one: Tensor, other: Tensor) -> float:
    return float((one - other).abs().mean())


@pytest.mark.parametrize("identity", [0.0, 0.5])
def test_a_step_measures_the_losses_of_the_paper(identity: float, tmp_path: Path) -> None:
    """Zhu et al. 2017, equations 1 to 3, computed from the same first weights and pictures."""
    settings = tiny_translation(identity_weight=identity, squares=16)
    data = make_domains(tmp_path, side=16)
    state, copy = (new_translation_state(settings, CPU) for _ in range(2))
    domains = Domains(data, settings, CPU)
    a, b, _ = domains.take(copy.positions, copy.cutting)
    with torch.no_grad():
        g, f = copy.network.a_to_b, copy.network.b_to_a
        assert f is not None
        fake_b, fake_a = g(a), f(b)
        judge_b, judge_a = copy.critics["a_to_b"], copy.critics["b_to_a"]
        wanted = {
            "generator_loss": float(
                ((judge_b(fake_b) - 1) ** 2).mean() + ((judge_a(fake_a) - 1) ** 2).mean()
            ),
            "cycle_loss": _l1(f(fake_b), a) + _l1(g(fake_a), b),
            "critic_loss": float(
                ((judge_b(b) - 1) ** 2).mean()
                + (judge_b(fake_b) ** 2).mean()
                + ((judge_a(a) - 1) ** 2).mean()
                + (judge_a(fake_a) ** 2).mean()
            ),
            "real_score": float((judge_b(b).mean() + judge_a(a).mean()) / 2),
            "fake_score": float((judge_b(fake_b).mean() + judge_a(fake_a).mean()) / 2),
        }
        if identity:
            wanted["identity_loss"] = _l1(g(b), b) + _l1(f(a), a)
    found = advance_translation(state, domains, settings, nullcontext, 6)
    assert found == pytest.approx(wanted, rel=1e-4)


@pytest.mark.parametrize("changes", [{}, {"cycle_weight": 0.0, "identity_weight": 0.0}])
def test_the_generators_follow_the_weighted_sum(changes: dict[str, Any], tmp_path: Path) -> None:
    """Adam's first step is the rate times the sign of the gradient, all of it where it is not tiny (Kingma & Ba 2015)."""
    settings = tiny_translation(squares=16, **changes)
    data = make_domains(tmp_path, side=16)
    state, copy = (new_translation_state(settings, CPU) for _ in range(2))
    domains = Domains(data, settings, CPU)
    a, b, _ = domains.take(copy.positions, copy.cutting)
    g, f = copy.network.a_to_b, copy.network.b_to_a
    assert f is not None
    fake_b, fake_a = g(a), f(b)
    total = ((copy.critics["a_to_b"](fake_b) - 1) ** 2).mean() + (
        (copy.critics["b_to_a"](fake_a) - 1) ** 2
    ).mean()
    cycle = nn.functional.l1_loss(f(fake_b), a) + nn.functional.l1_loss(g(fake_a), b)
    same = nn.functional.l1_loss(g(b), b) + nn.functional.l1_loss(f(a), a)
    (total + settings.cycle_weight * (cycle + settings.identity_weight * same)).backward()
    before = [weight.detach().clone() for weight in state.network.parameters()]
    advance_translation(state, domains, settings, nullcontext, 6)
    for old, new, plain in zip(before, state.network.parameters(), copy.network.parameters(), strict=True):
        assert plain.grad is not None
        clear = plain.grad.abs() > 1e-4
        moved = (new.detach() - old) / settings.learning_rate
        assert torch.allclose(moved[clear], -plain.grad[clear].sign(), atol=0.02)


def test_the_rate_is_constant_then_falls_in_a_line(tmp_path: Path) -> None:
    settings = tiny_translation(steps=10, learning_rate=0.001, decay_from=0.6, squares=16)
    state = new_translation_state(settings, CPU)
    domains = Domains(make_domains(tmp_path, side=16), settings, CPU)
    rates = []
    for _ in range(10):
        advance_translation(state, domains, settings, nullcontext, 10)
        rates.append(
            {group["lr"] for one in (state.optimizer, state.critic_optimizer) for group in one.param_groups}
        )
    assert rates[:7] == [{0.001}] * 7
    assert [rate for step in rates[7:] for rate in step] == pytest.approx([0.00075, 0.0005, 0.00025])
