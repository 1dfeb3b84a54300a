"""A folder that nobody may write to, as on a medium that is read only."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

__all__ = ["read_only"]

_NOBODY = 65534


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Let this process write neither to ``folder`` nor to anything in it while the block lasts; root is somebody else then."""
    if os.name == "nt":
        pytest.skip("Windows forbids by other means")
    paths = [folder, *folder.rglob("*")]
    modes = {path: path.stat().st_mode for path in (*paths, *folder.parents)}
    is_root = os.geteuid() == 0
    try:
        for path in paths:
            path.chmod(0o555 if path.is_dir() else 0o444)
        if is_root:
            for path in folder.parents:
                path.chmod(modes[path] | 0o011)
            os.setresuid(_NOBODY, _NOBODY, 0)
        yield
    finally:
        if is_root:
            os.setresuid(0, 0, 0)
        for path, mode in modes.items():
            if is_root or path.stat().st_uid == os.geteuid():
                path.chmod(mode)
