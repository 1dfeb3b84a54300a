"""A dry run of a training, in a process of its own: it may take memory and time without harm to the page.

The program reads a job as one line of JSON, and writes what it comes to as lines of JSON. It ends when its input does, so that it
does not outlive the page.
"""

import json
import os
import subprocess
import sys
from threading import Lock, Thread
from typing import Any, final

from interfaces.errors import RunError
from interfaces.events import Event, Progress, StageStarted
from interfaces.page_training import TrainingTrial, TrainingWish
from interfaces.said import Said

__all__ = ["Trials"]

_COMMAND = [sys.executable, "-m", "pipeline.page.trial"]


@final
class Trials:
    """Dry runs, one at a time: a new one ends the one before."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._latest = TrainingTrial()
        self._process: subprocess.Popen[str] | None = None
        self._thread: Thread | None = None
        self._job = ""

    @property
    def latest(self) -> TrainingTrial:
        """How the latest one is."""
        return self._latest

    def begin(self, wish: TrainingWish, job: str) -> TrainingTrial:
        """Begin to try out a training.

        Args:
            wish: what the user wants.
            job: the same as a `TrainJob`, in JSON.

        Raises:
            RunError: the very same dry run is under way.
        """
        with self._lock:
            if self._latest.state == "running" and job == self._job:
                raise RunError(Said("this dry run is under way already"))
            self._job = job
            if self._process is not None:
                self._process.kill()
            self._process = subprocess.Popen(  # noqa: S603  # our own command
                _COMMAND,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                start_new_session=True,  # Ctrl-C at the terminal is the page's to handle
            )
            number = self._latest.number + 1
            self._latest = TrainingTrial(
                number=number,
                state="running",
                source=wish.sources,
                preset=wish.preset,
                says=Said("beginning"),
            )
            self._thread = Thread(target=self._follow, args=(self._process, number, job), daemon=True)
            self._thread.start()
            return self._latest

    def end(self) -> None:
        """Give up what is under way."""
        with self._lock:
            if self._process is not None:
                self._process.kill()
        if self._thread is not None:
            self._thread.join()

    def _follow(self, process: "subprocess.Popen[str]", number: int, job: str) -> None:
        assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018  # as it was started
        try:
            process.stdin.write(job + "\n")
            process.stdin.flush()
        except OSError:  # it is gone: its answers end, too
            pass
        for line in process.stdout:
            try:
                said = json.loads(line)
            except json.JSONDecodeError:  # a library's words
                continue
            self._change(number, said)
        process.wait()
        process.stdin.close()
        process.stdout.close()
        if self._latest.state == "running":
            self._change(
                number, {"state": "failed", "says": Said("the dry run was ended; is there memory enough?")}
            )

    def _change(self, number: int, said: dict[str, Any]) -> None:
        with self._lock:
            if self._latest.number == number:  # no newer one has taken its place
                self._latest = TrainingTrial.model_validate({**dict(self._latest), **said})


def _main() -> None:
    """Try out the training that stands in the first line of the input."""
    job = sys.stdin.readline()
    Thread(target=_end_with_the_page, daemon=True).start()
    from interfaces.errors import ArtgenError

    try:
        _say(**_found(job))
    except ArtgenError as error:
        lines = "\n".join(f"{{{place}}}" for place in range(len(error.problems)))
        _say(state="failed", says=Said(lines, *map(Said.of, error.problems)).parts)


def _found(job: str) -> dict[str, Any]:
    from pipeline.settings.dotted import flatten, to_text
    from pipeline.train.estimate import takes
    from pipeline.train.job import TrainJob
    from pipeline.train.training import Learning

    wanted = TrainJob.model_validate_json(job)
    learning = Learning(wanted.data, wanted.training, wanted.components, listener=_tell)
    found = learning.rehearse()
    settings = flatten(learning.settings.model_dump(mode="json"))
    return {
        "state": "done",
        "says": "",
        "settings": {name: to_text(value) for name, value in settings.items()},
        "takes": {name: words.parts for name, words in takes(learning.settings, found).items()},
    }


def _tell(event: Event) -> None:
    if isinstance(event, StageStarted):
        _say(says=Said(event.stage).parts)
    elif isinstance(event, Progress):
        _say(says=Said("{0}: {1:,} of {2:,}", Said(event.stage), event.done, event.total).parts)


def _say(**said: Any) -> None:
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


def _end_with_the_page() -> None:
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    _main()
