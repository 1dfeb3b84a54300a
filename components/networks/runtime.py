"""What decides the last bit of a result: device, threads, versions."""

from importlib.metadata import version

import torch
from pydantic import JsonValue

__all__ = ["describe_runtime"]


def describe_runtime(device: torch.device, *distributions: str) -> dict[str, JsonValue]:
    """Return device kind, thread count and versions, for the ``runtime`` of a `StageRecord`.

    Args:
        device: where the stage computes; a GPU is named by its model, because kernels differ by it.
        distributions: names of further installed distributions whose version matters.
    """
    kind = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
    versions: dict[str, JsonValue] = {name: version(name) for name in ("artgen", "torch", *distributions)}
    return {"device": kind, "threads": torch.get_num_threads(), "versions": versions}
