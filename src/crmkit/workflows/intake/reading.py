"""Reading: every cell of an activity file as the field it is, or as the fault it has."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from decimal import Decimal
from typing import Final, TypeVar, final

import attrs

from crmkit.errors import InvalidValue, Problem
from crmkit.model.money import MOST_MINOR, currency_code
from crmkit.workflows.intake.cells import (
    Fault,
    id_of,
    number_of,
    read_cells,
    text_of,
    value_of,
    whole_of,
)
from crmkit.workflows.intake.kinds import activity_kind
from crmkit.workflows.intake.mapping import ColumnMap
from crmkit.workflows.intake.moments import day_order, instant_reader
from crmkit.workflows.intake.numbers import NumberForm, form_problems, number_form
from crmkit.workflows.intake.tables import Table

T = TypeVar("T")
N = TypeVar("N", int, Decimal)
Cells = Sequence[T | Fault | None]

_NUMBERS: Final = ("amount", "order_amount", "quantity", "unit_price", "cost")


@final
@attrs.frozen(kw_only=True, eq=False)
class Reading:
    """The cells of an activity file by field, each as long as the table; None where nothing is said.

    Attributes:
        id: Id of the fact.
        customer_id: Whose fact it is.
        kind: What happened.
        at: When, in UTC.
        amount_minor: Minor units.
        amount: Major units of the line.
        order_amount: Major units of its whole order, said again on each of its lines.
        currency: ISO 4217 code.
        quantity: How many.
        unit_price: Major units for one.
        order_id: Number of the order.
        product_id: What was bought.
        channel: Where.
        account_id: The organisation they acted for.
        source: The source that told it.
        sequence: Order among facts of one instant.
        recorded_at: When it became known.
        cost_minor: What it cost us, in minor units.
        cost: What it cost us, in major units.
        guests: How many came.
        custom: The other columns, by prop.
        unsure: A problem for each column whose form of numbers had to be guessed.
    """

    id: Cells[str]
    customer_id: Cells[str]
    kind: Cells[str]
    at: Cells[dt.datetime]
    amount_minor: Cells[int]
    amount: Cells[Decimal]
    order_amount: Cells[Decimal]
    currency: Cells[str]
    quantity: Cells[Decimal]
    unit_price: Cells[Decimal]
    order_id: Cells[str]
    product_id: Cells[str]
    channel: Cells[str]
    account_id: Cells[str]
    source: Cells[str]
    sequence: Cells[int]
    recorded_at: Cells[dt.datetime]
    cost_minor: Cells[int]
    cost: Cells[Decimal]
    guests: Cells[int]
    custom: tuple[tuple[str, Cells[object]], ...]
    unsure: tuple[Problem, ...]


def read_table(
    table: Table, columns: ColumnMap, *, zone: str | None, currency: str | None, kinds: Collection[str]
) -> Reading:
    """Return every cell of *table* as *columns* says; *zone* and *currency* are for cells that carry none."""

    def cells(field: str, read: Callable[[object], T | None]) -> Cells[T]:
        found = columns.columns(field)
        return read_cells(table.column(found[0]), read) if found else [None] * len(table)

    def moments(field: str) -> Cells[dt.datetime]:
        found = columns.columns(field)
        return cells(field, instant_reader(day_order(table.column(found[0]) if found else ()), zone))

    forms = {
        field: number_form(table.column(column)) for field in _NUMBERS for column in columns.columns(field)
    }

    def numbers(field: str) -> Cells[Decimal]:
        form = forms.get(field, NumberForm())
        return cells(field, lambda value: number_of(value, decimal_comma=form.decimal_comma))

    return Reading(
        id=cells("id", id_of),
        customer_id=cells("customer_id", id_of),
        kind=cells("kind", lambda value: _kind(value, kinds)),
        at=moments("at"),
        amount_minor=cells("amount_minor", whole_of),
        amount=numbers("amount"),
        order_amount=numbers("order_amount"),
        currency=[one or currency for one in cells("currency", _currency)],
        quantity=numbers("quantity"),
        unit_price=numbers("unit_price"),
        order_id=cells("order_id", id_of),
        product_id=cells("product_id", id_of),
        channel=cells("channel", text_of),
        account_id=cells("account_id", id_of),
        source=cells("source", text_of),
        sequence=_not_negative(cells("sequence", whole_of)),
        recorded_at=moments("recorded_at"),
        cost_minor=_not_negative(cells("cost_minor", whole_of)),
        cost=_not_negative(numbers("cost")),
        guests=_not_negative(cells("guests", whole_of)),
        custom=tuple((name, read_cells(table.column(column), value_of)) for name, column in columns.custom),
        unsure=tuple(form_problems(table, columns, forms)),
    )


def _kind(value: object, kinds: Collection[str]) -> str | None:
    text = text_of(value)
    return None if text is None else activity_kind(text, kinds)


def _currency(value: object) -> str | None:
    text = text_of(value)
    try:
        return None if text is None else currency_code(text)
    except InvalidValue:
        raise InvalidValue("must be three letters such as CNY, the code of ISO 4217") from None


def _not_negative(cells: Cells[N]) -> Cells[N]:
    fault = Fault(f"must be 0 or more, and at most {MOST_MINOR:,}")
    return [
        fault if isinstance(cell, (int, Decimal)) and not 0 <= cell <= MOST_MINOR else cell for cell in cells
    ]
