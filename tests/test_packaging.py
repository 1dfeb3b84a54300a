"""The installed program is this checkout, wherever it is started."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from zipfile import ZipFile

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


@pytest.mark.slow
def test_a_wheel_holds_what_is_shipped_with_its_licences(tmp_path: Path) -> None:
    pytest.importorskip("setuptools", minversion="77")
    for name in (*PACKAGES, "pyproject.toml", "README.md", "LICENSE"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]

    subprocess.run([*pip, "--wheel-dir", "dist", "."], cwd=tmp_path, capture_output=True, check=True)

    [wheel] = (tmp_path / "dist").glob("*.whl")
    names = ZipFile(wheel).namelist()
    assert {"components/ui/page/locale/uk.po", "components/ui/page/static/words.js"} <= {*names}
    for folder in ("components/generation/shipped", "components/enhancement/shipped"):
        wanted = {path.name for path in (ROOT / folder).iterdir() if path.is_file()}
        assert wanted == {Path(name).name for name in names if name.startswith(f"{folder}/")}
        assert any(name.endswith(f".dist-info/licenses/{folder}/LICENSE.md") for name in names)
