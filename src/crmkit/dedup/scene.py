"""Scenes: what a picture of one customer shows, before anything is drawn."""

from __future__ import annotations

from collections.abc import Sequence, Set
from itertools import combinations
from typing import TYPE_CHECKING, Final, final

import attrs

from crmkit.dedup.arrangement import WORD, Tie, arranged, backbone, nearest
from crmkit.dedup.decision import key_order
from crmkit.dedup.network import Network, agreed
from crmkit.dedup.plain import listed
from crmkit.dedup.sayings import Sayings, sayings_of
from crmkit.dedup.table import RecordKey
from crmkit.errors import InvalidValue

if TYPE_CHECKING:
    import networkx as nx

MOST: Final = 50
"""So many records of a customer are drawn; of more the rest are counted."""

FOR: Final = "for"
AGAINST: Final = "against"
SAID: Final = "said"


@final
@attrs.frozen(kw_only=True)
class Thread:
    """What speaks for or against two of the records.

    Attributes:
        a: Line of one record, the smaller.
        b: Line of the other.
        sort: "for", "against", or "said" of a person's word.
        bits: What speaks for it, in bits over the threshold.
        agree: What they agree in, what speaks most for them first.
        differ: What speaks against them.
        holds: True if it is one of those that hold the customer together.
        said: What the person said, or "".
    """

    a: int
    b: int
    sort: str
    bits: float
    agree: tuple[str, ...]
    differ: tuple[str, ...]
    holds: bool
    said: str = ""


@final
@attrs.frozen(kw_only=True)
class Barred:
    """Another customer that this one may not be one with.

    Attributes:
        customer: Its id.
        records: How many records it has.
        line: The line that is most like it.
        bits: What speaks for that, in bits over the threshold.
        reason: Why it may not be.
    """

    customer: RecordKey
    records: int
    line: int
    bits: float
    reason: str


@final
@attrs.frozen(kw_only=True)
class Scene:
    """What a picture of one customer shows.

    Attributes:
        customer: Its id.
        size: How many records it has.
        records: The records that are shown, line by line.
        threads: What speaks for and against pairs of them, the weakest first.
        sayings: What they say.
        barred: Customers that were refused to be one with it.
        holder: The record that holds most of it together, None if no single one does.
        holding: The same in a sentence, "" where there are two records or one.
        notes: What is not shown, in sentences.
    """

    customer: RecordKey
    size: int
    records: tuple[RecordKey, ...]
    threads: tuple[Thread, ...]
    sayings: Sayings
    barred: tuple[Barred, ...]
    holder: RecordKey | None
    holding: str
    notes: tuple[str, ...]


def scene_of(network: Network, customer: RecordKey) -> Scene:
    """Return what a picture of *customer* shows.

    Raises:
        InvalidValue: If the network does not know what the customer's records say.
    """
    party = [record for record, owner in network.customers.items() if owner == customer]
    missing = next((record for record in party if record not in network.rows), None)
    if missing is not None:
        raise InvalidValue(f"a picture shows what records say; {missing!r} is not among those handed over")
    ties = _ties(network, set(party))
    holder, holding = _holding(party, ties)
    shown = nearest(party, ties, most=MOST)
    ties = [tie for tie in ties if {tie.a, tie.b} <= set(shown)]
    records = arranged(shown, ties)
    return Scene(
        customer=customer,
        size=len(party),
        records=tuple(records),
        threads=tuple(_threads(network, records, ties)),
        sayings=sayings_of(network, records),
        barred=tuple(_barred(network, customer, records)),
        holder=holder,
        holding=holding,
        notes=tuple(_notes(len(party) - len(records), len(records))),
    )


def _ties(network: Network, party: Set[RecordKey]) -> list[Tie]:
    """Return what joins the records of *party*: evidence, and what people say."""
    found = [
        Tie(one.a, one.b, one.weight - network.threshold)
        for one in network.matches
        if one.weight > network.threshold and {one.a, one.b} <= party
    ]
    return found + [Tie(one.a, one.b, WORD) for one in network.said_same() if {one.a, one.b} <= party]


def _threads(network: Network, records: Sequence[RecordKey], ties: Sequence[Tie]) -> list[Thread]:
    """Return what speaks for and against each pair of *records*, what holds them together last."""
    said = {frozenset((one.a, one.b)): str(one) for one in network.said_same()}
    line = {record: place for place, record in enumerate(records)}
    linked = {frozenset(tie[:2]) for tie in ties}
    holds = {frozenset(tie[:2]) for tie in backbone(ties)}
    found = []
    for why in network.explained(combinations(records, 2)):
        pair = frozenset((why.a, why.b))
        differ = tuple(part.name for part in why.parts if part.compared and part.weight < 0)
        sort = SAID if pair in said else FOR if pair in linked else AGAINST
        if sort == AGAINST and (why.speaks_for or not differ):
            continue
        found.append(
            Thread(
                a=line[why.a],
                b=line[why.b],
                sort=sort,
                bits=why.weight - why.threshold,
                agree=agreed(why),
                differ=differ,
                holds=pair in holds,
                said=said.get(pair, ""),
            )
        )
    return sorted(found, key=lambda one: (one.holds, one.bits, one.a, one.b))


def _barred(network: Network, customer: RecordKey, records: Sequence[RecordKey]) -> list[Barred]:
    """Return the customers that *customer* may not be one with, each from the record that is most like it."""
    line = {record: place for place, record in enumerate(records)}
    found = []
    for one in sorted(network.refused, key=lambda one: (-one.weight, key_order(one.a), key_order(one.b))):
        if customer in (one.a, one.b):
            other = one.b if one.a == customer else one.a
            theirs = {record for record, owner in network.customers.items() if owner == other}
            links = [
                (match.weight - network.threshold, -line[end])
                for match in network.matches
                for end, far in ((match.a, match.b), (match.b, match.a))
                if end in line and far in theirs
            ]
            bits, place = max(links, default=(one.weight, 0))
            found.append(
                Barred(customer=other, records=len(theirs), line=-place, bits=bits, reason=one.reason)
            )
    return found


def _holding(party: Sequence[RecordKey], ties: Sequence[Tie]) -> tuple[RecordKey | None, str]:
    """Return the record whose *ties* hold *party* together, if there is one, and the same in a sentence."""
    import networkx as nx

    if len(party) < 3:
        return None, ""
    graph: nx.Graph[RecordKey] = nx.Graph()
    graph.add_nodes_from(party)
    graph.add_edges_from(tie[:2] for tie in ties)
    cuts = sorted(nx.articulation_points(graph), key=key_order)
    if not cuts:
        return None, "No single record holds it together: without any one of them the others stay linked."
    parts = {cut: _without(graph, cut) for cut in cuts}
    most = max(cuts, key=lambda cut: (parts[cut][1], -cuts.index(cut)))
    sizes = listed([str(size) for size in parts[most]], most=4)
    others = ("", "; 1 other holds smaller parts together")
    more = others[len(cuts) - 1] if len(cuts) < 3 else f"; {len(cuts) - 1} others hold smaller parts together"
    return most, f"{most} holds it together: without it the others fall into parts of {sizes} records{more}."


def _without(graph: nx.Graph[RecordKey], record: RecordKey) -> list[int]:
    """Return how many records the parts have that *graph* falls into without *record*, the largest first."""
    import networkx as nx

    rest = graph.subgraph([one for one in graph if one != record])
    return sorted(map(len, nx.connected_components(rest)), reverse=True)


def _notes(left: int, shown: int) -> list[str]:
    if not left:
        return []
    many = f"{left:,} more records are" if left > 1 else "One more record is"
    return [f"{many} not drawn: these {shown} are the most strongly linked; graph() has them all."]
