"""What every generator must do (IGS, IGME → IGDT)."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from interfaces.igdt import IGDT
from interfaces.igme import IGME, ResnetTranslation
from interfaces.igs import IGS, Noise, Pictures, Stylize, Translate, Walk
from interfaces.ports import Generator
from pipeline.component_check import samples
from pipeline.component_check.comparison import (
    fingerprint,
    folder_fingerprint,
    require_contract,
    require_own_randomness,
)
from pipeline.component_check.verdict import Suite, require

__all__ = ["SUITE"]

SEED = 1000
COUNT = 18
"""More than usually pass together, so that a last, smaller batch is among them."""


class Case(NamedTuple):
    """A generator, what it is asked for, and the files that it reads."""

    generator: Generator
    settings: IGS
    model: IGME | None
    folder: Path

    def generate(self, settings: IGS | None = None) -> Sequence[IGDT]:
        """Return all that comes."""
        return list(self.generator.generate(settings or self.settings, self.model))


def prepare(make: Callable[..., Generator], name: str, folder: Path) -> Case:
    """Return the case: pictures for a generator that makes one image of each, an untrained model for any other; a walk for its own."""
    generator = make()
    if name == "stylize":
        # its algorithms have a suite of their own: this one costs nothing
        stylize = Stylize(
            paths=samples.pictures(folder),
            styles=samples.style_pictures(folder),
            algorithm="reinhard",
            size=32,
        )
        return Case(generator, IGS(count=3, seed=SEED, source=stylize), None, folder)
    if name == "translate":
        networks = samples.random_model(folder, architecture=ResnetTranslation(side=16, width=4, blocks=1))
        translate = Translate(paths=samples.pictures(folder))
        return Case(generator, IGS(count=3, seed=SEED, source=translate), networks, folder)
    if name == "pictures":
        paths = samples.pictures(folder)
        return Case(generator, IGS(count=3, seed=SEED, source=Pictures(paths=paths)), None, folder)
    source = Walk(to=SEED - 1) if name == "walk" else Noise()
    return Case(generator, IGS(count=COUNT, seed=SEED, source=source), samples.random_model(folder), folder)


def keeps_to_the_contract(case: Case) -> None:
    """All that comes is a valid IGDT: float32, in range, finite, one seed for each image."""
    for data in case.generate():
        require_contract(data, IGDT)


def makes_as_many_images_as_are_asked_for(case: Case) -> None:
    """No more and no fewer."""
    got = sum(len(data.images) for data in case.generate())
    require(got == case.settings.count, f"wanted {case.settings.count} images, got {got}")


def counts_the_seeds_up_from_the_first(case: Case) -> None:
    """Image i has the seed of the run + i."""
    got = tuple(seed for data in case.generate() for seed in data.seeds)
    wanted = tuple(range(SEED, SEED + len(got)))
    require(got == wanted, f"wanted the seeds {wanted}, got {got}")


def an_image_depends_on_its_seed_alone(case: Case) -> None:
    """Image i of a run is image 0 of a run whose seed is i higher: pixels, opacity and record."""
    together = [single for data in case.generate() for single in _singles(data)]
    for index in {0, 1, case.settings.count - 1}:
        alone = _singles(case.generate(_part(case.settings, index))[0])[0]
        same = fingerprint(together[index]) == fingerprint(alone)
        require(same, f"wanted image {index} as with --seed {SEED + index} --count 1, got another")


def gives_every_seed_its_own_image(case: Case) -> None:
    """Or every input picture, where there are some: no two are alike."""
    prints = [fingerprint(single.images) for data in case.generate() for single in _singles(data)]
    alike = len(prints) - len(set(prints))
    require(alike == 0, f"wanted {len(prints)} different images, got {alike} that repeat another")


def gives_the_same_images_twice(case: Case) -> None:
    """Equal settings give equal bits."""
    first, second = fingerprint(case.generate()), fingerprint(case.generate())
    require(first == second, "wanted the same bits from the same settings, got others the second time")


def begins_the_provenance(case: Case) -> None:
    """One generation record."""
    for data in case.generate():
        stages = [record.stage for record in data.provenance]
        require(stages == ["generation"], f"wanted one generation record, got {stages}")


def names_the_digest_of_what_it_read(case: Case) -> None:
    """The model's weights, or the input pictures: without it no picture can be made again."""
    for data in case.generate():
        wanted = {origin.sha256 for origin in data.origins}
        wanted |= {case.model.weights_sha256} if case.model else set()
        shared = (each.path for each in case.settings.source.inputs() if not each.each)
        wanted |= {hashlib.sha256(path.read_bytes()).hexdigest() for path in shared}
        got = set(data.provenance[0].digests.values())
        require(wanted <= got, f"wanted the digests {sorted(wanted)} in the record, got {sorted(got)}")


def leaves_the_files_that_it_reads_alone(case: Case) -> None:
    """Model and pictures have the same bytes as before, and no file is added."""
    before = folder_fingerprint(case.folder)
    case.generate()
    require(folder_fingerprint(case.folder) == before, "wanted its files left alone, but they were changed")


def leaves_the_randomness_of_others_alone(case: Case) -> None:
    """What torch draws afterwards is what it would have drawn before."""
    require_own_randomness(case.generate)


def _part(settings: IGS, index: int) -> IGS:
    """Return the settings of image ``index`` alone."""
    return next(settings.stretches([index]))


def _singles(data: IGDT) -> Sequence[IGDT]:
    """Return the images of ``data`` one by one."""
    return [samples.only(data, index) for index in range(len(data.seeds))]


SUITE = Suite(
    prepare,
    (
        keeps_to_the_contract,
        makes_as_many_images_as_are_asked_for,
        counts_the_seeds_up_from_the_first,
        an_image_depends_on_its_seed_alone,
        gives_every_seed_its_own_image,
        gives_the_same_images_twice,
        begins_the_provenance,
        names_the_digest_of_what_it_read,
        leaves_the_files_that_it_reads_alone,
        leaves_the_randomness_of_others_alone,
    ),
)
