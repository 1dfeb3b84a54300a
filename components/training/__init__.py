"""Training: turns a pack into a generative model (IPDT → IGME), or into an enhancement network."""

from components.training.checkpoints.initial_weights import find_start
from components.training.distributed.process_group import follows_torchrun
from components.training.dry_run import Rehearsal, rehearse
from components.training.engine.trial import ConfiguredTrainer
from components.training.enhancer.model import ENHANCER_FILE
from components.training.enhancer.settings import ENHANCER_PRESETS, EnhancerSettings
from components.training.enhancer.trainer import EnhancerTrainer
from components.training.gan.settings import PRESETS, GanSettings
from components.training.gan.trainer import GanTrainer
from components.training.presets import all_presets, any_settings_with, own_settings, settings_with
from components.training.registry import TRAINERS
from components.training.settings.basic import BasicSettings, Teaching

__all__ = [
    "ENHANCER_FILE",
    "ENHANCER_PRESETS",
    "PRESETS",
    "TRAINERS",
    "BasicSettings",
    "ConfiguredTrainer",
    "EnhancerSettings",
    "EnhancerTrainer",
    "GanSettings",
    "GanTrainer",
    "Rehearsal",
    "Teaching",
    "all_presets",
    "any_settings_with",
    "find_start",
    "follows_torchrun",
    "own_settings",
    "rehearse",
    "settings_with",
]
