"""Keeps a run alive while a long stage computes."""

import logging
from threading import Event, Thread
from types import TracebackType
from typing import Self, final

from interfaces.errors import RunError, StorageError
from interfaces.ports import RunQueue
from interfaces.runs import RunRequest

__all__ = ["Heartbeat"]

_LOG = logging.getLogger(__name__)


@final
class Heartbeat:
    """Beats for a claimed run from a thread of its own, as long as the ``with`` block lasts.

    ``request`` and ``lost`` can be read as often as one likes: they are as old as the last beat.
    """

    def __init__(self, queue: RunQueue, run: str, interval_s: float = 5.0) -> None:
        self.request: RunRequest | None = None
        """The last request that others made."""
        self.lost = False
        """Whether another process took the run over; the thread has ended then."""
        self._queue = queue
        self._run = run
        self._interval_s = interval_s
        self._ended = Event()
        self._thread = Thread(target=self._beat, name=f"heartbeat {run}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self.lost and not self._ended.is_set():
            try:
                self.request = self._queue.beat(self._run)
            except RunError as error:
                self.lost = True
                _LOG.warning("%s", error)
            except StorageError as error:
                # a full disk or a busy database may pass; who waits too long loses the run and learns it above
                _LOG.warning("no heartbeat for run %s: %s", self._run, error)
            self._ended.wait(self._interval_s)
