"""Does memory grow with the number of pictures? Peak of 100 at 1024 pixels against 10, each in a process of its own.

    python -m benchmarks.memory [--weights PATH] [--size 1024] [--json]

The goal is a difference of at most 200 MB. The peak is the highest resident size seen, looked at every 10 ms.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.peak_memory import run_for_peak

GOAL_MB = 200


def peak_mb(count: int, size: int, weights: str | None) -> tuple[float, float]:
    """Return the peak resident memory in MB and the seconds of one run of ``count`` pictures."""
    enhancer = ["--weights", weights] if weights else ["--enhancer", "lanczos"]
    with tempfile.TemporaryDirectory() as out:
        command = [
            sys.executable,
            "-m",
            "pipeline.cli",
            "pipeline",
            "run",
            "--count",
            str(count),
            "--seed",
            "1",
        ]
        started = time.perf_counter()
        peak = run_for_peak([*command, "--size", str(size), *enhancer, "--out", out, "--json"])
        made = len(list(Path(out).glob(f"*/*_{size}x{size}.png")))
        if made != count:
            raise SystemExit(f"wanted {count} pictures, got {made}")
        return peak, time.perf_counter() - started


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--weights", help="enlarge with these weights; else by Lanczos")
    parser.add_argument("--size", type=int, default=1024)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    measured = {count: peak_mb(count, options.size, options.weights) for count in (10, 100)}
    growth = measured[100][0] - measured[10][0]
    if options.json:
        rows = {count: {"peak_mb": mb, "seconds": s} for count, (mb, s) in measured.items()}
        print(json.dumps({"runs": rows, "growth_mb": growth, "goal_mb": GOAL_MB}))
        return
    for count, (mb, seconds) in measured.items():
        print(f"{count:4d} pictures of {options.size} px: peak {mb:7.0f} MB, {seconds:6.1f} s")
    print(f"growth {growth:.0f} MB (goal: at most {GOAL_MB} MB)")


if __name__ == "__main__":
    main()
