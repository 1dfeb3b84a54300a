"""The training of an enhancement network by what another one made."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from components.training import EnhancerSettings, EnhancerTrainer, rehearse
from components.training.enhancer.crops import Crops, split
from components.training.enhancer.validation import Validation
from interfaces.errors import CheckpointError, SettingsError
from interfaces.ipdt import IPDT
from storage.run_folder import DirectoryFolder
from tests.unit.training.tiny_enhancer import Watch, make_squares, taught, tiny_enhancer, write_teacher

NewFolder = Callable[[], DirectoryFolder]
SIDE = 16


@pytest.fixture
def pairs(tmp_path: Path) -> IPDT:
    return taught(make_squares(tmp_path, side=SIDE))


@pytest.fixture
def settings(tmp_path: Path) -> EnhancerSettings:
    teacher = write_teacher(tmp_path / "teacher.safetensors")
    return tiny_enhancer(teacher=str(teacher), side=4 * SIDE, crop=32)


def test_a_crop_is_the_same_part_of_both_and_neither_is_changed(
    pairs: IPDT, settings: EnhancerSettings
) -> None:
    rows, _ = split(pairs)
    with Crops(pairs, rows, settings, torch.device("cpu")) as crops:
        batches = [crops.take(step) for step in range(5)]
        assert torch.equal(crops.take(5).small, crops.take(5).small)
    small = torch.cat([batch.small for batch in batches]).mul(255).round()
    large = torch.cat([batch.large for batch in batches]).mul(255).round()
    assert small.shape == (20, 3, 8, 8)
    assert torch.equal(large, (255 - small).repeat_interleave(4, 2).repeat_interleave(4, 3))
    parts = np.lib.stride_tricks.sliding_window_view(pairs.images, (8, 8), (1, 2))  # (12, 9, 9, 3, 8, 8)
    assert all((parts == part.byte().numpy()).all((-3, -2, -1)).any() for part in small)


def test_what_is_held_out_is_compared_with_what_the_teacher_made(
    pairs: IPDT, settings: EnhancerSettings
) -> None:
    validation = Validation(pairs, np.arange(3), 4, torch.device("cpu"))
    network = torch.nn.Upsample(scale_factor=4)
    shown = validation.show(network, 4).add(1).mul(127.5).round().byte().permute(0, 2, 3, 1).numpy()
    assert pairs.targets is not None
    assert np.array_equal(shown[3], pairs.targets[0])
    assert np.array_equal(shown[2], 255 - pairs.targets[0])
    assert np.array_equal(shown[0], shown[2])


def test_a_training_stopped_and_resumed_ends_like_an_undisturbed_one_and_names_its_teacher(
    pairs: IPDT, settings: EnhancerSettings, new_folder: NewFolder
) -> None:
    trainer, stopped = EnhancerTrainer(settings), new_folder()
    whole = trainer.train(pairs, new_folder())
    assert trainer.train(pairs, stopped, observers=[Watch(4)]) is None
    resumed = trainer.train(pairs, stopped, resume=True)
    assert whole is not None
    assert resumed is not None
    assert resumed.weights_sha256 == whole.weights_sha256
    described = whole.training["settings"]
    assert isinstance(described, dict)
    assert described["teacher"] == "teacher.safetensors"
    assert len(str(whole.training["teacher_sha256"])) == 64


def test_a_training_goes_on_with_the_very_teacher_that_it_began_with(
    pairs: IPDT, settings: EnhancerSettings, new_folder: NewFolder, tmp_path: Path
) -> None:
    folder = new_folder()
    EnhancerTrainer(settings).train(pairs, folder, observers=[Watch(2)])
    other = write_teacher(tmp_path / "other.safetensors", seed=8)
    with pytest.raises(CheckpointError, match=r"teacher SHA-256: was .*, is "):
        _changed(settings, teacher=str(other)).train(pairs, folder, resume=True)
    moved = Path(str(settings.teacher)).rename(tmp_path / "moved.safetensors")
    assert _changed(settings, teacher=str(moved)).train(pairs, folder, resume=True) is not None


def _changed(settings: EnhancerSettings, **changes: object) -> EnhancerTrainer:
    return EnhancerTrainer(EnhancerSettings.model_validate({**dict(settings), **changes}))


def test_it_learns_what_the_teacher_made(
    pairs: IPDT, settings: EnhancerSettings, new_folder: NewFolder
) -> None:
    trained = _changed(settings, steps=150, learning_rate=0.01, ema_decay=0.9).train(pairs, new_folder())
    assert trained is not None
    # the negative: whoever enlarges what is there is far from it
    assert trained.metrics["psnr"] > trained.metrics["bicubic_psnr"] + 5


def test_a_finished_network_can_be_the_start(
    pairs: IPDT, settings: EnhancerSettings, new_folder: NewFolder
) -> None:
    first = _changed(settings, learning_rate=0.01).train(pairs, new_folder())
    assert first is not None
    still = _changed(settings, start=str(first.weights_path), steps=1, learning_rate=1e-12)
    second = still.train(pairs, new_folder())
    assert second is not None
    before, after = load_file(first.weights_path), load_file(second.weights_path)
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert second.training["start_sha256"] == first.weights_sha256
    with pytest.raises(CheckpointError, match="belongs to another network"):
        _changed(settings, start=str(first.weights_path), network={"features": 8}).train(pairs, new_folder())


def test_a_rehearsal_needs_what_the_training_needs(pairs: IPDT, settings: EnhancerSettings) -> None:
    found = rehearse(EnhancerTrainer(settings), pairs)
    assert (found.images, found.teacher_s) == (9, 0)


def test_refuses_pairs_without_a_teacher_and_a_teacher_without_pairs(
    pairs: IPDT, settings: EnhancerSettings, new_folder: NewFolder
) -> None:
    plain = IPDT(**{**dict(pairs), "targets": None})
    with pytest.raises(SettingsError, match="teacher: wanted enlargements of 64 pixels, got squares without"):
        EnhancerTrainer(settings).train(plain, new_folder())
    with pytest.raises(
        SettingsError, match=r"teacher: wanted squares without .* got enlargements of 64 pixels"
    ):
        EnhancerTrainer(tiny_enhancer()).train(pairs, new_folder())
    smaller = IPDT(**{**dict(pairs), "targets": np.asarray(pairs.images)})
    with pytest.raises(
        SettingsError, match="wanted enlargements of 64 pixels, got enlargements of 16 pixels"
    ):
        EnhancerTrainer(settings).train(smaller, new_folder())
    with pytest.raises(SettingsError, match="side: wanted RGB squares of 16 pixels, got 64 pixels"):
        EnhancerTrainer(settings).train(
            IPDT(**{**dict(pairs), "images": pairs.targets, "targets": None}), new_folder()
        )


def test_refuses_a_teacher_that_cannot_be_read(
    pairs: IPDT, settings: EnhancerSettings, new_folder: NewFolder
) -> None:
    with pytest.raises(SettingsError, match=r"teacher: wanted the path of a file of weights, got none\.pth"):
        _changed(settings, teacher="none.pth").train(pairs, new_folder())
