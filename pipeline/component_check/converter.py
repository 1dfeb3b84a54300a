"""What every converter must do (IEDT, ICS → IODT)."""

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, get_args

import numpy as np
from PIL import Image

from interfaces.ics import ICS, ImageFormat
from interfaces.iedt import IEDT
from interfaces.iodt import IODT, EncodedFile
from interfaces.ports import Converter, MakesFilms
from pipeline.component_check import samples
from pipeline.component_check.comparison import fingerprint, require_contract
from pipeline.component_check.verdict import Suite, require

__all__ = ["SUITE"]

COUNT = 3
TOLERANCE = 8.0
"""Mean difference of 255 that a lossy format may make of a smooth picture."""


class Case(NamedTuple):
    """A converter, and an empty folder for the files that a contact sheet is made of."""

    converter: Converter
    folder: Path

    def convert(self, data: IEDT, name: str = "png") -> IODT:
        """Convert ``data`` into one format."""
        return self.converter.convert(data, ICS.model_validate({"format": name}))


def prepare(make: Callable[..., Converter], name: str, folder: Path) -> Case:
    """Return the case."""
    folder.mkdir(parents=True, exist_ok=True)
    return Case(make(), folder)


def keeps_to_the_contract(case: Case) -> None:
    """Every format gives a valid IODT: distinct names, a seed for each picture."""
    for name in get_args(ImageFormat):
        require_contract(case.convert(samples.enlarged(2), name), IODT)


def makes_a_file_of_every_size_of_every_image(case: Case) -> None:
    """No more and no fewer, each with its seed, its role and its size."""
    data = samples.enlarged(COUNT)
    wanted = {
        (seed, role, sized.size)
        for seed in data.seeds
        for role, sized in (("final", data.final), *(("kept", kept) for kept in data.kept))
    }
    files = case.convert(data).files
    got = {(file.seed, file.role, (file.width, file.height)) for file in files}
    require(
        got == wanted and len(files) == len(wanted), f"wanted {sorted(wanted)}, got {sorted(got, key=str)}"
    )


def every_format_can_be_read(case: Case) -> None:
    """Pillow decodes each file to the size that it claims and in the format that was asked for."""
    for name, file in _every_format(case, samples.enlarged(1)):
        with Image.open(io.BytesIO(file.content)) as image:
            image.load()
            got = (image.format, image.size, file.media_type)
        wanted = (name.upper(), (file.width, file.height), f"image/{name}")
        require(got == wanted, f"{file.name}: wanted {wanted}, got {got}")


def the_file_shows_the_picture(case: Case) -> None:
    """Formats without loss give every pixel within 1 of 255, the others nearly."""
    data = samples.enlarged(1)
    wanted = (data.final.images[0].permute(1, 2, 0).numpy() + 1) * 127.5  # (3, H, W) -> (H, W, 3)
    for name, file in _every_format(case, data):
        if file.role != "final":
            continue
        with Image.open(io.BytesIO(file.content)) as image:
            difference = np.abs(np.asarray(image.convert("RGB"), dtype=np.float32) - wanted)
        lossless = name in ("png", "tiff")
        off = float(difference.max() if lossless else difference.mean())
        limit = 1.0 if lossless else TOLERANCE
        require(off <= limit, f"{file.name}: wanted pixels within {limit:g} of 255, got {off:.1f}")


def keeps_opacity(case: Case) -> None:
    """Where the format can: what is clear in the picture is clear in the file."""
    for name, file in _every_format(case, samples.enlarged(1, clear=True)):
        with Image.open(io.BytesIO(file.content)) as image:
            alpha = np.asarray(image.convert("RGBA"))[..., 3]
        left, right = int(alpha[:, 0].max()), int(alpha[:, -1].min())
        found = f"{file.name}: wanted opacity 0 on the left and 255 on the right, got {left} and {right}"
        require(name == "jpeg" or (left, right) == (0, 255), found)


def leaves_its_input_alone(case: Case) -> None:
    """Every byte of the tensors handed over is as before."""
    data = samples.enlarged(2, clear=True)
    before = fingerprint(data)
    for name in get_args(ImageFormat):
        case.convert(data, name)
    require(fingerprint(data) == before, "wanted the images handed over left alone, but they were changed")


def gives_the_same_bytes_twice(case: Case) -> None:
    """In every format."""
    for name in get_args(ImageFormat):
        first, second = (fingerprint(case.convert(samples.enlarged(1), name)) for _ in range(2))
        require(first == second, f"{name}: wanted the same bytes from the same image, got others")


def a_file_does_not_depend_on_its_neighbours(case: Case) -> None:
    """Each image alone gives the bytes and the names that it gives among others."""
    data = samples.enlarged(COUNT)
    together = {file.name: file.content for file in case.convert(data).files}
    for index in range(COUNT):
        for file in case.convert(samples.only(data, index)).files:
            same = together.get(file.name) == file.content
            require(same, f"{file.name}: wanted the same name and bytes alone as among {COUNT}, got others")


def the_final_size_comes_after_the_kept_ones(case: Case) -> None:
    """A stored final picture means that all of this image is stored: a run is resumed by that."""
    files = case.convert(samples.enlarged(COUNT)).files
    for seed in {file.seed for file in files}:
        roles = [file.role for file in files if file.seed == seed]
        require(roles[-1] == "final", f"seed {seed}: wanted the final size last, got the order {roles}")


def names_the_seed_in_the_metadata(case: Case) -> None:
    """Each file says of itself which seed made it."""
    for _, file in _every_format(case, samples.enlarged(2)):
        text = json.dumps(file.metadata)
        require(str(file.seed) in text, f"{file.name}: wanted seed {file.seed} in its metadata, got {text}")


def makes_a_contact_sheet(case: Case) -> None:
    """One picture of all, of role sheet and without a seed; the pictures stay as they are."""
    paths = _stored(case)
    before = [path.read_bytes() for path in paths]
    sheet = require_contract(
        case.converter.contact_sheet(paths, ICS(), ["a caption"] * len(paths)), IODT
    ).files
    found = [(file.role, file.seed) for file in sheet]
    require(found == [("sheet", None)], f"wanted one sheet without a seed, got {found}")
    with Image.open(io.BytesIO(sheet[0].content)) as image:
        size, claimed = image.size, (sheet[0].width, sheet[0].height)
    require(size == claimed, f"wanted a sheet of {claimed[0]}x{claimed[1]}, got {size[0]}x{size[1]}")
    require([path.read_bytes() for path in paths] == before, "wanted the pictures of the sheet left alone")


def makes_a_film_where_it_makes_films(case: Case) -> None:
    """One animation of all pictures, of role film and without a seed, in either format."""
    if not isinstance(case.converter, MakesFilms):
        return
    paths = _stored(case)
    for name in ("webp", "gif"):
        settings = ICS.model_validate({"film": name, "there_and_back": False})
        film = require_contract(case.converter.film(paths, settings), IODT).files
        found = [(file.role, file.seed, file.media_type) for file in film]
        wanted = [("film", None, f"image/{name}")]
        require(found == wanted, f"wanted {wanted} for a film, got {found}")
        with Image.open(io.BytesIO(film[0].content)) as image:
            frames = getattr(image, "n_frames", 1)
        require(frames == len(paths), f"wanted {len(paths)} frames in the film, got {frames}")


def _stored(case: Case) -> list[Path]:
    """Return the files of some pictures."""
    paths = []
    for file in case.convert(samples.enlarged(COUNT)).files:
        if file.role == "final":
            paths.append(case.folder / file.name)
            paths[-1].write_bytes(file.content)
    return paths


def _every_format(case: Case, data: IEDT) -> Iterator[tuple[str, EncodedFile]]:
    for name in get_args(ImageFormat):
        for file in case.convert(data, name).files:
            yield name, file


SUITE = Suite(
    prepare,
    (
        keeps_to_the_contract,
        makes_a_file_of_every_size_of_every_image,
        every_format_can_be_read,
        the_file_shows_the_picture,
        keeps_opacity,
        leaves_its_input_alone,
        gives_the_same_bytes_twice,
        a_file_does_not_depend_on_its_neighbours,
        the_final_size_comes_after_the_kept_ones,
        names_the_seed_in_the_metadata,
        makes_a_contact_sheet,
        makes_a_film_where_it_makes_films,
    ),
)
