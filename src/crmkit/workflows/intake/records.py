"""Records from rows: every row becomes a record or a problem, and no value is lost unsaid."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import repeat

import attrs

from crmkit.calendars import zone as known_zone
from crmkit.errors import InvalidValue, Problem
from crmkit.model import Place, Record, RecordId, derive_id
from crmkit.model.identity import free_id
from crmkit.workflows.intake.cells import Fault, id_of, read_cells, text_of, texts_of, value_of, whole_of
from crmkit.workflows.intake.headings import SEVERAL
from crmkit.workflows.intake.kinds import party_kind
from crmkit.workflows.intake.mapping import ColumnMap, map_records
from crmkit.workflows.intake.moments import date_reader, day_order, instant_reader, order_problems
from crmkit.workflows.intake.tables import Table, content_of

_OWN = frozenset(("id", "source", "kind", "recorded_at"))
_MOMENTS = ("born_on", "recorded_at")
_NO_ID = (
    "no id is given; one is derived from the row, by which no fact can name it. Give it the id its source has"
)


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
    read = [
        (
            one.field,
            read_cells(table.column(one.column), _reader(one.field, table.column(one.column), zone)),
        )
        for one in columns.recognised
    ]
    custom = [(name, read_cells(table.column(column), value_of)) for name, column in columns.custom]
    taken = {cell for field, cells in read if field == "id" for cell in cells if isinstance(cell, str)}
    ids = next((cells for field, cells in read if field == "id"), ())
    seen: dict[str, tuple[int, Record]] = {}
    fields = [field for field, _ in read]
    rows = zip(*(cells for _, cells in read), strict=True) if read else repeat(())
    for place, (number, row) in enumerate(zip(table.numbers, rows, strict=False)):
        values, faults = _row(fields, row)
        others = {name: cells[place] for name, cells in custom if cells[place] is not None}
        problems += [
            Problem(source=table.source, row=number, field=field, reason=fault.reason, kept=True)
            for field, fault in faults
        ]
        record = _record(table, place, values, others, source or table.source)
        if isinstance(record, Problem):
            problems.append(record)
        else:
            if ids and ids[place] is None:
                problems.append(
                    Problem(source=table.source, row=number, field="id", reason=_NO_ID, kept=True)
                )
            problems += _take(seen, record, table.source, number, taken)
    return [record for _, record in seen.values()], problems


def _reader(field: str, values: Sequence[object], zone: str | None) -> Callable[[object], object]:
    if field == "born_on":
        return date_reader(day_order(values))
    if field == "recorded_at":
        return instant_reader(day_order(values), zone)
    if field in SEVERAL and field != "address":
        return texts_of
    return {"id": id_of, "kind": _kind_of, "size": whole_of}.get(field, text_of)


def _kind_of(value: object) -> str | None:
    text = text_of(value)
    kind = None if text is None else party_kind(text)
    if text is not None and kind is None:
        raise InvalidValue("must be 'person' or 'organisation'")
    return kind


def _row(fields: Sequence[str], cells: Sequence[object]) -> tuple[dict[str, object], list[tuple[str, Fault]]]:
    """Return the values of one row by field, those of several columns together, and its faults."""
    values: dict[str, object] = {}
    faults: list[tuple[str, Fault]] = []
    for field, cell in zip(fields, cells, strict=True):
        if cell is None:
            continue
        if type(cell) is str and field != "address":
            values[field] = cell
        elif isinstance(cell, Fault):
            faults.append((field, cell))
        elif field == "address" and field in values:
            values[field] = f"{values[field]} {cell}"
        elif isinstance(cell, tuple):
            before = values.get(field, ())
            values[field] = tuple(dict.fromkeys((*(before if isinstance(before, tuple) else ()), *cell)))
        else:
            values[field] = cell
    return values, faults


def _record(
    table: Table, place: int, values: dict[str, object], others: dict[str, object], source: str
) -> Record | Problem:
    """Return the record that the recognised *values* of a row make, with the *others* beside them."""
    number = table.numbers[place]
    standard = {name: value for name, value in values.items() if name not in _OWN}
    fields = {
        name: value[0] if isinstance(value, tuple) and len(value) == 1 else value
        for name, value in (*others.items(), *standard.items())
    }
    if not fields and "id" not in values:
        return Problem(source=table.source, row=number, reason="the row says nothing")
    own = {name: values[name] for name in ("kind", "recorded_at") if name in values}
    try:
        return Record(
            RecordId(
                str(values.get("id") or derive_id("rec", table.source, number, *content_of(table, place)))
            ),
            str(values.get("source", source)),
            fields,
            place=Place(table.source, number),
            **own,  # type: ignore[arg-type]
        )
    except InvalidValue as error:
        return Problem(source=table.source, row=number, reason=str(error))


def _take(
    seen: dict[str, tuple[int, Record]], record: Record, source: str, number: int, taken: set[str]
) -> list[Problem]:
    """Add *record* to *seen*, or say why not; where its id is taken, under its row, clear of the ids *taken*."""
    if record.id not in seen:
        seen[record.id] = (number, record)
        return []
    first, other = seen[record.id]
    if other == record:
        return [Problem(source=source, row=number, field="id", reason=f"the row repeats row {first}")]
    apart = free_id(f"{record.id}#{number}", taken)
    taken.add(apart)
    seen[apart] = (number, attrs.evolve(record, id=RecordId(apart), aliases=(record.id,)))
    reason = f"row {first} has the same id; this one is kept under the id and its row"
    return [Problem(source=source, row=number, field="id", reason=reason, kept=True)]
