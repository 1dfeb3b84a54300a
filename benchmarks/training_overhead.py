"""How long is an epoch, and how much of it is spent outside the steps: data, log, checkpoints, observers?

    python -m benchmarks.training_overhead [--preset wgan-gp] [--device D] [--steps 20] [--width N] [--json]

Trains on a synthetic pack of 60,000 pictures of 64 px and notes what each part takes. The goal is less than 5 % in
all. What is not done in every step is measured where it happens, and spread over the steps or seconds from one time
to the next: sheets of samples over the preset's epochs, looks at the diversity and at the best model over the steps
between two, a checkpoint over 120 seconds, curves over 15 seconds or 100 times what they take (which is how often
they are drawn). The time before the first step and after the last one stands by itself.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, final

import numpy as np

from components.evaluation import OBSERVERS, SampleSheets
from components.evaluation.samples import interval
from components.training import PRESETS, GanSettings, GanTrainer, gan
from components.training.engine.batches import Batches
from components.training.engine.recorder import Recorder
from components.training.gan.best_model import BestModel
from components.training.gan.collapse_monitor import CollapseWatch
from interfaces.ipdt import IPDT
from interfaces.ports import RunFolder, TrainingObserver, TrainingView
from pipeline.settings.config import ComponentNames
from storage.run_folder import DirectoryFolder

GOAL = 0.05
IMAGES, SIDE = 60_000, 64
SHEET_STEPS = 100  # as by default
OBSERVED = (*ComponentNames().observers, "tensorboard")

Times = defaultdict[str, list[float]]


@final
class Timed:
    """Passes everything on to an observer, and notes how long it takes."""

    def __init__(self, name: str, observer: TrainingObserver, times: Times) -> None:
        self._name = name
        self._observer = observer
        self._times = times

    def observe(self, view: TrainingView, folder: RunFolder) -> bool:
        """Look."""
        begin = time.perf_counter()
        answer = self._observer.observe(view, folder)
        self._times[self._name].append(time.perf_counter() - begin)
        return answer

    def finish(self, folder: RunFolder) -> None:
        """End."""
        begin = time.perf_counter()
        self._observer.finish(folder)
        self._times[f"{self._name}, at the end"].append(time.perf_counter() - begin)


@contextmanager
def timing(times: Times, **functions: tuple[Any, str]) -> Iterator[None]:
    """Note how long each call of ``owner.name`` takes, for every part given as ``part=(owner, name)``."""

    def timed(part: str, call: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(call)
        def run(*args: Any, **kwargs: Any) -> Any:
            begin = time.perf_counter()
            try:
                return call(*args, **kwargs)
            finally:
                times[part].append(time.perf_counter() - begin)

        return run

    before = {part: getattr(owner, name) for part, (owner, name) in functions.items()}
    for part, (owner, name) in functions.items():
        setattr(owner, name, timed(part, before[part]))
    try:
        yield
    finally:
        for part, (owner, name) in functions.items():
            setattr(owner, name, before[part])


def make_pack(folder: Path, channels: int, side: int) -> IPDT:
    """Return a memory-mapped pack of noise."""
    path = folder / "images.npy"
    images = np.lib.format.open_memmap(path, "w+", np.uint8, (IMAGES, side, side, channels))
    rng = np.random.default_rng(0)
    for start in range(0, IMAGES, 1000):
        images[start : start + 1000] = rng.integers(0, 256, (1000, side, side, channels), np.uint8)
    del images
    return IPDT(
        dataset="noise",
        fingerprint="0" * 64,
        folder=folder,
        images=np.load(path, mmap_mode="r"),
        labels=np.arange(IMAGES) % 10,
        is_test=np.zeros(IMAGES, np.uint8),
        styles=tuple("abcdefghij"),
    )


def measure(settings: GanSettings, folder: Path) -> Times:
    """Train, and return the seconds of every call of every part."""
    times: Times = defaultdict(list)
    made = {name: OBSERVERS.resolve(name)() for name in OBSERVED}
    made["samples"] = SampleSheets(every=settings.steps or 1)  # one sheet, to be spread over the steps
    observers = [Timed(name, observer, times) for name, observer in made.items()]
    generator = settings.generator
    pack = make_pack(folder, generator.channels, generator.side)
    with timing(
        times,
        step=(gan, "advance"),
        data=(Batches, "take_labelled"),
        log=(Recorder, "note"),
        checkpoint=(Recorder, "save"),
        watch=(CollapseWatch, "look"),
        best=(BestModel, "consider"),
        training=(GanTrainer, "train"),
    ):
        GanTrainer(settings).train(
            pack, DirectoryFolder(folder / "run"), observers=observers, listener=lambda _: None
        )
    return times


def shares(times: Times, settings: GanSettings) -> tuple[dict[str, float], float]:
    """Return which part of a long training's time each part outside of the steps takes, and a step's whole time."""
    # the first step prepares what all others use
    steps = len(times["step"]) - 1
    batches = len(times["data"]) // (steps + 1)
    data = statistics.fmean(times["data"][batches:]) * batches
    step = statistics.fmean(times["step"][1:]) - data
    seconds = {
        "data": data,
        "log": statistics.fmean(times["log"][1:]),
    }
    for name in OBSERVED:
        seconds[name] = statistics.fmean(times[name][1:])
    usual = PRESETS["wgan-gp"]
    seconds["watch"] = max(times["watch"]) / usual.watch_every
    seconds["best"] = max(times["best"]) / usual.best_every
    seconds["samples"] = times["samples"][-1] * sheets_per_step(settings)
    seconds["curves"] = statistics.median(times["curves"][1:])  # what is drawn counts below
    rates = {
        "checkpoints": max(times["checkpoint"]) / settings.checkpoint_seconds,
        "drawing": min(0.01, sum(times["curves, at the end"]) / 15),
    }
    # what is spread over seconds takes its share of all time, and leaves the rest to the steps
    whole = (step + sum(seconds.values())) / (1 - sum(rates.values()))
    return {**{part: value / whole for part, value in seconds.items()}, **rates}, whole


def sheets_per_step(settings: GanSettings) -> float:
    """Return how many sheets of samples the whole training makes for each of its steps."""
    length = {"steps": None, "epochs": None}
    total = GanSettings.model_validate({**dict(settings), **length}).total_steps(IMAGES)
    return sum(step % interval(step, SHEET_STEPS) == 0 for step in range(1, total + 1)) / total


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--preset", choices=sorted(PRESETS), default="wgan-gp")
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--width", type=int, help="of both networks' narrowest layer; for a rehearsal")
    parser.add_argument("--features", help="path of the frozen features, for presets that have some")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    values = PRESETS[options.preset].model_dump()
    if options.width:
        values["generator"]["width"] = values["critic"]["width"] = options.width
    if options.features:
        values["critic"]["features"] = options.features
    steps = max(2, options.steps)
    changes = {"steps": steps, "watch_every": steps, "device": options.device}
    settings = GanSettings.model_validate({**values, **changes})
    with tempfile.TemporaryDirectory() as name:
        times = measure(settings, Path(name))
    parts, whole = shares(times, settings)
    epoch = whole * (IMAGES // settings.batch) / settings.critic_steps
    ends = sum(times["training"]) - sum(sum(times[part]) for part in ("step", "log", *OBSERVED))
    if options.json:
        print(json.dumps({"shares": parts, "sum": sum(parts.values()), "goal": GOAL, "epoch_s": epoch}))
        return
    print(f"a step of {options.preset}: {statistics.fmean(times['step'][1:]):.4f} s")
    for part, share in parts.items():
        print(f"{part:12} {share:7.3%}")
    print(f"{'sum':12} {sum(parts.values()):7.3%} (goal: less than {GOAL:.0%})")
    print(f"an epoch of {IMAGES:,} pictures: {epoch:.1f} s (goal on an H200: 5; the paper: 995)")
    print(f"before the first step and after the last: {ends:.1f} s")


if __name__ == "__main__":
    main()
