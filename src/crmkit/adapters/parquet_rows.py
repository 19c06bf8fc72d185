"""Parquet rows: columns of Arrow as columns of plain Python values."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmkit.errors import InvalidValue, MissingExtra, Problem
from crmkit.workflows.intake import Table

if TYPE_CHECKING:
    import pyarrow as pa


def parquet_table(path: Path, source: str) -> Table:
    """Return the rows of the Parquet file at *path*; a column that is not plain is left out and named.

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
    except pa.ArrowException:
        raise InvalidValue(f"{path.name!r} is no Parquet file, or a broken one") from None
    return _arrow_table(frame, source)


def _arrow_table(frame: pa.Table, source: str) -> Table:
    columns: dict[str, list[object]] = {}
    problems: list[Problem] = []
    for place, name in enumerate(frame.column_names):
        try:
            columns[_free(name, columns)] = _cells(frame.column(place))
        except (ValueError, TypeError, NotImplementedError):
            reason = "holds no text, numbers, truths, dates or lists of these; the column is left out"
            problems.append(Problem(source=source, field=name, reason=reason, kept=True))
    if not frame.num_rows:
        problems.append(Problem(source=source, reason="the file has no rows"))
    return Table(
        source=source,
        columns=tuple(columns),
        numbers=range(1, frame.num_rows + 1),
        cells=tuple(columns.values()),
        problems=tuple(problems),
    )


def _cells(column: Any) -> list[object]:
    """Return an Arrow column as plain Python values; times are cut to the microsecond."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind):
        return _cells(column.cast(kind.value_type))
    if pa.types.is_timestamp(kind):
        return column.cast(pa.timestamp("us", kind.tz), safe=False).to_pylist()  # type: ignore[no-any-return]
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return column.cast(pa.string()).to_pylist()  # type: ignore[no-any-return]
    if not pa.types.is_nested(kind):
        return column.to_pylist()  # type: ignore[no-any-return]
    if not hasattr(kind, "value_type") or pa.types.is_nested(kind.value_type):
        raise TypeError(str(kind))
    return [None if several is None else tuple(several) for several in column.to_pylist()]


def _free(name: str, taken: Mapping[str, object]) -> str:
    """Return *name*, or with a counter where it is taken or empty."""
    plain = name.strip() or "column"
    counted, count = plain, 1
    while counted in taken:
        count += 1
        counted = f"{plain}_{count}"
    return counted
