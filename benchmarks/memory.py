"""Does memory grow with the number of pictures? Peak of 100 at 1024 pixels against 10, each in a process of its own.

    python -m benchmarks.memory [--weights PATH] [--size 1024] [--json]

The goal is a difference of at most 200 MB. The peak is the highest resident size seen, looked at every 10 ms.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

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
        process = psutil.Popen(
            [*command, "--size", str(size), *enhancer, "--out", out, "--json"], stdout=subprocess.DEVNULL
        )
        peak = 0
        while process.poll() is None:
            try:
                peak = max(peak, process.memory_info().rss)
            except psutil.Error:  # it ended between the two lines
                break
            time.sleep(0.01)
        if process.wait() != 0:
            raise SystemExit(f"the run of {count} pictures failed")
        made = len(list(Path(out).glob(f"*/*_{size}x{size}.png")))
        if made != count:
            raise SystemExit(f"wanted {count} pictures, got {made}")
        return peak / 1e6, time.perf_counter() - started


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
