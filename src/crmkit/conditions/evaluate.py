"""Evaluate: what a condition says of one customer; the meaning of every node.

Three-valued logic after Kleene (1952), section 64: a condition is True, False,
or None for unknown, and comparing with the unknown is unknown.
"""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import attrs

from crmkit.calendars import Duration, LocalDays, Months, earlier, local
from crmkit.calendars.durations import times
from crmkit.conditions.lasting import change_points, first_asked
from crmkit.conditions.nodes import (
    Always,
    And,
    Compare,
    CompareOp,
    Condition,
    Contains,
    FactTerm,
    In,
    Known,
    Leaf,
    Not,
    Or,
    check_condition,
)
from crmkit.conditions.operands import ORDERED, Operand, identity, observed, sort_of
from crmkit.conditions.spans import date_after, ends_after
from crmkit.conditions.subject import (
    Subject,
    activities_of,
    instant_of,
    of_activity,
    subject_of,
    value_in,
)
from crmkit.conditions.terms import (
    AMOUNT,
    Age,
    Arithmetic,
    ArithmeticOp,
    Constant,
    Count,
    Distinct,
    Facts,
    Field,
    First,
    Greatest,
    Last,
    Least,
    Streak,
    Sum,
    Term,
    TrueSince,
    Until,
)
from crmkit.model import Activity, Profile

ORDER: Final[dict[CompareOp, Callable[[Any, Any], Any]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
"""How each comparison compares, values and columns alike."""

RECKON: Final[dict[ArithmeticOp, Callable[[Any, Any], Any]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "//": operator.floordiv,
}
"""How whole numbers, and columns of them, are reckoned with."""


def matches(
    condition: Condition, profile: Profile | Mapping[str, object], *, as_of: dt.datetime | None = None
) -> bool:
    """Return whether *condition* is true of *profile*; unknown is not true.

    >>> from crmkit.conditions import F
    >>> matches(F.tier >= 3, {"tier": 4}), matches(F.tier >= 3, {})
    (True, False)

    Raises:
        InvalidValue: As `evaluate`.
    """
    return evaluate(condition, profile, as_of=as_of) is True


def evaluate(
    condition: Condition, profile: Profile | Mapping[str, object], *, as_of: dt.datetime | None = None
) -> bool | None:
    """Return True, False, or None for unknown.

    A `Profile` carries its instant and its activities.  A mapping holds fields
    by name; if the condition asks about time it needs the key ``as_of`` (or the
    argument), and if it asks about activities the key ``activities``, in any order.
    What is later than ``as_of`` is not seen.

    Unknown is what a value that is missing, or of another sort than what it is
    compared with, makes of a condition; ``&`` and ``|`` decide where they can:

    >>> from crmkit.conditions import F
    >>> evaluate(F.tier >= 3, {"tier": 2}), evaluate(F.tier >= 3, {})
    (False, None)
    >>> evaluate((F.tier >= 3) | (F.stage == "new"), {"stage": "new"})
    True

    Raises:
        InvalidValue: If *condition* is none, a mapping lacks what the condition needs, or holds NaN
            or a naive datetime.
        Contradiction: If *as_of* is another instant than the profile's.
    """
    check_condition(condition)
    return verdict(condition, subject_of(profile, as_of=as_of))


def verdict(condition: Condition, subject: Subject) -> bool | None:
    """Return what *condition* says of *subject*: True, False, or None for unknown."""
    match condition:
        case And():
            return all_of(verdict(part, subject) for part in condition.parts)
        case Or():
            return any_of(verdict(part, subject) for part in condition.parts)
        case Not():
            return negation(verdict(condition.part, subject))
        case _:
            return leaf_verdict(condition, subject)


def leaf_verdict(leaf: Leaf, subject: Subject) -> bool | None:
    """Return what a condition without parts says of *subject*."""
    match leaf:
        case Compare():
            return _compare(leaf, subject)
        case In():
            value = value_of(leaf.value, subject)
            return any_of(compared("==", value, option) for option in leaf.options)
        case Contains():
            return _holds(value_of(leaf.container, subject), leaf.item)
        case Known():
            return value_of(leaf.value, subject) is not None
        case Always():
            return leaf.verdict


def all_of(verdicts: Iterable[bool | None]) -> bool | None:
    """Return False if any is, else None if any is, else True."""
    answer: bool | None = True
    for one in verdicts:
        if one is False:
            return False
        if one is None:
            answer = None
    return answer


def any_of(verdicts: Iterable[bool | None]) -> bool | None:
    """Return True if any is, else None if any is, else False."""
    answer: bool | None = False
    for one in verdicts:
        if one:
            return True
        if one is None:
            answer = None
    return answer


def negation(one: bool | None) -> bool | None:  # noqa: FBT001
    """Return the opposite; unknown stays unknown."""
    return None if one is None else not one


def compared(op: CompareOp, left: object, right: object) -> bool | None:
    """Return how two values compare; None if either is unknown or their sorts differ."""
    sort = sort_of(left)
    if sort is None or sort != sort_of(right):
        return None
    if op not in {"==", "!="} and sort not in ORDERED:
        return None
    if sort == "set":
        left, right = identity(left), identity(right)
    holds: bool = ORDER[op](left, right)
    return holds


def value_of(term: Term, subject: Subject) -> object:
    """Return the value of *term*, or None if it is unknown."""
    match term:
        case Constant():
            return term.value
        case Field():
            return observed(subject.read(term.name))
        case Age():
            return _elapsed(value_of(term.of, subject), instant_of(subject))
        case Until():
            past = _elapsed(value_of(term.of, subject), instant_of(subject))
            return None if past is None else -past
        case Arithmetic():
            return _reckoned(term.op, value_of(term.left, subject), value_of(term.right, subject))
        case TrueSince():
            spell = (instant_of(one) for one, said in asked_back(term, subject) if said is True)
            return min(spell, default=None)
        case _:
            return summary_of(term, chosen(term.facts, subject), subject)


def chosen(facts: Facts, subject: Subject) -> list[Activity]:
    """Return the activities that *facts* chooses, in fact order."""
    as_of, activities = instant_of(subject), activities_of(subject)
    since = None if facts.within is None else earlier(as_of, facts.within)
    until = as_of if facts.before is None else earlier(as_of, facts.before)
    kinds = facts.kinds
    return [
        fact
        for fact in activities
        if (not kinds or fact.kind in kinds)
        and fact.at <= until
        and (since is None or fact.at > since)
        and (facts.where is None or verdict(facts.where, of_activity(fact, as_of)) is True)
    ]


def asked_back(term: TrueSince, subject: Subject) -> Iterator[tuple[Subject, bool | None]]:
    """Yield the subject, and what is said of it, at each instant that decides since when *term*'s condition is true.

    From ``as_of`` back over the change points; the last is the first of which it
    is not true, unless it has been true ever since.
    """
    condition, as_of = term.condition, instant_of(subject)
    said = verdict(condition, subject)
    yield subject, said
    if said is not True:
        return
    start = first_asked(condition, as_of)
    changes = change_points(condition, activities_of(subject))
    for at in sorted({start, *(one for one in changes if start < one < as_of)}, reverse=True):
        then = attrs.evolve(subject, as_of=at)
        said = verdict(condition, then)
        yield then, said
        if said is not True:
            return


def summary_of(term: FactTerm, facts: Sequence[Activity], subject: Subject) -> object:
    """Return what *term* says of the activities it chose, or None if it is unknown."""
    match term:
        case Count():
            return len(facts)
        case First():
            return facts[0].at if facts else None
        case Last():
            return facts[-1].at if facts else None
        case Sum():
            return _sum(facts, term.of)
        case Least():
            return _extreme(facts, term.of)
        case Greatest():
            return _extreme(facts, term.of, largest=True)
        case Distinct():
            return len({(sort_of(value), value) for value in _values(facts, term.of)})
        case Streak():
            return _streak([fact.at for fact in facts], instant_of(subject), term.every)


def _compare(node: Compare, subject: Subject) -> bool | None:
    left, right = node.left, node.right
    if isinstance(left, (Age, Until)) and isinstance(right, Constant):
        duration = right.value
        if isinstance(duration, (LocalDays, Months)):
            return _compare_calendar(node.op, left, duration, subject)
    return compared(node.op, value_of(left, subject), value_of(right, subject))


def _compare_calendar(
    op: CompareOp, span: Age | Until, duration: LocalDays | Months, subject: Subject
) -> bool | None:
    """Compare by moving the earlier of the two ends: an age from its start, a wait from ``as_of``."""
    as_of, mark = instant_of(subject), value_of(span.of, subject)
    if isinstance(mark, dt.datetime):
        start, end = (mark, as_of) if isinstance(span, Age) else (as_of, mark)
        return _compare_end(op, end, ends_after(start, duration))
    if isinstance(mark, dt.date):
        today = local(as_of, duration.zone).date()
        first, last = (mark, today) if isinstance(span, Age) else (today, mark)
        return _compare_end(op, last, date_after(first, duration))
    return None


def _compare_end(op: CompareOp, at: dt.date, end: dt.date | None) -> bool | None:
    """Return how *at* compares with *end*, which is after everything if it is None."""
    return compared(op, 0, 1) if end is None else compared(op, at, end)


def _elapsed(mark: object, as_of: dt.datetime) -> dt.timedelta | None:
    return as_of - mark if isinstance(mark, dt.datetime) else None


def _reckoned(op: ArithmeticOp, left: object, right: object) -> int | None:
    if not isinstance(left, int) or not isinstance(right, int):
        return None
    if sort_of(left) != "number" or sort_of(right) != "number" or (op == "//" and right == 0):
        return None
    result: int = RECKON[op](left, right)
    return result


def _holds(container: object, item: Operand) -> bool | None:
    if isinstance(container, frozenset):
        return any_of(compared("==", one, item) is True for one in container)
    if isinstance(container, str) and isinstance(item, str):
        return item in container
    return None


def _values(facts: Iterable[Activity], name: str) -> list[object]:
    found = (observed(value_in(fact, name)) for fact in facts)
    return [value for value in found if value is not None]


def _sum(facts: Sequence[Activity], name: str) -> int | None:
    if name == AMOUNT and _mixes_currencies(facts):
        return None
    return sum(
        value for value in _values(facts, name) if isinstance(value, int) and sort_of(value) == "number"
    )


def _extreme(facts: Sequence[Activity], name: str, *, largest: bool = False) -> object:
    if name == AMOUNT and _mixes_currencies(facts):
        return None
    values: list[Any] = _values(facts, name)
    sorts = {sort_of(value) for value in values}
    if len(sorts) != 1 or not sorts <= ORDERED:
        return None
    return max(values) if largest else min(values)


def _mixes_currencies(facts: Iterable[Activity]) -> bool:
    return len({fact.currency for fact in facts if fact.amount_minor is not None}) > 1


def _streak(instants: Sequence[dt.datetime], as_of: dt.datetime, every: Duration) -> int:
    length, end, waiting = 0, as_of, list(instants)
    while waiting:
        start = earlier(as_of, times(every, length + 1))
        if not start < waiting[-1] <= end:
            return length
        while waiting and waiting[-1] > start:
            waiting.pop()
        length, end = length + 1, start
    return length
