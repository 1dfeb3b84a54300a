"""What every weight store must do (names, paths and digests → files of weights)."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from interfaces.errors import ArtgenError, WeightsError
from interfaces.ports import WeightStore
from pipeline.component_check import samples
from pipeline.component_check.verdict import Suite, require

__all__ = ["SUITE"]


class Case(NamedTuple):
    """A weight store, and a file that the user has got from somewhere."""

    store: WeightStore
    file: Path


def prepare(make: Callable[..., WeightStore], name: str, folder: Path) -> Case:
    """Return the case."""
    return Case(make(), samples.random_weights(folder / "weights"))


def knows_each_name_once(case: Case) -> None:
    """They are what the user types."""
    names = list(case.store.names)
    require(all(isinstance(name, str) for name in names), f"wanted names as text, got {names}")
    require(len(names) == len(set(names)), f"wanted each name once, got {sorted(names)}")


def finds_a_file_or_says_how_to_get_it(case: Case) -> None:
    """Of every name that it knows; nothing is downloaded."""
    for name in case.store.names:
        try:
            path = case.store.find(name)
        except WeightsError:
            continue  # another file lies in its place
        require(path is None or path.is_file(), f"{name}: wanted a file or None, got {path}")
        if path is None:
            require(bool(case.store.advice(name)), f"{name}: wanted a command that brings it, got nothing")


def takes_a_path_as_it_is(case: Case) -> None:
    """To find and to get it."""
    for look in (case.store.find, case.store.get):
        found = look(str(case.file))
        require(found == case.file, f"wanted {case.file}, got {found}")


def finds_a_file_by_its_digest(case: Case) -> None:
    """Where it is one of those that are named besides."""
    digest = hashlib.sha256(case.file.read_bytes()).hexdigest()
    found = case.store.by_digest(digest, [case.file])
    same = hashlib.sha256(found.read_bytes()).hexdigest() == digest
    require(same, f"wanted a file of SHA-256 {digest}, got {found}")


def refuses_what_is_not_there(case: Case) -> None:
    """An unknown name, a path that leads nowhere, a digest that no file has."""
    nowhere = case.file.with_name("nowhere.pth")
    for what, look, wanted in (
        ("an unknown name", case.store.find, "no-such-weights"),
        ("an unknown name", case.store.get, "no-such-weights"),
        ("a path that leads nowhere", case.store.find, str(nowhere)),
        ("a digest that no file has", case.store.by_digest, "0" * 64),
    ):
        try:
            found = look(wanted)
        except ArtgenError:
            continue
        require(False, f"wanted an error for {what}, got {found}")


def knows_nothing_of_a_file_that_nobody_published(case: Case) -> None:
    """None, so that no licence is made up."""
    found = case.store.publication(hashlib.sha256(case.file.read_bytes()).hexdigest())
    require(found is None, f"wanted None for a file that nobody published, got {found}")


SUITE = Suite(
    prepare,
    (
        knows_each_name_once,
        finds_a_file_or_says_how_to_get_it,
        takes_a_path_as_it_is,
        finds_a_file_by_its_digest,
        refuses_what_is_not_there,
        knows_nothing_of_a_file_that_nobody_published,
    ),
)
