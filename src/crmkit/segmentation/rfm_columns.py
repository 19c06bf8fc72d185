"""Recency, frequency and money of many customers at once, as columns."""

from __future__ import annotations

import datetime as dt
from typing import TypeAlias, final

import attrs
import numpy as np
import numpy.typing as npt

from crmkit.calendars import earlier, instant
from crmkit.display import html_table
from crmkit.model import ActivityColumns, CustomerId, to_micros
from crmkit.model.columns import UNKNOWN_AMOUNT, Ints
from crmkit.segmentation.presets import RFM, Preset
from crmkit.segmentation.rfm import Rfm, only_currency
from crmkit.segmentation.scales import SCORED, missing_length

Flags: TypeAlias = npt.NDArray[np.bool_]
_DAY = 86_400_000_000


@final
@attrs.frozen(kw_only=True, eq=False)
class RfmColumns:
    """The `Rfm` of many customers; arrays have shape ``(n,)`` and type int64.

    Attributes:
        customers: Customer ids, sorted.
        recency_days: Whole days since the last visit.
        frequency: Number of visits.
        monetary_minor: Money in minor units, signed.
        length_days: Whole days since the first visit ever, or None if it was not asked for.
        amounts_unknown: Purchases and refunds without an amount.
        costs_unknown: Purchases and refunds whose amount stands for their profit.
        currency: Currency of the money, or None if no amount is known.
    """

    customers: tuple[str, ...]
    recency_days: Ints
    frequency: Ints
    monetary_minor: Ints
    length_days: Ints | None
    amounts_unknown: Ints
    costs_unknown: Ints
    currency: str | None = None

    def __len__(self) -> int:
        return len(self.customers)

    def __repr__(self) -> str:
        return f"RfmColumns({len(self):,} customers)"

    def rows(self) -> list[Rfm]:
        """Return one `Rfm` for each customer, sorted by customer id, as `summarize` has them."""
        lengths = [None] * len(self) if self.length_days is None else self.length_days.tolist()
        return [
            Rfm(
                CustomerId(customer_id),
                recency,
                frequency,
                money,
                length,
                currency=self.currency,
                amounts_unknown=amounts,
                costs_unknown=costs,
            )
            for customer_id, recency, frequency, money, length, amounts, costs in zip(
                self.customers,
                self.recency_days.tolist(),
                self.frequency.tolist(),
                self.monetary_minor.tolist(),
                lengths,
                self.amounts_unknown.tolist(),
                self.costs_unknown.tolist(),
                strict=True,
            )
        ]

    def numbers(self, measure: str) -> Ints:
        """Return the column called *measure*, one of `SCORED`.

        Raises:
            InvalidValue: If the length was not measured.
        """
        if measure == "length_days":
            if self.length_days is None:
                raise missing_length()
            return self.length_days
        column: Ints = getattr(self, measure)
        return column

    def _repr_html_(self) -> str:
        measured = [one for one in SCORED if one != "length_days" or self.length_days is not None]
        rows = zip(self.customers[:10], *(self.numbers(one)[:10].tolist() for one in measured), strict=True)
        return html_table(("customer", *measured), rows, caption=f"The first of {len(self):,} customers")


def rfm(
    columns: ActivityColumns, *, as_of: dt.datetime, preset: Preset = RFM, length: bool | None = None
) -> RfmColumns:
    """Return what `segmentation.summarize` returns, as columns sorted by customer id.

    Raises:
        InvalidValue: If *as_of* carries no time zone, or the money is of several currencies.
    """
    until = to_micros(instant(as_of))
    seen = columns.at <= until
    inside = seen
    if preset.window is not None:
        inside = seen & (columns.at > to_micros(earlier(as_of, preset.window)))
    is_visit = np.array([preset.is_visit(kind) for kind in columns.kinds], np.bool_)
    visits = _chosen(columns, inside, is_visit)
    money, amounts_unknown, costs_unknown, currency = _money(columns, inside, preset)
    frequency = visits.ends - visits.starts - _further_lines(columns, visits, preset)
    total = money[visits.customers]
    measured = preset.length if length is None else length
    return RfmColumns(
        customers=_ids(columns, visits.customers),
        recency_days=(until - columns.at[visits.rows][visits.ends - 1]) // _DAY,
        frequency=frequency,
        monetary_minor=(2 * total + frequency) // (2 * frequency) if preset.monetary == "mean" else total,
        length_days=(until - _first_at(columns, _chosen(columns, seen, is_visit), visits)) // _DAY
        if measured
        else None,
        amounts_unknown=amounts_unknown[visits.customers],
        costs_unknown=costs_unknown[visits.customers],
        currency=currency,
    )


@final
@attrs.frozen(kw_only=True, eq=False)
class _Chosen:
    """Some of the facts, and where the facts of each customer lie among them.

    Attributes:
        rows: The rows of the facts in the columns; a slice where it is all of them.
        customers: Codes of the customers that have any.
        starts: Where the facts of each of those begin among the rows.
        ends: Where they end.
    """

    rows: Ints | slice
    customers: Ints
    starts: Ints
    ends: Ints

    def sums(self, values: Ints, of: int) -> Ints:
        """Return the exact sum of *values*, one for each fact, by customer code; 0 for the others of *of*."""
        found = np.zeros(of, np.int64)
        found[self.customers] = np.add.reduceat(values, self.starts) if len(values) else 0
        return found


def _chosen(columns: ActivityColumns, seen: Flags, kinds: Flags) -> _Chosen:
    """Return the facts that are *seen* and of one of the flagged *kinds*."""
    wanted = seen if kinds.all() else seen & kinds[columns.kind]
    rows: Ints | slice = slice(None) if wanted.all() else np.flatnonzero(wanted)
    counts = np.bincount(columns.customer[rows], minlength=len(columns.customers))
    customers = np.flatnonzero(counts)
    ends = np.cumsum(counts[customers])
    return _Chosen(rows=rows, customers=customers, starts=ends - counts[customers], ends=ends)


def _ids(columns: ActivityColumns, customers: Ints) -> tuple[str, ...]:
    if len(customers) == len(columns.customers):
        return columns.customers
    return tuple(columns.customers[code] for code in customers.tolist())


def _first_at(columns: ActivityColumns, ever: _Chosen, visits: _Chosen) -> Ints:
    """Return when the first visit ever was, of each customer with one of *visits*."""
    first = np.zeros(len(columns.customers), np.int64)
    first[ever.customers] = columns.at[ever.rows][ever.starts]
    return first[visits.customers]


def _further_lines(columns: ActivityColumns, visits: _Chosen, preset: Preset) -> Ints:
    """Return how many of each customer's visits are but further lines of an order."""
    if columns.order is None:
        return np.zeros(len(visits.customers), np.int64)
    order, customer = columns.order[visits.rows], columns.customer[visits.rows]
    bought = np.array([kind in preset.purchases for kind in columns.kinds], np.bool_)
    lines = order >= 0 if bought.all() else (order >= 0) & bought[columns.kind[visits.rows]]
    if not lines.all():
        order, customer = order[lines], customer[lines]
    again = _repeats(customer, order, len(columns.orders))
    return np.bincount(customer[again], minlength=len(columns.customers))[visits.customers]


def _repeats(customer: Ints, order: Ints, orders: int) -> Flags:
    """Return all rows but one of each customer and order."""
    rows = np.arange(len(order))
    one_of = np.zeros(orders, np.int64)
    one_of[order] = rows
    kept = one_of[order]
    if (customer[kept] != customer).any():
        _, firsts, same = np.unique(customer * orders + order, return_index=True, return_inverse=True)
        kept = firsts[same]
    again: Flags = kept != rows
    return again


def _money(columns: ActivityColumns, inside: Flags, preset: Preset) -> tuple[Ints, Ints, Ints, str | None]:
    """Return by customer code the money, how many amounts and costs are unknown, and the currency."""
    sign = np.array([preset.money_sign(kind) for kind in columns.kinds], np.int64)
    payments = _chosen(columns, inside, sign != 0)
    worth = columns.amount_minor[payments.rows]
    unknown = worth == UNKNOWN_AMOUNT
    currency = _currency(columns, columns.currency[payments.rows], unknown)
    without_cost = np.zeros(0, np.bool_)
    if preset.monetary == "profit":
        cost = _costs(columns)[payments.rows]
        without_cost = (cost == UNKNOWN_AMOUNT) & ~unknown
        worth = worth - np.where(cost == UNKNOWN_AMOUNT, 0, cost)
    if unknown.any():
        worth = np.where(unknown, 0, worth)
    if (sign < 0).any():
        worth = worth * sign[columns.kind[payments.rows]]
    of = len(columns.customers)
    return (
        payments.sums(worth, of),
        _counts(payments, unknown, of),
        _counts(payments, without_cost, of),
        currency,
    )


def _counts(facts: _Chosen, flags: Flags, of: int) -> Ints:
    return facts.sums(flags.astype(np.int64), of) if flags.any() else np.zeros(of, np.int64)


def _costs(columns: ActivityColumns) -> Ints:
    if columns.cost_minor is None:
        return np.full(len(columns), UNKNOWN_AMOUNT, np.int64)
    return columns.cost_minor


def _currency(columns: ActivityColumns, codes: Ints, unknown: Flags) -> str | None:
    """Return the one currency of the known amounts, or None if it is not told."""
    if unknown.any():
        codes = codes[~unknown]
    one = len(codes) > 0 and codes.min() == codes.max()
    found = codes[:1] if one else np.unique(codes)
    return only_currency(columns.currencies[code] for code in found.tolist() if code >= 0)
