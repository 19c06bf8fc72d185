"""Memory: the reference storage, everything in dictionaries."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import final

import attrs

from crmkit.care import PLANNED, Decision, LedgerEntry, ledger_entry
from crmkit.dedup import Match
from crmkit.errors import Problem
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
)
from crmkit.ports.ledger import is_fresh, is_kept


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
        wanted = self._records.keys() if ids is None else self._records.keys() & set(ids)
        yield from (self._records[record_id] for record_id in sorted(wanted))

    def activities(self, customer_ids: Iterable[CustomerId] | None = None) -> Iterator[Activity]:
        """See `crmkit.ports.Facts.activities`."""
        wanted = None if customer_ids is None else set(customer_ids)
        facts = (fact for fact in self._activities.values() if wanted is None or fact.customer_id in wanted)
        yield from sorted(facts, key=lambda fact: (fact.customer_id, fact_order(fact)))

    def customer_ids(self) -> Iterator[CustomerId]:
        """See `crmkit.ports.Facts.customer_ids`."""
        yield from sorted({fact.customer_id for fact in self._activities.values()})

    def contact_roles(self) -> Iterator[ContactRole]:
        """See `crmkit.ports.Facts.contact_roles`."""
        yield from self._contact_roles

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
        self._customers: dict[str, Customer] = {}
        self._home: dict[str, CustomerId] = {}
        self._matches: list[Match] = []
        self._profiles: dict[str, Profile] = {}

    def replace_customers(self, customers: Iterable[Customer], matches: Iterable[Match] = ()) -> None:
        """See `crmkit.ports.Customers.replace_customers`."""
        self._customers = {customer.id: customer for customer in customers}
        known = self._customers.values()
        self._home = {record_id: one.id for one in known for record_id in one.record_ids}
        self._home |= {alias: one.id for one in known for alias in one.aliases}
        self._matches = sorted(matches, key=lambda match: (-match.weight, str(match.a), str(match.b)))

    def get(self, customer_id: str) -> Customer | None:
        """See `crmkit.ports.Customers.get`."""
        own = self._customers.get(customer_id)
        return own if own is not None else self._customers.get(self._home.get(customer_id, ""))

    def customers(self) -> Iterator[Customer]:
        """See `crmkit.ports.Customers.customers`."""
        yield from (self._customers[key] for key in sorted(self._customers))

    def links(self) -> dict[str, CustomerId]:
        """See `crmkit.ports.Customers.links`."""
        return dict(self._home)

    def matches(self, customer_id: CustomerId) -> list[Match]:
        """See `crmkit.ports.Customers.matches`."""
        return [
            match
            for match in self._matches
            if customer_id in (self._home.get(str(match.a)), self._home.get(str(match.b)))
        ]

    def replace_profiles(self, profiles: Iterable[Profile]) -> None:
        """See `crmkit.ports.Customers.replace_profiles`."""
        self._profiles = {one.customer.id: attrs.evolve(one, activities=()) for one in profiles}

    def profile(self, customer_id: CustomerId) -> Profile | None:
        """See `crmkit.ports.Customers.profile`."""
        return self._profiles.get(customer_id)

    def profiles(self) -> Iterator[Profile]:
        """See `crmkit.ports.Customers.profiles`."""
        yield from (self._profiles[key] for key in sorted(self._profiles))


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
        fresh = [decision for decision in decisions if is_fresh(decision, states.get(decision.key))]
        self._decisions = {key: one for key, one in self._decisions.items() if key in self._entries}
        self._decisions.update((decision.key, decision) for decision in fresh)
        self._entries.update(
            (decision.key, ledger_entry(decision)) for decision in fresh if is_kept(decision)
        )

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
        outbox = sorted((one for one in self._entries.values() if one.state == PLANNED), key=_oldest_first)
        free = [entry.key for entry in outbox if self._is_free(entry.key, worker, at)][:limit]
        self._leases.update((key, (worker, at + lease)) for key in free)
        return [self._decisions[key] for key in free]

    def settle(self, key: str, state: str, *, at: dt.datetime, detail: str = "") -> None:
        """See `crmkit.ports.Ledger.settle`."""
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
        self.ledger = MemoryLedger()
        self.definitions = MemoryDefinitions()
        self.phases = MemoryPhases()
        self._is_in_unit = False

    @contextmanager
    def unit(self) -> Iterator[None]:
        """See `crmkit.ports.Storage.unit`."""
        if self._is_in_unit:
            yield
            return
        self._is_in_unit = True
        parts = (self.facts, self.customers, self.ledger, self.definitions, self.phases)
        before = [{name: copy.copy(held) for name, held in vars(part).items()} for part in parts]
        try:
            yield
        except BaseException:
            for part, held in zip(parts, before, strict=True):
                vars(part).update(held)
            raise
        finally:
            self._is_in_unit = False


def _oldest_first(entry: LedgerEntry) -> tuple[dt.datetime, str]:
    return entry.at, entry.key
