"""The losses of an enhancement network's training beside that of the pixels: features, and a critic."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import load

from components.networks.squeezenet import SqueezeNetFeatures
from components.training import EnhancerTrainer
from components.training.enhancer.crops import Pairs
from components.training.enhancer.iteration import compare, feature_corner, repeated_error
from interfaces.errors import CheckpointError
from storage.run_folder import DirectoryFolder
from tests.unit.networks.features_files import write_squeezenet
from tests.unit.training.tiny_enhancer import Watch, critic_of, make_squares, tiny_enhancer

NewFolder = Callable[[], DirectoryFolder]


def test_features_count_from_the_step_that_is_asked_for(new_folder: NewFolder, tmp_path: Path) -> None:
    features = str(write_squeezenet(tmp_path / "features.safetensors"))
    watch, plain = Watch(), Watch()
    squares, sizes = make_squares(tmp_path, side=32), {"side": 32, "crop": 32}
    settings = tiny_enhancer(**sizes, perceptual_weight=0.5, perceptual_from=2, features=features)
    trained = EnhancerTrainer(settings).train(squares, new_folder(), observers=[watch])
    EnhancerTrainer(tiny_enhancer(**sizes)).train(squares, new_folder(), observers=[plain])
    assert ["perceptual_loss" in values for values in watch.values] == [False] * 2 + [True] * 4
    for values in watch.values[2:]:
        assert values["loss"] == pytest.approx(values["pixel_loss"] + 0.5 * values["perceptual_loss"])
    assert watch.values[:2] == plain.values[:2]
    assert watch.values[4]["pixel_loss"] != plain.values[4]["pixel_loss"]
    assert trained is not None
    assert str(trained.training["features_sha256"])
    assert trained.training["settings"]["features"] == "features.safetensors"  # type: ignore[index,call-overload]  # an object


def test_a_critic_counts_from_the_step_that_is_asked_for(new_folder: NewFolder, tmp_path: Path) -> None:
    watch, plain, folder = Watch(), Watch(), new_folder()
    squares, sizes = make_squares(tmp_path, side=16), {"crop": 16, "critic_width": 4}
    settings = tiny_enhancer(**sizes, adversarial_weight=0.5, adversarial_from=2)
    trained = EnhancerTrainer(settings).train(squares, folder, observers=[watch])
    EnhancerTrainer(tiny_enhancer(**sizes)).train(squares, new_folder(), observers=[plain])
    names = {"adversarial_loss", "critic_loss", "real_score", "fake_score"}
    assert [names & values.keys() for values in watch.values] == [set()] * 2 + [names] * 4
    for values in watch.values[2:]:
        assert values["loss"] == pytest.approx(values["pixel_loss"] + 0.5 * values["adversarial_loss"])
        assert values["critic_loss"] > 0
    assert watch.values[:2] == [dict(values) for values in plain.values[:2]]
    assert watch.values[4]["pixel_loss"] != plain.values[4]["pixel_loss"]
    assert trained is not None
    header = load(trained.weights_path.read_bytes())
    assert not any("critic" in key for key in header)


@pytest.mark.parametrize("loss", ["cross-entropy", "hinge"])
def test_a_critic_tells_the_truth_from_what_is_made(loss: str, new_folder: NewFolder, tmp_path: Path) -> None:
    watch = Watch()
    changes = {"crop": 16, "critic_width": 8, "adversarial_weight": 1e-9, "adversarial_loss": loss}
    settings = tiny_enhancer(**changes, steps=60, learning_rate=0.002)
    EnhancerTrainer(settings).train(make_squares(tmp_path), new_folder(), observers=[watch])
    first, last = (
        [values["critic_loss"] for values in watch.values[part]] for part in (slice(5), slice(-5, None))
    )
    assert sum(last) < 0.9 * sum(first)
    assert watch.values[-1]["real_score"] > watch.values[-1]["fake_score"]


def test_a_training_without_a_critic_has_none_in_its_checkpoints_and_starts_one_with(
    new_folder: NewFolder, tmp_path: Path
) -> None:
    squares, sizes = make_squares(tmp_path), {"crop": 16, "critic_width": 4}
    plain, judged = new_folder(), new_folder()
    EnhancerTrainer(tiny_enhancer(**sizes)).train(squares, plain)
    EnhancerTrainer(tiny_enhancer(**sizes, adversarial_weight=0.1)).train(squares, judged)
    assert critic_of(plain, 6) == {}
    begun = {}
    for name, folder in (("none", None), ("plain", plain), ("judged", judged)):
        start = folder and str(folder.path / "checkpoints" / "step-000000006.safetensors")
        settings = tiny_enhancer(**sizes, adversarial_weight=0.1, adversarial_from=1, steps=1, start=start)
        kept = new_folder()
        EnhancerTrainer(settings).train(squares, kept)
        begun[name] = critic_of(kept, 1)
    assert begun["plain"] == begun["none"]
    of_judged = {k: t for k, t in critic_of(judged, 6).items() if k.startswith("critic.")}
    assert begun["judged"] == of_judged
    other = tiny_enhancer(crop=16, critic_width=8, adversarial_weight=0.1, start=start)
    with pytest.raises(CheckpointError, match="belongs to another network"):
        EnhancerTrainer(other).train(squares, new_folder())
    EnhancerTrainer(tiny_enhancer(**sizes, start=start)).train(squares, new_folder())


def test_the_grid_of_the_features_favours_no_pixel_of_a_block(tmp_path: Path) -> None:
    features = SqueezeNetFeatures()
    features.load(write_squeezenet(tmp_path / "features.safetensors"))
    rng = torch.Generator().manual_seed(0)
    made, large = torch.rand(2, 4, 3, 48, 48, generator=rng)
    made.requires_grad_()

    def unevenness(loss: torch.Tensor) -> float:
        (slope,) = torch.autograd.grad(loss, made)
        # the energy that reaches each place of a 4x4 block; the edges are mirrored
        energy = F.pixel_unshuffle(slope[:, :, 8:-8, 8:-8].pow(2).mean(1, keepdim=True), 4).mean((0, 2, 3))
        return float(energy.max() / energy.min())

    corners = [(down, right) for down in range(4) for right in range(4)]
    plain = [F.l1_loss(a, b) for a, b in zip(features(made * 2 - 1), features(large * 2 - 1), strict=True)]
    ours = [compare(made, Pairs(large, large), features, 1, corner).features for corner in corners]
    assert unevenness(torch.stack(plain).mean()) > 4
    assert unevenness(torch.stack(ours).mean()) < 1.5
    settings = tiny_enhancer()
    drawn = [feature_corner(settings, step) for step in range(200)]
    assert {*drawn} == {*corners}
    assert drawn == [feature_corner(settings, step) for step in range(200)]


def test_what_repeats_from_block_to_block_is_told_from_other_errors() -> None:
    rng = torch.Generator().manual_seed(0)
    dots = torch.randn(2, 3, 4, 4, generator=rng)
    brighter = torch.rand(2, 3, 1, 1, generator=rng)
    strength = float((dots - dots.mean((2, 3), keepdim=True)).abs().mean())
    # what changes slower than a block has the same mean at every place of one
    waves = torch.sin(torch.arange(32).repeat_interleave(4) * (2 * torch.pi / 16)).expand(2, 3, 128, 128)
    assert float(repeated_error(dots.tile(1, 1, 32, 32) + brighter + waves, 4)) == pytest.approx(
        strength, rel=1e-5
    )
    assert repeated_error(waves + brighter, 4) < 1e-6


def test_a_grid_counts_where_it_is_asked_for(new_folder: NewFolder, tmp_path: Path) -> None:
    watch, plain = Watch(), Watch()
    squares = make_squares(tmp_path, side=64)
    settings = {"side": 64, "crop": 64, "steps": 60, "learning_rate": 0.002}
    EnhancerTrainer(tiny_enhancer(**settings, grid_weight=20)).train(squares, new_folder(), observers=[watch])
    EnhancerTrainer(tiny_enhancer(**settings)).train(squares, new_folder(), observers=[plain])
    for values in watch.values:
        assert values["loss"] == pytest.approx(values["pixel_loss"] + 20 * values["grid_loss"])
    assert "grid_loss" not in plain.values[0]
    first, last = (
        sum(values["grid_loss"] for values in watch.values[part]) for part in (slice(10), slice(-10, None))
    )
    assert last < first / 2
