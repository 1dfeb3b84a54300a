"""What counts as a collapse, and what does not: judged from numbers, and measured on images."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from components.training.engine.collapse_log import Collapse
from components.training.gan.collapse import CollapseDetector, Health
from components.training.gan.diversity import DiversityProbe, images_of, mean_distance
from components.training.gan.state import new_state
from interfaces.ipdt import IPDT
from tests.unit.training.tiny import make_colours, tiny_settings

CPU = torch.device("cpu")
GROWTH = [0.1 * look for look in range(1, 11)]


def judge(steps: Iterable[dict[str, float]], **changes: Any) -> tuple[Health, list[Collapse | None]]:
    """Return the health after the last step, and what was found in each."""
    detector = CollapseDetector(tiny_settings(correction="clipping", **changes))
    health, found = Health(), []
    for values in steps:
        health, collapse = detector.judge(health, {"critic_loss": 1.0, **values})
        if collapse is not None:  # as the journal does when it goes on
            health = Health(**{**dict(health), "collapsed": True})
        found.append(collapse)
    return health, found


def looks(*diversities: float) -> list[dict[str, float]]:
    return [{"diversity": diversity} for diversity in diversities]


def test_four_looks_in_a_row_at_too_little_are_a_collapse_that_is_told_once() -> None:
    health, found = judge(looks(*GROWTH, 0.29, 0.2, 0.1, 0.0, 0.0, 0.5))
    assert [one is not None for one in found] == [False] * 13 + [True, False, False]
    collapse = found[13]
    assert collapse is not None
    assert (collapse.kind, collapse.measured, collapse.value) == ("lost-diversity", "diversity", 0.0)
    assert collapse.threshold == pytest.approx(0.3)
    assert "Now: learning_rate=0.0001, batch=4, correction=clipping, augment=none" in collapse.advice
    assert health.collapsed  # a little better is not well
    assert not health.good


def test_a_collapse_that_was_over_is_told_again() -> None:
    health, found = judge(looks(*GROWTH, 0, 0, 0, 0, 0.9, 0, 0, 0, 0, 0.9))
    assert sum(one is not None for one in found) == 2
    assert health.good


@pytest.mark.parametrize(
    "diversities",
    [
        [0.0] * 10 + GROWTH,  # images from random weights are alike
        [0.001 * look for look in range(1, 90)],  # slow, but on the way
        [*GROWTH, 0.1, 0.1, 0.1, 0.5, 0.1, 0.1, 0.1, 0.5],
        [2.0, *([0.31] * 50)],  # more than real was never asked for
    ],
)
def test_a_low_beginning_a_slow_one_and_short_dips_are_none(diversities: list[float]) -> None:
    assert not any(judge(looks(*diversities))[1])


def test_a_generator_that_never_was_diverse_has_collapsed() -> None:
    found = judge(looks(0.05, *([0.03] * 13)))[1]
    assert [one is not None for one in found] == [False] * 13 + [True]


@pytest.mark.parametrize("loss", ["cross-entropy", "hinge", "relativistic"])
def test_a_critic_that_is_sure_of_everything_for_long_is_saturated(loss: str) -> None:
    # one doubt now and then does not make it teach
    steps = [{"critic_loss": 0.5 if step % 40 == 39 else 1e-3} for step in range(300)]
    found = [one for one in judge(steps, loss=loss)[1] if one is not None]
    assert [one.kind for one in found] == ["saturated-critic"]
    assert "augment=colour,shift" in found[0].advice
    unsure = [{"critic_loss": 0.5 if step % 10 == 9 else 1e-3} for step in range(300)]
    assert not any(judge(unsure, loss=loss)[1])


def test_a_loss_without_a_bound_does_not_saturate() -> None:
    assert not any(judge([{"critic_loss": -5.0}] * 300, loss="wasserstein")[1])


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_not_a_number_is_named(value: float) -> None:
    (found,) = judge([{"generator_loss": value}])[1]
    assert found is not None
    assert (found.kind, found.measured) == ("not-a-number", "generator_loss")


def real_images(pack: IPDT) -> Tensor:
    return torch.from_numpy(np.array(pack.images)).permute(0, 3, 1, 2).float().div(127.5).sub(1)


def test_real_images_are_as_diverse_as_real_images_and_copies_are_not(tmp_path: Path) -> None:
    pack = make_colours(tmp_path)
    images = real_images(pack)
    probe = DiversityProbe(pack, tiny_settings(), CPU)
    assert probe.measure(lambda latents, _: images[torch.arange(len(latents)) % 64]) == pytest.approx(
        1, abs=0.02
    )
    assert probe.measure(lambda latents, _: images[:1].expand(len(latents), -1, -1, -1)) == 0


def test_one_image_for_each_style_is_a_collapse_of_a_conditional_model_alone(tmp_path: Path) -> None:
    pack = make_colours(tmp_path)
    images = real_images(pack)
    conditional = DiversityProbe(pack, tiny_settings(conditional=True), CPU)
    either = DiversityProbe(pack, tiny_settings(), CPU)
    assert conditional.measure(lambda _, labels: images[labels]) == 0
    found = either.measure(lambda latents, _: images[torch.arange(len(latents)) % 2])
    assert found is not None
    assert found > 0.4


def test_the_style_that_fares_worst_counts(tmp_path: Path) -> None:
    pack = make_colours(tmp_path)
    images = real_images(pack)
    probe = DiversityProbe(pack, tiny_settings(conditional=True), CPU)

    def draw(latents: Tensor, labels: Tensor | None) -> Tensor:
        assert labels is not None
        return torch.where(labels.view(-1, 1, 1, 1) == 1, images[:1], images[torch.arange(len(latents)) % 64])

    assert probe.measure(draw) == 0


def test_equal_real_images_have_no_diversity_to_compare_with(tmp_path: Path) -> None:
    pack = make_colours(tmp_path)
    alike = IPDT(**{**dict(pack), "images": np.repeat(pack.images[:1], 64, axis=0)})
    assert DiversityProbe(alike, tiny_settings(), CPU).measure(lambda latents, _: latents) is None


def test_distances_are_those_of_independent_arithmetic() -> None:
    images = torch.rand(6, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    pooled = images.numpy().reshape(6, 3, 8, 2, 8, 2).mean((3, 5)).reshape(6, -1)
    wanted = np.mean([np.linalg.norm(pooled[i] - pooled[j]) for i in range(6) for j in range(i)])
    assert mean_distance(images) == pytest.approx(float(wanted), rel=1e-5)


def test_looking_changes_nothing(tmp_path: Path) -> None:
    settings = tiny_settings()
    state = new_state(settings, CPU)
    before = {key: tensor.clone() for key, tensor in state.generator.state_dict().items()}
    random = torch.get_rng_state()
    assert DiversityProbe(make_colours(tmp_path), settings, CPU).measure(images_of(state.generator))
    assert state.generator.training
    assert all(torch.equal(before[key], tensor) for key, tensor in state.generator.state_dict().items())
    assert torch.equal(torch.get_rng_state(), random)
