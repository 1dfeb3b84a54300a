"""Run by Alembic: applies the migrations within the connection and transaction that the caller hands over."""

from alembic import context


def _migrate() -> None:
    context.configure(connection=context.config.attributes["connection"])
    context.run_migrations()


if __name__ == "env_py":  # the name under which Alembic runs this file; an import does nothing
    _migrate()
