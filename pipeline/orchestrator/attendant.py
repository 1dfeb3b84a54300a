"""Who stands beside a generator that takes minutes for an image: tells how far it is, keeps what it needs, and stops it."""

import io
from time import monotonic
from typing import TYPE_CHECKING, final

from components.conversion.pixels import to_picture
from interfaces.errors import StorageError
from interfaces.events import ImageUnderWay, Listener, Notice, Progress
from interfaces.jobs import JobControl
from interfaces.ports import Generator, TakesLong
from storage.unfinished import Unfinished

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

__all__ = ["RunAttendant", "attended"]

_DRAFT_EVERY_S = 0.5


def attended(
    generator: Generator, seed: int, control: JobControl, listener: Listener, unfinished: Unfinished | None
) -> Generator:
    """Return ``generator`` with somebody beside it where the image of ``seed``, which it is asked for alone, takes it minutes.

    Args:
        generator: makes the image.
        seed: of the image.
        control: of the run.
        listener: is told every event.
        unfinished: keeps what is needed to go on; None keeps nothing.
    """
    if not isinstance(generator, TakesLong):
        return generator
    return generator.attended(RunAttendant(seed, control, listener, unfinished))


@final
class RunAttendant:
    """An `Attendant` beside the image of one seed of a run."""

    def __init__(
        self, seed: int, control: JobControl, listener: Listener, unfinished: Unfinished | None
    ) -> None:
        self._seed = seed
        self._control = control
        self._listener = listener
        self._unfinished = unfinished
        self._at = (0, 0)
        self._told = 0.0
        self._draft: Tensor | None = None

    def progress(self, done: int, total: int, detail: str = "") -> None:
        """Tell it, and return if the run shall go on; where it shall not, the image so far is left to be looked at."""
        self._at = (done, total)
        self._listener(Progress(stage="generation", done=done, total=total, unit="steps", detail=detail))
        try:
            self._control.check()
        except BaseException:
            self._leave()
            raise

    def trace(self, step: int, values: "Mapping[str, float]") -> None:
        """Tell it."""
        self._listener(ImageUnderWay(self._seed, step, self._at[1], values))

    def draft(self, image: "Tensor") -> None:
        """Tell what it looks like, now and then."""
        self._draft = image
        if monotonic() - self._told >= _DRAFT_EVERY_S:
            self._told = monotonic()
            self._listener(ImageUnderWay(self._seed, *self._at, draft=image))

    def notice(self, text: str) -> None:
        """Tell the user."""
        self._listener(Notice(level="warning", text=f"seed {self._seed}: {text}"))

    def keep(self, state: bytes) -> None:
        """Keep it in the store. Where it cannot be written, the image goes on all the same, and the user is told."""
        if self._unfinished is not None:
            try:
                self._unfinished.keep(self._seed, state)
            except StorageError as error:
                self.notice(f"what is needed to go on with it later is not kept: {error}")

    def kept(self) -> bytes | None:
        """Return what an earlier process has kept in the store."""
        return None if self._unfinished is None else self._unfinished.kept(self._seed)

    def _leave(self) -> None:
        """Write what the image looks like by now, and say where."""
        if self._draft is None or self._unfinished is None:
            return
        content = io.BytesIO()
        to_picture(self._draft[0], None).save(content, "PNG")
        done, total = self._at
        try:
            path = self._unfinished.show(self._seed, content.getvalue())
        except StorageError as error:
            self.notice(f"what it looks like after {done} of {total} steps is not kept: {error}")
        else:
            text = f"seed {self._seed} after {done} of {total} steps: {path}"
            self._listener(Notice(level="info", text=text))
