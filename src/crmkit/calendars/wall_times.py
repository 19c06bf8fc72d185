"""Wall times: what a clock on the wall shows, written "HH:MM", as minutes since midnight."""

from __future__ import annotations

import datetime as dt
import re

from crmkit.calendars.zones import from_wall
from crmkit.errors import InvalidValue

MINUTES_A_DAY = 24 * 60

_HOUR_MINUTE = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


def minute_of_day(text: str) -> int:
    """Return the minutes from midnight to the wall time *text*, 0 to 1440.

    >>> minute_of_day("09:30"), minute_of_day("24:00")
    (570, 1440)

    Raises:
        InvalidValue: If it is not written "HH:MM", from "00:00" to "24:00".
    """
    if text == "24:00":
        return MINUTES_A_DAY
    found = _HOUR_MINUTE.fullmatch(str(text))
    if found is None:
        raise InvalidValue(f"a time of day is written 'HH:MM', such as '09:00', got {text!r}")
    return 60 * int(found[1]) + int(found[2])


def midnight(day: dt.date, zone_name: str) -> dt.datetime:
    """Return the instant, in UTC, at which *day* begins in *zone_name*; clock changes as in `from_wall`."""
    return instant_on(day, 0, zone_name)


def instant_on(day: dt.date, minute: int, zone_name: str, *, latest: bool = False) -> dt.datetime:
    """Return the instant, in UTC, *minute* wall minutes after the start of *day* in *zone_name*.

    From 1440 on it lies on the days after.  Clock changes as in `from_wall`.
    """
    wall = dt.datetime.combine(day, dt.time()) + dt.timedelta(minutes=minute)
    return from_wall(wall, zone_name, latest=latest)
