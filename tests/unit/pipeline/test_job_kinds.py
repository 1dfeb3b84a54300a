"""Every kind of job keeps what its line in the registry promises."""

from importlib import import_module

import pytest

from interfaces.jobs import JobSettings
from pipeline.jobs.kinds import JOBS


def _at(place: str) -> object:
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)


@pytest.mark.parametrize("name", sorted(JOBS))
def test_a_kind_has_a_contract_of_its_name_a_runner_and_a_report(name: str) -> None:
    settings, runner, report = map(_at, JOBS[name])
    assert isinstance(settings, type)
    assert issubclass(settings, JobSettings)
    assert settings.model_fields["kind"].default == name
    assert isinstance(runner, type)
    for part in ("settings", "total", "prepare", "run"):
        assert hasattr(runner, part)
    assert callable(report)
