"""Training: turns a pack into a generative model (IPDT → IGME), or into an enhancement network."""

from components.training.checkpoints.initial_weights import find_start
from components.training.distributed.process_group import follows_torchrun
from components.training.dry_run import Rehearsal, rehearse
from components.training.enhancer.model import ENHANCER_FILE
from components.training.enhancer.settings import ENHANCER_PRESETS, EnhancerSettings, TrainingSettings
from components.training.enhancer.trainer import EnhancerTrainer
from components.training.gan.settings import PRESETS, GanSettings
from components.training.gan.trainer import GanTrainer
from components.training.presets import any_settings_with, settings_with
from interfaces.ports import Trainer
from interfaces.registry import Registry

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
