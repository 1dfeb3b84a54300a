"""The GAN trainer: what it writes, what it tells, and what it refuses."""

import json
import signal
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open

from components.networks.build import load_generator
from components.training import TRAINERS, GanTrainer
from interfaces.errors import SettingsError
from interfaces.events import Event, Notice, Progress
from interfaces.igme import IGME
from interfaces.ipdt import IPDT
from interfaces.ports import LatentView, TrainingView
from storage.run_folder import DirectoryFolder
from tests.unit.training.tiny import make_pack, tiny_settings
from tests.unit.training.tiny_gan import At, log, train, weights

NewFolder = Callable[[], DirectoryFolder]


def test_the_registry_s_trainers_need_no_arguments() -> None:
    made = [type(TRAINERS[name]()).__name__ for name in TRAINERS]
    assert made == ["GanTrainer", "EnhancerTrainer", "StyleTrainer", "TranslationTrainer"]


def test_writes_a_model_that_can_be_loaded(pack: IPDT, new_folder: NewFolder) -> None:
    folder = new_folder()
    model = train(pack, folder, licence="CC0-1.0")
    described = json.loads(folder.read("model.json"))
    assert described["weights_path"] == "model.safetensors"
    assert IGME.model_validate({**described, "weights_path": model.weights_path}) == model
    assert model.styles == pack.styles
    assert model.licence == "CC0-1.0"
    assert model.training["data_fingerprint"] == pack.fingerprint
    assert (model.training["steps"], model.training["images"]) == (6, 17)
    images = load_generator(model)(torch.zeros(2, 5))
    assert images.shape == (2, 3, 8, 8)
    with safe_open(model.weights_path, "pt") as file:
        assert json.loads(file.metadata()["artgen"])["licence"] == "CC0-1.0"


def test_logs_every_interval_and_the_last_step(pack: IPDT, new_folder: NewFolder) -> None:
    folder = new_folder()
    train(pack, folder, log_every=4)
    lines = log(folder)
    assert [line["step"] for line in lines] == [4, 6]
    assert lines[-1]["images"] == 6 * 2 * 4
    assert set(lines[0]) == {
        *("step", "epoch", "images", "generator_loss", "critic_loss", "wasserstein"),
        *("real_score", "fake_score", "penalty", "gradient_norm"),
    }
    assert json.loads(folder.read("settings.json"))["log_every"] == 4


def test_equal_seeds_give_equal_bytes_and_others_do_not(pack: IPDT, new_folder: NewFolder) -> None:
    one, same, other = new_folder(), new_folder(), new_folder()
    train(pack, one)
    train(pack, same)
    train(pack, other, seed=1)
    assert weights(one) == weights(same)
    assert log(one) == log(same)
    assert weights(one) != weights(other)


def test_half_precision_weights_take_half_the_room(pack: IPDT, new_folder: NewFolder) -> None:
    full, half = new_folder(), new_folder()
    images = load_generator(train(pack, full))(torch.ones(1, 5))
    rounded = load_generator(train(pack, half, store_half=True))(torch.ones(1, 5))
    assert len(weights(half)) < 0.75 * len(weights(full))
    torch.testing.assert_close(images, rounded, atol=5e-3, rtol=0)


def test_leaves_its_data_alone(pack: IPDT, new_folder: NewFolder) -> None:
    before = np.array(pack.images)
    train(pack, new_folder())
    assert (np.load(pack.folder / "images.npy") == before).all()


@pytest.mark.parametrize("normalisation", ["none", "batch", "layer"])
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_trains_with_every_normalisation_at_every_precision(
    pack: IPDT, new_folder: NewFolder, normalisation: str, precision: str
) -> None:
    generator = {"side": 8, "width": 4, "latent": 5, "normalisation": normalisation, "hidden_dense": True}
    critic = {"width": 4, "normalisation": "layer", "extra_layers": 1}
    model = train(pack, new_folder(), generator=generator, critic=critic, precision=precision, steps=2)
    assert load_generator(model)(torch.ones(1, 5)).isfinite().all()


def test_grey_pictures_train_a_grey_generator(tmp_path: Path, new_folder: NewFolder) -> None:
    colour = make_pack(tmp_path)
    grey = IPDT(**{**dict(colour), "images": np.ascontiguousarray(colour.images[:, :, :, :1])})
    model = train(grey, new_folder(), generator={"side": 8, "width": 4, "latent": 5, "channels": 1})
    assert load_generator(model)(torch.ones(1, 5)).shape == (1, 1, 8, 8)


def test_looking_at_samples_changes_nothing(pack: IPDT, new_folder: NewFolder) -> None:
    plain, watched = new_folder(), new_folder()
    train(pack, plain)
    seen: list[torch.Tensor] = []

    def look(view: TrainingView) -> bool:
        assert isinstance(view, LatentView)
        seen.append(view.sample(torch.ones(3, view.latent)))
        return True

    GanTrainer(tiny_settings()).train(pack, watched, observers=[At(step, look) for step in (1, 3, 6)])
    assert weights(plain) == weights(watched)
    assert [tuple(images.shape) for images in seen] == [(3, 3, 8, 8)] * 3
    model = IGME(
        **{**json.loads(watched.read("model.json")), "weights_path": watched.path / "model.safetensors"}
    )
    torch.testing.assert_close(load_generator(model)(torch.ones(3, 5)), seen[-1])


def test_observers_are_told_the_end_once_and_not_after_an_error(pack: IPDT, new_folder: NewFolder) -> None:
    def fail(_: TrainingView) -> bool:
        raise RuntimeError("out of ink")

    def interrupt(_: TrainingView) -> bool:
        signal.raise_signal(signal.SIGINT)
        return True

    def end(step: int, act: Callable[[TrainingView], bool], expected: type[BaseException] | None) -> int:
        watch, folder = At(step, act), new_folder()
        with pytest.raises(expected) if expected else nullcontext():
            GanTrainer(tiny_settings(steps=3)).train(pack, folder, observers=[watch])
        return watch.finished

    assert end(9, lambda _: True, None) == 1
    assert end(2, lambda _: False, None) == 1
    assert end(2, interrupt, KeyboardInterrupt) == 1
    assert end(2, fail, RuntimeError) == 0


def test_keeps_the_newest_checkpoints(pack: IPDT, new_folder: NewFolder) -> None:
    folder = new_folder()
    train(pack, folder, checkpoint_every=1, keep_checkpoints=3)
    names = [
        f"checkpoints/step-00000000{step}.{kind}" for step in (4, 5, 6) for kind in ("json", "safetensors")
    ]
    assert folder.names("checkpoints/*") == names


def test_tells_its_progress(pack: IPDT, new_folder: NewFolder) -> None:
    events: list[Event] = []
    GanTrainer(tiny_settings()).train(pack, new_folder(), resume=True, listener=events.append)
    assert isinstance(events[0], Notice)
    assert "holds no checkpoint: training starts at the beginning" in events[0].text
    last = events[-1]
    assert isinstance(last, Progress)
    assert (last.stage, last.unit, last.done, last.total) == ("training", "steps", 6, 6)


def test_refuses_settings_that_do_not_fit_the_pack(pack: IPDT, new_folder: NewFolder) -> None:
    with pytest.raises(SettingsError) as caught:
        train(pack, new_folder(), generator={"side": 16, "width": 4, "channels": 1})
    assert len(caught.value.problems) == 2
    assert "generator.side: wanted 8, as in the pack tiny, got 16" in caught.value.problems[0]
    with pytest.raises(SettingsError, match="batch: wanted at most the 17 training images"):
        train(pack, new_folder(), batch=18)


def test_stops_with_words_when_the_losses_diverge(pack: IPDT, new_folder: NewFolder) -> None:
    folder = new_folder()
    with pytest.raises(SettingsError, match=r"diverged in step \d+: .* last good checkpoint is none"):
        train(pack, folder, penalty_weight=1e39)
    assert folder.names("checkpoints/*") == []
