"""Runs a super-resolution network over images of any size, in tiles and batches whose shapes never vary."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice, product
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from components.networks.part_done import telling
from interfaces.errors import RunError, WeightsError

__all__ = ["MIN_TILE_PX", "Done", "Engine", "Enlargement", "is_out_of_memory"]

MIN_TILE_PX = 16
"""Smallest tile that running out of memory leads to."""

_BATCH_PIXELS = {"cuda": 8 * 256 * 256}  # input pixels that fill the device; elsewhere one tile does
_BATCH_LIMIT = 32
_OUT_OF_MEMORY = ("out of memory", "not enough memory", "can't allocate memory")
_CPU = torch.device("cpu")
_BLACK = 1 / 255
_VISIBLE = 8 / 255


class Enlargement(NamedTuple):
    """What a number of passes made."""

    results: tuple[Tensor, ...]
    """One for each pass, (N, 3, h, w) float32 in [0, 1], on the CPU."""
    tile_px: int
    """The tile that it was done with."""
    batches: tuple[int, ...]
    """Tiles in a batch, for each pass."""


class Done(NamedTuple):
    """How far an enlargement is."""

    percent: int
    """Of the work of all passes on all images: pixels that the network reads."""
    tile: int
    """The one under way, from 1 on."""
    tiles: int


class _Window(NamedTuple):
    """A tile along one axis: what it reads, and the part of its result that is used."""

    start: int
    use_from: int
    use_to: int


@dataclass(frozen=True)
class Engine:
    """A network with all that is needed to run it.

    An image's result does not depend on the other images, on its place among them or on their number: the tiles
    of a pass all have one shape, a batch has a fixed number of them that follows from that shape alone, and the
    last batch is filled up.
    """

    network: Callable[[Tensor], Tensor]
    """(B, 3, h, w) float32 in [0, 1] → (B, 3, scale·h, scale·w) float32."""
    scale: int
    overlap_px: int
    """Pixels that a tile reads around what it is responsible for."""
    multiple: int = 1
    """Sides that the network takes are multiples of this."""
    device: torch.device = _CPU
    batch: int | None = None
    """Tiles in a batch; None: as many as fill the device."""
    tell: Callable[[Done], None] | None = None
    """Is told whenever another percent of the work is done."""
    parts: int = 1
    """How many parts of its work the network tells the end of (`part_done`), for one batch; 1: none."""
    exact: Callable[[Tensor], Tensor] | None = None
    """The network for all passes but the last, where that may be less exact; None: the same."""

    def enlarge(self, images: Tensor, passes: int, tile_px: int) -> Enlargement:
        """Run the network ``passes`` times, each on the result of the one before.

        When the memory does not suffice, everything is done again with half the tile, so that all passes of all
        images have the same one.

        Args:
            images: (N, 3, H, W) float32 in [0, 1]; never modified.
            passes: how often.
            tile_px: side of the square that one tile is responsible for, in pixels of its pass's input.

        Raises:
            WeightsError: the network gives another shape, numbers that are not finite, or black.
            RunError: the memory does not suffice for the smallest tile either.
        """
        while True:
            try:
                return self._enlarge(images, passes, tile_px)
            except (RuntimeError, MemoryError) as error:
                longest = max(images.shape[2:]) * self.scale ** (passes - 1)
                smaller = min(tile_px, longest) // 2
                if not is_out_of_memory(error):
                    raise
                if smaller < MIN_TILE_PX:
                    raise _too_little_memory(self.device, tile_px) from error
                tile_px = smaller
            # only here, after the block above has let go of the failed tensors
            if self.device.type == "cuda":
                torch.cuda.empty_cache()

    def _enlarge(self, images: Tensor, passes: int, tile_px: int) -> Enlargement:
        n, _, height, width = images.shape
        plans = [self._plan(n, height * self.scale**i, width * self.scale**i, tile_px) for i in range(passes)]
        ahead = _Ahead(plans, self.parts, self.tell)
        results: list[Tensor] = []
        earlier = [self.exact or self.network] * (passes - 1)
        for plan, network in zip(plans, [*earlier, self.network], strict=True):
            images = self._pass(images, plan, ahead, network)
            results.append(images)
        return Enlargement(tuple(results), tile_px, tuple(plan.batch for plan in plans))

    def _plan(self, n: int, height: int, width: int, tile_px: int) -> "_Plan":
        rows, tile_height = self._windows(_round_up(height, self.multiple), tile_px)
        columns, tile_width = self._windows(_round_up(width, self.multiple), tile_px)
        batch = self.batch or self._fitting_batch(tile_height * tile_width)
        return _Plan(n, rows, columns, (tile_height, tile_width), batch)

    def _pass(
        self, images: Tensor, plan: "_Plan", ahead: "_Ahead", network: Callable[[Tensor], Tensor]
    ) -> Tensor:
        n, _, height, width = images.shape
        padded = self._pad(images)
        tile_height, tile_width = plan.tile
        output = torch.empty(n, 3, padded.shape[2] * self.scale, padded.shape[3] * self.scale)
        every_job = product(range(n), plan.rows, plan.columns)
        while jobs := tuple(islice(every_job, plan.batch)):
            tiles = torch.zeros(plan.batch, 3, tile_height, tile_width)
            for tile, (i, y, x) in zip(tiles, jobs, strict=False):
                tile.copy_(padded[i, :, y.start : y.start + tile_height, x.start : x.start + tile_width])
            with ahead.batch(plan, len(jobs)):
                made = self._run(tiles, network)
            self._place(output, made, jobs)
        output = output[:, :, : height * self.scale, : width * self.scale].contiguous()
        _check_not_black(images.amax(dim=(1, 2, 3)), output)
        return output

    def _pad(self, images: Tensor) -> Tensor:
        height, width = images.shape[2:]
        bottom, right = -height % self.multiple, -width % self.multiple
        return F.pad(images, (0, right, 0, bottom), mode="replicate") if bottom or right else images

    def _windows(self, side: int, tile_px: int) -> tuple[list[_Window], int]:
        """Return the tiles along one axis and the side that all of them have."""
        count = -(-side // tile_px)
        own = _round_up(-(-side // count), self.multiple)
        overlap = _round_up(self.overlap_px, self.multiple)
        read = min(side, own + 2 * overlap)
        # a tile at a border is moved inwards, so that it ends where the image ends, as the network does untiled
        return [
            _Window(min(max(at - overlap, 0), side - read), at, min(at + own, side))
            for at in range(0, side, own)
        ], read

    def _fitting_batch(self, tile_pixels: int) -> int:
        # measured on two cores: four tiles of 64 px at once are 7 % faster than one by one, larger ones are not
        return max(1, min(_BATCH_LIMIT, _BATCH_PIXELS.get(self.device.type, 0) // tile_pixels))

    @torch.no_grad()
    def _run(self, tiles: Tensor, network: Callable[[Tensor], Tensor]) -> Tensor:
        wanted = (*tiles.shape[:2], tiles.shape[2] * self.scale, tiles.shape[3] * self.scale)
        on_device = tiles.to(self.device, memory_format=torch.channels_last)
        result = network(on_device).cpu()
        if tuple(result.shape) != wanted:
            raise WeightsError(f"network: wanted a result of shape {wanted}, got {tuple(result.shape)}")
        # a NaN anywhere is the smallest and the largest value; ten times as fast as asking each value
        if not torch.isfinite(torch.stack(torch.aminmax(result))).all():
            raise WeightsError(
                "network: wanted finite numbers, got others; the weights are damaged, or the precision is too low"
                " for them (--precision float32)"
            )
        result = result.clamp_(0.0, 1.0)
        # a tile may lose a lone dim spot to a network that takes noise away, but not its mean
        _check_not_black(tiles.mean(dim=(1, 2, 3)), result)
        return result

    def _place(self, output: Tensor, tiles: Tensor, jobs: tuple[tuple[int, _Window, _Window], ...]) -> None:
        s = self.scale
        for tile, (i, y, x) in zip(tiles, jobs, strict=False):
            part = tile[:, _within(y, s), _within(x, s)]
            output[i, :, y.use_from * s : y.use_to * s, x.use_from * s : x.use_to * s] = part


class _Plan(NamedTuple):
    """How a pass is cut up."""

    images: int
    rows: list[_Window]
    columns: list[_Window]
    tile: tuple[int, int]
    """Height and width that each tile reads."""
    batch: int

    @property
    def tiles(self) -> int:
        return self.images * len(self.rows) * len(self.columns)


class _Ahead:
    """Counts the work that is done, and tells every new percent of it."""

    def __init__(self, plans: list[_Plan], parts: int, tell: Callable[[Done], None] | None) -> None:
        self._tiles = sum(plan.tiles for plan in plans)
        self._work = sum(plan.tiles * plan.tile[0] * plan.tile[1] for plan in plans)
        self._parts = parts
        self._listener = tell
        self._tile = 0
        self._done = 0.0
        self._told = -1

    @contextmanager
    def batch(self, plan: _Plan, tiles: int) -> Iterator[None]:
        """Count a batch, part by part where the network tells its parts."""
        work, before = tiles * plan.tile[0] * plan.tile[1], self._done

        def part() -> None:
            self._done = min(self._done + work / self._parts, before + work)
            self._tell(tiles)

        self._tell(tiles)
        with telling(part if self._parts > 1 else None):
            yield
        self._done = before + work
        self._tell(tiles)
        self._tile += tiles

    def _tell(self, tiles: int) -> None:
        percent = int(100 * self._done / self._work + 1e-9)
        if self._listener is not None and percent > self._told:
            self._told = percent
            self._listener(Done(percent, self._tile + tiles, self._tiles))


def _within(window: _Window, scale: int) -> slice:
    return slice((window.use_from - window.start) * scale, (window.use_to - window.start) * scale)


def _round_up(value: int, multiple: int) -> int:
    return -(-value // multiple) * multiple


def _too_little_memory(device: torch.device, tile_px: int) -> RunError:
    return RunError(
        f"not enough memory on {device}, even for tiles of {tile_px} px; make smaller images, or end what else"
        " uses that memory"
    )


def is_out_of_memory(error: BaseException) -> bool:
    """Say whether ``error`` is a device's or the system's way to refuse memory."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or any(
        phrase in str(error).lower() for phrase in _OUT_OF_MEMORY
    )


def _check_not_black(brightness: Tensor, output: Tensor) -> None:
    """Raise where an image, or a tile, was as bright as ``brightness`` (N,) says and is black in ``output``."""
    black = (output.amax(dim=(1, 2, 3)) <= _BLACK) & (brightness >= _VISIBLE)
    if black.any():
        raise WeightsError(
            "network: got a black picture from one that is not; the weights are damaged, or the precision is too"
            " low for them (--precision float32)"
        )
