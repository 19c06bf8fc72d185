"""Lines: what each row of an activity file says, before rows of one order are put together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal
from typing import Final, NamedTuple, TypeVar

from crmkit.calendars import zone as known_zone
from crmkit.errors import InvalidValue, Problem
from crmkit.model import KINDS
from crmkit.model.money import currency_code
from crmkit.workflows.intake.amounts import NEGATIVE, Unfit, cost_of, money_of, said
from crmkit.workflows.intake.cells import Fault
from crmkit.workflows.intake.mapping import ColumnMap, map_activities
from crmkit.workflows.intake.moments import order_problems
from crmkit.workflows.intake.reading import Cells, Reading, read_table
from crmkit.workflows.intake.tables import Table, content_of

T = TypeVar("T")

PURCHASE: Final = "purchase"
REFUND: Final = "refund"

_MOMENTS = ("at", "recorded_at")
_SIDE = (
    *("id", "account_id", "product_id", "sequence", "recorded_at", "currency"),
    *("cost_minor", "cost", "guests", "quantity", "unit_price"),
)


class Line(NamedTuple):
    """One row that says what happened to whom and when.

    Attributes:
        file: Name of the file the row stands in.
        number: Number of the row there.
        content: What stands in the row, as one text; "" where its id does not need it.
        source: The source that told it, where the row or the caller says so.
        id: Id the row gives, if any.
        customer_id: Whose it is.
        account_id: The organisation they acted for, if any.
        kind: What happened.
        at: When, in UTC.
        amount: Exact minor units, not rounded yet, or None if unknown.
        total: Minor units of the whole order, where the row says that instead.
        currency: ISO 4217 code, or None without an amount.
        order_id: Number of the order, if any.
        product_id: What was bought.
        quantity: How many.
        channel: Where.
        sequence: Order among facts of one instant.
        recorded_at: When it became known.
        cost: What it cost us: exact minor units, not rounded yet.
        guests: How many came.
        custom: Everything else, by prop.
    """

    file: str
    number: int
    content: str
    source: str | None
    id: str | None
    customer_id: str
    account_id: str | None
    kind: str
    at: dt.datetime
    amount: Decimal | None
    total: Decimal | None
    currency: str | None
    order_id: str | None
    product_id: str | None
    quantity: Decimal | None
    channel: str | None
    sequence: int | None
    recorded_at: dt.datetime | None
    cost: Decimal | None
    guests: int | None
    custom: tuple[tuple[str, object], ...]

    @property
    def order(self) -> tuple[str | None, str, str] | None:
        """What makes lines one purchase: source, customer and number of their order; None if it is of none."""
        if self.kind != PURCHASE or self.order_id is None:
            return None
        return self.source, self.customer_id, self.order_id


def lines_of(
    table: Table,
    columns: ColumnMap | None = None,
    *,
    zone: str | None = None,
    currency: str | None = None,
    source: str | None = None,
    kinds: Collection[str] = KINDS,
) -> tuple[list[Line], list[Problem]]:
    """Return a line for each row of *table* that says enough, in order, and every problem with it.

    The problems begin with those of the table and of columns that may have
    been misread.  See `activities_of` for the arguments.

    Raises:
        UnknownName: If there is no such *zone*.
        InvalidValue: If *currency* is none, or no column says who, or when.
    """
    if zone is not None:
        known_zone(zone)
    currency = None if currency is None else currency_code(currency)
    if not len(table):
        return [], list(table.problems)
    columns = columns or map_activities(table)
    _check(table, columns)
    reading = read_table(table, columns, zone=zone, currency=currency, kinds=kinds)
    lines: list[Line] = []
    problems = [*table.problems, *order_problems(table, columns, _MOMENTS), *reading.unsure]
    for place, number in enumerate(table.numbers):
        try:
            lines.append(_line(reading, table, place, source))
        except Unfit as unfit:
            problems.append(Problem(source=table.source, row=number, field=unfit.field, reason=unfit.reason))
    return lines, [*problems, *_side_problems(table, reading, {line.number for line in lines})]


def _check(table: Table, columns: ColumnMap) -> None:
    for field, lack in (("customer_id", "whose each activity is"), ("at", "when it happened")):
        if not columns.columns(field):
            raise InvalidValue(
                f"{table.source}: no column says {lack}; name it with --map {field}=COLUMN. "
                f"Columns: {', '.join(table.columns[:20])}"
            )


def _line(reading: Reading, table: Table, place: int, source: str | None) -> Line:
    customer_id = said(reading.customer_id, place, "customer_id")
    if customer_id is None:
        raise Unfit("customer_id", "no customer is named; without one nobody did it")
    at = said(reading.at, place, "at")
    if at is None:
        raise Unfit("at", "no time is given; without one it did not happen")
    order_id = said(reading.order_id, place, "order_id")
    currency, amount, total = money_of(reading, place)
    kind = said(reading.kind, place, "kind")
    if kind is None:
        if amount is None and total is None and order_id is None:
            raise Unfit("kind", "no kind of activity is given; name its column with --map kind=COLUMN")
        kind = PURCHASE
    if kind == REFUND:
        amount = None if amount is None else abs(amount)
        total = None if total is None else abs(total)
    if amount is not None and amount < 0 and (kind != PURCHASE or order_id is None):
        raise Unfit("amount", NEGATIVE)
    given = _known(reading.id, place)
    needs_id = given is None and (kind != PURCHASE or order_id is None)
    return Line(
        file=table.source,
        number=table.numbers[place],
        content="\n".join(content_of(table, place)) if needs_id else "",
        source=_known(reading.source, place) or source,
        id=given,
        customer_id=customer_id,
        account_id=_known(reading.account_id, place),
        kind=kind,
        at=at,
        amount=amount,
        total=total,
        currency=currency,
        order_id=order_id,
        product_id=_known(reading.product_id, place),
        quantity=_known(reading.quantity, place),
        channel=_known(reading.channel, place),
        sequence=_known(reading.sequence, place),
        recorded_at=_known(reading.recorded_at, place),
        cost=cost_of(reading, place),
        guests=_known(reading.guests, place),
        custom=tuple(_props(reading, place)),
    )


def _known(cells: Cells[T], place: int) -> T | None:
    cell = cells[place]
    return None if isinstance(cell, Fault) else cell


def _props(reading: Reading, place: int) -> Iterator[tuple[str, object]]:
    for name, cells in reading.custom:
        cell = _known(cells, place)
        if cell is not None:
            yield name, cell


def _side_problems(table: Table, reading: Reading, kept: Collection[int]) -> Sequence[Problem]:
    """Return a problem for each cell of a *kept* row that could not be read, and without which it still stands."""
    return [
        Problem(source=table.source, row=number, field=field, reason=cell.reason, kept=True)
        for field in _SIDE
        if any(isinstance(cell, Fault) for cell in getattr(reading, field))
        for cell, number in zip(getattr(reading, field), table.numbers, strict=True)
        if isinstance(cell, Fault) and number in kept
    ]
