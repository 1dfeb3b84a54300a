"""What the command line shows: progress and notices on stderr, results on stdout, or one JSON document."""

import json
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import monotonic
from types import FrameType, TracebackType
from typing import Annotated, Any, Self, final

import typer

from pipeline.cli.errors import BAD_INPUT, PARTLY_DONE
from pipeline.cli.escapes import escaped
from pipeline.start import leave_at_once

__all__ = [
    "JsonOption",
    "Screen",
    "YesOption",
    "cancel_on_interrupt",
    "check_agreed",
    "print_json",
    "print_table",
    "size_text",
]

JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON document on stdout and nothing else there.")
]

YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


def check_agreed(question: str, yes: bool) -> None:
    """Return if ``yes`` was given, or whoever sits there agrees; else end the command."""
    if yes:
        return
    try:
        agreed = typer.confirm(question, err=True)
    except typer.Abort:
        typer.echo("\nartgen: nobody has answered, and nothing was removed; --yes does not ask", err=True)
        raise typer.Exit(BAD_INPUT) from None
    if not agreed:
        typer.echo("nothing was removed", err=True)
        raise typer.Exit(PARTLY_DONE)


def size_text(count: float) -> str:
    """Return a number of bytes as one says it.

    >>> size_text(0), size_text(2_500), size_text(18_826_032), size_text(3.2e9)
    ('0 bytes', '2.5 kB', '18.8 MB', '3.2 GB')
    """
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= factor:
            return f"{count / factor:.1f} {unit}"
    return f"{count:.0f} bytes"


def print_json(document: object) -> None:
    """Print ``document`` as JSON on stdout; paths and times become text."""
    typer.echo(json.dumps(document, indent=2, default=str, ensure_ascii=False))


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]], empty: str) -> None:
    """Print ``rows`` as a table on stdout, or the sentence ``empty`` where there are none.

    Nothing is cut off: what is longer than its column goes on below. Outside a terminal each row is one line.
    """
    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Table

    if not rows:
        typer.echo(empty)
        return
    console = Console(width=_table_width(), highlight=False, markup=False)
    texts = [[escaped(str(cell), line=True) for cell in row] for row in rows]
    longest = [max(map(cell_len, column)) for column in zip(columns, *texts, strict=True)]
    whole = _unbroken(longest, console.width)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for number, name in enumerate(columns):
        table.add_column(name, overflow="fold", no_wrap=number in whole)
    for row in texts:
        table.add_row(*row)
    console.print(table)


_ONE_LINE = 100_000


def _table_width() -> int | None:
    """Return how wide a table may be; None for the width of the terminal."""
    return None if sys.stdout.isatty() else _ONE_LINE


def _unbroken(longest: Sequence[int], width: int) -> set[int]:
    """Return which columns stay whole: the shortest ones, as many as leave a third of ``width`` to those that fold.

    >>> sorted(_unbroken([24, 8, 300, 6], 100))
    [0, 1, 3]
    """
    found: set[int] = set()
    left = width * 2 // 3
    for number in sorted(range(len(longest)), key=lambda number: longest[number]):
        left -= longest[number] + 1
        if left < 0:
            break
        found.add(number)
    return found


@contextmanager
def cancel_on_interrupt(cancel: Callable[[], None]) -> Iterator[None]:
    """Let the first Ctrl-C call ``cancel``, so that the work under way is finished, and the second one stop."""

    def first(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        typer.echo("\nfinishing what is under way; Ctrl-C again stops at once", err=True)
        cancel()

    before = signal.signal(signal.SIGINT, first)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


_LINE_EVERY_S = 10.0
"""Where there is no terminal: a log wants to know that work goes on, and not of every step."""


@final
class Screen:
    """Shows events as progress bars with ETA, on stderr; use it as a context and pass ``listener`` on.

    Until the first event, a spinner says that work has begun. Enter it before importing what takes longer than a moment:
    a command that says nothing for a second looks like one that hangs. Where stderr is no terminal, a line every ten
    seconds says how far it is.

    Args:
        what: what the spinner says.
    """

    def __init__(self, what: str = "starting") -> None:
        from rich.console import Console
        from rich.live import Live
        from rich.spinner import Spinner

        self._console = Console(stderr=True, highlight=False)
        spinner = Spinner("line", text=escaped(what, line=True))
        self._spinner = Live(spinner, console=self._console, refresh_per_second=10, transient=True)
        self._progress: Any = None
        self._tasks: dict[str, Any] = {}
        self._done: dict[str, int] = {}
        self._begun: dict[str, tuple[float, int]] = {}
        self._said = monotonic()

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._spinner.start(refresh=True)  # now, and not when its thread comes to it
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._spinner.stop()
        if self._progress is not None:
            self._progress.stop()

    def _have_started(self) -> None:
        """Show bars in place of the spinner, from the first progress on."""
        if signal.getsignal(signal.SIGINT) is leave_at_once:
            # from now on there may be something to clean up
            signal.signal(signal.SIGINT, signal.default_int_handler)
        if self._progress is None:
            self._spinner.stop()
            self._progress = _bars(self._console)
            self._progress.start()

    def listener(self, event: Any) -> None:
        """Show ``event``."""
        from interfaces import events

        if isinstance(event, events.Progress):
            self._have_started()
            self._advance(event.stage, event.done, event.total, event.unit, event.detail)
        elif isinstance(event, events.Notice):
            style = "bold yellow" if event.level == "warning" else None
            self._console.print(escaped(event.text), style=style, markup=False, soft_wrap=True)
        elif isinstance(event, events.ImageFailed):
            self._console.print(
                escaped(f"seed {event.seed} failed: {event.reason}"), style="red", markup=False
            )

    def _advance(self, stage: str, done: int, total: int, unit: str, detail: str) -> None:
        name = _NAMES.get(stage, stage)
        if name not in self._tasks:
            self._tasks[name] = self._progress.add_task(name, total=total or None, unit=unit, detail=detail)
            self._begun[name] = (monotonic(), done)
        elif done < self._done.get(name, 0):
            self._progress.reset(self._tasks[name])  # the next picture: its time counts from now
            self._begun[name] = (monotonic(), done)
        self._done[name] = done
        self._say(name, total, unit, detail)
        self._progress.update(
            self._tasks[name], completed=done, total=total or None, unit=unit, detail=detail
        )

    def _say(self, name: str, total: int, unit: str, detail: str) -> None:
        """Say how far it is, where no bar shows it."""
        now = monotonic()
        if self._console.is_terminal or now - self._said < _LINE_EVERY_S:
            return
        self._said = now
        begun, first = self._begun[name]
        done = self._done[name]
        whole = f" of {total}" if total else ""
        left = (
            f", {_duration((now - begun) / (done - first) * (total - done))} left"
            if first < done < total
            else ""
        )
        about = f" ({detail})" if detail else ""
        self._console.print(
            escaped(f"{name}: {done}{whole} {unit}{about}{left}"), markup=False, soft_wrap=True
        )


def _bars(console: Any) -> Any:
    """Return the progress bars, which show themselves on a terminal alone."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
    from rich.progress import TimeRemainingColumn as Eta

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[unit]}"),
        TimeElapsedColumn(),
        TextColumn("ETA"),
        Eta(),
        TextColumn("{task.fields[detail]}"),
        console=console,
        disable=not console.is_terminal,
    )


def _duration(seconds: float) -> str:
    """Return a time as one says it.

    >>> _duration(42.3), _duration(200), _duration(6000)
    ('42 s', '3 min', '1 h 40 min')
    """
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"


_NAMES: Mapping[str, str] = {
    "data": "looking at the data",
    "preprocessing": "preparing",
    "teaching": "asking the teacher",
    "training": "training",
    "enhancement": "enlarging",
    "download": "getting weights",
    "generation": "generating",
    "storing": "making pictures",
    "evaluation": "measuring",
    "sweep": "searching",
}
