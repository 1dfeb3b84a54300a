"""The suite of algorithms of style transfer knows every setting that one may leave out of account."""

from interfaces.igs import Stylize
from pipeline.component_check.style_algorithm import OTHER_SETTINGS

OF_ALL = {
    "kind", "paths", "styles", "algorithm", "size", "original_colours", "flip", "rotate", "crop", "canvas",
    "denoise_before", "denoise_after", "names", "style_names", "variations",
}  # fmt: skip
"""What is done without the algorithm, or told it by the pictures that it is given."""


def test_every_setting_of_an_algorithm_is_tried_with_another_value() -> None:
    assert {*OTHER_SETTINGS, "blend", "masks"} == {*Stylize.model_fields} - OF_ALL
    for name, value in OTHER_SETTINGS.items():
        assert value != Stylize.model_fields[name].get_default()
