"""Arrangements: in which order the records of one customer are drawn, and what holds them together.

Records that the strongest links join stand next to each other, and two halves
that one link holds together stand one after the other.  Nothing is drawn by
lot: the same records and links give the same order.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from crmkit.dedup.decision import key_order
from crmkit.dedup.table import RecordKey

WORD: Final = 1e6
"""What a person's word weighs beside bits: more than any evidence."""


class Tie(NamedTuple):
    """What joins two records.

    Attributes:
        a: One record.
        b: The other.
        weight: Bits over the threshold, or `WORD`.
    """

    a: RecordKey
    b: RecordKey
    weight: float


def strongest_first(ties: Iterable[Tie]) -> list[Tie]:
    """Return *ties* by weight, the strongest first, equal ones by their records; which end is named first is one."""
    turned = (tie if key_order(tie.a) <= key_order(tie.b) else Tie(tie.b, tie.a, tie.weight) for tie in ties)
    return sorted(turned, key=lambda tie: (-tie.weight, key_order(tie.a), key_order(tie.b)))


def backbone(ties: Iterable[Tie]) -> list[Tie]:
    """Return the strongest ties that join all records they can, one less than the records joined.

    Source: Kruskal (1956).
    """
    group: dict[RecordKey, set[RecordKey]] = {}
    found = []
    for tie in strongest_first(ties):
        one, other = (group.setdefault(end, {end}) for end in (tie.a, tie.b))
        if one is not other:
            whole = one | other
            group.update(dict.fromkeys(whole, whole))
            found.append(tie)
    return found


def arranged(records: Iterable[RecordKey], ties: Iterable[Tie]) -> list[RecordKey]:
    """Return *records* in the order in which they are drawn.

    >>> arranged("abcd", [Tie("a", "c", 9.0), Tie("b", "d", 8.0), Tie("c", "d", 1.0)])
    ['a', 'c', 'd', 'b']
    """
    lines = {record: [record] for record in sorted(records, key=key_order)}
    for tie in backbone(ties):
        joined = _joined(lines[tie.a], lines[tie.b], tie)
        lines.update(dict.fromkeys(joined, joined))
    distinct = {id(line): line for line in lines.values()}
    return [record for line in distinct.values() for record in _forwards(line)]


def nearest(records: Sequence[RecordKey], ties: Iterable[Tie], *, most: int) -> list[RecordKey]:
    """Return at most *most* of *records*: those of the strongest tie, then always the one most strongly tied to them.

    Records that nothing ties to these come last.  Source: Prim (1957).
    """
    if len(records) <= most:
        return list(records)
    ordered = strongest_first(ties)
    ranks: dict[RecordKey, list[int]] = {}
    for rank, tie in enumerate(ordered):
        for end in (tie.a, tie.b):
            ranks.setdefault(end, []).append(rank)
    taken: dict[RecordKey, None] = {}
    reach = [0] if ordered else []
    while reach and len(taken) < most:
        tie = ordered[heapq.heappop(reach)]
        for end in (tie.a, tie.b):
            if end not in taken:
                taken[end] = None
                for rank in ranks[end]:
                    heapq.heappush(reach, rank)
    rest = [record for record in sorted(records, key=key_order) if record not in taken]
    return [*taken, *rest][:most]


def _joined(one: list[RecordKey], other: list[RecordKey], tie: Tie) -> list[RecordKey]:
    """Return two lines as one, turned so that the ends of *tie* come near each other."""
    first = one if 2 * one.index(tie.a) >= len(one) - 1 else one[::-1]
    second = other if 2 * other.index(tie.b) <= len(other) - 1 else other[::-1]
    return [*first, *second]


def _forwards(line: list[RecordKey]) -> list[RecordKey]:
    return line if key_order(line[0]) <= key_order(line[-1]) else line[::-1]
