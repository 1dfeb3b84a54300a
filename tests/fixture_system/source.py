"""A source that lives in tests alone: pictures in frames, from two kinds of input pictures. One module, no other edit."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import torch
from pydantic import Field

from components.imaging.picture_file import read_picture
from interfaces.igdt import IGDT
from interfaces.igme import IGME
from interfaces.igs import IGS, GenerationSource, InputRole
from interfaces.provenance import Origin, StageRecord

__all__ = ["Framed", "Framer"]


class Framed(GenerationSource):
    """Each content picture, with a border in the mean colour of all frames."""

    kind: str = "tests.fixture_system.source:Framer"
    paths: Annotated[tuple[Path, ...], InputRole("content", each=True)] = Field(min_length=1)
    frames: Annotated[tuple[Path, ...], InputRole("frame")] = Field(min_length=1)
    width: int = Field(2, ge=1)


class Framer:
    """Makes them."""

    source = Framed

    def generate(self, settings: IGS, model: IGME | None) -> Iterator[IGDT]:
        """Yield one image for each content picture."""
        source = settings.source
        assert isinstance(source, Framed)
        contents = {each.name: each.path.read_bytes() for each in source.inputs() if not each.each}
        means = [read_picture(content).image.mean((0, 2, 3)) for content in contents.values()]
        colour = torch.stack(means).mean(0)[None, :, None, None]
        for index, path in enumerate(source.paths[: settings.count]):
            picture = read_picture(path.read_bytes())
            image, w = picture.image.clone(), source.width
            for side in (image[:, :, :w], image[:, :, -w:], image[..., :w], image[..., -w:]):
                side[:] = colour
            digests = {name: sha256(content).hexdigest() for name, content in contents.items()}
            record = StageRecord(
                stage="generation",
                component=source.kind,
                settings={"source": source.settings()},
                digests={"content": picture.sha256, **digests},
            )
            yield IGDT(
                images=image,
                alpha=picture.alpha,
                seeds=(settings.seed + index,),
                origins=(Origin(name=path.name, sha256=picture.sha256),),
                provenance=(record,),
            )
