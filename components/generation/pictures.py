"""Pictures as they are: the way into enhancement for files that no model made."""

from collections.abc import Iterator
from pathlib import Path
from typing import final

from components.imaging.picture_file import PictureFile, read_picture
from interfaces.errors import DataError, SettingsError
from interfaces.igdt import IGDT
from interfaces.igme import IGME
from interfaces.igs import IGS, Pictures
from interfaces.provenance import Origin, StageRecord

__all__ = ["PicturesGenerator"]


@final
class PicturesGenerator:
    """Reads picture files of any size: 8 and 16 bit, grey, palette, CMYK, with or without alpha."""

    def generate(self, settings: IGS, model: IGME | None) -> Iterator[IGDT]:
        """Yield one image for each of the first ``settings.count`` paths, one at a time.

        Raises:
            SettingsError: the settings ask for something other than pictures.
            DataError: a file is missing, damaged or too large.
        """
        source = settings.source
        if not isinstance(source, Pictures):
            raise SettingsError(f"source: wanted pictures, got {source.kind}")
        for index, path in enumerate(source.paths[: settings.count]):
            name = source.name_of(index)
            picture = _read(path, name)
            record = StageRecord(
                stage="generation",
                component="pictures",
                settings={"source": source.settings()},
                digests={"picture": picture.sha256},
            )
            yield IGDT(
                images=picture.image,
                alpha=picture.alpha,
                seeds=(settings.image_seeds[index],),
                origins=(_origin(name or path.name, picture),),
                provenance=(record,),
            )


def _origin(name: str, picture: PictureFile) -> Origin:
    height, width = picture.image.shape[2:]
    return Origin(
        name=name,
        sha256=picture.sha256,
        size=(int(width), int(height)),
        bits=picture.bits,
        is_grey=picture.is_grey,
        attachments=picture.attachments,
    )


def _read(path: Path, name: str | None) -> PictureFile:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{name or path} cannot be read: {error.strerror or error}") from error
    try:
        return read_picture(content)
    except DataError as error:
        raise DataError(f"{name or path}: {error}") from error
