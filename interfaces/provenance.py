"""The chain of records that says how a picture came about."""

from typing import Any, Literal

from pydantic import Field, JsonValue, SerializerFunctionWrapHandler, model_serializer

from interfaces.attachments import Attachments
from interfaces.contract import Contract, Sha256

__all__ = ["Origin", "Provenance", "Publication", "StageRecord"]


class Publication(Contract):
    """What is known of a file by its digest, wherever it lies."""

    name: str = Field(min_length=1)
    licence: str | None = None
    source: str | None = None
    """Where it was published: an address, or a package and its version."""


class StageRecord(Contract):
    """What one stage did, as far as it determines the bytes of a single picture.

    It holds no count, no chunk, no folder, no date, no run, user or host: those live in the result store's
    index, and the file of one picture does not depend on them.
    """

    stage: Literal["generation", "enhancement", "conversion"]
    component: str = Field(min_length=1)
    """Name in the registry, or ``package.module:Class``."""
    settings: dict[str, JsonValue] = Field(default_factory=dict)
    digests: dict[str, Sha256] = Field(default_factory=dict)
    """SHA-256 of what the stage read: ``model``, ``weights``, input pictures."""
    licences: dict[str, str] = Field(default_factory=dict)
    """Of what the stage read, by the same names, where it says one."""
    sources: dict[str, str] = Field(default_factory=dict)
    """Where what the stage read was published, by the same names, where that is known from its digest. It says nothing of the
    place on this machine: the same file elsewhere makes the same picture."""
    runtime: dict[str, JsonValue] = Field(default_factory=dict)
    """What else decides the last bit: device kind, threads, precision, tile, batch, versions."""

    @model_serializer(mode="wrap")
    def _as_before_there_were_sources(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # a picture that names none keeps its bytes when it is made again
        values: dict[str, Any] = dump(self)
        return (
            values if self.sources else {name: value for name, value in values.items() if name != "sources"}
        )


Provenance = tuple[StageRecord, ...]
"""One record for each stage passed, in order."""


class Origin(Contract):
    """The input picture behind an image: which it is, and what hangs on it that a file of the image may carry on.

    What hangs on it is for the next components alone, and in no dump.
    """

    name: str = Field(min_length=1)
    sha256: Sha256
    size: tuple[int, int] | None = Field(None, exclude=True)
    """Width and height in pixels, the right way up."""
    bits: Literal[8, 16] = Field(8, exclude=True)
    """Of each channel."""
    is_grey: bool = Field(False, exclude=True)
    """Whether it has one channel of colour."""
    attachments: Attachments = Field(Attachments(), exclude=True, repr=False)
    """Colour profile, EXIF, XMP, texts, resolution."""
