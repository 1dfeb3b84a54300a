"""The GAN trainer: what it writes, what it refuses, and how it stops."""

import json
import signal
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open

from components.networks.build import load_generator
from components.training import TRAINERS, GanTrainer
from interfaces.errors import CheckpointError, SettingsError
from interfaces.events import Event, Notice, Progress
from interfaces.igme import IGME
from interfaces.ipdt import IPDT
from interfaces.ports import LatentView, RunFolder, TrainingView
from storage.run_folder import DirectoryFolder
from tests.unit.training.tiny import make_pack, tiny_settings

NewFolder = Callable[[], DirectoryFolder]


class At:
    """An observer that does something after one step."""

    def __init__(self, step: int, act: Callable[[TrainingView], bool]) -> None:
        self.step, self.act = step, act
        self.finished = 0

    def observe(self, view: TrainingView, folder: RunFolder) -> bool:
        return self.act(view) if view.step == self.step else True

    def finish(self, folder: RunFolder) -> None:
        self.finished += 1


def train(pack: IPDT, folder: DirectoryFolder, resume: bool = False, **changes: Any) -> IGME:
    model = GanTrainer(tiny_settings(**changes)).train(pack, folder, resume=resume)
    assert model is not None
    return model


def stop(pack: IPDT, folder: DirectoryFolder, step: int, **changes: Any) -> None:
    observer = At(step, lambda _: False)
    resume = bool(folder.names())
    assert (
        GanTrainer(tiny_settings(**changes)).train(pack, folder, resume=resume, observers=[observer]) is None
    )


def weights(folder: DirectoryFolder) -> bytes:
    return folder.read("model.safetensors")


def log(folder: DirectoryFolder) -> list[dict[str, float]]:
    lines = [json.loads(line) for line in folder.read("log.jsonl").decode().splitlines()]
    return [{key: value for key, value in line.items() if key != "seconds"} for line in lines]


def test_the_registry_s_trainers_need_no_arguments() -> None:
    assert [type(TRAINERS[name]()).__name__ for name in TRAINERS] == ["GanTrainer", "EnhancerTrainer"]


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


def test_a_training_stopped_twice_ends_like_an_undisturbed_one(pack: IPDT, new_folder: NewFolder) -> None:
    whole, parts = new_folder(), new_folder()
    train(pack, whole)
    stop(pack, parts, 2)
    assert parts.names("model.*") == []
    stop(pack, parts, 5)
    train(pack, parts, resume=True)
    assert weights(parts) == weights(whole)
    assert log(parts) == log(whole)


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


def test_a_longer_training_goes_on_where_a_shorter_one_ended(pack: IPDT, new_folder: NewFolder) -> None:
    long, extended = new_folder(), new_folder()
    train(pack, long, steps=8)
    train(pack, extended, steps=3)
    train(pack, extended, steps=8, resume=True)
    assert weights(long) == weights(extended)
    with pytest.raises(CheckpointError, match="has 8 steps already, and 4 are wanted"):
        train(pack, extended, steps=4, resume=True)


def test_resuming_a_finished_training_gives_the_same_model(pack: IPDT, new_folder: NewFolder) -> None:
    folder = new_folder()
    assert train(pack, folder) == train(pack, folder, resume=True)


def test_ctrl_c_saves_the_step_under_way_and_interrupts(pack: IPDT, new_folder: NewFolder) -> None:
    whole, parts = new_folder(), new_folder()
    train(pack, whole)

    def interrupt(_: TrainingView) -> bool:
        signal.raise_signal(signal.SIGINT)
        return True

    with pytest.raises(KeyboardInterrupt):
        GanTrainer(tiny_settings()).train(pack, parts, observers=[At(3, interrupt)])
    assert parts.names("checkpoints/*.json") == ["checkpoints/step-000000003.json"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    train(pack, parts, resume=True)
    assert weights(parts) == weights(whole)


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


def test_refuses_checkpoints_of_other_settings_or_data(
    pack: IPDT, tmp_path: Path, new_folder: NewFolder
) -> None:
    folder = new_folder()
    stop(pack, folder, 2)
    with pytest.raises(CheckpointError, match=r"another configuration: .*batch: was 4, is 3.*learning_rate"):
        train(pack, folder, resume=True, batch=3, learning_rate=2e-4)
    with pytest.raises(CheckpointError, match=r"critic.width: was 4, is 8"):
        train(pack, folder, resume=True, critic={"width": 8})
    other = make_pack(tmp_path, fingerprint="b" * 64)
    with pytest.raises(CheckpointError, match=r"fingerprint was a+ \(tiny\), is b+"):
        train(other, folder, resume=True)


def test_goes_on_with_other_data_where_that_is_allowed_and_remembers_both(
    pack: IPDT, tmp_path: Path, new_folder: NewFolder
) -> None:
    folder = new_folder()
    told: list[Event] = []
    stop(pack, folder, 2)
    packs = []
    for letter in "bc":
        (tmp_path / letter).mkdir()
        packs.append(make_pack(tmp_path / letter, images=30, fingerprint=letter * 64))
    for steps, other in zip((4, 6), packs, strict=True):
        settings = tiny_settings(steps=steps, allow_different_data=True)
        model = GanTrainer(settings).train(other, folder, resume=True, listener=told.append)
    assert model is not None
    assert model.training["data_fingerprint"] == "c" * 64
    assert model.training["earlier_data"] == [
        {"dataset": "tiny", "data_fingerprint": "a" * 64, "until_step": 2},
        {"dataset": "tiny", "data_fingerprint": "b" * 64, "until_step": 4},
    ]
    warnings = [event.text for event in told if isinstance(event, Notice) and event.level == "warning"]
    assert [text.endswith("it goes on with the new ones") for text in warnings] == [True, True]
    again = GanTrainer(tiny_settings(steps=7)).train(packs[1], folder, resume=True)
    assert again is not None
    assert again.training["earlier_data"] == model.training["earlier_data"]


def test_other_data_of_other_styles_are_refused_where_the_model_knows_them_apart(
    pack: IPDT, tmp_path: Path, new_folder: NewFolder
) -> None:
    folder = new_folder()
    GanTrainer(tiny_settings(conditional=True, steps=2)).train(pack, folder)
    other = IPDT(**{**dict(make_pack(tmp_path, fingerprint="b" * 64)), "styles": ("realism", "baroque")})
    settings = tiny_settings(conditional=True, steps=4, allow_different_data=True)
    with pytest.raises(
        CheckpointError, match="styles by their place: wanted baroque, realism, got realism, baroq"
    ):
        GanTrainer(settings).train(other, folder, resume=True)


def test_refuses_to_begin_where_a_training_lies(pack: IPDT, new_folder: NewFolder) -> None:
    folder = new_folder()
    stop(pack, folder, 2)
    before = folder.read("log.jsonl")
    with pytest.raises(CheckpointError, match="holds a training already"):
        train(pack, folder)
    assert folder.read("log.jsonl") == before


def test_warns_of_another_thread_count(pack: IPDT, new_folder: NewFolder) -> None:
    folder = new_folder()
    stop(pack, folder, 2)
    events: list[Event] = []
    threads = torch.get_num_threads()
    torch.set_num_threads(threads + 1)
    try:
        GanTrainer(tiny_settings()).train(pack, folder, resume=True, listener=events.append)
    finally:
        torch.set_num_threads(threads)
    (notice,) = [event for event in events if isinstance(event, Notice)]
    assert notice.level == "warning"
    assert f"threads: was {threads}, is {threads + 1}" in notice.text
