"""Evaluation: observers that look on while a model is trained."""

from components.evaluation.curves import LossCurves
from components.evaluation.samples import SampleSheets
from components.networks.registry import Registry
from interfaces.ports import TrainingObserver

__all__ = ["OBSERVERS", "LossCurves", "SampleSheets"]

OBSERVERS: Registry[TrainingObserver] = Registry("observer", {"curves": LossCurves, "samples": SampleSheets})
