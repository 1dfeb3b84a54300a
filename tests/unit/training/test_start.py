"""A training that begins with another one's weights."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch

from components.training import GanTrainer
from components.training.gan.model import StateView
from interfaces.errors import ArtgenError, CheckpointError, SettingsError
from interfaces.ipdt import IPDT
from interfaces.ports import RunFolder, TrainingView
from storage.run_folder import DirectoryFolder
from tests.unit.networks.features_files import write_squeezenet
from tests.unit.training.tiny import First, tiny_projected, tiny_settings

NewFolder = Callable[[], DirectoryFolder]


def newest(folder: RunFolder) -> Path:
    return folder.path / folder.names("checkpoints/*.safetensors")[-1]


def test_labels_change_nothing_at_first_in_a_network_that_began_without_them(
    pack: IPDT, new_folder: NewFolder, tmp_path: Path
) -> None:
    features = write_squeezenet(tmp_path / "features.safetensors")
    plain, styled = new_folder(), new_folder()
    GanTrainer(tiny_projected(features, conditional=False)).train(pack, plain)
    # so small a step leaves the weights as they were
    settings = tiny_projected(features, start=str(newest(plain)), learning_rate=1e-12)
    seen = First()
    GanTrainer(settings).train(pack, styled, observers=[seen])
    before = {
        key: weights
        for key, weights in safetensors.torch.load_file(newest(plain)).items()
        if key.startswith("generator.") and "running" not in key and "tracked" not in key
    }
    after = safetensors.torch.load_file(newest(styled))
    for key, weights in before.items():
        assert torch.allclose(after[key], weights, atol=1e-9), key
    styles = [weights for key, weights in after.items() if ".style." in key and key.startswith("average.")]
    assert styles
    assert all(weights.abs().max() < 1e-9 for weights in styles)
    assert seen.images.shape == (3, 3, 8, 8)


def test_goes_on_after_a_stop_from_its_own_checkpoint(
    pack: IPDT, new_folder: NewFolder, tmp_path: Path
) -> None:
    first, whole, stopped = new_folder(), new_folder(), new_folder()
    GanTrainer(tiny_settings()).train(pack, first)
    settings = tiny_settings(start=str(newest(first)), seed=1)
    GanTrainer(settings).train(pack, whole)
    GanTrainer(settings).train(pack, stopped, observers=[First()])
    model = GanTrainer(settings).train(pack, stopped, resume=True)
    assert stopped.read("model.safetensors") == whole.read("model.safetensors")
    other = new_folder()
    GanTrainer(tiny_settings(seed=1)).train(pack, other)
    assert other.read("model.safetensors") != whole.read("model.safetensors")
    assert model is not None
    assert len(str(model.training["start_sha256"])) == 64
    assert str(tmp_path) not in whole.read("model.json").decode().replace(str(whole.path), "")


def test_goes_on_when_the_first_training_has_gone_on_or_is_gone(pack: IPDT, new_folder: NewFolder) -> None:
    first, whole, stopped = new_folder(), new_folder(), new_folder()
    GanTrainer(tiny_settings()).train(pack, first)
    trainer = GanTrainer(tiny_settings(start=str(first.path), seed=1))
    undisturbed = trainer.train(pack, whole)
    trainer.train(pack, stopped, observers=[First()])
    GanTrainer(tiny_settings(steps=8)).train(pack, first, resume=True)
    trainer.train(pack, stopped, resume=True, observers=[First()])
    shutil.rmtree(first.path)
    resumed = trainer.train(pack, stopped, resume=True)
    assert undisturbed is not None
    assert resumed is not None
    assert resumed.weights_sha256 == undisturbed.weights_sha256
    assert resumed.training["start_sha256"] == undisturbed.training["start_sha256"]
    assert resumed.training["settings"] == undisturbed.training["settings"]


def test_a_training_that_began_without_another_s_weights_goes_on_without(
    pack: IPDT, new_folder: NewFolder
) -> None:
    first, plain, started = new_folder(), new_folder(), new_folder()
    GanTrainer(tiny_settings()).train(pack, first)
    settings = tiny_settings(start=str(first.path))
    GanTrainer(tiny_settings()).train(pack, plain, observers=[First()])
    GanTrainer(settings).train(pack, started, observers=[First()])
    with pytest.raises(CheckpointError, match=f"start SHA-256: was null, is .*{first.path.name}"):
        GanTrainer(settings).train(pack, plain, resume=True)
    with pytest.raises(CheckpointError, match=r"start SHA-256: was .*, is null"):
        GanTrainer(tiny_settings()).train(pack, started, resume=True)


def test_one_that_has_to_begin_again_wants_the_very_same_weights(pack: IPDT, new_folder: NewFolder) -> None:
    class Breaks:
        def observe(self, view: TrainingView, folder: RunFolder) -> bool:
            assert isinstance(view, StateView)
            GanTrainer(tiny_settings(steps=7)).train(pack, first, resume=True)
            next(view.state.generator.parameters()).data.fill_(torch.inf)
            return True

        def finish(self, folder: RunFolder) -> None:
            pass

    first = new_folder()
    GanTrainer(tiny_settings()).train(pack, first)
    settings = tiny_settings(start=str(first.path), on_collapse="rollback")
    with pytest.raises(CheckpointError, match="no longer what this training began with"):
        GanTrainer(settings).train(pack, new_folder(), observers=[Breaks()])


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda file, folder: file, CheckpointError, "start: the checkpoint belongs to other networks"),
        (
            lambda file, folder: folder / "none.safetensors",
            SettingsError,
            "start: wanted a training's folder",
        ),
        (
            lambda file, folder: file.with_suffix(".json"),
            CheckpointError,
            "wanted a checkpoint's safetensors",
        ),
    ],
)
def test_refuses_what_does_not_fit(
    pack: IPDT,
    new_folder: NewFolder,
    tmp_path: Path,
    make: Callable[[Path, Path], Path],
    error: type[ArtgenError],
    message: str,
) -> None:
    first = new_folder()
    GanTrainer(tiny_settings()).train(pack, first)
    start = make(newest(first), tmp_path)
    with pytest.raises(error, match=message):
        GanTrainer(tiny_settings(start=str(start), critic={"width": 8})).train(pack, new_folder())


@pytest.mark.parametrize("styles", [0, 2, 3])
def test_a_generator_that_knows_other_styles_begins_with_the_mean_of_them(
    pack: IPDT, new_folder: NewFolder, tmp_path: Path, styles: int
) -> None:
    features = write_squeezenet(tmp_path / "features.safetensors")
    found = GanTrainer(tiny_projected(features, learning_rate=0.1)).train(pack, new_folder())
    assert found is not None
    names = tuple(f"style {index}" for index in range(max(styles, 1)))
    other = IPDT(**{**dict(pack), "styles": names, "labels": np.arange(len(pack.images)) % len(names)})
    watch = First()
    settings = tiny_projected(features, start=str(found.weights_path), conditional=styles > 0, steps=1)
    folder = new_folder()
    GanTrainer(settings).train(other, folder, observers=[watch])
    before = safetensors.torch.load_file(found.weights_path)
    after = safetensors.torch.load_file(newest(folder))
    rows = [key for key in before if key.endswith("style.weight")]
    assert rows
    for key in rows:
        assert (f"generator.{key}" in after) == (styles > 0)
        if styles == 2:
            assert torch.equal(after[f"generator.{key}"], before[key])
        if styles == 3:
            wanted = before[key].mean(0, keepdim=True).expand(3, -1)
            torch.testing.assert_close(after[f"generator.{key}"], wanted)


def test_an_older_checkpoint_without_a_setting_had_what_was_done_then(
    pack: IPDT, new_folder: NewFolder, tmp_path: Path
) -> None:
    features = write_squeezenet(tmp_path / "features.safetensors")
    critic = {"kind": "projected", "view_side": 32, "width": 4, "features": str(features)}
    folder = new_folder()
    GanTrainer(tiny_projected(features, critic={**critic, "margin": 0}, steps=2)).train(pack, folder)
    note = folder.path / folder.names("checkpoints/*.json")[-1]
    content = json.loads(note.read_text())
    for key in (
        "critic.margin",
        "generator.upsampling",
        "generator.excitation",
        "spectral_weight",
        "warm_up",
    ):
        del content["settings"][key]
    note.write_text(json.dumps(content))
    with pytest.raises(CheckpointError, match=r"critic\.margin: was 0, is 17"):
        GanTrainer(tiny_projected(features, critic=critic, steps=3)).train(pack, folder, resume=True)
    settings = tiny_projected(features, critic={**critic, "margin": 0}, steps=3)
    assert GanTrainer(settings).train(pack, folder, resume=True) is not None
