"""How often workers have taken a run up from a process that died."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the columns."""
    op.add_column("runs", sa.Column("taken_up", sa.Integer, nullable=False, server_default="0"))
    op.add_column("runs", sa.Column("taken_up_at", sa.Integer, nullable=False, server_default="0"))
