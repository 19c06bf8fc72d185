"""Identity in SQL: the log of who is who, a row a fact."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, cast, final, get_args

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from crmkit.adapters.sql import tables
from crmkit.adapters.sql.session import Session, begin
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
                self._session.insert(tables.identity, _rows(facts, after))
        except IntegrityError:  # elsewhere the primary key tells who was quicker
            raise OutOfDate(after, self.length()) from None

    def facts(self, *, after: int = 0) -> Iterator[Fact]:
        """See `crmkit.ports.Identity.facts`."""
        table = tables.identity.c
        query = select(table.document).where(table.place >= after).order_by(table.place)
        yield from (read_fact(row.document) for row in self._session.rows(query))

    def decisions(self) -> Iterator[Word]:
        """See `crmkit.ports.Identity.decisions`."""
        table = tables.identity.c
        query = select(table.document).where(table.type.in_(_WORDS)).order_by(table.place)
        for row in self._session.rows(query):
            yield cast("Word", read_fact(row.document))

    def length(self) -> int:
        """See `crmkit.ports.Identity.length`."""
        last = select(func.max(tables.identity.c.place).label("place"))
        return next(0 if row.place is None else row.place + 1 for row in self._session.rows(last))


def _rows(facts: Iterable[Fact], after: int) -> Iterator[dict[str, Any]]:
    for place, fact in enumerate(facts, start=after):
        yield {"place": place, "type": type(fact).__name__, "document": to_json(fact)}
