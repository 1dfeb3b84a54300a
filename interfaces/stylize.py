"""The source of style transfer: all that one may say of it."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, JsonValue, model_validator

from interfaces.contract import Contract
from interfaces.crop import crop_box
from interfaces.marks import NamesFile
from interfaces.source_base import InputRole, NamedPictures

__all__ = ["StyleVariation", "Stylize"]


def _listed(value: object) -> object:
    return (
        tuple(each.strip() for each in value.split(",") if each.strip()) if isinstance(value, str) else value
    )


_OF_RUN = ("precision", "variations")
_LONGEST_NAMES = 60
"""Characters of the names of styles in that of a file."""
_LISTED = BeforeValidator(_listed)
"""Several values, which may come as one text with commas."""


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
    smallest: int | None = Field(None, ge=16, le=8192)
    """Longer side of the first scale: coarse shapes come first, and each scale begins with the last one's image. As large as ``size``:
    one scale; none: the algorithm's own, 128 pixels for most."""
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
    """At which precision the network computes; auto: the fastest of this machine. The provenance says which it was."""

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
