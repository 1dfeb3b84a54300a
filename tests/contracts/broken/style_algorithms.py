"""Algorithms of style transfer that are right but for one thing each."""

from typing import ClassVar

import torch
from torch import Tensor

from components.generation.style_transfer import Task
from interfaces.ports import Attendant


class GoodAlgorithm:
    """Tints the content with the first pixel of each style."""

    needs_features: ClassVar[bool] = False
    uses: ClassVar[frozenset[str]] = frozenset({"blend"})

    def transfer(self, task: Task, attendant: Attendant) -> Tensor:
        image = self.paint(task)
        attendant.draft(image)
        attendant.progress(1, 1)
        return image

    def paint(self, task: Task) -> Tensor:
        return (task.content + self.tint(task)).clamp(-1, 1)

    def tint(self, task: Task) -> Tensor:
        shares = zip(task.styles, task.blend, strict=True)
        return 0.1 * torch.stack([share * style[..., :1, :1] for style, share in shares]).sum(0)


class CutsARow(GoodAlgorithm):
    def paint(self, task: Task) -> Tensor:
        return super().paint(task)[:, :, 1:]


class ChangesItsInput(GoodAlgorithm):
    """Writes where it does not read."""

    def paint(self, task: Task) -> Tensor:
        task.styles[1][..., -1, -1] = 0
        return super().paint(task)


class NeverTheSame(GoodAlgorithm):
    calls: int = 0

    def paint(self, task: Task) -> Tensor:
        self.calls += 1
        return super().paint(task) * (1 - 0.01 * self.calls)


class MixesTheLastOneIn(GoodAlgorithm):
    last: Tensor | None = None

    def paint(self, task: Task) -> Tensor:
        before, self.last = self.last, task.content
        if before is None or torch.equal(before, task.content):
            return super().paint(task)
        return super().paint(task) * 0.9 + before * 0.1


class OverlooksTheContent(GoodAlgorithm):
    def paint(self, task: Task) -> Tensor:
        return torch.zeros_like(task.content) + self.tint(task)


class OverlooksTheStyle(GoodAlgorithm):
    def tint(self, task: Task) -> Tensor:
        return torch.tensor(0.1)


class BlendsAsItLikes(GoodAlgorithm):
    def tint(self, task: Task) -> Tensor:
        return super().tint(task) + 0.01 * task.styles[1][..., :1, :1]


class UsesMoreThanItNames(GoodAlgorithm):
    def tint(self, task: Task) -> Tensor:
        return super().tint(task) * task.settings.smoothness


class CountsTooFar(GoodAlgorithm):
    def transfer(self, task: Task, attendant: Attendant) -> Tensor:
        attendant.progress(2, 1)
        return self.paint(task)


class HearsNoStop(GoodAlgorithm):
    def transfer(self, task: Task, attendant: Attendant) -> Tensor:
        try:
            return super().transfer(task, attendant)
        except Exception:  # what the check is about
            return self.paint(task)


class BeginsAnewWithLess(GoodAlgorithm):
    """What it has kept leads elsewhere."""

    def transfer(self, task: Task, attendant: Attendant) -> Tensor:
        kept = attendant.kept()
        attendant.keep(b"half")
        attendant.progress(1, 2)
        attendant.progress(2, 2)
        return self.paint(task) * (1 if kept is None else 0.5)


class DraftsInBytes(GoodAlgorithm):
    def transfer(self, task: Task, attendant: Attendant) -> Tensor:
        attendant.draft(((self.paint(task) + 1) * 127.5).byte())
        return super().transfer(task, attendant)


class DrawsFromEverybodysDice(GoodAlgorithm):
    def paint(self, task: Task) -> Tensor:
        torch.manual_seed(task.seed)
        return super().paint(task)
