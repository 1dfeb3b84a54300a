"""A class-area map of 100x100 points in few large passes, against one image after the other.

    python -m benchmarks.lab MODEL CLASSIFIER [--singles 100] [--repeats 3] [--threads 1] [--json]

MODEL is a trained model with a latent space of two numbers, CLASSIFIER a folder of `artgen lab classifier`. All ways take the same
weights and threads in one process, and take turns, since the speed of a shared machine changes. Image by image is done twice:
``loop`` is the barest one, a latent vector through the generator, the image through the classifier; ``pipeline`` asks artgen's own
generation for each picture, as one did before there was a map. Both make ``--singles`` points, spread over the square, and their
times are scaled to 10,000. The classes of those points are compared. The goal is a ratio of 10.
"""

import argparse
import json
import platform
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from components.exploration import LatentExplorer, grid, load_classifier, map_classes
from components.generation.noise import generated
from components.networks.build import load_generator
from components.networks.latents import wanted_latent
from interfaces.igme import Latent
from interfaces.igs import IGS
from pipeline.factories.stores import local_models

GOAL = 10.0
POINTS = 100
SINGLE = ("loop", "pipeline")


def timed(work: Callable[[], np.ndarray]) -> tuple[np.ndarray, float, float]:
    """Return what ``work`` makes, its seconds, and those of the processor."""
    wall, processor = time.perf_counter(), time.process_time()
    made = work()
    return made, time.perf_counter() - wall, time.process_time() - processor


def read_options() -> argparse.Namespace:
    """Return what was typed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model")
    parser.add_argument("classifier", type=Path)
    parser.add_argument("--singles", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def make_ways(options: argparse.Namespace, chosen: np.ndarray) -> dict[str, Callable[[], np.ndarray]]:
    """Return what makes classes: of all points together, and of the chosen ones one after the other."""
    model = local_models().get(options.model)
    explorer, network, judge = (
        LatentExplorer(model),
        load_generator(model),
        load_classifier(options.classifier),
    )
    points = grid(2, POINTS)

    def sample(latents: Tensor, _: int | None) -> Tensor:
        return explorer.images(latents)

    def together() -> np.ndarray:
        (found,) = map_classes(sample, wanted_latent(model.architecture), judge, points=POINTS)
        return found.classes.ravel()

    @torch.no_grad()
    def one_by_one() -> np.ndarray:
        return np.array([int(judge.network(network(points[row : row + 1])).argmax()) for row in chosen])

    def picture(row: int) -> Tensor:
        def latents(_seeds: Sequence[int], _takes: Latent) -> Tensor:
            return points[row : row + 1]

        (data,) = generated(IGS(count=1, seed=0), model, "lab", latents)
        return data.images[:, :1]

    def by_pipeline() -> np.ndarray:
        return np.array([int(judge.classify(picture(row)).classes[0]) for row in chosen])

    return {"together": together, "loop": one_by_one, "pipeline": by_pipeline}


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Return seconds, ratios, and the share of the chosen points that have the same class in every way."""
    chosen = np.linspace(0, POINTS**2 - 1, options.singles).round().astype(int)
    ways = make_ways(options, chosen)
    for work in ways.values():
        work()
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    processor: dict[str, list[float]] = {name: [] for name in ways}
    equal = 1.0
    for _ in range(options.repeats):
        made = {}
        for name, work in ways.items():
            made[name], wall, cpu = timed(work)
            scale = 1.0 if name == "together" else POINTS**2 / options.singles
            seconds[name].append(wall * scale)
            processor[name].append(cpu * scale)
        equal = min(equal, *(float(np.mean(made["together"][chosen] == made[name])) for name in SINGLE))
    ratios = {name: {"wall": ratio(seconds, name), "processor": ratio(processor, name)} for name in SINGLE}
    return {
        "seconds": seconds,
        "processor_seconds": processor,
        "ratios": ratios,
        "goal": GOAL,
        "equal": equal,
    }


def ratio(times: Mapping[str, Sequence[float]], name: str) -> float:
    """Return how many times as long a way takes as all together: the median of neighbouring turns."""
    return statistics.median(one / all_ for one, all_ in zip(times[name], times["together"], strict=True))


def main() -> None:
    """Measure and print."""
    options = read_options()
    torch.set_num_threads(options.threads)
    found = measure(options)
    if options.json:
        about = {"threads": options.threads, "machine": platform.processor(), "torch": torch.__version__}
        print(json.dumps({**found, **about}))
        return
    for name, seconds in found["seconds"].items():
        cpu = statistics.median(found["processor_seconds"][name])
        print(f"10,000 points, {name}: {statistics.median(seconds):.1f} s, of the processor {cpu:.1f} s")
    for name, times in found["ratios"].items():
        print(
            f"together is {times['wall']:.1f} times as fast as {name} (processor time {times['processor']:.1f}; goal: {GOAL:g})"
        )
    print(f"{100 * found['equal']:.1f} % of the classes are the same")


if __name__ == "__main__":
    main()
