"""Activities from rows: every row becomes a fact, a line of one, or a problem."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal
from functools import reduce
from typing import TypeVar

from crmkit.calendars import zone as known_zone
from crmkit.errors import InvalidValue, Problem
from crmkit.model import KINDS, Activity, ActivityId, CustomerId, derive_id
from crmkit.model.money import currency_code, minor_digits
from crmkit.workflows.intake.cells import Fault, text_of
from crmkit.workflows.intake.lines import EXACT, PURCHASE, Line, lines_of, whole_minor
from crmkit.workflows.intake.mapping import ColumnMap, map_activities
from crmkit.workflows.intake.moments import order_problems
from crmkit.workflows.intake.orders import agreed, amount_of, by_order, shared_numbers
from crmkit.workflows.intake.reading import Cells, Reading, read_table
from crmkit.workflows.intake.tables import Table

T = TypeVar("T")

_MOMENTS = ("at", "recorded_at")
_SIDE = ("sequence", "recorded_at", "cost_minor", "cost", "guests", "quantity")


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
    else the table's.  A row without a kind is a purchase if
    it has an amount or an order number.  Purchases of one customer with one
    order number become one, at its earliest time, with the exact sum of its
    lines; the prop ``lines`` says how many.  Where lines differ in another
    column, the prop holds each value once.

    Raises:
        UnknownName: If there is no such *zone*.
        InvalidValue: If *currency* is none, or no column says who, or when.
    """
    if zone is not None:
        known_zone(zone)
    currency = None if currency is None else currency_code(currency)
    problems = list(table.problems)
    if not len(table):
        return [], problems
    columns = columns or map_activities(table)
    _check(table, columns)
    reading = read_table(table, columns, zone=zone, currency=currency, kinds=kinds)
    lines, unfit = lines_of(table, reading)
    problems += order_problems(table, columns, _MOMENTS)
    problems += [*unfit, *_side_problems(table, reading, lines), *shared_numbers(lines, table.source)]
    seen: dict[str, tuple[int, Activity]] = {}
    for group in by_order(lines):
        kept, odd = agreed(group, table.source)
        problems += [*odd, *_take(seen, table, reading, kept, source or table.source)]
    return [activity for _, activity in seen.values()], problems


def _check(table: Table, columns: ColumnMap) -> None:
    for field, lack in (("customer_id", "whose each activity is"), ("at", "when it happened")):
        if not columns.columns(field):
            raise InvalidValue(
                f"{table.source}: no column says {lack}; name it with --map {field}=COLUMN. "
                f"Columns: {', '.join(table.columns[:20])}"
            )


def _side_problems(table: Table, reading: Reading, lines: Sequence[Line]) -> list[Problem]:
    """Return a problem for each cell that could not be read and without which the row still stands."""
    return [
        Problem(source=table.source, row=line.number, field=field, reason=cell.reason, kept=True)
        for field in _SIDE
        if any(isinstance(cell, Fault) for cell in getattr(reading, field))
        for line in lines
        if isinstance(cell := getattr(reading, field)[line.place], Fault)
    ]


def _take(
    seen: dict[str, tuple[int, Activity]], table: Table, reading: Reading, group: Sequence[Line], source: str
) -> list[Problem]:
    """Add the activity of *group* to *seen*, or return a problem for each of its rows."""

    def refused(field: str, reason: str) -> list[Problem]:
        return [Problem(source=table.source, row=line.number, field=field, reason=reason) for line in group]

    try:
        amount = amount_of(group)
        amount_minor = None if amount is None else whole_minor(amount)
    except InvalidValue as error:
        return refused("amount", str(error))
    try:
        activity = _activity(table, reading, group, amount_minor, source)
    except InvalidValue as error:
        return refused("", str(error))
    first, other = seen.setdefault(activity.id, (group[0].number, activity))
    if other is activity:
        return []
    if other == activity:
        return refused("id", f"the row repeats row {first}")
    return refused(
        "id",
        f"row {first} has the same id and says otherwise; if it is the number of an order, "
        "use --map order_id=COLUMN",
    )


def _activity(
    table: Table, reading: Reading, group: Sequence[Line], amount_minor: int | None, source: str
) -> Activity:
    first = group[0]
    places = [line.place for line in group]
    currency = next((line.currency for line in group if line.currency is not None), None)
    return Activity(
        ActivityId(_id(table, reading, group)),
        CustomerId(first.customer_id),
        first.kind,
        min(line.at for line in group),
        amount_minor=amount_minor,
        currency=None if amount_minor is None else currency,
        channel=_first(reading.channel, places),
        account_id=_account(_first(reading.account_id, places)),
        source=_first(reading.source, places) or source,
        sequence=_first(reading.sequence, places) or 0,
        recorded_at=max(_known(reading.recorded_at, places), default=None),
        props=_props(reading, group, places),
    )


def _id(table: Table, reading: Reading, group: Sequence[Line]) -> str:
    """Return the id the rows share, or one derived from the order's number, else from content and row."""
    given = set(_known(reading.id, [line.place for line in group]))
    if len(given) == 1:
        return given.pop()
    first = group[0]
    if first.kind == PURCHASE and first.order_id is not None:
        return derive_id("act", table.source, "order", first.customer_id, first.order_id)
    content = (
        f"{name}={text}"
        for name, cells in zip(table.columns, table.cells, strict=True)
        if (text := text_of(cells[first.place])) is not None
    )
    return derive_id("act", table.source, first.number, *content)


def _props(reading: Reading, group: Sequence[Line], places: Sequence[int]) -> dict[str, object]:
    props: dict[str, object] = {name: _distinct(cells, places) for name, cells in reading.custom}
    order_id = group[0].order_id
    if order_id is not None:
        props["order_id"] = order_id
        if group[0].kind == PURCHASE:
            props["lines"] = len(group)
    props["product_id"] = _distinct(reading.product_id, places)
    quantity = reduce(EXACT.add, _known(reading.quantity, places), Decimal(0))
    if quantity:
        props["quantity"] = int(quantity) if quantity == quantity.to_integral_value() else float(quantity)
    props["cost_minor"] = _cost(reading, places)
    props["guests"] = max(_known(reading.guests, places), default=None)
    return props


def _cost(reading: Reading, places: Sequence[int]) -> int | None:
    minor = _known(reading.cost_minor, places)
    if minor:
        return sum(minor)
    major = _known(reading.cost, places)
    currency = _first(reading.currency, places)
    if not major or currency is None:
        return None
    return whole_minor(reduce(EXACT.add, major).scaleb(minor_digits(currency), EXACT))


def _known(cells: Cells[T], places: Sequence[int]) -> list[T]:
    return [cell for place in places if (cell := cells[place]) is not None and not isinstance(cell, Fault)]


def _first(cells: Cells[T], places: Sequence[int]) -> T | None:
    return next(iter(_known(cells, places)), None)


def _account(account_id: str | None) -> CustomerId | None:
    return None if account_id is None else CustomerId(account_id)


def _distinct(cells: Cells[object], places: Sequence[int]) -> object:
    """Return what all rows say, or each value once in their order where they differ."""
    if len(places) == 1:
        cell = cells[places[0]]
        return None if isinstance(cell, Fault) else cell
    values: dict[object, None] = {}
    for cell in _known(cells, places):
        values.update(dict.fromkeys(cell if isinstance(cell, tuple) else (cell,)))
    return next(iter(values)) if len(values) == 1 else tuple(values)
