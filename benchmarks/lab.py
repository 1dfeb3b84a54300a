"""A class-area map of 100x100 points in few large passes, against one image after the other.

    python -m benchmarks.lab MODEL CLASSIFIER [--singles 200] [--repeats 3] [--threads 1] [--json]

MODEL is a trained model with a latent space of two numbers, CLASSIFIER a folder of `artgen lab classifier`. Both ways take the same
networks and threads in one process, and take turns, since the speed of a shared machine changes. Image by image is the plain loop:
a latent vector through the generator, the image through the classifier, the class into its place; it makes ``--singles`` points,
spread over the square, and its time is scaled to 10,000. The classes of those points are compared.
The goal is a ratio of 10.
"""

import argparse
import json
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from components.exploration import LatentExplorer, grid, load_classifier, map_classes
from components.networks.build import load_generator
from components.networks.latents import wanted_latent
from pipeline.factories.stores import local_models

GOAL = 10.0
POINTS = 100


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
    parser.add_argument("--singles", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def main() -> None:
    """Measure and print."""
    options = read_options()
    torch.set_num_threads(options.threads)
    model = local_models().get(options.model)
    explorer, network, judge = (
        LatentExplorer(model),
        load_generator(model),
        load_classifier(options.classifier),
    )
    points = grid(2, POINTS)
    chosen = np.linspace(0, len(points) - 1, options.singles).round().astype(int)

    def together() -> np.ndarray:
        def sample(latents: Tensor, _: int | None) -> Tensor:
            return explorer.images(latents)

        (found,) = map_classes(sample, wanted_latent(model.architecture), judge, points=POINTS)
        return found.classes.ravel()

    @torch.no_grad()
    def one_by_one() -> np.ndarray:
        return np.array([int(judge.network(network(points[row : row + 1])).argmax()) for row in chosen])

    ways = {"together": together, "one by one": one_by_one}
    together()
    one_by_one()
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    processor: dict[str, list[float]] = {name: [] for name in ways}
    equal = 1.0
    for _ in range(options.repeats):
        made = {}
        for name, work in ways.items():
            made[name], wall, cpu = timed(work)
            scale = 1.0 if name == "together" else len(points) / options.singles
            seconds[name].append(wall * scale)
            processor[name].append(cpu * scale)
        equal = min(equal, float(np.mean(made["together"][chosen] == made["one by one"])))
    ratios = {
        name: statistics.median(
            one / all_ for one, all_ in zip(times["one by one"], times["together"], strict=True)
        )
        for name, times in (("wall", seconds), ("processor", processor))
    }
    if options.json:
        found = {
            "seconds": seconds,
            "processor_seconds": processor,
            "ratios": ratios,
            "goal": GOAL,
            "equal": equal,
        }
        about = {"threads": options.threads, "machine": platform.processor(), "torch": torch.__version__}
        print(json.dumps({**found, **about}))
        return
    for name in ways:
        print(
            f"10,000 points {name}: {statistics.median(seconds[name]):.1f} s, of the processor "
            f"{statistics.median(processor[name]):.1f} s"
        )
    print(
        f"together is {ratios['wall']:.1f} times as fast (processor time {ratios['processor']:.1f}; goal: {GOAL:g}); "
        f"{100 * equal:.1f} % of the classes are the same"
    )


if __name__ == "__main__":
    main()
