"""The converter that writes ordinary picture files."""

from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import final

from PIL import Image
from torch import Tensor

from components.conversion.ai_mark import mark_of, mark_of_film, mark_of_sheet
from components.conversion.document import AlphaTreatment, Document, read_metadata, to_xmp
from components.conversion.encoding import MEDIA_TYPES, encode
from components.conversion.film import encode_film, read_frames
from components.conversion.names import base_name, picture_name
from components.conversion.pixels import to_picture
from components.conversion.preserved import preserved_file
from components.conversion.sheet import draw_sheet
from components.imaging.formats import ENDINGS, format_of
from interfaces.errors import ContractError, SettingsError
from interfaces.ics import ICS
from interfaces.iedt import IEDT, SizedImages
from interfaces.iodt import IODT, EncodedFile, Role
from interfaces.provenance import Origin, Provenance, StageRecord
from interfaces.sources import name_by_record

__all__ = ["FileConverter"]


@final
class FileConverter:
    """PNG, JPEG, WebP and TIFF files with their provenance inside.

    Opacity is kept, except in JPEG, which has none: there the picture is laid on white, and its document says so. Where an input
    picture is preserved, its file carries what that carried, and the document is for the result store alone.
    """

    def convert(self, data: IEDT, settings: ICS) -> IODT:
        """Return the encoded files of all sizes of all images, image after image, the final size last.

        Raises:
            ContractError: two images have the same seed, so their files would have the same name.
            SettingsError: the format cannot hold pictures of that size.
        """
        if len(set(data.seeds)) != len(data.seeds):
            raise ContractError(
                f"seeds: wanted distinct ones, since files are named by them, got {data.seeds}"
            )
        return IODT(files=tuple(self._files(data, settings)))

    def contact_sheet(self, pictures: Sequence[Path], settings: ICS, captions: Sequence[str] = ()) -> IODT:
        """Return one overview picture of the picture files ``pictures``, each with its caption where there are some.

        Raises:
            SettingsError: there are none, or not as many captions.
            DataError: one of them is no picture.
            StorageError: one of them cannot be read.
        """
        sheet = draw_sheet(pictures, captions)
        mark = mark_of_sheet(pictures) if settings.ai_mark else None
        document = Document(
            artgen=version("artgen"),
            seed=None,
            width=sheet.width,
            height=sheet.height,
            role="sheet",
            chain=(_record(settings, mark),),
        )
        name = f"contact-sheet{ENDINGS[settings.format]}"
        return IODT(files=(_file(name, sheet, document, settings, mark),))

    def film(self, pictures: Sequence[Path], settings: ICS) -> IODT:
        """Return one film of the picture files ``pictures``, one after another: WebP or GIF, as ``settings.film`` says.

        It says how the pictures were made where all of them were made alike, as those of a walk are.

        Raises:
            SettingsError: no film is asked for, or there are fewer than two pictures.
            DataError: one of them is no picture.
            StorageError: one of them cannot be read.
        """
        if settings.film == "none":
            raise SettingsError("film: wanted webp or gif, got none")
        frames = read_frames(pictures)
        mark = mark_of_film(pictures) if settings.ai_mark else None
        fields = {"film", "frames_per_second", "there_and_back"}
        fields |= {"quality"} if settings.film == "webp" else set()
        document = Document(
            artgen=version("artgen"),
            seed=None,
            width=frames[0].width,
            height=frames[0].height,
            role="film",
            chain=(*_shared_chain(pictures), _record_of(settings, fields, mark)),
        )
        text = document.to_json() if settings.metadata else None
        file = EncodedFile(
            name=f"film.{settings.film}",
            media_type=f"image/{settings.film}",
            content=encode_film(frames, settings, to_xmp(text, mark) if text or mark else b""),
            width=document.width,
            height=document.height,
            role="film",
            metadata=document.model_dump(mode="json") if text else {},
        )
        return IODT(files=(file,))

    def _files(self, data: IEDT, settings: ICS) -> Iterator[EncodedFile]:
        sizes: list[tuple[Role, SizedImages]] = [("kept", sized) for sized in data.kept]
        for index, seed in enumerate(data.seeds):
            origin = data.origins[index] if data.origins else None
            own = _settings_for(origin, settings)
            preserved = origin is not None and own.preserve
            mark = mark_of(data.provenance) if own.ai_mark and not preserved else None
            for role, sized in (*sizes, ("final", data.final)):
                image = sized.images[index]
                alpha = None if sized.alpha is None else sized.alpha[index]
                document = Document(
                    artgen=version("artgen"),
                    seed=seed,
                    width=sized.size[0],
                    height=sized.size[1],
                    role=role,
                    alpha=_treatment(alpha, own),
                    origin=Origin(name=base_name(origin), sha256=origin.sha256) if origin else None,
                    chain=(*data.provenance, _record(own, mark)),
                )
                stem = name_by_record(data.provenance[0].settings, seed)
                name = picture_name(stem, origin, sized.size, own.format)
                if origin is not None and preserved:
                    yield preserved_file(name, image, alpha, origin, document, own)
                else:
                    yield _file(name, _picture(image, alpha, own), document, own, mark)


def _shared_chain(pictures: Sequence[Path]) -> Provenance:
    """Return the records of how the pictures came to conversion, where they are the same for all of them."""
    found = [read_metadata(path) for path in pictures]
    documents = [Document.model_validate(each) for each in found if each is not None]
    chain = documents[0].chain[:-1] if len(documents) == len(found) else ()
    return chain if all(each.chain[:-1] == chain for each in documents) else ()


def _settings_for(origin: Origin | None, settings: ICS) -> ICS:
    own = format_of(origin.name) if origin and settings.keep_format else None
    return settings if own is None else ICS.model_validate({**dict(settings), "format": own})


def _treatment(alpha: Tensor | None, settings: ICS) -> AlphaTreatment:
    if alpha is None:
        return "none"
    return "composed on white" if settings.format == "jpeg" else "kept"


def _picture(image: Tensor, alpha: Tensor | None, settings: ICS) -> Image.Image:
    picture = to_picture(image, alpha)
    if alpha is None or settings.format != "jpeg":
        return picture
    white = Image.new("RGBA", picture.size, (255, 255, 255, 255))
    return Image.alpha_composite(white, picture).convert("RGB")


def _record(settings: ICS, mark: str | None) -> StageRecord:
    # what the format ignores does not determine the picture
    fields = {"format", "quality"} if settings.format in {"jpeg", "webp"} else {"format"}
    fields |= {"preserve"} if settings.preserve else set()
    return _record_of(settings, fields, mark)


def _record_of(settings: ICS, fields: set[str], mark: str | None) -> StageRecord:
    fields |= set() if mark is None else {"ai_mark"}  # a file without it is as it was before there were marks
    return StageRecord(
        stage="conversion",
        component="files",
        settings=settings.model_dump(mode="json", include=fields),
        runtime={"versions": {"artgen": version("artgen"), "pillow": version("pillow")}},
    )


def _file(
    name: str, picture: Image.Image, document: Document, settings: ICS, mark: str | None
) -> EncodedFile:
    return EncodedFile(
        name=name,
        media_type=MEDIA_TYPES[settings.format],
        content=encode(picture, settings, document.to_json() if settings.metadata else None, mark),
        width=picture.width,
        height=picture.height,
        role=document.role,
        seed=document.seed,
        metadata=document.model_dump(mode="json") if settings.metadata else {},
    )
