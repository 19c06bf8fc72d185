"""Zones: from local wall time to an instant and back, clock changes included."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from crmkit.errors import InvalidValue, UnknownName
from crmkit.model.instants import instant

_SECOND = dt.timedelta(seconds=1)
_DAY = dt.timedelta(days=1)


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """Return the IANA time zone called *name*.

    >>> zone("Asia/Shanghai").key
    'Asia/Shanghai'

    Raises:
        UnknownName: If the IANA data base has no such zone; the closest name is offered.
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError, TypeError):
        raise UnknownName("time zone", str(name), available_timezones()) from None


def local(at: dt.datetime, zone_name: str) -> dt.datetime:
    """Return the wall time, still aware, that a clock in *zone_name* shows at the instant *at*.

    Raises:
        InvalidValue: If the clock shows a time beyond the years 1 to 9999.
    """
    try:
        return instant(at).astimezone(zone(zone_name))
    except OverflowError:
        raise InvalidValue(f"in {zone_name} it is beyond the years 1 to 9999 at {at.isoformat()}") from None


def from_wall(wall: dt.datetime, zone_name: str, *, latest: bool = False) -> dt.datetime:
    """Return the instant, in UTC, at which a clock in *zone_name* shows the naive *wall* time.

    A wall time that a clock change skips becomes the first instant after the
    gap.  One that happens twice is the first of the two, or the second with
    *latest*.
    """
    tz = zone(zone_name)
    early, late = ((wall.replace(tzinfo=tz, fold=fold)).astimezone(dt.UTC) for fold in (0, 1))
    if early <= late:
        return late if latest else early
    return _end_of_gap(late, early, tz)


def clock_changes(
    zone_name: str, start: dt.datetime, end: dt.datetime
) -> list[tuple[dt.datetime, dt.timedelta]]:
    """Return from when on which offset from UTC is in force, from *start* to *end*, the first from *start* on.

    >>> start = dt.datetime(2024, 3, 1, tzinfo=dt.UTC)
    >>> [(at.isoformat(), str(offset)) for at, offset in clock_changes("Europe/Berlin", start, start + 40 * _DAY)]
    [('2024-03-01T00:00:00+00:00', '1:00:00'), ('2024-03-31T01:00:00+00:00', '2:00:00')]

    Days are looked at one by one: no zone of the IANA data base changes its
    offset twice within six days.
    """
    tz = zone(zone_name)
    found, at = [(start, _offset(start, tz))], start
    while at < end:
        after = at + min(_DAY, end - at)
        offset = _offset(after, tz)
        if offset != found[-1][1]:
            found.append((_first_with(offset, at, after, tz), offset))
        at = after
    return found


def _offset(at: dt.datetime, tz: ZoneInfo) -> dt.timedelta:
    try:
        return at.astimezone(tz).utcoffset() or dt.timedelta()
    except OverflowError:  # the wall shows a time beyond the years 1 to 9999
        return dt.timedelta()


def _first_with(offset: dt.timedelta, before: dt.datetime, after: dt.datetime, tz: ZoneInfo) -> dt.datetime:
    """Return the first instant, to the second, that has *offset*, which *before* has not and *after* has."""
    before = before.replace(microsecond=0)
    low, high = 0, -((before - after) // _SECOND)
    while low < high:
        middle = (low + high) // 2
        if _offset(before + middle * _SECOND, tz) == offset:
            high = middle
        else:
            low = middle + 1
    return before + low * _SECOND


def _end_of_gap(before: dt.datetime, after: dt.datetime, tz: ZoneInfo) -> dt.datetime:
    """Return the first instant, to the second, that has the offset in force at *after*."""
    return _first_with(_offset(after, tz), before, after, tz)
