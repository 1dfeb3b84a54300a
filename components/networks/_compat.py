"""Makes torchvision, and what builds on it, importable on current systems.

`enable` goes before any import of torchvision, torchmetrics, lightning_fabric, spandrel, basicsr or realesrgan.
"""

import sys
from importlib.util import find_spec
from threading import Lock
from types import ModuleType

import torch

__all__ = ["enable"]

_OPERATORS = ("nms", "qnms")
_REMOVED = "torchvision.transforms.functional_tensor"

_lock = Lock()
_declared: list[torch.library.Library] = []  # a declaration lives as long as its Library object


def enable() -> None:
    """Import torchvision, with what its build or a later release lacks put in its place.

    Two gaps are closed, each only where it is found:

    - torchvision built for another torch (PyPI's beside a CPU-only torch) has no compiled operators, and raises
      on import since ``torchvision::nms`` and ``::qnms`` are unknown. Their declaration is enough; calling them
      still raises, and nothing of artgen does.
    - basicsr imports ``rgb_to_grayscale`` from a module that torchvision 0.17 removed.

    May be called any number of times, from any thread.
    """
    with _lock:
        _import_torchvision()
        _restore_functional_tensor()


def _import_torchvision() -> None:
    try:
        import torchvision
    except RuntimeError as error:
        if "torchvision::nms" not in str(error) or _declared:
            raise
        _declare_operators()
        import torchvision  # noqa: F401


def _declare_operators() -> None:
    library = torch.library.Library("torchvision", "FRAGMENT")
    for name in _OPERATORS:
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _declared.append(library)


def _restore_functional_tensor() -> None:
    if _REMOVED in sys.modules or find_spec(_REMOVED) is not None:
        return
    from torchvision.transforms.functional import rgb_to_grayscale

    module = ModuleType(_REMOVED, "Stands in for a module that torchvision removed.")
    module.__dict__["rgb_to_grayscale"] = rgb_to_grayscale
    sys.modules[_REMOVED] = module
