"""Training: turns a pack into a generative model (IPDT → IGME), or into an enhancement network."""

from components.networks.registry import Registry
from components.training.company import follows_torchrun
from components.training.enhancer import EnhancerTrainer
from components.training.enhancer_model import ENHANCER_FILE
from components.training.enhancer_settings import ENHANCER_PRESETS, EnhancerSettings, TrainingSettings
from components.training.gan import GanTrainer
from components.training.overrides import any_settings_with, settings_with
from components.training.rehearsal import Rehearsal, rehearse
from components.training.settings import PRESETS, GanSettings
from components.training.start import find_start
from interfaces.ports import Trainer

__all__ = [
    "ENHANCER_FILE",
    "ENHANCER_PRESETS",
    "PRESETS",
    "TRAINERS",
    "EnhancerSettings",
    "EnhancerTrainer",
    "GanSettings",
    "GanTrainer",
    "Rehearsal",
    "TrainingSettings",
    "any_settings_with",
    "find_start",
    "follows_torchrun",
    "rehearse",
    "settings_with",
]

TRAINERS: Registry[Trainer] = Registry("trainer", {"gan": GanTrainer, "enhancer": EnhancerTrainer})
"""By the name that the settings which a trainer takes know it by."""
