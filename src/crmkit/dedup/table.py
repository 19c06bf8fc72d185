"""Tables: records as they come, from any dataframe, mappings or `Record` values, as plain columns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias, cast, final

import attrs

from crmkit.errors import InvalidValue, Problem, UnknownName
from crmkit.model import ORGANISATION, PERSON, Record
from crmkit.model.arrow import ArrowStream

RecordKey: TypeAlias = str | int
"""The id of a record, as it was given."""


Rows: TypeAlias = ArrowStream | Iterable[Record] | Iterable[Mapping[str, object]]
TableLike: TypeAlias = Rows | Sequence[Rows]


@final
@attrs.frozen(kw_only=True)
class Row:
    """One record.

    Attributes:
        id: Its id.
        kind: "person", "organisation", or None where unknown.
        values: What it says, by field.
    """

    id: RecordKey
    kind: str | None
    values: Mapping[str, object] = attrs.field(repr=False)


@final
@attrs.frozen(kw_only=True, eq=False)
class Table:
    """Records, column by column.

    Attributes:
        ids: The id of each record, each once.
        sources: Its source, or "" where unknown.
        kinds: "person", "organisation", or None where unknown.
        tables: Which of the given tables it came from, the first being 0.
        rows: Its row there, the first being 1.
        columns: Values by field name, None where unknown.
        problems: What was wrong with rows that were left out.
    """

    ids: tuple[RecordKey, ...]
    sources: tuple[str, ...]
    kinds: tuple[str | None, ...]
    tables: tuple[int, ...]
    rows: tuple[int, ...]
    columns: dict[str, list[object]]
    problems: tuple[Problem, ...] = ()

    def __len__(self) -> int:
        return len(self.ids)

    def __repr__(self) -> str:
        return f"Table({len(self.ids):,} records, {len(self.columns)} columns)"

    def column(self, name: str) -> list[object]:
        """Return the values of the field *name*, None throughout if no record has it."""
        return self.columns.get(name) or [None] * len(self.ids)

    def problem(self, place: int, field: str, reason: str) -> Problem:
        """Return a problem with the *field* of the record at *place*, which is kept."""
        return Problem(
            source=self.sources[place] or "records",
            row=self.rows[place],
            field=field,
            reason=reason,
            kept=True,
        )


def read_table(
    table: TableLike,
    *,
    id: str = "id",  # noqa: A002
    source: str | None = None,
    kind: str | None = None,
) -> Table:
    """Return *table*, or several tables to be linked, as columns.

    An organisation's name is its company where it has none.  A row without
    an id, or with one that stood before, is left out with a problem.

    Raises:
        UnknownName: If no column is called *id*; the closest name is offered.
        InvalidValue: If an id stands in two of the tables.
    """
    read = [_columns(one) for one in _tables(table)]
    if sum(size for _, size in read) == 0:
        return Table(ids=(), sources=(), kinds=(), tables=(), rows=(), columns={})
    for columns, size in read:
        if size and id not in columns:
            raise UnknownName("column", id, columns)
    return _joined(read, id, source, kind)


def record_row(row: Record | Mapping[str, object], *, id: str = "id", kind: str | None = None) -> Row:  # noqa: A002
    """Return one record as it would stand in a table: an organisation's name is its company.

    Raises:
        UnknownName: If it has no *id*; the closest name is offered.
    """
    values = dict(_mapping(row))
    if id not in values:
        raise UnknownName("column", id, values)
    its_kind = _kind(values.get(kind or ""))
    if its_kind == ORGANISATION:
        values["company"] = values.get("company") or values.get("name")
        values["name"] = None
    return Row(id=_key(values[id]), kind=its_kind, values=values)


def texts_of_value(value: object) -> tuple[str, ...]:
    """Return a field's value as texts, one for each of its values; none if it is unknown."""
    if type(value) is str:
        return (value,)
    if value is None:
        return ()
    if isinstance(value, (list, tuple, set, frozenset)):
        each = sorted(value, key=repr) if isinstance(value, (set, frozenset)) else value
        return tuple(text for one in each for text in texts_of_value(one))
    if isinstance(value, dt.datetime):
        return (value.date().isoformat(),)
    if isinstance(value, float):
        return () if value != value else (repr(value).removesuffix(".0"),)
    return (str(value),)


def _is_frame(table: object) -> bool:
    """Return whether *table* is a dataframe, of any library, collected or not."""
    return isinstance(table, ArrowStream) or callable(getattr(table, "collect", None))


def _tables(table: TableLike) -> list[Rows]:
    if _is_frame(table):
        return [cast("ArrowStream", table)]
    if isinstance(table, (str, bytes, Mapping)):
        raise InvalidValue("a table is a dataframe, or rows: records or mappings; read the file first")
    rows = list(cast("Iterable[object]", table))
    if rows and not isinstance(rows[0], (Mapping, Record)):
        return cast("list[Rows]", rows)
    return [cast("Rows", rows)]


def _columns(rows: Rows) -> tuple[dict[str, list[object]], int]:
    if _is_frame(rows):
        import narwhals as nw

        frame: Any = nw.from_native(rows, eager_only=False)
        if isinstance(frame, nw.LazyFrame):
            frame = frame.collect()
        return {name: frame[name].to_list() for name in frame.columns}, len(frame)
    mappings = [_mapping(row) for row in cast("Iterable[object]", rows)]
    columns: dict[str, list[object]] = {}
    for place, mapping in enumerate(mappings):
        for name, value in mapping.items():
            if name not in columns:
                columns[name] = [None] * len(mappings)
            columns[name][place] = value
    return columns, len(mappings)


def _mapping(row: object) -> Mapping[str, object]:
    if isinstance(row, Record):
        return {**dict(row.fields), "id": row.id, "source": row.source, "kind": row.kind}
    if isinstance(row, Mapping):
        return row
    raise InvalidValue(f"a row is a Record or a mapping of names to values, got {type(row).__name__}")


def _joined(
    read: Sequence[tuple[dict[str, list[object]], int]], id_name: str, source: str | None, kind: str | None
) -> Table:
    names = dict.fromkeys(name for columns, _ in read for name in columns)
    whole = {
        name: [one for columns, size in read for one in columns.get(name) or [None] * size] for name in names
    }
    tables = [number for number, (_, size) in enumerate(read) for _ in range(size)]
    rows = [row for _, size in read for row in range(1, size + 1)]
    sources = ["" if one is None else str(one) for one in whole.get(source or "") or [None] * len(rows)]
    keep, problems = _good_rows(whole[id_name], tables, rows, sources)
    kinds = [_kind(one) for one in whole.get(kind or "") or [None] * len(rows)]
    if len(keep) < len(rows):
        whole = {name: [values[place] for place in keep] for name, values in whole.items()}
    table = Table(
        ids=tuple(_key(one) for one in whole[id_name]),
        sources=tuple(sources[place] for place in keep),
        kinds=tuple(kinds[place] for place in keep),
        tables=tuple(tables[place] for place in keep),
        rows=tuple(rows[place] for place in keep),
        columns=whole,
        problems=tuple(problems),
    )
    return _with_companies(table)


def _good_rows(
    ids: Sequence[object], tables: Sequence[int], rows: Sequence[int], sources: Sequence[str]
) -> tuple[list[int], list[Problem]]:
    seen: dict[object, int] = {}
    keep: list[int] = []
    problems: list[Problem] = []
    for place, one in enumerate(ids):
        reason = "has no id; derive one with model.derive_id" if one is None or one == "" else ""
        first = seen.setdefault(one, place)
        if first != place and tables[first] != tables[place]:
            raise InvalidValue(
                "an id stands in two of the tables; make ids differ, as in 'shop-17' and 'web-17'"
            )
        if first != place and not reason:
            reason = f"its id stands in row {rows[first]} already; the first one counts"
        if reason:
            problems.append(Problem(source=sources[place] or "records", row=rows[place], reason=reason))
        else:
            keep.append(place)
    return keep, problems


def _with_companies(table: Table) -> Table:
    """Return *table* with the name of each organisation as its company, and no one's name."""
    if ORGANISATION not in table.kinds or "name" not in table.columns:
        return table
    names, companies = list(table.column("name")), list(table.column("company"))
    for place, kind in enumerate(table.kinds):
        if kind == ORGANISATION:
            companies[place] = companies[place] or names[place]
            names[place] = None
    return attrs.evolve(table, columns={**table.columns, "name": names, "company": companies})


def _kind(value: object) -> str | None:
    return str(value) if value in (PERSON, ORGANISATION) else None


def _key(value: object) -> RecordKey:
    return value if type(value) is int else str(value)
