"""Lasting: what can be asked of since when a condition over activities is true, and when that may change.

A condition that asks about activities and elapsed time changes only where an
activity happens, or grows so old as a window is long or as an age is compared
with.  Between two such change points it says one thing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from crmkit.calendars import LocalDays, Months
from crmkit.conditions.nodes import Compare, Condition, In, Node, check_condition, field_names, walk
from crmkit.conditions.operands import observed
from crmkit.conditions.subject import value_in
from crmkit.conditions.terms import (
    Age,
    Constant,
    Facts,
    Field,
    Greatest,
    Least,
    Streak,
    TrueSince,
    Until,
)
from crmkit.conditions.text import code, duration_text
from crmkit.errors import InvalidValue
from crmkit.model import Activity

_BEGINNING: Final = dt.datetime.min.replace(tzinfo=dt.UTC)
_EVER: Final = dt.datetime.max.replace(tzinfo=dt.UTC) - _BEGINNING
_NOTHING: Final = dt.timedelta()
_TICK: Final = dt.timedelta(microseconds=1)


def check_lasting(condition: Condition) -> None:
    """Check that it can be told since when *condition* is true.

    Raises:
        InvalidValue: If *condition* asks about anything but activities and elapsed
            time; the message says what to write instead.
    """
    check_condition(condition)
    nodes = list(walk(condition))
    if names := sorted(field_names(condition)):
        raise InvalidValue(
            f"what {code(Field(name=names[0]))} was earlier is not known: inside true_for(…) ask about "
            "activities, with A(…), and about fields beside it, joined with &"
        )
    if not any(isinstance(node, Facts) for node in nodes):
        raise InvalidValue("true_for(…) needs a condition about activities: A('purchase').count() >= 1")
    for node in nodes:
        if (reason := _refusal(node)) is not None:
            raise InvalidValue(f"inside true_for(…) {reason}: {code(node)}")


def change_points(condition: Condition, activities: Iterable[Activity]) -> set[dt.datetime]:
    """Return every instant at which what *condition* says of a customer with *activities* may change."""
    nodes = list(walk(condition))
    lengths = {_NOTHING, *_windows(nodes), *_compared(nodes)}
    moved = (_moved(mark, length) for mark in set(_marks(nodes, activities)) for length in lengths)
    return {one for one in moved if one is not None}


def first_asked(condition: Condition, as_of: dt.datetime) -> dt.datetime:
    """Return the first instant, up to *as_of*, whose windows all begin in the year 1 or later."""
    longest = max(_windows(list(walk(condition))), default=_NOTHING)
    return as_of if longest > as_of - _BEGINNING else _BEGINNING + longest


def _refusal(node: Node) -> str | None:
    """Return what is wrong with *node*, and what to write instead, or None if nothing is."""
    match node:
        case TrueSince():
            return "there is no other; join what has to last in one condition, with &"
        case Streak():
            return "there is no streak; count in a window, with .within(days(7)).count()"
        case Facts(where=where) if where is not None and any(
            isinstance(one, (Age, Until)) for one in walk(where)
        ):
            return ".where(…) cannot ask for an age; narrow with .within(…) or .before(…)"
        case Compare(left=left, right=right) if _is_span(left, right) or _is_span(right, left):
            return "compare an age or a wait with a stated duration, such as days(30)"
    for duration in _durations(node):
        if isinstance(duration, (LocalDays, Months)):
            return f"write elapsed time, such as days(30), for {duration_text(duration)}, which follow a calendar"
    return None


def _is_span(term: Node, other: Node) -> bool:
    return isinstance(term, (Age, Until)) and not isinstance(other, Constant)


def _durations(node: Node) -> Iterator[object]:
    match node:
        case Facts(within=within, before=before):
            yield from (within, before)
        case Constant(value=value):
            yield value
        case In(options=options):
            yield from options


def _windows(nodes: Sequence[Node]) -> set[dt.timedelta]:
    chosen = (node for node in nodes if isinstance(node, Facts))
    return {one for facts in chosen for one in _durations(facts) if isinstance(one, dt.timedelta)}


def _compared(nodes: Sequence[Node]) -> set[dt.timedelta]:
    """Return the ages at which a comparison with an age may turn: a duration, and a tick beyond it.

    A wait is an age below nothing.
    """
    stated = (node for node in nodes if isinstance(node, (Constant, In)))
    spans = {one for node in stated for one in _durations(node) if isinstance(one, dt.timedelta)}
    reached = {one for one in spans if -_EVER <= one <= _EVER}
    ages = reached | {-one for one in reached}
    return ages | {one + _TICK for one in ages}


def _marks(nodes: Sequence[Node], activities: Iterable[Activity]) -> Iterator[dt.datetime]:
    """Yield the instants that time is counted from: of activities, in their values, and stated ones."""
    asked = [node.kinds for node in nodes if isinstance(node, Facts)]
    kinds = {kind for some in asked for kind in some}
    names = {node.of for node in nodes if isinstance(node, (Least, Greatest))}
    stated = (node.value for node in nodes if isinstance(node, Constant))
    yield from (value for value in stated if isinstance(value, dt.datetime))
    for fact in activities:
        if () in asked or fact.kind in kinds:
            yield fact.at
            told = (observed(value_in(fact, name)) for name in names)
            yield from (value for value in told if isinstance(value, dt.datetime))


def _moved(mark: dt.datetime, length: dt.timedelta) -> dt.datetime | None:
    """Return when something at *mark* is *length* old, or None beyond the years 1 to 9999."""
    try:
        return mark + length
    except OverflowError:
        return None
