"""What came of a training: the row that it has in a table like the third one of the paper on art with GANs."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from pydantic import Field, JsonValue

from components.training import ENHANCER_FILE, BasicSettings, all_presets
from interfaces.contract import Contract
from interfaces.errors import RunError
from interfaces.marks import Free, free_settings, machine_settings
from interfaces.runs import RunRecord
from pipeline.evaluate.evaluation import REPORT_FILE
from pipeline.settings.dotted import flatten
from pipeline.settings.json_files import read_lines, read_object
from storage.known_stores import find_run, folder_of, is_at
from storage.run_queue import SqlRunQueue, is_orphaned

__all__ = ["Collapse", "TrainingSummary", "find_trainings", "summarise"]

_LAST = 100
"""Lines at the end of the log whose mean is a final value: one step's losses are mostly noise."""
_PLACE = {"step", "epoch", "images", "seconds"}


class Collapse(Contract):
    """One detection of a mode collapse, a line of ``collapses.jsonl``."""

    step: int
    epoch: int
    """From 0, as in the log."""
    kind: str = ""
    action: str = ""


class TrainingSummary(Contract):
    """One training in numbers."""

    name: str
    """Of its folder."""
    folder: Path
    run: str | None
    """Id of the run that trained it; None where it was part of another run."""
    state: str
    """Of the run; ``killed`` where its process is gone, ``unfinished`` where there is no run and no model."""
    preset: str
    """The nearest one."""
    differs: dict[str, JsonValue]
    """Settings that are not the preset's."""
    images: int | None
    """In the data set; None before the first epoch's end, unless the training is done."""
    steps: int
    """Of the generator, so far."""
    total_steps: int | None
    seen: int
    """Images that the critic has seen so far."""
    epochs: float | None
    seconds: float
    seconds_per_epoch: float | None
    collapses: tuple[Collapse, ...]
    final: dict[str, float]
    """Values of the log: the mean of its last 100 lines, or the last one of what is not in any of them."""
    measurements: dict[str, float]
    """Of ``artgen evaluate``, by key."""
    floors: dict[str, float]
    """The same between two lots of real pictures."""
    notes: tuple[str, ...] = Field(())
    """What the reader should know of these numbers."""


def find_trainings(given: Sequence[str]) -> list[tuple[Path, str | None]]:
    """Return the training folders that ``given`` names, each with the id of its run where that was given.

    Args:
        given: run ids or training folders; the folder of a sweep stands for its trials.

    Raises:
        RunError: something is neither.
    """
    found: list[tuple[Path, str | None]] = []
    problems = []
    for name in given:
        try:
            found += _find(name)
        except RunError as error:
            problems.append(str(error))
    if problems:
        raise RunError("; ".join(problems))
    return list(dict.fromkeys(found))


def _find(name: str) -> list[tuple[Path, str | None]]:
    folder, run = Path(name).expanduser().absolute(), None
    if not folder.exists():
        try:
            root, run = find_run(name), name
        except RunError as error:
            raise RunError(f"{error} Nor is there a folder of that name") from error
        record = SqlRunQueue(root).get(run)
        if record.kind not in ("train", "sweep", "study"):
            raise RunError(f"run {run}: wanted a training or a sweep, got a run of kind {record.kind}")
        own = folder_of(record, root)
        if own is None:
            raise RunError(
                f"run {run} is {record.state}, and has not trained a step: {record.message}".rstrip(": ")
            )
        folder = own
    if _is_training(folder):
        return [(folder, run)]
    trials = [(trial, None) for trial in sorted(folder.glob("trials/*")) if _is_training(trial)]
    if not trials:
        raise RunError(
            f"{folder}: wanted the folder of a training, with settings.json or model.json, or of a sweep; got neither"
        )
    return [*trials]


def _is_training(folder: Path) -> bool:
    return (folder / "settings.json").is_file() or (folder / "model.json").is_file()


def summarise(folder: Path, run: str | None, runs: Sequence[tuple[RunRecord, Path]]) -> TrainingSummary:
    """Return the numbers of the training in ``folder``, whatever state it is in.

    Args:
        folder: has ``settings.json`` or ``model.json``.
        run: id of its run; None takes the newest one that wrote there.
        runs: all that may have, newest first, each with the root of its store.

    Raises:
        DataError: a file of the training is damaged.
        StorageError: one cannot be read.
    """
    model = read_object(folder / "model.json") or read_object(folder / ENHANCER_FILE)
    training: dict[str, Any] = model.get("training") or {}
    settings = read_object(folder / "settings.json") or training.get("settings") or {}
    log = list(read_lines(folder / "log.jsonl"))
    last = log[-1] if log else {}
    here = [record for record, root in runs if record.kind == "train" and is_at(folder, record, root)]
    run, state, total = _state(here, run, finished=bool(model))
    preset, differs = _nearest_preset(settings)
    steps = int(last.get("step", training.get("steps", 0)))
    seen = int(last.get("images", _images_of(settings) * steps))
    images, per_epoch = _data_size(training, settings, log)
    epochs = seen / per_epoch if per_epoch else None
    seconds = float(last.get("seconds", training.get("seconds", 0.0)))
    measurements, floors, notes = _evaluation(folder, model)
    return TrainingSummary(
        name=folder.name,
        folder=folder,
        run=run,
        state=state,
        preset=preset,
        differs=differs,
        images=images,
        steps=steps,
        total_steps=total,
        seen=seen,
        epochs=epochs,
        seconds=seconds,
        seconds_per_epoch=seconds / epochs if epochs else None,
        collapses=tuple(
            Collapse(**{name: line[name] for name in Collapse.model_fields if name in line})
            for line in read_lines(folder / "collapses.jsonl")
        ),
        final=_final(log),
        measurements=measurements,
        floors=floors,
        notes=notes,
    )


def _state(
    records: Sequence[RunRecord], run: str | None, *, finished: bool
) -> tuple[str | None, str, int | None]:
    """Return the run's id, its state in a word, and the steps that it was to make."""
    record = next((one for one in records if run in (None, one.id)), None)
    if record is None:
        return run, "done" if finished else "unfinished", None
    killed = record.state == "running" and is_orphaned(record)
    return record.id, "killed" if killed else record.state, record.total


def _nearest_preset(settings: Mapping[str, Any]) -> tuple[str, dict[str, JsonValue]]:
    """Return the preset with the fewest settings that differ, and those; an older file may lack some."""
    mine = flatten(settings)
    found = {name: _differences(mine, preset) for name, preset in all_presets().items()}
    best = min(found, key=lambda name: len(found[name]))
    return best, found[best]


def _differences(mine: Mapping[str, Any], preset: BasicSettings) -> dict[str, JsonValue]:
    theirs = flatten(preset.model_dump(mode="json"))
    # what does not make another training of it
    apart = free_settings(preset, Free.METHOD, Free.RESULT) | machine_settings(preset)
    return {
        name: value
        for name, value in mine.items()
        if name not in apart and _comparable(value) != _comparable(theirs.get(name))
    }


def _comparable(value: object) -> object:
    # frozen features are named by a path here and by a plain name there
    return Path(value).name.removesuffix(".safetensors") if isinstance(value, str) and value else value


def _images_of(settings: Mapping[str, Any]) -> int:
    """Return how many images of the data set one step takes."""
    return int(settings.get("batch", 0)) * int(settings.get("critic_steps", 1))


def _data_size(
    training: Mapping[str, Any], settings: Mapping[str, Any], log: Sequence[Mapping[str, Any]]
) -> tuple[int | None, float | None]:
    """Return the size of the data set where it is known, and how many of its images one epoch takes."""
    if "images" in training:
        images, batch = int(training["images"]), int(settings.get("batch", 1))
        return images, images // batch * batch
    # a training under way says in which epoch it is, and how many images it has seen by then
    newest = log[-1]["epoch"] if log else 0
    if not newest:
        return None, None
    first = next(line for line in log if line["epoch"] == newest)
    return None, max(first["images"] - _images_of(settings), 1) / newest


def _final(log: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    found: dict[str, float] = {}
    for line in log:  # what was measured rarely stands as it was last
        found |= {name: value for name, value in line.items() if name not in _PLACE}
    lines = log[-_LAST:]
    return {
        name: fmean([line[name] for line in lines if name in line] or [last]) for name, last in found.items()
    }


def _evaluation(
    folder: Path, model: Mapping[str, Any]
) -> tuple[dict[str, float], dict[str, float], tuple[str, ...]]:
    report = read_object(folder / REPORT_FILE)
    if not report:
        return {}, {}, ()
    if report["model"]["sha256"] != model.get("weights_sha256"):
        return {}, {}, (f"{REPORT_FILE} is of other weights than model.json: evaluate again",)
    found = report["measurements"]
    notes = [
        f"{report['generated']} pictures",
        f"{report['data']['dataset']}, {report['data']['split']} split",
    ]
    return (
        {one["key"]: one["value"] for one in found},
        {one["key"]: one["floor"] for one in found if one.get("floor") is not None},
        (f"measured on {' of '.join(notes)}",),
    )
