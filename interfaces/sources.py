"""What images are generated from: one class for each kind of source, and what others may ask of any (see `IGS.source`)."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    SerializeAsAny,
    Tag,
    model_validator,
)

from interfaces.contract import Contract, members_by_tag
from interfaces.errors import SettingsError
from interfaces.registry import resolve_foreign

__all__ = [
    "GenerationSource",
    "Input",
    "InputRole",
    "Noise",
    "Pictures",
    "Source",
    "Stylize",
    "Translate",
    "source_class",
]


class InputRole(NamedTuple):
    """Marks a field of a source that names input pictures: ``Annotated[tuple[Path, ...], InputRole("style")]``."""

    role: str
    """What they are: content, style, mask, …"""
    each: bool = False
    """Whether the field has one picture for each image; else all images share all of its pictures."""


class Input(NamedTuple):
    """An input picture."""

    name: str
    """Its role, with a number where a field may have several that all images share: by this the provenance has its digest."""
    path: Path
    each: bool
    """Whether one image alone is made of it."""


class GenerationSource(Contract):
    """What images are generated from: the base of every source.

    Nobody asks a source of which kind it is: it says here what others must know.
    """

    kind: str

    @property
    def needs_model(self) -> bool:
        """Whether there must be a trained model."""
        return False

    @property
    def most(self) -> int | None:
        """How many images it can make; None for any number."""
        counts = [len(paths) for _, role, paths in self._roles() if role.each]
        return min(counts, default=None)

    def inputs(self) -> Sequence[Input]:
        """Return every input picture."""
        return [
            Input(role.role if role.each or len(paths) == 1 else f"{role.role} {number}", path, role.each)
            for _, role, paths in self._roles()
            for number, path in enumerate(paths, 1)
        ]

    def part(self, first: int, count: int) -> Self:
        """Return the source of ``count`` images alone, from the one with the index ``first`` on."""
        changes = {name: paths[first : first + count] for name, role, paths in self._roles() if role.each}
        return self.model_validate({**dict(self), **changes}) if changes else self

    def moved(self, change: Callable[[Path], Path]) -> Self:
        """Return it with other paths for its input pictures."""
        changes = {name: tuple(map(change, paths)) for name, _, paths in self._roles()}
        return self.model_validate({**dict(self), **changes}) if changes else self

    def settings(self) -> dict[str, Any]:
        """Return what determines an image, for its provenance: all but the paths, which stand there by their digests."""
        return self.model_dump(mode="json", exclude={name for name, _, _ in self._roles()})

    @classmethod
    def restored(cls, settings: dict[str, Any], found: dict[str, Path]) -> Self:
        """Return the source of one image again, from its `settings`, and the input pictures by the name of each."""
        values = dict(settings)
        for name, role in _marked(cls):
            numbered = (f"{role.role} {number}" for number in range(1, len(found) + 1))
            paths = [found[each] for each in (role.role, *numbered) if each in found]
            if not paths and cls.model_fields[name].is_required():
                raise SettingsError(
                    f"source: wanted the input picture {role.role!r} of {values.get('kind')}, got none"
                )
            values[name] = paths
        return cls.model_validate(values)

    @classmethod
    def is_input(cls, name: str) -> bool:
        """Return whether the digest of that name in a provenance is that of an input picture."""
        role = name.rstrip("0123456789").rstrip()
        return any(mark.role == role for _, mark in _marked(cls))

    def _roles(self) -> Iterator[tuple[str, InputRole, tuple[Path, ...]]]:
        for name, role in _marked(type(self)):
            yield name, role, tuple(getattr(self, name))


def _marked(source: type[GenerationSource]) -> Iterator[tuple[str, InputRole]]:
    for name, field in source.model_fields.items():
        yield from ((name, mark) for mark in field.metadata if isinstance(mark, InputRole))


class Noise(GenerationSource):
    """Generate from random latent vectors."""

    kind: Literal["noise"] = "noise"

    @property
    def needs_model(self) -> bool:
        """True: the model that turns them into images."""
        return True


class Pictures(GenerationSource):
    """Take picture files as they are: enhancement on its own."""

    kind: Literal["pictures"] = "pictures"
    paths: Annotated[tuple[Path, ...], InputRole("picture", each=True)] = Field(min_length=1)
    """The files, one for each image."""
    names: tuple[str, ...] = ()
    """How people call each of them, where its file has another name; no path is ever made of it."""

    def name_of(self, index: int) -> str | None:
        """Return how people call a picture; None where its file says so."""
        return self.names[index] if self.names else None

    def part(self, first: int, count: int) -> Self:
        """Return the source of ``count`` images alone."""
        here = slice(first, first + count)
        return self.model_validate({**dict(self), "paths": self.paths[here], "names": self.names[here]})

    def settings(self) -> dict[str, Any]:
        """Return what determines an image: its name does not."""
        return {name: value for name, value in super().settings().items() if name != "names"}

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        if self.names and len(self.names) != len(self.paths):
            raise ValueError(
                f"names: wanted none or one for each of the {len(self.paths)} pictures, got {len(self.names)}"
            )
        return self


class Translate(GenerationSource):
    """Carry pictures from one domain to the other with a trained CycleGAN (Zhu et al. 2017)."""

    kind: Literal["translate"] = "translate"
    paths: Annotated[tuple[Path, ...], InputRole("picture", each=True)] = Field(min_length=1)
    """Pictures of the domain that they leave, one for each image."""
    direction: Literal["a-to-b", "b-to-a"] = "a-to-b"
    """From which of the two domains to which."""

    @property
    def needs_model(self) -> bool:
        """True: the CycleGAN."""
        return True


class Stylize(GenerationSource):
    """Give content pictures the texture and the colours of style pictures (Gatys et al. 2016, and what came after)."""

    kind: Literal["stylize"] = "stylize"
    paths: Annotated[tuple[Path, ...], InputRole("content", each=True)] = Field(min_length=1)
    """Pictures whose content is kept, one for each image."""
    styles: Annotated[tuple[Path, ...], InputRole("style")] = ()
    """Pictures whose style all images get; none where the trained network of ``feedforward`` has it."""
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
    blend: tuple[Annotated[float, Field(ge=0)], ...] = ()
    """How much each style counts beside the others, such as 3,7; none: all alike."""
    style_scale: float = Field(1.0, gt=0, le=4)
    """Size of the style pictures beside the image: smaller makes a finer texture."""
    content_layers: tuple[str, ...] = ()
    """Layers of the features at which the content is compared, such as relu4_2, or relu4_2=0.5 with a weight; none: the algorithm's own."""
    style_layers: tuple[str, ...] = ()
    """Layers of the features at which the style is compared, in the same way."""
    start: Literal["content", "noise", "style"] = "content"
    """What the image begins as: the content, noise of the seed, or noise with the mean and spread of the style's colours."""
    optimizer: Literal["adam", "lbfgs"] = "lbfgs"
    """What moves the pixels."""
    steps: int = Field(500, ge=1, le=100_000)
    """Steps of the optimizer at all scales together."""
    smallest: int = Field(128, ge=16, le=8192)
    """Longer side of the first scale: coarse shapes come first, and each scale begins with the last one's image. As large as ``size``:
    one scale."""
    pooling: Literal["max", "average"] = "max"
    """How the features' network halves its maps."""
    features: str = Field("vgg19", min_length=1)
    """Network whose features compare pictures: vgg19 (see `artgen weights list`), the path of its file, or random, which needs no file
    and knows textures alone."""
    original_colours: bool = False
    """Keep the colours of the content: the style gives its brightness alone."""
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """At which precision the features are computed; auto: the fastest of this machine. The provenance says which it was."""

    @property
    def needs_model(self) -> bool:
        """Whether the algorithm is a trained network."""
        return self.algorithm == "feedforward"

    def settings(self) -> dict[str, Any]:
        """Return what determines an image: at which precision, its record says beside the machine."""
        return {name: value for name, value in super().settings().items() if name != "precision"}

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if not self.styles and not self.needs_model:
            raise ValueError(f"styles: wanted at least 1 style picture for {self.algorithm}, got none")
        if self.masks and len(self.masks) != len(self.styles):
            raise ValueError(
                f"masks: wanted none or one for each of the {len(self.styles)} styles, got {len(self.masks)}"
            )
        if self.blend and len(self.blend) != len(self.styles):
            raise ValueError(
                f"blend: wanted none or one number for each of the {len(self.styles)} styles, got {len(self.blend)}"
            )
        if self.blend and not any(self.blend):
            raise ValueError("blend: wanted at least one number above 0, got only 0")
        if self.content_weight == self.style_weight == 0:
            raise ValueError("content_weight, style_weight: wanted one of them above 0, got 0 and 0")
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
