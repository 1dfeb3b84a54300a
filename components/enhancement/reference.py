"""Enlarges with the official implementation of Real-ESRGAN, to measure others by."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any, final

import numpy as np
import torch
from torch import Tensor

from components.enhancement.architecture import Architecture, build, detect
from components.enhancement.runner import Published, passes_to
from components.enhancement.sizes import assemble, picture_settings, plain_record, target_size
from components.enhancement.weights import Weights, read_weights
from components.imaging.alpha_fill import fill_clear
from components.networks._compat import enable
from components.networks.runtime import describe_runtime
from interfaces.errors import RunError, SettingsError
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

    Args:
        published: says by its digest what is known of a file of weights; the record of a picture has that.
    """

    def __init__(self, published: Published | None = None) -> None:
        self._lock = Lock()
        self._published = published or (lambda _: None)

    def enhance(self, data: IGDT, settings: IES) -> IEDT:
        """Return ``data`` at the size that ``settings`` asks for, and the sizes to keep.

        Raises:
            SettingsError: the settings are another enhancer's, or ``realesrgan`` is not installed.
            WeightsError: the weights are missing, damaged, or of another architecture.
            RunError: it fails, as it does on pictures that are too large for the memory.
        """
        options = settings.enhancer
        if not isinstance(options, RealesrganReference):
            raise SettingsError(
                "enhancer: wanted the options of 'realesrgan-reference', with the path of the weights, got those of "
                f"{options.kind!r}; pipeline.boxes.enhance finds enhancer and weights"
            )
        source = fill_clear(data.images, data.alpha)
        side = max(data.images.shape[2:])
        wanted = max(target_size((data.images.shape[3], data.images.shape[2]), settings))
        if wanted <= side:
            return assemble(data, settings, [source], plain_record("realesrgan-reference", settings))
        read = read_weights(Path(options.weights))
        weights = read.as_published(self._published(read.sha256))
        architecture = detect(weights.state, weights.name)
        results = [source]
        with self._lock:
            upsampler = official_upsampler(weights, architecture)
            for _ in range(passes_to(side, wanted, architecture.scale)):
                results.append(torch.cat([_pass(upsampler, image) for image in results[-1]]))
        record = _record(settings, weights, upsampler.device)
        return assemble(data, settings, results, record, weights_sha256=weights.sha256)


def official_upsampler(weights: Weights, architecture: Architecture) -> Any:
    """Return a `RealESRGANer` as the official script makes it, with ``pre_pad`` 0 and no tiles.

    It reads a file for itself, and only the kind that its authors publish: the tensors are given to it as one.

    Raises:
        SettingsError: ``realesrgan`` is not installed.
        WeightsError: the tensors do not fit the architecture.
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
    network = build(architecture, weights.state, weights.name, library="realesrgan")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "weights.pth"
        torch.save({"params": dict(weights.state)}, path)
        return RealESRGANer(
            scale=architecture.scale,
            model_path=str(path),
            model=network,
            pre_pad=0,
            half=torch.cuda.is_available(),
        )


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
        licences={"weights": weights.licence} if weights.licence else {},
        sources={"weights": weights.source} if weights.source else {},
        runtime=describe_runtime(device, "pillow", "realesrgan", "basicsr"),
    )
