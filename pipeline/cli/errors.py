"""Errors as users see them: one line, exit code 2; no traceback for what they can mend."""

import io
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from interfaces.errors import ArtgenError, SettingsError
from pipeline.cli.escapes import escaped

__all__ = ["BAD_INPUT", "INTERRUPTED", "PARTLY_DONE", "OneLineErrors"]

PARTLY_DONE = 1
BAD_INPUT = 2
INTERRUPTED = 130


class OneLineErrors(TyperGroup):
    """The root command: turns every `ArtgenError` into its message on stderr and exit code 2."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        for stream in (sys.stdout, sys.stderr):
            # a name that the stream cannot write must not undo what was made
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
        try:
            return super().invoke(ctx)
        except SettingsError as error:
            for problem in error.problems:
                _say(problem)
        except ArtgenError as error:
            _say(str(error))
        except KeyboardInterrupt:
            _say("interrupted")
            raise typer.Exit(INTERRUPTED) from None
        raise typer.Exit(BAD_INPUT)


def _say(problem: str) -> None:
    print(f"artgen: {escaped(' '.join(problem.split()))}", file=sys.stderr)  # noqa: T201  # the command line's own voice
