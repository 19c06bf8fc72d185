"""Zones: from local wall time to an instant and back, clock changes included."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from crmkit.errors import UnknownName
from crmkit.model.instants import instant

_SECOND = dt.timedelta(seconds=1)


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
    except (KeyError, ValueError, OSError):
        raise UnknownName("time zone", name, available_timezones()) from None


def local(at: dt.datetime, zone_name: str) -> dt.datetime:
    """Return the wall time, still aware, that a clock in *zone_name* shows at the instant *at*."""
    return instant(at).astimezone(zone(zone_name))


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


def _end_of_gap(before: dt.datetime, after: dt.datetime, tz: ZoneInfo) -> dt.datetime:
    """Return the first instant, to the second, that has the offset in force at *after*."""
    offset = after.astimezone(tz).utcoffset()
    low, high = 0, int((after - before) / _SECOND)
    while low < high:
        middle = (low + high) // 2
        if (before + middle * _SECOND).astimezone(tz).utcoffset() == offset:
            high = middle
        else:
            low = middle + 1
    return (before + low * _SECOND).replace(microsecond=0)
