"""Ages of marks, and waits for them, compared with calendar days or months: the work on the calendar is done once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from crmkit.calendars import LocalDays, Months, local
from crmkit.conditions.arrays.column import Bools, Numbers, number_of
from crmkit.conditions.arrays.verdicts import Asker, by_number
from crmkit.conditions.evaluate import ORDER
from crmkit.conditions.nodes import CompareOp
from crmkit.conditions.spans import Interval, date_after, ends_after, reached_dates, reached_instants
from crmkit.model import to_micros
from crmkit.model.columns import Ints

_INT64: Final = np.iinfo(np.int64)

# What is asked of marks: whether a duration has passed since, and whether it had passed before.
_REACHED: Final[dict[CompareOp, Callable[[Any, Any], Any]]] = {
    ">=": lambda values, asked: asked[0](values),
    ">": lambda values, asked: asked[1](values),
    "<": lambda values, asked: ~asked[0](values),
    "<=": lambda values, asked: ~asked[1](values),
    "==": lambda values, asked: asked[0](values) & ~asked[1](values),
    "!=": lambda values, asked: ~asked[0](values) | asked[1](values),
}


def since(op: CompareOp, marks: Numbers, duration: LocalDays | Months, as_of: dt.datetime) -> Asker:
    """Return what compares how long ago instants, or dates, were with a duration."""
    if marks.sort == "instant":
        now = to_micros(as_of)
        reached, before = (_within(reached_instants(duration, then)) for then in (now, now - 1))
    else:
        today = local(as_of, duration.zone).date()
        reached, before = (_within(_dates_up_to(last)) for last in reached_dates(duration, today))
    return by_number(marks, _REACHED[op], (reached, before))


def until(op: CompareOp, marks: Numbers, duration: LocalDays | Months, as_of: dt.datetime) -> Asker:
    """Return what compares how long it is until instants, or dates, with a duration, by when that will have passed."""
    if marks.sort == "instant":
        end: dt.date | None = ends_after(as_of, duration)
    else:
        end = date_after(local(as_of, duration.zone).date(), duration)
    # Beyond the year 9999 is after every mark.
    return by_number(marks, ORDER[op], _INT64.max if end is None else number_of(end))


def _dates_up_to(last: dt.date | None) -> list[Interval]:
    return [] if last is None else [(_INT64.min, number_of(last))]


def _within(intervals: list[Interval]) -> Callable[[Ints], Bools]:
    def ask(values: Ints) -> Bools:
        inside = np.zeros(len(values), bool)
        for start, end in intervals:
            inside |= (values >= start) & (values <= end)
        return inside

    return ask
