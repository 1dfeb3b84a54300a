"""Which trainers there are."""

from components.training.engine.trial import ConfiguredTrainer
from components.training.enhancer.trainer import EnhancerTrainer
from components.training.gan.trainer import GanTrainer
from components.training.style.trainer import StyleTrainer
from components.training.translation.trainer import TranslationTrainer
from interfaces.registry import Registry

__all__ = ["TRAINERS"]

TRAINERS: Registry[ConfiguredTrainer] = Registry(
    "trainer",
    {
        "gan": GanTrainer,
        "enhancer": EnhancerTrainer,
        "style": StyleTrainer,
        "translation": TranslationTrainer,
    },
)
"""By the name that the settings which a trainer takes know it by. One line here makes a trainer known everywhere: its
presets, its dry run, its checks."""
