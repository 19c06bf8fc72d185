"""Identify: load records, resolve who is who, save the customers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Final

from crmkit import dedup
from crmkit.conditions import from_json, to_json
from crmkit.errors import InvalidValue, Problem
from crmkit.model import Customer, CustomerId, Record
from crmkit.ports import Storage

MATCHING: Final = "matching model"
"""The name under which the model that weighed the evidence is kept."""

HUBS: Final = "matching hubs"
"""The name under which the values are kept that too many records share to say anything."""


def identify(
    storage: Storage, *, policy: dedup.Policy | None = None, decisions: Iterable[dedup.Decision] = ()
) -> list[Customer]:
    """Return the customers that the stored records make, sorted by id, after saving them.

    An id that only activities mention makes a customer of its own, of whom
    nothing else is known.

    Args:
        storage: Where the records are and the customers go.
        policy: How to match; by default `dedup.propose` looks at the records.
        decisions: What people said about identity; it holds.
    """
    records = list(storage.facts.records())
    resolution, problems = _resolved(records, policy, decisions)
    customers = _golden(records, resolution)
    known = {str(record.id) for record in records}
    customers += [Customer(id=one) for one in storage.facts.customer_ids() if one not in known]
    customers.sort(key=attrgetter("id"))
    with storage.unit():
        storage.customers.replace_customers(customers, () if resolution is None else _telling(resolution))
        storage.facts.replace_problems("identity", problems)
        if resolution is not None:
            storage.definitions.keep(MATCHING, to_json(resolution.model))
            storage.definitions.keep(HUBS, json.dumps(resolution.hubs, ensure_ascii=False))
    return customers


def evidence(storage: Storage, customer_id: CustomerId, records: Iterable[Record]) -> list[dedup.Explanation]:
    """Return why *records*, all of one customer, are held to be one: the strongest pair first."""
    document = storage.definitions.document(MATCHING)
    if document is None:
        return []
    model = from_json(document, dedup.Model)
    hubs = json.loads(storage.definitions.document(HUBS) or "[]")
    by_id: dict[object, Record] = {record.id: record for record in records}
    matches = storage.customers.matches(customer_id)
    inside = [match for match in matches if match.a in by_id and match.b in by_id]
    return [dedup.explain(by_id[match.a], by_id[match.b], model, hubs=hubs) for match in inside]


def _resolved(
    records: Sequence[Record], policy: dedup.Policy | None, decisions: Iterable[dedup.Decision]
) -> tuple[dedup.Resolution | None, Sequence[Problem]]:
    """Return how the records resolve, and what was wrong; None where they say too little to compare them by."""
    if len(records) < 2:
        return None, ()
    try:
        matching = policy or dedup.propose(records)
    except InvalidValue as error:
        reason = f"no two records are compared: {error}"
        return None, (Problem(source="identity", reason=reason, kept=True),)
    ready = dedup.prepare(records, matching)
    resolution = dedup.resolve(ready, dedup.train(ready, matching), decisions=decisions)
    return resolution, resolution.problems


def _telling(resolution: dedup.Resolution) -> list[dedup.Match]:
    """Return the evidence worth keeping: inside a customer, and where it speaks for making two of them one."""
    home = resolution.clusters
    return [match for match in resolution.pairs if home[match.a] == home[match.b] or match.weight > 0]


def _golden(records: Iterable[Record], resolution: dedup.Resolution | None) -> list[Customer]:
    members: dict[CustomerId, list[Record]] = {}
    for record in records:
        home = record.id if resolution is None else resolution.clusters[record.id]
        members.setdefault(CustomerId(str(home)), []).append(record)
    return [dedup.golden(theirs, customer_id=customer_id) for customer_id, theirs in members.items()]
