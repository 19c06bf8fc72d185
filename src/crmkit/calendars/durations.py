"""Durations: elapsed time, calendar days and months, which are never mixed.

An elapsed duration is a plain `datetime.timedelta`.  `LocalDays` and `Months`
follow a calendar, so they need a zone to be added to an instant.
"""

from __future__ import annotations

import datetime as dt
from typing import TypeAlias, final

import attrs
from dateutil.relativedelta import relativedelta

from crmkit.calendars.zones import from_wall, local, zone
from crmkit.errors import InvalidValue


def _known_zone(_: object, __: object, name: str) -> None:
    zone(name)


def _not_negative(_: object, attribute: attrs.Attribute[int], count: int) -> None:
    if count < 0:
        raise InvalidValue(f"{attribute.name} must be a whole number, 0 or more, got {count!r}")


@final
@attrs.frozen(kw_only=True)
class LocalDays:
    """So many turns of the calendar page on a wall in one zone.

    Attributes:
        count: Whole days, 0 or more.
        zone: IANA name of the zone whose calendar turns.
    """

    count: int = attrs.field(validator=_not_negative)
    zone: str = attrs.field(validator=_known_zone)


@final
@attrs.frozen(kw_only=True)
class Months:
    """So many months of a calendar, counted from the original day.

    A day that the target month lacks becomes its last day, and since it is
    counted from the original day, 31 January + 2 months is 31 March.

    Attributes:
        count: Whole months, 0 or more; a year is 12.
        zone: IANA name of the zone whose calendar counts.
    """

    count: int = attrs.field(validator=_not_negative)
    zone: str = attrs.field(default="UTC", validator=_known_zone)


Duration: TypeAlias = dt.timedelta | LocalDays | Months


def days(count: int) -> dt.timedelta:
    """Return *count* times 24 hours of elapsed time.

    >>> days(7) == dt.timedelta(hours=168)
    True
    """
    return dt.timedelta(days=count)


def hours(count: int) -> dt.timedelta:
    """Return *count* hours of elapsed time."""
    return dt.timedelta(hours=count)


def minutes(count: int) -> dt.timedelta:
    """Return *count* minutes of elapsed time."""
    return dt.timedelta(minutes=count)


def local_days(count: int, zone: str) -> LocalDays:
    """Return *count* calendar days in *zone*, of 23, 24 or 25 hours as the clocks have it."""
    return LocalDays(count=count, zone=zone)


def months(count: int, zone: str = "UTC") -> Months:
    """Return *count* calendar months in *zone*."""
    return Months(count=count, zone=zone)


def years(count: int, zone: str = "UTC") -> Months:
    """Return *count* calendar years in *zone*; 29 February plus a year is 28 February."""
    return Months(count=12 * count, zone=zone)


def times(duration: Duration, count: int) -> Duration:
    """Return *duration* taken *count* times; months are still counted from the original day."""
    if isinstance(duration, dt.timedelta):
        return duration * count
    return attrs.evolve(duration, count=duration.count * count)


def later(at: dt.datetime, duration: Duration) -> dt.datetime:
    """Return the instant, in UTC, that lies *duration* after *at*.

    Calendar durations move the wall clock and keep its time of day; where a
    clock change skips that time, the first instant after it is meant.

    >>> at = dt.datetime(2024, 2, 29, 8, tzinfo=dt.UTC)
    >>> later(at, years(1)).isoformat()
    '2025-02-28T08:00:00+00:00'
    """
    return _moved(at, duration, 1)


def earlier(at: dt.datetime, duration: Duration) -> dt.datetime:
    """Return the instant, in UTC, that lies *duration* before *at*; calendars as in `later`."""
    return _moved(at, duration, -1)


def _moved(at: dt.datetime, duration: Duration, sign: int) -> dt.datetime:
    try:
        if isinstance(duration, dt.timedelta):
            return at.astimezone(dt.UTC) + sign * duration
        step = (
            relativedelta(days=sign * duration.count)
            if isinstance(duration, LocalDays)
            else relativedelta(months=sign * duration.count)
        )
        wall = local(at, duration.zone)
        moved = wall.replace(tzinfo=None) + step
        if moved == wall.replace(tzinfo=None):
            return at.astimezone(dt.UTC)
        return from_wall(moved, duration.zone)
    except (OverflowError, ValueError) as error:
        if isinstance(error, InvalidValue):
            raise
        raise InvalidValue(f"{duration} from {at.isoformat()} leaves the years 1 to 9999") from None
