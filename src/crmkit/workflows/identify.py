"""Identify: load records, resolve who is who, save the customers."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Final

import attrs

from crmkit import dedup
from crmkit.conditions import from_json, to_json
from crmkit.dedup.decision import Said, check_decisions, records_of, same_groups
from crmkit.dedup.normalize.reading import KnownKeys
from crmkit.dedup.table import RecordKey
from crmkit.errors import Contradiction, InvalidValue, Problem
from crmkit.model import Account, Customer, CustomerId, Record, Relation
from crmkit.ports import Storage
from crmkit.ports.customers import homes

MATCHING: Final = "matching model"
"""The name under which the model that weighed the evidence is kept."""

HUBS: Final = "matching hubs"
"""The name under which the values are kept that too many records share to say anything."""

KINSHIPS: Final = "kinships"
"""The name under which it is kept which organisations belong together."""

SHOWN: Final = 3
"""How many customers a problem names."""


def identify(
    storage: Storage,
    *,
    policy: dedup.Policy | None = None,
    told: Iterable[Record] | None = None,
) -> list[Customer]:
    """Return the customers that the stored records make, sorted by id, after saving them.

    An id that only activities mention makes a customer of its own, of whom
    nothing else is known.  So does one by which records of several customers
    are known, and a problem says how many facts are told of it.  Whom an
    organisation is told to supply are its own customers.

    What people said and did not withdraw holds; a problem says what cannot,
    as records that are one and turn out to be a person and an organisation.

    Args:
        storage: Where the records are and the customers go.
        policy: How to match; by default `dedup.propose` looks at the records.
        told: The records in *storage*, if they are at hand, so that they need not be read from it.
    """
    records = sorted(storage.facts.records() if told is None else told, key=attrgetter("id"))
    said, undone = _followed(dedup.decisions_in_force(storage.identity.decisions()), records)
    resolution, problems, read = _resolved(records, policy, said)
    clusters = _joined(records, said) if resolution is None else resolution.clusters
    customers, shared = _with_aliases(_golden(records, clusters, read), records)
    known = {str(name) for one in customers for name in (one.id, *one.record_ids, *one.aliases)}
    customers += [Customer(id=one) for one in storage.facts.customer_ids() if one not in known]
    customers = sorted(_with_their_customers(customers, storage.facts.relations()), key=attrgetter("id"))
    problems = [*undone, *problems, *_unclear(storage, shared)]
    with storage.unit():
        storage.customers.replace_customers(customers, () if resolution is None else _telling(resolution))
        storage.facts.replace_problems("identity", problems)
        if resolution is not None:
            storage.definitions.keep(MATCHING, to_json(resolution.model))
            storage.definitions.keep(HUBS, json.dumps(resolution.hubs, ensure_ascii=False))
        found = [] if resolution is None else [attrs.astuple(one) for one in resolution.kinships]
        storage.definitions.keep(KINSHIPS, json.dumps(found, ensure_ascii=False))
    return customers


def kinships(storage: Storage) -> list[dedup.Kinship]:
    """Return which of the customers that are organisations belong together, as identity found it."""
    names = [field.name for field in attrs.fields(dedup.Kinship)]
    found = json.loads(storage.definitions.document(KINSHIPS) or "[]")
    return [
        dedup.Kinship(**{**dict(zip(names, one, strict=True)), "shared": tuple(one[-1])}) for one in found
    ]


def evidence(storage: Storage, customer_id: CustomerId, records: Iterable[Record]) -> list[dedup.Explanation]:
    """Return why *records*, all of one customer, are held to be one: the strongest pair first."""
    document = storage.definitions.document(MATCHING)
    if document is None:
        return []
    model = _model(document)
    hubs = json.loads(storage.definitions.document(HUBS) or "[]")
    by_id: dict[object, Record] = {record.id: record for record in records}
    matches = storage.customers.matches(customer_id)
    inside = [match for match in matches if match.a in by_id and match.b in by_id]
    return [dedup.explain(by_id[match.a], by_id[match.b], model, hubs=hubs) for match in inside]


@lru_cache(maxsize=1)
def _model(document: str) -> dedup.Model:
    """Return the model that *document* describes; it is large, and asked for customer after customer."""
    return from_json(document, dedup.Model)


def _followed(said: Sequence[Said], records: Iterable[Record]) -> tuple[Sequence[Said], list[Problem]]:
    """Return what can hold of what people *said*, and a problem for each group that cannot be one."""
    kinds: dict[RecordKey, str | None] = {record.id: record.kind for record in records}
    reason = _contradiction(said, kinds)
    if reason is None:
        return said, []
    undone: set[Said] = set()
    problems = []
    for group in map(set, same_groups(one for one in said if isinstance(one, dedup.Decision))):
        words = [one for one in said if not group.isdisjoint(records_of(one))]
        reason = _contradiction(words, kinds)
        if reason is not None:
            undone.update(
                one for one in words if isinstance(one, dedup.Decision) and one.verdict == dedup.SAME
            )
            problems.append(Problem(source="decisions", reason=reason, kept=True))
    return [one for one in said if one not in undone], problems


def _contradiction(said: Iterable[Said], kinds: Mapping[RecordKey, str | None]) -> str | None:
    """Return why what was *said* cannot hold together, or None if it can."""
    try:
        check_decisions(said, kinds)
    except Contradiction as error:
        return f"not followed, for it cannot hold: {error}"
    return None


def _joined(records: Iterable[Record], said: Iterable[Said]) -> dict[RecordKey, RecordKey]:
    """Return the customer of each record where nothing but a person's word joins any."""
    home: dict[RecordKey, RecordKey] = {record.id: record.id for record in records}
    tied = (one for one in said if isinstance(one, dedup.Decision) and {one.a, one.b} <= home.keys())
    return home | {key: group[0] for group in same_groups(tied) for key in group}


def _resolved(
    records: Sequence[Record], policy: dedup.Policy | None, decisions: Iterable[Said]
) -> tuple[dedup.Resolution | None, Sequence[Problem], KnownKeys]:
    """Return how the records resolve, what was wrong, and what was read of them on the way.

    They resolve to None where they say too little to compare them by.
    """
    if len(records) < 2:
        return None, (), {}
    try:
        matching = policy or dedup.propose(records)
    except InvalidValue as error:
        reason = f"no two records are compared: {error}"
        return None, (Problem(source="identity", reason=reason, kept=True),), {}
    ready = dedup.prepare(records, matching)
    resolution = dedup.resolve(ready, dedup.train(ready, matching), decisions=decisions)
    return resolution, resolution.problems, ready.keys()


def _telling(resolution: dedup.Resolution) -> list[dedup.Match]:
    """Return the evidence worth keeping: inside a customer, and where it speaks for making two of them one."""
    home = resolution.clusters
    return [match for match in resolution.pairs if home[match.a] == home[match.b] or match.weight > 0]


def _golden(
    records: Iterable[Record], clusters: Mapping[RecordKey, RecordKey], read: KnownKeys
) -> list[Customer]:
    members: dict[CustomerId, list[Record]] = {}
    for record in records:
        members.setdefault(CustomerId(str(clusters[record.id])), []).append(record)
    return [
        dedup.golden(theirs, customer_id=customer_id, read=read) for customer_id, theirs in members.items()
    ]


def _with_aliases(
    customers: Iterable[Customer], records: Iterable[Record]
) -> tuple[list[Customer], dict[str, list[CustomerId]]]:
    """Return *customers* with the aliases of their records, and whom each alias that leads to several leads to."""
    known = list(customers)
    home = {record_id: one.id for one in known for record_id in one.record_ids}
    leads: dict[str, set[CustomerId]] = {}
    for record in records:
        for alias in record.aliases:
            if alias not in home:
                leads.setdefault(str(alias), set()).add(home[record.id])
    aliases: dict[CustomerId, list[CustomerId]] = {}
    for name, to in sorted(leads.items()):
        if len(to) == 1:
            aliases.setdefault(min(to), []).append(CustomerId(name))
    several = {alias: sorted(to) for alias, to in leads.items() if len(to) > 1}
    return [
        attrs.evolve(one, aliases=tuple(aliases[one.id])) if one.id in aliases else one for one in known
    ], several


def _with_their_customers(customers: Iterable[Customer], relations: Iterable[Relation]) -> list[Customer]:
    """Return *customers*; the organisations among them know their own customers: those they are told to supply."""
    known = {one.id: one for one in customers}
    home = homes(known)
    supplied: dict[str, set[CustomerId]] = {}
    for relation in relations:
        start, end = (home.get(one, CustomerId(one)) for one in (relation.from_id, relation.to_id))
        if relation.kind == "supplies" and start != end:
            supplied.setdefault(start, set()).add(end)
    return [
        attrs.evolve(one, party=attrs.evolve(one.party, customer_ids=tuple(sorted(supplied[one.id]))))
        if isinstance(one.party, Account) and one.id in supplied
        else one
        for one in known.values()
    ]


def _unclear(storage: Storage, shared: Mapping[str, Sequence[CustomerId]]) -> list[Problem]:
    """Return a problem for each of the *shared* ids that facts are told of."""
    if not shared:
        return []
    facts = storage.facts.activities()
    told = Counter(
        name for fact in facts for name in {fact.customer_id, fact.account_id or ""} if name in shared
    )
    return [
        Problem(
            source="activities",
            field="customer_id",
            reason=_unclear_reason(name, count, shared[name]),
            kept=True,
        )
        for name, count in sorted(told.items())
    ]


def _unclear_reason(name: str, count: int, customers: Sequence[CustomerId]) -> str:
    some = ", ".join(map(repr, customers[:SHOWN]))
    return (
        f"{count:,} facts are told of {name!r}, an id of {len(customers)} customers: {some}"
        f"{', …' if len(customers) > SHOWN else ''}; they are nobody's until their source is named as that "
        "of their records, as in --source orders.csv=shop --source people.csv=shop"
    )
