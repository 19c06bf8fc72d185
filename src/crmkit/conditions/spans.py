"""Spans: how ``as_of`` stands to what lies so many calendar days or months after each of many marks.

The twin of `calendars.later`, compared with one instant.  Only marks near the
one that could matter are moved; their days are moved once each.
"""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import Final, TypeAlias

import attrs
import numpy as np
import numpy.typing as npt

from crmkit.calendars import LocalDays, Months, clock_changes, earlier, later, local
from crmkit.errors import InvalidValue
from crmkit.model import from_micros, to_micros
from crmkit.model.columns import Ints

Orders: TypeAlias = npt.NDArray[np.int8]

_DAY: Final = 86_400_000_000
_MICROSECOND: Final = dt.timedelta(microseconds=1)
_EPOCH: Final = dt.date(1970, 1, 1)
_BEYOND: Final = (dt.date.max - _EPOCH).days + 1
# Days of one month keep their order in another, but for the last three, which
# may become one day; and clocks change by a day at most.
_NEAR: Final = 10


def order_of_instants(marks: Ints, duration: LocalDays | Months, as_of: dt.datetime) -> Orders:
    """Return 1 where *as_of* comes after mark + *duration*, 0 where it is that, -1 where it comes before.

    Marks are microseconds since 1970; what lies beyond the year 9999 comes after every instant.
    """
    centre = to_micros(_back(as_of, duration))
    order, near = _far(marks, centre, _NEAR * _DAY)
    if len(near):
        order[near] = _moved(marks[near], duration, as_of)
    return order


def order_of_dates(marks: Ints, duration: LocalDays | Months, as_of: dt.datetime) -> Orders:
    """Return the same for dates, in days since 1970, as against the date of *as_of* in the duration's zone."""
    today = (local(as_of, duration.zone).date() - _EPOCH).days
    centre = (_back(as_of, duration).date() - _EPOCH).days
    order, near = _far(marks, centre, _NEAR)
    order[near] = np.sign(today - _moved_days(marks[near], duration))
    return order


def _far(marks: Ints, centre: int, reach: int) -> tuple[Orders, Ints]:
    """Return the order of marks far from *centre*, and which ones are near it."""
    order = np.where(marks < centre, 1, -1).astype(np.int8)
    return order, np.flatnonzero((marks >= centre - reach) & (marks <= centre + reach))


def _back(as_of: dt.datetime, duration: LocalDays | Months) -> dt.datetime:
    try:
        return earlier(as_of, duration)
    except InvalidValue:  # before the year 1, where no mark lies
        return dt.datetime(1, 1, 1, tzinfo=dt.UTC)


def _moved(marks: Ints, duration: LocalDays | Months, as_of: dt.datetime) -> Orders:
    at = to_micros(as_of)
    if duration.count == 0:
        return np.sign(at - marks).astype(np.int8)
    told = clock_changes(duration.zone, from_micros(int(marks.min())), from_micros(int(marks.max())))
    since = np.array([to_micros(change) for change, _ in told], np.int64)
    offset = np.array([shift // _MICROSECOND for _, shift in told], np.int64)
    days, time = np.divmod(marks + offset[np.searchsorted(since, marks, side="right") - 1], _DAY)
    wall = _moved_days(days, duration) * _DAY + time
    # A clock has come to a wall time once it has shown that or a later one, though it be set back since.
    now, before = (_latest_wall(instant, duration.zone) for instant in (as_of, as_of - _MICROSECOND))
    return (wall <= now).astype(np.int8) - (wall > before).astype(np.int8)


def _moved_days(days: Ints, duration: LocalDays | Months) -> Ints:
    """Return the day that lies *duration* after each, in days since 1970."""
    distinct, place = np.unique(days, return_inverse=True)
    in_days = attrs.evolve(duration, zone="UTC")
    return np.array([_moved_day(int(day), in_days) for day in distinct], np.int64)[place]


def _moved_day(day: int, duration: LocalDays | Months) -> int:
    try:
        midnight = dt.datetime.combine(_EPOCH + dt.timedelta(days=day), dt.time(), dt.UTC)
        return (later(midnight, duration).date() - _EPOCH).days
    except (InvalidValue, OverflowError):
        return _BEYOND


def _latest_wall(at: dt.datetime, zone: str) -> int:
    """Return the latest wall time that a clock in *zone* has shown up to *at*, in microseconds."""
    told = clock_changes(zone, at - dt.timedelta(days=3), at)
    shown = [at + told[-1][1]]
    shown += [change + old - _MICROSECOND for (_, old), (change, _) in pairwise(told)]
    return to_micros(max(shown))
