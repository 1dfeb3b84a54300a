"""Pictures say in a way that machines read that a network made them."""

import io
from pathlib import Path
from typing import Any, get_args
from xml.etree import ElementTree

import pytest
import torch
from PIL import Image

from components.conversion import FileConverter, read_metadata
from components.conversion.ai_mark import COMPOSITE, ENHANCED, GENERATED, read_mark
from interfaces.attachments import Attachments
from interfaces.ics import ICS, ImageFormat
from interfaces.iedt import IEDT, SizedImages
from interfaces.provenance import Origin, StageRecord
from tests.e2e.cli import call_json

FORMATS: tuple[ImageFormat, ...] = get_args(ImageFormat)
DIGEST = "a" * 64
RDF, IPTC = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}", "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}"


def made(*, model: bool = False, weights: bool = False, origin: Origin | None = None) -> IEDT:
    """Return one picture that a model made, or a network enlarged."""
    return IEDT(
        final=SizedImages(images=torch.zeros(1, 3, 8, 8)),
        seeds=(3,),
        origins=(origin,) if origin else (),
        enhancer="realesrgan",
        provenance=(
            StageRecord(stage="generation", component="x", digests={"model": DIGEST} if model else {}),
            StageRecord(stage="enhancement", component="y", digests={"weights": DIGEST} if weights else {}),
        ),
    )


def said(content: bytes) -> str | None:
    """Return the mark as a reader of XMP finds it, by the names of the standard."""
    with Image.open(io.BytesIO(content)) as picture:
        packet = picture.info.get("xmp")
    if packet is None:
        return None
    root = ElementTree.fromstring(packet)  # noqa: S314  # we wrote it
    found = root.find(f"{RDF}RDF/{RDF}Description/{IPTC}DigitalSourceType")
    return None if found is None else found.text


@pytest.mark.parametrize("image_format", FORMATS)
@pytest.mark.parametrize("metadata", [True, False])
def test_what_a_model_made_says_so_in_every_format(image_format: ImageFormat, metadata: bool) -> None:
    settings = ICS(format=image_format, metadata=metadata)
    [file] = FileConverter().convert(made(model=True, weights=True), settings).files
    assert said(file.content) == GENERATED
    assert read_metadata(file.content) == (file.metadata if metadata else None)


@pytest.mark.parametrize("image_format", FORMATS)
def test_what_a_network_enlarged_says_that_and_no_more(image_format: ImageFormat) -> None:
    settings = ICS(format=image_format)
    assert said(FileConverter().convert(made(weights=True), settings).files[0].content) == ENHANCED
    assert said(FileConverter().convert(made(), settings).files[0].content) is None


@pytest.mark.parametrize("image_format", FORMATS)
def test_without_the_mark_the_file_and_its_record_are_those_of_before_there_were_marks(
    image_format: ImageFormat,
) -> None:
    bare = ICS(format=image_format, ai_mark=False)
    [file] = FileConverter().convert(made(model=True), bare).files
    assert b"DigitalSourceType" not in file.content
    assert b"ai_mark" not in file.content
    assert said(file.content) is None


def test_an_input_picture_that_is_preserved_keeps_its_own_xmp() -> None:
    own = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'/></x:xmpmeta>"
    origin = Origin(name="a.png", sha256=DIGEST, attachments=Attachments(xmp=own))
    data = made(weights=True, origin=origin)
    [file] = FileConverter().convert(data, ICS(preserve=True)).files
    assert own in file.content
    assert b"DigitalSourceType" not in file.content
    metadata: Any = file.metadata
    assert "ai_mark" not in metadata["chain"][-1]["settings"]


@pytest.mark.parametrize("image_format", FORMATS)
def test_a_contact_sheet_of_generated_pictures_is_a_composite(
    image_format: ImageFormat, tmp_path: Path
) -> None:
    settings = ICS(format=image_format)
    paths = []
    for number, data in enumerate((made(weights=True), made(model=True))):
        [file] = FileConverter().convert(data, settings).files
        paths.append(tmp_path / f"{number}-{file.name}")
        paths[-1].write_bytes(file.content)
    assert [read_mark(path) for path in paths] == [ENHANCED, GENERATED]
    sheet = FileConverter().contact_sheet
    assert said(sheet(paths, settings).files[0].content) == COMPOSITE
    assert said(sheet(paths[:1], settings).files[0].content) is None
    unmarked = ICS(format=image_format, ai_mark=False)
    assert said(sheet(paths, unmarked).files[0].content) is None


@pytest.mark.parametrize("option", ["--ai-mark", "--no-ai-mark"])
def test_a_picture_is_made_again_with_the_mark_that_it_has_or_without(option: str, tmp_path: Path) -> None:
    made = call_json(
        "pipeline", "run", "--seed", 5, "--size", 64, "--enhancer", "lanczos", option, "--out", tmp_path / "store",
    )  # fmt: skip
    [file] = made["files"]
    again = call_json("results", "reproduce", file["path"], "--out", tmp_path / "again")
    assert again["identical"]
    assert (said(Path(file["path"]).read_bytes()) == GENERATED) is (option == "--ai-mark")
