"""Orchestrator, configuration, runs and command line: the only part that knows all components.

Names are imported when they are first asked for (PEP 562).
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.orchestrator.assembly import assemble
    from pipeline.orchestrator.pipeline import Pipeline
    from pipeline.settings.config import PipelineConfig, load_config

__all__ = ["Pipeline", "PipelineConfig", "assemble", "load_config"]

_MODULES = {
    "Pipeline": "orchestrator.pipeline",
    "PipelineConfig": "settings.config",
    "assemble": "orchestrator.assembly",
    "load_config": "settings.config",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module 'pipeline' has no attribute {name!r}")
    return getattr(import_module(f"pipeline.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
