"""Customers in SQL: golden records, links, aliases, evidence and profiles as rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, final

import attrs
from sqlalchemy import Select, delete, or_, select

from crmkit.adapters.sql import tables
from crmkit.adapters.sql.session import Session
from crmkit.dedup import Match
from crmkit.model import Customer, CustomerId, Profile, from_json, to_json


@final
class SqlCustomers:
    """`crmkit.ports.Customers` in five tables."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def replace_customers(self, customers: Iterable[Customer], matches: Iterable[Match] = ()) -> None:
        """See `crmkit.ports.Customers.replace_customers`."""
        known = list(customers)
        homes = (
            {"record_id": record_id, "customer_id": one.id} for one in known for record_id in one.record_ids
        )
        with self._session.unit() as connection:
            for table in (tables.links, tables.aliases):
                connection.execute(delete(table))
            self._session.replace(tables.customers, map(_customer_row, known))
            self._session.put(tables.links, homes)
            self._session.put(
                tables.aliases,
                ({"alias": alias, "customer_id": one.id} for one in known for alias in one.aliases),
            )
            self._session.replace(tables.matches, map(_match_row, matches))

    def get(self, customer_id: str) -> Customer | None:
        """See `crmkit.ports.Customers.get`."""
        table = tables.customers
        own = select(table.c.document).where(table.c.id == customer_id)
        alias = select(table.c.document).join(tables.aliases).where(tables.aliases.c.alias == customer_id)
        record = select(table.c.document).join(tables.links).where(tables.links.c.record_id == customer_id)
        for query in (own, alias, record):
            for row in self._session.rows(query):
                return from_json(row.document, Customer)
        return None

    def customers(self) -> Iterator[Customer]:
        """See `crmkit.ports.Customers.customers`."""
        query = select(tables.customers.c.document).order_by(tables.customers.c.id)
        yield from (from_json(row.document, Customer) for row in self._session.rows(query))

    def links(self) -> dict[str, CustomerId]:
        """See `crmkit.ports.Customers.links`."""
        records, aliases = tables.links.c, tables.aliases.c
        found = {
            row[0]: CustomerId(row[1])
            for row in self._session.rows(select(records.record_id, records.customer_id))
        }
        found.update(
            (row[0], CustomerId(row[1]))
            for row in self._session.rows(select(aliases.alias, aliases.customer_id))
        )
        return found

    def matches(self, customer_id: CustomerId) -> list[Match]:
        """See `crmkit.ports.Customers.matches`."""
        table, links = tables.matches, tables.links
        records = select(links.c.record_id).where(links.c.customer_id == customer_id)
        query = (
            select(table)
            .where(or_(table.c.a.in_(records), table.c.b.in_(records)))
            .order_by(table.c.weight.desc(), table.c.a, table.c.b)
        )
        return [Match(a=row.a, b=row.b, weight=row.weight) for row in self._session.rows(query)]

    def replace_profiles(self, profiles: Iterable[Profile]) -> None:
        """See `crmkit.ports.Customers.replace_profiles`."""
        self._session.replace(tables.profiles, map(_profile_row, profiles))

    def profile(self, customer_id: CustomerId) -> Profile | None:
        """See `crmkit.ports.Customers.profile`."""
        query = _profiles().where(tables.profiles.c.customer_id == customer_id)
        return next((_profile(row) for row in self._session.rows(query)), None)

    def profiles(self) -> Iterator[Profile]:
        """See `crmkit.ports.Customers.profiles`."""
        yield from map(_profile, self._session.rows(_profiles()))


def _customer_row(customer: Customer) -> dict[str, Any]:
    return {
        "id": customer.id,
        "name": customer.name,
        "kind": customer.kind,
        "document": to_json(customer),
    }


def _match_row(match: Match) -> dict[str, Any]:
    return {"a": str(match.a), "b": str(match.b), "weight": match.weight}


def _profile_row(profile: Profile) -> dict[str, Any]:
    bare = attrs.evolve(profile, activities=())
    return {
        "customer_id": profile.customer.id,
        "as_of": profile.as_of,
        "stage": profile.stage,
        "tier": profile.tier,
        "tags": ",".join(tag.name for tag in profile.tags),
        "document": to_json(bare),
    }


def _profiles() -> Select[Any]:
    return select(tables.profiles.c.document).order_by(tables.profiles.c.customer_id)


def _profile(row: Any) -> Profile:
    return from_json(row.document, Profile)
