"""What images are generated from: one class for each kind of source (see `IGS.source`)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    SerializeAsAny,
    Tag,
    model_validator,
)

from interfaces.contract import Seed, members_by_tag
from interfaces.errors import SettingsError
from interfaces.registry import resolve_foreign
from interfaces.said import Said
from interfaces.source_base import GenerationSource, Input, InputRole, NamedPictures
from interfaces.stylize import StyleVariation, Stylize

__all__ = [
    "GenerationSource",
    "Input",
    "InputRole",
    "NamedPictures",
    "Noise",
    "Pictures",
    "Source",
    "StyleVariation",
    "Stylize",
    "Translate",
    "Walk",
    "name_by_record",
    "source_class",
]


class Noise(GenerationSource):
    """Generate from random latent vectors."""

    kind: Literal["noise"] = "noise"

    @property
    def model_takes(self) -> str | None:
        """Latent vectors: the model turns them into images."""
        return "latent"


class Walk(GenerationSource):
    """Generate what lies between two latent vectors: from that of the run's seed to that of another one, in equal steps.

    The first image and the last one are those that their seeds make. Between them an image has no seed of its own: it goes by the
    seed where the walk begins and its place, as image i of every run does.
    """

    kind: Literal["walk"] = "walk"
    to: Seed
    """A walk to this seed: the pictures lie between those of the first seed and of this one."""
    start: Seed | None = None
    """The seed where it begins; None takes that of the run, which then makes the whole walk."""
    steps: int | None = Field(None, ge=2)
    """How many images it has from end to end; goes with ``start``."""

    @property
    def model_takes(self) -> str | None:
        """Latent vectors: the model turns them into images."""
        return "latent"

    def within(self, seeds: Sequence[int]) -> Self:
        """Return it with its first seed and its length."""
        if self.start is not None and self.steps is not None:
            if outside := [seed for seed in seeds if not 0 <= seed - self.start < self.steps]:
                raise ValueError(
                    Said(
                        "seed: wanted one of the {0} of the walk from {1}, got {2}",
                        self.steps,
                        self.start,
                        outside[0],
                    )
                )
            return self
        if list(seeds) != list(range(seeds[0], seeds[0] + len(seeds))):
            raise ValueError(
                Said("seeds: wanted the seed where a walk begins alone (seed and count), got a list")
            )
        if len(seeds) < 2:
            raise ValueError(Said("count: wanted at least 2 pictures for a walk, got 1"))
        if seeds[0] == self.to:
            raise ValueError(Said("source: wanted a walk to another seed than {0}, where it begins", self.to))
        return self.model_validate({**dict(self), "start": seeds[0], "steps": len(seeds)})

    def title(self, seed: int) -> str:
        """Return the place of an image, from 1."""
        return f"{seed - (self.start or 0) + 1} of {self.steps}"

    @classmethod
    def stem(cls, settings: Mapping[str, Any], seed: int) -> str:
        """Return both seeds and the place from 1, so that names are in its order.

        >>> Walk.stem({"start": 7, "to": 1073, "steps": 24}, 9)
        'seed7to1073-03'
        """
        start, steps = int(settings["start"]), int(settings["steps"])
        return f"seed{start}to{settings['to']}-{seed - start + 1:0{len(str(steps))}}"

    @model_validator(mode="after")
    def _check_ends(self) -> Self:
        if (self.start is None) != (self.steps is None):
            raise ValueError(
                Said("steps: wanted with start or without both, got {0} and {1}", self.steps, self.start)
            )
        return self


class Pictures(NamedPictures):
    """Take picture files as they are: enhancement on its own."""

    kind: Literal["pictures"] = "pictures"
    paths: Annotated[tuple[Path, ...], InputRole("picture", each=True)] = Field(min_length=1)
    """The files, one for each image."""


class Translate(NamedPictures):
    """Carry pictures from one domain to the other with a trained CycleGAN (Zhu et al. 2017), or with what pairs have taught."""

    kind: Literal["translate"] = "translate"
    paths: Annotated[tuple[Path, ...], InputRole("picture", each=True)] = Field(min_length=1)
    """Pictures of the domain that they leave, one for each image."""
    direction: Literal["a-to-b", "b-to-a"] = "a-to-b"
    """From which of the two domains to which."""
    there_and_back: bool = False
    """Whether the image is what comes back of the translation, and not that itself."""
    longer_side: int | None = Field(None, ge=8, le=8192)
    """Longer side at which the picture is translated, in pixels; the shorter one follows. Best is what the model learnt on."""
    tile: int | None = Field(None, ge=64, le=8192)
    """Largest side of what is translated at once, in pixels; memory decides where it is not given."""
    precision: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    """At which precision the network computes; auto: the fastest of this machine. The provenance says which it was."""

    @property
    def model_takes(self) -> str | None:
        """A picture of a domain: it is a pair of networks."""
        return "domain-picture"

    def settings(self) -> dict[str, Any]:
        """Return what determines an image: at which precision, its record says beside the machine."""
        return {name: value for name, value in super().settings().items() if name != "precision"}

    @classmethod
    def stem(cls, settings: Mapping[str, Any], seed: int) -> str:
        """Return the way: no seed has a part in it.

        >>> Translate.stem({"direction": "b-to-a", "there_and_back": True}, 7)
        'b-to-a-to-b'
        """
        way = str(settings.get("direction", "a-to-b"))
        return f"{way}-to-{way[0]}" if settings.get("there_and_back") else way


_FOREIGN = "package.module:Class"


def source_class(kind: str) -> type[GenerationSource]:
    """Return the class of a kind of source: one of ours, or the one that a foreign generator names as ``source``.

    Raises:
        SettingsError: there is none.
    """
    if ":" not in kind:
        if kind not in _OURS:
            raise SettingsError(
                Said(
                    "source: wanted a kind, one of {0}, or package.module:Class, got {1!r}",
                    ", ".join(_OURS),
                    kind,
                )
            )
        return _OURS[kind]
    found = getattr(resolve_foreign("generator", kind), "source", None)
    if not (isinstance(found, type) and issubclass(found, GenerationSource)):
        raise SettingsError(
            Said(
                "{0}: wanted a class of a generator whose attribute 'source' is a subclass of "
                "interfaces.igs.GenerationSource, got {1!r} there",
                kind,
                found,
            )
        )
    return found


def _foreign(value: object) -> object:
    return source_class(str(value["kind"])).model_validate(value) if isinstance(value, dict) else value


def _tag(value: object) -> str | None:
    kind = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)
    return None if kind is None else _FOREIGN if ":" in str(kind) else str(kind)


Source = Annotated[
    Annotated[Noise, Tag("noise")]
    | Annotated[Walk, Tag("walk")]
    | Annotated[Pictures, Tag("pictures")]
    | Annotated[Translate, Tag("translate")]
    | Annotated[Stylize, Tag("stylize")]
    | Annotated[SerializeAsAny[GenerationSource], BeforeValidator(_foreign), Tag(_FOREIGN)],
    Discriminator(_tag),
]
"""Every source, told apart by ``kind``: one of ours, or the ``package.module:Class`` of anybody's generator."""
_OURS: dict[str, type[GenerationSource]] = {
    kind: source for kind, source in members_by_tag(Source).items() if kind != _FOREIGN
}


def name_by_record(settings: Mapping[str, Any], seed: int) -> str:
    """Return what the file of the image of a seed is called, by the settings of the record of its generation.

    >>> name_by_record({"source": {"kind": "noise"}}, 7)
    'seed7'
    """
    source = settings.get("source")
    kind = _OURS.get(str(source.get("kind"))) if isinstance(source, Mapping) else None
    return (
        kind.stem(source, seed) if kind and isinstance(source, Mapping) else GenerationSource.stem({}, seed)
    )
