"""Funnel definitions: which steps, in what order, within how long."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Final, final

import attrs

from crmkit.calendars import Duration, LocalDays, Months, later
from crmkit.errors import InvalidValue, UnknownName

ORDERS: Final = ("ordered", "strict", "any")

_LAST: Final = dt.datetime.max.replace(tzinfo=dt.UTC)


def _steps(steps: Iterable[str]) -> tuple[str, ...]:
    if isinstance(steps, str):
        raise InvalidValue(f"steps are several kinds of activity; for one write ({steps!r},)")
    return tuple(steps)


@final
@attrs.frozen
class FunnelSpec:
    """What a funnel counts.

    A customer reaches step k when k activities bear it out, the last of them
    no later than the first one's instant plus the window: exactly there still
    counts.  No activity serves two steps.  Activities of one instant stand in
    fact order, as everywhere.  Under *order*

    * ``"ordered"``: they are of the first k kinds, one after the other, and
      anything may happen in between;
    * ``"strict"``: the same, and nothing at all happens in between; leave out
      beforehand what should not disturb (deliveries, say);
    * ``"any"``: they are of any k of the steps, in any order.

    Attributes:
        steps: Kinds of activity, one or more; a kind may stand twice.
        window: How long a customer has from the first activity to the last;
            elapsed, or by a calendar.
        order: One of `ORDERS`.
        policy: None, which is the definition above.  The definitions of other
            products are not offered, and refused by name.
    """

    steps: tuple[str, ...] = attrs.field(converter=_steps)
    window: Duration = attrs.field()
    order: str = attrs.field(default="ordered", kw_only=True)
    policy: str | None = attrs.field(default=None, kw_only=True)

    @steps.validator
    def _named(self, _: object, steps: tuple[str, ...]) -> None:
        if not steps:
            raise InvalidValue("a funnel needs at least one step: the kinds of activity to count")
        if not all(type(step) is str and step for step in steps):
            raise InvalidValue("a step is the name of a kind of activity, such as 'signup'")

    @window.validator
    def _not_negative(self, _: object, window: Duration) -> None:
        if not isinstance(window, (dt.timedelta, LocalDays, Months)):
            raise InvalidValue(f"a window is a duration such as days(30), got {window!r}")
        if isinstance(window, dt.timedelta) and window < dt.timedelta(0):
            raise InvalidValue(f"a window must be 0 or more, got {window}")

    @order.validator
    def _known(self, _: object, order: str) -> None:
        if order not in ORDERS:
            raise UnknownName("order of a funnel", order, ORDERS)

    @policy.validator
    def _own(self, _: object, policy: str | None) -> None:
        if policy is not None:
            raise InvalidValue(
                f"funnels are measured by crmkit's own definition only: leave policy out, got {policy!r}"
            )

    def __str__(self) -> str:
        return f"{' → '.join(self.steps)} within {_in_words(self.window)}, {_ORDER_IN_WORDS[self.order]}"


_ORDER_IN_WORDS: Final = {"ordered": "in order", "strict": "in strict order", "any": "in any order"}


def closes_at(at: dt.datetime, window: Duration) -> dt.datetime:
    """Return the last instant that still lies in the window of an entry at *at*.

    An elapsed window that would end after the year 9999 ends with it.
    """
    if isinstance(window, dt.timedelta) and window > _LAST - at:
        return _LAST
    return later(at, window)


def _in_words(window: Duration) -> str:
    if isinstance(window, LocalDays):
        return f"{window.count} calendar days ({window.zone})"
    if isinstance(window, Months):
        return f"{window.count} months ({window.zone})"
    if window == dt.timedelta(days=1):
        return "1 day"
    return f"{window.days} days" if window == dt.timedelta(days=window.days) else str(window)
