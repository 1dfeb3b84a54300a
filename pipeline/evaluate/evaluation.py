"""Judging a model: pictures it makes against the real ones, with every measurement that can be taken."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from time import monotonic
from typing import Literal, Self, final

import numpy as np
import torch
from pydantic import Field, JsonValue, ValidationError

from components.evaluation import (
    Diversity,
    FeatureDistances,
    InceptionMetrics,
    Measurement,
    Metric,
    NearestNeighbours,
    PictureSets,
    SlicedWasserstein,
    SpectralWeave,
    TwoSampleTest,
    load_features,
    to_bytes,
)
from components.generation import GENERATORS
from components.networks.runtime import describe_runtime
from components.ui.settings import problems_of
from interfaces.contract import Contract
from interfaces.errors import ArtgenError, DataError, SettingsError, UnknownComponentError
from interfaces.events import Listener, Notice, Progress
from interfaces.igme import IGME
from interfaces.igs import IGS, MAX_COUNT
from interfaces.ipdt import IPDT
from interfaces.ports import RunFolder, WeightStore
from pipeline.evaluate.feature_files import INCEPTION, with_file
from pipeline.factories.registries import make_component
from pipeline.factories.stores import weight_store
from pipeline.settings.config import ComponentNames, DataConfig
from pipeline.train.data import prepare, tell_start

__all__ = ["ENOUGH", "FEWEST", "REPORT_FILE", "Evaluation", "EvaluationSettings", "Split", "metrics_of"]

REPORT_FILE = "evaluation.json"
ENOUGH = 2048
"""Pictures below which a Fréchet distance is mostly bias."""
FEWEST = 16
"""Pictures below which nothing is compared."""

Split = Literal["auto", "train", "test"]


class EvaluationSettings(Contract):
    """What to compare, and on which features."""

    count: int = Field(ENOUGH, ge=FEWEST, le=1_000_000)
    """Generated pictures; as many real ones are taken twice."""
    seed: int = Field(0, ge=0, le=2**52)
    """Picture *i* has the seed ``seed + i``; all else that is drawn depends on it too."""
    style: str | None = None
    """Compare pictures of this style alone."""
    split: Split = "auto"
    """Real pictures to compare with; auto takes the test split where there is one."""
    features: tuple[str, ...] = ()
    """``squeezenet``, ``vgg19``, ``inception``, whose weights are looked for; ``squeezenet:PATH``, ``vgg19:PATH``."""
    inception: Path | None = None
    """Weights of FID's Inception network."""

    @classmethod
    def of(cls, **values: object) -> Self:
        """Return the settings of these values.

        Raises:
            SettingsError: listing all that is wrong at once.
        """
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise SettingsError(*problems_of(error, cls, "")) from error


@final
class Evaluation:
    """One model and one data source, ready to be compared.

    Args:
        model: makes the pictures.
        data: the real ones; they are prepared at the model's size.
        settings: how many, which, on what features.
        components: which stores, preprocessor and generator.
        listener: is told every event.

    Raises:
        SettingsError: a setting is wrong; all problems at once.
        WeightsError: a feature network's file is missing, or another one.
    """

    def __init__(
        self,
        model: IGME,
        data: DataConfig,
        settings: EvaluationSettings | None = None,
        components: ComponentNames | None = None,
        *,
        listener: Listener | None = None,
    ) -> None:
        self._model = model
        size = {"side": model.architecture.side, "channels": model.architecture.channels}
        self._data = DataConfig.model_validate({**data.model_dump(), "options": {**data.options, **size}})
        self._settings = settings or EvaluationSettings()
        self._components = components or ComponentNames()
        self._listener = listener
        self._warnings: list[str] = []
        self._metrics = metrics_of(self._settings, weight_store(self._components))

    def run(self, folder: RunFolder) -> dict[str, JsonValue]:
        """Measure, write ``evaluation.json`` and the pictures that go with it to ``folder``, and return the report.

        Raises:
            DataError: there are too few real pictures.
            SettingsError: the model or the data have no such style.
        """
        started = monotonic()
        pack = prepare(self._data, self._components, self._listener)
        split, rows = self._choose(pack)
        count = min(self._settings.count, len(rows) // 2)
        self._warn(count, len(rows), split)
        order = np.random.default_rng(self._settings.seed).permutation(rows)
        training = np.flatnonzero(pack.is_test == 0)
        sets = PictureSets(
            generated=self._generate(count),
            pack=pack.images,
            real=np.sort(order[:count]),
            other=np.sort(order[count : 2 * count]),
            training=training if len(training) > 1 else np.arange(len(pack.images)),
        )
        tell_start(self._listener, "evaluation", "metrics")
        found = [number for metric in self._metrics for number in metric.measure(sets, folder, self._tell)]
        report = self._report(found, pack, split, sets, round(monotonic() - started, 2))
        folder.write(REPORT_FILE, json.dumps(report, indent=1, ensure_ascii=False).encode())
        return report

    def _choose(self, pack: IPDT) -> tuple[str, np.ndarray]:
        """Return the split to compare with, and its rows."""
        wanted = self._settings.split
        split = wanted if wanted != "auto" else "test" if pack.is_test.any() else "train"
        chosen = pack.is_test == (split == "test")
        if self._settings.style is not None:
            if self._settings.style not in pack.styles:
                raise UnknownComponentError("style of the data", self._settings.style, pack.styles)
            chosen = chosen & (pack.labels == pack.styles.index(self._settings.style))
        rows = np.flatnonzero(chosen)
        if len(rows) < 2 * FEWEST:
            of_style = f" of style {self._settings.style}" if self._settings.style else ""
            raise DataError(
                f"wanted at least {2 * FEWEST} real pictures (twice {FEWEST}: the second half gives the floor), "
                f"got {len(rows)} in the {split} split{of_style} of {pack.dataset}; take more pictures, or another "
                "--split"
            )
        return split, rows

    def _warn(self, count: int, real: int, split: str) -> None:
        if count < self._settings.count:
            self._notice(
                f"the {split} split has {real} pictures: {count} of them and {count} others are compared with "
                f"{count} generated ones, not {self._settings.count}"
            )
        if count < ENOUGH and (self._settings.features or self._settings.inception):
            self._notice(
                f"Fréchet distances and FID of {count} pictures are mostly bias, fewer than {ENOUGH} are too few: "
                "go by the kernel distance (on Inception features: KID), which is unbiased"
            )

    def _notice(self, text: str) -> None:
        self._warnings.append(text)
        if self._listener is not None:
            self._listener(Notice(level="warning", text=text))

    def _tell(self, what: str, done: int, total: int) -> None:
        if self._listener is not None:
            self._listener(Progress(stage="evaluation", done=done, total=total, unit="", detail=what))

    def _generate(self, count: int) -> torch.Tensor:
        name = self._components.generator or "noise"
        tell_start(self._listener, "generation", name)
        generator = make_component(GENERATORS, name)
        pictures: list[torch.Tensor] = []
        for settings in self._requests(count):
            for data in generator.generate(settings, self._model):
                pictures.append(to_bytes(data.images))
                if self._listener is not None:
                    done = sum(map(len, pictures))
                    self._listener(Progress(stage="generation", done=done, total=count))
        return torch.cat(pictures)

    def _requests(self, count: int) -> Iterator[IGS]:
        for start in range(0, count, MAX_COUNT):
            yield IGS(
                count=min(MAX_COUNT, count - start),
                seed=self._settings.seed + start,
                style=self._settings.style,
            )

    def _report(
        self, found: Sequence[Measurement], pack: IPDT, split: str, sets: PictureSets, seconds: float
    ) -> dict[str, JsonValue]:
        n, seed = len(sets.generated), self._settings.seed
        return {
            "model": {"name": self._model.name, "sha256": self._model.weights_sha256},
            "data": {"dataset": pack.dataset, "fingerprint": pack.fingerprint, "split": split},
            "style": self._settings.style,
            "generated": n,
            "real": n,
            "other_real": n,
            "training_pictures": len(sets.training),
            "side": pack.side,
            "resize": _RESIZE.get(self._components.preprocessor, self._components.preprocessor),
            "seeds": {"first": seed, "last": seed + n - 1, "evaluation": seed},
            "measurements": [asdict(number) for number in found],
            "warnings": [*self._warnings],
            "runtime": describe_runtime(_device(), "torchmetrics", "torch-fidelity"),
            "seconds": seconds,
        }


_RESIZE = {"square": "centred square, bicubic with antialiasing, 8 bit"}


def metrics_of(settings: EvaluationSettings, weights: WeightStore) -> list[Metric]:
    """Return every measurement that can be taken.

    Raises:
        SettingsError: a feature network's file is missing, or another one; all problems at once.
    """
    problems: list[str] = []
    seed = settings.seed
    on_features: list[Metric] = []
    given = () if settings.inception is None else (f"{INCEPTION}:{settings.inception}",)
    for wanted in dict.fromkeys((*settings.features, *given)):
        try:
            on_features.append(_on_features(wanted, weights, seed))
        except ArtgenError as error:
            problems.append(str(error))
    if problems:
        raise SettingsError(*problems)
    return [
        SlicedWasserstein(seed=seed), SpectralWeave(), Diversity(), TwoSampleTest(seed=seed), NearestNeighbours(),
        *on_features,
    ]  # fmt: skip


def _on_features(wanted: str, weights: WeightStore, seed: int) -> Metric:
    name, colon, path = with_file(wanted, weights).partition(":")
    if name == INCEPTION:
        return InceptionMetrics(Path(path), seed=seed)
    return FeatureDistances(load_features(f"{name}{colon}{path}"), seed=seed)


def _device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")
