"""Sentences that can be said in another language."""

import json
import pickle
from typing import Annotated, Any

import pytest
from pydantic import Field, TypeAdapter, ValidationError

from interfaces.contract import Contract
from interfaces.errors import RunError, SettingsError, StorageError, UnknownComponentError
from interfaces.igs import IGS
from interfaces.said import Said, fault


class _Holds(Contract):
    says: Said = Said("")


WHOLE = Said("{0}: {1:,} of {2}", Said("training"), 1000, "x")


def test_a_sentence_is_what_python_would_have_made_of_it() -> None:
    assert WHOLE == "training: 1,000 of x"
    assert Said("{not a place}") == "{not a place}"
    assert f"{WHOLE}!" == "training: 1,000 of x!"


def test_a_sentence_comes_whole_out_of_json_a_pickle_and_a_contract() -> None:
    for other in (
        Said.of(json.loads(json.dumps(WHOLE.parts))),
        pickle.loads(pickle.dumps(WHOLE)),  # noqa: S301  # ours
        _Holds(says=WHOLE).says,
        _Holds.model_validate({"says": WHOLE.parts}).says,
    ):
        assert (other, other.template) == (WHOLE, "{0}: {1:,} of {2}")
        assert [str(each) for each in other.values] == ["training", "1000", "x"]
    assert _Holds(says=WHOLE).model_dump_json() == '{"says":"training: 1,000 of x"}'


@pytest.mark.parametrize(
    ("error", "templates"),
    [
        (RunError(Said("run {0} waits", "r")), ["run {0} waits"]),
        (StorageError(Said("{0} is full", "d")), ["{0} is full"]),
        (SettingsError(Said("a {0}", 1), Said("b")), ["a {0}", "b"]),
        (UnknownComponentError("preset", "wgan", ["wgan-gp"]), ["unknown {0} {1!r}; known: {2}.{3}"]),
    ],
)
def test_an_error_keeps_the_sentences_that_it_was_raised_with(error: Any, templates: list[str]) -> None:
    assert [each.template for each in error.problems] == templates
    assert str(error) == "; ".join(error.problems)


def test_an_error_with_words_of_a_library_has_them_as_its_problem() -> None:
    assert StorageError(28, "No space left").problems == ("[Errno 28] No space left",)
    assert RunError("as it is").problems == ("as it is",)


@pytest.mark.parametrize(
    ("kind", "value", "template"),
    [
        (Annotated[int, Field(le=100)], 101, "Input should be less than or equal to {0}"),
        (Annotated[float, Field(gt=0.5)], 0.5, "Input should be greater than {0}"),
        (int, "x", "Input should be a valid integer, unable to parse string as an integer"),
        (Annotated[str, Field(pattern="^[0-9]{2}$")], "x", "String should match pattern {0}"),
    ],
)
def test_what_pydantic_says_is_taken_apart(kind: Any, value: object, template: str) -> None:
    with pytest.raises(ValidationError) as found:
        TypeAdapter(kind).validate_python(value)
    (one,) = found.value.errors()
    told = fault(one)
    assert told == one["msg"]
    assert told.template.replace("'{0}'", "{0}") == template


def test_what_a_contract_of_ours_says_is_its_own_sentence() -> None:
    with pytest.raises(ValidationError) as found:
        IGS(seeds="5,5")
    (one,) = found.value.errors()
    assert fault(one).template == "wanted each seed once, and {0} comes twice"
