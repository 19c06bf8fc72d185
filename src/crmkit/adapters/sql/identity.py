"""Identity in SQL: the log of who is who, a row a fact."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, cast, final, get_args

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from crmkit.adapters.sql import tables
from crmkit.adapters.sql.session import Session, begin, insert_all
from crmkit.conditions import to_json
from crmkit.dedup.log import Fact, Word, read_fact
from crmkit.errors import OutOfDate

_WORDS: Final = tuple(one.__name__ for one in get_args(Word))


@final
class SqlIdentity:
    """`crmkit.ports.Identity` in a table."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def append(self, facts: Iterable[Fact], *, after: int) -> None:
        """See `crmkit.ports.Identity.append`."""
        try:
            with self._session.unit() as connection:
                begin(connection)  # where that locks, as in SQLite, nobody else can write from here on
                if after != self.length():
                    raise OutOfDate(after, self.length())
                insert_all(connection, tables.identity, _rows(facts, after))
        except IntegrityError:  # elsewhere the primary key tells who was quicker
            raise OutOfDate(after, self.length()) from None

    def facts(self, *, after: int = 0) -> Iterator[Fact]:
        """See `crmkit.ports.Identity.facts`."""
        table = tables.identity.c
        query = select(table.document).where(table.position >= after).order_by(table.position)
        yield from (read_fact(row.document) for row in self._session.rows(query))

    def decisions(self) -> Iterator[Word]:
        """See `crmkit.ports.Identity.decisions`."""
        table = tables.identity.c
        query = select(table.document).where(table.type.in_(_WORDS)).order_by(table.position)
        for row in self._session.rows(query):
            yield cast("Word", read_fact(row.document))

    def length(self) -> int:
        """See `crmkit.ports.Identity.length`."""
        last = select(func.max(tables.identity.c.position).label("position"))
        return next(0 if row.position is None else row.position + 1 for row in self._session.rows(last))


def _rows(facts: Iterable[Fact], after: int) -> Iterator[dict[str, Any]]:
    for position, fact in enumerate(facts, start=after):
        yield {"position": position, "type": type(fact).__name__, "document": to_json(fact)}
