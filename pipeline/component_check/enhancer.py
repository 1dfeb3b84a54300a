"""What every enhancer must do (IGDT, IES → IEDT)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from pydantic import JsonValue

from interfaces.iedt import IEDT
from interfaces.ies import IES
from interfaces.igdt import IGDT
from interfaces.ports import Enhancer
from pipeline.component_check import samples
from pipeline.component_check.comparison import fingerprint, require_contract
from pipeline.component_check.verdict import Suite, require

__all__ = ["SUITE"]

SIDE = 16
COUNT = 5
"""More than usually pass together, so that a last, smaller batch is among them."""


class Case(NamedTuple):
    """An enhancer, and how the settings ask for it."""

    enhancer: Enhancer
    options: dict[str, JsonValue]

    def enhance(self, data: IGDT, **settings: object) -> IEDT:
        """Enhance with these settings; 64 pixels where they do not say how large."""
        size = {} if "scale" in settings else {"side": 4 * SIDE}
        asked = IES.model_validate({**size, **settings, "enhancer": self.options})
        return self.enhancer.enhance(data, asked)


def prepare(make: Callable[..., Enhancer], name: str, folder: Path) -> Case:
    """Return the case; a network gets small untrained weights."""
    options: dict[str, JsonValue] = {"kind": name}
    if name in ("realesrgan", "realesrgan-reference", "spandrel"):
        options["weights"] = str(samples.random_weights(folder))
    return Case(make(), options)


def keeps_to_the_contract(case: Case) -> None:
    """The result is a valid IEDT: float32, in range, finite, one image for each seed."""
    require_contract(case.enhance(samples.generated(2), keep=(SIDE,)), IEDT)


def gives_the_size_that_is_asked_for(case: Case) -> None:
    """By side, by a side that is no multiple, and by scale."""
    for settings, side in (({"side": 64}, 64), ({"side": 50}, 50), ({"scale": 2.0}, 32)):
        got = case.enhance(samples.generated(1), **settings).final.size
        require(got == (side, side), f"wanted {side}x{side} for {settings}, got {got[0]}x{got[1]}")


def takes_pictures_that_are_not_square(case: Case) -> None:
    """The longer side becomes what is asked for, the shape stays."""
    for width, height, wanted in ((24, 12, (48, 24)), (12, 24, (24, 48))):
        got = case.enhance(samples.generated(1, width, height), side=48).final.size
        require(got == wanted, f"wanted {wanted} from {width}x{height} with side 48, got {got}")


def keeps_the_sizes_to_keep(case: Case) -> None:
    """In rising order; the generated size comes back as it was."""
    kept = case.enhance(samples.generated(2), keep=(32, SIDE)).kept
    sizes = [sized.size for sized in kept]
    require(sizes == [(SIDE, SIDE), (32, 32)], f"wanted the kept sizes 16x16 and 32x32, got {sizes}")
    unchanged = fingerprint(kept[0].images) == fingerprint(samples.generated(2).images)
    require(unchanged, "wanted the generated size kept as it was, got other pixels")


def enlarges_opacity_too(case: Case) -> None:
    """What was clear stays clear, what was opaque stays opaque; without opacity none is added."""
    alpha = case.enhance(samples.generated(1, clear=True)).final.alpha
    require(alpha is not None, "wanted the opacity enlarged with the picture, got none")
    assert alpha is not None  # noqa: S101  # told to the type checker; required above
    left, right = float(alpha[..., :16].mean()), float(alpha[..., -16:].mean())
    found = f"wanted opacity 0 on the left and 1 on the right, got {left:.2f} and {right:.2f}"
    require(left < 0.1 and right > 0.9, found)
    plain = case.enhance(samples.generated(1)).final.alpha
    require(plain is None, "wanted no opacity for an opaque picture, got some")


def leaves_its_input_alone(case: Case) -> None:
    """Every byte of the tensors handed over is as before."""
    data = samples.generated(2, clear=True)
    before = fingerprint(data)
    case.enhance(data, keep=(SIDE,))
    require(fingerprint(data) == before, "wanted the images handed over left alone, but they were changed")


def gives_the_same_result_twice(case: Case) -> None:
    """Equal input gives equal bits."""
    first, second = (fingerprint(case.enhance(samples.generated(2), keep=(SIDE,))) for _ in range(2))
    require(first == second, "wanted the same bits from the same input, got others the second time")


def an_image_does_not_depend_on_its_neighbours(case: Case) -> None:
    """Each image alone gives what it gives among others, records included."""
    together = case.enhance(samples.generated(COUNT, clear=True), keep=(SIDE,))
    for index in range(COUNT):
        data = samples.only(samples.generated(COUNT, clear=True), index)
        alone = case.enhance(data, keep=(SIDE,))
        for name in ("images", "alpha"):
            among, single = getattr(together.final, name), getattr(alone.final, name)
            part = None if among is None else among[index : index + 1]
            found = f"image {index}: wanted the same {name} alone as among {COUNT}, got others"
            require(fingerprint(part) == fingerprint(single), found)
        same = together.provenance == alone.provenance
        require(same, f"image {index}: wanted the same provenance alone as among {COUNT}, got another")


def serves_two_threads_at_once(case: Case) -> None:
    """Both get what each would have got alone."""
    sizes = ((SIDE, SIDE), (24, 12))
    wanted = [fingerprint(case.enhance(samples.generated(1, *size))) for size in sizes]
    with ThreadPoolExecutor(2) as threads:
        got = threads.map(case.enhance, [samples.generated(1, *size) for size in sizes])
        require(
            [*map(fingerprint, got)] == wanted, "wanted the same bits from two threads at once, got others"
        )


def hands_seeds_and_origins_on(case: Case) -> None:
    """In the order in which they came."""
    data = samples.generated(3)
    result = case.enhance(data)
    require(result.seeds == data.seeds, f"wanted the seeds {data.seeds}, got {result.seeds}")
    names = [origin.name for origin in result.origins]
    require(result.origins == data.origins, f"wanted the origins of the images handed on, got {names}")


def appends_its_record_to_the_provenance(case: Case) -> None:
    """The chain as it came, then one record that names the enhancer as it was asked for."""
    data = samples.generated(1)
    chain = case.enhance(data).provenance
    stages = [record.stage for record in chain]
    continued = chain[:-1] == data.provenance and stages[-1] == "enhancement"
    require(continued, f"wanted the chain handed over and one enhancement record after it, got {stages}")
    wanted = case.options["kind"]
    found = f"wanted the record to name {wanted!r}, so that the picture can be made again, got "
    require(chain[-1].component == wanted, f"{found}{chain[-1].component!r}")


SUITE = Suite(
    prepare,
    (
        keeps_to_the_contract,
        gives_the_size_that_is_asked_for,
        takes_pictures_that_are_not_square,
        keeps_the_sizes_to_keep,
        enlarges_opacity_too,
        leaves_its_input_alone,
        gives_the_same_result_twice,
        an_image_does_not_depend_on_its_neighbours,
        serves_two_threads_at_once,
        hands_seeds_and_origins_on,
        appends_its_record_to_the_provenance,
    ),
)
