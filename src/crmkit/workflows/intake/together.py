"""Together: what several sources tell, every fact once, every id that of one record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import chain
from typing import TypeAlias

import attrs

from crmkit.errors import Problem
from crmkit.model import Activity, ActivityId, CustomerId, FieldValue, Record, RecordId, Scalar
from crmkit.model.identity import free_id
from crmkit.model.money import MOST_MINOR
from crmkit.workflows.intake.lines import PURCHASE

Order: TypeAlias = tuple[CustomerId, FieldValue]

_SUMMED = ("lines", "quantity", "cost_minor")


def all_records(batches: Iterable[Iterable[Record]]) -> tuple[list[Record], list[Problem]]:
    """Return the records of several sources together, in order, and a problem for each that is renamed.

    An id that different records were given is that of none of them: each goes
    by its source and id, such as "crm.csv:17", and keeps the id as an alias.
    So two sources that both count from 1 stay apart, and no fact told of "17"
    goes to the wrong one.  A record that is told twice in the same words, of
    the same source, is one.
    """
    records = _once(chain.from_iterable(batches))
    claims = Counter(name for record in records for name in {record.id, *record.aliases})
    taken: set[str] = set(claims)
    together: list[Record] = []
    problems: list[Problem] = []
    for record in records:
        if claims[record.id] == 1:
            together.append(record)
            continue
        apart = free_id(f"{record.source}:{record.id}", taken)
        taken.add(apart)
        reason = (
            f"the id {record.id!r} is that of {claims[record.id]} records; this one is kept as {apart!r}. "
            "Facts told of that id are theirs where they all turn out to be one customer"
        )
        problems.append(Problem(source=record.source, field="id", reason=reason, kept=True))
        aliases = (*record.aliases, record.id)
        together.append(attrs.evolve(record, id=RecordId(apart), aliases=aliases))
    return together, problems


def at_home(activities: Iterable[Activity], records: Iterable[Record]) -> list[Activity]:
    """Return *activities* in order, each under the id of the record it means.

    Where sources use the same ids, an id means the record that the activity's
    own source has by it, and no other source's.  What no source can tell apart
    stays under the id as it is.
    """
    source_of: dict[str, str] = {}
    named: dict[str, list[str]] = {}
    for record in records:
        source_of[record.id] = record.source
        for alias in record.aliases:
            named.setdefault(alias, []).append(record.id)
    counting_alike = {
        source
        for ids in named.values()
        if len(sources := {source_of[one] for one in ids}) > 1
        for source in sources
    }
    taken = {*source_of, *named}

    def meant(told: str, source: str | None) -> str:
        own = [one for one in named.get(told, ()) if source_of[one] == source]
        if len(own) == 1:
            return own[0]
        if source in counting_alike and source_of.get(told, source) != source:
            return free_id(f"{source}:{told}", taken)
        return told

    def moved(fact: Activity) -> Activity:
        customer = meant(fact.customer_id, fact.source)
        account = None if fact.account_id is None else meant(fact.account_id, fact.source)
        if customer == fact.customer_id and account == fact.account_id:
            return fact
        return attrs.evolve(fact, customer_id=customer, account_id=account)

    return [moved(fact) for fact in activities]


def all_activities(batches: Iterable[Iterable[Activity]]) -> tuple[list[Activity], list[Problem]]:
    """Return the facts of several sources together, in order, and a problem for each that is not kept as told.

    A fact that two sources tell in the same words under one id counts once; in
    other words, the later one is kept under its source and id.  Purchases of
    one customer with one order number are one: told twice if instant and money
    are the same, else put together, with the sum of their money and lines.
    """
    told = list(chain.from_iterable(batches))
    taken: set[str] = {fact.id for fact in told}
    kept: dict[str, Activity] = {}
    orders: dict[Order | None, str] = {}
    problems: list[Problem] = []
    for fact in told:
        order = _order_of(fact)
        other = kept.get(orders.get(order, fact.id))
        now, reason = (fact, "") if other is None else _beside(other, fact, taken)
        kept[now.id] = now
        if order is not None:
            orders.setdefault(order, now.id)
        if reason:
            left_out = now is other
            problems.append(Problem(source=_teller(fact), field="id", reason=reason, kept=not left_out))
    return list(kept.values()), problems


def _beside(other: Activity, fact: Activity, taken: set[str]) -> tuple[Activity, str]:
    """Return what to keep where *fact* meets *other* of its id or order, and what to tell of it."""
    same_order = _order_of(fact) is not None and _order_of(fact) == _order_of(other)
    if _told_twice(other, fact, same_order=same_order):
        return other, f"{_name(fact)} is told by {_teller(other)} too; it counts once"
    if same_order and _can_be_joined(other, fact):
        return _joined(
            other, fact
        ), f"{_name(fact)} also has lines in {_teller(other)}; they are put together"
    apart = free_id(f"{_teller(fact)}:{fact.id}", taken)
    taken.add(apart)
    return (
        attrs.evolve(fact, id=ActivityId(apart)),
        f"{_name(fact)} says otherwise in {_teller(other)}; it is kept as {apart!r}. "
        "If it corrects that one, leave the older one out",
    )


def _once(records: Iterable[Record]) -> list[Record]:
    """Return each record once; those that share an id but differ stay."""
    by_id: dict[str, list[Record]] = {}
    once: list[Record] = []
    for record in records:
        same = by_id.setdefault(record.id, [])
        if record not in same:
            same.append(record)
            once.append(record)
    return once


def _order_of(fact: Activity) -> Order | None:
    number = fact["order_id"] if fact.kind == PURCHASE else None
    return None if number is None else (fact.customer_id, number)


def _told_twice(one: Activity, other: Activity, *, same_order: bool) -> bool:
    """Return whether two facts are one, told by two sources: the same but for who told it, and when."""
    if same_order:
        return (one.at, one.amount_minor, one.currency) == (other.at, other.amount_minor, other.currency)
    return attrs.evolve(other, source=one.source, recorded_at=one.recorded_at) == one


def _can_be_joined(one: Activity, other: Activity) -> bool:
    """Return whether two purchases have one currency between them, and a sum that is an amount."""
    known = [fact for fact in (one, other) if fact.amount_minor is not None]
    return len({fact.currency for fact in known}) <= 1 and _money(known) <= MOST_MINOR


def _money(facts: Iterable[Activity]) -> int:
    return sum(fact.amount_minor or 0 for fact in facts)


def _joined(one: Activity, other: Activity) -> Activity:
    """Return the purchase that the lines of two sources make."""
    known = [fact for fact in (one, other) if fact.amount_minor is not None]
    theirs = dict(other.props)
    props = {name: _both(name, value, theirs.pop(name, None)) for name, value in one.props}
    return attrs.evolve(
        one,
        at=min(one.at, other.at),
        amount_minor=_money(known) if known else None,
        currency=known[0].currency if known else None,
        props={**props, **theirs},
    )


def _both(name: str, one: FieldValue, other: FieldValue | None) -> FieldValue:
    """Return what two values of a prop come to: a sum, the most guests, else each value once."""
    if other is None:
        return one
    if name in _SUMMED and isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return one + other
    if name == "guests" and isinstance(one, int) and isinstance(other, int):
        return max(one, other)
    values = tuple(dict.fromkeys((*_several(one), *_several(other))))
    return values[0] if len(values) == 1 else values


def _several(value: FieldValue) -> tuple[Scalar, ...]:
    return value if isinstance(value, tuple) else (value,)


def _name(fact: Activity) -> str:
    order = _order_of(fact)
    return f"activity {fact.id!r}" if order is None else f"order {order[1]!r}"


def _teller(fact: Activity) -> str:
    return fact.source or "activities"
