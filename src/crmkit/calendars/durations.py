"""Durations: elapsed time, calendar days and months, which are never mixed.

An elapsed duration is a plain `datetime.timedelta`.  `LocalDays` and `Months`
follow a calendar, so they need a zone to be added to an instant.
"""

from __future__ import annotations

import datetime as dt
from operator import index
from typing import SupportsIndex, TypeAlias, final

import attrs

from crmkit.calendars.zones import from_wall, local, zone
from crmkit.errors import InvalidValue


def _known_zone(_: object, __: object, name: str) -> None:
    zone(name)


def _not_negative(_: object, attribute: attrs.Attribute[int], count: object) -> None:
    if not isinstance(count, int) or count < 0:
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

_MOST = dt.timedelta.max.days


def check_duration(value: object) -> None:
    """Check that *value* is a duration.

    Raises:
        InvalidValue: If it is none, such as a bare number or a text.
    """
    if not isinstance(value, (dt.timedelta, LocalDays, Months)):
        raise InvalidValue(
            f"a duration is written days(30), months(6) or local_days(7, 'Europe/Berlin'); got {value!r}"
        )


def days(count: int) -> dt.timedelta:
    """Return *count* times 24 hours of elapsed time, a plain `datetime.timedelta`.

    It takes no notice of calendars: over a clock change it ends at another time
    of day.  For days as a wall calendar turns them, see `local_days`.

    >>> days(7) == dt.timedelta(hours=168)
    True

    Raises:
        InvalidValue: If *count* is no whole number, or more than a `datetime.timedelta` can hold.
    """
    return dt.timedelta(days=_whole(count, "days"))


def hours(count: int) -> dt.timedelta:
    """Return *count* hours of elapsed time.

    Raises:
        InvalidValue: As `days`.
    """
    return dt.timedelta(hours=_whole(count, "hours"))


def minutes(count: int) -> dt.timedelta:
    """Return *count* minutes of elapsed time.

    Raises:
        InvalidValue: As `days`.
    """
    return dt.timedelta(minutes=_whole(count, "minutes"))


def local_days(count: int, zone: str) -> LocalDays:
    """Return *count* calendar days in *zone*, of 23, 24 or 25 hours as the clocks have it.

    The time of day stays.  Where a clock change skips it, the first instant after the gap is meant.

    >>> from crmkit.calendars import later
    >>> before_the_change = dt.datetime(2024, 3, 30, 12, tzinfo=dt.UTC)  # 13:00 in Berlin
    >>> later(before_the_change, local_days(1, "Europe/Berlin")).isoformat()  # 13:00 again
    '2024-03-31T11:00:00+00:00'
    >>> later(before_the_change, days(1)).isoformat()  # 14:00
    '2024-03-31T12:00:00+00:00'

    Args:
        count: Whole days, 0 or more.
        zone: IANA name of the zone, such as "Asia/Shanghai".

    Raises:
        InvalidValue: If *count* is no whole number, or below 0.
        UnknownName: If there is no such zone; the closest name is offered.
    """
    return LocalDays(count=_whole(count, "local_days"), zone=zone)


def months(count: int, zone: str = "UTC") -> Months:
    """Return *count* calendar months in *zone*, counted from the original day.

    A day that the target month lacks becomes its last one, and is not lost for
    the months after.  The time of day stays as with `local_days`.

    >>> from crmkit.calendars import later
    >>> january = dt.datetime(2024, 1, 31, 8, tzinfo=dt.UTC)
    >>> [later(january, months(count)).date().isoformat() for count in (1, 2)]
    ['2024-02-29', '2024-03-31']

    Raises:
        InvalidValue: As `local_days`.
        UnknownName: As `local_days`.
    """
    return Months(count=_whole(count, "months"), zone=zone)


def years(count: int, zone: str = "UTC") -> Months:
    """Return *count* calendar years in *zone*, which are 12 months each; 29 February plus a year is 28 February.

    >>> years(2) == months(24)
    True

    Raises:
        InvalidValue: As `local_days`.
        UnknownName: As `local_days`.
    """
    return Months(count=12 * _whole(count, "years"), zone=zone)


def _whole(count: SupportsIndex, unit: str) -> int:
    try:
        whole = index(count)
    except TypeError:
        raise InvalidValue(f"{unit}(…) takes a whole number, got {count!r}") from None
    if abs(whole) > _MOST:
        raise InvalidValue(f"{unit}({whole}) is longer than a calendar reaches; leave the duration out")
    return whole


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
        from dateutil.relativedelta import relativedelta

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
