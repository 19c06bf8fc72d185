"""Outcomes: what one fact changed of who is who."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, final

import attrs

from crmkit.dedup.resolution import Refusal
from crmkit.dedup.table import RecordKey

CREATED: Final = "created"
MERGED: Final = "merged"
SPLIT: Final = "split"
MOVED: Final = "moved"
GONE: Final = "gone"


@final
@attrs.frozen(kw_only=True)
class Event:
    """One change of who is who.

    Attributes:
        kind: "created" (a customer that was not there), "merged" (the other id
            leads to this customer now), "split" (this customer came out of the
            other), "moved" (records went over from the other), or "gone".
        customer_id: The customer it happened to.
        other_id: The customer it has to do with; None for "created" and "gone".
        record_ids: The records concerned, sorted.
    """

    kind: str
    customer_id: RecordKey
    other_id: RecordKey | None = None
    record_ids: tuple[RecordKey, ...] = ()


@final
@attrs.frozen(kw_only=True)
class Outcome:
    """What one fact changed.

    Attributes:
        customer_id: The customer the record is now part of, None if the record is gone.
        joined: The customers that were there before and that this one is made of, oldest id first.
        refused: Merges that a decision or a limit forbids, among the records looked at.
        events: What changed, in an order that the ids of the records decide; nothing if nothing did.
    """

    customer_id: RecordKey | None
    joined: tuple[RecordKey, ...] = ()
    refused: tuple[Refusal, ...] = ()
    events: tuple[Event, ...] = ()


def events_between(
    before: Mapping[RecordKey, Sequence[RecordKey]], after: Mapping[RecordKey, Sequence[RecordKey]]
) -> tuple[Event, ...]:
    """Return what happened between two states of some customers, by their ids and the records they are made of."""
    if before == after:
        return ()
    old = {record: name for name, records in before.items() for record in records}
    found: list[Event] = []
    for name, records in after.items():
        came: dict[RecordKey, list[RecordKey]] = {}
        for record in records:
            if record in old and old[record] != name:
                came.setdefault(old[record], []).append(record)
        if name not in before and not came:
            found.append(Event(kind=CREATED, customer_id=name, record_ids=tuple(records)))
        for other, theirs in came.items():
            kind = MERGED if other not in after else SPLIT if name not in before else MOVED
            found.append(Event(kind=kind, customer_id=name, other_id=other, record_ids=tuple(theirs)))
    here = {record for records in after.values() for record in records}
    for name, records in before.items():
        if name not in after and not here.intersection(records):
            found.append(Event(kind=GONE, customer_id=name, record_ids=tuple(records)))
    return tuple(found)
