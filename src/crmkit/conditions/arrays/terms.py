"""Terms as columns: what each says of many subjects, all calendar work done by the same code as for one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from itertools import pairwise
from typing import Any, Final, final

import attrs
import numpy as np

from crmkit.calendars import earlier
from crmkit.conditions.arrays.column import Column, Numbers, number_of
from crmkit.conditions.arrays.grouped import (
    Groups,
    count,
    distinct,
    extreme,
    first,
    groups,
    last,
    streak,
    total,
    whole_numbers,
)
from crmkit.conditions.arrays.verdicts import TRUE, Verdicts
from crmkit.conditions.columns import ProfileColumns, activity_column
from crmkit.conditions.evaluate import RECKON, value_of
from crmkit.conditions.nodes import Condition, FactTerm
from crmkit.conditions.subject import Subject, instant_of
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
from crmkit.errors import InvalidValue
from crmkit.model import ActivityColumns, to_micros
from crmkit.model.columns import Coded, Ints

_INT64: Final = np.iinfo(np.int64)


@final
@attrs.frozen(kw_only=True, eq=False)
class Subjects:
    """Many subjects of a condition: customers, or activities inside `Facts.where`.

    Attributes:
        size: How many.
        read: Returns the column of a field.
        columns: The customers, or those whose activities are asked about.
        ask: Returns the verdicts of a condition that a term asks in turn.
    """

    size: int
    read: Callable[[str], Column]
    columns: ProfileColumns
    ask: Callable[[Condition, Subjects], Verdicts]

    @property
    def as_of(self) -> dt.datetime:
        """The instant that is asked at."""
        return instant_of(Subject(read=self.read, as_of=self.columns.as_of))


def term_column(term: Term, subjects: Subjects) -> Column:
    """Return the value of *term* for each subject."""
    match term:
        case Constant(value=value):
            return Coded(codes=np.broadcast_to(np.int64(0), subjects.size), values=(value,))
        case Field(name=name):
            return subjects.read(name)
        case Age(of=of):
            return _elapsed(term_column(of, subjects), subjects.as_of)
        case Until(of=of):
            return _elapsed(term_column(of, subjects), subjects.as_of, sign=-1)
        case Arithmetic():
            return _reckoned(term, subjects)
        case TrueSince():
            return _true_since(term, subjects)
        case _:
            return _summary(term, subjects)


def _elapsed(marks: Column, as_of: dt.datetime, *, sign: int = 1) -> Column:
    """Return how long before *as_of* each instant lies, or after it; of what is no instant, unknown."""
    if isinstance(marks, Coded):
        told = [sign * (as_of - one) if isinstance(one, dt.datetime) else None for one in marks.values]
        spans = [None if one is None else number_of(one) for one in told]
        values = np.array([*(one or 0 for one in spans), 0], np.int64)
        known = np.array([*(one is not None for one in spans), False])
        return Numbers(sort="duration", values=values[marks.codes], known=known[marks.codes])
    if marks.sort != "instant":
        return Numbers(sort="duration", values=np.zeros_like(marks.values), known=np.zeros(len(marks), bool))
    return Numbers(sort="duration", values=sign * (to_micros(as_of) - marks.values), known=marks.known)


def _reckoned(term: Arithmetic, subjects: Subjects) -> Column:
    """Return whole-number arithmetic, in Python's own numbers where 64 bits might not suffice."""
    (left, known), (right, also) = (
        whole_numbers(term_column(part, subjects)) for part in (term.left, term.right)
    )
    known = known & also
    if term.op == "//":
        known = known & (right != 0).astype(bool)
    # What is unknown must not decide whether the rest fits, nor be divided by.
    left, right = np.where(known, left, 0), np.where(known, right, 1)
    if subjects.size and not _fits(term.op, left, right):
        left, right = left.astype(object), right.astype(object)
    return Numbers(sort="number", values=RECKON[term.op](left, right), known=known)


def _fits(op: ArithmeticOp, left: Any, right: Any) -> bool:
    """Return whether 64 bits surely suffice: the largest results come of the smallest and largest numbers."""
    ends = [[int(values.min()), int(values.max())] for values in (left, right)]
    if op == "//":
        return ends[0][0] > _INT64.min
    return all(_INT64.min <= RECKON[op](one, other) <= _INT64.max for one in ends[0] for other in ends[1])


def _true_since(term: TrueSince, subjects: Subjects) -> Column:
    """Return since when the condition has been true, asked of the reference: each looks back at instants of their own.

    Of whom it is true now, arrays tell; only their activities are made again.
    """
    true = subjects.ask(term.condition, subjects) == TRUE
    facts, place, as_of = _histories(subjects.columns)
    rows = list(pairwise([*facts.offsets().tolist(), len(facts)]))  # the last: of those without a history
    since = np.zeros(len(rows), np.int64)
    for code in np.unique(place[true]).tolist():
        subject = Subject(read=_nothing, as_of=as_of, activities=facts.history(*rows[code]))
        since[code] = number_of(value_of(term, subject))
    return Numbers(sort="instant", values=since[place], known=true)


def _histories(columns: ProfileColumns) -> tuple[ActivityColumns, Ints, dt.datetime]:
    """Return the activities, where each customer's are, and the instant that is asked at."""
    if columns.as_of is None:
        raise InvalidValue("the condition asks about time: give the columns an instant, as_of=…")
    if columns.activities is None or columns.place is None:
        raise InvalidValue("the condition asks about activities: give the columns the customers' activities")
    return columns.activities, columns.place, columns.as_of


def _summary(term: FactTerm, subjects: Subjects) -> Column:
    facts, _, as_of = _histories(subjects.columns)
    chosen = _chosen(term.facts, facts, subjects, as_of)
    match term:
        case Count():
            return count(chosen)
        case First():
            return first(chosen, facts.at)
        case Last():
            return last(chosen, facts.at)
        case Sum(of=of):
            return total(chosen, activity_column(facts, of), facts.currency if of == AMOUNT else None)
        case Least(of=of) | Greatest(of=of):
            told, currency = activity_column(facts, of), facts.currency if of == AMOUNT else None
            return extreme(chosen, told, currency, largest=isinstance(term, Greatest))
        case Distinct(of=of):
            return distinct(chosen, activity_column(facts, of))
        case Streak(every=every):
            return streak(chosen, facts.at, as_of, every)


def _chosen(choice: Facts, facts: ActivityColumns, subjects: Subjects, as_of: dt.datetime) -> Groups:
    """Return the activities that *choice* chooses; the twin of `evaluate.chosen`."""
    columns = subjects.columns
    until = as_of if choice.before is None else earlier(as_of, choice.before)
    chosen = facts.at <= to_micros(until)
    if choice.within is not None:
        chosen &= facts.at > to_micros(earlier(as_of, choice.within))
    if choice.kinds:
        chosen &= np.array([*(kind in choice.kinds for kind in facts.kinds), False])[facts.kind]
    if choice.where is not None:
        each = Subjects(
            size=len(facts),
            read=lambda name: activity_column(facts, name),
            columns=attrs.evolve(columns, as_of=as_of),
            ask=subjects.ask,
        )
        chosen &= subjects.ask(choice.where, each) == TRUE
    rows = np.flatnonzero(chosen)
    place = columns.place if columns.place is not None else np.arange(len(facts.customers))
    return groups(facts.customer[rows], rows, place, len(facts.customers))


def _nothing(_: str) -> None:
    return None
