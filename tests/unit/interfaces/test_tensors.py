"""Tensor fields name what they wanted and what they got."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from interfaces.arrays import Labels, Pack
from interfaces.tensors import Alpha, Images

FIELDS: dict[str, TypeAdapter[Any]] = {
    "images": TypeAdapter(Images),
    "alpha": TypeAdapter(Alpha),
    "pack": TypeAdapter(Pack),
    "labels": TypeAdapter(Labels),
}
SHAPES = st.lists(st.integers(0, 3), min_size=0, max_size=5).map(tuple)


def refusal(field: str, value: object) -> str:
    with pytest.raises(ValidationError) as caught:
        FIELDS[field].validate_python(value)
    return str(caught.value.errors()[0]["msg"])


def test_takes_the_very_tensor_without_a_copy() -> None:
    images = torch.zeros(2, 3, 4, 5)
    assert FIELDS["images"].validate_python(images) is images


def test_takes_the_very_memory_map_without_reading_it_into_memory(tmp_path: Any) -> None:
    np.save(tmp_path / "pack.npy", np.zeros((2, 4, 4, 3), np.uint8))
    mapped = np.load(tmp_path / "pack.npy", mmap_mode="r")
    assert FIELDS["pack"].validate_python(mapped) is mapped


@given(shape=SHAPES)
def test_images_of_any_other_shape_are_refused_with_both_shapes(shape: tuple[int, ...]) -> None:
    value = torch.zeros(shape)
    if len(shape) == 4 and shape[1] == 3 and 0 not in shape:
        assert FIELDS["images"].validate_python(value) is value
    elif len(shape) == 4 and shape[1] == 3:
        wanted = "at least one element on every axis"
        assert (
            refusal("images", value) == f"Value error, wanted {wanted}, got float32 Tensor of shape {shape}"
        )
    else:
        message = refusal("images", value)
        assert message.startswith("Value error, wanted float32 Tensor of shape (n 3 h w), got ")
        assert message.endswith(f"float32 Tensor of shape {shape}")


@given(value=st.floats(width=32))
def test_any_value_outside_the_range_is_refused_and_named(value: float) -> None:
    for field, shape, low in (("images", (2, 3, 2, 2), -1.0), ("alpha", (2, 1, 2, 2), 0.0)):
        tensor = torch.zeros(shape)
        tensor[1, 0, 1, 0] = value
        if low <= value <= 1:
            assert FIELDS[field].validate_python(tensor) is tensor
        else:
            message = refusal(field, tensor)
            assert f"wanted finite values in [{low:g}, 1], got [" in message
            assert f"{value:g}" in message


@pytest.mark.parametrize(
    "dtype", [torch.float64, torch.float16, torch.bfloat16, torch.uint8, torch.int64, torch.bool]
)
def test_images_of_another_dtype_are_refused_with_both_dtypes(dtype: torch.dtype) -> None:
    name = str(dtype).removeprefix("torch.")
    message = refusal("images", torch.zeros(1, 3, 2, 2, dtype=dtype))
    assert "wanted float32 Tensor of shape (n 3 h w)" in message
    assert f"got {name} Tensor of shape (1, 3, 2, 2)" in message


@pytest.mark.parametrize(
    ("field", "value", "got"),
    [
        ("images", np.zeros((1, 3, 2, 2), np.float32), "float32 ndarray of shape (1, 3, 2, 2)"),
        ("images", [[0.0]], "list"),
        ("images", None, "NoneType"),
        ("pack", torch.zeros(1, 2, 2, 3, dtype=torch.uint8), "uint8 Tensor of shape (1, 2, 2, 3)"),
        ("pack", np.zeros((1, 2, 2, 3), np.int16), "int16 ndarray of shape (1, 2, 2, 3)"),
        ("labels", np.zeros(3), "float64 ndarray of shape (3,)"),
        ("labels", np.zeros((3, 1), np.int64), "int64 ndarray of shape (3, 1)"),
    ],
)
def test_another_type_is_refused_and_named(field: str, value: object, got: str) -> None:
    assert refusal(field, value).endswith(f"got {got}")


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64])
def test_labels_may_be_whole_numbers_of_any_width(dtype: type[np.generic]) -> None:
    labels = np.zeros(3, dtype)
    assert FIELDS["labels"].validate_python(labels) is labels


def test_a_tensor_that_learns_is_checked_without_joining_its_graph() -> None:
    images = torch.zeros(1, 3, 2, 2, requires_grad=True)
    assert FIELDS["images"].validate_python(images).grad_fn is None


def test_negative_zero_and_the_ends_of_the_range_are_taken() -> None:
    images = torch.tensor([-1.0, -0.0, 1.0]).view(1, 3, 1, 1)
    assert FIELDS["images"].validate_python(images) is images
