"""Zones, durations, quiet hours, business hours, anniversaries: all calendar arithmetic.

No function here reads a clock; every instant is an argument.
"""

from crmkit.calendars.durations import (
    Duration,
    LocalDays,
    Months,
    days,
    earlier,
    hours,
    later,
    local_days,
    minutes,
    months,
    years,
)
from crmkit.calendars.zones import from_wall, local, zone
from crmkit.model.instants import instant

__all__ = [
    "Duration",
    "LocalDays",
    "Months",
    "days",
    "earlier",
    "from_wall",
    "hours",
    "instant",
    "later",
    "local",
    "local_days",
    "minutes",
    "months",
    "years",
    "zone",
]
