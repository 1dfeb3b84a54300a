"""What packages publish is complete, sorted, and there."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator

import pytest

import components
import interfaces

PACKAGES = ["interfaces", "pipeline", "storage"] + [
    f"components.{module.name}" for module in pkgutil.iter_modules(components.__path__) if module.ispkg
]
CONTRACT_MODULES = ["ics", "iedt", "ies", "igdt", "igme", "igs", "iodt", "ipdt", "itdt"]


def modules_of(package: str) -> Iterator[str]:
    """Yield the names of a package's modules, at every depth; migration scripts are Alembic's."""
    found = importlib.import_module(package)
    for module in pkgutil.walk_packages(found.__path__, f"{package}."):
        if ".migrations" not in module.name and not module.name.endswith("__main__"):
            yield module.name


MODULES = [
    name for package in ("interfaces", "components", "storage", "pipeline") for name in modules_of(package)
]


@pytest.mark.parametrize("name", PACKAGES)
def test_every_exported_name_is_there_and_listed(name: str) -> None:
    package = importlib.import_module(name)
    exported = getattr(package, "__all__", [])
    assert package.__doc__
    assert len(set(exported)) == len(exported)
    for member in exported:
        assert getattr(package, member) is not None
    assert set(exported) <= set(dir(package))


@pytest.mark.parametrize("name", ["interfaces", "pipeline", "storage"])
def test_an_unknown_name_is_an_attribute_error(name: str) -> None:
    with pytest.raises(AttributeError, match=f"module '{name}' has no attribute 'nonsense'"):
        getattr(importlib.import_module(name), "nonsense")  # noqa: B009  # a plain access reads like a mistake


@pytest.mark.parametrize("name", PACKAGES)
def test_the_list_of_exports_is_sorted(name: str) -> None:
    exported = list(getattr(importlib.import_module(name), "__all__", []))
    # constants, then classes, then functions, each in alphabetical order, as ruff sorts them
    ranked = sorted(exported, key=lambda n: ((not n.isupper()) + (not n[0].isupper()), n))
    assert exported == ranked


def test_the_interfaces_export_all_that_the_contract_modules_define() -> None:
    defined = {
        name
        for module in CONTRACT_MODULES
        for name, value in vars(importlib.import_module(f"interfaces.{module}")).items()
        if inspect.isclass(value) and value.__name__ == module.upper()
    }
    assert defined == {name.upper() for name in CONTRACT_MODULES}
    assert defined <= set(interfaces.__all__)


@pytest.mark.parametrize("name", MODULES)
def test_a_module_lists_every_public_name_that_it_defines(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__doc__
    defined = {
        member
        for member, value in vars(module).items()
        if (inspect.isclass(value) or inspect.isfunction(value))
        and value.__module__ == name
        and not member.startswith("_")
    }
    exported = set(getattr(module, "__all__", defined))
    assert all(hasattr(module, member) for member in exported)
    # commands of the command line are reached through their app, checks through their suite
    assert defined <= exported or name.startswith(("pipeline.cli.", "pipeline.component_check."))
