"""The loss of a generator's own spectrum."""

from pathlib import Path
from typing import cast

import pytest
import torch
from torch import Tensor

from components.networks.borders import border_contrast
from components.networks.spectrum import power_spectrum
from components.training import GanSettings, GanTrainer
from components.training.distributed.ranks import Ranks
from components.training.engine.batches import Batches
from components.training.gan.spectral_loss import SpectralLoss, Wanted, spectral_loss
from storage.run_folder import DirectoryFolder
from tests.unit.networks.features_files import write_squeezenet
from tests.unit.training.tiny import make_colours, make_pack, tiny_projected, tiny_settings


def pictures(n: int, seed: int = 0) -> Tensor:
    return torch.rand(n, 3, 8, 8, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def wanted_of(real: Tensor) -> Wanted:
    return Wanted(power_spectrum(real).log(), border_contrast(real).log())


def test_the_loss_is_the_mean_square_of_the_logarithms_difference_of_spectrum_and_borders() -> None:
    real, fake = pictures(20), pictures(6, 1)
    spectrum = (power_spectrum(fake) / power_spectrum(real)).log().square().mean().item()
    borders = (border_contrast(fake) / border_contrast(real)).log().square().mean().item()
    found = SpectralLoss(wanted_of(real), 3.0)(fake)
    assert found.item() == pytest.approx(3 * (spectrum + borders), rel=1e-4)


def test_what_has_the_spectrum_of_the_training_images_costs_nothing() -> None:
    real = pictures(20)
    assert SpectralLoss(wanted_of(real), 1.0)(real).item() == pytest.approx(0, abs=1e-9)
    # which pictures they are does not matter
    assert SpectralLoss(wanted_of(real), 1.0)(-real).item() == pytest.approx(0, abs=1e-9)


def test_following_the_gradient_takes_a_pattern_away() -> None:
    real = pictures(40)
    weave = torch.tensor([0.5, -0.5]).repeat(4)[:, None]
    fake = torch.nn.Parameter(pictures(8, 1) + weave)
    loss, optimizer = SpectralLoss(wanted_of(real), 1.0), torch.optim.Adam([fake], 0.02)
    before = power_spectrum(fake.detach())[4, 0]
    for _ in range(60):
        optimizer.zero_grad()
        loss(fake).backward()
        optimizer.step()
    assert power_spectrum(fake.detach())[4, 0] < before / 3


def test_following_the_gradient_takes_a_strip_at_the_border_away() -> None:
    real = pictures(40)
    strip = torch.zeros(8, 8)
    strip[-1] = 1.5
    fake = torch.nn.Parameter(pictures(8, 1) + strip)
    loss, optimizer = SpectralLoss(wanted_of(real), 1.0), torch.optim.Adam([fake], 0.02)
    assert border_contrast(fake.detach())[1] > 2 * border_contrast(real)[1]
    for _ in range(60):
        optimizer.zero_grad()
        loss(fake).backward()
        optimizer.step()
    assert border_contrast(fake.detach())[1] < 1.15 * border_contrast(real)[1]


def test_black_pictures_have_a_finite_loss_and_gradient() -> None:
    black = torch.zeros(2, 3, 8, 8, requires_grad=True)
    loss = SpectralLoss(wanted_of(pictures(4)), 1.0)(black)
    loss.backward()
    assert loss.isfinite()
    assert black.grad is not None
    assert black.grad.isfinite().all()


class _Pair:
    """The first of two ranks, which knows what the other measured."""

    def __init__(self, other: Tensor) -> None:
        self._others = iter((power_spectrum(other), border_contrast(other)))

    def mean(self, tensor: Tensor) -> Tensor:
        return (tensor + next(self._others)) / 2


def test_two_ranks_have_the_loss_and_together_the_gradient_of_the_whole_batch() -> None:
    goal, whole = wanted_of(pictures(20)), pictures(8, 1).requires_grad_()
    loss = SpectralLoss(goal, 2.0)(whole)
    (wanted,) = torch.autograd.grad(loss, whole)
    for own, other in (whole.chunk(2), reversed(whole.chunk(2))):
        share = SpectralLoss(goal, 2.0, cast("Ranks", _Pair(other.detach())))
        mine = own.detach().requires_grad_()
        found = share(mine)
        (slope,) = torch.autograd.grad(found, mine)
        assert found.item() == pytest.approx(loss.item(), rel=1e-5)
        # the gradients of the weights are averaged over the ranks, and each adds up its own images'
        half = wanted[:4] if torch.equal(mine, whole[:4]) else wanted[4:]
        torch.testing.assert_close(slope / 2, half)


def test_the_goal_is_what_the_training_images_alone_have(tmp_path: Path) -> None:
    pack = make_pack(tmp_path, images=30, test=10)
    settings = tiny_settings(spectral_weight=1.0, flip=False)
    batches = Batches(pack, 4, 0, torch.device("cpu"))
    loss = spectral_loss(settings, batches)
    assert loss is not None
    pixels = torch.from_numpy(pack.images[10:].copy()).permute(0, 3, 1, 2).float() / 127.5 - 1
    assert loss(pixels).item() == pytest.approx(0, abs=1e-8)
    assert spectral_loss(tiny_settings(), batches) is None


def test_mirrored_training_images_count_where_they_are_learnt_from(tmp_path: Path) -> None:
    pack = make_pack(tmp_path, images=30, test=10)
    loss = spectral_loss(
        tiny_settings(spectral_weight=1.0, flip=True), Batches(pack, 4, 0, torch.device("cpu"))
    )
    assert loss is not None
    pixels = torch.from_numpy(pack.images[10:].copy()).permute(0, 3, 1, 2).float() / 127.5 - 1
    assert loss(torch.cat([pixels, pixels.flip(3)])).item() == pytest.approx(0, abs=1e-8)
    assert loss(pixels).item() > 1e-6


@pytest.mark.parametrize("kind", ["wgan-gp", "projected"])
def test_a_training_logs_it_and_resumes_to_the_same_bytes(tmp_path: Path, kind: str) -> None:
    pack = make_colours(tmp_path)

    def settings(steps: int) -> GanSettings:
        if kind == "wgan-gp":
            return tiny_settings(spectral_weight=2.0, steps=steps)
        features = write_squeezenet(tmp_path / "squeezenet1_1.safetensors")
        return tiny_projected(features, spectral_weight=2.0, steps=steps)

    whole, parts = DirectoryFolder(tmp_path / "whole"), DirectoryFolder(tmp_path / "parts")
    GanTrainer(settings(6)).train(pack, whole)
    GanTrainer(settings(3)).train(pack, parts)
    GanTrainer(settings(6)).train(pack, parts, resume=True)
    assert whole.read("model.safetensors") == parts.read("model.safetensors")
    assert b'"spectral_loss": ' in whole.read("log.jsonl")
