"""How deep each customer got into a funnel, and the activities that bear it out."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple, TypeAlias

from crmkit.funnel.spec import FunnelSpec, closes_at
from crmkit.model import Activity, CustomerId, in_fact_order

Rows: TypeAlias = tuple[int, ...]


def levels(activities: Iterable[Activity], spec: FunnelSpec) -> dict[CustomerId, int]:
    """Return the deepest step each customer reached, from 0 to ``len(spec.steps)``.

    Activities come in any order, repeats included.  Every customer with an
    activity of any kind is in the answer; customers are sorted by id.  Under
    the order ``"any"`` a level is the number of steps done within one window.

    >>> start = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    >>> facts = [
    ...     Activity("1", "ann", "touch", start),
    ...     Activity("2", "ann", "purchase", start + dt.timedelta(days=7)),
    ...     Activity("3", "bob", "purchase", start),
    ... ]
    >>> levels(facts, FunnelSpec(("touch", "purchase"), dt.timedelta(days=7)))
    {'ann': 2, 'bob': 0}
    """
    return {customer: len(witness(facts, spec)) for customer, facts in facts_by_customer(activities).items()}


def paths(activities: Iterable[Activity], spec: FunnelSpec) -> dict[CustomerId, tuple[Activity, ...]]:
    """Return the activities that bear out each customer's level, in fact order.

    Of several ways to the deepest step it is the one completed first; of
    those, the one whose window closes last, so that it begins at the latest
    entry; of those, the one with the earliest activities.  A customer at
    level 0 has no activities.  Customers are sorted by id.
    """
    return {
        customer: tuple(facts[row] for row in witness(facts, spec))
        for customer, facts in facts_by_customer(activities).items()
    }


def facts_by_customer(activities: Iterable[Activity]) -> dict[CustomerId, list[Activity]]:
    """Return each customer's facts, once each and in fact order; customers sorted by id."""
    found: dict[CustomerId, list[Activity]] = {}
    for fact in in_fact_order(activities):
        found.setdefault(fact.customer_id, []).append(fact)
    return dict(sorted(found.items()))


def witness(facts: Sequence[Activity], spec: FunnelSpec) -> Rows:
    """Return the rows of the path (see `paths`) in one customer's *facts*, which are in fact order."""
    return _WITNESS[spec.order](facts, spec)


def open_entry(facts: Sequence[Activity], spec: FunnelSpec, *, as_of: dt.datetime) -> Activity | None:
    """Return the latest activity from which the customer may still go on after *as_of*, or None.

    *facts* are one customer's up to *as_of*, in fact order.
    """
    entries = _trailing_entries(facts, spec) if spec.order == "strict" else _entries(facts, spec)
    for entry in entries:
        if closes_at(entry.at, spec.window) > as_of:
            return entry
    return None


class _Chain(NamedTuple):
    """A way to some step: the last instant of its window, and its rows."""

    closes: dt.datetime
    rows: Rows


def _ordered(facts: Sequence[Activity], spec: FunnelSpec) -> Rows:
    """Carry, for each step, the way there whose window closes last: one pass, exact.

    Whatever another way could still reach, this one can.
    """
    places = _places(spec.steps)
    reach: list[_Chain | None] = [None] * len(spec.steps)
    deepest: Rows = ()
    for row, fact in enumerate(facts):
        for place in places.get(fact.kind, ()):
            chain, best = _chain(reach, place, fact, row, spec), reach[place]
            if chain is None:
                continue
            if best is None or chain.closes > best.closes:
                reach[place] = chain
            if len(chain.rows) > len(deepest):
                deepest = chain.rows
    return deepest


def _strict(facts: Sequence[Activity], spec: FunnelSpec) -> Rows:
    """Carry, for each step, the way there that ends with the fact before."""
    reach: list[_Chain | None] = [None] * len(spec.steps)
    deepest: Rows = ()
    for row, fact in enumerate(facts):
        reach = [
            _chain(reach, place, fact, row, spec) if step == fact.kind else None
            for place, step in enumerate(spec.steps)
        ]
        for chain in reach:
            if chain is not None and len(chain.rows) > len(deepest):
                deepest = chain.rows
    return deepest


def _any(facts: Sequence[Activity], spec: FunnelSpec) -> Rows:
    """Look, from each instant with a step, for the first activities that fill most of the steps."""
    ats = [fact.at for fact in facts]
    needed = Counter(spec.steps)
    rows = {kind: [row for row, fact in enumerate(facts) if fact.kind == kind] for kind in needed}
    best = _Chain(_FIRST, ())
    for start in sorted(row for each in rows.values() for row in each):
        closes = closes_at(ats[start], spec.window)
        chain = _Chain(closes, _filled(needed, rows, start, bisect_right(ats, closes)))
        if _is_better(chain, best):
            best = chain
    return best.rows


_FIRST: Final = dt.datetime.min.replace(tzinfo=dt.UTC)
_WITNESS: Final[dict[str, Callable[[Sequence[Activity], FunnelSpec], Rows]]] = {
    "ordered": _ordered,
    "strict": _strict,
    "any": _any,
}


def _chain(
    reach: Sequence[_Chain | None], place: int, fact: Activity, row: int, spec: FunnelSpec
) -> _Chain | None:
    """Return the way that *fact* gives to the step at *place*, or None if it comes too late."""
    if place == 0:
        return _Chain(closes_at(fact.at, spec.window), (row,))
    before = reach[place - 1]
    if before is None or fact.at > before.closes:
        return None
    return _Chain(before.closes, (*before.rows, row))


def _places(steps: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Return the places of each kind among *steps*, last first, so that no activity serves two."""
    return {
        kind: tuple(place for place in range(len(steps) - 1, -1, -1) if steps[place] == kind)
        for kind in steps
    }


def _filled(needed: Counter[str], rows: dict[str, list[int]], start: int, end: int) -> Rows:
    """Return the first rows in ``[start, end)`` that fill as many steps as there are."""
    chosen: list[int] = []
    for kind, count in needed.items():
        first = bisect_left(rows[kind], start)
        chosen.extend(row for row in rows[kind][first : first + count] if row < end)
    return tuple(sorted(chosen))


def _is_better(chain: _Chain, best: _Chain) -> bool:
    if len(chain.rows) != len(best.rows):
        return len(chain.rows) > len(best.rows)
    if chain.rows[-1] != best.rows[-1]:
        return chain.rows[-1] < best.rows[-1]
    return chain.closes > best.closes


def _entries(facts: Sequence[Activity], spec: FunnelSpec) -> list[Activity]:
    """Return the activities that may begin a way, latest first."""
    first = set(spec.steps) if spec.order == "any" else {spec.steps[0]}
    return [fact for fact in reversed(facts) if fact.kind in first]


def _trailing_entries(facts: Sequence[Activity], spec: FunnelSpec) -> list[Activity]:
    """Return the activities that begin an unbroken way up to the last fact, latest first."""
    return [
        facts[-depth]
        for depth in range(1, len(spec.steps))
        if tuple(fact.kind for fact in facts[-depth:]) == spec.steps[:depth]
    ]
