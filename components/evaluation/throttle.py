"""How often something that takes time may be done while a model is trained."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import final

__all__ = ["Pace"]

_SHARE = 0.01


@final
class Pace:
    """Spaces out what an observer does, so that it takes at most a hundredth of the time, however long it takes.

    Args:
        least_s: seconds that lie between two times at least.
        growth: the same as a share of the time since the beginning, so that a long training has no more
            occasions than some times as many as a short one.
    """

    def __init__(self, *, least_s: float, growth: float = 0.0) -> None:
        self._least_s = least_s
        self._growth = growth
        self._cost_s = 0.0
        self._began: float | None = None
        self._last = 0.0

    @property
    def due(self) -> bool:
        """Whether it may be done again; the time begins when this is first asked for."""
        now = time.monotonic()
        if self._began is None:
            self._began = self._last = now
        wanted = max(self._least_s, self._growth * (now - self._began), self._cost_s / _SHARE)
        return now - self._last >= wanted

    @contextmanager
    def spend(self) -> Iterator[None]:
        """Measure how long the block takes, and begin to wait for the next time."""
        begin = time.monotonic()
        try:
            yield
        finally:
            self._last = time.monotonic()
            self._cost_s = self._last - begin
