"""IODT: conversion → result store."""

from pathlib import Path
from typing import get_args

import pytest

from components.conversion import CONVERTERS
from interfaces.ics import ImageFormat
from interfaces.iodt import IODT, EncodedFile
from pipeline.component_check import samples
from pipeline.component_check.comparison import fingerprint, require_contract
from pipeline.component_check.suites import suite_of
from storage import RESULT_STORES
from tests.contracts.refusal import Changes, refusal

FILE_GOOD = {
    "name": "seed-7.png",
    "media_type": "image/png",
    "content": b"\x89PNG",
    "width": 4,
    "height": 4,
    "role": "final",
    "seed": 7,
}
FILE = EncodedFile.model_validate(FILE_GOOD)
UPPER = EncodedFile.model_validate({**FILE_GOOD, "name": "SEED-7.png"})


@pytest.mark.parametrize("format_", get_args(ImageFormat))
@pytest.mark.parametrize("consumer", sorted(RESULT_STORES))
@pytest.mark.parametrize("producer", sorted(CONVERTERS))
def test_every_consumer_takes_what_every_producer_emits(
    producer: str, consumer: str, format_: str, tmp_path: Path
) -> None:
    made = suite_of("converter").prepare(CONVERTERS[producer], producer, tmp_path / "files")
    taker = suite_of("result_store").prepare(RESULT_STORES[consumer], consumer, tmp_path / "results")
    data = require_contract(made.convert(samples.enlarged(2), format_), IODT)
    before = fingerprint(data)
    stored = taker.store.add(taker.run, data)
    assert [Path(file.path).read_bytes() for file in stored] == [file.content for file in data.files]
    assert fingerprint(data) == before


@pytest.mark.parametrize(
    ("changes", "field", "wanted"),
    [
        ({"files": ()}, "files", "at least 1 item"),
        ({"files": (FILE, FILE)}, "files", "wanted distinct names"),
        ({"files": (FILE, UPPER)}, "files", "wanted distinct names (case aside)"),
        ({"files": (b"png",)}, "files.0", "EncodedFile"),
        ({"files": ...}, "files", "Field required"),
        ({"colour": 1}, "colour", "Extra inputs"),
    ],
)
def test_refuses_a_malformed_one_and_names_the_field(changes: Changes, field: str, wanted: str) -> None:
    message = refusal(IODT, {"files": (FILE,)}, changes)
    assert field in message
    assert wanted in message


@pytest.mark.parametrize(
    ("changes", "field", "wanted"),
    [
        ({"name": "a/b.png"}, "name", "match pattern"),
        ({"name": "a\\b.png"}, "name", "match pattern"),
        ({"name": "a\nb.png"}, "name", "match pattern"),
        ({"name": ""}, "name", "at least 1 character"),
        ({"name": "x" * 256}, "name", "at most 255 characters"),
        ({"media_type": "image/bmp"}, "media_type", "image/png"),
        ({"content": b""}, "content", "at least 1 byte"),
        ({"width": 0}, "width", "greater than or equal to 1"),
        ({"height": -1}, "height", "greater than or equal to 1"),
        ({"role": "draft"}, "role", "final"),
        ({"seed": None}, "seed", "wanted one for every picture and none for a sheet or a film, got None"),
        ({"role": "sheet"}, "seed", "got 7 (sheet)"),
        ({"role": "film"}, "seed", "got 7 (film)"),
        ({"metadata": {"model": {1, 2}}}, "metadata.model", "JSON"),
        ({"colour": 1}, "colour", "Extra inputs"),
    ],
)
def test_refuses_a_malformed_file_and_names_the_field(changes: Changes, field: str, wanted: str) -> None:
    message = refusal(EncodedFile, FILE_GOOD, changes)
    assert field in message
    assert wanted in message
