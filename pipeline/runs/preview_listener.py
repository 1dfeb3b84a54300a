"""Shows each image as soon as it is generated: enlarging it may take long."""

import io
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import final

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from components.conversion.pixels import to_picture
from interfaces.errors import StorageError
from interfaces.events import (
    Event,
    ImageFailed,
    ImagesGenerated,
    ImageStored,
    ImageUnderWay,
    Listener,
    Progress,
    RunFinished,
    RunStarted,
)
from storage.previews import previews_of, remove_previews

__all__ = ["PreviewListener"]

_LOG = logging.getLogger(__name__)
_MOST_SIDE = 320


@final
class PreviewListener:
    """A `Listener` that passes every event on, and keeps a small WebP of each image from its generation until it is stored.

    They lie at ``previews/RUN/SEED.webp`` in the store. One that cannot be written is missed by nobody: the run goes on.

    Args:
        root: folder of the store.
        run: id of the run.
        listener: is told every event first.
    """

    def __init__(self, root: Path, run: str, listener: Listener) -> None:
        self._root = root
        self._run = run
        self._listener = listener
        self._stored: list[int] = []

    def __call__(self, event: Event) -> None:
        """Pass ``event`` on, and write or remove what it is about."""
        self._listener(event)
        if isinstance(event, RunStarted | RunFinished):
            remove_previews(self._root, self._run)  # a process that died may have left some
        elif isinstance(event, ImagesGenerated):
            self._write(event.data.seeds, event.data.images, event.data.alpha)
        elif isinstance(event, ImageUnderWay) and event.draft is not None:
            self._write([event.seed], event.draft)
        elif isinstance(event, ImageFailed):
            self._stored.append(event.seed)
        elif isinstance(event, ImageStored) and event.file.seed is not None:
            self._stored.append(event.file.seed)
        elif isinstance(event, Progress) and event.stage == "storing":
            self._remove()  # not before the row says that more is done, or there would be neither of the two for a moment

    def _write(self, seeds: Sequence[int], images: Tensor, alpha: Tensor | None = None) -> None:
        try:
            for place, seed in enumerate(seeds):
                content = _webp(images[place], None if alpha is None else alpha[place])
                previews_of(self._root).write(self._name(seed), content)
        except (StorageError, OSError) as error:
            _LOG.warning("run %s shows no preview: %s", self._run, error)

    def _remove(self) -> None:
        stored, self._stored = self._stored, []
        try:
            for seed in stored:
                previews_of(self._root).delete(self._name(seed))
        except StorageError as error:
            _LOG.warning("run %s leaves a preview: %s", self._run, error)

    def _name(self, seed: int) -> str:
        return f"{self._run}/{seed}.webp"


def _webp(image: Tensor, alpha: Tensor | None) -> bytes:
    picture = to_picture(_small(image), None if alpha is None else _small(alpha))
    content = io.BytesIO()
    picture.save(content, "WEBP", lossless=True, method=0)
    return content.getvalue()


def _small(image: Tensor) -> Tensor:
    """Return (C, H, W) with a longer side of 320 pixels at the most."""
    longer = max(image.shape[1:])
    if longer <= _MOST_SIDE:
        return image
    size = [max(1, round(side * _MOST_SIDE / longer)) for side in image.shape[1:]]
    with torch.no_grad():
        return interpolate(image[None], size, mode="area")[0]
