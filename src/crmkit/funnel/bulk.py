"""Funnels over columns: the functions of `crmkit.funnel`, for a whole base at once."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from typing import Final

import numpy as np

from crmkit.calendars import Duration
from crmkit.funnel.spec import FunnelSpec, closes_at
from crmkit.model import ActivityColumns, from_micros, to_micros
from crmkit.model.columns import Ints

_LONGEST_MICROS: Final = 2**62
_MICROSECOND: Final = dt.timedelta(microseconds=1)


def levels(columns: ActivityColumns, spec: FunnelSpec) -> Ints:
    """Return `funnel.levels` of every customer; shape ``(len(columns.customers),)``, in their order.

    A window by a calendar is worked out once per distinct instant of entry,
    in Python; an elapsed one costs next to nothing.
    """
    return _LEVELS[spec.order](columns, spec)


def _ordered(columns: ActivityColumns, spec: FunnelSpec) -> Ints:
    """Carry the rank of the entry whose window closes last, as a running maximum over rows.

    Ranks grow with the customer, so a maximum left over from the customer
    before is recognised by whose entry it is.
    """
    codes = [columns.kind_code(step) for step in spec.steps]
    depth = np.zeros(len(columns.customers), np.int64)
    rows = np.flatnonzero(columns.kind == codes[0])
    depth[columns.customer[rows]] = 1
    ranks, closes, owner = _ranked(columns.customer[rows], _closes(columns.at[rows], spec.window))
    ranks = np.maximum.accumulate(ranks)
    for place, code in enumerate(codes[1:], start=2):
        if not len(rows):
            break
        later_rows = np.flatnonzero(columns.kind == code)
        before = np.searchsorted(rows, later_rows) - 1
        rank = ranks[before]
        good = (
            (before >= 0)
            & (owner[rank] == columns.customer[later_rows])
            & (columns.at[later_rows] <= closes[rank])
        )
        rows, ranks = later_rows[good], np.maximum.accumulate(rank[good])
        depth[columns.customer[rows]] = place
    return depth


def _strict(columns: ActivityColumns, spec: FunnelSpec) -> Ints:
    """Follow every entry row by row, for as long as it goes on."""
    depth = np.zeros(len(columns.customers), np.int64)
    entries = np.flatnonzero(columns.kind == columns.kind_code(spec.steps[0]))
    closes = _closes(columns.at[entries], spec.window)
    depth[columns.customer[entries]] = 1
    for place, step in enumerate(spec.steps[1:], start=2):
        inside = entries + place - 1 < len(columns)
        entries, closes = entries[inside], closes[inside]
        rows = entries + place - 1
        good = (
            (columns.customer[rows] == columns.customer[entries])
            & (columns.kind[rows] == columns.kind_code(step))
            & (columns.at[rows] <= closes)
        )
        entries, closes = entries[good], closes[good]
        depth[columns.customer[entries]] = place
    return depth


def _any(columns: ActivityColumns, spec: FunnelSpec) -> Ints:
    """Count, from every activity that is a step, how many steps its window fills."""
    needed = Counter(columns.kind_code(step) for step in spec.steps)
    rows = np.flatnonzero(np.isin(columns.kind, list(needed)))
    customer, kind = columns.customer[rows], columns.kind[rows]
    at = columns.at[rows]
    ends = _window_ends(customer, at, _closes(at, spec.window))
    filled = np.zeros(len(rows), np.int64)
    for code, count in needed.items():
        seen = np.concatenate(([0], np.cumsum(kind == code)))
        filled += np.minimum(seen[ends] - seen[:-1], count)
    depth = np.zeros(len(columns.customers), np.int64)
    np.maximum.at(depth, customer, filled)
    return depth


_LEVELS: Final[dict[str, Callable[[ActivityColumns, FunnelSpec], Ints]]] = {
    "ordered": _ordered,
    "strict": _strict,
    "any": _any,
}


def _closes(at: Ints, window: Duration) -> Ints:
    """Return `closes_at` row by row, in microseconds."""
    if isinstance(window, dt.timedelta):
        return at + min(window // _MICROSECOND, _LONGEST_MICROS)
    distinct, place = np.unique(at, return_inverse=True)
    closes = [to_micros(closes_at(from_micros(int(one)), window)) for one in distinct]
    return np.array(closes, np.int64)[place]


def _ranked(customer: Ints, closes: Ints) -> tuple[Ints, Ints, Ints]:
    """Return each entry's rank by customer and closing, and closings and customers by rank.

    Elapsed windows close in the order in which they open, so that nothing
    needs sorting; calendars may close them the other way round.
    """
    ranks = np.arange(len(customer))
    if not np.any((customer[1:] == customer[:-1]) & (closes[1:] < closes[:-1])):
        return ranks, closes, customer
    order = np.lexsort((closes, customer))
    ranks[order] = np.arange(len(customer))
    return ranks, closes[order], customer[order]


def _window_ends(customer: Ints, at: Ints, closes: Ints) -> Ints:
    """Return, row by row, the first row of the customer that its window no longer holds, or their end.

    A binary search of all rows at once, each among its customer's.
    """
    begins = np.flatnonzero(np.diff(customer, prepend=-1))
    sizes = np.diff(begins, append=len(customer))
    low, high = np.arange(len(customer)) + 1, np.repeat(begins + sizes, sizes)
    while np.any(low < high):
        middle = (low + high) // 2
        holds = at[np.minimum(middle, len(at) - 1)] <= closes
        low, high = (
            np.where((low < high) & holds, middle + 1, low),
            np.where((low < high) & ~holds, middle, high),
        )
    return low
