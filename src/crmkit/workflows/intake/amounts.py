"""Amounts: what a row of an activity file is worth, exactly, in minor units."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final, TypeVar

from crmkit.errors import InvalidValue
from crmkit.model.money import MOST_MINOR, minor_digits
from crmkit.workflows.intake.cells import Fault
from crmkit.workflows.intake.reading import Cells, Reading

T = TypeVar("T")

EXACT: Final = Context(prec=80)
"""Where amounts are multiplied and summed: no cell has more than 30 digits."""
NEGATIVE: Final = "must be 0 or more; for money that went back give the kind 'refund'"

_NO_CURRENCY: Final = "the amount carries no currency; give it one with --currency, such as --currency CNY"


class Unfit(Exception):
    """A row that says too little, caught by `lines.lines_of`."""

    def __init__(self, field: str, reason: str) -> None:
        self.field = field
        self.reason = reason


def said(cells: Cells[T], place: int, field: str) -> T | None:
    """Return what a cell says.

    Raises:
        Unfit: If it could not be read.
    """
    cell = cells[place]
    if isinstance(cell, Fault):
        raise Unfit(field, cell.reason)
    return cell


def money_of(reading: Reading, place: int) -> tuple[str | None, Decimal | None, Decimal | None]:
    """Return the currency of a row, the minor units of its line, and those of its whole order.

    What the row says of itself comes before what it says of its order, and that
    before quantity times unit price, of which neither is asked for alone.

    Raises:
        Unfit: If what it is worth could not be read.
    """
    minor = said(reading.amount_minor, place, "amount_minor")
    if minor is not None:
        return _currency(reading, place), Decimal(minor), None
    amount = said(reading.amount, place, "amount")
    if amount is not None:
        exact = amount != _product(reading, place)
        return _currency(reading, place), _in_minor(reading, place, amount, exact=exact), None
    total = said(reading.order_amount, place, "order_amount")
    if total is not None:
        return _currency(reading, place), None, _in_minor(reading, place, total, exact=True)
    if reading.quantity[place] is not None and reading.unit_price[place] is not None:
        said(reading.quantity, place, "quantity")
        said(reading.unit_price, place, "unit_price")
    product = _product(reading, place)
    if product is None:
        return None, None, None
    return _currency(reading, place), _in_minor(reading, place, product, exact=False), None


def cost_of(reading: Reading, place: int) -> Decimal | None:
    """Return what a row cost us, in exact minor units; None where it is unknown, or no currency tells what it means."""
    minor, major, currency = reading.cost_minor[place], reading.cost[place], reading.currency[place]
    if isinstance(minor, int):
        return Decimal(minor)
    if isinstance(major, Decimal) and isinstance(currency, str):
        return major.scaleb(minor_digits(currency), EXACT)
    return None


def _product(reading: Reading, place: int) -> Decimal | None:
    quantity, price = reading.quantity[place], reading.unit_price[place]
    if isinstance(quantity, Decimal) and isinstance(price, Decimal):
        return EXACT.multiply(quantity, price)
    return None


def _currency(reading: Reading, place: int) -> str:
    currency = said(reading.currency, place, "currency")
    if currency is None:
        raise Unfit("currency", _NO_CURRENCY)
    return currency


def _in_minor(reading: Reading, place: int, amount: Decimal, *, exact: bool) -> Decimal:
    """Return *amount* in minor units; an *exact* one may be no finer than they are."""
    currency = _currency(reading, place)
    in_minor = amount.scaleb(minor_digits(currency), EXACT)
    if exact and in_minor != in_minor.to_integral_value():
        raise Unfit("amount", f"an amount in {currency} has at most {minor_digits(currency)} decimals")
    return in_minor


def whole_minor(amount: Decimal) -> int:
    """Return exact minor units rounded half up to whole ones, as an invoice does.

    Raises:
        InvalidValue: If the amount is negative, or larger than any column holds.
    """
    if amount < 0:
        raise InvalidValue(NEGATIVE)
    if amount > MOST_MINOR:
        raise InvalidValue("is larger than any amount")
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))
