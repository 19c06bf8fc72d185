"""Quiet hours: the part of a customer's day in which nobody writes or calls."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import final

import attrs

from crmkit.calendars.wall_times import MINUTES_A_DAY, instant_on, minute_of_day
from crmkit.calendars.zones import local
from crmkit.errors import InvalidValue
from crmkit.model.instants import instant

_DAY = dt.timedelta(days=1)


def _time_of_day(_: object, attribute: attrs.Attribute[str], text: str) -> None:
    if minute_of_day(text) == MINUTES_A_DAY:
        raise InvalidValue(f"{attribute.name} of quiet hours is '00:00', not '24:00', at midnight")


@final
@attrs.frozen
class Quiet:
    """Quiet hours by the clock on the customer's wall, ``[start, end)``.

    They wrap midnight when *start* is later than *end*.  When clocks change,
    a start or end that is skipped becomes the first instant that exists, and
    quiet begins at the first and ends at the second of two equal wall times.

    Attributes:
        start: Wall time "HH:MM" at which quiet begins.
        end: Wall time "HH:MM" at which it ends.
    """

    start: str = attrs.field(validator=_time_of_day)
    end: str = attrs.field(validator=_time_of_day)

    def __attrs_post_init__(self) -> None:
        if self.start == self.end:
            raise InvalidValue(
                f"quiet hours from {self.start} to {self.end} say neither always nor never; "
                "leave them out for never, or send nothing for always"
            )

    def __str__(self) -> str:
        return f"{self.start}–{self.end}"


def is_quiet(quiet: Quiet, at: dt.datetime, *, zone: str) -> bool:
    """Return whether *at* falls into quiet hours for someone who lives in *zone*.

    >>> is_quiet(Quiet("21:00", "09:00"), dt.datetime(2024, 5, 1, 0, 30, tzinfo=dt.UTC), zone="Asia/Shanghai")
    True
    """
    return quiet_until(quiet, at, zone=zone) > instant(at)


def quiet_until(quiet: Quiet, at: dt.datetime, *, zone: str) -> dt.datetime:
    """Return the first instant, in UTC, at or after *at* that is not quiet: *at* itself if it is not.

    >>> night = dt.datetime(2024, 5, 1, 0, 30, tzinfo=dt.UTC)
    >>> quiet_until(Quiet("21:00", "09:00"), night, zone="Asia/Shanghai").isoformat()
    '2024-05-01T01:00:00+00:00'
    """
    return _free_from(quiet, instant(at), zone)


@lru_cache(maxsize=8192)
def _free_from(quiet: Quiet, at: dt.datetime, zone: str) -> dt.datetime:
    free = at
    while (end := _quiet_end(quiet, free, zone)) is not None:
        free = end
    return free


def _quiet_end(quiet: Quiet, at: dt.datetime, zone: str) -> dt.datetime | None:
    """Return the last end of the quiet spans that hold *at*, or None if none does."""
    start, end = minute_of_day(quiet.start), minute_of_day(quiet.end)
    if end < start:
        end += MINUTES_A_DAY
    today = local(at, zone).date()
    holding = [
        until
        for day in (today - 2 * _DAY, today - _DAY, today, today + _DAY)
        if instant_on(day, start, zone) <= at < (until := instant_on(day, end, zone, latest=True))
    ]
    return max(holding, default=None)
