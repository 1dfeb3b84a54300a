"""Ctrl-C that waits for the end of the step under way."""

import signal
import threading
from types import FrameType
from typing import Self, final

__all__ = ["Interruption"]


@final
class Interruption:
    """While open, the first Ctrl-C only sets ``asked``, and the second one interrupts at once.

    It does nothing where Ctrl-C is in other hands already: a handler of the caller's own, who then asks
    through an observer, or a thread, to which Python delivers no signals.
    """

    def __init__(self) -> None:
        self.asked = False
        self._installed = False

    def __enter__(self) -> Self:
        ours = threading.current_thread() is threading.main_thread()
        if ours and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._note)
            self._installed = True
        return self

    def __exit__(self, *_: object) -> None:
        if self._installed:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def _note(self, _signal: int, _frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
