"""Judging a translation: what it makes of held-out pictures, what comes back of that, and how much is hidden in between."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from time import monotonic
from typing import Any, final

import numpy as np
import torch
from pydantic import JsonValue
from torch import Tensor

from components.evaluation import (
    Measurement,
    PictureSets,
    hiding_score,
    measure_returns,
    similarity,
    to_bytes,
)
from components.networks.build import load_generator
from components.networks.runtime import describe_runtime
from components.networks.translation import Direction, TranslationNet
from interfaces.errors import SettingsError
from interfaces.events import Listener, Notice, Progress
from interfaces.igme import IGME
from interfaces.ipdt import IPDT
from interfaces.ports import RunFolder
from pipeline.evaluate.evaluation import FEWEST, REPORT_FILE, EvaluationSettings, Split, metrics_of
from pipeline.factories.stores import weight_store
from pipeline.settings.config import ComponentNames, DataConfig
from pipeline.train.data import prepare, tell_start
from storage.run_folder import DirectoryFolder

__all__ = ["TranslationEvaluation"]

_WAYS: Sequence[Direction] = ("a-to-b", "b-to-a")


@final
class TranslationEvaluation:
    """A translation and the pictures of both domains, ready to be compared.

    Args:
        model: translates.
        data: two domains, A and B, as it was trained on; they are prepared at the size that it learnt on.
        settings: how many, which, on what features.
        components: which stores and preprocessor.
        listener: is told every event.

    Raises:
        SettingsError: a style is asked for.
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
        size = {"side": model.architecture.side, "channels": 3}
        self._data = DataConfig.model_validate({**data.model_dump(), "options": {**data.options, **size}})
        self._settings = settings or EvaluationSettings()
        self._components = components or ComponentNames()
        self._listener = listener
        self._warnings: list[str] = []
        if self._settings.style is not None:
            raise SettingsError(
                f"style: wanted none, since {model.name!r} translates, got {self._settings.style}"
            )
        self._metrics = metrics_of(self._settings, weight_store(self._components))

    def run(self, folder: RunFolder) -> dict[str, JsonValue]:
        """Measure, write ``evaluation.json`` to ``folder``, and return the report.

        Raises:
            SettingsError: the data are not two domains, or those of the model the other way round.
        """
        started = monotonic()
        pack = prepare(self._data, self._components, self._listener)
        self._check(pack)
        networks = load_generator(self._model)
        assert isinstance(networks, TranslationNet)  # noqa: S101  # what its architecture describes
        split, rows = self._choose(pack)
        found: list[JsonValue] = []
        numbers: list[Measurement] = []
        for way in _WAYS:
            if way == "a-to-b" or networks.b_to_a is not None:
                of_way, of_domain = self._measure(networks, way, rows, pack, folder)
                found.append(of_way)
                numbers += [
                    replace(one, key=f"{way} {one.key}", name=f"{way}: {one.name}") for one in of_domain
                ]
        report: dict[str, JsonValue] = {
            "model": {"name": self._model.name, "sha256": self._model.weights_sha256},
            "data": {"dataset": pack.dataset, "fingerprint": pack.fingerprint, "split": split},
            "domains": list(pack.styles),
            "side": pack.side,
            "generated": sum(map(len, rows)),
            "directions": found,
            "measurements": [asdict(one) for one in numbers],
            "seed": self._settings.seed,
            "warnings": [*self._warnings],
            "runtime": describe_runtime(torch.device("cpu")),
            "seconds": round(monotonic() - started, 2),
        }
        folder.write(REPORT_FILE, json.dumps(report, indent=1, ensure_ascii=False).encode())
        return report

    def _check(self, pack: IPDT) -> None:
        if len(pack.styles) != 2:
            raise SettingsError(
                f"{pack.dataset}: wanted two domains, got {len(pack.styles)} ({', '.join(pack.styles[:5])}); give two "
                "sources, A and B"
            )
        if pack.styles == self._model.styles[::-1]:
            raise SettingsError(
                f"{pack.dataset}: wanted A {self._model.styles[0]} and B {self._model.styles[1]}, as {self._model.name!r} "
                "learnt them, got them the other way round"
            )

    def _choose(self, pack: IPDT) -> tuple[Split, Sequence[np.ndarray]]:
        """Return the split, and the rows of A and of B to look at."""
        wanted = self._settings.split
        split: Split = wanted if wanted != "auto" else "test" if pack.is_test.any() else "train"
        found = []
        for style, name in enumerate(pack.styles):
            rows = np.flatnonzero((pack.is_test == (split == "test")) & (pack.labels == style))
            if not len(rows):
                raise SettingsError(
                    f"{pack.dataset}: wanted pictures of {name} in the {split} split, got none; give another --split"
                )
            order = np.random.default_rng(self._settings.seed).permutation(rows)
            found.append(np.sort(order[: self._settings.count]))
        return split, found

    def _measure(
        self,
        networks: TranslationNet,
        way: Direction,
        rows: Sequence[np.ndarray],
        pack: IPDT,
        folder: RunFolder,
    ) -> tuple[dict[str, Any], Sequence[Measurement]]:
        """Return what a report says of one direction, and the numbers of it for a table."""
        start = _WAYS.index(way)
        given, wanted = rows[start], rows[1 - start]
        there = networks.towards(way)
        pictures = _pictures(pack, given)
        tell_start(self._listener, "evaluation", way)
        report: dict[str, Any] = {"direction": way, "pictures": len(given)}
        numbers: list[Measurement] = []
        if networks.b_to_a is not None:
            back = networks.towards(_WAYS[1 - start])
            returns = measure_returns(
                there, back, pictures, self._settings.seed, self._teller(f"{way} and back")
            )
            report["returns"] = [each._asdict() for each in returns]
            report["hiding_score"] = hiding_score(returns)
            numbers += [
                Measurement("hiding", "hiding score (1: nothing is hidden)", report["hiding_score"], "lower"),
                Measurement("cycle_l1", "error of what comes back (L1)", returns[0].error, "lower"),
                Measurement("cycle_ssim", "SSIM of what comes back", returns[0].ssim, "higher"),
            ]
        else:
            report["no_way_back"] = (
                f"{self._model.name!r} learnt the way from {pack.styles[0]} to {pack.styles[1]} alone: there is no way back, so "
                "that no reconstruction and no hiding score can be measured"
            )
        with torch.no_grad():
            made = torch.cat([to_bytes(there(one)) for one in pictures.split(1)])
        if self._learnt_pairs():
            truth = report["truth"] = _against_truth(made, given, wanted, pack)
            if truth["pairs"]:
                numbers += [
                    Measurement("truth_l1", "error against the truth (L1)", truth["error"], "lower"),
                    Measurement("truth_ssim", "SSIM against the truth", truth["ssim"], "higher"),
                ]
        numbers += self._distances(made, wanted, pack, way, folder)
        return report, numbers

    def _learnt_pairs(self) -> bool:
        settings = self._model.training.get("settings")
        return isinstance(settings, dict) and bool(settings.get("paired"))

    def _distances(
        self, made: Tensor, wanted: np.ndarray, pack: IPDT, way: str, folder: RunFolder
    ) -> Iterator[Measurement]:
        """Yield how far results are from pictures of their domain, beside how far these are from each other."""
        count = min(len(made), len(wanted) // 2)
        if count < FEWEST:
            self._notice(
                f"{way}: {len(made)} results and {len(wanted)} pictures of their domain are too few for distances, which want "
                f"{FEWEST} and {2 * FEWEST}"
            )
            return
        below = DirectoryFolder(folder.path / way)
        order = np.random.default_rng(self._settings.seed).permutation(wanted)
        label = pack.labels[wanted[0]]
        sets = PictureSets(
            generated=made[:count],
            pack=pack.images,
            real=np.sort(order[:count]),
            other=np.sort(order[count : 2 * count]),
            training=np.flatnonzero((pack.is_test == 0) & (pack.labels == label)),
        )
        for metric in self._metrics:
            yield from metric.measure(sets, below, self._tell)

    def _teller(self, what: str) -> Any:
        return lambda done, total: self._tell(what, done, total)

    def _tell(self, what: str, done: int, total: int) -> None:
        if self._listener is not None:
            self._listener(Progress(stage="evaluation", done=done, total=total, unit="", detail=what))

    def _notice(self, text: str) -> None:
        self._warnings.append(text)
        if self._listener is not None:
            self._listener(Notice(level="warning", text=text))


def _against_truth(made: Tensor, given: np.ndarray, wanted: np.ndarray, pack: IPDT) -> dict[str, Any]:
    """Return how far results are from the other pictures of their pairs, which have the same names."""
    partners = {pack.names[row]: row for row in wanted.tolist()}
    pairs = [
        (place, partners[pack.names[row]])
        for place, row in enumerate(given.tolist())
        if pack.names[row] in partners
    ]
    errors, alike = [], []
    for place, row in pairs:
        truth, result = _pictures(pack, np.array([row])), made[place : place + 1].float() / 127.5 - 1
        errors.append(float((result - truth).abs().mean() / 2))
        alike.append(similarity(result, truth))
    if not pairs:
        return {"pairs": 0}
    return {"pairs": len(pairs), "error": float(np.mean(errors)), "ssim": float(np.mean(alike))}


def _pictures(pack: IPDT, rows: np.ndarray) -> Tensor:
    pixels = torch.from_numpy(np.ascontiguousarray(pack.images[rows]))
    return pixels.permute(0, 3, 1, 2).float().div(127.5).sub(1).contiguous()  # (N, H, W, C) -> (N, C, H, W)
