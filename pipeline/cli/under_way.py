"""Files about images under way: the losses of their steps, and what they look like meanwhile."""

import json
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from interfaces.events import Event, ImageUnderWay, Listener

__all__ = ["watching"]

_DRAFT_EVERY_S = 1.0


def watching(listener: "Listener", trace: Path | None, drafts: Path | None) -> "Listener":
    """Return a listener that passes every event on to ``listener``, and writes what it hears of images under way.

    Args:
        listener: is told every event first.
        trace: a file that gets a line of JSON for each step: seed, step, and what it measured. What it held is replaced.
        drafts: a folder that gets a picture of each image about every second: ``seed7-step-000120.webp``.

    Raises:
        StorageError: a file cannot be written.
    """
    if trace is None and drafts is None:
        return listener
    from interfaces.events import ImageUnderWay
    from storage.run_folder import DirectoryFolder

    if trace is not None:
        DirectoryFolder(trace.absolute().parent).write(trace.name, b"")
    written: dict[int, float] = {}

    def hear(event: "Event") -> None:
        listener(event)
        if not isinstance(event, ImageUnderWay):
            return
        if trace is not None and event.values:
            line: dict[str, Any] = {"seed": event.seed, "step": event.done, **event.values}
            DirectoryFolder(trace.absolute().parent).append(trace.name, json.dumps(line))
        now = monotonic()
        if (
            drafts is not None
            and event.draft is not None
            and now - written.get(event.seed, 0) >= _DRAFT_EVERY_S
        ):
            written[event.seed] = now
            DirectoryFolder(drafts).write(f"seed{event.seed}-step-{event.done:06d}.webp", _webp(event))

    return hear


def _webp(event: "ImageUnderWay") -> bytes:
    import io

    from components.conversion.pixels import to_picture

    content = io.BytesIO()
    if event.draft is not None:
        to_picture(event.draft[0], None).save(content, "WEBP", quality=90)
    return content.getvalue()
