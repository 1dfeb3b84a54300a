"""Enlarges with the official implementation of Real-ESRGAN, to measure others by."""

import sys
from pathlib import Path
from threading import Lock
from typing import Any, final

import numpy as np
import torch
from torch import Tensor

from components.enhancement.architecture import Architecture, build, detect
from components.enhancement.clearing import fill_clear
from components.enhancement.runner import passes_to
from components.enhancement.sizes import assemble, picture_settings, plain_record, target_size
from components.enhancement.weights import Weights, read_weights
from components.networks._compat import enable
from components.networks.runtime import describe_runtime
from interfaces.errors import RunError, SettingsError, WeightsError
from interfaces.iedt import IEDT
from interfaces.ies import IES, RealesrganReference
from interfaces.igdt import IGDT
from interfaces.provenance import StageRecord

__all__ = ["RealesrganReferenceEnhancer", "official_upsampler"]


@final
class RealesrganReferenceEnhancer:
    """The official `RealESRGANer` with what it ships with: no tiles, float32 on a processor, float16 on a GPU.

    Pictures pass one by one, and through eight bits before and after each pass, as in the original. It holds the
    picture on itself, so that threads take turns.
    """

    def __init__(self) -> None:
        self._lock = Lock()

    def enhance(self, data: IGDT, settings: IES) -> IEDT:
        """Return ``data`` at the size that ``settings`` asks for, and the sizes to keep.

        Raises:
            SettingsError: the settings are another enhancer's, or ``realesrgan`` is not installed.
            WeightsError: the weights are missing, damaged, of another architecture, or not in an official file.
            RunError: it fails, as it does on pictures that are too large for the memory.
        """
        options = settings.enhancer
        if not isinstance(options, RealesrganReference):
            raise SettingsError(
                f"enhancer: wanted the options of 'realesrgan-reference', got those of {options.kind!r}"
            )
        source = fill_clear(data.images, data.alpha)
        side = max(data.images.shape[2:])
        wanted = max(target_size((data.images.shape[3], data.images.shape[2]), settings))
        if wanted <= side:
            return assemble(data, settings, [source], plain_record("realesrgan-reference", settings))
        weights = read_weights(Path(options.weights))
        architecture = detect(weights.state, weights.name)
        results = [source]
        with self._lock:
            upsampler = official_upsampler(Path(options.weights), weights, architecture)
            for _ in range(passes_to(side, wanted, architecture.scale)):
                results.append(torch.cat([_pass(upsampler, image) for image in results[-1]]))
        record = _record(settings, weights, upsampler.device)
        return assemble(data, settings, results, record, weights_sha256=weights.sha256)


def official_upsampler(path: Path, weights: Weights, architecture: Architecture) -> Any:
    """Return a `RealESRGANer` as the official script makes it, with ``pre_pad`` 0 and no tiles.

    Raises:
        SettingsError: ``realesrgan`` is not installed.
        WeightsError: the file is not one that it can read.
    """
    enable()
    try:
        from realesrgan import RealESRGANer
    except ImportError as error:
        why = (
            "which cannot be built on Python 3.13 and later" if sys.version_info >= (3, 13) else f"({error})"
        )
        raise SettingsError(
            f"enhancer: realesrgan-reference wants the package realesrgan, {why}; take realesrgan, which does the"
            " same without it"
        ) from error
    try:
        return RealESRGANer(
            scale=architecture.scale,
            model_path=str(path),
            model=build(architecture, weights.state, weights.name, library="realesrgan"),
            pre_pad=0,
            half=torch.cuda.is_available(),
        )
    # it reads the file for itself, and raises nearly anything on what artgen can read and it cannot
    except Exception as error:
        raise WeightsError(
            f"weights {path}: the official implementation cannot read them; it wants a .pth file with the tensors"
            f" under 'params_ema' or 'params': {error}"
        ) from error


def _pass(upsampler: Any, image: Tensor) -> Tensor:
    """Return (1, 3, s·h, s·w) in [-1, 1] for an image (3, h, w) in [-1, 1]."""
    eight = image.detach().cpu().add(1.0).mul_(127.5).round_().to(torch.uint8)
    blue_first = np.ascontiguousarray(eight.flip(0).permute(1, 2, 0).numpy())
    try:
        made, _ = upsampler.enhance(blue_first)
    except RuntimeError as error:
        raise RunError(
            f"the official implementation cannot enlarge a picture of {image.shape[2]}x{image.shape[1]} px: {error};"
            " take realesrgan"
        ) from error
    colours = torch.from_numpy(np.ascontiguousarray(made[..., ::-1])).permute(2, 0, 1)[None]
    return (colours.float() / 127.5 - 1).clamp_(-1.0, 1.0).contiguous()


def _record(settings: IES, weights: Weights, device: torch.device) -> StageRecord:
    return StageRecord(
        stage="enhancement",
        component="realesrgan-reference",
        settings={
            **picture_settings(settings),
            "enhancer": {"kind": "realesrgan-reference", "weights": weights.name},
        },
        digests={"weights": weights.sha256},
        runtime=describe_runtime(device, "pillow", "realesrgan", "basicsr"),
    )
