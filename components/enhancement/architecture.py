"""The two architectures of Real-ESRGAN, told from the shapes of their weights."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from math import isqrt
from typing import Any, Literal

import torch
from torch import Tensor, nn

from components.networks._compat import enable
from components.networks.rrdb import RRDBNet
from components.networks.srvgg import SRVGGNetCompact
from interfaces.errors import WeightsError
from interfaces.trained_enhancer import CompactNetwork

__all__ = ["PUBLISHED", "Architecture", "Library", "build", "detect"]

Library = Literal["artgen", "realesrgan", "spandrel"]
"""Whose implementation of a network: ours starts two seconds sooner, joins less, and tells how far it is."""

PUBLISHED: Library = "realesrgan" if find_spec("basicsr") and find_spec("realesrgan") else "spandrel"
"""The one that others have: basicsr, and so realesrgan, cannot be built on Python 3.13 and later."""

_KNOWN = (
    "SRVGGNetCompact (body.0.weight, body.1.weight, …) and"
    " RRDBNet (conv_first.weight, body.0.rdb1.conv1.weight, …)"
)
_RRDB_SCALES = {
    3: 4,
    12: 2,
}  # by input channels of the first convolution: at 2, squares of pixels become channels


@dataclass(frozen=True)
class Architecture:
    """What it takes to build a network."""

    kind: Literal["SRVGGNetCompact", "RRDBNet"]
    features: int
    depth: int
    """Convolutions between the first and the last one, or residual blocks."""
    grow: int
    """Channels that each convolution of a dense block adds; 0 where there are none."""
    scale: int
    """Size of the output over size of the input."""

    @property
    def enlarges_rounding(self) -> bool:
        """Whether a pass makes visible what was rounded in the one before.

        Measured on a painting, 64 → 256 → 1024 px in bfloat16 against float32: RRDBNet of 23 blocks 35.6 dB over both
        passes and 49.5 dB over the second alone; SRVGGNetCompact 46 dB over both.
        """
        return self.kind == "RRDBNet"

    @property
    def overlap_px(self) -> int:
        """Pixels around a tile that its result depends on.

        SRVGGNetCompact: exactly its receptive field, one pixel for each 3x3 convolution. RRDBNet: its 350 or so
        cannot be afforded; at 32 the seams are below what eight bits show.
        """
        return self.depth + 2 if self.kind == "SRVGGNetCompact" else 32

    @property
    def tile_px(self) -> int:
        """Side of a tile that fits into some 3 GB; the largest one is the fastest, having the least overlap."""
        return 512 if self.kind == "SRVGGNetCompact" else 256

    @property
    def parts(self) -> int:
        """Parts of about equal work, whose ends our network tells."""
        return self.depth + RRDBNet.TAIL_PARTS if self.kind == "RRDBNet" else 1

    @property
    def multiple(self) -> int:
        """Sides of the input must be multiples of this."""
        return 2 if self.kind == "RRDBNet" and self.scale == 2 else 1


def detect(state: Mapping[str, Tensor], name: str) -> Architecture:
    """Return the architecture of the weights ``state``; ``name`` says in an error which they are.

    Raises:
        WeightsError: they are of another architecture.
    """
    shapes = {key: tuple(tensor.shape) for key, tensor in state.items()}
    found = _detect_srvgg(shapes) or _detect_rrdb(shapes)
    if found is None:
        seen = ", ".join(f"{key} {'x'.join(map(str, shape))}" for key, shape in list(shapes.items())[:4])
        raise WeightsError(
            f"weights {name}: unknown architecture with {len(shapes)} tensors ({seen}, …); known: {_KNOWN}, RGB"
            " pictures, at least twice as large"
        )
    return found


def build(
    architecture: Architecture, state: Mapping[str, Tensor], name: str, *, library: Library = "artgen"
) -> nn.Module:
    """Return the network with its weights, float32, for inference; ``name`` says in an error which they are.

    Raises:
        WeightsError: weights are missing, superfluous or of another shape.
    """
    make = {"artgen": _own, "realesrgan": _official, "spandrel": _from_spandrel}[library]
    try:
        module = make(architecture, state)
    except RuntimeError as error:
        raise WeightsError(f"weights {name}: do not fit {architecture}: {error}") from error
    return module.eval().requires_grad_(requires_grad=False)


def _own(architecture: Architecture, state: Mapping[str, Tensor]) -> nn.Module:
    a = architecture
    module: nn.Module
    if a.kind == "RRDBNet":
        module = RRDBNet(a.features, a.depth, a.grow, a.scale)
    else:
        # unchecked: the contract bounds what is trained here, and others have larger ones
        sizes: dict[str, Any] = {"features": a.features, "depth": a.depth, "scale": a.scale}
        module = SRVGGNetCompact(CompactNetwork.model_construct(**sizes))
    module.load_state_dict(dict(state), strict=True, assign=True)
    return module


def _official(architecture: Architecture, state: Mapping[str, Tensor]) -> nn.Module:
    enable()
    from basicsr.archs.rrdbnet_arch import RRDBNet
    from realesrgan.archs.srvgg_arch import SRVGGNetCompact

    a = architecture
    # on "meta" nothing is drawn from the global random state and no time goes into weights that are replaced
    with torch.device("meta"):
        module: nn.Module = (
            SRVGGNetCompact(3, 3, a.features, a.depth, a.scale, "prelu")
            if a.kind == "SRVGGNetCompact"
            else RRDBNet(3, 3, a.scale, a.features, a.depth, a.grow)
        )
    module.load_state_dict(dict(state), strict=True, assign=True)
    return module


def _from_spandrel(architecture: Architecture, state: Mapping[str, Tensor]) -> nn.Module:
    enable()
    from spandrel import ImageModelDescriptor, ModelLoader, UnsupportedModelError

    try:
        with torch.random.fork_rng(devices=[]):
            found = ModelLoader().load_from_state_dict(dict(state))
    except (UnsupportedModelError, LookupError) as error:
        raise RuntimeError(f"spandrel does not know them: {error}") from error
    if not isinstance(found, ImageModelDescriptor) or found.scale != architecture.scale:
        raise RuntimeError(f"spandrel takes them for {found.architecture.name} of scale {found.scale}")
    module: nn.Module = found.model
    # it leaves out what it does not know without a word
    if sum(t.numel() for t in module.parameters()) != sum(t.numel() for t in state.values()):
        raise RuntimeError("spandrel uses only some of them")
    return module


def _detect_srvgg(shapes: Mapping[str, tuple[int, ...]]) -> Architecture | None:
    first, last = shapes.get("body.0.weight", ()), _last(shapes, r"body\.(\d+)\.weight")
    output = shapes.get(f"body.{last}.weight", ())
    if len(first) != 4 or first[1] != 3 or len(output) != 4 or "body.1.weight" not in shapes or last % 2:
        return None
    scale = isqrt(output[0] // 3)
    if scale < 2 or 3 * scale**2 != output[0]:
        return None
    return Architecture("SRVGGNetCompact", first[0], (last - 2) // 2, 0, scale)


def _detect_rrdb(shapes: Mapping[str, tuple[int, ...]]) -> Architecture | None:
    first, dense = shapes.get("conv_first.weight", ()), shapes.get("body.0.rdb1.conv1.weight", ())
    if len(first) != 4 or len(dense) != 4 or first[1] not in _RRDB_SCALES:
        return None
    depth = _last(shapes, r"body\.(\d+)\.rdb1\.conv1\.weight") + 1
    return Architecture("RRDBNet", first[0], depth, dense[0], _RRDB_SCALES[first[1]])


def _last(shapes: Mapping[str, tuple[int, ...]], pattern: str) -> int:
    return max((int(m[1]) for key in shapes if (m := re.fullmatch(pattern, key))), default=0)
