"""A training that begins with another one's weights."""

import json
import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch

from components.training import GanTrainer
from components.training.gan.model import StateView
from interfaces.errors import ArtgenError, CheckpointError, SettingsError
from interfaces.ipdt import IPDT
from interfaces.ports import LatentView, RunFolder, TrainingView
from storage.run_folder import DirectoryFolder
from tests.unit.networks.features_files import write_squeezenet
from tests.unit.training.tiny import tiny_projected, tiny_settings

NewFolder = Callable[[], DirectoryFolder]


class First:
    """Keeps what the averaged generator paints after the first step."""

    def __init__(self) -> None:
        self.images = torch.empty(0)

    def observe(self, view: TrainingView, folder: RunFolder) -> bool:
        assert isinstance(view, LatentView)
        latents = torch.randn(3, view.latent, generator=torch.Generator().manual_seed(1))
        self.images = view.sample(latents, torch.tensor([0, 1, 0]) if view.labels else None)
        return False

    def finish(self, folder: RunFolder) -> None:
        pass


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


class Watch:
    """Keeps the weights of the generator and its mean, a weight of the critic, and the values of every step."""

    def __init__(self) -> None:
        self.weights: list[tuple[torch.Tensor, ...]] = []
        self.values: list[dict[str, float]] = []

    def observe(self, view: TrainingView, folder: RunFolder) -> bool:
        assert isinstance(view, StateView)
        networks = (view.state.generator, view.state.average, view.state.critic)
        self.weights.append(
            tuple(torch.cat([p.detach().flatten().clone() for p in net.parameters()]) for net in networks)
        )
        self.values.append(dict(view.values))
        return True

    def finish(self, folder: RunFolder) -> None:
        pass


@pytest.fixture
def model(pack: IPDT, new_folder: NewFolder) -> Path:
    """Weights of a finished training of which nothing else is left, in half precision."""
    folder = new_folder()
    found = GanTrainer(tiny_settings(store_half=True)).train(pack, folder)
    assert found is not None
    shutil.rmtree(folder.path / "checkpoints")
    return found.weights_path


@pytest.mark.parametrize("shared", [False, True])
def test_a_generator_alone_waits_until_a_new_critic_has_learnt(
    pack: IPDT, new_folder: NewFolder, model: Path, shared: bool
) -> None:
    one = {"critic_steps": 1, "correction": "none", "loss": "hinge"} if shared else {}
    watch = Watch()
    GanTrainer(tiny_settings(start=str(model.parent), warm_up=4, **one)).train(
        pack, new_folder(), observers=[watch]
    )
    stored = safetensors.torch.load_file(model)
    generator = [weights[0] for weights in watch.weights]
    # in the order of the network's own parameters, which the file has not
    assert sorted(generator[0].tolist()) == sorted(
        torch.cat([w.float().flatten() for key, w in stored.items() if not key.endswith(STATISTICS)]).tolist()
    )
    assert all(torch.equal(weights, generator[0]) for weights in generator[:4])
    assert all(torch.equal(mean, generator[0]) for _, mean, _ in watch.weights[:4])
    assert not torch.equal(generator[4], generator[0])
    critics = [weights[2] for weights in watch.weights]
    assert not any(torch.equal(critics[i], critics[i + 1]) for i in range(5))
    assert ["generator_loss" in values for values in watch.values] == [False] * 4 + [True] * 2


STATISTICS = ("running_mean", "running_var", "num_batches_tracked")


def test_a_critic_that_learns_alone_is_not_taken_for_a_collapse(
    pack: IPDT, new_folder: NewFolder, model: Path
) -> None:
    looks: list[int] = []

    class Looks(Watch):
        def observe(self, view: TrainingView, folder: RunFolder) -> bool:
            assert isinstance(view, StateView)
            looks.append(view.state.health.looks)
            return True

    settings = tiny_settings(start=str(model), warm_up=4, watch_every=1)
    GanTrainer(settings).train(pack, new_folder(), observers=[Looks()])
    assert looks == [0, 0, 0, 0, 1, 2]


def test_one_that_is_stopped_while_it_waits_ends_with_the_same_bytes(
    pack: IPDT, new_folder: NewFolder, model: Path
) -> None:
    whole, stopped = new_folder(), new_folder()
    trainer = GanTrainer(tiny_settings(start=str(model), warm_up=4))
    trainer.train(pack, whole)
    trainer.train(pack, stopped, observers=[First()])
    model.unlink()  # it has begun with it, and needs it no more
    trainer.train(pack, stopped, resume=True)
    assert stopped.read("model.safetensors") == whole.read("model.safetensors")


def test_a_critic_that_has_learnt_already_does_not_wait(pack: IPDT, new_folder: NewFolder) -> None:
    first, watch = new_folder(), Watch()
    GanTrainer(tiny_settings()).train(pack, first)
    GanTrainer(tiny_settings(start=str(first.path), warm_up=4)).train(pack, new_folder(), observers=[watch])
    assert all("generator_loss" in values for values in watch.values)


def test_the_running_mean_goes_on_from_the_one_it_began_with(
    pack: IPDT, new_folder: NewFolder, model: Path
) -> None:
    watch = Watch()
    settings = tiny_settings(start=str(model), warm_up=1, ema_decay=0.9)
    GanTrainer(settings).train(pack, new_folder(), observers=[watch])
    for (_, before, _), (generator, mean, _) in pairwise(watch.weights):
        torch.testing.assert_close(mean, 0.9 * before + 0.1 * generator)


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
