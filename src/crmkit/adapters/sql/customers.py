"""Customers in SQL: golden records, links, evidence and profiles as rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, final

import attrs
from sqlalchemy import Select, or_, select

from crmkit.adapters.sql import tables
from crmkit.adapters.sql.session import LOOK_UP, Session, batches
from crmkit.dedup import Match
from crmkit.model import Customer, CustomerId, Profile, from_json, to_json
from crmkit.ports.customers import homes, known_customers, known_matches


@final
class SqlCustomers:
    """`crmkit.ports.Customers` in four tables."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def replace_customers(self, customers: Iterable[Customer], matches: Iterable[Match] = ()) -> None:
        """See `crmkit.ports.Customers.replace_customers`."""
        known, evidence = known_customers(customers), known_matches(matches)
        home = homes(known)
        with self._session.unit():
            self._session.replace(tables.links, ())
            self._session.replace(tables.customers, map(_customer_row, known.values()))
            self._session.replace(tables.links, ({"id": key, "customer_id": home[key]} for key in home))
            self._session.replace(tables.matches, map(attrs.asdict, evidence))

    def get(self, customer_id: str) -> Customer | None:
        """See `crmkit.ports.Customers.get`."""
        table, links = tables.customers.c, tables.links.c
        home = select(links.customer_id).where(links.id == customer_id)
        query = select(table.document).where(or_(table.id == customer_id, table.id.in_(home)))
        return next((from_json(row.document, Customer) for row in self._session.rows(query)), None)

    def customers(self) -> Iterator[Customer]:
        """See `crmkit.ports.Customers.customers`."""
        query = select(tables.customers.c.document).order_by(tables.customers.c.id)
        yield from (from_json(row.document, Customer) for row in self._session.rows(query))

    def links(self, ids: Iterable[str] | None = None) -> dict[str, CustomerId]:
        """See `crmkit.ports.Customers.links`."""
        links = tables.links.c
        query = select(links.id, links.customer_id)
        queries = [query]
        if ids is not None:
            queries = [query.where(links.id.in_(batch)) for batch in batches(sorted(set(ids)), LOOK_UP)]
        return {row.id: row.customer_id for one in queries for row in self._session.rows(one)}

    def matches(self, customer_id: CustomerId) -> list[Match]:
        """See `crmkit.ports.Customers.matches`."""
        table, links = tables.matches, tables.links
        own = select(links.c.id).where(links.c.customer_id == customer_id)
        query = (
            select(table)
            .where(or_(table.c.a.in_(own), table.c.b.in_(own)))
            .order_by(table.c.weight.desc(), table.c.a, table.c.b)
        )
        return [Match(a=row.a, b=row.b, weight=row.weight) for row in self._session.rows(query)]

    def replace_profiles(self, profiles: Iterable[Profile]) -> None:
        """See `crmkit.ports.Customers.replace_profiles`."""
        latest = {profile.customer.id: profile for profile in profiles}
        self._session.replace(tables.profiles, map(_profile_row, latest.values()))

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
