"""What a job finds in the process that runs it, and leaves as it was."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from interfaces.jobs import JobPrecision

__all__ = ["conditions"]


@contextmanager
def conditions(threads: int | None = None, precision: JobPrecision | None = None) -> Iterator[None]:
    """Have the process compute with so many threads, and at that precision where ``auto`` stands, for the block.

    Both decide the last bits of a result, and both belong to the whole process: whatever the block sets itself is put
    back as well, so that the next job finds what this one found.

    Args:
        threads: of the processor; None leaves them as they are.
        precision: what ``auto`` stands for on a processor; None leaves it as it is.
    """
    import torch

    from components.networks.speed import OVERRIDE

    threads_before, precision_before = torch.get_num_threads(), os.environ.get(OVERRIDE)
    try:
        if threads is not None:
            torch.set_num_threads(threads)
        if precision is not None:
            os.environ[OVERRIDE] = (
                precision  # the ranks of a training are processes of their own, and inherit it
            )
        yield
    finally:
        torch.set_num_threads(threads_before)
        if precision_before is None:
            os.environ.pop(OVERRIDE, None)
        else:
            os.environ[OVERRIDE] = precision_before
