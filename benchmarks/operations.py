"""What a computation takes, and what the machine makes of the plainest one."""

import statistics
import time
from collections.abc import Callable
from typing import Any, final

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

__all__ = ["Operations", "count_operations", "matmul_rate"]


@final
class Operations(TorchDispatchMode):
    """Counts the floating-point operations of convolutions and matrix products.

    torch's own FlopCounterMode looks them up in the same table, but refuses gradients with respect to an input.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # torch left it without annotations
        self.count = 0

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Run ``func`` and add what it takes."""
        result = func(*args, **(kwargs or {}))
        if func.overloadpacket in flop_registry:
            self.count += flop_registry[func.overloadpacket](*args, **(kwargs or {}), out_val=result)
        return result


def count_operations(work: Callable[[], object]) -> int:
    """Return how many floating-point operations ``work`` takes.

    >>> count_operations(lambda: torch.zeros(2, 3) @ torch.zeros(3, 5))
    60
    """
    operations = Operations()
    with operations:
        work()
    return operations.count


def matmul_rate(device: torch.device) -> float:
    """Return the floating-point operations per second of a float32 matrix product, the median of three."""
    side = 8192 if device.type == "cuda" else 1536
    factor = torch.rand(side, side, device=device)
    times = []
    for _ in range(3):
        begin = time.perf_counter()
        factor @ factor
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        times.append(time.perf_counter() - begin)
    return 2 * side**3 / statistics.median(times)
