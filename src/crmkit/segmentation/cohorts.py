"""Retention: how many of those who came first in one period come again in later ones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from typing import Final, final

import attrs

from crmkit.calendars import instant, local
from crmkit.calendars.zones import zone as known_zone
from crmkit.display import html_table, text_table
from crmkit.errors import InvalidValue, UnknownName
from crmkit.model import Activity, in_fact_order
from crmkit.segmentation.presets import RFM, Preset

_INDEX: Final[dict[str, Callable[[dt.date], int]]] = {
    "week": lambda day: (day.toordinal() - 1) // 7,
    "month": lambda day: day.year * 12 + day.month - 1,
    "quarter": lambda day: day.year * 4 + (day.month - 1) // 3,
    "year": lambda day: day.year,
}
_LABEL: Final[dict[str, Callable[[int], str]]] = {
    "week": lambda index: f"{dt.date.fromordinal(7 * index + 1):%G-W%V}",
    "month": lambda index: f"{index // 12}-{index % 12 + 1:02}",
    "quarter": lambda index: f"{index // 4}-Q{index % 4 + 1}",
    "year": str,
}


@final
@attrs.frozen(kw_only=True)
class Cohort:
    """Customers whose first visit was in one period.

    Attributes:
        period: The period: "2024-05", "2024-W18", "2024-Q2", "2024".
        active: How many of them came in that period and in each one after it, up to the last.
    """

    period: str
    active: tuple[int, ...]

    @property
    def size(self) -> int:
        """How many they are."""
        return self.active[0]


@final
@attrs.frozen(kw_only=True)
class Retention:
    """Retention by cohort.

    Attributes:
        by: "week", "month", "quarter" or "year".
        cohorts: The cohorts, oldest first; periods in which nobody was new have none.
    """

    by: str
    cohorts: tuple[Cohort, ...]

    @property
    def curve(self) -> tuple[tuple[int, int], ...]:
        """Of all cohorts that are old enough: who came so many periods later, and how many there are."""
        longest = max((len(cohort.active) for cohort in self.cohorts), default=0)
        old_enough = [[one for one in self.cohorts if len(one.active) > later] for later in range(longest)]
        return tuple(
            (sum(one.active[later] for one in cohorts), sum(one.size for one in cohorts))
            for later, cohorts in enumerate(old_enough)
        )

    def __str__(self) -> str:
        return text_table(*self._table())

    def _repr_html_(self) -> str:
        columns, rows = self._table()
        return html_table(columns, rows, caption=f"Customers who came again, by {self.by}")

    def _table(self) -> tuple[list[str], list[list[object]]]:
        longest = len(self.curve)
        columns = [f"first {self.by}", "customers", *(f"+{later}" for later in range(1, longest))]
        rows: list[list[object]] = [
            [one.period, one.size, *(_percent(count, one.size) for count in one.active[1:])]
            + [""] * (longest - len(one.active))
            for one in self.cohorts
        ]
        overall = [_percent(came, there) for came, there in self.curve[1:]]
        return columns, [*rows, ["all", sum(one.size for one in self.cohorts), *overall]]


def retention(
    activities: Iterable[Activity],
    *,
    by: str = "month",
    as_of: dt.datetime | None = None,
    zone: str = "UTC",
    preset: Preset = RFM,
) -> Retention:
    """Return who came first in each period, and how many of them came in the periods after.

    Visits are those of the preset.  Periods are those of the calendar in the
    zone; weeks begin on Monday.  The table ends with the period of *as_of*,
    which may not be over, or without it with that of the last visit.

    Raises:
        UnknownName: If there is no such period or zone.
        InvalidValue: If *as_of* carries no time zone, or the preset has a window.
    """
    if by not in _INDEX:
        raise UnknownName("period", by, _INDEX)
    if preset.window is not None:
        raise InvalidValue("retention looks at whole histories; take the window out of the preset")
    known_zone(zone)
    until = None if as_of is None else instant(as_of)
    index = _INDEX[by]
    periods: dict[str, set[int]] = {}
    for fact in in_fact_order(activities):
        if preset.is_visit(fact.kind) and (until is None or fact.at <= until):
            periods.setdefault(fact.customer_id, set()).add(index(local(fact.at, zone).date()))
    last = max((max(one) for one in periods.values()), default=0)
    end = last if until is None else index(local(until, zone).date())
    return Retention(by=by, cohorts=tuple(_cohorts(periods.values(), end, by)))


def _cohorts(periods: Iterable[set[int]], end: int, by: str) -> Iterator[Cohort]:
    by_first: dict[int, list[set[int]]] = {}
    for one in periods:
        by_first.setdefault(min(one), []).append(one)
    for first, customers in sorted(by_first.items()):
        active = (sum(index in one for one in customers) for index in range(first, end + 1))
        yield Cohort(period=_LABEL[by](first), active=tuple(active))


def _percent(count: int, of: int) -> str:
    return f"{100 * count // of} %"
