"""The most memory that a program takes."""

import subprocess
import time
from collections.abc import Sequence

import psutil

__all__ = ["run_for_peak"]


def run_for_peak(command: Sequence[str]) -> float:
    """Run ``command`` and return its highest resident size in MB, looked at every 10 ms.

    Raises:
        SystemExit: it failed.
    """
    process = psutil.Popen(command, stdout=subprocess.DEVNULL)
    peak = 0
    while process.poll() is None:
        try:
            peak = max(peak, process.memory_info().rss)
        except psutil.Error:  # it ended between the two lines
            break
        time.sleep(0.01)
    if process.wait() != 0:
        raise SystemExit(f"failed: {' '.join(command)}")
    return peak / 1e6
