"""Operands: what may be compared with what.

There are seven sorts of operand.  Two operands of different sorts compare as
unknown; a text is never smaller than a number.  A decimal number is of no
sort: money is whole minor units, a share is whole per cent or per mille.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Hashable, Iterable
from typing import Final, TypeAlias

from crmkit.calendars import Duration, LocalDays, Months
from crmkit.errors import InvalidValue
from crmkit.model import instant

Operand: TypeAlias = str | int | bool | dt.datetime | dt.date | Duration
OperandOrSet: TypeAlias = Operand | frozenset[Operand]

SORTS: Final = ("number", "text", "truth", "instant", "date", "duration", "set")
ORDERED: Final = frozenset({"number", "text", "instant", "date", "duration"})


def sort_of(value: object) -> str | None:
    """Return the sort of *value*, or None for what cannot be compared."""
    return _SORT_BY_TYPE.get(type(value)) or _sort_of_subclass(value)


def operand(value: object) -> OperandOrSet:
    """Return *value* in the one form in which a definition holds it.

    Instants are aware and in UTC; lists, tuples and sets become frozen sets
    of operands of one sort.

    Raises:
        InvalidValue: If a definition cannot hold it; the message says what to write instead.
    """
    if isinstance(value, (list, tuple, set, frozenset)):
        return operands(value)
    return single(value)


def operands(values: Iterable[object]) -> frozenset[Operand]:
    """Return *values* as a frozen set of operands.

    Raises:
        InvalidValue: If one of them is no operand, or their sorts differ.
    """
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise InvalidValue(f"several values are expected, got one: write [{values!r}]")
    singles = [single(value) for value in values]
    sorts = sorted({str(sort_of(value)) for value in singles})
    if len(sorts) > 1:
        raise InvalidValue(f"a set holds values of one sort, got {' and '.join(sorts)}")
    return frozenset(singles)


def single(value: object) -> Operand:
    """Return *value*, which is no set, in the one form in which a definition holds it.

    Raises:
        InvalidValue: As `operand`.
    """
    if value is None:
        raise InvalidValue("nothing can be compared with None; ask .is_known() or .is_unknown() instead")
    if isinstance(value, float):
        raise InvalidValue(
            f"got the decimal number {value!r}; give a whole number, such as minor units or per cent"
        )
    if isinstance(value, dt.datetime):
        return instant(value)
    if isinstance(value, (str, int, dt.date, dt.timedelta, LocalDays, Months)):
        return value
    raise InvalidValue(
        f"a {type(value).__name__} cannot be compared; "
        "give text, a whole number, a boolean, an aware datetime, a date, a duration, or a set of these"
    )


def observed(value: object) -> object:
    """Return a value that was read from a subject as operands have it.

    Several values become a set; what cannot be compared is returned as it is.

    Raises:
        InvalidValue: If it is NaN, or a datetime without a zone.
    """
    if isinstance(value, (list, tuple, set)):
        many = [observed(one) for one in value]
        return frozenset(many) if all(isinstance(one, Hashable) for one in many) else value
    if isinstance(value, dt.datetime):
        return instant(value)
    if isinstance(value, float) and math.isnan(value):
        raise InvalidValue("a value is NaN; leave it out if it is unknown")
    return value


def identity(value: object) -> object:
    """Return a key under which operands are equal only if they are of one sort: 1 is not True."""
    if isinstance(value, frozenset):
        return frozenset(identity(one) for one in value)
    return sort_of(value), value


def sorted_operands(values: Iterable[Operand]) -> list[Operand]:
    """Return *values* in an order that is the same on every run."""
    return sorted(values, key=lambda value: (str(sort_of(value)), repr(value)))


_SORT_BY_TYPE: Final[dict[type, str]] = {
    bool: "truth",
    int: "number",
    str: "text",
    dt.datetime: "instant",
    dt.date: "date",
    dt.timedelta: "duration",
    LocalDays: "duration",
    Months: "duration",
    frozenset: "set",
}


def _sort_of_subclass(value: object) -> str | None:
    for type_, sort in _SORT_BY_TYPE.items():
        if isinstance(value, type_):
            return sort
    return None
