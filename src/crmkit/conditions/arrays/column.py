"""A column: one thing of many customers, as whole numbers where it can be counted, else as codes of its values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any, Final, TypeAlias, final

import attrs
import numpy as np
import numpy.typing as npt

from crmkit.conditions.operands import observed, sort_of
from crmkit.model import from_micros, to_micros
from crmkit.model.columns import Coded, coded

Bools: TypeAlias = npt.NDArray[np.bool_]

NO_SORT: Final = 0.5
"""Stands for decimal numbers, and whatever else has no sort: known, and like nothing that a condition can state."""

_EPOCH: Final = dt.date(1970, 1, 1)
_MICROSECOND: Final = dt.timedelta(microseconds=1)
_INT64: Final = np.iinfo(np.int64)
_NUMBER: Final[dict[type, tuple[str, Callable[[Any], int]]]] = {
    bool: ("truth", int),
    int: ("number", int),
    dt.datetime: ("instant", to_micros),
    dt.date: ("date", lambda day: (day - _EPOCH).days),
    dt.timedelta: ("duration", lambda span: span // _MICROSECOND),
}
_VALUE: Final[dict[str, Callable[[int], object]]] = {
    "truth": bool,
    "number": int,
    "instant": from_micros,
    "date": lambda days: _EPOCH + dt.timedelta(days=days),
    "duration": lambda micros: micros * _MICROSECOND,
}


@final
@attrs.frozen(kw_only=True, eq=False)
class Numbers:
    """A column of one sort that is counted in whole numbers.

    Attributes:
        sort: "number"; "truth", 0 or 1; "instant", microseconds since 1970 in
            UTC; "date", days since 1970; or "duration", microseconds.
        values: Shape ``(n,)``, int64, or Python's whole numbers where those do not suffice;
            where a value is unknown, any number.
        known: Shape ``(n,)``: where the value is known, or None if it is everywhere.
    """

    sort: str
    values: npt.NDArray[Any]
    known: Bools | None = None

    def __len__(self) -> int:
        return len(self.values)

    def __repr__(self) -> str:
        return f"Numbers({len(self):,} rows, {self.sort})"


Column: TypeAlias = Numbers | Coded


def column_of(values: Iterable[object]) -> Column:
    """Return values, None for unknown, as a column: of whole numbers where they all are of one such sort.

    Raises:
        InvalidValue: If one of them is NaN, or a datetime without a zone.
    """
    seen = (None if value is None else observed(value) for value in values)
    return as_numbers(coded(NO_SORT if one is not None and sort_of(one) is None else one for one in seen))


def as_numbers(column: Coded) -> Column:
    """Return *column* as whole numbers, if all its values are of one such sort and fit, else as it is."""
    types = {type(value) for value in column.values}
    if len(types) != 1 or not types <= _NUMBER.keys():
        return column
    sort, _ = _NUMBER[types.pop()]
    numbers = [number_of(value) for value in column.values]
    if not all(_INT64.min <= one <= _INT64.max for one in numbers):
        return column
    return Numbers(
        sort=sort,
        values=np.array([*numbers, 0], np.int64)[column.codes],
        known=None if (column.codes >= 0).all() else column.codes >= 0,
    )


def as_codes(column: Column) -> Coded:
    """Return *column* with a dictionary of its values."""
    if isinstance(column, Coded):
        return column
    distinct, place = np.unique(column.values, return_inverse=True)
    codes = place if column.known is None else np.where(column.known, place, -1)
    return Coded(codes=codes, values=tuple(value_of(column.sort, int(one)) for one in distinct))


def number_of(value: object) -> int:
    """Return the whole number that stands for *value*, which is of a sort that `Numbers` holds."""
    _, count = _NUMBER[type(value)]
    return count(value)


def value_of(sort: str, number: int) -> object:
    """Return the value that *number* stands for in a column of *sort*."""
    return _VALUE[sort](number)


def known_of(column: Column) -> Bools:
    """Return where *column* is known, shape ``(n,)``."""
    if isinstance(column, Coded):
        return column.codes >= 0
    return np.ones(len(column), bool) if column.known is None else column.known
