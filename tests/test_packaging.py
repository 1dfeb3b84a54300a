"""The installed program is this checkout, wherever it is started."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGES = ["components", "interfaces", "pipeline", "storage"]


def run(code: str, folder: Path) -> str:
    """Return what a fresh interpreter prints in ``folder``."""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_resolves_to_this_checkout(package: str, tmp_path: Path) -> None:
    """A distribution with a package of the same name in site-packages would win over ours."""
    found = run(f"import {package}; print({package}.__file__)", tmp_path)
    assert Path(found) == ROOT / package / "__init__.py"


def test_every_package_is_marked_as_typed() -> None:
    assert [package for package in PACKAGES if not (ROOT / package / "py.typed").is_file()] == []


def test_the_settings_contracts_and_the_command_line_wait_for_no_heavy_library(tmp_path: Path) -> None:
    code = (
        "import sys; from interfaces import ICS, IES, IGS; import pipeline.cli; "
        "print([name for name in ('torch', 'numpy', 'sqlalchemy', 'matplotlib') if name in sys.modules])"
    )
    assert run(code, tmp_path) == "[]"


def test_what_is_not_python_is_packaged_too() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = settings["tool"]["setuptools"]["package-data"]["*"]
    data = [
        path
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc")
    ]
    left_out = [str(path) for path in data if not any(path.match(pattern) for pattern in patterns)]
    assert left_out == []
