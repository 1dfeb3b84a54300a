"""Who works on a run: one process of one host, told apart from a later one with the same number."""

import os
import socket

__all__ = ["is_alive", "is_gone", "this_process"]

# the start of a process is computed from the time of boot, which moves by up to a second as the clock is set
_SAME_START_S = 2.0


def this_process() -> str:
    """Return ``host/pid/start time`` of this process."""
    import psutil

    return f"{socket.gethostname()}/{os.getpid()}/{psutil.Process().create_time():.2f}"


def is_alive(owner: str) -> bool:
    """Return whether ``owner`` is a process of this host that has not ended; of other hosts nothing is known."""
    return owner.rsplit("/", 2)[0] == socket.gethostname() and not is_gone(owner)


def is_gone(owner: str) -> bool:
    """Return whether ``owner`` is a process of this host that has ended; of other hosts nothing is known."""
    import psutil

    host, pid, start = owner.rsplit("/", 2)
    if host != socket.gethostname():
        return False
    try:
        process = psutil.Process(int(pid))
        ended: bool = process.status() == psutil.STATUS_ZOMBIE
        return ended or abs(process.create_time() - float(start)) > _SAME_START_S
    except psutil.NoSuchProcess:
        return True
    except psutil.AccessDenied:  # it exists, and belongs to somebody else
        return False
