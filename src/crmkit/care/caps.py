"""Caps: how much a customer hears from us in a stretch of time."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeAlias, final

import attrs

from crmkit.calendars import WEEKDAYS, local, zone
from crmkit.calendars.wall_times import midnight
from crmkit.conditions.text import duration_text
from crmkit.errors import InvalidValue, UnknownName
from crmkit.model import instant

ROLLING: Final = "rolling"
TUMBLING: Final = "tumbling"
CALENDAR_UNITS: Final = ("day", "week", "month")
WINDOW_KINDS: Final = (ROLLING, TUMBLING, *CALENDAR_UNITS)

Gate: TypeAlias = Callable[[dt.datetime], dt.datetime | None]
"""Returns the first instant at or after the given one that it allows, or None for never; monotone."""

_NOTHING: Final = dt.timedelta()
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_DAY: Final = dt.timedelta(days=1)


@final
@attrs.frozen(kw_only=True)
class Window:
    """A stretch of time in which sends are counted; made by `rolling`, `calendar_day`, ….

    Attributes:
        kind: One of `WINDOW_KINDS`.
        length: Length of a rolling or tumbling window, else nothing.
        start: Any instant at which a tumbling window begins.
        zone: IANA name of a calendar window's zone, or None for the customer's own.
        week_start: The weekday on which a calendar week begins.
    """

    kind: str = attrs.field()
    length: dt.timedelta = _NOTHING
    start: dt.datetime = attrs.field(default=_EPOCH, converter=instant)
    zone: str | None = attrs.field(default=None)
    week_start: str = attrs.field(default="mon")

    @kind.validator
    def _known_kind(self, _: object, kind: str) -> None:
        if kind not in WINDOW_KINDS:
            raise UnknownName("window", kind, WINDOW_KINDS)

    @zone.validator
    def _known_zone(self, _: object, name: str | None) -> None:
        if name is not None:
            zone(name)

    @week_start.validator
    def _known_weekday(self, _: object, name: str) -> None:
        if name not in WEEKDAYS:
            raise UnknownName("weekday", name, WEEKDAYS)

    def __attrs_post_init__(self) -> None:
        if (self.kind in (ROLLING, TUMBLING)) != (self.length > _NOTHING):
            raise InvalidValue(
                f"a rolling or tumbling window, and only that, has a length, got {self.length}"
            )

    def __str__(self) -> str:
        if self.kind in CALENDAR_UNITS:
            return f"a calendar {self.kind}"
        return f"{duration_text(self.length)}{' in a row' if self.kind == TUMBLING else ''}"


def rolling(length: dt.timedelta) -> Window:
    """Return the window that ends now, whenever now is: any stretch of *length*."""
    return Window(kind=ROLLING, length=length)


def tumbling(length: dt.timedelta, *, start: dt.datetime = _EPOCH) -> Window:
    """Return windows of *length*, one after the other, one of which begins at *start*."""
    return Window(kind=TUMBLING, length=length, start=start)


def calendar_day(zone: str | None = None) -> Window:
    """Return the calendar day in *zone*, by default the customer's own."""
    return Window(kind="day", zone=zone)


def calendar_week(zone: str | None = None, *, week_start: str = "mon") -> Window:
    """Return the calendar week in *zone*, by default the customer's own."""
    return Window(kind="week", zone=zone, week_start=week_start)


def calendar_month(zone: str | None = None) -> Window:
    """Return the calendar month in *zone*, by default the customer's own."""
    return Window(kind="month", zone=zone)


@final
@attrs.frozen
class Cap:
    """So many sends in a window, for a customer.

    Attributes:
        limit: Sends allowed, 0 or more; 0 allows none.
        window: In which stretch of time.
        purposes: The purposes it holds back and counts; none means all.
        channels: The channels it holds back and counts; none means all.
    """

    limit: int = attrs.field()
    window: Window
    purposes: tuple[str, ...] = attrs.field(default=(), kw_only=True, converter=tuple[str, ...])
    channels: tuple[str, ...] = attrs.field(default=(), kw_only=True, converter=tuple[str, ...])

    @limit.validator
    def _not_negative(self, _: object, limit: int) -> None:
        if limit < 0:
            raise InvalidValue(f"a cap allows 0 or more sends, got {limit}; leave it out for no cap")

    def covers(self, *, purpose: str, channel: str) -> bool:
        """Return whether it holds back and counts sends of *purpose* on *channel*."""
        return (not self.purposes or purpose in self.purposes) and (
            not self.channels or channel in self.channels
        )

    def __str__(self) -> str:
        return f"at most {self.limit} in {self.window}"


def cap_gate(cap: Cap, taken: Iterable[dt.datetime], *, zone: str | None) -> Gate:
    """Return the gate that *cap* makes for a customer in *zone*, *taken* being the sends that count.

    Sends may lie ahead: a planned one holds its place, so that adding one
    before it never makes the cap exceeded.  The next free slot after sends of
    the past is ``taken[-limit] + window``.

    Raises:
        InvalidValue: If the window is the customer's own day and no zone is given.
    """
    sends = sorted(taken)
    if cap.limit == 0:
        return lambda _: None
    if cap.window.kind == ROLLING:
        return lambda at: _rolling_slot(cap, sends, at)
    where = cap.window.zone or zone
    if cap.window.kind in CALENDAR_UNITS and where is None:
        raise InvalidValue("a calendar window of the customer's own needs their zone")
    return lambda at: _period_slot(cap, sends, at, where or "UTC")


def first_open(at: dt.datetime, gates: Iterable[Gate]) -> dt.datetime | None:
    """Return the first instant at or after *at* that every one of *gates* allows, or None for never.

    The gates are monotone, so the answer is their least fixpoint and does not
    depend on their order.
    """
    ordered = tuple(gates)
    while True:
        reached = at
        for gate in ordered:
            allowed = gate(reached)
            if allowed is None:
                return None
            reached = allowed
        if reached == at:
            return at
        at = reached


def period(window: Window, at: dt.datetime, zone: str) -> tuple[dt.datetime, dt.datetime]:
    """Return begin and end, ``[begin, end)`` in UTC, of the tumbling or calendar window that holds *at*."""
    if window.kind == TUMBLING:
        begin = window.start + (at - window.start) // window.length * window.length
        return begin, begin + window.length
    day = local(at, zone).date()
    begin, end = _calendar_period(window, day, zone)
    return (begin, end) if at < end else _calendar_period(window, local(end, zone).date(), zone)


def _calendar_period(window: Window, day: dt.date, zone: str) -> tuple[dt.datetime, dt.datetime]:
    first, last = day, day + _DAY
    if window.kind == "week":
        first = day - ((day.weekday() - WEEKDAYS.index(window.week_start)) % 7) * _DAY
        last = first + 7 * _DAY
    if window.kind == "month":
        first = day.replace(day=1)
        last = (first + 31 * _DAY).replace(day=1)
    begin, end = (midnight(one, zone) for one in (first, last))
    return begin, end


def _period_slot(cap: Cap, sends: Sequence[dt.datetime], at: dt.datetime, zone: str) -> dt.datetime:
    begin, end = period(cap.window, at, zone)
    while bisect_left(sends, end) - bisect_left(sends, begin) >= cap.limit:
        at = end
        begin, end = period(cap.window, at, zone)
    return at


def _rolling_slot(cap: Cap, sends: Sequence[dt.datetime], at: dt.datetime) -> dt.datetime:
    later = (send + cap.window.length for send in sends)
    slots = [at, *(slot for slot in later if slot > at)]
    return next(slot for slot in slots if _fits(cap, sends, slot))


def _fits(cap: Cap, sends: Sequence[dt.datetime], at: dt.datetime) -> bool:
    """Return whether one more send at *at* leaves no rolling window with more than the limit."""
    every = list(sends)
    insort(every, at)
    place = bisect_left(every, at)
    first = max(0, place - cap.limit)
    return all(
        every[start + cap.limit] - every[start] >= cap.window.length
        for start in range(first, min(place, len(every) - cap.limit - 1) + 1)
    )
