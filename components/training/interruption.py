"""Ctrl-C that waits for the end of the step under way."""

import signal
import threading
from types import FrameType
from typing import Any, Self, final

__all__ = ["Interruption"]


@final
class Interruption:
    """While open, the first Ctrl-C only sets ``asked``, and the second one interrupts at once.

    Outside of the main thread Python delivers no signals, and this does nothing.
    """

    def __init__(self) -> None:
        self.asked = False
        self._previous: Any = None

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._previous = signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        if self._previous is not None:
            signal.signal(signal.SIGINT, self._previous)

    def _note(self, _signal: int, _frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
