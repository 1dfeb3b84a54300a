"""Are 100 pictures in one run faster than 100 runs of one? Both in this process, through the same pipeline.

    python -m benchmarks.batching [--count 100] [--size 64] [--weights PATH] [--repeats 3] [--json]

The goal is a factor of 2 at the generated size. The bytes of both ways are compared.
"""

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from pipeline import assemble, load_config

GOAL = 2.0


def make(out: Path, seeds: range, size: int, weights: str | None) -> dict[str, str]:
    """Run one pipeline for ``seeds`` and return the digest of each picture by its file name."""
    enhancer: dict[str, Any] = {"kind": "realesrgan", "weights": weights} if weights else {"kind": "lanczos"}
    config = load_config(
        {
            "generation": {"count": len(seeds), "seed": seeds.start},
            "enhancement": {"side": size, "enhancer": enhancer},
            "conversion": {"contact_sheet": False},
            "out": str(out),
        }
    )
    return {file.name: file.sha256 for file in assemble(config).run()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--weights", help="enlarge with these weights; else by Lanczos")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    seconds: dict[str, list[float]] = {"together": [], "one by one": []}
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder, "warm-up"), range(1), options.size, options.weights)
        for repeat in range(options.repeats):
            started = time.perf_counter()
            together = make(
                Path(folder, f"together {repeat}"), range(options.count), options.size, options.weights
            )
            seconds["together"].append(time.perf_counter() - started)
            started = time.perf_counter()
            single: dict[str, str] = {}
            for seed in range(options.count):
                single |= make(
                    Path(folder, f"single {repeat}"), range(seed, seed + 1), options.size, options.weights
                )
            seconds["one by one"].append(time.perf_counter() - started)
            if single != together:
                raise SystemExit("the pictures of both ways differ")
    ratio = statistics.median(
        one / all_ for one, all_ in zip(seconds["one by one"], seconds["together"], strict=True)
    )
    if options.json:
        print(json.dumps({"seconds": seconds, "ratio": ratio, "goal": GOAL, "count": options.count}))
        return
    for name, values in seconds.items():
        print(f"{options.count} pictures of {options.size} px {name}: {statistics.median(values):.2f} s")
    print(f"together is {ratio:.1f} times as fast (goal: {GOAL:g}); the bytes are the same")


if __name__ == "__main__":
    main()
