"""``artgen`` in a process that gets no more memory than so many MiB beyond what it has after the first step of an image."""

import os
from pathlib import Path
from typing import Any

from components.generation.style_transfer import coarse_to_fine
from pipeline.cli import app

EVALUATE = coarse_to_fine._evaluate


def _with_little_memory(*given: Any) -> Any:
    import resource  # Unix has it alone

    found = EVALUATE(*given)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    beyond = int(os.environ["MEMORY_BEYOND_MIB"]) << 20
    limit = pages * os.sysconf("SC_PAGE_SIZE") + beyond
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    coarse_to_fine._evaluate = EVALUATE
    return found


if __name__ == "__main__":
    coarse_to_fine._evaluate = _with_little_memory  # type: ignore[assignment]
    app()
