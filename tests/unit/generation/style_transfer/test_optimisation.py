"""The loop: what it makes, how it goes on, and what it does when something fails."""

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from components.generation.style_transfer.algorithm import Unattended
from components.generation.style_transfer.matching import (
    Gatys,
    MomentMatching,
    SlicedWassersteinMatching,
)
from components.generation.style_transfer.optimisation import PixelOptimisation
from interfaces.errors import DataError, SettingsError
from tests.unit.generation.style_transfer.small_features import (
    InterruptedEarlyError,
    Remembers,
    SmallFeatures,
    make_task,
    picture,
)

ALGORITHMS = [Gatys, MomentMatching, SlicedWassersteinMatching]
OUT_OF_MEMORY = [
    MemoryError(),
    RuntimeError("[enforce fail at alloc_cpu.cpp:118] DefaultCPUAllocator: can't allocate memory"),
    torch.OutOfMemoryError("CUDA out of memory."),
]


class Failing(SmallFeatures):
    """Features that fail or spoil their maps as told."""

    def __init__(
        self, *, spoil: range = range(0), error: Exception | None = None, above: int = 10**9
    ) -> None:
        super().__init__()
        self.spoil, self.error, self.above = spoil, error, above
        self.gradients = 0

    def forward(self, images: Tensor, layers: Any) -> dict[str, Tensor]:
        if self.error is not None and max(images.shape[2:]) > self.above:
            raise self.error
        found = super().forward(images, layers)
        if not torch.is_grad_enabled():
            return found
        self.gradients += 1
        bad = math.nan if self.gradients in self.spoil else 1.0
        return {name: maps * bad for name, maps in found.items()}


@pytest.mark.parametrize("optimizer", ["lbfgs", "adam"])
@pytest.mark.parametrize("make", ALGORITHMS)
def test_the_style_comes_nearer_and_the_image_has_its_size_and_range(
    make: type[PixelOptimisation], optimizer: str
) -> None:
    attendant = Remembers()
    image = make().transfer(make_task(optimizer=optimizer), attendant)
    assert image.shape == (1, 3, 40, 48)
    assert image.dtype == torch.float32
    assert image.abs().max() <= 1
    first, last = attendant.trail[0][1], attendant.trail[-1][1]
    assert last["style"] < 0.5 * first["style"]
    assert last["loss"] < first["loss"]


def test_the_trace_has_every_step_and_progress_ends_at_the_total() -> None:
    attendant = Remembers()
    Gatys().transfer(make_task(), attendant)
    assert [step for step, _ in attendant.trail] == list(range(1, 25))
    assert {values["side"] for _, values in attendant.trail} == {24.0, 48.0}
    assert attendant.steps[-1][:2] == (24, 24)
    assert "loss" in attendant.steps[0][2]


@pytest.mark.parametrize("optimizer", ["lbfgs", "adam"])
@pytest.mark.parametrize("make", ALGORITHMS)
@pytest.mark.parametrize("stop_at", [1, 9, 14, 23, 24])
def test_what_was_kept_goes_on_to_the_same_bytes(
    make: type[PixelOptimisation], optimizer: str, stop_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SlicedWassersteinMatching, "renewed", 4)
    whole = make().transfer(make_task(optimizer=optimizer), Unattended())
    stopped = Remembers(stop_at=stop_at)
    with pytest.raises(InterruptedEarlyError):
        make().transfer(make_task(optimizer=optimizer), stopped)
    assert stopped.state is not None
    resumed = Remembers(stopped.state)
    again = make().transfer(make_task(optimizer=optimizer), resumed)
    assert torch.equal(again, whole)
    assert [step for step, _ in resumed.trail] == list(range(stop_at + 1, 25))


def test_it_keeps_now_and_then_without_being_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that is killed says nothing."""
    monkeypatch.setattr("components.generation.style_transfer.coarse_to_fine._KEEP_S", 0.0)
    monkeypatch.setattr("components.generation.style_transfer.coarse_to_fine._KEEP_SHARE", 0)
    states = []

    class Keeps(Remembers):
        def keep(self, state: bytes) -> None:
            states.append(state)

    whole = Gatys().transfer(make_task(), Keeps())
    assert len(states) > 5
    for state in states[::4]:
        assert torch.equal(Gatys().transfer(make_task(), Remembers(state)), whole)


@pytest.mark.parametrize("change", ["settings", "seed", "picture", "features", "damage", "nothing"])
def test_what_another_task_kept_is_not_taken(change: str) -> None:
    stopped = Remembers(stop_at=9)
    with pytest.raises(InterruptedEarlyError):
        Gatys().transfer(make_task(), stopped)
    changes: dict[str, dict[str, Any]] = {
        "settings": {"content_weight": 2.0},
        "seed": {"seed": 6},
        "picture": {"styles": [picture(3)]},
        "features": {"features": Failing()},
    }
    other = changes.get(change, {})
    if change == "features":
        other["features"].weights[0] = other["features"].weights[0] * 1.01
    state = stopped.state
    assert state is not None
    state = state[: len(state) // 2] if change == "damage" else b"" if change == "nothing" else state
    resumed = Remembers(state)
    image = Gatys().transfer(make_task(**other), resumed)
    assert resumed.trail[0][0] == 1
    assert torch.equal(image, Gatys().transfer(make_task(**other), Unattended()))


def test_a_loss_that_is_no_number_sends_it_back_to_the_best_and_on_with_adam() -> None:
    attendant = Remembers()
    image = Gatys().transfer(make_task(features=Failing(spoil=range(6, 7))), attendant)
    assert len(attendant.notices) == 1
    assert "nan at step 6 of 24" in attendant.notices[0]
    assert "Adam" in attendant.notices[0]
    losses = [values["loss"] for _, values in attendant.trail]
    assert math.isnan(losses[5])
    assert losses[6] == min(losses[:5])
    assert [v["loss"] for _, v in attendant.trail if v["side"] == 24][-1] < losses[6]
    assert image.isfinite().all()


def test_a_fall_that_was_kept_goes_on_to_the_same_bytes() -> None:
    whole = Gatys().transfer(make_task(features=Failing(spoil=range(6, 7))), Unattended())
    stopped = Remembers(stop_at=9)
    with pytest.raises(InterruptedEarlyError):
        Gatys().transfer(make_task(features=Failing(spoil=range(6, 7))), stopped)
    assert torch.equal(Gatys().transfer(make_task(features=Failing()), Remembers(stopped.state)), whole)


def test_features_that_never_give_numbers_are_an_error_and_no_picture() -> None:
    with pytest.raises(DataError, match="not a finite number"):
        Gatys().transfer(make_task(features=Failing(spoil=range(1, 1000))), Remembers())


@pytest.mark.parametrize("error", OUT_OF_MEMORY, ids=["python", "cpu", "cuda"])
def test_without_memory_for_the_last_scale_the_one_before_is_enlarged(error: Exception) -> None:
    attendant = Remembers()
    image = Gatys().transfer(make_task(features=Failing(error=error, above=44), size=48), attendant)
    assert image.shape == (1, 3, 40, 48)
    assert {values["side"] for _, values in attendant.trail} == {24.0}
    assert len(attendant.notices) == 1
    assert "out of memory at 48 px" in attendant.notices[0]
    assert "24 px" in attendant.notices[0]


def test_without_memory_for_the_first_scale_a_smaller_one_is_made() -> None:
    attendant = Remembers()
    features = Failing(error=MemoryError(), above=40)
    image = Gatys().transfer(
        make_task(features=features, smallest=80, size=80, styles=[picture(2, 30, 30)]), attendant
    )
    assert image.shape == (1, 3, 40, 48)
    assert {values["side"] for _, values in attendant.trail} == {24.0}
    assert "out of memory" in attendant.notices[0]


def test_an_error_that_is_not_about_memory_passes() -> None:
    with pytest.raises(RuntimeError, match="shapes"):
        Gatys().transfer(make_task(features=Failing(error=RuntimeError("shapes"), above=40)), Unattended())


def test_a_style_goes_only_where_its_region_is() -> None:
    region = torch.zeros(1, 1, 40, 48)
    region[..., :20] = 1
    image = Gatys().transfer(make_task(regions=[region], smallest=48, smoothness=0), Unattended())
    change = (image - picture(1)).abs().mean((0, 1, 2))
    assert change[:16].min() > 0.05
    assert change[30:].max() < 0.01


def test_each_region_gets_its_own_style() -> None:
    left = torch.zeros(1, 1, 40, 48)
    left[..., :24] = 1
    red, blue = torch.full((1, 3, 40, 40), -0.8), torch.full((1, 3, 40, 40), -0.8)
    red[:, 0], blue[:, 2] = 0.8, 0.8
    image = Gatys().transfer(
        make_task(styles=[red, blue], regions=[left, 1 - left], content_weight=0.1), Unattended()
    )
    assert image[0, 0, :, :16].mean() > image[0, 2, :, :16].mean() + 0.3
    assert image[0, 2, :, 32:].mean() > image[0, 0, :, 32:].mean() + 0.3


@pytest.mark.parametrize("start", ["noise", "style"])
def test_noise_is_that_of_the_seed(start: str) -> None:
    first, same, other = (
        Gatys().transfer(make_task(start=start, seed=seed, steps=4), Unattended()) for seed in (1, 1, 2)
    )
    assert torch.equal(first, same)
    assert not torch.equal(first, other)


def test_more_content_keeps_the_image_nearer_to_it() -> None:
    near, far = (Gatys().transfer(make_task(content_weight=weight), Unattended()) for weight in (20.0, 0.05))
    assert (near - picture(1)).square().mean() < 0.5 * (far - picture(1)).square().mean()


def test_without_style_the_content_comes_back_from_noise() -> None:
    task = make_task(style_weight=0, smoothness=0, start="noise", steps=120, content_layers=("relu1_1",))
    image = Gatys().transfer(task, Unattended())
    assert (image - picture(1)).square().mean() < 0.1 * picture(1).square().mean()


def test_an_unknown_layer_is_refused_with_a_list() -> None:
    with pytest.raises(SettingsError, match="relu5_4"):
        Gatys().transfer(make_task(style_layers=("relu9_1",)), Unattended())


def test_an_image_that_is_too_narrow_for_the_deepest_maps_is_refused() -> None:
    task = make_task()._replace(content=picture(1, 8, 48))
    with pytest.raises(DataError, match="at least 16 px"):
        Gatys().transfer(task, Unattended())
