"""What pictures are looked for by, what is thought of them, and a trash."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_RUNS = sa.table("runs", sa.column("id", sa.String), sa.column("settings", sa.JSON))
_FILES = sa.table(
    "files", sa.column("run", sa.String), sa.column("style", sa.String), sa.column("model", sa.String)
)


def upgrade() -> None:
    """Add the columns; style and model are those of a picture's run."""
    op.add_column("files", sa.Column("style", sa.String(255)))
    op.add_column("files", sa.Column("model", sa.String(64)))
    op.add_column("files", sa.Column("stars", sa.Integer, nullable=False, server_default="0"))
    op.add_column("files", sa.Column("note", sa.Text, nullable=False, server_default=""))
    op.add_column("files", sa.Column("trashed", sa.DateTime))
    connection = op.get_bind()
    for run, settings in connection.execute(sa.select(_RUNS.c.id, _RUNS.c.settings)).all():
        found = {"style": _style(settings), "model": _model(settings)}
        if any(found.values()):
            connection.execute(sa.update(_FILES).where(_FILES.c.run == run).values(found))


def _style(settings: Any) -> str | None:
    return _text(settings, "config", "generation", "style")


def _model(settings: Any) -> str | None:
    return _text(settings, "fixed", "model")


def _text(settings: Any, *names: str) -> str | None:
    for name in names:
        settings = settings.get(name) if isinstance(settings, dict) else None
    return settings if isinstance(settings, str) else None
