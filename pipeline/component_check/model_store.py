"""What every model store must do (names and paths → IGME)."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from interfaces.errors import WeightsError
from interfaces.igme import IGME
from interfaces.ports import ModelStore
from pipeline.component_check import samples
from pipeline.component_check.comparison import folder_fingerprint, require_contract
from pipeline.component_check.verdict import Suite, require

__all__ = ["SUITE"]


class Case(NamedTuple):
    """A model store, and a model that was just trained."""

    store: ModelStore
    model: IGME


def prepare(make: Callable[..., ModelStore], name: str, folder: Path) -> Case:
    """Return the case; the store knows nothing of the model yet."""
    return Case(make(), samples.random_model(folder / "model"))


def lists_its_models(case: Case) -> None:
    """Each keeps to the contract."""
    for model in case.store.list():
        require_contract(model, IGME)


def gives_by_its_digest_what_it_lists(case: Case) -> None:
    """So a run that goes on finds its model, whatever it is called by now."""
    for model in case.store.list():
        found = case.store.by_digest(model.weights_sha256)
        require(
            found.weights_sha256 == model.weights_sha256,
            f"{model.name}: wanted the model of digest {model.weights_sha256}, got {found.weights_sha256}",
        )


def gives_what_lies_at_a_path(case: Case) -> None:
    """A folder, or a file of weights in it."""
    for path in (case.model.weights_path.parent, case.model.weights_path):
        found = require_contract(case.store.get(str(path)), IGME)
        require(
            found.weights_path == case.model.weights_path,
            f"wanted the model of {case.model.weights_path}, got that of {found.weights_path}",
        )


def refuses_what_is_not_there(case: Case) -> None:
    """With a WeightsError, by name and by digest."""
    for what, look in (("name", case.store.get), ("digest", case.store.by_digest)):
        try:
            found = look("0" * 64)
        except WeightsError:
            continue
        require(False, f"wanted a WeightsError for a {what} that no model has, got {found.name}")


def refuses_altered_weights(case: Case) -> None:
    """With a WeightsError: a picture shall not say that it is of another model."""
    case.model.weights_path.write_bytes(case.model.weights_path.read_bytes() + b"\0")
    try:
        case.store.get(str(case.model.weights_path.parent))
    except WeightsError:
        return
    require(False, "wanted a WeightsError for weights of another digest than described, got the model")


def leaves_the_files_that_it_reads_alone(case: Case) -> None:
    """Names, bytes, nothing added."""
    folder = case.model.weights_path.parent
    before = folder_fingerprint(folder)
    case.store.get(str(folder))
    require(folder_fingerprint(folder) == before, "wanted the model's files as they were, got others")


SUITE = Suite(
    prepare,
    (
        lists_its_models,
        gives_by_its_digest_what_it_lists,
        gives_what_lies_at_a_path,
        refuses_what_is_not_there,
        refuses_altered_weights,
        leaves_the_files_that_it_reads_alone,
    ),
)
