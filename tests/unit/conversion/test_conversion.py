"""Images become files that hold every value, name themselves and say how they came about."""

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import torch
from PIL import Image, PngImagePlugin
from torch import Tensor

from components.conversion import FileConverter, read_metadata
from components.conversion.document import to_xmp
from components.conversion.pixels import to_picture
from interfaces.errors import ContractError, DataError, SettingsError, StorageError
from interfaces.ics import ICS, ImageFormat
from interfaces.iedt import IEDT, SizedImages
from interfaces.provenance import Origin, StageRecord
from tests.unit.conversion.decoding import decoded

ROOT = Path(__file__).resolve().parents[3]
FORMATS: tuple[ImageFormat, ...] = get_args(ImageFormat)
LOSSLESS = [ICS(format="png"), ICS(format="tiff"), ICS(format="webp", quality=100)]
EVERY = [*LOSSLESS, ICS(format="jpeg"), ICS(format="webp", quality=80)]


def name_of(settings: object) -> str:
    return f"{settings.format}-{settings.quality}" if isinstance(settings, ICS) else str(settings)


def images(n: int, height: int, width: int) -> Tensor:
    return torch.rand(n, 3, height, width, generator=torch.Generator().manual_seed(n)) * 2 - 1


def enlarged(
    *,
    alpha: bool = False,
    origins: tuple[Origin, ...] = (),
    seeds: tuple[int, ...] = (3, 4),
    style: str = "бароко",
) -> IEDT:
    n = len(seeds)
    opacity = torch.linspace(0, 1, 20 * 24).reshape(1, 1, 20, 24).expand(n, -1, -1, -1).contiguous()
    return IEDT(
        final=SizedImages(images=images(n, 20, 24), alpha=opacity if alpha else None),
        kept=(SizedImages(images=images(n, 10, 12)),),
        seeds=seeds,
        origins=origins,
        enhancer="lanczos",
        provenance=(
            StageRecord(stage="generation", component="noise", settings={"style": "бароко"}),
            StageRecord(stage="enhancement", component="lanczos"),
        ),
    )


def test_all_256_values_come_back_from_minus_one_to_one() -> None:
    values = torch.arange(256, dtype=torch.float32)
    picture = to_picture((values / 127.5 - 1).reshape(1, 16, 16).expand(3, -1, -1), None)
    assert np.array_equal(np.asarray(picture)[..., 1].ravel(), np.arange(256))


def test_a_value_in_the_middle_goes_to_the_even_neighbour() -> None:
    # 0 lies between 127 and 128
    picture = to_picture(torch.tensor([0.0, 1.0, -1.0]).reshape(1, 1, 3).expand(3, -1, -1), None)
    assert np.asarray(picture)[0, :, 0].tolist() == [128, 255, 0]


@pytest.mark.parametrize("settings", LOSSLESS, ids=name_of)
@pytest.mark.parametrize("alpha", [False, True])
def test_lossless_formats_keep_every_pixel_and_the_opacity(settings: ICS, alpha: bool) -> None:
    data = enlarged(alpha=alpha)
    final = FileConverter().convert(data, settings).files[1]
    assert final.role == "final"
    opacity = None if data.final.alpha is None else data.final.alpha[0]
    assert np.array_equal(decoded(final.content), np.asarray(to_picture(data.final.images[0], opacity)))


def test_jpeg_lays_a_picture_with_opacity_on_white_and_says_so() -> None:
    file = FileConverter().convert(enlarged(alpha=True), ICS(format="jpeg", quality=100)).files[1]
    assert decoded(file.content).shape == (20, 24, 3)
    assert decoded(file.content)[0, 0].min() > 230
    assert file.metadata["alpha"] == "composed on white"
    assert Image.open(io.BytesIO(file.content)).info.get("progressive") is None


@pytest.mark.parametrize("settings", EVERY, ids=name_of)
def test_the_document_is_read_back_as_it_was_written(settings: ICS, tmp_path: Path) -> None:
    origins = (
        Origin(name='C:\\Users\\me\\<cat> & "dog".png', sha256="a" * 64),
        Origin(name="/x/b.png", sha256="b" * 64),
    )
    for file in FileConverter().convert(enlarged(origins=origins), settings).files:
        (tmp_path / file.name).write_bytes(file.content)
        assert read_metadata(tmp_path / file.name) == read_metadata(file.content) == file.metadata
    assert file.metadata["origin"] == {"name": "b.png", "sha256": "b" * 64}
    assert (file.metadata["seed"], file.metadata["width"], file.metadata["role"]) == (4, 24, "final")
    chain = file.metadata["chain"]
    assert isinstance(chain, list)
    assert [record["stage"] for record in chain if isinstance(record, dict)] == [
        "generation",
        "enhancement",
        "conversion",
    ]


def test_the_document_in_a_file_is_canonical_json() -> None:
    file = FileConverter().convert(enlarged(), ICS()).files[0]
    text = Image.open(io.BytesIO(file.content)).info["artgen"]
    assert text == json.dumps(file.metadata, sort_keys=True, separators=(",", ":"))
    assert text.isascii()


@pytest.mark.parametrize("settings", EVERY, ids=name_of)
def test_without_metadata_nothing_is_embedded(settings: ICS) -> None:
    bare = ICS(format=settings.format, quality=settings.quality, metadata=False)
    file = FileConverter().convert(enlarged(), bare).files[0]
    assert file.metadata == {}
    assert read_metadata(file.content) is None


def test_equal_input_gives_equal_bytes_here_and_in_another_process() -> None:
    code = f"""
import hashlib, sys
sys.path.insert(0, {str(ROOT)!r})
from tests.unit.conversion.test_conversion import EVERY, digest
print(digest())
"""
    there = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert digest() == digest() == there.stdout.strip()


def digest() -> str:
    from hashlib import sha256

    every = [FileConverter().convert(enlarged(alpha=True), settings) for settings in EVERY]
    return sha256(b"".join(file.content for data in every for file in data.files)).hexdigest()


def test_a_picture_has_the_same_bytes_alone_and_among_others() -> None:
    data = enlarged(seeds=(3, 4))
    alone = IEDT(
        final=SizedImages(images=data.final.images[1:]),
        kept=(SizedImages(images=data.kept[0].images[1:]),),
        seeds=(4,),
        enhancer=data.enhancer,
        provenance=data.provenance,
    )
    together = FileConverter().convert(data, ICS()).files
    assert FileConverter().convert(alone, ICS()).files == together[2:]


def test_files_are_named_by_origin_seed_and_size() -> None:
    names = [file.name for file in FileConverter().convert(enlarged(), ICS(format="jpeg")).files]
    assert names == ["seed3_12x10.jpg", "seed3_24x20.jpg", "seed4_12x10.jpg", "seed4_24x20.jpg"]
    same = Origin(name="../Кіт №1.png", sha256="a" * 64)
    names = [file.name for file in FileConverter().convert(enlarged(origins=(same, same)), ICS()).files]
    assert names[1::2] == ["1_seed3_24x20.png", "1_seed4_24x20.png"]


def test_equal_seeds_are_refused_because_a_file_would_be_lost() -> None:
    with pytest.raises(ContractError, match="wanted distinct"):
        FileConverter().convert(enlarged(seeds=(3, 3)), ICS())


def test_the_input_is_left_alone() -> None:
    data = enlarged(alpha=True)
    assert data.final.alpha is not None
    before = [data.final.images.clone(), data.final.alpha.clone(), data.kept[0].images.clone()]
    for settings in EVERY:
        FileConverter().convert(data, settings)
    after = [data.final.images, data.final.alpha, data.kept[0].images]
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))


def test_webp_says_that_a_picture_is_too_long_for_it() -> None:
    data = IEDT(
        final=SizedImages(images=torch.zeros(1, 3, 1, 16384)),
        seeds=(1,),
        enhancer="lanczos",
        provenance=(StageRecord(stage="enhancement", component="lanczos"),),
    )
    with pytest.raises(SettingsError, match="at most 16383 px for webp"):
        FileConverter().convert(data, ICS(format="webp"))
    assert FileConverter().convert(data, ICS(format="tiff")).files[0].width == 16384


def test_a_document_that_jpeg_cannot_hold_is_refused() -> None:
    data = IEDT(
        final=SizedImages(images=torch.zeros(1, 3, 8, 8)),
        seeds=(1,),
        enhancer="lanczos",
        provenance=(StageRecord(stage="enhancement", component="x", settings={"long": "x" * 70_000}),),
    )
    with pytest.raises(SettingsError, match="JPEG holds at most 65504 bytes"):
        FileConverter().convert(data, ICS(format="jpeg"))
    assert read_metadata(FileConverter().convert(data, ICS(format="webp")).files[0].content)


def with_text(text: str, image_format: ImageFormat) -> bytes:
    content = io.BytesIO()
    picture = Image.new("RGB", (2, 2))
    if image_format == "png":
        info = PngImagePlugin.PngInfo()
        info.add_itxt("artgen", text)
        picture.save(content, "PNG", pnginfo=info)
    elif image_format == "tiff":
        picture.save(content, "TIFF", tiffinfo={700: to_xmp(text)})
    else:
        picture.save(content, image_format.upper(), xmp=to_xmp(text))
    return content.getvalue()


@pytest.mark.parametrize("image_format", FORMATS)
@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"artgen":"1"}', '{"artgen":"1","seed":-1,"width":1,"height":1,"role":"final"}']
)
def test_a_malformed_document_is_refused(image_format: ImageFormat, text: str) -> None:
    with pytest.raises(DataError, match="document is malformed"):
        read_metadata(with_text(text, image_format))


@pytest.mark.parametrize("image_format", FORMATS)
def test_pictures_of_other_programs_have_no_document(image_format: ImageFormat) -> None:
    content = io.BytesIO()
    Image.new("RGB", (2, 2)).save(
        content, image_format.upper(), **({} if image_format == "png" else {"xmp": b"<x/>"})
    )
    assert read_metadata(content.getvalue()) is None


@pytest.mark.parametrize(
    "content", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n\x00\x00", b"RIFF", b"\xff\xd8\xff", b"II*\x00"]
)
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(DataError):
        read_metadata(content)


def test_a_file_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"gone\.png"):
        read_metadata(tmp_path / "gone.png")
