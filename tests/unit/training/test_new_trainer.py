"""A new kind of training is one module and one line of the registry; the rest it has for nothing."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import load

from components.training import TRAINERS, all_presets, any_settings_with, rehearse, settings_with
from interfaces.errors import SettingsError, UnknownComponentError
from interfaces.events import Event, Notice
from interfaces.ipdt import IPDT
from interfaces.ports import RunFolder, TrainingObserver, TrainingView
from pipeline.component_check.suites import check_component
from pipeline.settings.config import ComponentNames, DataConfig, TrainingConfig
from pipeline.train.training import Learning
from storage.run_folder import DirectoryFolder
from tests.fixture_system.trainer import ToySettings, ToyTrainer
from tests.processes import run_until
from tests.samples import paint
from tests.unit.training.tiny import make_pack

NewFolder = Callable[[], DirectoryFolder]


def train_in(folder: Path, observer: TrainingObserver) -> None:
    trainer, place = ToyTrainer(ToySettings(steps=40, checkpoint_every=7)), DirectoryFolder(folder / "run")
    trainer.train(make_pack(folder), place, resume=True, observers=[observer])


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(TRAINERS._known, "toy", ToyTrainer)  # the one line
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def lines(folder: DirectoryFolder) -> list[dict[str, float]]:
    found = [json.loads(line) for line in folder.read("log.jsonl").decode().splitlines()]
    return [{name: value for name, value in one.items() if name != "seconds"} for one in found]


def test_killed_and_resumed_it_makes_the_bytes_of_one_that_was_left_alone(
    pack: IPDT, new_folder: NewFolder, tmp_path: Path
) -> None:
    whole, killed = new_folder(), DirectoryFolder(tmp_path / "run")
    ToyTrainer(ToySettings(steps=40)).train(pack, whole)
    for kill_at in (9, 17, 30):
        assert run_until(kill_at, train_in, tmp_path) != 0
        assert killed.names("model.*") == []
    model = ToyTrainer(ToySettings(steps=40, checkpoint_every=7)).train(pack, killed, resume=True)
    assert model is not None
    assert killed.read("model.safetensors") == whole.read("model.safetensors")
    assert lines(killed) == lines(whole)
    assert model.training["steps"] == 40
    assert model.training["data_fingerprint"] == pack.fingerprint


def test_a_checkpoint_has_what_the_trainer_named(pack: IPDT, new_folder: NewFolder) -> None:
    folder = new_folder()
    ToyTrainer(ToySettings(checkpoint_every=3)).train(pack, folder)
    note = json.loads(folder.read("checkpoints/step-000000003.json"))
    tensors = load(folder.read("checkpoints/step-000000003.safetensors"))
    assert note["state"] == {"first": [1, 4], "second": [1, 4]}  # 8 and 9 images, two batches of 4 each
    assert tensors["pool.images"].shape == (6, 3, 8, 8)
    assert {"schedule.last_epoch", "schedule.rates", "random.noise", "critic_optimizer.0.exp_avg"} <= {
        *tensors
    }


def test_a_dry_run_says_what_it_will_take(pack: IPDT) -> None:
    found = rehearse(ToyTrainer(ToySettings(steps=40)), pack)
    assert (found.images, found.steps, found.measured_steps) == (17, 40, 5)
    assert found.epochs == pytest.approx(40 * 8 / 17)


def test_its_presets_are_known_and_changed_by_text() -> None:
    assert {"toy", "toy-slow", "wgan-gp", "enhancer-x4"} <= {*all_presets()}
    assert settings_with("toy-slow", {"pool": "9", "generator.width": "8"}) == ToySettings.model_validate(
        {"learning_rate": 1e-4, "pool": 9, "generator": {**dict(ToySettings().generator), "width": 8}}
    )
    with pytest.raises(SettingsError, match=r"unknown setting 'pol'\. Did you mean 'pool'\?"):
        any_settings_with("toy", {"pol": "9"})


def test_it_passes_the_checks_of_every_trainer() -> None:
    verdicts = check_component("trainer", "toy")
    assert [one for one in verdicts if not one.passed] == []
    assert len(verdicts) > 5


def test_the_pipeline_trains_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTGEN_CACHE", str(tmp_path / "cache"))
    for style in ("ink", "oil"):
        (tmp_path / "pictures" / style).mkdir(parents=True)
        for number in range(6):
            paint(32, 32, seed=number).save(tmp_path / "pictures" / style / f"{number}.png")
    hint = tmp_path / "hint"
    hint.write_text("go left")
    training = TrainingConfig(preset="toy", overrides={"steps": "3", "hint": str(hint), "device": "cpu"})
    learning = Learning(DataConfig(source=str(tmp_path / "pictures")), training, folder=tmp_path / "out")
    assert learning.rehearse().steps == learning.total_steps == 3
    model = learning.train(resume=False)
    assert model is not None
    assert model.training["settings"]["hint"] == "hint"  # type: ignore[index,call-overload]
    assert len(str(model.training["hint_sha256"])) == 64
    assert (tmp_path / "out" / "samples.gif").is_file()


def test_that_of_somebody_else_needs_no_line(
    tmp_path: Path, pack: IPDT, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(TRAINERS._known, "toy")
    name = "tests.fixture_system.trainer:ToyTrainer"
    assert any_settings_with("toy-slow", {"pool": "9"}, name) == ToySettings(learning_rate=1e-4, pool=9)
    with pytest.raises(UnknownComponentError, match=r"unknown preset 'toy-slo'.*Did you mean 'toy-slow'"):
        any_settings_with("toy-slo", {}, name)
    learning = Learning(
        DataConfig(source="none"), TrainingConfig(preset="toy"), ComponentNames(trainer=name), folder=tmp_path
    )
    monkeypatch.setattr(learning, "_pack", pack)
    assert learning.rehearse().images == 17
    verdicts = check_component("trainer", name)
    assert [one for one in verdicts if not one.passed] == []


class Paints:
    """An observer of noise."""

    needs_latents = True

    def __init__(self) -> None:
        self.finished = self.looked = False

    def observe(self, view: TrainingView, folder: RunFolder) -> bool:
        self.looked = True
        return True

    def finish(self, folder: RunFolder) -> None:
        self.finished = True


def test_who_needs_noise_is_left_out_with_a_word(tmp_path: Path, new_folder: NewFolder) -> None:
    told: list[Event] = []
    observer = Paints()
    ToyTrainer().train(make_pack(tmp_path), new_folder(), observers=[observer], listener=told.append)
    assert not observer.looked
    words = [event.text for event in told if isinstance(event, Notice)]
    assert words == [
        "Paints looks on no longer: it needs a model that makes pictures of noise, which this training has not"
    ]
