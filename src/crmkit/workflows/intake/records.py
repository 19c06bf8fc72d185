"""Records from rows: every row becomes a record or a problem, and no value is lost unsaid."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import repeat
from typing import Final, TypeAlias, cast

import attrs

from crmkit.calendars import zone as known_zone
from crmkit.errors import InvalidValue, Problem
from crmkit.garbage import seldom_collected
from crmkit.model import Fields, Place, Record, RecordId, derive_id
from crmkit.model.identity import free_id
from crmkit.workflows.intake.cells import (
    Column,
    id_of,
    one_or_more_of,
    read_column,
    text_of,
    value_of,
    whole_of,
)
from crmkit.workflows.intake.headings import SEVERAL
from crmkit.workflows.intake.kinds import party_kind
from crmkit.workflows.intake.mapping import ColumnMap, map_records
from crmkit.workflows.intake.moments import date_reader, day_order, instant_reader, order_problems
from crmkit.workflows.intake.tables import Table, content_of

_Own: TypeAlias = tuple[str | None, str | None, str | None, dt.datetime | None]
_Row: TypeAlias = tuple[int, _Own, Fields]

_OWN = ("id", "source", "kind", "recorded_at")
_MOMENTS = ("born_on", "recorded_at")
_NO_ID = (
    "no id is given; one is derived from the row, by which no fact can name it. Give it the id its source has"
)


@seldom_collected()
def records_of(
    table: Table, columns: ColumnMap | None = None, *, zone: str | None = None, source: str | None = None
) -> tuple[list[Record], list[Problem]]:
    """Return the records of *table* in the order of its rows, and every problem with it.

    Without *columns* they are recognised.  *zone* is the zone of times that
    carry none, *source* the source of rows that name none, else the table's.
    A value that cannot be read is left out and named; a row without an id gets
    one derived from its content and place; an id that stands twice is kept
    apart by its row, and stays as an alias.

    Raises:
        UnknownName: If there is no such *zone*.
    """
    if zone is not None:
        known_zone(zone)
    columns = columns or map_records(table)
    problems = [*table.problems, *order_problems(table, columns, _MOMENTS)]
    read = [(one.field, _read(table.column(one.column), one.field, zone)) for one in columns.recognised]
    custom = {name: read_column(table.column(column), value_of) for name, column in columns.custom}
    faults = _faults(table, read)
    named = [column for field, column in read if field == "id"]
    taken = {cell for column in named for cell in column.cells() if isinstance(cell, str)}
    nameless = _nameless(named[0]) if named else ()
    seen: dict[str, Record] = {}
    for place, (number, own, fields) in enumerate(_rows(table, _by_field(read), custom)):
        if place in faults:
            problems += faults[place]
        record = _record(table, place, own, fields, source or table.source)
        if isinstance(record, Problem):
            problems.append(record)
            continue
        if place in nameless:
            problems.append(Problem(source=table.source, row=number, field="id", reason=_NO_ID, kept=True))
        problems += _take(seen, record, table.source, number, taken)
    return list(seen.values()), problems


def _read(values: Sequence[object], field: str, zone: str | None) -> Column:
    if field == "born_on":
        return read_column(values, date_reader(day_order(values)))
    if field == "recorded_at":
        return read_column(values, instant_reader(day_order(values), zone))
    if field in SEVERAL and field != "address":
        return read_column(values, one_or_more_of)
    return read_column(values, _READERS.get(field, text_of))


def _kind_of(value: object) -> str | None:
    text = text_of(value)
    kind = None if text is None else party_kind(text)
    if text is not None and kind is None:
        raise InvalidValue("must be 'person' or 'organisation'")
    return kind


_READERS: Final[Mapping[str, Callable[[object], object]]] = {"id": id_of, "kind": _kind_of, "size": whole_of}


def _nameless(ids: Column) -> set[int]:
    """Return the places of the rows that give no id, not even one that cannot be read."""
    unknown = [place for place, cell in enumerate(ids.cells()) if cell is None]
    return {place for place in unknown if ids.keys[place] not in ids.faults}


def _faults(table: Table, read: Iterable[tuple[str, Column]]) -> dict[int, list[Problem]]:
    """Return the problems with the cells of each row, by its place, in the order of the columns."""
    faults: dict[int, list[Problem]] = {}
    for field, column in read:
        for place, key in enumerate(column.keys if column.faults else ()):
            if key in column.faults:
                reason, row = column.faults[key].reason, table.numbers[place]
                problem = Problem(source=table.source, row=row, field=field, reason=reason, kept=True)
                faults.setdefault(place, []).append(problem)
    return faults


def _by_field(read: Iterable[tuple[str, Column]]) -> dict[str, Column]:
    """Return one column for each field, made of those that say it."""
    told: dict[str, Column] = {}
    for field, column in read:
        told[field] = _together(field, told[field], column) if field in told else column
    return told


def _together(field: str, one: Column, other: Column) -> Column:
    keys = list(zip(one.keys, other.keys, strict=True))
    distinct = dict.fromkeys(keys)
    told: dict[object, object] = {
        (a, b): _both(field, one.told.get(a, a), other.told.get(b, b)) for a, b in distinct
    }
    return Column(keys, distinct, told, {})


def _both(field: str, one: object, other: object) -> object:
    """Return what two columns say of one *field*; of a field that has one value, the later counts."""
    if one is None or other is None:
        return one if other is None else other
    if field == "address":
        return f"{one} {other}"
    return tuple(dict.fromkeys((*_each(one), *_each(other)))) if field in SEVERAL else other


def _each(value: object) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else (value,)


def _rows(table: Table, told: Mapping[str, Column], custom: Mapping[str, Column]) -> Iterator[_Row]:
    """Return the number of each row, what it says of itself, and its fields by name."""
    own = [told[name].cells() if name in told else repeat(None) for name in _OWN]
    others = {**custom, **{name: column for name, column in told.items() if name not in _OWN}}
    pairs = [_pairs(name, column) for name, column in sorted(others.items())]
    rows = zip(*pairs, strict=True) if pairs else repeat(())
    fields = (tuple(filter(None, row)) for row in rows)
    return zip(table.numbers, zip(*own, strict=False), fields, strict=False)


def _pairs(name: str, column: Column) -> Iterator[tuple[str, object] | None]:
    """Yield each cell with the *name* of its field, equal ones shared; a list of one value is that value."""
    pairs: dict[object, tuple[str, object] | None] = {key: (name, key) for key in column.distinct}
    pairs[None] = None
    for key, cell in column.told.items():
        alone = cell[0] if type(cell) is tuple and len(cell) == 1 else cell
        pairs[key] = None if cell is None else (name, alone)
    return map(pairs.__getitem__, column.keys)


def _record(table: Table, place: int, own: _Own, fields: Fields, source: str) -> Record | Problem:
    """Return the record that a row makes; *source* is that of rows that name none."""
    number = table.numbers[place]
    given, told_by, kind, recorded_at = own
    if not fields and given is None:
        return Problem(source=table.source, row=number, reason="the row says nothing")
    try:
        return Record(
            RecordId(given or derive_id("rec", table.source, number, *content_of(table, place))),
            told_by or source,
            fields,
            kind=kind,
            recorded_at=recorded_at,
            place=Place(table.source, number),
        )
    except InvalidValue as error:
        return Problem(source=table.source, row=number, reason=str(error))


def _take(
    seen: dict[str, Record], record: Record, source: str, number: int, taken: set[str]
) -> list[Problem]:
    """Add *record* to *seen*, or say why not; where its id is taken, under its row, clear of the ids *taken*."""
    if record.id not in seen:
        seen[record.id] = record
        return []
    other = seen[record.id]
    first = cast("Place", other.place).row
    if other == record:
        return [Problem(source=source, row=number, field="id", reason=f"the row repeats row {first}")]
    apart = free_id(f"{record.id}#{number}", taken)
    taken.add(apart)
    seen[apart] = attrs.evolve(record, id=RecordId(apart), aliases=(record.id,))
    reason = f"row {first} has the same id; this one is kept under the id and its row"
    return [Problem(source=source, row=number, field="id", reason=reason, kept=True)]
