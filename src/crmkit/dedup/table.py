"""Tables: records as they come, from any dataframe, mappings or `Record` values, as plain columns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from numbers import Integral
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar, cast, final

import attrs

from crmkit.dedup.late import LateColumns, columns_of
from crmkit.errors import InvalidValue, Problem, UnknownName, suggestion
from crmkit.model import ORGANISATION, Record
from crmkit.model.arrow import ArrowStream
from crmkit.model.record import PARTY_KINDS
from crmkit.model.values import plain_text

T = TypeVar("T")

_NO_KINDS: Final = (
    "says 'person' or 'organisation' of no record, so every record is one of unknown kind; "
    "leave it out with Policy(kind=None), or rename it"
)

RecordKey: TypeAlias = str | int
"""The id of a record, as it was given: a whole number stays one, whatever library holds it; all else is text."""


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
        files: What its row is a row of: the file of a `Record`, or what the table is called.
        rows: Its row there, the first being 1; 0 of a `Record` that knows none.
        columns: Values by field name, None where unknown; each is listed when it is asked for.
        problems: What was wrong with rows that were left out.
    """

    ids: tuple[RecordKey, ...]
    sources: tuple[str, ...]
    kinds: tuple[str | None, ...]
    tables: tuple[int, ...]
    files: tuple[str, ...]
    rows: tuple[int, ...]
    columns: Mapping[str, list[object]]
    problems: tuple[Problem, ...] = ()

    def __len__(self) -> int:
        return len(self.ids)

    def __repr__(self) -> str:
        return f"Table({len(self.ids):,} records, {len(self.columns)} columns)"

    def column(self, name: str) -> list[object]:
        """Return the values of the field *name*, None throughout if no record has it."""
        return self.columns.get(name) or [None] * len(self.ids)

    def problem(self, place: int, field: str, reason: str) -> Problem:
        """Return a problem with the *field* of the record at *place*, which is kept.

        The row of the table that was handed over leads back to it, of a `Record`
        the row it was told in, or else its source and id.
        """
        if self.rows[place]:
            file = self.files[place]
            return Problem(source=file, row=self.rows[place], field=field, reason=reason, kept=True)
        named = f"{reason} (record {self.ids[place]!r})"
        return Problem(source=self.sources[place], field=field, reason=named, kept=True)


def read_table(
    table: TableLike,
    *,
    id: str = "id",  # noqa: A002
    source: str | None = None,
    kind: str | None = None,
) -> Table:
    """Return *table*, or several tables to be linked, as columns.

    An organisation's name is its company where it has none.  A row without
    an id, or with one that stood before, is left out with a problem; a kind
    that is none counts as unknown, with a problem.

    Raises:
        UnknownName: If no column is called *id*; the closest name is offered.
        InvalidValue: If an id stands in two of the tables.
    """
    tables = _tables(table)
    names = [f"table {number}" for number in range(1, len(tables) + 1)] if len(tables) > 1 else ["records"]
    read = [_read(one, name) for one, name in zip(tables, names, strict=True)]
    if not any(one.rows for one in read):
        return Table(ids=(), sources=(), kinds=(), tables=(), files=(), rows=(), columns={})
    for one in read:
        if one.rows and id not in one.columns:
            raise UnknownName("column", id, one.columns)
    return _joined(read, id, source, kind)


def record_row(row: Record | Mapping[str, object], *, id: str = "id", kind: str | None = None) -> Row:  # noqa: A002
    """Return one record as it would stand in a table: an organisation's name is its company.

    Raises:
        UnknownName: If it has no *id*; the closest name is offered.
    """
    values = dict(_pairs(row))
    if id not in values:
        raise UnknownName("column", id, values)
    its_kind = _kind(values.get(kind or ""))
    if its_kind == ORGANISATION:
        values["company"] = values.get("company") or values.get("name")
        values["name"] = None
    return Row(id=_key(values[id]), kind=its_kind, values=values)


def record_key(key: RecordKey) -> RecordKey:
    """Return the id of a record as every store can keep it: a whole number of whatever library, or text.

    Raises:
        InvalidValue: If it is empty, or text that is no Unicode.
    """
    plain = _key(key)
    if plain == "":
        raise InvalidValue("a record needs an id; derive one with model.derive_id if it has none")
    return plain if isinstance(plain, int) else plain_text(plain)


def mapping_of(row: Row, *, id: str = "id", kind: str | None = None) -> dict[str, object]:  # noqa: A002
    """Return the mapping of which `record_row` makes *row* again."""
    return {**row.values, id: row.id, **({kind: row.kind} if kind else {})}


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


class _Read(NamedTuple):
    """One table as it was given.

    Attributes:
        columns: Its values by column.
        files: What the row of each record is a row of.
        rows: The row; 0 of a `Record` that knows none.
    """

    columns: Mapping[str, list[object]]
    files: list[str]
    rows: list[int]


def _read(table: Rows, name: str) -> _Read:
    """Return the table that is called *name*."""
    if _is_frame(table):
        import narwhals as nw

        frame: Any = nw.from_native(table, eager_only=False)
        if isinstance(frame, nw.LazyFrame):
            frame = frame.collect()
        return _Read(columns_of(frame), [name] * len(frame), list(range(1, len(frame) + 1)))
    given = list(cast("Iterable[object]", table))
    columns: dict[str, list[object]] = {}
    files, rows = [name] * len(given), list(range(1, len(given) + 1))
    for place, row in enumerate(given):
        for field, value in _pairs(row):
            if field not in columns:
                columns[field] = [None] * len(given)
            columns[field][place] = value
        if isinstance(row, Record):  # which knows better where it was told
            told = row.place
            files[place], rows[place] = (row.source, 0) if told is None else (told.source, told.row)
    return _Read(columns, files, rows)


def _pairs(row: object) -> Iterable[tuple[str, object]]:
    """Return the fields and values of a row; of what stands twice, the last counts."""
    if isinstance(row, Record):
        return (*row.fields, ("id", row.id), ("source", row.source), ("kind", row.kind))
    if isinstance(row, Mapping):
        return row.items()
    raise InvalidValue(f"a row is a Record or a mapping of names to values, got {type(row).__name__}")


def _joined(read: Sequence[_Read], id_name: str, source: str | None, kind: str | None) -> Table:
    columns = _end_to_end(read)
    tables = [number for number, one in enumerate(read) for _ in one.rows]
    files = [file for one in read for file in one.files]
    rows = [row for one in read for row in one.rows]
    named: dict[str, str] = {}
    told = columns.get(source or "") or [None] * len(rows)
    texts = (one if type(one) is str else next(iter(texts_of_value(one)), "") for one in told)
    sources = [named.setdefault(text, text) for text in texts]
    ids = list(map(_key, columns[id_name]))
    keep, problems = _good_rows(ids, tables, files, rows)
    said = columns.get(kind or "") or [None] * len(rows)
    kinds = list(map(_kind, said))
    strange = [place for place in keep if kinds[place] is None and _says_something(said[place])]
    if strange and not any(kinds):
        problems.append(Problem(source=files[0], field=kind or "", reason=_NO_KINDS, kept=True))
        strange = []
    for place in strange:
        reason = _no_kind(said[place])
        problems.append(
            Problem(source=files[place], row=rows[place], field=kind or "", reason=reason, kept=True)
        )
    if len(keep) < len(rows):
        columns = LateColumns({name: partial(_picked, columns, name, keep) for name in columns})
    table = Table(
        ids=_kept(ids, keep),
        sources=_kept(sources, keep),
        kinds=_kept(kinds, keep),
        tables=_kept(tables, keep),
        files=_kept(files, keep),
        rows=_kept(rows, keep),
        columns=columns,
        problems=tuple(problems),
    )
    return _with_companies(table)


def _end_to_end(read: Sequence[_Read]) -> Mapping[str, list[object]]:
    """Return the columns of all tables, one table after the other."""
    if len(read) == 1:
        return read[0].columns
    names = dict.fromkeys(name for one in read for name in one.columns)

    def whole(name: str) -> list[object]:
        return [value for one in read for value in one.columns.get(name) or [None] * len(one.rows)]

    return LateColumns({name: partial(whole, name) for name in names})


def _picked(columns: Mapping[str, list[object]], name: str, keep: Sequence[int]) -> list[object]:
    values = columns[name]
    return [values[place] for place in keep]


def _kept(values: Sequence[T], keep: Sequence[int]) -> tuple[T, ...]:
    return tuple(values) if len(keep) == len(values) else tuple([values[place] for place in keep])


def _good_rows(
    ids: Sequence[RecordKey], tables: Sequence[int], files: Sequence[str], rows: Sequence[int]
) -> tuple[Sequence[int], list[Problem]]:
    distinct = set(ids)
    if len(distinct) == len(ids) and "" not in distinct:
        return range(len(ids)), []
    seen: dict[RecordKey, int] = {}
    keep: list[int] = []
    problems: list[Problem] = []
    for place, one in enumerate(ids):
        reason = "has no id; derive one with model.derive_id" if one == "" else ""
        first = seen.setdefault(one, place)
        if first != place and tables[first] != tables[place]:
            raise InvalidValue(
                "an id stands in two of the tables; make ids differ, as in 'shop-17' and 'web-17'"
            )
        if first != place and not reason:
            elsewhere = "" if files[first] == files[place] else f" of {files[first]}"
            reason = (
                f"its id stands in row {rows[first]}{elsewhere} already; the first one counts"
                if rows[first]
                else f"the record {one!r} stands there twice; the first one counts"
            )
        if reason:
            problems.append(Problem(source=files[place], row=rows[place], reason=reason))
        else:
            keep.append(place)
    return keep, problems


def _with_companies(table: Table) -> Table:
    """Return *table* with the name of each organisation as its company, and no one's name."""
    if ORGANISATION not in table.kinds or "name" not in table.columns:
        return table
    belongs = [kind == ORGANISATION for kind in table.kinds]

    def names() -> list[object]:
        return [None if its else name for name, its in zip(table.column("name"), belongs, strict=True)]

    def companies() -> list[object]:
        each = zip(table.column("company"), table.column("name"), belongs, strict=True)
        return [company or name if its else company for company, name, its in each]

    late = {name: partial(table.column, name) for name in table.columns}
    return attrs.evolve(table, columns=LateColumns({**late, "name": names, "company": companies}))


def _says_something(value: object) -> bool:
    return any(map(str.strip, texts_of_value(value)))


def _no_kind(value: object) -> str:
    """Return what is wrong with a kind that is none."""
    return f"says neither 'person' nor 'organisation'; it counts as unknown. {suggestion(str(value), PARTY_KINDS)}"


def _kind(value: object) -> str | None:
    return next((kind for kind in PARTY_KINDS if value == kind), None) if isinstance(value, str) else None


def _key(value: object) -> RecordKey:
    """Return an id as it was given: whole numbers as such, also those that a gap made floats; "" if there is none."""
    if type(value) is str:
        return value
    if value is None or value != value:
        return ""
    if isinstance(value, Integral) and not isinstance(value, bool):
        return int(value)
    return int(value) if isinstance(value, float) and value.is_integer() else str(value)
