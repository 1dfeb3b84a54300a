"""Brings the index of an older release up to date."""

from pathlib import Path
from threading import Lock

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from interfaces.errors import StorageError
from storage.schema import SCHEMA

__all__ = ["check_known", "scripts", "upgrade"]

_one_at_a_time = Lock()  # Alembic keeps the migration under way in globals of its own


def check_known(version: str | None, root: Path) -> None:
    """Return if this release knows the schema of the index in ``root``; None stands for an empty database.

    Raises:
        StorageError: a newer release made the index.
    """
    known = [script.revision for script in scripts().walk_revisions()]
    if version is not None and version not in known:
        raise StorageError(
            f"the store in {root} was written by a newer artgen: its index has schema {version}, "
            f"this release knows up to {SCHEMA}; upgrade artgen or name another folder"
        )


def upgrade(connection: Connection, version: str | None, root: Path) -> None:
    """Bring the index of the store in ``root`` from ``version`` to the newest schema.

    Args:
        connection: in a transaction; all changes are made in it.
        version: the stored schema version; None for an empty database.
        root: for the message.

    Raises:
        StorageError: a newer release made the index.
    """
    check_known(version, root)
    config = _config()
    config.attributes["connection"] = connection
    with _one_at_a_time:
        command.upgrade(config, "head")


def scripts() -> ScriptDirectory:
    """Return the migrations that this release carries."""
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    config = Config()
    folder = str(Path(__file__).parent / "migrations")
    config.set_main_option("script_location", folder.replace("%", "%%"))  # the option interpolates
    return config
