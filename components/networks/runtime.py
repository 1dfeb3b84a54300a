"""What decides the last bit of a result: device, threads, versions."""

from importlib.metadata import version

import torch
from pydantic import JsonValue

__all__ = ["describe_runtime", "settle_vector_functions"]


def describe_runtime(device: torch.device, *distributions: str) -> dict[str, JsonValue]:
    """Return device kind, thread count and versions, for the ``runtime`` of a `StageRecord`.

    Args:
        device: where the stage computes; a GPU is named by its model, because kernels differ by it.
        distributions: names of further installed distributions whose version matters.
    """
    kind = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
    versions: dict[str, JsonValue] = {name: version(name) for name in ("artgen", "torch", *distributions)}
    return {"device": kind, "threads": torch.get_num_threads(), "versions": versions}


def settle_vector_functions() -> None:
    """Let the vector mathematics behind ``torch.tanh`` choose its code for this processor, in one thread.

    MKL chooses at the first call. When that call was made by two threads at once, one of five processes computed
    its tanh by other code than the rest, with other last bits: pictures and trainings could not be repeated.
    """
    torch.tanh(torch.zeros(8))
