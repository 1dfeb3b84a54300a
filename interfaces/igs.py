"""IGS, Interface of Generating Settings: user interface → generation."""

import itertools
from collections.abc import Iterator, Sequence
from typing import Any, Self

from pydantic import (
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from interfaces.contract import Contract, Seed
from interfaces.said import Said
from interfaces.seed_list import MAX_COUNT, SeedList, listed_seeds
from interfaces.sources import (
    GenerationSource,
    Input,
    InputRole,
    Noise,
    Pictures,
    Source,
    StyleVariation,
    Stylize,
    Translate,
    Walk,
    source_class,
)

__all__ = [
    "IGS",
    "MAX_COUNT",
    "GenerationSource",
    "Input",
    "InputRole",
    "Noise",
    "Pictures",
    "Source",
    "StyleVariation",
    "Stylize",
    "Translate",
    "Walk",
    "source_class",
]


class IGS(Contract):
    """How many images to generate, from what, and with which seeds.

    Image *i* of a run has the seed ``seed + i``: image 37 of seed 1000 is image 0 of seed 1037. Where ``seeds`` are listed,
    it has the *i*-th of them, and ``count`` and ``seed`` say how many there are, and the first.
    """

    count: int = Field(1, ge=1, json_schema_extra={"maximum": MAX_COUNT})
    """How many images; as many as there are input pictures, where each is made of one."""
    seed: Seed = 0
    """Seed of the first image; image i has seed + i."""
    seeds: SeedList = ()
    """Or: the seed of each image, such as 1,5,9-12."""
    style: str | None = None
    """One of the styles of a conditional model, which otherwise draws one for each seed."""
    source: Source = Noise()
    """What the images are made of."""

    @property
    def image_seeds(self) -> Sequence[int]:
        """The seed of every image, in order.

        >>> list(IGS(count=3, seed=5).image_seeds), list(IGS.model_validate({"seeds": "7,1-2"}).image_seeds)
        ([5, 6, 7], [7, 1, 2])
        """
        return self.seeds or range(self.seed, self.seed + self.count)

    def stretches(self, indices: Sequence[int]) -> Iterator[Self]:
        """Yield the settings of the images at ``indices``, for each stretch of neighbours whose seeds count up.

        This is what a generator is asked for: it need not know of listed seeds.
        """
        seeds = self.image_seeds
        source = self.source.within(seeds)
        # the index and the seed of an image both count up with its place in a stretch
        places = enumerate(indices)
        for _, group in itertools.groupby(places, lambda at: (at[1] - at[0], seeds[at[1]] - at[0])):
            here = [index for _, index in group]
            changes = {"source": source.part(here[0], len(here)), "seed": seeds[here[0]]}
            yield self.model_validate({**dict(self), **changes, "count": len(here), "seeds": ()})

    @model_validator(mode="before")
    @classmethod
    def _count_seeds(cls, values: Any) -> Any:
        if not isinstance(values, dict) or not values.get("seeds"):
            return values
        try:
            seeds = listed_seeds(values["seeds"])
        except ValueError:
            return values  # the field says what is wrong
        if not isinstance(seeds, list | tuple):
            return values
        said = {"count": len(seeds), "seed": seeds[0]}
        for name, value in said.items():
            if values.get(name, value) != value:
                raise ValueError(
                    Said("seeds: wanted without {0} beside them, got {0} {1!r}", name, values[name])
                )
        return {**values, **said, "seeds": seeds}

    @model_serializer(mode="wrap")
    def _as_one_says_it(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # either seeds, or seed and count; and what is recorded of a picture is what it was before there were lists
        values: dict[str, Any] = dump(self)
        left_out = ("seed", "count") if self.seeds else ("seeds",)
        return {name: value for name, value in values.items() if name not in left_out}

    @model_validator(mode="after")
    def _check_count(self) -> Self:
        most = self.source.most
        if self.count > (MAX_COUNT if most is None else most):
            wanted = f"{MAX_COUNT}" if most is None else f"the {most} pictures"
            raise ValueError(Said("count: wanted at most {0}, got {1}", wanted, self.count))
        self.source.within(self.image_seeds)
        return self
