"""Overrule: what people say of who is who, kept so that it holds whenever identity is resolved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from crmkit import dedup
from crmkit.dedup.decision import Said, check_decisions, records_of, same_groups, several
from crmkit.dedup.table import RecordKey
from crmkit.errors import InvalidValue, UnknownName, suggestion
from crmkit.model import Record, RecordId
from crmkit.ports import Storage


def overrule(storage: Storage, said: Said) -> None:
    """Keep what a person says of stored records; it holds from the next `identify` on, until it is withdrawn.

    What holds already is not kept again.

    Raises:
        UnknownName: If it names a record that is not there; the closest id is offered.
        Contradiction: If others said otherwise, or a person would be an organisation; both are named.
        OutOfDate: If another says something at this very moment; try again.
    """
    length = storage.identity.length()
    others = dedup.decisions_in_force(storage.identity.decisions())
    if said not in others:
        _check(storage, others, said)
        storage.identity.append((said,), after=length)


def take_out(storage: Storage, ids: Iterable[RecordId], *, by: str, why: str = "") -> dedup.Split:
    """Return the split that takes records out of their customers as they are stored, for `overrule` to keep.

    Raises:
        UnknownName: If one of them is not there; the closest id is offered.
        InvalidValue: If it is one id instead of several, or nothing would be left of their customers.
    """
    out = dict.fromkeys(RecordId(str(one)) for one in several(ids))
    _check_known(storage, out)
    customers = filter(None, map(storage.customers.get, out))
    rest = {record_id for one in customers for record_id in one.record_ids} - out.keys()
    if not rest:
        raise InvalidValue("these are all the records of their customers; name those to be taken out")
    return dedup.Split(tuple(out), tuple(rest), by=by, why=why)


def withdraw(storage: Storage, a: RecordKey, b: RecordKey, *, by: str, why: str = "") -> list[Said]:
    """Take back all that was said of the records *a* and *b* being one or not, and return it.

    Raises:
        InvalidValue: If nothing was; the closest pair is offered.
        OutOfDate: If another says something at this very moment; try again.
    """
    length = storage.identity.length()
    others = dedup.decisions_in_force(storage.identity.decisions())
    found = [one for one in others if _is_about(one, a, b)]
    if not found:
        near = suggestion(f"{a} and {b}", map(_pair, others))
        raise InvalidValue(f"nothing is decided of {a!r} and {b!r}. {near}".rstrip())
    storage.identity.append([dedup.Withdrawn(one, by=by, why=why) for one in found], after=length)
    return found


def _check(storage: Storage, others: Iterable[Said], said: Said) -> None:
    """Refuse a decision on who is not there, or one that cannot hold beside *others*, here or in a resolver."""
    named = records_of(said)
    _check_known(storage, named)
    together = (*others, said)
    tied = same_groups(one for one in together if isinstance(one, dedup.Decision))
    concerned = [key for group in tied if not set(named).isdisjoint(group) for key in group]
    check_decisions(together, {record.id: record.kind for record in _records(storage, concerned)})
    told: dict[RecordKey, str | None] = {}
    for fact in storage.identity.facts():
        if isinstance(fact, dedup.Added | dedup.Updated) and fact.id in concerned:
            told[fact.id] = fact.kind
        elif isinstance(fact, dedup.Removed):
            told.pop(fact.id, None)
    check_decisions(together, told)


def _check_known(storage: Storage, ids: Iterable[RecordKey]) -> None:
    wanted = tuple(ids)
    known = {record.id for record in _records(storage, wanted)}
    for key in wanted:
        if key not in known:
            raise UnknownName("record", str(key), (record.id for record in storage.facts.records()))


def _records(storage: Storage, ids: Iterable[RecordKey]) -> Iterator[Record]:
    return storage.facts.records(RecordId(str(key)) for key in ids)


def _is_about(said: Said, a: RecordKey, b: RecordKey) -> bool:
    if isinstance(said, dedup.Decision):
        return {said.a, said.b} == {a, b}
    return (a in said.ids and b in said.rest) or (b in said.ids and a in said.rest)


def _pair(said: Said) -> str:
    a, b = (said.a, said.b) if isinstance(said, dedup.Decision) else (said.ids[0], said.rest[0])
    return f"{a} and {b}"
