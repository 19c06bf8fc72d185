"""Session: one engine, and the connection of the unit of work that is under way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from operator import itemgetter
from typing import Any, TypeVar, final

from sqlalchemy import Connection, Engine, Select, Table, bindparam, delete, insert, select

from crmkit.errors import InvalidValue

BATCH = 10_000
LOOK_UP = 500

T = TypeVar("T")


@final
class Session:
    """What the parts of a SQL storage share.

    Not safe to share between threads: each thread makes a storage of its own.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._open: Connection | None = None

    @contextmanager
    def unit(self) -> Iterator[Connection]:
        """Yield the connection of the unit under way, or open one and commit it at the end.

        A unit inside a unit is a savepoint of its transaction.
        """
        if self._open is not None:
            begin(self._open)
            with self._open.begin_nested():
                yield self._open
            return
        with self._engine.begin() as connection:
            self._open = connection
            try:
                yield connection
            finally:
                self._open = None

    def rows(self, query: Select[Any]) -> Iterator[Any]:
        """Yield the rows of *query*, fetched a batch at a time."""
        if self._open is not None:
            yield from self._open.execute(query.execution_options(yield_per=BATCH))
            return
        with self._engine.connect() as connection:
            yield from connection.execute(query.execution_options(yield_per=BATCH))

    def put(self, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
        """Write *rows*, each in the place of the one that has its primary key.

        Raises:
            InvalidValue: If a number does not fit into 64 bits.
        """
        keys = [column.name for column in table.primary_key]
        names = itemgetter(*keys)
        gone = delete(table).where(*(table.c[key] == bindparam(f"old_{key}") for key in keys))
        written: set[object] = set()
        with _within_64_bits(), self.unit() as connection:
            was_empty = connection.execute(select(table).limit(1)).first() is None
            for batch in batches(rows, BATCH):
                latest = {names(row): row for row in batch}
                there = (latest.keys() & written) if was_empty else latest
                if there:
                    old = [{f"old_{key}": latest[place][key] for key in keys} for place in there]
                    connection.execute(gone, old)
                connection.execute(insert(table), list(latest.values()))
                written |= latest.keys()

    def replace(self, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
        """Write *rows* in the place of everything the table holds; raises as `put`."""
        with _within_64_bits(), self.unit() as connection:
            connection.execute(delete(table))
            insert_all(connection, table, rows)


@contextmanager
def _within_64_bits() -> Iterator[None]:
    try:
        yield
    except OverflowError as error:
        raise InvalidValue("a number is too large to be kept; it must fit into 64 bits") from error


def begin(connection: Connection) -> None:
    """Begin the transaction now, where the driver of SQLite leaves that to the first row that is written."""
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.dbapi_connection
        if not driver.in_transaction:
            connection.exec_driver_sql("BEGIN IMMEDIATE")


def insert_all(connection: Connection, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write *rows*, whose primary keys are new, a batch at a time."""
    for batch in batches(rows, BATCH):
        connection.execute(insert(table), batch)


def batches(values: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield *values* in lists of *size*, the last one shorter."""
    rest = iter(values)
    while batch := list(islice(rest, size)):
        yield batch
