"""What is marked on a setting is found by everybody who has to know."""

from typing import Annotated

from pydantic import Field

from interfaces.contract import Contract
from interfaces.marks import (
    Free,
    NamesFile,
    OfMachine,
    file_settings,
    free_settings,
    machine_settings,
    named_files,
    with_values,
    without_paths,
)


class Section(Contract):
    features: Annotated[str, NamesFile("a file of features", "features")] = "efficientnet"
    width: int = 4


class Settings(Contract):
    critic: Section = Section()
    teacher: Annotated[str | None, NamesFile("a file of weights", "weights")] = Field(None, min_length=1)
    watch_every: Annotated[int, Free.STEPS] = 50
    steps: Annotated[int, Free.METHOD] = Field(5, ge=1)
    log_every: Annotated[int, Free.RESULT] = 1
    seed: int = 0
    device: Annotated[str, OfMachine()] = "cpu"


def test_files_are_found_by_dotted_name_whether_they_are_named_or_not() -> None:
    assert file_settings(Settings()) == {"critic.features", "teacher"}
    assert {name: value for name, (_, value) in named_files(Settings()).items()} == {
        "critic.features": "efficientnet"
    }
    assert named_files(Settings(teacher="a/b"))["teacher"][0].among == "weights"


def test_what_is_free_is_found_by_how_free_it_is() -> None:
    assert free_settings(Settings()) == {"watch_every", "steps", "log_every"}
    assert free_settings(Settings(), Free.RESULT) == {"log_every"}
    assert free_settings(Settings(), Free.METHOD, Free.RESULT) == {"steps", "log_every"}


def test_what_says_where_to_compute_is_found() -> None:
    assert machine_settings(Settings()) == {"device"}


def test_others_take_the_place_of_some_values() -> None:
    changed = with_values(Settings(), {"critic.features": "/here/it.safetensors", "teacher": "x", "seed": 3})
    assert changed == Settings(critic=Section(features="/here/it.safetensors"), teacher="x", seed=3)


def test_paths_become_names() -> None:
    values = without_paths(Settings(critic=Section(features="/here/it.safetensors"), teacher="a/b.pth"))
    assert (values["critic"]["features"], values["teacher"]) == ("it.safetensors", "b.pth")
    assert without_paths(Settings())["teacher"] is None
