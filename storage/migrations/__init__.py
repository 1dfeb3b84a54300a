"""Schema versions of the index, for Alembic."""
