"""Training: turns a pack into a generative model (IPDT → IGME)."""

from components.networks.registry import Registry
from components.training.company import follows_torchrun
from components.training.gan import GanTrainer
from components.training.overrides import settings_with
from components.training.rehearsal import Rehearsal, rehearse
from components.training.settings import PRESETS, GanSettings
from interfaces.ports import Trainer

__all__ = [
    "PRESETS",
    "TRAINERS",
    "GanSettings",
    "GanTrainer",
    "Rehearsal",
    "follows_torchrun",
    "rehearse",
    "settings_with",
]

TRAINERS: Registry[Trainer] = Registry("trainer", {"gan": GanTrainer})
