"""Errors as users see them: one line, exit code 2; no traceback for what they can mend."""

import errno
import io
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from interfaces.errors import ArtgenError, ComponentError, SettingsError
from pipeline.cli.escapes import escaped

__all__ = ["BAD_INPUT", "INTERRUPTED", "PARTLY_DONE", "OneLineErrors"]

PARTLY_DONE = 1
BAD_INPUT = 2
INTERRUPTED = 130


class OneLineErrors(TyperGroup):
    """The root command: turns every `ArtgenError` into its message on stderr and exit code 2."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        _write_anything()
        try:
            return super().invoke(ctx)
        except SettingsError as error:
            for problem in error.problems:
                _say(problem)
        except ComponentError as error:
            _say(str(error))
            # the one thing that helps who wrote the component
            print(escaped(error.frames), end="", file=sys.stderr)  # noqa: T201  # as in `_say`
        except ArtgenError as error:
            _say(str(error))
        except OSError as error:
            if error.errno != errno.ENAMETOOLONG:
                raise
            _say(f"{error.filename}: wanted the name of a file or folder, got one that is too long")
        except KeyboardInterrupt:
            _say("interrupted")
            raise typer.Exit(INTERRUPTED) from None
        raise typer.Exit(BAD_INPUT)


def _write_anything() -> None:
    """Let the streams write what their encoding has not as an escape: a name must not undo what was made."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _say(problem: str) -> None:
    print(f"artgen: {escaped(' '.join(problem.split()))}", file=sys.stderr)  # noqa: T201  # the command line's own voice
