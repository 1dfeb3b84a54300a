"""What images are generated from: one class for each kind of source (see `IGS.source`)."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    JsonValue,
    SerializeAsAny,
    Tag,
    model_validator,
)

from interfaces.contract import Contract, Seed, members_by_tag
from interfaces.crop import crop_box
from interfaces.errors import SettingsError
from interfaces.marks import NamesFile
from interfaces.registry import resolve_foreign
from interfaces.source_base import GenerationSource, Input, InputRole

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


def _listed(value: object) -> object:
    return (
        tuple(each.strip() for each in value.split(",") if each.strip()) if isinstance(value, str) else value
    )


_OF_RUN = ("precision", "variations")
_LONGEST_NAMES = 60
"""Characters of the names of styles in that of a file."""
_LISTED = BeforeValidator(_listed)
"""Several values, which may come as one text with commas."""


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
                    f"seed: wanted one of the {self.steps} of the walk from {self.start}, got {outside[0]}"
                )
            return self
        if list(seeds) != list(range(seeds[0], seeds[0] + len(seeds))):
            raise ValueError("seeds: wanted the seed where a walk begins alone (seed and count), got a list")
        if len(seeds) < 2:
            raise ValueError("count: wanted at least 2 pictures for a walk, got 1")
        if seeds[0] == self.to:
            raise ValueError(f"source: wanted a walk to another seed than {self.to}, where it begins")
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
            raise ValueError(f"steps: wanted with start or without both, got {self.steps} and {self.start}")
        return self


class NamedPictures(GenerationSource):
    """A source that makes one image of each picture, and knows how people call them."""

    names: tuple[str, ...] = ()
    """How people call each of the pictures, where its file has another name; no path is ever made of it."""

    def name_of(self, index: int) -> str | None:
        """Return how people call a picture; None where its file says so."""
        return self.names[index] if self.names else None

    def part(self, first: int, count: int) -> Self:
        """Return the source of ``count`` images alone."""
        here = slice(first, first + count)
        changes = {name: paths[here] for name, role, paths in self._roles() if role.each}
        return self.model_validate({**dict(self), **changes, "names": self.names[here]})

    def settings(self) -> dict[str, Any]:
        """Return what determines an image: its name does not."""
        return {name: value for name, value in super().settings().items() if name != "names"}

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        if self.names and len(self.names) != self.most:
            raise ValueError(
                f"names: wanted none or one for each of the {self.most} pictures, got {len(self.names)}"
            )
        return self


class Pictures(NamedPictures):
    """Take picture files as they are: enhancement on its own."""

    kind: Literal["pictures"] = "pictures"
    paths: Annotated[tuple[Path, ...], InputRole("picture", each=True)] = Field(min_length=1)
    """The files, one for each image."""


class Translate(GenerationSource):
    """Carry pictures from one domain to the other with a trained CycleGAN (Zhu et al. 2017)."""

    kind: Literal["translate"] = "translate"
    paths: Annotated[tuple[Path, ...], InputRole("picture", each=True)] = Field(min_length=1)
    """Pictures of the domain that they leave, one for each image."""
    direction: Literal["a-to-b", "b-to-a"] = "a-to-b"
    """From which of the two domains to which."""

    @property
    def model_takes(self) -> str | None:
        """A picture: it is the CycleGAN."""
        return "picture"


class StyleVariation(Contract):
    """What is different in one image of a study."""

    title: str = Field(min_length=1, max_length=200)
    """How people are told of it: the caption of its picture."""
    changes: dict[str, JsonValue]
    """Settings of `Stylize` by their names."""


class Stylize(NamedPictures):
    """Give content pictures the texture and the colours of style pictures (Gatys et al. 2016, and what came after)."""

    kind: Literal["stylize"] = "stylize"
    paths: Annotated[tuple[Path, ...], InputRole("content", each=True)] = Field(min_length=1)
    """Pictures whose content is kept, one for each image."""
    styles: Annotated[tuple[Path, ...], InputRole("style")] = ()
    """Pictures whose style all images get; none where the trained network of ``feedforward`` has it."""
    style_names: tuple[str, ...] = ()
    """How people call the styles, where their files have other names; the results are called by them."""
    variations: tuple[StyleVariation, ...] = ()
    """What differs from image to image, one for each: a study. None: nothing but the content."""
    masks: Annotated[tuple[Path, ...], InputRole("mask")] = ()
    """Where each style goes: as many pictures as styles, each as large as the content; white is where, black where not."""
    algorithm: str = Field("gatys", pattern=r"^([\w.]+:)?[\w.-]+$")
    """How the style is carried over: a name (see `artgen component list`), or package.module:Class."""
    size: int = Field(512, ge=32, le=8192)
    """Longer side of the image in pixels; the shorter one follows from the content picture."""
    content_weight: float = Field(1.0, ge=0)
    """How much the content counts; 1 is the balance that the algorithm is tuned to."""
    style_weight: float = Field(1.0, ge=0)
    """How much the style counts; 1 is the balance that the algorithm is tuned to."""
    smoothness: float = Field(1.0, ge=0)
    """How much differences between neighbouring pixels are held down (total variation); 1 is the algorithm's own balance."""
    blend: Annotated[tuple[Annotated[float, Field(ge=0)], ...], _LISTED] = ()
    """How much each style counts beside the others, such as 3,7; none: all alike."""
    style_scale: float = Field(1.0, gt=0, le=4)
    """Size of the style pictures beside the image: smaller makes a finer texture."""
    content_layers: Annotated[tuple[str, ...], _LISTED] = ()
    """Layers of the features at which the content is compared, such as relu4_2, or relu4_2=0.5 with a weight; none: the algorithm's own."""
    style_layers: Annotated[tuple[str, ...], _LISTED] = ()
    """Layers of the features at which the style is compared, in the same way."""
    start: Literal["content", "noise", "style"] = "content"
    """What the image begins as: the content, noise of the seed, or noise with the mean and spread of the style's colours."""
    optimizer: Literal["adam", "lbfgs"] = "lbfgs"
    """What moves the pixels."""
    steps: int = Field(300, ge=1, le=100_000)
    """Steps of the optimizer at all scales together."""
    smallest: int = Field(128, ge=16, le=8192)
    """Longer side of the first scale: coarse shapes come first, and each scale begins with the last one's image. As large as ``size``:
    one scale."""
    pooling: Literal["max", "average"] = "max"
    """How the features' network halves its maps."""
    features: Annotated[str, NamesFile("a file of VGG19", "features", instead="random")] = Field(
        "vgg19", min_length=1
    )
    """Network whose features compare pictures: vgg19 (see `artgen weights list`), the path of its file, or random, which needs no file
    and knows textures alone."""
    original_colours: bool = False
    """Keep the colours of the content: the style gives its brightness alone."""
    flip: Literal["none", "horizontal", "vertical", "both"] = "none"
    """Mirror the content first: left and right, top and bottom, or both."""
    rotate: float = Field(0.0, ge=-180, le=180)
    """Turn the content counter-clockwise by so many degrees; corners that come into sight are mirrored from what is inside."""
    crop: str | None = None
    """Take a part of the content: an aspect such as 1:1 or 4:3, which is cut from the middle, or left,top,right,bottom as shares of its
    sides, such as 0.1,0,0.9,1."""
    canvas: float = Field(0.0, ge=0, le=1)
    """Extend the content on every side by this share of its longer side, mirrored from what is inside."""
    denoise_before: float = Field(0.0, ge=0, le=1)
    """Share of the noise that is taken out of the content first."""
    denoise_after: float = Field(0.0, ge=0, le=1)
    """Share of the noise that is taken out of the image last."""
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """At which precision the features are computed; auto: the fastest of this machine. The provenance says which it was."""

    @property
    def model_takes(self) -> str | None:
        """A picture, where the algorithm is a trained network."""
        return "picture" if self.algorithm == "feedforward" else None

    def part(self, first: int, count: int) -> Self:
        """Return the source of ``count`` images alone; that of one image has its own settings."""
        variations = self.variations[first : first + count]
        own = variations[0].changes if count == 1 and variations else {}
        cut = self.model_copy(update={"variations": ()})
        return self.model_validate(
            {**dict(NamedPictures.part(cut, first, count)), **own, "variations": variations}
        )

    def title(self, seed: int) -> str:
        """Return what is different in the image of a source of one image; else its seed."""
        return self.variations[0].title if len(self.variations) == 1 else super().title(seed)

    @classmethod
    def stem(cls, settings: Mapping[str, Any], seed: int) -> str:
        """Return the names of the styles and the seed.

        >>> Stylize.stem({"style_names": ["mosaic", "Le chat"]}, 7)
        'mosaic-Le_chat_seed7'
        """
        names = "-".join(
            re.sub(r"[^A-Za-z0-9.-]+", "_", str(each)) for each in settings.get("style_names", ())
        )
        return "_".join(filter(None, (names[:_LONGEST_NAMES].strip("._-"), f"seed{seed}")))

    def settings(self) -> dict[str, Any]:
        """Return what determines an image, and how its file is called: at which precision, its record says beside the machine."""
        names = list(self.style_names or (path.stem for path in self.styles))
        found = {name: value for name, value in super().settings().items() if name not in _OF_RUN}
        return {**found, "style_names": names}

    @model_validator(mode="after")
    def _check_counts(self) -> Self:
        if not self.styles and not self.needs_model:
            raise ValueError(f"styles: wanted at least 1 style picture for {self.algorithm}, got none")
        counts = {"masks": self.masks, "style_names": self.style_names, "blend": self.blend}
        for name, values in counts.items():
            if values and len(values) != len(self.styles):
                what = "number for each" if name == "blend" else "for each"
                raise ValueError(
                    f"{name}: wanted none or one {what} of the {len(self.styles)} styles, got {len(values)}"
                )
        return self

    @model_validator(mode="after")
    def _check_variations(self) -> Self:
        if self.variations and len(self.variations) != len(self.paths):
            raise ValueError(
                f"variations: wanted none or one for each of the {len(self.paths)} images, got {len(self.variations)}"
            )
        if len(self.variations) > 1:
            for index in range(len(self.variations)):
                self.part(index, 1)
        return self

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if self.blend and not any(self.blend):
            raise ValueError("blend: wanted at least one number above 0, got only 0")
        if self.content_weight == self.style_weight == 0:
            raise ValueError("content_weight, style_weight: wanted one of them above 0, got 0 and 0")
        if self.crop is not None and crop_box(self.crop, 1, 1) is None:
            raise ValueError(
                "crop: wanted an aspect such as 4:3, or left,top,right,bottom from 0 to 1 such as 0.1,0,0.9,1, "
                f"got {self.crop!r}"
            )
        return self


_FOREIGN = "package.module:Class"


def source_class(kind: str) -> type[GenerationSource]:
    """Return the class of a kind of source: one of ours, or the one that a foreign generator names as ``source``.

    Raises:
        SettingsError: there is none.
    """
    if ":" not in kind:
        if kind not in _OURS:
            raise SettingsError(
                f"source: wanted a kind, one of {', '.join(_OURS)}, or package.module:Class, got {kind!r}"
            )
        return _OURS[kind]
    found = getattr(resolve_foreign("generator", kind), "source", None)
    if not (isinstance(found, type) and issubclass(found, GenerationSource)):
        raise SettingsError(
            f"{kind}: wanted a class of a generator whose attribute 'source' is a subclass of "
            f"interfaces.igs.GenerationSource, got {found!r} there"
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
