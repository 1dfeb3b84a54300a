"""How layers are written, and how steps are spread over the scales."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.generation.style_transfer.layers import weighted_layers
from components.generation.style_transfer.scales import plan_scales
from interfaces.errors import SettingsError


def test_weights_of_layers_add_up_to_1_and_tutorials_names_are_known() -> None:
    assert weighted_layers(["relu4_2", "conv_1=3"]) == {"relu4_2": 0.25, "conv1_1": 0.75}


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["relu4_9"], "relu4_2"),
        (["relu4_2=much"], "relu4_2=much"),
        (["relu4_2=-1"], "at least 0"),
        (["relu4_2=nan"], "at least 0"),
        (["conv_1", "conv1_1"], "once"),
        (["relu4_2=0"], "above 0"),
    ],
)
def test_what_is_no_layer_is_refused_with_what_was_wanted(texts: list[str], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        weighted_layers(texts)


@given(st.integers(32, 4096), st.integers(16, 4096), st.integers(1, 2000))
def test_scales_rise_to_the_size_by_no_more_than_double_with_all_steps(
    size: int, smallest: int, steps: int
) -> None:
    scales = plan_scales(size, smallest, steps)
    sides = [scale.side for scale in scales]
    assert sides[-1] == size
    assert sum(scale.steps for scale in scales) == steps
    assert all(scale.steps >= 1 for scale in scales)
    assert all(low < high <= 2 * low + 2 for low, high in pairwise(sides))


def test_every_scale_gets_its_share_of_the_steps() -> None:
    assert [scale.steps for scale in plan_scales(512, 128, 302)] == [101, 101, 100]
