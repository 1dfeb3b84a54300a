"""Trainers and observers that are right but for one thing each."""

from typing import Any

import torch

from components.training import GanSettings, GanTrainer
from interfaces.igme import IGME
from interfaces.ipdt import IPDT
from interfaces.ports import RunFolder, TrainingView


class GoodTrainer:
    def __init__(self, settings: GanSettings) -> None:
        self._trainer = GanTrainer(settings)

    def train(self, data: IPDT, folder: RunFolder, **options: Any) -> IGME | None:
        return self._trainer.train(data, folder, **options)


class NeverStops(GoodTrainer):
    def train(self, data: IPDT, folder: RunFolder, **options: Any) -> IGME | None:
        watched = [_Deaf(observer) for observer in options.pop("observers", ())]
        return super().train(data, folder, **{**options, "observers": watched, "resume": True})


class _Deaf:
    def __init__(self, observer: Any) -> None:
        self._observer = observer

    def observe(self, view: TrainingView, folder: RunFolder) -> bool:
        self._observer.observe(view, folder)
        return True

    def finish(self, folder: RunFolder) -> None:
        self._observer.finish(folder)


class ForgetsToSayGoodbye(GoodTrainer):
    def train(self, data: IPDT, folder: RunFolder, **options: Any) -> IGME | None:
        watched = [_Endless(observer) for observer in options.pop("observers", ())]
        return super().train(data, folder, **{**options, "observers": watched})


class _Endless:
    def __init__(self, observer: Any) -> None:
        self._observer = observer

    def observe(self, view: TrainingView, folder: RunFolder) -> bool:
        return bool(self._observer.observe(view, folder))

    def finish(self, folder: RunFolder) -> None:
        pass


class SeedsEverybodysDice(GoodTrainer):
    def train(self, data: IPDT, folder: RunFolder, **options: Any) -> IGME | None:
        torch.manual_seed(0)
        return super().train(data, folder, **options)


class AnswersNothing:
    def observe(self, view: TrainingView, folder: RunFolder) -> None:
        return None

    def finish(self, folder: RunFolder) -> None:
        pass


class TurnsTheKnobs:
    """Changes the weights that it is shown."""

    def observe(self, view: Any, folder: RunFolder) -> bool:
        with torch.no_grad():
            for parameter in view.state.average.parameters():
                parameter.mul_(0.5)
        return True

    def finish(self, folder: RunFolder) -> None:
        pass
