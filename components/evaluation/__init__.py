"""Evaluation: observers that look on while a model is trained, and metrics that judge what it makes."""

from components.evaluation.curves import LossCurves
from components.evaluation.features import FeatureDistances, load_features
from components.evaluation.hiding import SCORED, Return, hiding_score, measure_returns
from components.evaluation.inception import InceptionMetrics
from components.evaluation.memorisation import NearestNeighbours
from components.evaluation.ms_ssim import Diversity
from components.evaluation.real_or_generated import RealOrGenerated
from components.evaluation.samples import SampleSheets
from components.evaluation.sets import Measurement, Metric, PictureSets, to_bytes
from components.evaluation.sliced import SlicedWasserstein
from components.evaluation.ssim import similarity
from components.evaluation.style_measures import StyleMeasures, load_judge, measure_style
from components.evaluation.tensorboard_events import TensorBoardEvents
from components.evaluation.two_sample_test import TwoSampleTest
from components.evaluation.weave import SpectralWeave
from interfaces.ports import TrainingObserver
from interfaces.registry import Registry

__all__ = [
    "OBSERVERS",
    "SCORED",
    "Diversity",
    "FeatureDistances",
    "InceptionMetrics",
    "LossCurves",
    "Measurement",
    "Metric",
    "NearestNeighbours",
    "PictureSets",
    "RealOrGenerated",
    "Return",
    "SampleSheets",
    "SlicedWasserstein",
    "SpectralWeave",
    "StyleMeasures",
    "TensorBoardEvents",
    "TwoSampleTest",
    "hiding_score",
    "load_features",
    "load_judge",
    "measure_returns",
    "measure_style",
    "similarity",
    "to_bytes",
]

OBSERVERS: Registry[TrainingObserver] = Registry(
    "observer",
    {
        "curves": LossCurves,
        "real-or-generated": RealOrGenerated,
        "samples": SampleSheets,
        "tensorboard": TensorBoardEvents,
    },
)
