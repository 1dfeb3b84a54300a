"""The training of a tiny GAN, ways to break into it, and what it leaves."""

import json
from collections.abc import Callable
from typing import Any

from components.training import GanTrainer
from interfaces.igme import IGME
from interfaces.ipdt import IPDT
from interfaces.ports import RunFolder, TrainingView
from storage.run_folder import DirectoryFolder
from tests.unit.training.tiny import tiny_settings


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


def weights(folder: DirectoryFolder) -> bytes:
    return folder.read("model.safetensors")


def log(folder: DirectoryFolder) -> list[dict[str, float]]:
    lines = [json.loads(line) for line in folder.read("log.jsonl").decode().splitlines()]
    return [{key: value for key, value in line.items() if key != "seconds"} for line in lines]
