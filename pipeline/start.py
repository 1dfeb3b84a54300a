"""Where ``artgen`` begins: Ctrl-C works from the first moment on."""

import os
import signal
import sys
from types import FrameType

__all__ = ["leave_at_once", "main"]

_INTERRUPTED = 130


def leave_at_once(_number: int, _frame: FrameType | None) -> None:
    """End the process: nothing has begun that could be left half done.

    An exception would not do. Raised while libraries are imported, it is swallowed by one of them, or leaves another
    half made, and the work then fails in strange ways.
    """
    # a screen may have hidden the cursor, and begun a line
    cleared = b"\r\x1b[2K\x1b[?25h" if os.name != "nt" and os.isatty(2) else b"\n"
    os.write(2, cleared + b"artgen: interrupted\n")
    os._exit(_INTERRUPTED)


def main() -> None:
    """Run the command line."""
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # as with nohup: who ignores it means it
        signal.signal(signal.SIGINT, leave_at_once)
    from pipeline.cli import app

    app(prog_name="artgen" if sys.argv[0].endswith("__main__.py") else None)
