"""Style transfer that moves the pixels until statistics of features agree."""

from collections.abc import Sequence
from typing import Any, ClassVar

import torch

from components.generation.style_transfer.algorithm import Features
from components.generation.style_transfer.coarse_to_fine import CoarseToFine
from components.generation.style_transfer.layers import weighted_layers
from components.generation.style_transfer.objective import Balance, Criterion, Objective, Targets
from components.generation.style_transfer.statistics import Statistic
from components.generation.style_transfer.steppers import LBFGS, Adam, Stepper
from interfaces.igs import Stylize

__all__ = ["PixelOptimisation"]


class PixelOptimisation(CoarseToFine):
    """Moves the pixels down the gradient of the loss. What differs between the algorithms is the statistic that is the style."""

    uses: ClassVar[frozenset[str]] = CoarseToFine.uses | {
        "smoothness", "content_layers", "style_layers", "optimizer",
    }  # fmt: skip
    balance: ClassVar[Balance]
    """What weights of 1 stand for."""
    content_layers: ClassVar[Sequence[str]] = ("relu4_2",)
    style_layers: ClassVar[Sequence[str]] = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")

    def statistic(self, draw: torch.Generator) -> Statistic[Any]:
        """Return the statistic, with what it draws from ``draw``."""
        raise NotImplementedError

    def layers(self, settings: Stylize) -> Sequence[str]:
        """Return the layers that are compared."""
        chosen = (
            settings.content_layers or self.content_layers,
            settings.style_layers or self.style_layers,
        )
        return [layer for texts in chosen for layer in weighted_layers(texts)]

    def criterion(
        self, features: Features, targets: Targets, settings: Stylize, draw: torch.Generator
    ) -> Criterion:
        """Return the loss at one size."""
        balance = Balance(
            content=self.balance.content * settings.content_weight,
            style=self.balance.style * settings.style_weight,
            smoothness=self.balance.smoothness * settings.smoothness,
        )
        return Objective(
            features,
            targets,
            self.statistic(draw),
            balance,
            weighted_layers(settings.content_layers or self.content_layers),
            weighted_layers(settings.style_layers or self.style_layers),
        )

    def stepper(self, settings: Stylize, falls: int) -> Stepper:
        """Return L-BFGS or Adam, as ``settings`` say; Adam where a loss has not been a number."""
        if falls or settings.optimizer == "adam":
            return Adam(Adam.RATE / 2**falls)
        return LBFGS()
