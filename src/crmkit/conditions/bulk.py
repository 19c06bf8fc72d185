"""The same over columns: what conditions say of many customers, verdict for verdict as `conditions.evaluate`.

Terms become columns first, all calendar work done by the same code as for one
customer; then a condition is an expression over arrays.  Verdicts are 1 for
true, -1 for false and 0 for unknown, so that Kleene's "and" is the smaller,
"or" the larger, and "not" the opposite.
"""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Callable
from functools import reduce
from itertools import pairwise
from typing import Any, Final, TypeAlias, final

import attrs
import numpy as np
import numpy.typing as npt

from crmkit.calendars import LocalDays, Months, earlier, local
from crmkit.conditions.columns import (
    Bools,
    Column,
    Numbers,
    ProfileColumns,
    activity_column,
    as_codes,
    at_one_instant,
    known_of,
    number_of,
    profile_columns_from,
)
from crmkit.conditions.evaluate import ORDER, RECKON, compared, leaf_verdict, value_of
from crmkit.conditions.grouped import (
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
from crmkit.conditions.nodes import (
    TURNED,
    Always,
    And,
    Compare,
    CompareOp,
    Condition,
    Contains,
    FactTerm,
    In,
    Known,
    Not,
    Or,
    check_condition,
    field_names,
)
from crmkit.conditions.operands import ORDERED, sort_of
from crmkit.conditions.spans import Interval, date_after, ends_after, reached_dates, reached_instants
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

__all__ = ["evaluate", "matches"]

Verdicts: TypeAlias = npt.NDArray[np.int8]
_Asker: TypeAlias = Callable[[slice], Verdicts]

TRUE: Final = 1
UNKNOWN: Final = 0
FALSE: Final = -1
_CODE: Final = {True: TRUE, None: UNKNOWN, False: FALSE}

# So many rows at once as stay in a processor's cache.
_STRETCH: Final = 1 << 15
_FEW: Final = 8
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


def matches(condition: Condition, columns: Any, *, as_of: dt.datetime | None = None) -> Bools:
    """Return of whom *condition* is true, shape ``(n,)``, in the order of *columns*; unknown is not true.

    *columns* are `ProfileColumns`, or a table that `profile_columns_from` takes.

    >>> from crmkit.conditions import F
    >>> matches(F.tier >= 3, {"tier": [4, 2, None]}).tolist()
    [True, False, False]

    Conditions on activities need columns that hold them, at an instant:

    >>> import datetime as dt
    >>> from crmkit.conditions import A
    >>> from crmkit.conditions.columns import profile_columns_from
    >>> from crmkit.model import Activity, columns_of
    >>> bought = columns_of([Activity("1", "ann", "purchase", dt.datetime(2024, 1, 1, tzinfo=dt.UTC))])
    >>> as_of = dt.datetime(2024, 2, 1, tzinfo=dt.UTC)
    >>> both = profile_columns_from({"id": ["ann", "bob"]}, as_of=as_of, activities=bought)
    >>> matches(A("purchase").count() >= 1, both).tolist()
    [True, False]

    Raises:
        InvalidValue: As `evaluate`.
    """
    true: Bools = evaluate(condition, columns, as_of=as_of) == TRUE
    return true


def evaluate(condition: Condition, columns: Any, *, as_of: dt.datetime | None = None) -> Verdicts:
    """Return what *condition* says of each customer: 1 for true, -1 for false, 0 for unknown.

    Shape ``(n,)`` and type int8, in the order of *columns*, which are as for
    `matches`.  A field without a column is unknown of everyone.

    >>> from crmkit.conditions import F
    >>> evaluate(F.tier >= 3, {"tier": [4, 2, None]}).tolist()
    [1, -1, 0]

    Raises:
        InvalidValue: If *condition* is none, the columns lack what it needs
            (an instant, activities, one of their props), or hold NaN or naive datetimes.
        Contradiction: If the columns are true of another instant than *as_of*.
    """
    check_condition(condition)
    if not isinstance(columns, ProfileColumns):
        columns = profile_columns_from(columns, fields=field_names(condition), as_of=as_of)
    asked = at_one_instant(columns, as_of)
    return _verdicts(condition, _Subjects(size=len(asked), read=_field(asked), columns=asked))


@final
@attrs.frozen(kw_only=True, eq=False)
class _Subjects:
    """Many subjects of a condition: customers, or activities inside `Facts.where`.

    Attributes:
        size: How many.
        read: Returns the column of a field.
        columns: The customers, or those whose activities are asked about.
    """

    size: int
    read: Callable[[str], Column]
    columns: ProfileColumns

    @property
    def as_of(self) -> dt.datetime:
        return instant_of(Subject(read=self.read, as_of=self.columns.as_of))


def _field(columns: ProfileColumns) -> Callable[[str], Column]:
    unknown = Coded(codes=np.broadcast_to(np.int64(-1), columns.size), values=())
    return lambda name: columns.fields.get(name, unknown)


def _verdicts(condition: Condition, subjects: _Subjects) -> Verdicts:
    ask = _asker(condition, subjects)
    found = np.empty(subjects.size, np.int8)
    for start in range(0, subjects.size, _STRETCH):
        stretch = slice(start, min(start + _STRETCH, subjects.size))
        found[stretch] = ask(stretch)
    return found


def _asker(condition: Condition, subjects: _Subjects) -> _Asker:
    """Return what answers *condition* for a stretch of rows, its terms worked out already."""
    match condition:
        case And(parts=parts) | Or(parts=parts):
            joined = np.minimum if isinstance(condition, And) else np.maximum
            askers = [_asker(part, subjects) for part in parts]
            if not askers:
                return _same(TRUE if isinstance(condition, And) else FALSE)
            return lambda stretch: reduce(joined, (ask(stretch) for ask in askers))
        case Not(part=part):
            ask = _asker(part, subjects)
            return lambda stretch: -ask(stretch)
        case Always(verdict=verdict):
            return _same(_CODE[verdict])
        case Compare():
            return _comparing(condition, subjects)
        case Known(value=value):
            known = known_of(_column(value, subjects))
            return lambda stretch: _signed(known[stretch])
        case In(value=value) | Contains(container=value):
            column = _column(value, subjects)
            if isinstance(column, Coded):
                return _looked_up(column, lambda one: leaf_verdict(_about(condition, _ASKED), _holding(one)))
            return _among(column, condition) if isinstance(condition, In) else _same(UNKNOWN)


# --- leaves


def _comparing(node: Compare, subjects: _Subjects) -> _Asker:
    op, left, right = node.op, node.left, node.right
    if isinstance(right, Constant):
        if isinstance(left, (Age, Until)) and isinstance(right.value, (LocalDays, Months)):
            return _of_calendar(node, left, right.value, subjects)
        return _to_constant(op, _column(left, subjects), right.value)
    if isinstance(left, Constant):
        return _to_constant(TURNED[op], _column(right, subjects), left.value)
    one, other = _column(left, subjects), _column(right, subjects)
    if isinstance(one, Numbers) and isinstance(other, Numbers):
        if one.sort != other.sort or (op not in {"==", "!="} and one.sort not in ORDERED):
            return _same(UNKNOWN)
        known = known_of(one) & known_of(other)
        return lambda stretch: _when(known[stretch], ORDER[op](one.values[stretch], other.values[stretch]))
    return _looked_up(
        _pairs(as_codes(one), as_codes(other)), lambda pair: compared(op, *(pair or (None, None)))
    )


def _to_constant(op: CompareOp, column: Column, value: object) -> _Asker:
    if isinstance(column, Coded):
        return _looked_up(column, lambda one: compared(op, one, value))
    if column.sort != sort_of(value) or (op not in {"==", "!="} and column.sort not in ORDERED):
        return _same(UNKNOWN)
    return _by_number(column, ORDER[op], number_of(value))


def _among(column: Numbers, node: In) -> _Asker:
    if not node.options:
        return _same(FALSE)
    if column.sort not in {sort_of(option) for option in node.options}:
        return _same(UNKNOWN)
    options = [number_of(option) for option in node.options]
    if len(options) > _FEW and column.values.dtype != object:
        # What does not fit is no value of the column, and must not make the rest inexact.
        fit = [one for one in options if _INT64.min <= one <= _INT64.max]
        return _by_number(column, np.isin, np.array(fit, np.int64))
    return _by_number(
        column, lambda values, several: reduce(operator.or_, [values == one for one in several]), options
    )


def _by_number(column: Numbers, ask: Callable[[Any, Any], Any], stated: Any) -> _Asker:
    known, values = column.known, column.values
    if known is None:
        return lambda stretch: _signed(ask(values[stretch], stated))
    return lambda stretch: _when(known[stretch], ask(values[stretch], stated))


def _of_calendar(
    node: Compare, span: Age | Until, duration: LocalDays | Months, subjects: _Subjects
) -> _Asker:
    """Compare an age with calendar days or months; a wait is compared with one instant, or one date."""
    marks, as_of = _column(span.of, subjects), subjects.as_of
    if isinstance(marks, Coded):
        asked = attrs.evolve(node, left=attrs.evolve(span, of=_ASKED))
        return _looked_up(marks, lambda one: leaf_verdict(asked, attrs.evolve(_holding(one), as_of=as_of)))
    if marks.sort not in {"instant", "date"}:
        return _same(UNKNOWN)
    if isinstance(span, Until):
        return _until(node.op, marks, duration, as_of)
    return _since(node.op, marks, duration, as_of)


def _since(op: CompareOp, marks: Numbers, duration: LocalDays | Months, as_of: dt.datetime) -> _Asker:
    if marks.sort == "instant":
        now = to_micros(as_of)
        reached, before = (_within(reached_instants(duration, until)) for until in (now, now - 1))
    else:
        today = local(as_of, duration.zone).date()
        reached, before = (_within(_dates_up_to(last)) for last in reached_dates(duration, today))
    return _by_number(marks, _REACHED[op], (reached, before))


def _dates_up_to(last: dt.date | None) -> list[Interval]:
    return [] if last is None else [(_INT64.min, number_of(last))]


def _within(intervals: list[Interval]) -> Callable[[Ints], Bools]:
    def ask(values: Ints) -> Bools:
        inside = np.zeros(len(values), bool)
        for start, end in intervals:
            inside |= (values >= start) & (values <= end)
        return inside

    return ask


def _until(op: CompareOp, marks: Numbers, duration: LocalDays | Months, as_of: dt.datetime) -> _Asker:
    if marks.sort == "instant":
        end: dt.date | None = ends_after(as_of, duration)
    else:
        end = date_after(local(as_of, duration.zone).date(), duration)
    # Beyond the year 9999 is after every mark.
    return _by_number(marks, ORDER[op], _INT64.max if end is None else number_of(end))


# --- terms


def _column(term: Term, subjects: _Subjects) -> Column:
    """Return the value of *term* for each subject."""
    match term:
        case Constant(value=value):
            return Coded(codes=np.broadcast_to(np.int64(0), subjects.size), values=(value,))
        case Field(name=name):
            return subjects.read(name)
        case Age(of=of):
            return _elapsed(_column(of, subjects), subjects.as_of)
        case Until(of=of):
            return _elapsed(_column(of, subjects), subjects.as_of, sign=-1)
        case Arithmetic():
            return _reckoned(term, subjects)
        case TrueSince():
            return _true_since(term, subjects)
        case _:
            return _summary(term, subjects.columns)


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


def _reckoned(term: Arithmetic, subjects: _Subjects) -> Column:
    """Return whole-number arithmetic, in Python's own numbers where 64 bits might not suffice."""
    (left, known), (right, also) = (
        whole_numbers(_column(part, subjects)) for part in (term.left, term.right)
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


def _true_since(term: TrueSince, subjects: _Subjects) -> Column:
    """Return since when the condition has been true, asked of the reference: each looks back at instants of their own.

    Of whom it is true now, arrays tell; only their activities are made again.
    """
    true = _verdicts(term.condition, subjects) == TRUE
    facts, place, as_of = _histories(subjects.columns)
    rows = list(pairwise([*facts.offsets().tolist(), len(facts)]))  # the last: of those without a history
    since = np.zeros(len(rows), np.int64)
    for code in np.unique(place[true]).tolist():
        subject = attrs.evolve(_holding(None), as_of=as_of, activities=facts.history(*rows[code]))
        since[code] = number_of(value_of(term, subject))
    return Numbers(sort="instant", values=since[place], known=true)


def _histories(columns: ProfileColumns) -> tuple[ActivityColumns, Ints, dt.datetime]:
    """Return the activities, where each customer's are, and the instant that is asked at."""
    if columns.as_of is None:
        raise InvalidValue("the condition asks about time: give the columns an instant, as_of=…")
    if columns.activities is None or columns.place is None:
        raise InvalidValue("the condition asks about activities: give the columns the customers' activities")
    return columns.activities, columns.place, columns.as_of


def _summary(term: FactTerm, columns: ProfileColumns) -> Column:
    facts, _, as_of = _histories(columns)
    chosen = _chosen(term.facts, facts, columns, as_of)
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


def _chosen(choice: Facts, facts: ActivityColumns, columns: ProfileColumns, as_of: dt.datetime) -> Groups:
    """Return the activities that *choice* chooses; the twin of `evaluate.chosen`."""
    until = as_of if choice.before is None else earlier(as_of, choice.before)
    chosen = facts.at <= to_micros(until)
    if choice.within is not None:
        chosen &= facts.at > to_micros(earlier(as_of, choice.within))
    if choice.kinds:
        chosen &= np.array([*(kind in choice.kinds for kind in facts.kinds), False])[facts.kind]
    if choice.where is not None:
        each = _Subjects(
            size=len(facts),
            read=lambda name: activity_column(facts, name),
            columns=attrs.evolve(columns, as_of=as_of),
        )
        chosen &= _verdicts(choice.where, each) == TRUE
    rows = np.flatnonzero(chosen)
    place = columns.place if columns.place is not None else np.arange(len(facts.customers))
    return groups(facts.customer[rows], rows, place, len(facts.customers))


# --- values of one term, asked of the reference one by one


def _about(leaf: Any, field: Field) -> Any:
    """Return *leaf* with *field* in place of the term that it asks about."""
    match leaf:
        case In():
            return attrs.evolve(leaf, value=field)
        case Contains():
            return attrs.evolve(leaf, container=field)


_ASKED: Final = Field(name="asked")


def _holding(value: object) -> Subject:
    return Subject(read=lambda _: value)


def _pairs(one: Coded, other: Coded) -> Coded:
    """Return a column of the pairs of values that two columns hold."""
    pairs = one.codes * (len(other.values) + 1) + other.codes
    distinct_pairs, place = np.unique(
        np.where((one.codes < 0) | (other.codes < 0), -1, pairs), return_inverse=True
    )
    values = (
        (one.values[pair // (len(other.values) + 1)], other.values[pair % (len(other.values) + 1)])
        for pair in distinct_pairs.tolist()
        if pair >= 0
    )
    return Coded(codes=place - int((distinct_pairs < 0).any()), values=tuple(values))


def _same(code: int) -> _Asker:
    return lambda stretch: np.full(stretch.stop - stretch.start, code, np.int8)


def _looked_up(column: Coded, ask: Callable[[Any], bool | None]) -> _Asker:
    """Return what answers by looking each row's value up in the verdicts of the different ones."""
    verdicts = [_CODE[ask(value)] for value in (*column.values, None)]
    table, codes = np.array(verdicts, np.int8), column.codes
    return lambda stretch: table[codes[stretch]]


def _signed(verdicts: Any) -> Verdicts:
    whole: Verdicts = verdicts.view(np.int8) * np.int8(2) - np.int8(1)
    return whole


def _when(known: Bools, verdicts: Any) -> Verdicts:
    return _signed(verdicts) * known.view(np.int8)
