"""Spans: which instants and dates a calendar duration has passed since, as intervals.

``mark + duration <= as_of`` is true of whole stretches of marks, so an age in
calendar days or months can be asked of a column, or of a data base, by
comparing marks with a few instants.  Around the end of a month and around
clock changes it is more than one stretch: of two marks the later may be
reached first.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import pairwise
from typing import Final, TypeAlias

import attrs

from crmkit.calendars import LocalDays, Months, clock_changes, earlier, later, local
from crmkit.errors import InvalidValue
from crmkit.model import from_micros, to_micros

Interval: TypeAlias = tuple[int, int]

FIRST_INSTANT: Final = to_micros(dt.datetime.min.replace(tzinfo=dt.UTC))
LAST_INSTANT: Final = to_micros(dt.datetime.max.replace(tzinfo=dt.UTC))

_DAY: Final = 86_400_000_000
_MICROSECOND: Final = dt.timedelta(microseconds=1)
_EPOCH: Final = dt.date(1970, 1, 1)
_FIRST_DAY: Final = (dt.date.min - _EPOCH).days
_LAST_DAY: Final = (dt.date.max - _EPOCH).days
# Days of one month keep their order in another, but for the last three, which
# may become one day; and clocks change by a day at most.
_NEAR: Final = 10


def reached_instants(duration: LocalDays | Months, until: int) -> list[Interval]:
    """Return the instants since which *duration* has passed at *until*, as closed intervals, ascending.

    Instants are microseconds since 1970; the first interval begins with the
    first instant that there is.

    >>> from crmkit.calendars import months
    >>> until = to_micros(dt.datetime(2025, 3, 28, 12, tzinfo=dt.UTC))
    >>> [str(from_micros(last)) for _, last in reached_instants(months(1), until)]
    ['2025-02-28 12:00:00+00:00']
    >>> until = to_micros(dt.datetime(2025, 2, 28, 12, tzinfo=dt.UTC))
    >>> [str(from_micros(last))[5:16] for _, last in reached_instants(months(1), until)]
    ['01-28 12:00', '01-29 12:00', '01-30 12:00', '01-31 12:00']
    """
    if until < FIRST_INSTANT:
        return []
    if duration.count == 0:
        return [(FIRST_INSTANT, until)]
    if until < FIRST_INSTANT + 3 * _DAY:
        raise InvalidValue(
            f"in the first days of the year 1 ages in {duration.zone} cannot be told; ask about a later instant"
        )
    centre = to_micros(_back(from_micros(until), duration))
    start, end = max(centre - _NEAR * _DAY, FIRST_INSTANT), min(centre + _NEAR * _DAY, LAST_INSTANT)
    # A clock has come to a wall time once it has shown that or a later one, though it be set back since.
    shown = _latest_wall(from_micros(until), duration.zone)
    found: list[Interval] = [(FIRST_INSTANT, start - 1)] if start > FIRST_INSTANT else []
    for first, last, offset in _local_days(duration.zone, start, end):
        day = (first + offset) // _DAY
        reached = min(last, shown - (_moved_day(day, duration) - day) * _DAY - offset)
        if reached < first:
            continue
        if found and found[-1][1] == first - 1:
            found[-1] = (found[-1][0], reached)
        else:
            found.append((first, reached))
    return found


def reached_dates(duration: LocalDays | Months, today: dt.date) -> tuple[dt.date | None, dt.date | None]:
    """Return the last date since which *duration* has passed *today*, and had passed the day before; None if none.

    >>> from crmkit.calendars import months
    >>> [str(date) for date in reached_dates(months(1), dt.date(2025, 2, 28))]
    ['2025-01-31', '2025-01-27']
    """
    until = (today - _EPOCH).days
    return _reached_date(duration, until), _reached_date(duration, until - 1)


def ends_after(at: dt.datetime, duration: LocalDays | Months) -> dt.datetime | None:
    """Return the instant that lies *duration* after *at*, None if that is beyond the year 9999.

    Where the clock of a zone shows a time beyond the calendar, it is taken to show UTC.
    """
    try:
        return later(at, duration)
    except InvalidValue:
        if duration.zone == "UTC" or _has_wall(at, duration.zone):
            return None
        return ends_after(at, attrs.evolve(duration, zone="UTC"))


def date_after(today: dt.date, duration: LocalDays | Months) -> dt.date | None:
    """Return the date that lies *duration* after *today*, None if that is beyond the year 9999."""
    # Dates have no zone, so no clock changes.
    end = ends_after(_midnight(today), attrs.evolve(duration, zone="UTC"))
    return None if end is None else end.date()


def _reached_date(duration: LocalDays | Months, until: int) -> dt.date | None:
    if until < _FIRST_DAY:
        return None
    midnight = _midnight(_EPOCH + dt.timedelta(days=until))
    centre = (_back(midnight, attrs.evolve(duration, zone="UTC")).date() - _EPOCH).days
    for day in range(min(centre + _NEAR, _LAST_DAY), max(centre - _NEAR, _FIRST_DAY - 1), -1):
        if _moved_day(day, duration) <= until:
            return _EPOCH + dt.timedelta(days=day)
    return None


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.UTC)


def _has_wall(at: dt.datetime, zone: str) -> bool:
    try:
        local(at, zone)
    except InvalidValue:
        return False
    return True


def _back(at: dt.datetime, duration: LocalDays | Months) -> dt.datetime:
    zone = duration.zone if _has_wall(at, duration.zone) else "UTC"
    try:
        return earlier(at, attrs.evolve(duration, zone=zone))
    except InvalidValue:  # before the year 1, where no mark lies
        return dt.datetime(1, 1, 1, tzinfo=dt.UTC)


def _local_days(zone: str, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield the stretches from *start* to *end* in which neither the offset nor the date on the wall changes.

    Each with its first and its last instant, and its offset in microseconds.
    """
    changes = clock_changes(zone, from_micros(start), from_micros(end))
    since = [to_micros(at) for at, _ in changes]
    for (begin, after), (_, shift) in zip(pairwise([*since, end + 1]), changes, strict=True):
        offset = shift // _MICROSECOND
        first = begin
        while first < after:
            midnight = ((first + offset) // _DAY + 1) * _DAY - offset
            yield first, min(midnight, after) - 1, offset
            first = min(midnight, after)


def _moved_day(day: int, duration: LocalDays | Months) -> int:
    """Return the day that lies *duration* after a day; both in days since 1970."""
    end = None if day > _LAST_DAY else date_after(_EPOCH + dt.timedelta(days=max(day, _FIRST_DAY)), duration)
    return _LAST_DAY + 1 if end is None else (end - _EPOCH).days


def _latest_wall(at: dt.datetime, zone: str) -> int:
    """Return the latest wall time that a clock in *zone* has shown up to *at*, in microseconds."""
    start = from_micros(max(to_micros(at) - 3 * _DAY, FIRST_INSTANT))
    told = clock_changes(zone, start, at)
    shown = [to_micros(at) + told[-1][1] // _MICROSECOND]
    shown += [to_micros(change) + old // _MICROSECOND - 1 for (_, old), (change, _) in pairwise(told)]
    return max(shown)
