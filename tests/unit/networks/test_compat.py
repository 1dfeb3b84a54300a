"""The libraries around torchvision can be imported, in a fresh interpreter, whatever torchvision's build lacks."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def run_fresh(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False, timeout=240
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_everything_imports_after_many_threads_have_enabled_it() -> None:
    code = """
from concurrent.futures import ThreadPoolExecutor
from components.networks._compat import enable
with ThreadPoolExecutor(4) as pool:
    list(pool.map(lambda _: enable(), range(8)))
import torchvision, lightning_fabric, spandrel
"""
    if sys.version_info < (3, 13):
        code += """
import torch
import basicsr.archs.rrdbnet_arch
from realesrgan.archs.srvgg_arch import SRVGGNetCompact
assert SRVGGNetCompact(3, 3, 8, 1, 4)(torch.zeros(1, 3, 8, 8)).shape == (1, 3, 32, 32)
"""
    assert run_fresh(code + "print('imported')") == "imported"


def test_enable_repairs_an_import_that_has_failed_before() -> None:
    code = """
import contextlib
with contextlib.suppress(RuntimeError):
    import torchvision
from components.networks._compat import enable
enable()
import torchvision.ops
from torchvision.transforms.functional_tensor import rgb_to_grayscale
print(rgb_to_grayscale.__module__)
"""
    assert run_fresh(code) == "torchvision.transforms.functional"


def test_operators_that_are_declared_already_are_left_alone() -> None:
    code = """
import torch
library = torch.library.Library("torchvision", "DEF")
for name in ("nms", "qnms"):
    library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
from components.networks import _compat
_compat.enable()
print(len(_compat._declared))
"""
    assert run_fresh(code) == "0"
