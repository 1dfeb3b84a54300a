"""IODT, Interface of Output Data Transferring: conversion → result store."""

from typing import Literal, Self

from pydantic import Field, JsonValue, model_validator

from interfaces.contract import Contract, SafeName, Seed

__all__ = ["IODT", "EncodedFile", "MediaType", "Role"]

MediaType = Literal["image/png", "image/jpeg", "image/webp", "image/tiff", "image/gif"]
Role = Literal["final", "kept", "sheet", "film"]


class EncodedFile(Contract):
    """One picture file, ready to be written."""

    name: SafeName
    """File name with its ending, unique in the run."""
    media_type: MediaType
    content: bytes = Field(min_length=1, repr=False)
    width: int = Field(ge=1)
    height: int = Field(ge=1)
    role: Role
    """``final`` picture, a further size that is ``kept``, the contact ``sheet``, or the ``film``."""
    seed: Seed | None = None
    """Seed of the picture; None for a contact sheet or a film."""
    style: str | None = None
    """That was asked for, or that the seed drew; None where there is none. It is for the index: the file does not say it."""
    metadata: dict[str, JsonValue] = Field(default_factory=dict)
    """What the file says of itself (see ``components.conversion``); of a preserved input picture, what it could say."""

    @model_validator(mode="after")
    def _check_seed(self) -> Self:
        if (self.seed is None) != (self.role in ("sheet", "film")):
            raise ValueError(
                f"seed: wanted one for every picture and none for a sheet or a film, got {self.seed} ({self.role})"
            )
        return self


class IODT(Contract):
    """The files of a few images."""

    files: tuple[EncodedFile, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        names = [file.name.casefold() for file in self.files]
        if len(set(names)) != len(names):
            raise ValueError(f"files: wanted distinct names (case aside), got {sorted(names)}")
        return self
