"""Training: turns a pack into a generative model (IPDT → IGME), or into an enhancement network.

Names are imported when they are first asked for (PEP 562): what trains takes seconds to import, and the names of presets
are wanted without it.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from components.training.checkpoints.initial_weights import find_start
    from components.training.distributed.process_group import follows_torchrun
    from components.training.dry_run import Rehearsal, rehearse
    from components.training.engine.trial import ConfiguredTrainer
    from components.training.enhancer.model import ENHANCER_FILE
    from components.training.enhancer.settings import ENHANCER_PRESETS, EnhancerSettings
    from components.training.enhancer.trainer import EnhancerTrainer
    from components.training.gan.presets import PRESETS
    from components.training.gan.settings import GanSettings
    from components.training.gan.trainer import GanTrainer
    from components.training.presets import all_presets, any_settings_with, own_settings, settings_with
    from components.training.registry import TRAINERS
    from components.training.settings.basic import BasicSettings, Teaching
    from components.training.style.settings import STYLE_PRESETS, StyleSettings
    from components.training.style.trainer import StyleTrainer
    from components.training.translation.settings import TRANSLATION_PRESETS, TranslationSettings
    from components.training.translation.trainer import TranslationTrainer

__all__ = [
    "ENHANCER_FILE",
    "ENHANCER_PRESETS",
    "PRESETS",
    "STYLE_PRESETS",
    "TRAINERS",
    "TRANSLATION_PRESETS",
    "BasicSettings",
    "ConfiguredTrainer",
    "EnhancerSettings",
    "EnhancerTrainer",
    "GanSettings",
    "GanTrainer",
    "Rehearsal",
    "StyleSettings",
    "StyleTrainer",
    "Teaching",
    "TranslationSettings",
    "TranslationTrainer",
    "all_presets",
    "any_settings_with",
    "find_start",
    "follows_torchrun",
    "own_settings",
    "rehearse",
    "settings_with",
]

_MODULES = {
    "BasicSettings": "settings.basic",
    "ConfiguredTrainer": "engine.trial",
    "ENHANCER_FILE": "enhancer.model",
    "ENHANCER_PRESETS": "enhancer.settings",
    "EnhancerSettings": "enhancer.settings",
    "EnhancerTrainer": "enhancer.trainer",
    "GanSettings": "gan.settings",
    "GanTrainer": "gan.trainer",
    "PRESETS": "gan.presets",
    "Rehearsal": "dry_run",
    "STYLE_PRESETS": "style.settings",
    "StyleSettings": "style.settings",
    "StyleTrainer": "style.trainer",
    "TRAINERS": "registry",
    "TRANSLATION_PRESETS": "translation.settings",
    "Teaching": "settings.basic",
    "TranslationSettings": "translation.settings",
    "TranslationTrainer": "translation.trainer",
    "all_presets": "presets",
    "any_settings_with": "presets",
    "find_start": "checkpoints.initial_weights",
    "follows_torchrun": "distributed.process_group",
    "own_settings": "presets",
    "rehearse": "dry_run",
    "settings_with": "presets",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module 'components.training' has no attribute {name!r}")
    return getattr(import_module(f"components.training.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
