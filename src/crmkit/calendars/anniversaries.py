"""Anniversaries: the day of the year that comes again, 29 February included."""

from __future__ import annotations

import calendar
import datetime as dt
from typing import Final

from crmkit.errors import UnknownName

LEAP_DAYS: Final = ("feb28", "mar1", "leap_years_only")
"""What 29 February becomes in a year that lacks it: the day before, the day after, or nothing."""


def anniversary(on: dt.date, year: int, *, leap_day: str = "feb28") -> dt.date | None:
    """Return the day in *year* on which *on* comes again, or None if it does not.

    It comes again in every year after its own; what 29 February does in
    common years is the policy *leap_day*, one of `LEAP_DAYS`.

    >>> born_on = dt.date(2000, 2, 29)
    >>> anniversary(born_on, 2023), anniversary(born_on, 2023, leap_day="mar1")
    (datetime.date(2023, 2, 28), datetime.date(2023, 3, 1))
    """
    if leap_day not in LEAP_DAYS:
        raise UnknownName("leap day policy", leap_day, LEAP_DAYS)
    if year <= on.year:
        return None
    if (on.month, on.day) != (2, 29) or calendar.isleap(year):
        return dt.date(year, on.month, on.day)
    return {"feb28": dt.date(year, 2, 28), "mar1": dt.date(year, 3, 1), "leap_years_only": None}[leap_day]


def last_anniversary(on: dt.date, *, until: dt.date, leap_day: str = "feb28") -> dt.date | None:
    """Return the last anniversary of *on* up to and including *until*, or None if there was none yet."""
    return next(
        (day for year in _years(until, -1) if (day := _in(on, year, leap_day)) and day <= until), None
    )


def next_anniversary(on: dt.date, *, since: dt.date, leap_day: str = "feb28") -> dt.date | None:
    """Return the first anniversary of *on* from *since* on, *since* included; None beyond the year 9999."""
    first = max(since, dt.date(min(on.year + 1, dt.MAXYEAR), 1, 1))
    return next((day for year in _years(first, 1) if (day := _in(on, year, leap_day)) and day >= first), None)


def _in(on: dt.date, year: int, leap_day: str) -> dt.date | None:
    return anniversary(on, year, leap_day=leap_day)


def _years(day: dt.date, step: int) -> list[int]:
    """Return the ten years from *day*'s on: 29 February is at most eight away."""
    years = (day.year + step * place for place in range(10))
    return [year for year in years if dt.MINYEAR <= year <= dt.MAXYEAR]
