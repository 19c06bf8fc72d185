"""Memory: the reference storage, everything in dictionaries."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import final

import attrs

from crmkit.care import PLANNED, Decision, LedgerEntry
from crmkit.dedup import Match
from crmkit.dedup.log import Fact, Word
from crmkit.errors import OutOfDate, Problem
from crmkit.model import (
    Activity,
    ContactRole,
    Customer,
    CustomerId,
    Profile,
    Record,
    RecordId,
    Relation,
    fact_order,
    instant,
)
from crmkit.ports.customers import homes, known_customers, known_matches
from crmkit.ports.ledger import fresh, settled


@final
class MemoryFacts:
    """`crmkit.ports.Facts` in dictionaries."""

    def __init__(self) -> None:
        self._records: dict[str, Record] = {}
        self._activities: dict[str, Activity] = {}
        self._contact_roles: frozenset[ContactRole] = frozenset()
        self._relations: frozenset[Relation] = frozenset()
        self._problems: dict[str, frozenset[Problem]] = {}

    def add(
        self,
        *,
        records: Iterable[Record] = (),
        activities: Iterable[Activity] = (),
        contact_roles: Iterable[ContactRole] = (),
        relations: Iterable[Relation] = (),
    ) -> None:
        """See `crmkit.ports.Facts.add`."""
        told: tuple[dict[str, Record], dict[str, Activity]] = (
            {record.id: record for record in records},
            {fact.id: fact for fact in activities},
        )
        ties = frozenset(contact_roles), frozenset(relations)
        self._records.update(told[0])
        self._activities.update(told[1])
        self._contact_roles |= ties[0]
        self._relations |= ties[1]

    def records(self, ids: Iterable[RecordId] | None = None) -> Iterator[Record]:
        """See `crmkit.ports.Facts.records`."""
        wanted = None if ids is None else set(ids)
        yield from (
            record for key, record in sorted(self._records.items()) if wanted is None or key in wanted
        )

    def activities(self, customer_ids: Iterable[CustomerId] | None = None) -> Iterator[Activity]:
        """See `crmkit.ports.Facts.activities`."""
        wanted = None if customer_ids is None else set(customer_ids)
        facts = (fact for fact in self._activities.values() if wanted is None or fact.customer_id in wanted)
        yield from sorted(facts, key=lambda fact: (fact.customer_id, fact_order(fact)))

    def customer_ids(self) -> Iterator[CustomerId]:
        """See `crmkit.ports.Facts.customer_ids`."""
        yield from sorted({fact.customer_id for fact in self._activities.values()})

    def in_name_of(self, account_ids: Iterable[CustomerId]) -> Iterator[Activity]:
        """See `crmkit.ports.Facts.in_name_of`."""
        wanted = set(account_ids)
        yield from [fact for fact in self._activities.values() if fact.account_id in wanted]

    def contact_roles(self, ids: Iterable[CustomerId] | None = None) -> Iterator[ContactRole]:
        """See `crmkit.ports.Facts.contact_roles`."""
        wanted = None if ids is None else set(ids)
        for role in self._contact_roles:
            if wanted is None or not wanted.isdisjoint((role.contact_id, role.account_id)):
                yield role

    def relations(self) -> Iterator[Relation]:
        """See `crmkit.ports.Facts.relations`."""
        yield from self._relations

    def forget(self) -> None:
        """See `crmkit.ports.Facts.forget`."""
        self._records, self._activities = {}, {}
        self._contact_roles, self._relations = frozenset(), frozenset()

    def replace_problems(self, phase: str, problems: Iterable[Problem]) -> None:
        """See `crmkit.ports.Facts.replace_problems`."""
        self._problems[phase] = frozenset(problems)

    def problems(self) -> Iterator[Problem]:
        """See `crmkit.ports.Facts.problems`."""
        yield from sorted(frozenset().union(*self._problems.values()))


@final
class MemoryCustomers:
    """`crmkit.ports.Customers` in dictionaries."""

    def __init__(self) -> None:
        self._customers: dict[CustomerId, Customer] = {}
        self._home: dict[str, CustomerId] = {}
        self._matches: list[Match] = []
        self._profiles: dict[str, Profile] = {}

    def replace_customers(self, customers: Iterable[Customer], matches: Iterable[Match] = ()) -> None:
        """See `crmkit.ports.Customers.replace_customers`."""
        known, evidence = known_customers(customers), known_matches(matches)
        self._customers, self._home, self._matches = known, homes(known), evidence

    def get(self, customer_id: str) -> Customer | None:
        """See `crmkit.ports.Customers.get`."""
        key = CustomerId(customer_id)
        return self._customers.get(self._home.get(key, key))

    def customers(self) -> Iterator[Customer]:
        """See `crmkit.ports.Customers.customers`."""
        yield from (customer for _, customer in sorted(self._customers.items()))

    def links(self, ids: Iterable[str] | None = None) -> dict[str, CustomerId]:
        """See `crmkit.ports.Customers.links`."""
        wanted = self._home.keys() if ids is None else self._home.keys() & set(ids)
        return {key: self._home[key] for key in wanted}

    def matches(self, customer_id: CustomerId) -> list[Match]:
        """See `crmkit.ports.Customers.matches`."""
        return [
            match
            for match in self._matches
            if customer_id in (self._home.get(one) for one in (str(match.a), str(match.b)))
        ]

    def replace_profiles(self, profiles: Iterable[Profile]) -> None:
        """See `crmkit.ports.Customers.replace_profiles`."""
        self._profiles = {one.customer.id: attrs.evolve(one, activities=()) for one in profiles}

    def profile(self, customer_id: CustomerId) -> Profile | None:
        """See `crmkit.ports.Customers.profile`."""
        return self._profiles.get(customer_id)

    def profiles(self) -> Iterator[Profile]:
        """See `crmkit.ports.Customers.profiles`."""
        yield from (profile for _, profile in sorted(self._profiles.items()))


@final
class MemoryIdentity:
    """`crmkit.ports.Identity` in a list."""

    def __init__(self) -> None:
        self._facts: list[Fact] = []

    def append(self, facts: Iterable[Fact], *, after: int) -> None:
        """See `crmkit.ports.Identity.append`."""
        if after != len(self._facts):
            raise OutOfDate(after, len(self._facts))
        self._facts += tuple(facts)

    def facts(self, *, after: int = 0) -> Iterator[Fact]:
        """See `crmkit.ports.Identity.facts`."""
        yield from self._facts[max(after, 0) :]

    def decisions(self) -> Iterator[Word]:
        """See `crmkit.ports.Identity.decisions`."""
        yield from [fact for fact in self._facts if isinstance(fact, Word)]

    def length(self) -> int:
        """See `crmkit.ports.Identity.length`."""
        return len(self._facts)


@final
class MemoryDefinitions:
    """`crmkit.ports.Definitions` in a dictionary."""

    def __init__(self) -> None:
        self._documents: dict[str, str] = {}

    def keep(self, name: str, document: str) -> None:
        """See `crmkit.ports.Definitions.keep`."""
        self._documents[name] = document

    def document(self, name: str) -> str | None:
        """See `crmkit.ports.Definitions.document`."""
        return self._documents.get(name)


@final
class MemoryPhases:
    """`crmkit.ports.Phases` in a dictionary."""

    def __init__(self) -> None:
        self._digests: dict[str, str] = {}

    def digest(self, phase: str) -> str | None:
        """See `crmkit.ports.Phases.digest`."""
        return self._digests.get(phase)

    def finish(self, phase: str, digest: str) -> None:
        """See `crmkit.ports.Phases.finish`."""
        self._digests[phase] = digest


@final
class MemoryLedger:
    """`crmkit.ports.Ledger` in dictionaries."""

    def __init__(self) -> None:
        self._decisions: dict[str, Decision] = {}
        self._entries: dict[str, LedgerEntry] = {}
        self._leases: dict[str, tuple[str, dt.datetime]] = {}

    def record(self, decisions: Iterable[Decision]) -> None:
        """See `crmkit.ports.Ledger.record`."""
        states = {key: entry.state for key, entry in self._entries.items()}
        added, entries = fresh(decisions, states)
        self._decisions = {key: one for key, one in self._decisions.items() if key in self._entries} | added
        self._entries |= entries

    def decisions(self, customer_id: CustomerId | None = None) -> Iterator[Decision]:
        """See `crmkit.ports.Ledger.decisions`."""
        about = (one for one in self._decisions.values() if customer_id in (None, one.customer_id))
        yield from sorted(about, key=lambda one: (one.customer_id, one.rule, one.key))

    def entries(self, customer_id: CustomerId | None = None) -> Iterator[LedgerEntry]:
        """See `crmkit.ports.Ledger.entries`."""
        about = (entry for entry in self._entries.values() if customer_id in (None, entry.customer_id))
        yield from sorted(about, key=_oldest_first)

    def claim(self, *, worker: str, at: dt.datetime, lease: dt.timedelta, limit: int) -> list[Decision]:
        """See `crmkit.ports.Ledger.claim`."""
        at = instant(at)
        outbox = sorted((one for one in self._entries.values() if one.state == PLANNED), key=_oldest_first)
        free = [entry.key for entry in outbox if self._is_free(entry.key, worker, at)][: max(limit, 0)]
        self._leases.update((key, (worker, at + lease)) for key in free)
        return [self._decisions[key] for key in free]

    def settle(self, key: str, state: str, *, at: dt.datetime, detail: str = "") -> None:
        """See `crmkit.ports.Ledger.settle`."""
        state, at = settled(state), instant(at)
        entry = self._entries.get(key)
        if entry is not None and entry.state == PLANNED:
            self._entries[key] = attrs.evolve(entry, state=state, at=at, detail=detail)
            self._leases.pop(key, None)

    def _is_free(self, key: str, worker: str, at: dt.datetime) -> bool:
        holder, until = self._leases.get(key, (worker, at))
        return holder == worker or until <= at


@final
class MemoryStorage:
    """`crmkit.ports.Storage` in memory: the reference that other adapters are held to."""

    def __init__(self) -> None:
        self.facts = MemoryFacts()
        self.customers = MemoryCustomers()
        self.identity = MemoryIdentity()
        self.ledger = MemoryLedger()
        self.definitions = MemoryDefinitions()
        self.phases = MemoryPhases()

    @contextmanager
    def unit(self) -> Iterator[None]:
        """See `crmkit.ports.Storage.unit`."""
        parts = (
            self.facts,
            self.customers,
            self.identity,
            self.ledger,
            self.definitions,
            self.phases,
        )
        before = [{name: copy.copy(held) for name, held in vars(part).items()} for part in parts]
        try:
            yield
        except BaseException:
            for part, held in zip(parts, before, strict=True):
                vars(part).update(held)
            raise


def _oldest_first(entry: LedgerEntry) -> tuple[dt.datetime, str]:
    return entry.at, entry.key
