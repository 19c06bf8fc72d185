"""Columns of customers: the one columnar form of what conditions read, for bulk functions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Sized
from typing import Any, Final, TypeAlias, TypeVar, final

import attrs
import narwhals as nw
import numpy as np
import numpy.typing as npt

from crmkit.conditions.nodes import Condition, Node, field_names, uses_facts, uses_time, walk
from crmkit.conditions.operands import identity, observed, sort_of
from crmkit.conditions.subject import Subject, instant_of, same_instant, subject_of
from crmkit.conditions.terms import Distinct, Facts, Greatest, Least, Sum
from crmkit.errors import Contradiction, InvalidValue, UnknownName
from crmkit.model import ActivityColumns, Profile, from_micros, instant, to_micros
from crmkit.model.columns import UNKNOWN_AMOUNT, Coded, Ints, coded, columns_of_each

ReadT = TypeVar("ReadT")
Bools: TypeAlias = npt.NDArray[np.bool_]

HELD: Final = frozenset({"id", "kind", "at", "amount_minor", "currency", "channel", "account_id"})
"""What the columns of activities hold without being asked."""

_EPOCH: Final = dt.date(1970, 1, 1)
_MICROSECOND: Final = dt.timedelta(microseconds=1)
_INT64: Final = np.iinfo(np.int64)
# Decimal numbers, and whatever else has no sort, are known and like nothing that a condition can state.
_NO_SORT: Final = 0.5
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


@final
@attrs.frozen(kw_only=True, eq=False)
class ProfileColumns:
    """What is known of many customers at one instant, as columns.

    Attributes:
        fields: Columns by name, each of shape ``(size,)``.
        size: Number of customers.
        as_of: The instant it is true of, or None if nothing asks about time.
        activities: Their histories, or None if nothing asks about them.
        place: Shape ``(size,)``: the place of each customer in ``activities.customers``,
            -1 for one without a history.
    """

    fields: Mapping[str, Column]
    size: int
    as_of: dt.datetime | None = attrs.field(default=None, converter=attrs.converters.optional(instant))
    activities: ActivityColumns | None = None
    place: Ints | None = None

    def __len__(self) -> int:
        return self.size

    def __repr__(self) -> str:
        return f"ProfileColumns({self.size:,} customers; {', '.join(sorted(self.fields))})"


def profile_columns_of(
    profiles: Iterable[Profile | Mapping[str, object]],
    *conditions: Condition,
    as_of: dt.datetime | None = None,
) -> ProfileColumns:
    """Return *profiles* as columns that hold what *conditions* ask about, in their order.

    >>> from crmkit.conditions import F
    >>> profile_columns_of([{"tier": 4}, {}], F.tier >= 3)
    ProfileColumns(2 customers; tier)

    Raises:
        InvalidValue: As `conditions.evaluate` of one of them.
        Contradiction: If they are true of different instants.
    """
    subjects = [subject_of(profile, as_of=as_of) for profile in profiles]
    instants = {subject.as_of for subject in subjects}
    if len(instants - {None}) > 1:
        raise Contradiction("the profiles are true of different instants; make profiles as of one instant")
    if len(instants) > 1 and any(uses_time(one) for one in conditions):
        raise InvalidValue("the conditions ask about time, and some profiles have no instant; pass as_of=…")
    names = sorted(frozenset().union(*(field_names(one) for one in conditions)))
    facts = None
    if any(uses_facts(one) for one in conditions):
        props = frozenset().union(*(activity_names(one) for one in conditions)) - HELD
        facts = columns_of_each([_history(subject) for subject in subjects], props=sorted(props))
    return ProfileColumns(
        fields={name: column_of(subject.read(name) for subject in subjects) for name in names},
        size=len(subjects),
        as_of=next(iter(instants - {None}), as_of),
        activities=facts,
        place=None if facts is None else _places((f"{row:012d}" for row in range(len(subjects))), facts),
    )


def profile_columns_from(
    table: Any,
    *,
    fields: Collection[str] | None = None,
    as_of: dt.datetime | None = None,
    activities: ActivityColumns | None = None,
    key: str = "id",
) -> ProfileColumns:
    """Return a table of customers, a row each, as columns, in its order.

    Args:
        table: Any data frame, lazy ones are collected; or lists or arrays by
            name.  Instants are aware, lists of texts are sets.
        fields: The columns to hold; all if None.
        as_of: The instant it is true of.
        activities: The histories of the customers.
        key: The column that holds the customers' ids, needed with *activities*.

    >>> profile_columns_from({"id": ["c1", "c2"], "tier": [4, None]})
    ProfileColumns(2 customers; id, tier)

    Raises:
        UnknownName: If there is no column *key*; the closest there is is offered.
        InvalidValue: If a column holds NaN, naive instants or whole numbers that pandas
            has made decimal, columns differ in length, or the table is none.
    """
    asked = None if fields is None else {*fields, *([key] if activities is not None else [])}
    columns, size = _columns(table, asked)
    place = None
    if activities is not None:
        if key not in columns:
            raise UnknownName("column", key, columns)
        ids = as_codes(columns[key])
        place = np.append(_places(map(str, ids.values), activities), -1)[ids.codes]
    return ProfileColumns(
        fields=columns if fields is None else {name: columns[name] for name in fields if name in columns},
        size=size,
        as_of=as_of,
        activities=activities,
        place=place,
    )


def column_of(values: Iterable[object]) -> Column:
    """Return values, None for unknown, as a column: of whole numbers where they all are of one such sort.

    Raises:
        InvalidValue: If one of them is NaN, or a datetime without a zone.
    """
    seen = (None if value is None else observed(value) for value in values)
    return as_numbers(coded(_NO_SORT if one is not None and sort_of(one) is None else one for one in seen))


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


def activity_column(activities: ActivityColumns, name: str) -> Column:
    """Return what activities say under *name*: their own attributes, then their props.

    Raises:
        InvalidValue: If the columns do not hold it.
    """
    match name:
        case "at":
            return Numbers(sort="instant", values=activities.at)
        case "amount_minor":
            amounts = activities.amount_minor
            return Numbers(sort="number", values=amounts, known=amounts != UNKNOWN_AMOUNT)
        case "kind":
            return Coded(codes=activities.kind, values=activities.kinds)
        case "currency":
            return Coded(codes=activities.currency, values=activities.currencies)
        case "channel":
            return Coded(codes=activities.channel, values=activities.channels)
        case "account_id":
            return Coded(codes=activities.account, values=activities.accounts)
        case "id":
            return coded(activities.id.tolist())
    held = activities.props.get(name)
    if held is None:
        raise InvalidValue(
            f"the condition reads the activities' {name!r}, which the columns do not hold; "
            f"make them with columns_of(activities, props=({name!r},))"
        )
    return as_numbers(_merged(held))


def activity_names(node: Node) -> frozenset[str]:
    """Return the names under which *node* reads activities."""
    names: set[str] = set()
    for one in walk(node):
        if isinstance(one, Facts) and one.where is not None:
            names |= field_names(one.where)
        elif isinstance(one, (Sum, Least, Greatest, Distinct)):
            names.add(one.of)
    return frozenset(names)


def at_one_instant(columns: ProfileColumns, as_of: dt.datetime | None) -> ProfileColumns:
    """Return *columns* as of the instant that is asked about.

    Raises:
        Contradiction: If they are true of another.
    """
    same_instant(columns.as_of, as_of)
    return columns if as_of is None else attrs.evolve(columns, as_of=as_of)


def _history(subject: Subject) -> Sequence[Any]:
    until = instant_of(subject)
    if subject.activities is None:
        raise InvalidValue("the condition asks about activities: give each mapping the key 'activities'")
    return [fact for fact in subject.activities if fact.at <= until]


def _places(ids: Iterable[str], activities: ActivityColumns) -> Ints:
    place = {name: place for place, name in enumerate(activities.customers)}
    return np.array([place.get(one, -1) for one in ids], np.int64)


def _merged(column: Coded) -> Coded:
    """Return *column* as conditions observe it: what they cannot tell apart has one code."""
    seen = [observed(value) for value in column.values]
    merged: dict[object, int] = {}
    places = [merged.setdefault(identity(value), len(merged)) for value in seen]
    if len(merged) == len(seen):
        return attrs.evolve(column, values=tuple(seen))
    return Coded(
        codes=np.array([*places, -1], np.int64)[column.codes],
        values=tuple(seen[places.index(place)] for place in range(len(merged))),
    )


def _columns(table: Any, names: Collection[str] | None) -> tuple[dict[str, Column], int]:
    """Return those columns of a table that are called for, all if *names* is None, and how many rows it has."""
    if isinstance(table, Mapping):
        sizes = {_named(name, _size_of, values) for name, values in table.items()}
        if len(sizes) > 1:
            raise InvalidValue(f"the columns differ in length: {', '.join(map(str, sorted(sizes)))} rows")
        called_for = [name for name in table if names is None or name in names]
        return {name: _named(name, _column_from_array, table[name]) for name in called_for}, max(
            sizes, default=0
        )
    frame: Any = nw.from_native(table, pass_through=True)
    if not isinstance(frame, (nw.DataFrame, nw.LazyFrame)):
        raise InvalidValue(
            f"expected customers as ProfileColumns, a data frame or arrays by name, got a {type(table).__name__}"
        )
    held = frame.collect_schema().names()
    called_for = [name for name in held if names is None or name in names]
    frame = frame.select(called_for or held[:1])  # one at least, so that there are rows to count
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect()
    return {name: _named(name, _column_from_series, frame[name]) for name in called_for}, len(frame)


def _named(name: str, read: Callable[[Any], ReadT], values: Any) -> ReadT:
    try:
        return read(values)
    except InvalidValue as error:
        raise InvalidValue(f"the column {name!r}: {error}") from None


def _size_of(values: Any) -> int:
    if isinstance(values, (str, bytes)) or not isinstance(values, Sized) or getattr(values, "ndim", 1) != 1:
        raise InvalidValue("it is no list or array of a value for each customer")
    return len(values)


def _column_from_array(values: Any) -> Column:
    series: Any = nw.from_native(values, series_only=True, pass_through=True)
    if isinstance(series, nw.Series):
        return _column_from_series(series)
    if not isinstance(values, np.ndarray):
        return column_of(values)
    if isinstance(values, np.ma.MaskedArray):
        return column_of(values.tolist())
    if values.dtype == np.bool_:
        return Numbers(sort="truth", values=values.astype(np.int64))
    if np.issubdtype(values.dtype, np.integer) and values.dtype != np.uint64:
        return Numbers(sort="number", values=values.astype(np.int64, copy=False))
    if values.dtype.kind in "Mm":
        raise InvalidValue("numpy's instants carry no time zone; give aware datetimes")
    return column_of(values.tolist())


def _column_from_series(series: Any) -> Column:
    dtype, known = series.dtype, None
    if series.null_count():
        known = ~series.is_null().to_numpy().astype(bool)
    if dtype.is_integer() and dtype not in {nw.UInt64, nw.Int128, nw.UInt128}:
        return Numbers(sort="number", values=_ints(series), known=known)
    if dtype == nw.Boolean:
        return Numbers(sort="truth", values=_ints(series.cast(nw.Int64)), known=known)
    if dtype.is_float() or dtype == nw.Decimal:
        return _decimals(series, known)
    if isinstance(dtype, nw.Datetime):
        if dtype.time_zone is None:
            raise InvalidValue("its instants carry no time zone; give the column one")
        return Numbers(sort="instant", values=_ints(series.dt.timestamp("us")), known=known)
    if dtype == nw.Date:
        micros = _ints(series.cast(nw.Datetime("us")).dt.timestamp("us"))
        return Numbers(sort="date", values=micros // 86_400_000_000, known=known)
    if isinstance(dtype, nw.Duration):
        return Numbers(sort="duration", values=_ints(series.dt.total_microseconds()), known=known)
    values = [value.tolist() if isinstance(value, np.ndarray) else value for value in series.to_list()]
    if known is not None:
        values = [value if is_known else None for value, is_known in zip(values, known.tolist(), strict=True)]
    return column_of(values)


def _ints(series: Any) -> Ints:
    whole: Ints = series.fill_null(0).cast(nw.Int64).to_numpy().astype(np.int64, copy=False)
    return whole


def _decimals(series: Any, known: Bools | None) -> Column:
    """Return a column whose values are known and of no sort; NaN is refused, as for one customer."""
    told = series.drop_nulls().to_numpy() if series.dtype.is_float() else np.array([])
    if np.isnan(told).any():
        raise InvalidValue("a value is NaN; leave it null if it is unknown")
    if known is not None and len(told) and _has_numpy_type(series) and (told % 1 == 0).all():
        raise InvalidValue(
            "its whole numbers have become decimal ones, as pandas makes them where some are unknown; "
            "give it .astype('Int64')"
        )
    codes = np.zeros(len(series), np.int64)
    return Coded(codes=codes if known is None else np.where(known, codes, -1), values=(_NO_SORT,))


def _has_numpy_type(series: Any) -> bool:
    return isinstance(getattr(series.to_native(), "dtype", None), np.dtype)
