"""The base of every source of generation: what others may ask of any."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

from pydantic import model_validator

from interfaces.contract import Contract
from interfaces.errors import SettingsError
from interfaces.marks import NamesFile

__all__ = ["GenerationSource", "Input", "InputRole", "NamedPictures"]


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
        return self.model_takes is not None

    @property
    def model_takes(self) -> str | None:
        """What the model that it needs takes, by the ``kind`` of `GenerativeNetwork.takes`; None where it needs no model."""
        return None

    @property
    def most(self) -> int | None:
        """How many images it can make; None for any number."""
        counts = [len(paths) for _, role, paths in self._roles() if role.each]
        return min(counts, default=None)

    def within(self, seeds: Sequence[int]) -> Self:
        """Return it with what it takes from the run of the images of these ``seeds``, so that an image alone can be made of it.

        Raises:
            ValueError: it goes with other seeds; the message begins with the field that is wrong.
        """
        del seeds
        return self

    def title(self, seed: int) -> str:
        """Return how people are told of the image of a seed; of a source that is `within` its run."""
        return f"seed {seed}"

    @classmethod
    def stem(cls, settings: Mapping[str, Any], seed: int) -> str:
        """Return what the file of the image of a seed is called, from `settings` in its record."""
        del settings
        return f"seed{seed}"

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

    @classmethod
    def is_weights(cls, name: str) -> bool:
        """Return whether the digest of that name in a provenance is that of a file of weights, which the field of that name names."""
        field = cls.model_fields.get(name)
        return field is not None and any(isinstance(mark, NamesFile) for mark in field.metadata)

    def _roles(self) -> Iterator[tuple[str, InputRole, tuple[Path, ...]]]:
        for name, role in _marked(type(self)):
            yield name, role, tuple(getattr(self, name))


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


def _marked(source: type[GenerationSource]) -> Iterator[tuple[str, InputRole]]:
    for name, field in source.model_fields.items():
        yield from ((name, mark) for mark in field.metadata if isinstance(mark, InputRole))
