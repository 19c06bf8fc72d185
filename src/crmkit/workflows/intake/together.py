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

    An id that different records were given is that of none of them: each goes
    by its source and id, such as "crm.csv:17", and keeps the id as an alias.
    So two sources that both count from 1 stay apart, no fact told of "17" goes
    to the wrong one, and of two exports of one source nothing is lost.  A
    record that a source tells twice in the same words is one.
    """
    records, problems = _once(chain.from_iterable(batches))
    claims = Counter(record.id for record in records)
    claims.update(alias for record in records for alias in record.aliases if alias != record.id)
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
        problems.append(_problem(record, reason, kept=True))
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


def _once(records: Iterable[Record]) -> tuple[list[Record], list[Problem]]:
    """Return each record once, and a problem for each that is told again; those that share an id but differ stay."""
    first: dict[str, Record] = {}
    others: dict[str, list[Record]] = {}
    once: list[Record] = []
    problems: list[Problem] = []
    for record in records:
        if record.id not in first:
            first[record.id] = record
        elif record == first[record.id] or record in others.get(record.id, ()):
            reason = f"the record {record.id!r} is told twice in the same words; it counts once"
            problems.append(_problem(record, reason))
            continue
        else:
            others.setdefault(record.id, []).append(record)
        once.append(record)
    return once, problems


def _problem(record: Record, reason: str, *, kept: bool = False) -> Problem:
    """Return a problem with the id of *record*, where it was told."""
    source, row = (record.source, 0) if record.place is None else (record.place.source, record.place.row)
    return Problem(source=source, row=row, field="id", reason=reason, kept=kept)
