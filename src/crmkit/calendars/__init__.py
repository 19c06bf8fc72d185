"""Zones, durations, quiet hours, business hours, anniversaries: all calendar arithmetic.

No function here reads a clock; every instant is an argument.
"""

from crmkit.calendars.anniversaries import LEAP_DAYS, anniversary, last_anniversary, next_anniversary
from crmkit.calendars.business import WEEKDAYS, Calendar, deadline, elapsed, is_open
from crmkit.calendars.durations import (
    Duration,
    LocalDays,
    Months,
    check_duration,
    days,
    earlier,
    hours,
    later,
    local_days,
    minutes,
    months,
    years,
)
from crmkit.calendars.quiet import Quiet, is_quiet, quiet_until
from crmkit.calendars.zones import clock_changes, from_wall, local, zone
from crmkit.model.instants import instant

__all__ = [
    "LEAP_DAYS",
    "WEEKDAYS",
    "Calendar",
    "Duration",
    "LocalDays",
    "Months",
    "Quiet",
    "anniversary",
    "check_duration",
    "clock_changes",
    "days",
    "deadline",
    "earlier",
    "elapsed",
    "from_wall",
    "hours",
    "instant",
    "is_open",
    "is_quiet",
    "last_anniversary",
    "later",
    "local",
    "local_days",
    "minutes",
    "months",
    "next_anniversary",
    "quiet_until",
    "years",
    "zone",
]
