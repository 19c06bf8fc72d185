"""Parquet rows: columns of Arrow as columns of plain Python values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from crmkit.errors import InvalidValue, MissingExtra, Problem
from crmkit.workflows.intake import Table

if TYPE_CHECKING:
    import pyarrow as pa

_UNREAD: Final = "be read; text is in UTF-8, and a time lies in the years 1 to 9999"


def parquet_table(path: Path, source: str) -> Table:
    """Return the rows of the Parquet file at *path*; what is not plain is left out and named.

    Raises:
        InvalidValue: If it is no Parquet file.
        MissingExtra: If the extra ``frames`` is not installed.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise MissingExtra("frames", "reading Parquet") from None
    try:
        frame = pq.read_table(path)
        names = frame.column_names
    except (pa.ArrowException, ValueError):
        raise InvalidValue(f"{path.name!r} is no Parquet file, or a broken one") from None
    return _arrow_table(frame, names, source)


def _arrow_table(frame: pa.Table, names: Sequence[str], source: str) -> Table:
    columns: dict[str, list[object]] = {}
    problems: list[Problem] = []
    for place, name in enumerate(names):
        try:
            cells, unread = _cells(frame.column(place))
        except (TypeError, ValueError, NotImplementedError):
            reason = "holds no text, numbers, truths, dates or lists of these; the column is left out"
            problems.append(Problem(source=source, field=name, reason=reason, kept=True))
            continue
        columns[_free(name, columns)] = cells
        if unread and not any(cell is not None for cell in cells):
            problems.append(Problem(source=source, field=name, reason=f"no value can {_UNREAD}", kept=True))
            continue
        problems += [
            Problem(source=source, row=row, field=name, reason=f"the value cannot {_UNREAD}", kept=True)
            for row in unread
        ]
    if not frame.num_rows:
        problems.append(Problem(source=source, reason="the file has no rows"))
    return Table(
        source=source,
        columns=tuple(columns),
        numbers=range(1, frame.num_rows + 1),
        cells=tuple(columns.values()),
        problems=tuple(problems),
    )


def _cells(column: pa.ChunkedArray) -> tuple[list[object], list[int]]:
    """Return an Arrow column as plain Python values, and the numbers of the rows whose value has no such form.

    Raises:
        TypeError: If it is of a kind that no field holds.
    """
    column = column.cast(_readable(column.type), safe=False)
    with suppress(ValueError, OverflowError):
        return _all_plain(column), []
    cells: list[object] = []
    unread: list[int] = []
    for row, scalar in enumerate(column, start=1):
        try:
            cells.append(_plain(scalar.as_py()))
        except (ValueError, OverflowError):
            cells.append(None)
            unread.append(row)
    return cells, unread


def _readable(kind: pa.DataType) -> pa.DataType:
    """Return the type as which a column is read: plain, and times no finer than a microsecond.

    Only what is too fine is cast: a cast to finer units would wrap around where it overflows.
    """
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        return _readable(kind.value_type)
    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        return pa.timestamp("us", kind.tz)
    if pa.types.is_duration(kind) and kind.unit == "ns":
        return pa.duration("us")
    if not pa.types.is_nested(kind):
        return kind
    if not hasattr(kind, "value_type") or pa.types.is_nested(kind.value_type):
        raise TypeError(str(kind))
    return pa.list_(_readable(kind.value_type))


def _all_plain(column: pa.ChunkedArray) -> list[object]:
    values: list[object] = column.to_pylist()
    sample = next((one for one in values if one is not None), None)  # the others are of its type
    return list(map(_plain, values)) if isinstance(sample, (bytes, list)) else values


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return value.decode()
    return tuple(_plain(one) for one in value) if isinstance(value, list) else value


def _free(name: str, taken: Mapping[str, object]) -> str:
    """Return *name*, or with a counter where it is taken or empty."""
    plain = name.strip() or "column"
    counted, count = plain, 1
    while counted in taken:
        count += 1
        counted = f"{plain}_{count}"
    return counted
