"""One queue for each store: a run's folder, its place in the queue, and how far its stage is."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns; trainings and sweeps had an index of their own in the folder that they wrote to."""
    op.add_column("runs", sa.Column("folder", sa.Text))
    op.add_column("runs", sa.Column("position", sa.Integer, nullable=False, server_default="0"))
    op.add_column("runs", sa.Column("stage", sa.String(32), nullable=False, server_default=""))
    op.add_column("runs", sa.Column("stage_done", sa.Integer, nullable=False, server_default="0"))
    op.add_column("runs", sa.Column("stage_total", sa.Integer, nullable=False, server_default="0"))
    op.add_column("runs", sa.Column("unit", sa.String(32), nullable=False, server_default=""))
    op.add_column("runs", sa.Column("rate", sa.Float))
    op.execute("UPDATE runs SET folder = '.' WHERE kind IN ('train', 'study')")
