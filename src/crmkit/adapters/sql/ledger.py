"""Ledger in SQL: decisions as rows, and beside each send what became of it."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterable, Iterator
from typing import Any, final

from sqlalchemy import delete, or_, select, update

from crmkit.adapters.sql import tables
from crmkit.adapters.sql.session import LOOK_UP, Session, batches
from crmkit.care import PLANNED, Decision, LedgerEntry, ledger_entry
from crmkit.model import CustomerId, from_json, instant, to_json
from crmkit.ports.ledger import fresh, settled


@final
class SqlLedger:
    """`crmkit.ports.Ledger` in two tables; the outbox is the planned part of the ledger."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def record(self, decisions: Iterable[Decision]) -> None:
        """See `crmkit.ports.Ledger.record`."""
        table = tables.ledger
        with self._session.unit() as connection:
            states = {row.key: row.state for row in self._session.rows(select(table.c.key, table.c.state))}
            added, entries = fresh(decisions, states)
            for anew in entries.keys() & states.keys():
                connection.execute(delete(table).where(table.c.key == anew))
            kept = select(table.c.key)
            connection.execute(delete(tables.decisions).where(tables.decisions.c.key.not_in(kept)))
            self._session.put(tables.decisions, map(_decision_row, added.values()))
            self._session.put(table, map(_ledger_row, entries.values()))

    def decisions(self, customer_id: CustomerId | None = None) -> Iterator[Decision]:
        """See `crmkit.ports.Ledger.decisions`."""
        table = tables.decisions
        query = select(table.c.document).order_by(table.c.customer_id, table.c.rule, table.c.key)
        if customer_id is not None:
            query = query.where(table.c.customer_id == customer_id)
        yield from map(_decision, self._session.rows(query))

    def entries(self, customer_id: CustomerId | None = None) -> Iterator[LedgerEntry]:
        """See `crmkit.ports.Ledger.entries`."""
        table = tables.ledger
        query = select(tables.decisions.c.document, table.c.state, table.c.at, table.c.detail)
        query = query.join_from(table, tables.decisions).order_by(table.c.at, table.c.key)
        if customer_id is not None:
            query = query.where(tables.decisions.c.customer_id == customer_id)
        for row in self._session.rows(query):
            yield ledger_entry(_decision(row), state=row.state, at=row.at, detail=row.detail)

    def claim(self, *, worker: str, at: dt.datetime, lease: dt.timedelta, limit: int) -> list[Decision]:
        """See `crmkit.ports.Ledger.claim`."""
        table, at = tables.ledger, instant(at)
        free = or_(table.c.leased_until.is_(None), table.c.leased_until <= at, table.c.worker == worker)
        oldest = (
            select(table.c.key)
            .where(table.c.state == PLANNED, free)
            .order_by(table.c.at, table.c.key)
            .limit(min(max(limit, 0), sys.maxsize))
            .with_for_update(skip_locked=True)
        )
        # one statement, so that two workers never take the same: SQLite locks for it, others skip locked rows
        take = update(table).where(table.c.key.in_(oldest)).values(worker=worker, leased_until=at + lease)
        with self._session.unit() as connection:
            keys = list(connection.execute(take.returning(table.c.key)).scalars())
            query = select(tables.decisions.c.document).join(table, table.c.key == tables.decisions.c.key)
            rows = [
                row
                for some in batches(keys, LOOK_UP)
                for row in connection.execute(query.where(table.c.key.in_(some))).all()
            ]
        return sorted(map(_decision, rows), key=lambda one: (one.at, one.key))

    def settle(self, key: str, state: str, *, at: dt.datetime, detail: str = "") -> None:
        """See `crmkit.ports.Ledger.settle`."""
        table = tables.ledger
        done = update(table).where(table.c.key == key, table.c.state == PLANNED)
        became = {"state": settled(state), "at": instant(at), "detail": detail}
        with self._session.unit() as connection:
            connection.execute(done.values(**became, worker=None, leased_until=None))


def _decision_row(decision: Decision) -> dict[str, Any]:
    return {
        "key": decision.key,
        "customer_id": decision.customer_id,
        "rule": decision.rule,
        "outcome": decision.outcome,
        "channel": decision.channel,
        "at": decision.at,
        "not_before": decision.not_before,
        "document": to_json(decision),
    }


def _ledger_row(entry: LedgerEntry) -> dict[str, Any]:
    return {
        "key": entry.key,
        "state": entry.state,
        "at": entry.at,
        "detail": entry.detail,
        "worker": None,
        "leased_until": None,
    }


def _decision(row: Any) -> Decision:
    return from_json(row.document, Decision)
