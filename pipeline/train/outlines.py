"""Makes the domain of line drawings of pictures: for who has only these."""

from collections import Counter
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from urllib.parse import unquote

import numpy as np
from PIL import Image

from components.imaging.outline import outline
from components.imaging.picture_file import read_picture
from interfaces.errors import DataError, StorageError
from interfaces.events import Listener, Progress
from interfaces.itdt import ITDT, SetAside, TrainingImage
from interfaces.ports import ImageSource, RunFolder

__all__ = ["Drawn", "draw_outlines"]


class Drawn(NamedTuple):
    """What was made."""

    drawings: int
    """How many."""
    set_aside: tuple[SetAside, ...]
    """Files of which there is no drawing, and why."""


def draw_outlines(
    data: ITDT,
    source: ImageSource,
    folder: RunFolder,
    width: float | None = None,
    listener: Listener | None = None,
) -> Drawn:
    """Write a line drawing of each picture into ``folder``, a PNG of the same name and size; clear parts are white paper.

    They lie in folders of split and style, as those of the source do, where there are several of these.

    Raises:
        DataError: no picture can be drawn.
        StorageError: the folder cannot be written.
    """
    faults: list[SetAside] = []
    used: Counter[str] = Counter()
    for done, image in enumerate(data.images, 1):
        try:
            content = _drawing(source.read(image.uri), width)
        except (DataError, StorageError) as error:
            faults.append(SetAside(uri=image.uri, reason=str(error)))
            continue
        finally:
            if listener is not None:
                listener(Progress(stage="preprocessing", done=done, total=len(data.images)))
        name = _name(image, data)
        used[name] += 1
        folder.write(f"{name}.png" if used[name] == 1 else f"{name}-{used[name]}.png", content)
    if not used:
        raise DataError(
            f"none of the {len(data.images)} pictures can be drawn; the first: {faults[0].reason}"
        )
    return Drawn(len(data.images) - len(faults), (*data.set_aside, *faults))


def _drawing(content: bytes, width: float | None) -> bytes:
    picture = read_picture(content)
    image = picture.image
    if picture.alpha is not None:
        image = image * picture.alpha + (1 - picture.alpha)
    drawn = outline(image, width)[0, 0].add(1).mul(127.5).round().byte().numpy()
    buffer = BytesIO()
    Image.fromarray(np.ascontiguousarray(drawn)).save(buffer, "PNG")
    return buffer.getvalue()


def _name(image: TrainingImage, data: ITDT) -> str:
    splits, styles = {each.split for each in data.images}, data.styles
    stem = PurePosixPath(unquote(image.uri.partition("::")[0]).replace("\\", "/")).stem
    folders = [*([image.split] if len(splits) > 1 else []), *([image.style] if len(styles) > 1 else [])]
    return str(Path(*folders, stem).as_posix())
