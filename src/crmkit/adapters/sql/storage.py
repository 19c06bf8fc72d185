"""SQL storage: all that `crmkit.ports.Storage` holds in one relational data base."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, final

from sqlalchemy import Connection, Engine, create_engine, event, insert, inspect, select
from sqlalchemy.engine import URL

from crmkit.adapters.sql.customers import SqlCustomers
from crmkit.adapters.sql.existing import check_usable
from crmkit.adapters.sql.facts import SqlFacts
from crmkit.adapters.sql.identity import SqlIdentity
from crmkit.adapters.sql.ledger import SqlLedger
from crmkit.adapters.sql.session import Session, begin
from crmkit.adapters.sql.tables import SCHEMA_VERSION, definitions, metadata, phases, schema
from crmkit.errors import InvalidValue


@final
class SqlDefinitions:
    """`crmkit.ports.Definitions` in a table."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def keep(self, name: str, document: str) -> None:
        """See `crmkit.ports.Definitions.keep`."""
        self._session.put(definitions, [{"name": name, "document": document}])

    def document(self, name: str) -> str | None:
        """See `crmkit.ports.Definitions.document`."""
        query = select(definitions.c.document).where(definitions.c.name == name)
        return next((row.document for row in self._session.rows(query)), None)


@final
class SqlPhases:
    """`crmkit.ports.Phases` in a table."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def digest(self, phase: str) -> str | None:
        """See `crmkit.ports.Phases.digest`."""
        query = select(phases.c.digest).where(phases.c.name == phase)
        return next((row.digest for row in self._session.rows(query)), None)

    def finish(self, phase: str, digest: str) -> None:
        """See `crmkit.ports.Phases.finish`."""
        self._session.put(phases, [{"name": phase, "digest": digest}])


@final
class SqlStorage:
    """`crmkit.ports.Storage` on an engine of SQLAlchemy's; the tables are made if there are none.

    They are made in one transaction, so whoever is killed meanwhile leaves none.

    Raises:
        InvalidValue: If the data base was written by a newer crmkit, or has lost tables.
    """

    def __init__(self, engine: Engine) -> None:
        self._session = Session(engine)
        self.facts = SqlFacts(self._session)
        self.customers = SqlCustomers(self._session)
        self.identity = SqlIdentity(self._session)
        self.ledger = SqlLedger(self._session)
        self.definitions = SqlDefinitions(self._session)
        self.phases = SqlPhases(self._session)
        _prepare(self._session, engine)

    @contextmanager
    def unit(self) -> Iterator[None]:
        """See `crmkit.ports.Storage.unit`."""
        with self._session.unit():
            yield


def sqlite_storage(path: Path | str) -> SqlStorage:
    """Return a storage in the SQLite file *path*, which is made if it is not there.

    Raises:
        InvalidValue: If the file is there and is no SQLite data base, or one of something else.
    """
    check_usable(Path(path))
    engine = create_engine(URL.create("sqlite", database=str(path)))
    event.listen(engine, "connect", _prepare_connection)
    return SqlStorage(engine)


def _prepare_connection(connection: Any, _: object) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")


def _prepare(session: Session, engine: Engine) -> None:
    names = inspect(engine).get_table_names()
    found = [row.version for row in session.rows(select(schema.c.version))] if schema.name in names else []
    if not found:
        with session.unit() as connection:
            begin(connection)
            _make_tables(connection)
        return
    if max(found) > SCHEMA_VERSION:
        raise InvalidValue(
            f"the data base has schema version {max(found)}, this crmkit knows {SCHEMA_VERSION}: upgrade crmkit"
        )
    if lost := sorted(set(metadata.tables) - set(names)):
        raise InvalidValue(
            f"the data base has lost the table {lost[0]!r}; put a copy of it back, or delete it and run again"
        )


def _make_tables(connection: Connection) -> None:
    """Make the tables and indexes that are missing, and say last that all are there.

    Some may be there: of another process that was quicker, or where no
    transaction held them together.
    """
    metadata.create_all(connection)
    for table in metadata.sorted_tables:
        for index in table.indexes:
            index.create(connection, checkfirst=True)
    if connection.execute(select(schema.c.version)).first() is None:
        connection.execute(insert(schema).values(version=SCHEMA_VERSION))
