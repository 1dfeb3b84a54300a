"""Maps as a file, so that others can be compared with them."""

import json
from collections.abc import Sequence

import numpy as np
import safetensors.numpy
from pydantic import ValidationError
from safetensors import SafetensorError

from interfaces.class_maps import ClassMap
from interfaces.errors import DataError

__all__ = ["encode_maps", "read_maps"]

_HEADER = "artgen"


def encode_maps(maps: Sequence[ClassMap]) -> bytes:
    """Return maps, at least one, as a safetensors file: ``classes`` and ``confidence`` of them all, and what they are of.

    Equal maps give equal bytes.
    """
    arrays = {
        "classes": np.stack([one.classes for one in maps]),
        "confidence": np.stack([one.confidence for one in maps]),
    }
    about = [one.model_dump(mode="json", include={"names", "fourth", "style"}) for one in maps]
    return safetensors.numpy.save(arrays, {_HEADER: json.dumps(about)})


def read_maps(content: bytes, where: str) -> tuple[ClassMap, ...]:
    """Return the maps of such a file.

    Raises:
        DataError: it holds something else; the message begins with ``where`` it was.
    """
    try:
        arrays = safetensors.numpy.load(content)
        size = int.from_bytes(content[:8], "little")
        about = json.loads(json.loads(content[8 : 8 + size])["__metadata__"][_HEADER])
        return tuple(
            ClassMap(classes=classes, confidence=confidence, **each)
            for classes, confidence, each in zip(arrays["classes"], arrays["confidence"], about, strict=True)
        )
    except (SafetensorError, ValidationError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{where}: wanted maps as `artgen lab map` writes them, got something else: {error}"
        ) from error
