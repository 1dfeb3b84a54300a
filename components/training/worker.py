"""The program of a process that follows rank 0: ``python -m components.training.worker``."""

import os
import signal
import sys
import threading

from components.training.distributed.launcher import READY
from components.training.distributed.process_group import join
from components.training.distributed.worker_spec import read_assignment
from components.training.engine.trial import SharedTrainer
from components.training.registry import TRAINERS
from interfaces.errors import SettingsError

__all__ = ["main"]


def main() -> None:
    """Read an assignment from standard input, and follow until rank 0 ends the training."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    assignment, data = read_assignment(sys.stdin.buffer)
    threading.Thread(target=_leave_with_the_leader, daemon=True).start()
    print(READY, flush=True)  # noqa: T201  # rank 0 waits for it
    make = TRAINERS.resolve(assignment.trainer)
    settings = type(make().settings).model_validate(assignment.settings)
    trainer = make(settings)
    if not isinstance(trainer, SharedTrainer):
        raise SettingsError(
            f"devices: the trainer {assignment.trainer} cannot share its steps; give one device"
        )
    with join(settings, assignment.rank, assignment.store) as (fabric, ranks):
        trainer.follow(data, fabric, ranks)


def _leave_with_the_leader() -> None:
    # rank 0 writes nothing more: standard input ends when it does, however that comes about
    os.read(sys.stdin.fileno(), 1)
    os._exit(1)


if __name__ == "__main__":
    main()
