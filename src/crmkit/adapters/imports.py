"""Imports: what files of records and of activities tell, as facts, with the bad rows beside them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from crmkit import __version__
from crmkit.adapters.files import read
from crmkit.errors import InvalidValue, Problem, UnknownName
from crmkit.model import derive_id, in_fact_order
from crmkit.workflows.intake import (
    ColumnMap,
    Table,
    all_activities,
    all_records,
    at_home,
    lines_of,
    map_activities,
    map_records,
    overrules,
    records_of,
)
from crmkit.workflows.job import Told


def facts_of_files(
    records: Sequence[Path] = (),
    activities: Sequence[Path] = (),
    *,
    mapping: Sequence[str] = (),
    sources: Sequence[str] = (),
    zone: str | None = None,
    currency: str | None = None,
    understood: Callable[[Table, ColumnMap], object] = lambda table, columns: None,  # noqa: ARG005
) -> tuple[Told, str]:
    """Return what CSV, JSON-lines or Parquet files tell, and a digest of it.

    Of files of one subject that hold the same bytes the first is read.  Ids
    that several files use are kept apart as `crmkit.workflows.intake.all_records`
    and `all_activities` say.

    Args:
        records: Files with one record a row.
        activities: Files with one activity, or one line of an order, a row.
        mapping: What columns mean where that is not recognised, as "field=column".
        sources: Which source files come from, as "file=source", where their rows do not say;
            by default a file is a source of its own.  An id in a file of
            activities means a record of its own source where several have it.
        zone: Time zone of times that carry none.
        currency: Currency of amounts that carry none.
        understood: Told of each table how its columns are understood.

    Raises:
        UnknownName: If there is no such file, column, field or zone; the closest is offered.
        InvalidValue: If a file cannot be read, or an argument makes no sense.
        MissingExtra: If a file is Parquet and the extra ``frames`` is not installed.
    """
    names = source_names([*records, *activities])
    systems = _systems(sources, names)
    people, same_people = _read_once(records, names)
    deeds, same_deeds = _read_once(activities, names)
    by_hand = overrules(mapping, records=list(people.values()), activities=list(deeds.values()))
    problems = [*same_people, *same_deeds]
    read_records, read_lines = [], []
    for table, own in zip(people.values(), by_hand[0], strict=True):
        columns = map_records(table, overrule=own)
        understood(table, columns)
        found, wrong = records_of(table, columns, zone=zone, source=systems.get(table.source))
        read_records.append(found)
        problems += wrong
    together, renamed = all_records(read_records)
    for table, own in zip(deeds.values(), by_hand[1], strict=True):
        columns = map_activities(table, overrule=own)
        understood(table, columns)
        lines, wrong = lines_of(
            table, columns, zone=zone, currency=currency, source=systems.get(table.source)
        )
        read_lines.append(at_home(lines, together))
        problems += wrong
    happened, twice = all_activities(read_lines)
    told = Told(
        records=tuple(together),
        activities=tuple(in_fact_order(happened)),
        problems=(*problems, *renamed, *twice),
    )
    how = [*mapping, *sorted(systems.items()), zone, currency]
    return told, derive_id("files", __version__, *people, *deeds, len(people), *how)


def source_names(paths: Iterable[Path]) -> dict[Path, str]:
    """Return a name for each file, by its resolved path: its own, or with as many folders as tell all apart.

    >>> names = source_names([Path("a/jan.csv"), Path("b/jan.csv"), Path("b/feb.csv")])
    >>> list(names.values())
    ['a/jan.csv', 'b/jan.csv', 'feb.csv']
    """
    whole = dict.fromkeys(map(_resolved, paths))

    def name(path: Path) -> str:
        tails = ("/".join(path.parts[-depth:]) for depth in range(1, len(path.parts) + 1))
        alone = (
            tail for tail in tails if sum(f"/{one.as_posix()}".endswith(f"/{tail}") for one in whole) == 1
        )
        return next(alone, path.as_posix())

    return {path: name(path) for path in whole}


def _resolved(path: Path) -> Path:
    """Return *path* with its links followed, as far as they lead; `Path.resolve` raises where they go in circles."""
    return Path(os.path.realpath(path))


def _read_once(paths: Sequence[Path], names: Mapping[Path, str]) -> tuple[dict[str, Table], list[Problem]]:
    """Return the tables of files by a digest of their bytes, and a problem for each that is there already."""
    tables: dict[str, Table] = {}
    problems: list[Problem] = []
    for path in paths:
        name = names[_resolved(path)]
        table = read(path, source=name)
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        if tables.setdefault(content, table) is not table:
            first = tables[content].source
            what = "is given twice" if first == name else f"holds the same as {first}"
            reason = f"the file {what}; it is read once"
            problems.append(Problem(source=name, reason=reason))
    return tables, problems


def _systems(texts: Iterable[str], names: Mapping[Path, str]) -> dict[str, str]:
    """Return the source that "file=source" texts give, by the name of the file."""
    systems: dict[str, str] = {}
    for text in texts:
        file, equals, source = (part.strip() for part in text.rpartition("="))
        if not (file and equals and source):
            raise InvalidValue("--source takes file=source, such as --source orders.csv=shop")
        name = names.get(_resolved(Path(file)), file)
        if name not in names.values():
            raise UnknownName("file given with --records or --activities", file, names.values())
        if systems.setdefault(name, source) != source:
            raise InvalidValue(f"--source names two sources of {name!r}; a file comes from one")
    return systems
