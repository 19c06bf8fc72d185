"""Portray: load customers and facts, work out profiles, save them."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence

import attrs

from crmkit.errors import Problem
from crmkit.model import Activity, Customer, Profile
from crmkit.ports import Storage
from crmkit.profiles import Definitions, fitted, portray
from crmkit.workflows.history import History, load_history_of
from crmkit.workflows.progress import Progress, silent


def portray_all(
    storage: Storage,
    history: History,
    definitions: Definitions,
    *,
    as_of: dt.datetime,
    progress: Progress = silent,
    customers: Sequence[Customer] = (),
) -> list[Profile]:
    """Return every profile, sorted by customer id, after saving them.

    Tiers need *definitions* with a scale: `measurable` fits one.  Money in
    another currency than theirs is reported as a problem.  *customers* are
    those in *storage*, if they are at hand, so that they need not be read from it.
    """
    customers = customers or list(storage.customers.customers())
    profiles = [
        portray(
            customer,
            history.of(customer),
            definitions,
            as_of=as_of,
            contact_roles=history.contact_roles.get(customer.id, ()),
            relations=history.relations.get(customer.id, ()),
        )
        for customer in progress(customers, "profiles")
    ]
    with storage.unit():
        storage.customers.replace_profiles(profiles)
        storage.facts.replace_problems("profiles", _foreign_money(history.facts, definitions.currency))
    return profiles


def measurable(definitions: Definitions, history: History, *, as_of: dt.datetime) -> Definitions:
    """Return *definitions* with a currency and a scale, both found in *history* where they are not given.

    The currency is the one that most amounts are in, ties by name; the scale
    is fitted on everyone.  The same facts give the same definitions.
    """
    counts = Counter(fact.currency for fact in history.facts if fact.currency is not None)
    most = max(counts, key=lambda code: (counts[code], code), default=None)
    measured = attrs.evolve(definitions, currency=definitions.currency or most)
    return measured if measured.scale is not None else fitted(measured, history.facts, as_of=as_of)


def load_profiles(storage: Storage, history: History) -> list[Profile]:
    """Return every stored profile, sorted by customer id, with its activities up to its instant."""
    return [_with_facts(profile, history) for profile in storage.customers.profiles()]


def load_profile(storage: Storage, customer_id: str) -> Profile | None:
    """Return the stored profile that *customer_id*, an alias or the id of a record leads to, or None."""
    customer = storage.customers.get(customer_id)
    profile = None if customer is None else storage.customers.profile(customer.id)
    if customer is None or profile is None:
        return None
    return _with_facts(profile, load_history_of(storage, customer))


def _with_facts(profile: Profile, history: History) -> Profile:
    facts = history.of(profile.customer)
    return attrs.evolve(profile, activities=tuple(fact for fact in facts if fact.at <= profile.as_of))


def _foreign_money(facts: Iterable[Activity], counted: str | None) -> list[Problem]:
    counts = Counter(fact.currency for fact in facts if fact.currency not in (None, counted))
    return [
        Problem(
            source="activities",
            field="currency",
            reason=f"{count:,} amounts in {code} are not counted in value tiers, which are in {counted}; "
            "convert them to have them counted",
            kept=True,
        )
        for code, count in sorted(counts.items(), key=str)
    ]
