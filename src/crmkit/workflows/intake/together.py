"""Together: what several sources tell, every fact once, every id that of one record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import chain

import attrs

from crmkit.errors import Problem
from crmkit.model import Record, RecordId
from crmkit.model.identity import free_id
from crmkit.workflows.intake.lines import Line


def all_records(batches: Iterable[Iterable[Record]]) -> tuple[list[Record], list[Problem]]:
    """Return the records of several sources together, in order, and a problem for each that is renamed.

    A record that its own source tells again takes the place of what it told
    before, unless it says that it is older.  An id that sources, or rows, gave
    to different records is that of none of them: each goes by its source and
    id, such as "crm.csv:17", and keeps the id as an alias.  So two sources that
    both count from 1 stay apart, and no fact told of "17" goes to the wrong one.
    """
    records, problems = _newest(chain.from_iterable(batches))
    claims = Counter(name for record in records for name in {record.id, *record.aliases})
    taken: set[str] = set(claims)
    together: list[Record] = []
    for record in records:
        if claims[record.id] == 1:
            together.append(record)
            continue
        apart = free_id(f"{record.source}:{record.id}", taken)
        taken.add(apart)
        reason = (
            f"the id {record.id!r} is that of {claims[record.id]} records; this one is kept as {apart!r}. "
            "Facts told of that id are theirs where they all turn out to be one customer"
        )
        problems.append(Problem(source=record.source, field="id", reason=reason, kept=True))
        aliases = (*record.aliases, record.id)
        together.append(attrs.evolve(record, id=RecordId(apart), aliases=aliases))
    return together, problems


def at_home(lines: Iterable[Line], records: Iterable[Record]) -> list[Line]:
    """Return *lines* in order, each under the id of the record it means.

    Where sources use the same ids, an id means the record that the line's own
    source has by it, and no other source's.  What no source can tell apart
    stays under the id as it is.
    """
    source_of: dict[str, str] = {}
    named: dict[str, list[str]] = {}
    for record in records:
        source_of[record.id] = record.source
        for alias in record.aliases:
            named.setdefault(alias, []).append(record.id)
    counting_alike = {
        source
        for ids in named.values()
        if len(sources := {source_of[one] for one in ids}) > 1
        for source in sources
    }
    taken = {*source_of, *named}

    def meant(told: str, source: str) -> str:
        own = [one for one in named.get(told, ()) if source_of[one] == source]
        if len(own) == 1:
            return own[0]
        if source in counting_alike and source_of.get(told, source) != source:
            return free_id(f"{source}:{told}", taken)
        return told

    def moved(line: Line) -> Line:
        source = line.source or line.file
        customer = meant(line.customer_id, source)
        account = None if line.account_id is None else meant(line.account_id, source)
        if customer == line.customer_id and account == line.account_id:
            return line
        return line._replace(customer_id=customer, account_id=account)

    return [moved(line) for line in lines]


def _newest(records: Iterable[Record]) -> tuple[list[Record], list[Problem]]:
    """Return the last that each source tells of each id, in the order of the first, and a problem for each other."""
    newest: dict[tuple[str, str], Record] = {}
    problems: list[Problem] = []
    for record in records:
        key = record.source, record.id
        before = newest.setdefault(key, record)
        if before is record:
            continue
        if not _is_older(record, before):
            newest[key] = record
        reason = f"the record {record.id!r} is told more than once; the newest counts"
        problems.append(Problem(source=record.source, field="id", reason=reason))
    return list(newest.values()), problems


def _is_older(record: Record, before: Record) -> bool:
    if record.recorded_at is None or before.recorded_at is None:
        return False
    return record.recorded_at < before.recorded_at
