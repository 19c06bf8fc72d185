"""Facts in SQL: records, activities, roles, relations and problems as rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, final

from sqlalchemy import delete, or_, select

from crmkit.adapters.sql import tables
from crmkit.adapters.sql.session import LOOK_UP, Session, batches
from crmkit.errors import Problem
from crmkit.model import (
    Activity,
    ContactRole,
    CustomerId,
    Place,
    Record,
    RecordId,
    Relation,
    derive_id,
    fact_order,
    fields_from_json,
    fields_to_json,
    from_json,
    to_json,
)


@final
class SqlFacts:
    """`crmkit.ports.Facts` in five tables."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(
        self,
        *,
        records: Iterable[Record] = (),
        activities: Iterable[Activity] = (),
        contact_roles: Iterable[ContactRole] = (),
        relations: Iterable[Relation] = (),
    ) -> None:
        """See `crmkit.ports.Facts.add`."""
        with self._session.unit():
            self._session.put(tables.records, map(_record_row, records))
            self._session.put(tables.activities, map(_activity_row, activities))
            self._session.put(tables.contact_roles, map(_contact_role_row, contact_roles))
            self._session.put(tables.relations, map(_relation_row, relations))

    def records(self, ids: Iterable[RecordId] | None = None) -> Iterator[Record]:
        """See `crmkit.ports.Facts.records`."""
        query = select(tables.records).order_by(tables.records.c.id)
        if ids is None:
            yield from map(_record, self._session.rows(query))
            return
        for batch in batches(sorted(set(ids)), LOOK_UP):
            yield from map(_record, self._session.rows(query.where(tables.records.c.id.in_(batch))))

    def activities(self, customer_ids: Iterable[CustomerId] | None = None) -> Iterator[Activity]:
        """See `crmkit.ports.Facts.activities`."""
        table = tables.activities
        query = select(table).order_by(table.c.customer_id, table.c.at)
        if customer_ids is None:
            yield from _in_order(self._session.rows(query))
            return
        for batch in batches(sorted(set(customer_ids)), LOOK_UP):
            yield from _in_order(self._session.rows(query.where(table.c.customer_id.in_(batch))))

    def customer_ids(self) -> Iterator[CustomerId]:
        """See `crmkit.ports.Facts.customer_ids`."""
        column = tables.activities.c.customer_id
        yield from (
            CustomerId(row[0]) for row in self._session.rows(select(column).distinct().order_by(column))
        )

    def in_name_of(self, account_ids: Iterable[CustomerId]) -> Iterator[Activity]:
        """See `crmkit.ports.Facts.in_name_of`."""
        query = select(tables.activities)
        for batch in batches(sorted(set(account_ids)), LOOK_UP):
            wanted = tables.activities.c.account_id.in_(batch)
            yield from map(_activity, self._session.rows(query.where(wanted)))

    def contact_roles(self, ids: Iterable[CustomerId] | None = None) -> Iterator[ContactRole]:
        """See `crmkit.ports.Facts.contact_roles`."""
        table = tables.contact_roles.c
        query = select(table.digest, table.document)
        queries = [query]
        if ids is not None:
            queries = [
                query.where(or_(table.contact_id.in_(batch), table.account_id.in_(batch)))
                for batch in batches(sorted(set(ids)), LOOK_UP)
            ]
        found = {row.digest: row.document for one in queries for row in self._session.rows(one)}
        yield from (from_json(document, ContactRole) for document in found.values())

    def relations(self) -> Iterator[Relation]:
        """See `crmkit.ports.Facts.relations`."""
        rows = self._session.rows(select(tables.relations.c.document))
        yield from (from_json(row.document, Relation) for row in rows)

    def forget(self) -> None:
        """See `crmkit.ports.Facts.forget`."""
        with self._session.unit():
            for table in (tables.records, tables.activities, tables.contact_roles, tables.relations):
                self._session.replace(table, ())

    def replace_problems(self, phase: str, problems: Iterable[Problem]) -> None:
        """See `crmkit.ports.Facts.replace_problems`."""
        with self._session.unit() as connection:
            connection.execute(delete(tables.problems).where(tables.problems.c.phase == phase))
            self._session.put(tables.problems, (_problem_row(phase, one) for one in set(problems)))

    def problems(self) -> Iterator[Problem]:
        """See `crmkit.ports.Facts.problems`."""
        table = tables.problems.c
        query = select(table.source, table.row, table.field, table.reason, table.kept).distinct()
        rows = self._session.rows(query)
        yield from sorted(Problem(**{**row._mapping, "kept": bool(row.kept)}) for row in rows)


def _in_order(rows: Iterable[Any]) -> Iterator[Activity]:
    """Yield activities that come sorted by customer, each customer's in fact order."""
    of_one: list[Activity] = []
    for row in rows:
        fact = _activity(row)
        if of_one and of_one[0].customer_id != fact.customer_id:
            yield from sorted(of_one, key=fact_order)
            of_one = []
        of_one.append(fact)
    yield from sorted(of_one, key=fact_order)


def _record_row(record: Record) -> dict[str, Any]:
    return {
        "id": record.id,
        "source": record.source,
        "kind": record.kind,
        "recorded_at": record.recorded_at,
        "aliases": json.dumps(record.aliases, ensure_ascii=False) if record.aliases else "[]",
        "fields": fields_to_json(record.fields),
        "file": None if record.place is None else record.place.source,
        "row": None if record.place is None else record.place.row,
    }


def _record(row: Any) -> Record:
    return Record(
        row.id,
        row.source,
        fields_from_json(row.fields),
        kind=row.kind,
        recorded_at=row.recorded_at,
        aliases=json.loads(row.aliases),
        place=None if row.file is None else Place(row.file, row.row),
    )


def _activity_row(fact: Activity) -> dict[str, Any]:
    return {
        "id": fact.id,
        "customer_id": fact.customer_id,
        "kind": fact.kind,
        "at": fact.at,
        "amount_minor": fact.amount_minor,
        "currency": fact.currency,
        "channel": fact.channel,
        "account_id": fact.account_id,
        "source": fact.source,
        "sequence": fact.sequence,
        "recorded_at": fact.recorded_at,
        "props": fields_to_json(fact.props),
    }


def _activity(row: Any) -> Activity:
    return Activity(**{**row._mapping, "props": fields_from_json(row.props)})


def _contact_role_row(role: ContactRole) -> dict[str, Any]:
    document = to_json(role)
    return {
        "digest": derive_id("role", document),
        "contact_id": role.contact_id,
        "account_id": role.account_id,
        "document": document,
    }


def _relation_row(relation: Relation) -> dict[str, Any]:
    document = to_json(relation)
    return {
        "digest": derive_id("relation", document),
        "kind": relation.kind,
        "from_id": relation.from_id,
        "to_id": relation.to_id,
        "document": document,
    }


def _problem_row(phase: str, problem: Problem) -> dict[str, Any]:
    return {
        "phase": phase,
        "source": problem.source,
        "row": problem.row,
        "field": problem.field,
        "reason": problem.reason,
        "kept": int(problem.kept),
    }
