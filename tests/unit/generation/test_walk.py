"""A walk from one seed to another: its ends are their pictures, and each picture depends on its place alone."""

from pathlib import Path

import pytest
import torch
from pydantic import ValidationError

from components.generation import NoiseGenerator, WalkGenerator
from components.generation.noise import draw_labels
from components.networks.build import load_generator
from components.networks.latents import latents_between, wanted_latent
from interfaces.errors import SettingsError
from interfaces.igme import IGME
from interfaces.igs import IGS, Walk
from pipeline.component_check.samples import random_model


@pytest.fixture
def model(tmp_path: Path) -> IGME:
    return random_model(tmp_path / "model")


@pytest.fixture
def styled(tmp_path: Path) -> IGME:
    return random_model(tmp_path / "styled", conditional=True)


def images(model: IGME, settings: IGS) -> torch.Tensor:
    maker = WalkGenerator() if isinstance(settings.source, Walk) else NoiseGenerator()
    return torch.cat([data.images for data in maker.generate(settings, model)])


def walk(count: int = 24, seed: int = 7, to: int = 1073, **more: object) -> IGS:
    return IGS.model_validate({"count": count, "seed": seed, "source": {"kind": "walk", "to": to}, **more})


@pytest.mark.parametrize("count", [2, 24, 100])
def test_the_ends_are_the_pictures_of_the_two_seeds(model: IGME, count: int) -> None:
    made = images(model, walk(count))
    assert len(made) == count
    assert torch.equal(made[0], images(model, IGS(seed=7))[0])
    assert torch.equal(made[-1], images(model, IGS(seed=1073))[0])


def test_a_picture_is_the_networks_answer_to_the_vector_at_its_place(model: IGME) -> None:
    vectors = latents_between(7, 1073, [2 / 23], wanted_latent(model.architecture))
    torch.testing.assert_close(images(model, walk())[2], load_generator(model)(vectors)[0], rtol=0, atol=1e-6)


def test_some_pictures_of_a_walk_are_those_of_the_whole(model: IGME) -> None:
    whole = images(model, walk(20))
    some = [images(model, each) for each in walk(20).stretches([0, 5, 6, 18, 19])]
    assert torch.equal(torch.cat(some), whole[[0, 5, 6, 18, 19]])


def test_the_record_says_both_seeds_and_the_length_and_nothing_of_the_chunk(model: IGME) -> None:
    [whole] = WalkGenerator().generate(walk(4), model)
    [part] = WalkGenerator().generate(next(walk(4).stretches([2])), model)
    assert whole.provenance[0].settings["source"] == {"kind": "walk", "to": 1073, "start": 7, "steps": 4}
    assert part.provenance == whole.provenance
    assert (whole.seeds, part.seeds) == ((7, 8, 9, 10), (9,))


def test_the_style_of_the_first_seed_holds_along_the_way(styled: IGME) -> None:
    kinds = {seed: styled.styles[int(draw_labels([seed], len(styled.styles)))] for seed in range(30)}
    to = next(seed for seed, style in kinds.items() if style != kinds[0])
    drawn, asked = (
        images(styled, walk(5, seed=0, to=to)),
        images(styled, walk(5, seed=0, to=to, style=kinds[0])),
    )
    assert torch.equal(drawn, asked)
    assert torch.equal(drawn[-1], images(styled, IGS(seed=to, style=kinds[0]))[0])
    assert not torch.equal(drawn[-1], images(styled, IGS(seed=to))[0])
    assert WalkGenerator().style_of(3, walk(5, seed=0, to=to), styled) == kinds[0]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"count": 1}, "count: wanted at least 2 pictures for a walk, got 1"),
        ({"to": 7}, "source: wanted a walk to another seed than 7, where it begins"),
        ({"count": 101}, "count: wanted at most 100, got 101"),
    ],
)
def test_what_is_no_walk_is_refused(values: dict[str, int], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        walk(**values)


def test_a_walk_begins_at_one_seed_and_its_parts_lie_within(model: IGME) -> None:
    source = {"kind": "walk", "to": 9}
    with pytest.raises(ValidationError, match="seeds: wanted the seed where a walk begins alone"):
        IGS.model_validate({"seeds": "1,5,7", "source": source})
    with pytest.raises(ValidationError, match="seed: wanted one of the 4 of the walk from 7, got 11"):
        IGS.model_validate({"seed": 10, "count": 2, "source": {**source, "start": 7, "steps": 4}})
    with pytest.raises(ValidationError, match="steps: wanted with start or without both, got None and 7"):
        Walk(to=9, start=7)
    with pytest.raises(SettingsError, match="source: wanted a walk, got noise"):
        list(WalkGenerator().generate(IGS(), model))
