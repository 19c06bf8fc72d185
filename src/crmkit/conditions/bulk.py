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
from typing import Any, Final

import attrs
import numpy as np

from crmkit.calendars import LocalDays, Months
from crmkit.conditions.arrays.ages import since, until
from crmkit.conditions.arrays.column import Bools, Column, Numbers, as_codes, known_of, number_of
from crmkit.conditions.arrays.terms import Subjects, term_column
from crmkit.conditions.arrays.verdicts import (
    CODE,
    FALSE,
    TRUE,
    UNKNOWN,
    Asker,
    Verdicts,
    all_rows,
    by_number,
    looked_up,
    same,
    signed,
    when,
)
from crmkit.conditions.columns import ProfileColumns, at_one_instant, profile_columns_from
from crmkit.conditions.evaluate import ORDER, compared, leaf_verdict
from crmkit.conditions.nodes import (
    TURNED,
    Always,
    And,
    Compare,
    CompareOp,
    Condition,
    Contains,
    In,
    Known,
    Not,
    Or,
    check_condition,
    field_names,
)
from crmkit.conditions.operands import ORDERED, sort_of
from crmkit.conditions.subject import Subject
from crmkit.conditions.terms import (
    Age,
    Constant,
    Field,
    Until,
)
from crmkit.model.columns import Coded

__all__ = ["evaluate", "matches"]

_FEW: Final = 8
_INT64: Final = np.iinfo(np.int64)


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
    return _verdicts(condition, Subjects(size=len(asked), read=_field(asked), columns=asked, ask=_verdicts))


def _field(columns: ProfileColumns) -> Callable[[str], Column]:
    unknown = Coded(codes=np.broadcast_to(np.int64(-1), columns.size), values=())
    return lambda name: columns.fields.get(name, unknown)


def _verdicts(condition: Condition, subjects: Subjects) -> Verdicts:
    return all_rows(_asker(condition, subjects), subjects.size)


def _asker(condition: Condition, subjects: Subjects) -> Asker:
    """Return what answers *condition* for a stretch of rows, its terms worked out already."""
    match condition:
        case And(parts=parts) | Or(parts=parts):
            joined = np.minimum if isinstance(condition, And) else np.maximum
            askers = [_asker(part, subjects) for part in parts]
            if not askers:
                return same(TRUE if isinstance(condition, And) else FALSE)
            return lambda stretch: reduce(joined, (ask(stretch) for ask in askers))
        case Not(part=part):
            ask = _asker(part, subjects)
            return lambda stretch: -ask(stretch)
        case Always(verdict=verdict):
            return same(CODE[verdict])
        case Compare():
            return _comparing(condition, subjects)
        case Known(value=value):
            known = known_of(term_column(value, subjects))
            return lambda stretch: signed(known[stretch])
        case In(value=value) | Contains(container=value):
            column = term_column(value, subjects)
            if isinstance(column, Coded):
                return looked_up(column, lambda one: leaf_verdict(_about(condition, _ASKED), _holding(one)))
            return _among(column, condition) if isinstance(condition, In) else same(UNKNOWN)


# --- leaves


def _comparing(node: Compare, subjects: Subjects) -> Asker:
    op, left, right = node.op, node.left, node.right
    if isinstance(right, Constant):
        if isinstance(left, (Age, Until)) and isinstance(right.value, (LocalDays, Months)):
            return _of_calendar(node, left, right.value, subjects)
        return _to_constant(op, term_column(left, subjects), right.value)
    if isinstance(left, Constant):
        return _to_constant(TURNED[op], term_column(right, subjects), left.value)
    one, other = term_column(left, subjects), term_column(right, subjects)
    if isinstance(one, Numbers) and isinstance(other, Numbers):
        if one.sort != other.sort or (op not in {"==", "!="} and one.sort not in ORDERED):
            return same(UNKNOWN)
        known = known_of(one) & known_of(other)
        return lambda stretch: when(known[stretch], ORDER[op](one.values[stretch], other.values[stretch]))
    return looked_up(
        _pairs(as_codes(one), as_codes(other)), lambda pair: compared(op, *(pair or (None, None)))
    )


def _to_constant(op: CompareOp, column: Column, value: object) -> Asker:
    if isinstance(column, Coded):
        return looked_up(column, lambda one: compared(op, one, value))
    if column.sort != sort_of(value) or (op not in {"==", "!="} and column.sort not in ORDERED):
        return same(UNKNOWN)
    return by_number(column, ORDER[op], number_of(value))


def _among(column: Numbers, node: In) -> Asker:
    if not node.options:
        return same(FALSE)
    if column.sort not in {sort_of(option) for option in node.options}:
        return same(UNKNOWN)
    options = [number_of(option) for option in node.options]
    if len(options) > _FEW and column.values.dtype != object:
        # What does not fit is no value of the column, and must not make the rest inexact.
        fit = [one for one in options if _INT64.min <= one <= _INT64.max]
        return by_number(column, np.isin, np.array(fit, np.int64))
    return by_number(
        column, lambda values, several: reduce(operator.or_, [values == one for one in several]), options
    )


def _of_calendar(node: Compare, span: Age | Until, duration: LocalDays | Months, subjects: Subjects) -> Asker:
    """Compare an age with calendar days or months; a wait is compared with one instant, or one date."""
    marks, as_of = term_column(span.of, subjects), subjects.as_of
    if isinstance(marks, Coded):
        asked = attrs.evolve(node, left=attrs.evolve(span, of=_ASKED))
        return looked_up(marks, lambda one: leaf_verdict(asked, attrs.evolve(_holding(one), as_of=as_of)))
    if marks.sort not in {"instant", "date"}:
        return same(UNKNOWN)
    if isinstance(span, Until):
        return until(node.op, marks, duration, as_of)
    return since(node.op, marks, duration, as_of)


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
