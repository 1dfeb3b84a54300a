"""ITDT, Interface of Training Data Transferring: training store → preprocessing."""

from typing import Literal, Self

from pydantic import Field, model_validator

from interfaces.contract import Contract, SafeName, Sha256

__all__ = ["ITDT", "MAX_PIXELS", "PICTURE_FORMATS", "SetAside", "Split", "TrainingImage"]

Split = Literal["train", "test"]

MAX_PIXELS = 89_000_000
"""Most pixels of a training image. One with more is a decompression bomb, or a scan to be made smaller first."""

PICTURE_FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "PPM", "JPEG2000", "AVIF")
"""The formats, by Pillow's names, that are tried on a file: none of them runs another program."""


class TrainingImage(Contract):
    """One usable image of the training store."""

    uri: str = Field(min_length=1)
    """What the store's ``read`` takes to give the file's bytes; unique in the data set."""
    style: SafeName
    sha256: Sha256
    split: Split = "train"


class SetAside(Contract):
    """One file that cannot be used, and why."""

    uri: str = Field(min_length=1)
    reason: str = Field(min_length=1)


class ITDT(Contract):
    """A described data set: which images there are, of which style, and what was set aside."""

    dataset: SafeName
    """Name of the data set, for people."""
    source: str = Field(min_length=1)
    """Where it lies: a path or an fsspec URL."""
    fingerprint: Sha256
    """Digest over the styles, splits and digests of all images: equal data, equal fingerprint."""
    styles: tuple[SafeName, ...] = Field(min_length=1)
    """Style (or domain) names in label order."""
    images: tuple[TrainingImage, ...] = Field(min_length=1)
    set_aside: tuple[SetAside, ...] = ()

    @model_validator(mode="after")
    def _check_styles(self) -> Self:
        if len(set(self.styles)) != len(self.styles):
            raise ValueError(f"styles: wanted distinct names, got {list(self.styles)}")
        unknown = {image.style for image in self.images} - set(self.styles)
        if unknown:
            raise ValueError(f"images: styles {sorted(unknown)} are not among {list(self.styles)}")
        return self

    @model_validator(mode="after")
    def _check_uris(self) -> Self:
        if len({image.uri for image in self.images}) != len(self.images):
            raise ValueError("images: wanted distinct URIs, got one twice")
        return self
