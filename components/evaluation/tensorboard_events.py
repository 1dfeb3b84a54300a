"""The training log as TensorBoard shows it."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from io import BytesIO
from typing import TYPE_CHECKING, final

from components.evaluation.log_tail import LogTail
from components.evaluation.sample_gif import sheet_names, step_of
from components.evaluation.throttle import Pace
from interfaces.errors import SettingsError
from interfaces.ports import RunFolder, TrainingView

if TYPE_CHECKING:
    from tensorboard.compat.proto.event_pb2 import Event

__all__ = ["TensorBoardEvents"]


@final
class TensorBoardEvents:
    """Writes an event file, so that ``tensorboard --logdir FOLDER`` shows the training while it runs.

    Every number of every line of the log, and now and then the newest sheet of samples. Each process begins a
    file of its own. One that resumes tells TensorBoard to forget the steps from there on, which it makes again;
    so does a training that goes back after a collapse.

    Args:
        every_s: seconds from one writing to the next.
        images_s: seconds from one sheet of samples to the next, at least; the longer a training, the more.

    Raises:
        SettingsError: TensorBoard is not installed.
    """

    def __init__(self, *, every_s: float = 5.0, images_s: float = 60.0) -> None:
        if find_spec("tensorboard") is None:
            raise SettingsError(
                "observer 'tensorboard': wanted the package tensorboard, which is not installed; "
                "pip install tensorboard"
            )
        self._every_s = every_s
        self._pace = Pace(least_s=every_s)
        self._images = Pace(least_s=images_s, growth=0.1)
        self._log = LogTail()
        self._file = ""
        self._shown = ""
        self._step = 0
        self._written = 0

    def observe(self, view: TrainingView, folder: RunFolder) -> bool:
        """Write if it is time; training always goes on."""
        went_back, self._step = view.step <= self._step, view.step
        if not self._file:
            self._begin(folder)
        elif went_back:
            self._begin_again(folder)
        elif self._pace.due:
            self._write(folder)
        return True

    def finish(self, folder: RunFolder) -> None:
        """Write what is new since the last time."""
        if self._file:
            self._images = Pace(least_s=0.0)
            self._write(folder)

    def _begin(self, folder: RunFolder) -> None:
        from tensorboard.compat.proto.event_pb2 import Event, SessionLog

        lines = self._log.read(folder)
        # a process that was killed may have owed the file the last lines before its checkpoint
        since = lines[-1].get("seconds", 0.0) - 2 * self._every_s if lines else 0.0
        lines = [line for line in lines if line.get("seconds", 0.0) >= since]
        first = int(lines[0]["step"]) if lines else self._step
        now = time.time()
        # TensorBoard reads files in the order of their names
        self._file = f"events.out.tfevents.{int(now):010d}.{first:09d}"
        begin = [
            Event(wall_time=now, file_version="brain.Event:2"),
            Event(wall_time=now, step=first, session_log=SessionLog(status=SessionLog.START)),
        ]
        folder.append(self._file, _records([*begin, *_scalars(lines)]))
        self._written = self._step

    def _begin_again(self, folder: RunFolder) -> None:
        """Let what was written of the steps from this one on be forgotten, and go on behind what was not."""
        from tensorboard.compat.proto.event_pb2 import Event, SessionLog

        kept = min(self._written, self._step - 1)
        self._log = LogTail()
        lines = [line for line in self._log.read(folder) if line["step"] > kept]
        forget = SessionLog(status=SessionLog.START)
        start = Event(wall_time=time.time(), step=kept + 1, session_log=forget)
        folder.append(self._file, _records([start, *_scalars(lines)]))
        self._written = self._step

    def _write(self, folder: RunFolder) -> None:
        with self._pace.spend():
            self._written = self._step
            events = [*_scalars(self._log.read(folder)), *self._sheet(folder)]
            if events:
                folder.append(self._file, _records(events))

    def _sheet(self, folder: RunFolder) -> "Iterator[Event]":
        if not self._images.due:
            return
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.compat.proto.summary_pb2 import Summary

        with self._images.spend():
            newest = sheet_names(folder)[-1:]
            if newest and newest[0] != self._shown:
                self._shown = newest[0]
                image = Summary.Image(encoded_image_string=folder.read(self._shown))
                summary = Summary(value=[Summary.Value(tag="samples", image=image)])
                yield Event(wall_time=time.time(), step=step_of(self._shown), summary=summary)


def _scalars(lines: Sequence[Mapping[str, float]]) -> "Iterator[Event]":
    """Yield an event for each line of the log, at the time when it was written, as far as that is known."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary

    now = time.time()
    for line in lines:
        ago = lines[-1].get("seconds", 0.0) - line.get("seconds", 0.0)
        values = [
            Summary.Value(tag=name, simple_value=value) for name, value in line.items() if name != "step"
        ]
        yield Event(wall_time=now - ago, step=int(line["step"]), summary=Summary(value=values))


def _records(events: "Iterable[Event]") -> bytes:
    from tensorboard.summary.writer.record_writer import RecordWriter

    content = BytesIO()
    writer = RecordWriter(content)
    for event in events:
        writer.write(event.SerializeToString())
    return content.getvalue()
