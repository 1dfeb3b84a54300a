"""Lets a network that takes seconds say how far it is, without knowing who listens."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["part_done", "telling"]

_listener: ContextVar[Callable[[], None] | None] = ContextVar("part_done", default=None)


def part_done() -> None:
    """Say that one of the parts of about equal work, into which a network divides its own, is done."""
    tell = _listener.get()
    if tell is not None:
        tell()


@contextmanager
def telling(tell: Callable[[], None] | None) -> Iterator[None]:
    """Call ``tell`` for every part that a network does in this block and this thread.

    >>> done = []
    >>> with telling(lambda: done.append(1)):
    ...     part_done()
    >>> part_done()
    >>> done
    [1]
    """
    token = _listener.set(tell)
    try:
        yield
    finally:
        _listener.reset(token)
