"""Pictures as they are: the way into enhancement for files that no model made."""

from collections.abc import Iterator
from typing import final

from components.generation.input_pictures import origin_of, read_input
from interfaces.errors import SettingsError
from interfaces.igdt import IGDT
from interfaces.igme import IGME
from interfaces.igs import IGS, Pictures
from interfaces.provenance import StageRecord

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
            picture = read_input(path, name)
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
                origins=(origin_of(name or path.name, picture, is_grey=picture.is_grey),),
                provenance=(record,),
            )
