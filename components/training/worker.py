"""The program of a process that follows rank 0: ``python -m components.training.worker``."""

import os
import signal
import sys
import threading

from components.training.distributed.launcher import READY
from components.training.distributed.process_group import join
from components.training.distributed.worker_spec import read_assignment
from components.training.gan.trainer import follow

__all__ = ["main"]


def main() -> None:
    """Read an assignment from standard input, and follow until rank 0 ends the training."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    assignment, data = read_assignment(sys.stdin.buffer)
    threading.Thread(target=_leave_with_the_leader, daemon=True).start()
    print(READY, flush=True)  # noqa: T201  # rank 0 waits for it
    with join(assignment.settings, assignment.rank, assignment.store) as (fabric, ranks):
        follow(assignment.settings, data, fabric, ranks)


def _leave_with_the_leader() -> None:
    # rank 0 writes nothing more: standard input ends when it does, however that comes about
    os.read(sys.stdin.fileno(), 1)
    os._exit(1)


if __name__ == "__main__":
    main()
