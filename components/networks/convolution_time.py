"""How long convolutions take on the processor, in float32 and in bfloat16."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple

import torch
from torch import Tensor
from torch.nn import Conv2d, Parameter, Sequential
from torch.nn.functional import conv2d, leaky_relu, prelu
from torch.nn.utils import skip_init

from components.networks.winograd import with_winograd

__all__ = ["Times", "Work", "measure"]

Work = Literal["enhancement", "training", "stylizing", "translating"]
"""Enhancement: inference. Training: forward and backward under autocast. Stylizing: forward, and the gradient of the input alone.
Translating: inference of wide layers, which take fewer products in float32."""

_MOST_TURNS = 20
_ENOUGH_S = 0.09
_TRY_AGAIN_S = 0.4
_QUIET_SPREAD = 1.25
"""Second-best turn over the best one."""
_QUIET_SHARE = 0.75
"""Processor time that was had over what the threads could have had."""


class Times(NamedTuple):
    """Seconds of one convolution."""

    float32_s: float
    bfloat16_s: float
    is_quiet: bool = True
    """False where other work on the machine may have decided between the two."""


def measure(work: Work) -> Times:
    """Return how long a convolution like those of ``work`` takes, with the threads that torch uses now.

    The precisions take turns, so that other work on the machine meets both, and the shortest turn of each counts,
    since other work only ever adds time. It takes less than 0.2 s where the processor has units for bfloat16; a
    machine that is busy gets more turns. No global random state is touched.
    """
    make = _MAKERS[work]
    runs = [make(dtype) for dtype in (torch.float32, torch.bfloat16)]
    for run in runs:  # the first of each chooses its kernels
        run()
    begin = time.perf_counter()
    turns: tuple[list[float], list[float]] = ([], [])
    is_quiet = False
    while not is_quiet and time.perf_counter() - begin < _TRY_AGAIN_S:
        share = _take_turns(runs, turns)
        is_quiet = share >= _QUIET_SHARE and all(_spread(times) <= _QUIET_SPREAD for times in turns)
    return Times(min(turns[0]), min(turns[1]), is_quiet)


def _take_turns(runs: Sequence[Callable[[], object]], turns: Sequence[list[float]]) -> float:
    """Append the seconds of each run to its list; return the share of the processor time that could be had."""
    begin, used = time.perf_counter(), time.process_time()
    for turn in range(_MOST_TURNS):
        for run, times in zip(runs, turns, strict=True):
            start = time.perf_counter()
            run()
            times.append(time.perf_counter() - start)
        if turn and time.perf_counter() - begin > _ENOUGH_S:
            break
    could = (time.perf_counter() - begin) * torch.get_num_threads()
    return (time.process_time() - used) / could


def _spread(times: Sequence[float]) -> float:
    best, second = sorted(times)[:2]
    return second / best


def _enlarging(dtype: torch.dtype) -> Callable[[], object]:
    """Return a turn of a convolution as Real-ESRGAN's networks have most, on a tile of 128 px: 1.2 GFLOP."""
    tile, weight = (_noise(*shape).to(dtype) for shape in ((1, 64, 128, 128), (64, 64, 3, 3)))
    slope = torch.full((64,), 0.25, dtype=dtype)

    def run() -> None:
        with torch.inference_mode():
            prelu(conv2d(tile, weight, padding=1), slope)

    return run


def _learning(dtype: torch.dtype) -> Callable[[], object]:
    """Return a turn of a convolution as the GANs have them, with both its gradients, on 8 pictures: 1.6 GFLOP."""
    images, weight = (_noise(*shape).requires_grad_() for shape in ((8, 64, 32, 32), (128, 64, 4, 4)))

    def run() -> None:
        with torch.enable_grad(), torch.autocast("cpu", torch.bfloat16, enabled=dtype is torch.bfloat16):
            result = leaky_relu(conv2d(images, weight, stride=2, padding=1), 0.2)
            loss = result.float().square().mean()
        torch.autograd.grad(loss, (images, weight))

    return run


def _comparing(dtype: torch.dtype) -> Callable[[], object]:
    """Return a turn of a convolution as VGG's features have them, with the gradient of its maps, on 96 px: 1.4 GFLOP."""
    maps, weight = (_noise(*shape).to(dtype) for shape in ((1, 64, 96, 96), (64, 64, 3, 3)))
    maps.requires_grad_()

    def run() -> None:
        with torch.enable_grad():
            loss = conv2d(maps, weight, padding=1).relu().float().square().mean()
        torch.autograd.grad(loss, maps)

    return run


def _translating(dtype: torch.dtype) -> Callable[[], object]:
    """Return a turn of a convolution as most of a translation's are, at each precision as they are computed there: 1.2 GFLOP."""
    maps, weight = (_noise(*shape).to(dtype) for shape in ((1, 256, 32, 32), (256, 256, 3, 3)))
    plain = skip_init(Conv2d, 256, 256, 3, padding=1, bias=False, dtype=dtype)
    plain.weight = Parameter(weight)
    layer = with_winograd(Sequential(plain)) if dtype is torch.float32 else plain

    def run() -> None:
        with torch.inference_mode():
            layer(maps).relu_()

    return run


_MAKERS: Mapping[Work, Callable[[torch.dtype], Callable[[], object]]] = {
    "enhancement": _enlarging,
    "training": _learning,
    "stylizing": _comparing,
    "translating": _translating,
}


def _noise(*shape: int) -> Tensor:
    noise = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    return noise.contiguous(memory_format=torch.channels_last)
