"""Business hours: open time on a calendar, counted exactly over clock changes and holidays."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Final, TypeAlias, final

import attrs

from crmkit.calendars.wall_times import MINUTES_A_DAY, instant_on, minute_of_day
from crmkit.calendars.zones import local, zone
from crmkit.errors import Contradiction, InvalidValue, UnknownName
from crmkit.model.instants import from_micros, instant, to_micros

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Intervals: TypeAlias = tuple[str, ...]

_MICROSECOND: Final = dt.timedelta(microseconds=1)
_YEARS: Final = range(1800, 3000)


def _intervals(given: str | Iterable[str]) -> Intervals:
    return tuple(sorted((given,) if isinstance(given, str) else given))


def _week(
    given: Mapping[str, str | Iterable[str]] | Iterable[tuple[str, Iterable[str]]],
) -> tuple[tuple[str, Intervals], ...]:
    """Return the open intervals by weekday, Monday first, closed days left out."""
    week: dict[str, Intervals] = {}
    for days, intervals in given.items() if isinstance(given, Mapping) else given:
        for day in _weekdays(days):
            if day in week:
                raise Contradiction(f"the hours of {day!r} are given twice; give each weekday once")
            week[day] = _intervals(intervals)
    return tuple((day, week[day]) for day in WEEKDAYS if week.get(day))


def _weekdays(text: str) -> tuple[str, ...]:
    """Return the weekdays that *text* names: one ("mon"), or from one to another ("mon-fri")."""
    ends = text.split("-")
    for name in ends:
        if name not in WEEKDAYS:
            raise UnknownName("weekday", name, WEEKDAYS)
    first, last = WEEKDAYS.index(ends[0]), WEEKDAYS.index(ends[-1])
    if len(ends) > 2 or last < first:
        raise InvalidValue(f"weekdays are written 'mon' or 'mon-fri', in that order, got {text!r}")
    return WEEKDAYS[first : last + 1]


def _exceptions(
    given: Mapping[dt.date, str | Iterable[str]] | Iterable[tuple[dt.date, Iterable[str]]],
) -> tuple[tuple[dt.date, Intervals], ...]:
    pairs = given.items() if isinstance(given, Mapping) else given
    return tuple(sorted((_date(day), _intervals(intervals)) for day, intervals in pairs))


def _holidays(given: Iterable[dt.date]) -> tuple[dt.date, ...]:
    return tuple(sorted({_date(day) for day in given}))


def _date(day: dt.date) -> dt.date:
    if isinstance(day, dt.datetime) or not isinstance(day, dt.date):
        raise InvalidValue(f"a holiday or an exception is a date, got {type(day).__name__}")
    return day


@final
@attrs.frozen(kw_only=True, cache_hash=True)
class Calendar:
    """When somebody is at work.

    An interval is written "09:00-18:00", ``[start, end)`` by the clock on the
    wall; "22:00-06:00" runs into the next day, "00:00-24:00" is the whole day.
    When clocks change, a time that is skipped becomes the first instant that
    exists, and of two equal wall times the first opens and the second closes.

    Attributes:
        zone: IANA name of the zone of the clock on the wall.
        hours: Open intervals by weekday, a mapping when given: ``{"mon-thu":
            ("09:00-12:00", "13:00-18:00"), "fri": "09:00-13:00"}``.
        holidays: Dates on which nobody works.
        exceptions: Dates with hours of their own, a mapping when given; they
            count on holidays too, and none means closed.
    """

    zone: str = attrs.field()
    hours: tuple[tuple[str, Intervals], ...] = attrs.field(converter=_week)
    holidays: tuple[dt.date, ...] = attrs.field(default=(), converter=_holidays)
    exceptions: tuple[tuple[dt.date, Intervals], ...] = attrs.field(default=(), converter=_exceptions)

    @zone.validator
    def _known(self, _: object, name: str) -> None:
        zone(name)

    def __attrs_post_init__(self) -> None:
        if not self.hours:
            raise InvalidValue("a calendar needs open hours on at least one weekday, or nothing is ever due")
        for intervals in (*dict(self.hours).values(), *dict(self.exceptions).values()):
            _check_day(intervals)
        if len(dict(self.exceptions)) < len(self.exceptions):
            raise Contradiction("a date has two exceptions; put all its intervals into one")


def deadline(calendar: Calendar, start: dt.datetime, duration: dt.timedelta) -> dt.datetime:
    """Return the first instant, in UTC, by which *duration* of open time has passed since *start*.

    Time that runs out with the working day is due at its end, not on the
    next morning.  No time at all is due at *start*, open or not.

    >>> office = Calendar(zone="Asia/Shanghai", hours={"mon-fri": ("09:00-12:00", "13:00-18:00")})
    >>> friday = dt.datetime(2024, 5, 10, 9, 30, tzinfo=dt.UTC)  # 17:30 in Shanghai
    >>> deadline(office, friday, dt.timedelta(hours=1)).isoformat()
    '2024-05-13T01:30:00+00:00'

    Raises:
        InvalidValue: If *duration* is negative, or the answer lies after the year 2999.
    """
    left = duration // _MICROSECOND
    if left < 0:
        raise InvalidValue(f"a deadline lies in the future; give a duration of 0 or more, got {duration}")
    start = instant(start)
    if left == 0:
        return start
    year = _year_of(calendar, start)
    left += _open_before(_year(calendar, year), to_micros(start))
    while left > _year(calendar, year).total:
        left -= _year(calendar, year).total
        year += 1
    return from_micros(_instant_after(_year(calendar, year), left))


def elapsed(calendar: Calendar, start: dt.datetime, end: dt.datetime) -> dt.timedelta:
    """Return how much open time lies from *start* to *end*; negative if *end* comes first.

    ``elapsed(calendar, start, deadline(calendar, start, d)) == d``, exactly.
    """
    start, end = instant(start), instant(end)
    if end < start:
        return -elapsed(calendar, end, start)
    first, last = _year_of(calendar, start), _year_of(calendar, end)
    between = sum(_year(calendar, year).total for year in range(first, last))
    open_micros = (
        between
        + _open_before(_year(calendar, last), to_micros(end))
        - _open_before(_year(calendar, first), to_micros(start))
    )
    return open_micros * _MICROSECOND


def is_open(calendar: Calendar, at: dt.datetime) -> bool:
    """Return whether somebody is at work at *at*."""
    at = instant(at)
    year, micros = _year(calendar, _year_of(calendar, at)), to_micros(at)
    place = bisect_right(year.starts, micros) - 1
    return place >= 0 and micros < year.ends[place]


@final
@attrs.frozen
class _Year:
    """The open intervals that fall into one local year, apart and in order, in microseconds.

    ``before[i]`` is the open time before interval i: the prefix sums.
    """

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    before: tuple[int, ...]

    @property
    def total(self) -> int:
        return self.before[-1]


def _year_of(calendar: Calendar, at: dt.datetime) -> int:
    """Return the year that holds *at*; one begins when its first midnight is shown for the first time."""
    year = local(at, calendar.zone).year
    return year + 1 if year < _YEARS[-1] and to_micros(at) >= _new_year(calendar, year + 1) else year


def _new_year(calendar: Calendar, year: int) -> int:
    return to_micros(instant_on(dt.date(year, 1, 1), 0, calendar.zone))


@lru_cache(maxsize=1024)
def _year(calendar: Calendar, year: int) -> _Year:
    if year not in _YEARS:
        raise InvalidValue(
            f"business hours are counted in the years {_YEARS[0]} to {_YEARS[-1]}, not in {year}"
        )
    low, high = _new_year(calendar, year), _new_year(calendar, year + 1)
    first = dt.date(year, 1, 1) - dt.timedelta(days=2)
    days = (first + dt.timedelta(days=place) for place in range(370))
    clipped = ((max(start, low), min(end, high)) for day in days for start, end in _open_on(calendar, day))
    spans = _merged(sorted(span for span in clipped if span[0] < span[1]))
    sums = accumulate((end - start for start, end in spans), initial=0)
    return _Year(tuple(start for start, _ in spans), tuple(end for _, end in spans), tuple(sums))


def _open_on(calendar: Calendar, day: dt.date) -> Iterator[tuple[int, int]]:
    """Yield the open intervals that begin on *day* in microseconds, empty ones included."""
    usual = dict(calendar.hours).get(WEEKDAYS[day.weekday()], ())
    intervals = _special_days(calendar).get(day, usual)
    for start, end in map(_minutes, intervals):
        opens = instant_on(day, start, calendar.zone)
        closes = instant_on(day, end, calendar.zone, latest=True)
        yield to_micros(opens), to_micros(closes)


@lru_cache(maxsize=64)
def _special_days(calendar: Calendar) -> dict[dt.date, Intervals]:
    return {**dict.fromkeys(calendar.holidays, ()), **dict(calendar.exceptions)}


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _open_before(year: _Year, micros: int) -> int:
    """Return the open time of *year* before the instant *micros* in it."""
    place = bisect_right(year.starts, micros) - 1
    if place < 0:
        return 0
    return year.before[place] + min(micros, year.ends[place]) - year.starts[place]


def _instant_after(year: _Year, open_micros: int) -> int:
    """Return the first instant before which *year* has *open_micros* of open time, 1 to its total."""
    place = bisect_left(year.before, open_micros) - 1
    return year.starts[place] + open_micros - year.before[place]


def _minutes(interval: str) -> tuple[int, int]:
    """Return start and end of *interval* in minutes from the day's midnight; the end may lie beyond it."""
    ends = interval.split("-")
    if len(ends) != 2:
        raise InvalidValue(f"an open interval is written 'HH:MM-HH:MM', got {interval!r}")
    start, end = map(minute_of_day, ends)
    if start in (end, MINUTES_A_DAY):
        raise InvalidValue(f"the interval {interval!r} is never open; the whole day is '00:00-24:00'")
    return start, end if end > start else end + MINUTES_A_DAY


def _check_day(intervals: Intervals) -> None:
    for (_, end), (start, _) in pairwise(map(_minutes, intervals)):
        if start < end:
            raise Contradiction(f"open intervals of one day overlap: {', '.join(intervals)}; give them apart")
