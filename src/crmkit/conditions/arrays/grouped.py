"""Grouped: what terms say of chosen activities, for many customers at once; the twin of `summary_of`.

Rows come grouped by customer and in fact order, so whatever is asked of a
group is asked of a stretch of the arrays.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final, final

import attrs
import numpy as np

from crmkit.calendars import Duration, earlier
from crmkit.calendars.durations import times
from crmkit.conditions.arrays.column import Bools, Column, Numbers, as_codes, known_of
from crmkit.conditions.operands import ORDERED, sort_of
from crmkit.model import to_micros
from crmkit.model.columns import Coded, Ints

_INT64: Final = np.iinfo(np.int64)


@final
@attrs.frozen(kw_only=True, eq=False)
class Groups:
    """Chosen activities, customer by customer.

    Attributes:
        customer: Shape ``(rows,)``, ascending: the code of each row's customer.
        rows: Shape ``(rows,)``: which activities they are.
        starts: Shape ``(groups,)``: where each customer who has any begins.
        place: Shape ``(size,)``: the code of each customer who is asked about, -1 if they have no history.
        customers: How many codes there are.
    """

    customer: Ints
    rows: Ints
    starts: Ints
    place: Ints
    customers: int

    def among(self, kept: Bools) -> Groups:
        """Return the groups with only those rows where *kept* is true."""
        return groups(self.customer[kept], self.rows[kept], self.place, self.customers)

    def spread(self, found: Any, otherwise: Any) -> Any:
        """Return what was found for each group, shape ``(groups,)``, for each customer who is asked about."""
        whole = np.full(self.customers + 1, otherwise, np.asarray(found).dtype)
        whole[self.customer[self.starts]] = found
        return whole[self.place]

    def some(self) -> Bools:
        """Return who has any row at all."""
        has: Bools = self.spread(np.ones(len(self.starts), bool), otherwise=False)
        return has


def groups(customer: Ints, rows: Ints, place: Ints, customers: int) -> Groups:
    """Return chosen *rows* of activities, in order of *customer*, as groups."""
    starts = np.flatnonzero(np.diff(customer, prepend=-1))
    return Groups(customer=customer, rows=rows, starts=starts, place=place, customers=customers)


def count(chosen: Groups) -> Column:
    """Return how many activities each customer has."""
    return Numbers(
        sort="number", values=np.bincount(chosen.customer, minlength=chosen.customers + 1)[chosen.place]
    )


def first(chosen: Groups, at: Ints) -> Column:
    """Return the instant of each customer's first activity."""
    return _instants(chosen, at[chosen.rows[chosen.starts]])


def last(chosen: Groups, at: Ints) -> Column:
    """Return the instant of each customer's last activity."""
    ends = np.append(chosen.starts, len(chosen.rows))[1:] - 1
    return _instants(chosen, at[chosen.rows[ends]])


def total(chosen: Groups, column: Column, currency: Ints | None) -> Column:
    """Return the sum of whole numbers; amounts of more than one *currency* have none."""
    values, known = whole_numbers(column)
    counted = chosen.among(known[chosen.rows])
    told = values[counted.rows]
    if told.dtype != object and len(told) and not _fits(_furthest(told) * len(told)):
        told = told.astype(object)
    sums = np.add.reduceat(told, counted.starts) if len(told) else told
    return Numbers(sort="number", values=counted.spread(sums, 0), known=_one_currency(counted, currency))


def extreme(chosen: Groups, column: Column, currency: Ints | None, *, largest: bool = False) -> Column:
    """Return the smallest value, or the *largest*; none if values are of several sorts, or of none with an order."""
    counted = chosen.among(known_of(column)[chosen.rows])
    known = counted.some()
    if (one := _one_currency(counted, currency)) is not None:
        known &= one
    pick = np.maximum if largest else np.minimum
    if isinstance(column, Numbers):
        told = column.values[counted.rows]
        found = pick.reduceat(told, counted.starts) if len(told) else told
        known &= column.sort in ORDERED
        return Numbers(sort=column.sort, values=counted.spread(found, 0), known=known)
    sort, rank = _ranked(column.values)
    codes = column.codes[counted.rows]
    if not len(codes):
        return Coded(codes=np.full(len(known), -1), values=())
    sorts = sort[codes]
    lowest, highest = (reduce.reduceat(sorts, counted.starts) for reduce in (np.minimum, np.maximum))
    known &= counted.spread((lowest == highest) & (lowest >= 0), otherwise=False)
    ranks = counted.spread(pick.reduceat(rank[codes], counted.starts), 0)
    by_rank = np.argsort(rank)
    return Coded(codes=np.where(known, by_rank[ranks], -1), values=column.values)


def distinct(chosen: Groups, column: Column) -> Column:
    """Return how many different values each customer's activities have."""
    coded = as_codes(column)
    # The reference tells values apart by their sort and by ==.
    seen: dict[object, int] = {}
    merged = np.array(
        [*(seen.setdefault((sort_of(value), value), len(seen)) for value in coded.values), -1], np.int64
    )
    counted = chosen.among(coded.codes[chosen.rows] >= 0)
    pairs = np.unique(counted.customer * (len(seen) + 1) + merged[coded.codes[counted.rows]])
    customer = pairs // (len(seen) + 1)
    return count(groups(customer, np.arange(len(customer)), chosen.place, chosen.customers))


def streak(chosen: Groups, at: Ints, as_of: dt.datetime, every: Duration) -> Column:
    """Return how many periods in a row, back from *as_of*, have an activity each."""
    told = at[chosen.rows]
    ends = _period_ends(as_of, every, told, most=_most_of_one(chosen))
    # Period k is (ends[k + 1], ends[k]].
    period = len(ends) - 1 - np.searchsorted(ends[::-1], told, side="left")
    pairs = np.unique(chosen.customer * len(ends) + period)
    customer, periods = pairs // len(ends), pairs % len(ends)
    of_each = groups(customer, np.arange(len(customer)), chosen.place, chosen.customers)
    since_start = np.arange(len(pairs)) - np.repeat(
        of_each.starts, np.diff(np.append(of_each.starts, len(pairs)))
    )
    return count(of_each.among(periods == since_start))


def whole_numbers(column: Column) -> tuple[Any, Bools]:
    """Return the whole numbers of *column*, and where it holds one; Python's own where 64 bits do not suffice."""
    if isinstance(column, Numbers):
        known = known_of(column)
        return column.values, known if column.sort == "number" else np.zeros_like(known)
    whole = [value if sort_of(value) == "number" else None for value in column.values]
    fit = all(value is None or _fits(value) for value in whole)
    numbers = np.array([*(value or 0 for value in whole), 0], np.int64 if fit else object)
    holds = np.array([*(value is not None for value in whole), False])
    return numbers[column.codes], holds[column.codes]


def _instants(chosen: Groups, found: Ints) -> Column:
    return Numbers(sort="instant", values=chosen.spread(found, 0), known=chosen.some())


def _one_currency(counted: Groups, currency: Ints | None) -> Bools | None:
    """Return who has amounts of one currency or none, or None if no currency is asked about."""
    if currency is None or not len(counted.rows):
        return None
    told = currency[counted.rows]
    lowest, highest = (reduce.reduceat(told, counted.starts) for reduce in (np.minimum, np.maximum))
    one: Bools = counted.spread(lowest == highest, otherwise=True)
    return one


def _ranked(values: Sequence[object]) -> tuple[Ints, Ints]:
    """Return a code of each value's sort, -1 if it has no order, and its rank among those of its sort."""
    sorts = sorted({str(sort_of(value)) for value in values})
    code = {sort: place if sort in ORDERED else -1 - place for place, sort in enumerate(sorts)}
    by_sort: dict[str, list[int]] = {}
    for place, value in enumerate(values):
        by_sort.setdefault(str(sort_of(value)), []).append(place)
    rank = np.zeros(len(values), np.int64)
    given = 0
    for sort, places in by_sort.items():
        ordered: list[Any] = sorted(places, key=lambda place: values[place]) if sort in ORDERED else places
        rank[ordered] = np.arange(given, given + len(places))
        given += len(places)
    return np.array([code[str(sort_of(value))] for value in values], np.int64), rank


def _most_of_one(chosen: Groups) -> int:
    return int(np.diff(np.append(chosen.starts, len(chosen.rows))).max(initial=0))


def _period_ends(as_of: dt.datetime, every: Duration, told: Ints, *, most: int) -> Ints:
    """Return where periods back from *as_of* end, the latest first, until one that ends before all is *told*.

    Of *most* activities no more than so many periods in a row have one each; the
    last end is that of whatever lies further back.
    """
    ends = [to_micros(as_of)]
    oldest = int(told.min(initial=ends[0]))
    while ends[-1] >= oldest and len(ends) < most + 2:
        ends.append(to_micros(earlier(as_of, times(every, len(ends)))))
    return np.array(ends, np.int64)


def _furthest(numbers: Ints) -> int:
    return max(abs(int(numbers.min())), abs(int(numbers.max())))


def _fits(number: int) -> bool:
    return _INT64.min <= number <= _INT64.max
