"""Rows of the runs table, changed behind the queue's back."""

import sqlite3
from pathlib import Path

from storage.index import INDEX_FILE

__all__ = ["set_row"]


def set_row(root: Path, run: str, **fields: object) -> None:
    """Change a run behind the queue's back."""
    connection = sqlite3.connect(root / INDEX_FILE)
    with connection:
        for name, value in fields.items():
            connection.execute(f"UPDATE runs SET {name} = ? WHERE id = ?", (value, run))  # noqa: S608  # own names
    connection.close()
