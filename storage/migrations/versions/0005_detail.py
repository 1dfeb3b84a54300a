"""Say more of the stage under way than how far it is, such as the loss of an image."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the column."""
    op.add_column("runs", sa.Column("detail", sa.Text, nullable=False, server_default=""))
