"""Which trials a sweep makes: decided before the first one begins, so that a kill changes nothing."""

import json
from collections.abc import Mapping, Sequence
from math import prod
from typing import TYPE_CHECKING, Any

from pydantic import JsonValue

from components.training import settings_with
from interfaces.errors import RunError, SettingsError
from interfaces.events import Listener, Notice
from interfaces.ports import RunFolder
from pipeline.settings.config import TrainingConfig
from pipeline.settings.dotted import to_text
from pipeline.settings.json_files import read_object
from pipeline.sweep.settings import Dimension, SweepSettings, Value

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.samplers import BaseSampler

__all__ = ["Point", "check_points", "distributions_of", "draw_points", "training_of", "write_plan"]

Point = Mapping[str, Value]
"""One value for each dimension of the space."""

PLAN_FILE = "plan.json"
_TRIES = 100
"""Draws for each point that is wanted, before the space counts as exhausted."""


def draw_points(settings: SweepSettings) -> list[Point]:
    """Return the points of all trials, no two alike, in the order in which they are tried.

    Equal settings give equal points, and a smaller ``count`` gives the first ones of a larger.

    Raises:
        SettingsError: the space has fewer points than ``count``.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    space = {name: list(one.values or ()) for name, one in settings.space.items()}
    size = prod(map(len, space.values())) if all(space.values()) else None
    wanted = settings.count if settings.count is not None else size or 0
    sampler: BaseSampler = (
        optuna.samplers.GridSampler(space, seed=settings.seed)
        if settings.sampler == "grid"
        else optuna.samplers.RandomSampler(seed=settings.seed)
    )
    study = optuna.create_study(sampler=sampler)
    distributions = distributions_of(settings)
    points: dict[tuple[Value, ...], Point] = {}
    tries = 0
    while len(points) < wanted:
        tries += 1
        if tries > _TRIES * wanted or (size is not None and wanted > size):
            held = size if size is not None else len(points)
            raise SettingsError(f"count: the space has {held} different points, got {wanted}")
        drawn = study.ask(distributions).params
        points.setdefault(tuple(drawn.values()), drawn)
    return list(points.values())


def distributions_of(settings: SweepSettings) -> dict[str, "BaseDistribution"]:
    """Return the space as Optuna knows it."""
    return {name: _distribution(dimension) for name, dimension in settings.space.items()}


def _distribution(dimension: Dimension) -> "BaseDistribution":
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if dimension.values is not None:
        return CategoricalDistribution(dimension.values)
    low, high = dimension.low, dimension.high
    if isinstance(low, int) and isinstance(high, int):
        return IntDistribution(low, high, log=dimension.log)
    return FloatDistribution(float(low or 0), float(high or 0), log=dimension.log)


def training_of(settings: SweepSettings, point: Point) -> TrainingConfig:
    """Return what the trial at ``point`` trains.

    What the trainings of its kind should do in a sweep, stop where they collapse, say, they do unless the file says otherwise.
    """
    values: dict[str, Any] = {
        **settings_with(settings.preset, {}).in_a_sweep,
        **settings.fixed,
        **point,
        "steps": settings.steps,
    }
    return TrainingConfig(
        preset=settings.preset, overrides={name: to_text(value) for name, value in values.items()}
    )


def check_points(settings: SweepSettings, points: Sequence[Point]) -> dict[int, str]:
    """Return, by number, the points that make no sense, each with the reason.

    Raises:
        SettingsError: a problem is that of every point, so that it is the file's, or no point is left.
    """
    refused: dict[int, Sequence[str]] = {}
    for number, point in enumerate(points, start=1):
        training = training_of(settings, point)
        try:
            settings_with(training.preset, training.overrides)
        except SettingsError as error:
            refused[number] = error.problems
    if len(refused) == len(points):
        shared = [problem for problem in refused[1] if all(problem in others for others in refused.values())]
        reasons = dict.fromkeys("; ".join(problems) for problems in refused.values())
        raise SettingsError(
            *(shared or [f"no point of the space makes sense: {reason}" for reason in reasons])
        )
    return {number: "; ".join(problems) for number, problems in refused.items()}


def write_plan(
    folder: RunFolder,
    settings: SweepSettings,
    points: Sequence[Point],
    fingerprint: str,
    *,
    resume: bool,
    listener: Listener,
) -> None:
    """Write ``plan.json``, or check that it is the one in the folder.

    Args:
        folder: of the sweep.
        settings: what to try.
        points: of all trials.
        fingerprint: of the data.
        resume: go on with the sweep in the folder.
        listener: is told where there is none.

    Raises:
        RunError: the folder holds a sweep and ``resume`` is False, or it holds another one.
    """
    mine: dict[str, JsonValue] = {
        "settings": settings.model_dump(mode="json"),
        "data_fingerprint": fingerprint,
        "points": [dict(point) for point in points],
    }
    before = read_object(folder.path / PLAN_FILE)
    if before and not resume:
        raise RunError(
            f"{folder.path} holds a sweep already: go on with it (--resume), or take another folder (--out)"
        )
    if resume and not before:
        listener(Notice(level="info", text=f"{folder.path} holds no sweep: it starts at the beginning"))
    differing = _differences(before, mine) if before else []
    if differing:
        raise RunError(
            f"{folder.path} holds another sweep: {', '.join(differing)} differ. Only `count` may grow: give the "
            "same settings and data, or another folder (--out)"
        )
    folder.write(PLAN_FILE, json.dumps(mine, indent=1).encode())


def _differences(before: dict[str, JsonValue], now: dict[str, JsonValue]) -> list[str]:
    """Return what may not differ and does; the trials so far must be the first ones of now."""
    old, new = before.get("settings"), now["settings"]
    if not isinstance(old, dict) or not isinstance(new, dict):
        return ["settings"]
    free = {"count", "keep_checkpoints"}
    names = [name for name in new if name not in free and old.get(name) != new[name]]
    if before.get("data_fingerprint") != now["data_fingerprint"]:
        names.append("the pictures")
    points, earlier = now["points"], before.get("points")
    if not names and (
        not isinstance(points, list) or not isinstance(earlier, list) or points[: len(earlier)] != earlier
    ):
        names.append("the points")
    return names
