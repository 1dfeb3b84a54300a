"""The tables of a result store's index."""

from datetime import UTC, datetime
from typing import final

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)

__all__ = ["METADATA", "SCHEMA", "UtcDateTime", "files", "runs"]

SCHEMA = "0005"
"""Newest schema version: the last revision in ``storage/migrations/versions``."""


@final
class UtcDateTime(TypeDecorator[datetime]):
    """A moment, stored in UTC without a zone, because SQLite knows none."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return ``value`` in UTC without its zone."""
        return value and value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return ``value`` with its zone."""
        return value and value.replace(tzinfo=UTC)


METADATA = MetaData()

runs = Table(
    "runs",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("owner", String(255)),
    Column("heartbeat", UtcDateTime),
    Column("request", String(16)),
    Column("created", UtcDateTime, nullable=False),
    Column("updated", UtcDateTime, nullable=False),
    Column("settings", JSON, nullable=False),
    Column("done", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("message", Text, nullable=False),
    Column("timings", JSON, nullable=False),
    Column("folder", Text),
    Column("position", Integer, nullable=False),
    Column("stage", String(32), nullable=False),
    Column("stage_done", Integer, nullable=False),
    Column("stage_total", Integer, nullable=False),
    Column("unit", String(32), nullable=False),
    Column("rate", Float),
    Column("detail", Text, nullable=False),
    Column("taken_up", Integer, nullable=False),
    Column("taken_up_at", Integer, nullable=False),
)
"""Work of every kind: the fields of `interfaces.runs.RunRecord`."""

files = Table(
    "files",
    METADATA,
    Column("run", String(64), ForeignKey("runs.id"), primary_key=True),
    Column("name", String(255), primary_key=True),
    Column("media_type", String(32), nullable=False),
    Column("role", String(16), nullable=False),
    Column("seed", BigInteger),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("created", UtcDateTime, nullable=False),
    Column("style", String(255)),
    Column("model", String(64)),
    Column("stars", Integer, nullable=False, default=0),
    Column("note", Text, nullable=False, default=""),
    Column("trashed", UtcDateTime),
)
"""Picture files: `interfaces.pictures.StoredPicture`; a file lies at ``<root>/<run>/<name>``, so a store can be moved.

One that was ``trashed`` at some moment lies at ``<root>/trash/<run>/<name>``, and is none of the store's any more."""
