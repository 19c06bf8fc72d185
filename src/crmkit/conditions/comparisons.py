"""Plain comparisons: of a stored value with one that may lie beyond all that is stored, and of its age by calendar."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Final

import attrs

from crmkit.calendars import LocalDays, Months, local
from crmkit.conditions.nodes import (
    OPPOSITE,
    TURNED,
    Always,
    And,
    Compare,
    CompareOp,
    Condition,
    Known,
    Not,
    Or,
)
from crmkit.conditions.spans import (
    FIRST_INSTANT,
    LAST_INSTANT,
    date_after,
    ends_after,
    reached_dates,
    reached_instants,
)
from crmkit.conditions.stored import LEAST, MOST
from crmkit.conditions.terms import Age, Constant, Count, Distinct, Term, Until
from crmkit.model import from_micros, to_micros

TRUE: Final = Always(verdict=True)
FALSE: Final = Always(verdict=False)

_MICROSECOND: Final = dt.timedelta(microseconds=1)


def always(verdict: bool) -> Condition:  # noqa: FBT001
    """Return what is true, or false, of everyone."""
    return TRUE if verdict else FALSE


def all_of(parts: Iterable[Condition]) -> Condition:
    """Return what is true where all *parts* are, without those that say nothing."""
    kept = [part for part in parts if part != TRUE]
    if FALSE in kept:
        return FALSE
    return kept[0] if len(kept) == 1 else And(parts=tuple(kept)) if kept else TRUE


def any_of(parts: Iterable[Condition]) -> Condition:
    """Return what is true where one of *parts* is, without those that say nothing."""
    kept = [part for part in parts if part != FALSE]
    if TRUE in kept:
        return TRUE
    return kept[0] if len(kept) == 1 else Or(parts=tuple(kept)) if kept else FALSE


def opposite(condition: Condition) -> Condition:
    """Return what is true where *condition* is false, of what is known."""
    match condition:
        case And(parts=parts):
            return any_of(map(opposite, parts))
        case Or(parts=parts):
            return all_of(map(opposite, parts))
        case Always(verdict=verdict):
            return always(not verdict)
        case Compare(op=op):
            return attrs.evolve(condition, op=OPPOSITE[op])
        case _:
            return Not(part=condition)


def is_known(column: Term) -> Condition:
    """Return whether the value of *column* is known: what is counted always is."""
    return TRUE if isinstance(column, (Count, Distinct)) else Known(value=column)


def to_number(column: Term, op: CompareOp, number: int) -> Condition:
    """Compare with a number."""
    if LEAST <= number <= MOST:
        return Compare(op=op, left=column, right=Constant(value=number))
    return _beyond(column, op, above=number > MOST)


def to_elapsed(
    span: Age | Until, op: CompareOp, elapsed: dt.timedelta, mark: Term, as_of: dt.datetime
) -> Condition:
    """Compare the age of *mark*, an instant, or the wait for it, with elapsed time."""
    away = elapsed // _MICROSECOND
    if isinstance(span, Age):
        return _to_instant(mark, TURNED[op], to_micros(as_of) - away)
    return _to_instant(mark, op, to_micros(as_of) + away)


def instants_to_calendar(
    span: Age | Until, op: CompareOp, duration: LocalDays | Months, mark: Term, as_of: dt.datetime
) -> Condition:
    """Compare the age of *mark*, an instant, or the wait for it, with calendar days or months."""
    if isinstance(span, Until):
        end = ends_after(as_of, duration)
        return _to_instant(mark, op, LAST_INSTANT + 1 if end is None else to_micros(end))
    now = to_micros(as_of)
    reached, before = (
        [_between(mark, start, end) for start, end in reached_instants(duration, then)]
        for then in (now, now - 1)
    )
    return _reached(op, mark, any_of(reached), any_of(before))


def dates_to_calendar(
    span: Age | Until, op: CompareOp, duration: LocalDays | Months, mark: Term, as_of: dt.datetime
) -> Condition:
    """Compare the age of *mark*, a date, or the wait for it, with calendar days or months."""
    today = local(as_of, duration.zone).date()
    if isinstance(span, Until):
        end = date_after(today, duration)
        if end is None:  # beyond the year 9999, after every date
            return _beyond(mark, op, above=True)
        return Compare(op=op, left=mark, right=Constant(value=end))
    reached, before = (
        FALSE if last is None else Compare(op="<=", left=mark, right=Constant(value=last))
        for last in reached_dates(duration, today)
    )
    return _reached(op, mark, reached, before)


def _reached(op: CompareOp, mark: Term, reached: Condition, before: Condition) -> Condition:
    """Return how ``as_of`` compares, given whether a duration has passed since a mark, and had passed before."""
    match op:
        case ">=":
            return reached
        case ">":
            return before
        case "<":
            return all_of([is_known(mark), opposite(reached)])
        case "<=":
            return all_of([is_known(mark), opposite(before)])
        case "==":
            return all_of([reached, opposite(before)])
    return any_of([_reached("<", mark, reached, before), before])


def _between(mark: Term, start: int, end: int) -> Condition:
    since = [] if start == FIRST_INSTANT else [_to_instant(mark, ">=", start)]
    return all_of([*since, _to_instant(mark, "<=", end)])


def _to_instant(mark: Term, op: CompareOp, micros: int) -> Condition:
    if FIRST_INSTANT <= micros <= LAST_INSTANT:
        return Compare(op=op, left=mark, right=Constant(value=from_micros(micros)))
    return _beyond(mark, op, above=micros > LAST_INSTANT)


def _beyond(column: Term, op: CompareOp, *, above: bool) -> Condition:
    """Compare with what lies above, or below, all that can be stored."""
    if op == "==":
        return FALSE
    return is_known(column) if op == "!=" or (op in {"<", "<="}) is above else FALSE
