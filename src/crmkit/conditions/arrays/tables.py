"""Tables of any kind, data frames or arrays by name, read as columns."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sized
from typing import Any, TypeVar

import narwhals as nw
import numpy as np

from crmkit.conditions.arrays.column import NO_SORT, Bools, Column, Numbers, column_of
from crmkit.errors import InvalidValue
from crmkit.model.columns import Coded, Ints

ReadT = TypeVar("ReadT")


def columns_in(table: Any, names: Collection[str] | None) -> tuple[dict[str, Column], int]:
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
    return Coded(codes=codes if known is None else np.where(known, codes, -1), values=(NO_SORT,))


def _has_numpy_type(series: Any) -> bool:
    return isinstance(getattr(series.to_native(), "dtype", None), np.dtype)
