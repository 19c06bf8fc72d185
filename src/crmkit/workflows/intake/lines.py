"""Lines: what each row of an activity file says, before rows of one order are put together."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final, TypeVar, final

import attrs

from crmkit.errors import InvalidValue, Problem
from crmkit.model.money import MOST_MINOR, minor_digits
from crmkit.workflows.intake.cells import Fault
from crmkit.workflows.intake.reading import Cells, Reading
from crmkit.workflows.intake.tables import Table

T = TypeVar("T")

PURCHASE: Final = "purchase"
REFUND: Final = "refund"
EXACT: Final = Context(prec=80)
"""Where amounts are multiplied and summed: no cell has more than 30 digits."""

_NO_CURRENCY: Final = "the amount carries no currency; give it one with --currency, such as --currency CNY"
_NEGATIVE: Final = "must be 0 or more; for money that went back give the kind 'refund'"


@final
@attrs.frozen(kw_only=True)
class Line:
    """One row that says what happened to whom and when.

    Attributes:
        place: Place of the row in its table, from 0.
        number: Number of the row in its source.
        customer_id: Whose it is.
        kind: What happened.
        at: When, in UTC.
        amount: Exact minor units, not rounded yet, or None if unknown.
        total: Minor units of the whole order, where the row says that instead.
        currency: ISO 4217 code, or None without an amount.
        order_id: Number of the order, if any.
    """

    place: int
    number: int
    customer_id: str
    kind: str
    at: dt.datetime
    amount: Decimal | None
    total: Decimal | None
    currency: str | None
    order_id: str | None


def lines_of(table: Table, reading: Reading) -> tuple[list[Line], list[Problem]]:
    """Return a line for each row that says enough, in order, and a problem for each that does not.

    The problems begin with the columns that may have been misread.
    """
    lines: list[Line] = []
    problems = list(reading.unsure)
    for place, number in enumerate(table.numbers):
        try:
            lines.append(_line(reading, place, number))
        except _Unfit as unfit:
            problems.append(Problem(source=table.source, row=number, field=unfit.field, reason=unfit.reason))
    return lines, problems


class _Unfit(Exception):
    """A row that says too little, caught by `lines_of`."""

    def __init__(self, field: str, reason: str) -> None:
        self.field = field
        self.reason = reason


def _line(reading: Reading, place: int, number: int) -> Line:
    customer_id = _said(reading.customer_id, place, "customer_id")
    if customer_id is None:
        raise _Unfit("customer_id", "no customer is named; without one nobody did it")
    at = _said(reading.at, place, "at")
    if at is None:
        raise _Unfit("at", "no time is given; without one it did not happen")
    order_id = _said(reading.order_id, place, "order_id")
    currency, amount, total = _money(reading, place)
    kind = _said(reading.kind, place, "kind")
    if kind is None:
        if amount is None and total is None and order_id is None:
            raise _Unfit("kind", "no kind of activity is given; name its column with --map kind=COLUMN")
        kind = PURCHASE
    if kind == REFUND:
        amount = None if amount is None else abs(amount)
        total = None if total is None else abs(total)
    if amount is not None and amount < 0 and (kind != PURCHASE or order_id is None):
        raise _Unfit("amount", _NEGATIVE)
    return Line(
        place=place,
        number=number,
        customer_id=customer_id,
        kind=kind,
        at=at,
        amount=amount,
        total=total,
        currency=currency,
        order_id=order_id,
    )


def _said(cells: Cells[T], place: int, field: str) -> T | None:
    cell = cells[place]
    if isinstance(cell, Fault):
        raise _Unfit(field, cell.reason)
    return cell


def _money(reading: Reading, place: int) -> tuple[str | None, Decimal | None, Decimal | None]:
    """Return the currency of a row, the minor units of its line, and those of its whole order.

    What the row says of itself comes before what it says of its order, and that
    before quantity times unit price.
    """
    minor = _said(reading.amount_minor, place, "amount_minor")
    if minor is not None:
        return _currency(reading, place), Decimal(minor), None
    amount = _said(reading.amount, place, "amount")
    if amount is not None:
        exact = amount != _product(reading, place)
        return _currency(reading, place), _in_minor(reading, place, amount, exact=exact), None
    total = _said(reading.order_amount, place, "order_amount")
    if total is not None:
        return _currency(reading, place), None, _in_minor(reading, place, total, exact=True)
    for field, cells in (("quantity", reading.quantity), ("unit_price", reading.unit_price)):
        _said(cells, place, field)
    product = _product(reading, place)
    if product is None:
        return None, None, None
    return _currency(reading, place), _in_minor(reading, place, product, exact=False), None


def _product(reading: Reading, place: int) -> Decimal | None:
    quantity, price = reading.quantity[place], reading.unit_price[place]
    if isinstance(quantity, Decimal) and isinstance(price, Decimal):
        return EXACT.multiply(quantity, price)
    return None


def _currency(reading: Reading, place: int) -> str:
    currency = _said(reading.currency, place, "currency")
    if currency is None:
        raise _Unfit("currency", _NO_CURRENCY)
    return currency


def _in_minor(reading: Reading, place: int, amount: Decimal, *, exact: bool) -> Decimal:
    """Return *amount* in minor units; an *exact* one may be no finer than they are."""
    currency = _currency(reading, place)
    in_minor = amount.scaleb(minor_digits(currency), EXACT)
    if exact and in_minor != in_minor.to_integral_value():
        raise _Unfit("amount", f"an amount in {currency} has at most {minor_digits(currency)} decimals")
    return in_minor


def whole_minor(amount: Decimal) -> int:
    """Return exact minor units rounded half up to whole ones, as an invoice does.

    Raises:
        InvalidValue: If the amount is negative, or larger than any column holds.
    """
    if amount < 0:
        raise InvalidValue(_NEGATIVE)
    if amount > MOST_MINOR:
        raise InvalidValue("is larger than any amount")
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))
