"""Tables: how facts, customers and decisions lie in a relational data base."""

from __future__ import annotations

import datetime as dt
from typing import final

from sqlalchemy import (
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

SCHEMA_VERSION = 1


@final
class Instant(TypeDecorator[dt.datetime]):
    """An aware datetime in UTC, also in data bases that know no zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Return what goes into the data base."""
        if value is None or dialect.name != "sqlite":
            return value
        return value.astimezone(dt.UTC).replace(tzinfo=None)

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Return what came out of it, aware and in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


metadata = MetaData()

schema = Table("crmkit_schema", metadata, Column("version", Integer, primary_key=True))

records = Table(
    "records",
    metadata,
    Column("id", String, primary_key=True),
    Column("source", String, nullable=False),
    Column("kind", String),
    Column("recorded_at", Instant),
    Column("aliases", Text, nullable=False),
    Column("fields", Text, nullable=False),
    Column("file", String),
    Column("row", BigInteger),
)

activities = Table(
    "activities",
    metadata,
    Column("id", String, primary_key=True),
    Column("customer_id", String, nullable=False, index=True),
    Column("kind", String, nullable=False),
    Column("at", Instant, nullable=False),
    Column("amount_minor", BigInteger),
    Column("currency", String(3)),
    Column("channel", String),
    Column("account_id", String, index=True),
    Column("source", String),
    Column("sequence", BigInteger, nullable=False),
    Column("recorded_at", Instant),
    Column("props", Text, nullable=False),
)

contact_roles = Table(
    "contact_roles",
    metadata,
    Column("digest", String, primary_key=True),
    Column("contact_id", String, nullable=False, index=True),
    Column("account_id", String, nullable=False, index=True),
    Column("document", Text, nullable=False),
)

relations = Table(
    "relations",
    metadata,
    Column("digest", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("from_id", String, nullable=False, index=True),
    Column("to_id", String, nullable=False, index=True),
    Column("document", Text, nullable=False),
)

problems = Table(
    "problems",
    metadata,
    Column("phase", String, primary_key=True),
    Column("source", String, primary_key=True),
    Column("row", BigInteger, primary_key=True, autoincrement=False),
    Column("field", String, primary_key=True),
    Column("reason", Text, primary_key=True),
    Column("kept", Integer, primary_key=True, autoincrement=False),
)

customers = Table(
    "customers",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String),
    Column("kind", String, nullable=False),
    Column("document", Text, nullable=False),
)

links = Table(
    "links",
    metadata,
    Column("id", String, primary_key=True),
    Column("customer_id", String, ForeignKey("customers.id"), nullable=False, index=True),
)

matches = Table(
    "matches",
    metadata,
    Column("a", String, primary_key=True),
    Column("b", String, primary_key=True, index=True),
    Column("weight", Float, nullable=False),
)

identity = Table(
    "identity",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("type", String, nullable=False, index=True),
    Column("document", Text, nullable=False),
)

definitions = Table(
    "definitions",
    metadata,
    Column("name", String, primary_key=True),
    Column("document", Text, nullable=False),
)

profiles = Table(
    "profiles",
    metadata,
    Column("customer_id", String, primary_key=True),
    Column("as_of", Instant, nullable=False),
    Column("stage", String),
    Column("tier", Integer),
    Column("tags", Text, nullable=False),
    Column("document", Text, nullable=False),
)

decisions = Table(
    "decisions",
    metadata,
    Column("key", String, primary_key=True),
    Column("customer_id", String, nullable=False, index=True),
    Column("rule", String, nullable=False),
    Column("outcome", String, nullable=False),
    Column("channel", String),
    Column("at", Instant, nullable=False),
    Column("not_before", Instant),
    Column("document", Text, nullable=False),
)

ledger = Table(
    "ledger",
    metadata,
    Column("key", String, ForeignKey("decisions.key"), primary_key=True),
    Column("state", String, nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("detail", Text, nullable=False),
    Column("worker", String),
    Column("leased_until", Instant),
)

phases = Table(
    "phases",
    metadata,
    Column("name", String, primary_key=True),
    Column("digest", String, nullable=False),
)
