"""Activities from rows: every row becomes a fact, a line of one, or a problem."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal
from functools import reduce
from itertools import chain
from typing import TypeVar

import attrs

from crmkit.errors import InvalidValue, Problem
from crmkit.model import KINDS, Activity, ActivityId, CustomerId, derive_id
from crmkit.model.identity import free_id
from crmkit.workflows.intake.amounts import EXACT, whole_minor
from crmkit.workflows.intake.lines import Line, lines_of
from crmkit.workflows.intake.mapping import ColumnMap
from crmkit.workflows.intake.orders import agreed, amount_of, by_order, shared_numbers
from crmkit.workflows.intake.overlap import told_once, whole_order
from crmkit.workflows.intake.tables import Table

T = TypeVar("T")


def activities_of(
    table: Table,
    columns: ColumnMap | None = None,
    *,
    zone: str | None = None,
    currency: str | None = None,
    source: str | None = None,
    kinds: Collection[str] = KINDS,
) -> tuple[list[Activity], list[Problem]]:
    """Return the activities of *table* in the order of their first rows, and every problem with it.

    Without *columns* they are recognised.  *zone* and *currency* are those of
    times and amounts that carry none, *source* that of rows that name none,
    else the table's.  A row without a kind is a purchase if it has an amount or
    an order number.  Purchases of one customer with one order number become
    one, at its earliest time, with the exact sum of its lines; the prop
    ``lines`` says how many.  Where lines differ in another column, the prop
    holds each value once.

    Raises:
        UnknownName: If there is no such *zone*.
        InvalidValue: If *currency* is none, or no column says who, or when.
    """
    lines, problems = lines_of(table, columns, zone=zone, currency=currency, source=source, kinds=kinds)
    facts, more = all_activities([lines])
    return facts, [*problems, *more]


def all_activities(files: Iterable[Sequence[Line]]) -> tuple[list[Activity], list[Problem]]:
    """Return the activities that the lines of several files tell, in order, and every problem with that.

    What two files tell alike counts once, an order whose lines lie in several
    is one purchase, and where files use one id for different facts the later
    one goes by its file and id.
    """
    batches = [list(batch) for batch in files]
    lines = list(chain.from_iterable(batches))
    _, problems = told_once([[line for line in batch if line.order is None] for batch in batches])
    left_out = {(one.source, one.row) for one in problems}
    problems += shared_numbers(lines)
    taken = {line.id for line in lines if line.id is not None}
    seen: dict[str, tuple[Line, Activity]] = {}
    nth: Counter[str] = Counter()
    for group in by_order(line for line in lines if (line.file, line.number) not in left_out):
        whole, told = whole_order(group)
        kept, odd = agreed(whole)
        problems += [*told, *odd, *_take(seen, taken, nth, kept)]
    return [activity for _, activity in seen.values()], problems


def _take(
    seen: dict[str, tuple[Line, Activity]],
    taken: set[str],
    nth: Counter[str],
    group: Sequence[Line],
) -> list[Problem]:
    """Add the activity of *group* to *seen*, or return a problem for each of its rows."""

    def refused(field: str, reason: str, *, kept: bool = False) -> list[Problem]:
        return [
            Problem(source=line.file, row=line.number, field=field, reason=reason, kept=kept)
            for line in group
        ]

    first = group[0]
    try:
        amount = amount_of(group)
        amount_minor = None if amount is None else whole_minor(amount)
    except InvalidValue as error:
        return refused("amount", str(error))
    try:
        activity = _activity(group, amount_minor, nth)
    except InvalidValue as error:
        return refused("", str(error))
    line, other = seen.setdefault(activity.id, (first, activity))
    if other is activity:
        return []
    if line.file == first.file:
        if other == activity:
            return refused("id", f"the row repeats row {line.number}")
        return refused(
            "id",
            f"row {line.number} has the same id and says otherwise; if it is the number of an order, "
            "use --map order_id=COLUMN",
        )
    apart = free_id(f"{first.file}:{activity.id}", taken)
    taken.add(apart)
    seen[apart] = (first, attrs.evolve(activity, id=ActivityId(apart)))
    return refused(
        "id",
        f"row {line.number} of {line.file} has the same id and says otherwise; this one is kept as {apart!r}. "
        "If it corrects that one, leave the older file out",
        kept=True,
    )


def _activity(group: Sequence[Line], amount_minor: int | None, nth: Counter[str]) -> Activity:
    first = group[0]
    return Activity(
        ActivityId(_id(group, nth)),
        CustomerId(first.customer_id),
        first.kind,
        min(line.at for line in group),
        amount_minor=amount_minor,
        currency=None if amount_minor is None else _first(line.currency for line in group),
        channel=_first(line.channel for line in group),
        account_id=_account(_first(line.account_id for line in group)),
        source=_first(line.source for line in group) or first.file,
        sequence=_first(line.sequence for line in group) or 0,
        recorded_at=max((line.recorded_at for line in group if line.recorded_at is not None), default=None),
        props=_props(group),
    )


def _id(group: Sequence[Line], nth: Counter[str]) -> str:
    """Return the id the lines share, or one derived from their order, or from what stands there and how often."""
    given = {line.id for line in group if line.id is not None}
    if len(given) == 1:
        return given.pop()
    first = group[0]
    if first.order is not None:
        return derive_id("act", "order", *first.order)
    nth[first.content] += 1
    return derive_id("act", nth[first.content], first.content)


def _props(group: Sequence[Line]) -> dict[str, object]:
    first = group[0]
    names = dict.fromkeys(name for line in group for name, _ in line.custom)
    props: dict[str, object] = {
        name: _distinct([value for line in group for key, value in line.custom if key == name])
        for name in names
    }
    if first.order_id is not None:
        props["order_id"] = first.order_id
    if first.order is not None:
        props["lines"] = len(group)
    props["product_id"] = _distinct([line.product_id for line in group if line.product_id is not None])
    quantity = reduce(EXACT.add, (line.quantity for line in group if line.quantity is not None), Decimal(0))
    if quantity:
        props["quantity"] = int(quantity) if quantity == quantity.to_integral_value() else float(quantity)
    props["cost_minor"] = _cost(group)
    props["guests"] = max((line.guests for line in group if line.guests is not None), default=None)
    return props


def _cost(group: Sequence[Line]) -> int | None:
    costs = [line.cost for line in group if line.cost is not None]
    return whole_minor(reduce(EXACT.add, costs)) if costs else None


def _first(values: Iterable[T | None]) -> T | None:
    return next((value for value in values if value is not None), None)


def _account(account_id: str | None) -> CustomerId | None:
    return None if account_id is None else CustomerId(account_id)


def _distinct(cells: Sequence[object]) -> object:
    """Return what all lines say, or each value once in their order where they differ; None if none says anything."""
    if len(cells) <= 1:
        return next(iter(cells), None)
    values: dict[object, None] = {}
    for cell in cells:
        values.update(dict.fromkeys(cell if isinstance(cell, tuple) else (cell,)))
    return next(iter(values)) if len(values) == 1 else tuple(values)
