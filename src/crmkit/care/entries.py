"""Entry policies: how often a customer may come into a rule."""

from __future__ import annotations

import datetime as dt
from typing import Final, final

import attrs

from crmkit.calendars import LEAP_DAYS, Duration, later
from crmkit.conditions.text import duration_text
from crmkit.errors import InvalidValue, UnknownName

ONCE: Final = "once"
AFTER_EXIT: Final = "after_exit"
EVERY_REMATCH: Final = "every_rematch"
EVERY: Final = "every"
EACH_ANNIVERSARY: Final = "each_anniversary"
ENTRY_KINDS: Final = (ONCE, AFTER_EXIT, EVERY_REMATCH, EVERY, EACH_ANNIVERSARY)

ENTERED: Final = "entered"
PLANNED: Final = "planned"
DELIVERED: Final = "delivered"
USES: Final = (ENTERED, PLANNED, DELIVERED)

_NOTHING: Final = dt.timedelta()
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@final
@attrs.frozen(kw_only=True)
class Entry:
    """How often a customer may come into a rule; made by `once`, `after_exit`, ….

    Attributes:
        kind: One of `ENTRY_KINDS`.
        gap: The time that must have passed: since they last left (after_exit),
            since they last entered (every_rematch, every).
        field: Name of the date that comes again each year (each_anniversary), else "".
        leap_day: What 29 February becomes in a common year; see `calendars.anniversary`.
        uses: What uses up an entry: "entered" (any attempt, a failed one too),
            "planned" (a failure gives it back), or "delivered" (what is still
            on its way does not count towards the gap).
    """

    kind: str = attrs.field()
    gap: Duration = _NOTHING
    field: str = ""
    leap_day: str = attrs.field(default=LEAP_DAYS[0])
    uses: str = attrs.field(default=PLANNED)

    @kind.validator
    def _known_kind(self, _: object, kind: str) -> None:
        if kind not in ENTRY_KINDS:
            raise UnknownName("entry policy", kind, ENTRY_KINDS)

    @leap_day.validator
    def _known_leap_day(self, _: object, leap_day: str) -> None:
        if leap_day not in LEAP_DAYS:
            raise UnknownName("leap day policy", leap_day, LEAP_DAYS)

    @uses.validator
    def _known_use(self, _: object, uses: str) -> None:
        if uses not in USES:
            raise UnknownName("use of an entry", uses, USES)

    def __attrs_post_init__(self) -> None:
        passes = later(_EPOCH, self.gap) - _EPOCH
        if passes < _NOTHING or (self.kind == EVERY and not passes):
            raise InvalidValue(
                "the time between two entries cannot be negative, and every(period) needs a period: days(30)"
            )
        if (self.kind == EACH_ANNIVERSARY) != bool(self.field):
            raise InvalidValue("an anniversary, and only that, needs the name of a date: 'born_on'")

    def __str__(self) -> str:
        gap = f"({duration_text(self.gap)})" if self.gap != _NOTHING else ""
        return f"{self.kind.replace('_', ' ')}{gap}{f' of {self.field}' if self.field else ''}"


def once(*, uses: str = PLANNED) -> Entry:
    """Return the policy that lets a customer in once in their life."""
    return Entry(kind=ONCE, uses=uses)


def after_exit(gap: Duration = _NOTHING, *, uses: str = PLANNED) -> Entry:
    """Return the policy that lets them in again once they left, *gap* is over, and they match again."""
    return Entry(kind=AFTER_EXIT, gap=gap, uses=uses)


def every_rematch(gap: Duration = _NOTHING, *, uses: str = PLANNED) -> Entry:
    """Return the policy that lets them in each time they begin to match, *gap* apart at least.

    A rematch is a false-to-true edge in their history, so how often the host
    asks can neither create nor lose one.
    """
    return Entry(kind=EVERY_REMATCH, gap=gap, uses=uses)


def every(period: Duration, *, uses: str = PLANNED) -> Entry:
    """Return the policy that lets them in again each time *period* has passed, while they match."""
    return Entry(kind=EVERY, gap=period, uses=uses)


def each_anniversary(field: str, *, leap_day: str = LEAP_DAYS[0], uses: str = PLANNED) -> Entry:
    """Return the policy that lets them in on each anniversary of the date *field*, such as "born_on".

    It opens at the first instant of that day in the customer's zone, and the
    rule expires at the day's end unless it says otherwise.
    """
    return Entry(kind=EACH_ANNIVERSARY, field=field, leap_day=leap_day, uses=uses)
