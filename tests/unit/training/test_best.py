"""The best model so far is kept beside the newest checkpoints, and can be what a training ends with."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from components.networks.build import load_generator
from components.training import GanSettings, GanTrainer
from components.training.gan import best_model
from components.training.gan.diversity import DiversityProbe
from interfaces.errors import StorageError
from interfaces.events import Event, Notice
from interfaces.igme import IGME
from interfaces.ipdt import IPDT
from interfaces.ports import LatentView, RunFolder, TrainingObserver, TrainingView
from storage.run_folder import DirectoryFolder
from tests.unit.training.tiny import make_colours, tiny_settings

NewFolder = Callable[[], DirectoryFolder]
BEST = ["checkpoints/best.json", "checkpoints/best.safetensors"]
LATENTS = torch.ones(3, 5)


class Look:
    """Remembers the images of every step, and can end the training as a kill does."""

    def __init__(self, crash_at: int = 0) -> None:
        self.crash_at = crash_at
        self.seen: dict[int, Tensor] = {}

    def observe(self, view: TrainingView, folder: RunFolder) -> bool:
        assert isinstance(view, LatentView)
        self.seen[view.step] = view.sample(LATENTS)
        if view.step == self.crash_at:
            raise StorageError("the disk is full")
        return True

    def finish(self, folder: RunFolder) -> None:
        """Nothing is left to do."""


@pytest.fixture
def colours(tmp_path: Path) -> IPDT:
    return make_colours(tmp_path)


def settings(**changes: Any) -> GanSettings:
    values = {"steps": 12, "best_every": 2, "best_by": "swd", "final": "best", "learning_rate": 0.05}
    return tiny_settings(**{**values, "ema_decay": 0.5, **changes})


def train(
    pack: IPDT, folder: DirectoryFolder, *observers: TrainingObserver, resume: bool = False, **changes: Any
) -> IGME:
    model = GanTrainer(settings(**changes)).train(pack, folder, resume=resume, observers=observers)
    assert model is not None
    return model


def measured(folder: DirectoryFolder, name: str) -> dict[int, float]:
    lines = map(json.loads, folder.read("log.jsonl").decode().splitlines())
    return {line["step"]: line[name] for line in lines if name in line}


@pytest.mark.parametrize(
    ("best_by", "script", "wanted"),
    [
        ("swd", [0.3, 0.2, 0.15, 0.4, 0.2, 0.3], 6),
        ("diversity", [0.1, 0.5, 1.6, 0.8, 1.4, 0.6], 8),  # 1 is best, and twice as much no worse than half
    ],
)
def test_the_model_is_the_one_that_measured_best(
    colours: IPDT,
    new_folder: NewFolder,
    monkeypatch: pytest.MonkeyPatch,
    best_by: str,
    script: list[float],
    wanted: int,
) -> None:
    # what a real training of twelve steps measures differs from processor to processor
    numbers = iter(script)
    if best_by == "swd":
        monkeypatch.setattr(best_model, "sliced_distance", lambda *_, **__: next(numbers))
    else:
        monkeypatch.setattr(DiversityProbe, "measure", lambda *_: next(numbers))
    folder, look = new_folder(), Look()
    model = train(colours, folder, look, best_by=best_by, log_every=100)
    name, unit = ("swd", 1000) if best_by == "swd" else ("average_diversity", 1)
    found = measured(folder, name)
    assert found == {2 * (index + 1): pytest.approx(unit * value) for index, value in enumerate(script)}
    assert model.training["weights"] == {"best_by": best_by, "value": found[wanted], "step": wanted}
    assert model.training["steps"] == 12
    torch.testing.assert_close(load_generator(model)(LATENTS), look.seen[wanted])


def test_the_last_model_is_the_last_one_although_the_best_is_kept(
    colours: IPDT, new_folder: NewFolder
) -> None:
    folder, look, plain = new_folder(), Look(), new_folder()
    model = train(colours, folder, look, final="last", keep_checkpoints=1, checkpoint_every=1)
    assert model.training["weights"] == "last"
    torch.testing.assert_close(load_generator(model)(LATENTS), look.seen[12])
    assert set(BEST) < set(folder.names("checkpoints/*"))  # however many checkpoints came and went
    other = train(colours, plain, final="last", best_by="none")
    assert plain.names("checkpoints/best*") == []
    assert other.weights_sha256 == model.weights_sha256  # measuring changes nothing


def test_a_killed_training_keeps_the_same_best_model(colours: IPDT, new_folder: NewFolder) -> None:
    whole, killed = new_folder(), new_folder()
    train(colours, whole, checkpoint_every=5)
    for step in (3, 7, 11):
        with pytest.raises(StorageError):
            train(colours, killed, Look(crash_at=step), resume=True, checkpoint_every=5)
    train(colours, killed, resume=True, checkpoint_every=5)
    for name in ("model.safetensors", *BEST):
        assert killed.read(name) == whole.read(name)
    again = train(colours, killed, resume=True)
    assert again.training["weights"] != "last"


def test_another_training_s_best_model_is_forgotten(colours: IPDT, new_folder: NewFolder) -> None:
    folder, alone = new_folder(), new_folder()
    with pytest.raises(StorageError):
        train(colours, folder, Look(crash_at=7), seed=1)  # before its first checkpoint
    assert folder.names("checkpoints/*") == BEST
    train(colours, folder, resume=True)
    train(colours, alone)
    assert folder.read("model.safetensors") == alone.read("model.safetensors")


@pytest.mark.parametrize("damage", ["spoil", "remove", "other metric"])
def test_a_damaged_one_gives_the_last_model_with_a_warning(
    colours: IPDT, new_folder: NewFolder, damage: str
) -> None:
    folder, events = new_folder(), list[Event]()
    last = train(colours, folder, final="last")
    if damage == "spoil":
        folder.write(BEST[1], folder.read(BEST[1])[:-1] + b"x")
    elif damage == "remove":
        folder.delete(BEST[1])
    changes = {"best_by": "diversity"} if damage == "other metric" else {}
    model = GanTrainer(settings(**changes)).train(colours, folder, resume=True, listener=events.append)
    assert model is not None
    assert model.weights_sha256 == last.weights_sha256
    assert model.training["weights"] == "last"
    (warning,) = [event.text for event in events if isinstance(event, Notice) and event.level == "warning"]
    assert "final is best, but no whole best model" in warning


def test_the_best_needs_a_measure() -> None:
    with pytest.raises(ValueError, match="best_by: wanted swd or diversity"):
        settings(best_by="none")
