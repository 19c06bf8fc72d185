"""A pool of zones whose clocks have done every odd thing, and instants around the changes."""

from __future__ import annotations

import datetime as dt
from functools import cache
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

ZONES = (
    "Europe/Berlin",  # an hour, at 02:00 and 03:00
    "America/New_York",
    "Australia/Lord_Howe",  # half an hour
    "Pacific/Apia",  # skipped 30 December 2011
    "America/Sao_Paulo",  # at midnight
    "Africa/Casablanca",  # back for Ramadan
    "Antarctica/Troll",  # two hours
    "Asia/Shanghai",  # none since 1991
    "Asia/Kathmandu",  # 45 minutes off
    "Asia/Pyongyang",  # moved half an hour twice
)

_HOUR = dt.timedelta(hours=1)


@cache
def changes(
    name: str, first_year: int = 2010, last_year: int = 2025, *, step: dt.timedelta = 24 * _HOUR
) -> tuple[dt.datetime, ...]:
    """Return the instants at which the offset of *name* changes, to the minute; those within a *step* as one."""
    tz = ZoneInfo(name)
    at, end = dt.datetime(first_year, 1, 1, tzinfo=dt.UTC), dt.datetime(last_year + 1, 1, 1, tzinfo=dt.UTC)
    found = []
    while at < end:
        after = at + step
        if at.astimezone(tz).utcoffset() != after.astimezone(tz).utcoffset():
            found.append(_change_between(at, after, tz))
        at = after
    return tuple(found) or (dt.datetime(2024, 3, 31, 1, tzinfo=dt.UTC),)


def _change_between(low: dt.datetime, high: dt.datetime, tz: ZoneInfo) -> dt.datetime:
    old = low.astimezone(tz).utcoffset()
    while high - low > dt.timedelta(minutes=1):
        middle = low + (high - low) // 2
        low, high = (middle, high) if middle.astimezone(tz).utcoffset() == old else (low, middle)
    return high.replace(second=0, microsecond=0)


@st.composite
def instants_near_changes(draw: st.DrawFn, *, hours: int = 30) -> tuple[str, dt.datetime]:
    """Return a zone and an instant within *hours* of one of its clock changes, on a 15-minute grid."""
    name = draw(st.sampled_from(ZONES))
    change = draw(st.sampled_from(changes(name)))
    return name, change + draw(st.integers(-4 * hours, 4 * hours)) * dt.timedelta(minutes=15)


def edges() -> st.SearchStrategy[dt.datetime]:
    """Return instants at, and near, the first and the last that there is."""
    gaps = [dt.timedelta(days=days) for days in (0, 0.2, 1, 2, 31, 400)]
    first = dt.datetime(1, 1, 1, tzinfo=dt.UTC)
    last = dt.datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=dt.UTC)
    return st.sampled_from([first + gap for gap in gaps] + [last - gap for gap in gaps])
