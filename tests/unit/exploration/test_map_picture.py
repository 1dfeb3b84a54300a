"""Pictures of maps show every point in the colour of its class, and what the colours stand for."""

import numpy as np
import pytest
from PIL import Image

from components.exploration import PALETTE, colour_of, draw_maps
from components.exploration.map_picture import slices_of
from interfaces.class_maps import ClassMap


def map_of(classes: np.ndarray, confidence: float = 1.0, names: str = "0123456789") -> ClassMap:
    sure = np.full(classes.shape, confidence, np.float32)
    return ClassMap(names=tuple(names), classes=classes.astype(np.uint8), confidence=sure)


def places_of(picture: Image.Image, label: int) -> np.ndarray:
    """Return where a picture has the colour of a class outside of the legend: (N, 2), row and column."""
    return np.argwhere((np.asarray(picture)[:, :410] == colour_of(label)).all(2))


def test_the_first_coordinate_goes_to_the_right_and_the_second_one_upwards() -> None:
    picture = draw_maps([map_of(np.array([[0, 1], [2, 3]]))])
    centres = {label: places_of(picture, label).mean(0) for label in range(4)}
    assert centres[0][0] == centres[1][0] > centres[2][0] == centres[3][0]
    assert centres[0][1] == centres[2][1] < centres[1][1] == centres[3][1]


def test_an_area_is_as_large_as_its_share() -> None:
    classes = np.zeros((100, 100))
    classes[:25] = 7
    picture = draw_maps([map_of(classes)])
    assert len(places_of(picture, 7)) / (len(places_of(picture, 0)) + len(places_of(picture, 7))) == 0.25


def test_the_legend_has_every_class() -> None:
    pixels = np.asarray(draw_maps([map_of(np.zeros((2, 2)))], "title"))
    for label in range(10):
        assert (pixels[:, 430:] == colour_of(label)).all(2).sum() > 200


def test_points_of_which_the_classifier_is_unsure_are_paler() -> None:
    sure, unsure = (
        np.asarray(draw_maps([map_of(np.zeros((2, 2)), confidence)]))[100, 100] for confidence in (1.0, 0.3)
    )
    assert tuple(sure) == PALETTE[0]
    assert (unsure > sure).all()


def test_the_slices_of_a_cube_lie_across_each_coordinate() -> None:
    z, y, x = np.meshgrid(*[np.arange(3)] * 3, indexing="ij")
    cube = 100 * z + 10 * y + x
    assert slices_of(cube, 0)[1].tolist() == [[1, 11, 21], [101, 111, 121], [201, 211, 221]]
    assert slices_of(cube, 1)[1].tolist() == [[10, 11, 12], [110, 111, 112], [210, 211, 212]]
    assert slices_of(cube, 2)[1].tolist() == [[100, 101, 102], [110, 111, 112], [120, 121, 122]]


def test_a_cube_is_a_sheet_of_its_slices_along_every_axis() -> None:
    z = np.arange(16)[:, None, None].repeat(16, 1).repeat(16, 2)
    pixels = np.asarray(draw_maps([map_of(np.where(z == 15, 1, 0))]))
    # of the 3 x 16 slices, the last one across the third coordinate, and a row of 16 in the 32 others
    area = (pixels[:, :570] == colour_of(1)).all(2).sum()
    assert area == 64 * 64 + 32 * 64 * 4


@pytest.mark.parametrize("dimensions", [2, 3])
def test_several_maps_stand_together(dimensions: int) -> None:
    one = map_of(np.zeros((16,) * dimensions))
    alone, both = draw_maps([one]), draw_maps([one, one])
    assert both.height > alone.height
    assert both.width == alone.width


def test_colours_differ_also_of_many_classes() -> None:
    assert len({colour_of(label) for label in range(40)}) == 40
