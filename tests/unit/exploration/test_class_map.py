"""Maps say what class each point has, in the order that they promise."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from torch import Tensor

from components.exploration import (
    Classifier,
    check_mappable,
    encode_maps,
    grid,
    map_classes,
    read_maps,
    share_changed,
)
from interfaces.class_maps import ClassMap
from interfaces.errors import DataError, SettingsError, WeightsError
from interfaces.igme import Latent
from tests.unit.exploration.corners import NAMES, corner_classifier, corners, uniform


@pytest.fixture
def judge() -> Classifier:
    return corner_classifier()


def expected(point: Sequence[float], more: int = 0) -> int:
    x, y, *rest = (value > 0.01 for value in point)
    return (x + 2 * y + sum(rest) + more) % 4


def test_a_square_has_rows_that_rise_with_the_second_coordinate(judge: Classifier) -> None:
    (found,) = map_classes(corners, uniform(2), judge, points=4)
    assert found.classes.tolist() == [[0, 0, 1, 1], [0, 0, 1, 1], [2, 2, 3, 3], [2, 2, 3, 3]]
    assert found.shares == (0.25, 0.25, 0.25, 0.25)
    assert (found.confidence > 0.9).all()
    assert (found.fourth, found.style, found.names) == (None, None, NAMES)


def test_a_square_has_a_hundred_points_a_side_and_a_cube_sixteen(judge: Classifier) -> None:
    told: list[tuple[int, int]] = []
    (square,) = map_classes(corners, uniform(2), judge, tell=lambda done, total: told.append((done, total)))
    assert square.classes.shape == (100, 100)
    assert told[0] == (0, 10_000)
    assert told[-1] == (10_000, 10_000)
    (cube,) = map_classes(corners, uniform(3), judge)
    assert cube.classes.shape == (16, 16, 16)


def test_a_cube_has_the_third_coordinate_first(judge: Classifier) -> None:
    (found,) = map_classes(corners, uniform(3), judge, points=5)
    values = [-1, -0.5, 0, 0.5, 1]
    for k, z in enumerate(values):
        for j, y in enumerate(values):
            assert found.classes[k, j].tolist() == [expected((x, y, z)) for x in values]


def test_four_numbers_give_the_cubes_at_both_ends_of_the_fourth(judge: Classifier) -> None:
    first, last = map_classes(corners, uniform(4), judge, points=3)
    assert (first.fourth, last.fourth) == (-1, 1)
    assert np.array_equal((first.classes + 1) % 4, last.classes)


def test_a_conditional_model_has_a_map_of_each_style(judge: Classifier) -> None:
    found = map_classes(corners, uniform(4), judge, styles=("u", "v", "w"), points=3)
    assert [(one.style, one.fourth) for one in found] == [(s, f) for s in "uvw" for f in (-1, 1)]
    for number, one in enumerate(found):
        assert int(one.classes[0, 0, 0]) == expected((-1, -1, -1, one.fourth or 0), number // 2)


def test_no_more_than_some_hundred_points_pass_at_once_and_the_map_does_not_depend_on_it(
    judge: Classifier,
) -> None:
    seen: list[Tensor] = []

    def noting(latents: Tensor, label: int | None) -> Tensor:
        seen.append(latents.clone())
        return corners(latents, label)

    map_classes(noting, uniform(2), judge, points=40)
    assert max(map(len, seen)) <= 500
    assert torch.equal(torch.cat(seen), grid(2, 40))


def test_the_grid_reaches_from_end_to_end() -> None:
    points = grid(3, 4)
    assert points.shape == (64, 3)
    assert (points.min().item(), points.max().item()) == (-1, 1)
    assert points[1].tolist() == pytest.approx([-1 / 3, -1, -1])


@pytest.mark.parametrize(
    "takes", [Latent(length=5, prior="uniform"), Latent(length=1, prior="uniform"), Latent(length=2)]
)
def test_other_latent_spaces_are_refused_in_words(takes: Latent) -> None:
    with pytest.raises(
        SettingsError, match=r"model 'm': wanted a latent space of 2, 3 or 4 numbers.*presets lab-2d"
    ):
        check_mappable(takes, "model 'm'")


def square_of(classes: list[list[int]], style: str | None = None) -> ClassMap:
    array = np.array(classes, np.uint8)
    return ClassMap(names=NAMES, classes=array, confidence=np.ones(array.shape, np.float32), style=style)


def test_the_share_that_changed_is_that_of_all_points_of_all_maps() -> None:
    before = [square_of([[0, 1], [2, 3]]), square_of([[0, 0], [0, 0]])]
    after = [square_of([[0, 1], [3, 2]]), square_of([[0, 0], [1, 0]])]
    assert share_changed(before, before) == 0
    assert share_changed(before, after) == 3 / 8


def test_maps_of_other_points_or_styles_are_not_compared() -> None:
    one = square_of([[0, 1], [2, 3]])
    for other in ([], [one, one], [square_of([[0] * 3] * 3)], [square_of([[0, 1], [2, 3]], "x")]):
        with pytest.raises(WeightsError, match="wanted two maps of the same points"):
            share_changed(other, [one])


def test_a_file_of_maps_holds_them_and_nothing_else_is_read(judge: Classifier) -> None:
    maps = map_classes(corners, uniform(4), judge, styles=("u", "v"), points=3)
    content = encode_maps(maps)
    assert content == encode_maps(maps)
    again = read_maps(content, "it")
    assert share_changed(maps, again) == 0
    assert [(one.style, one.fourth) for one in again] == [(one.style, one.fourth) for one in maps]
    np.testing.assert_array_equal(again[1].confidence, maps[1].confidence)
    for wrong in (b"", b"something else", content[:-3]):
        with pytest.raises(DataError, match="it: wanted maps as `artgen lab map` writes them"):
            read_maps(wrong, "it")


def test_a_map_is_a_square_or_a_cube() -> None:
    flat = np.zeros((2, 3), np.uint8)
    with pytest.raises(ValidationError, match="wanted a square or a cube"):
        ClassMap(names=NAMES, classes=flat, confidence=flat.astype(np.float32))
    with pytest.raises(ValidationError, match="wanted numbers below 4, got 9"):
        square_of([[0, 9], [0, 0]])
