"""Sheets of sample pictures: the same noise, or the same pictures, seen again and again while the model learns."""

import math
from io import BytesIO
from typing import final

import numpy as np
import torch
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from torch import Tensor

from components.evaluation.sample_gif import read_frames, sheet_names, step_of
from components.evaluation.sample_page import EPOCH, FILM_NAME, SamplePage, epoch_of
from components.imaging.gif import choose_frames, make_gif
from components.networks.latents import draw_latents
from interfaces.ports import LatentView, RunFolder, TrainingView

__all__ = ["SampleSheets", "interval", "sheet"]

_SHEETS_AT_FIRST = 32
_EPOCHS_AT_FIRST = 256


@final
class SampleSheets:
    """Writes ``samples/step-000100.png`` every few steps and at the end, and then ``samples.gif`` of them all.

    With each sheet comes ``samples.html``, a page of them. Where the model can be asked for a style, each row shows one of them,
    in turn. A long training makes sheets more rarely: after 32 of them at half the rate, after 16 more at half of that, and so
    on. Where an epoch takes as many steps as lie between the first two sheets, there is one at the end of each, too: of the
    first 256, then of every second, and so on.

    Args:
        every: steps from one sheet to the next, at first.
        columns: pictures in a row.
        rows: rows of a sheet.
        seed: of the noise, which is the same for every sheet.
    """

    def __init__(self, *, every: int = 100, columns: int = 8, rows: int = 8, seed: int = 0) -> None:
        self._every = every
        self._columns = columns
        self._count = columns * rows
        self._seed = seed
        self._last = math.inf
        self._epoch = 0  # of the latest sheet
        self._page = SamplePage(columns)

    def observe(self, view: TrainingView, folder: RunFolder) -> bool:
        """Write a sheet if it is time; training always goes on."""
        if view.step <= self._last:  # the first step, or one after a return to an earlier checkpoint
            _forget(view.step, folder)
            self._page.begin_again()
            self._epoch = _latest_epoch(folder, view)
        self._last = view.step
        if self._is_due(view):
            self._epoch = view.epoch
            content, about = BytesIO(), PngInfo()
            about.add_text(EPOCH, str(view.epoch))
            sheet(self._pictures(view), self._columns).save(content, "PNG", pnginfo=about)
            folder.write(f"samples/step-{view.step:06d}.png", content.getvalue())
            self._page.write(folder, view)
        return True

    def _is_due(self, view: TrainingView) -> bool:
        if view.step % interval(view.step, self._every) == 0 or view.step == view.steps:
            return True
        is_long = view.epoch > 0 and view.step >= self._every * view.epoch
        stride = interval(view.epoch, 1, _EPOCHS_AT_FIRST)
        return is_long and view.epoch // stride > self._epoch // stride

    def _pictures(self, view: TrainingView) -> Tensor:
        if not isinstance(view, LatentView):
            return view.preview(self._count)
        rng = torch.Generator().manual_seed(self._seed)
        latents = draw_latents(self._count, view.takes, rng)
        labels = torch.arange(self._count) // self._columns % view.labels if view.labels else None
        return view.sample(latents, labels)

    def finish(self, folder: RunFolder) -> None:
        """Write the film of all sheets, those of before a resume among them, and show it on the page."""
        names = choose_frames(sheet_names(folder))
        if names:
            folder.write(FILM_NAME, make_gif(read_frames(folder, names)))
            self._page.write(folder)


def interval(step: int, every: int, at_first: int = _SHEETS_AT_FIRST) -> int:
    """Return the steps from one sheet to the next at ``step``: ``every``, until there are so many ``at_first``.

    >>> [interval(step, 100) for step in (1, 3200, 3201, 6400, 6401)]
    [100, 100, 200, 200, 400]
    """
    return every << max(0, -(-step // (at_first * every)) - 1).bit_length()


def _latest_epoch(folder: RunFolder, view: TrainingView) -> int:
    """Return the epoch of the latest sheet that there is: what a training that goes on has shown before."""
    names = sheet_names(folder)
    found = epoch_of(folder, names[-1]) if names else 0
    return view.epoch if found is None else found


def _forget(step: int, folder: RunFolder) -> None:
    """Remove the sheets from ``step`` on, which a training left that was killed after its checkpoint."""
    for name in sheet_names(folder):
        if step_of(name) >= step:
            folder.delete(name)


def sheet(images: Tensor, columns: int) -> Image.Image:
    """Return ``images`` (N, C, H, W) in [-1, 1] side by side, row after row, without gaps.

    >>> sheet(torch.zeros(6, 3, 8, 8), columns=3).size
    (24, 16)
    """
    pixels = images.add(1).mul(127.5).round().clamp(0, 255).byte().permute(0, 2, 3, 1).numpy()
    n, height, width, channels = pixels.shape
    rows = -(-n // columns)
    page = np.zeros((rows * columns, height, width, channels), np.uint8)
    page[:n] = pixels
    # (R*K, H, W, C) -> (R, K, H, W, C) -> (R, H, K, W, C) -> (R*H, K*W, C)
    page = page.reshape(rows, columns, height, width, channels).swapaxes(1, 2)
    page = page.reshape(rows * height, columns * width, channels)
    return Image.fromarray(page if channels == 3 else page[:, :, 0])
