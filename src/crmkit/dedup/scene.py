"""Scenes: what a picture of one customer shows, before anything is drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Final, final

import attrs

from crmkit.dedup.arrangement import WORD, Tie, arranged, backbone, nearest
from crmkit.dedup.cells import record_cells
from crmkit.dedup.decision import key_order
from crmkit.dedup.explanation import explain_rows
from crmkit.dedup.forms import Cell, own_texts
from crmkit.dedup.kinds import NAME
from crmkit.dedup.network import Network, agreed, graph_of
from crmkit.dedup.plain import listed
from crmkit.dedup.policy import facets
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
class Column:
    """What the records say of one thing.

    Attributes:
        name: What it is.
        texts: What each line says, "" where unknown.
        alike: The same number for lines that have a value in common, 0 for all others.
        unheard: Lines of which too many records share the value, so that it links nothing.
    """

    name: str
    texts: tuple[str, ...] = attrs.field(repr=False)
    alike: tuple[int, ...]
    unheard: frozenset[int] = frozenset()


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
        columns: What they say, where it tells them apart.
        common: Names and texts of what all that say it say alike.
        lone: Names and texts of what only one of them says, with that record.
        barred: Customers that were refused to be one with it.
        holder: The record that holds most of it together, None if no single one does.
        holding: The same in a sentence, "" where there are two records or one.
        notes: What is not shown, in sentences.
    """

    customer: RecordKey
    size: int
    records: tuple[RecordKey, ...]
    threads: tuple[Thread, ...]
    columns: tuple[Column, ...]
    common: tuple[tuple[str, str], ...] = attrs.field(repr=False)
    lone: tuple[tuple[str, str, RecordKey], ...] = attrs.field(repr=False)
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
    said = {frozenset((one.a, one.b)): str(one) for one in network.said_same()}
    inside = set(party)
    ties = [
        Tie(one.a, one.b, one.weight - network.threshold)
        for one in network.matches
        if one.weight > network.threshold and {one.a, one.b} <= inside
    ]
    ties += [Tie(one.a, one.b, WORD) for one in network.said_same() if {one.a, one.b} <= inside]
    shown = nearest(party, ties, most=MOST)
    among = set(shown)
    ties = [tie for tie in ties if {tie.a, tie.b} <= among]
    records = arranged(shown, ties)
    columns, common, lone = _columns(network, records)
    holder, holding = _holding(network, party)
    return Scene(
        customer=customer,
        size=len(party),
        records=tuple(records),
        threads=tuple(_threads(network, records, ties, said)),
        columns=tuple(columns),
        common=tuple(common),
        lone=tuple(lone),
        barred=tuple(_barred(network, customer, records)),
        holder=holder,
        holding=holding,
        notes=tuple(_notes(len(party) - len(records), len(records))),
    )


def _threads(
    network: Network,
    records: Sequence[RecordKey],
    ties: Sequence[Tie],
    said: Mapping[frozenset[RecordKey], str],
) -> list[Thread]:
    """Return what speaks for and against each pair of *records*, what holds them together last."""
    line = {record: place for place, record in enumerate(records)}
    linked = {frozenset(tie[:2]) for tie in ties}
    holds = {frozenset(tie[:2]) for tie in backbone(ties)}
    pairs = [(network.rows[one], network.rows[other]) for one, other in combinations(records, 2)]
    found = []
    for why in explain_rows(pairs, network.model, hubs=network.hubs):
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


def _columns(
    network: Network, records: Sequence[RecordKey]
) -> tuple[list[Column], list[tuple[str, str]], list[tuple[str, str, RecordKey]]]:
    """Return what tells the records apart, what all that say it say alike, and what only one of them says."""
    named = facets(network.model.policy)
    cells = [record_cells(network.rows[record].values, network.model.policy) for record in records]
    hubs = dict(network.hubs)
    columns: list[Column] = []
    common: list[tuple[str, str]] = []
    lone: list[tuple[str, str, RecordKey]] = []
    for place, facet in enumerate(named):
        mine = [cell[place] for cell in cells]
        texts = [" · ".join(own_texts(cell)) for cell in mine]
        known = [text for text in texts if text]
        if len(known) > 1 and len(set(known)) == 1:
            common.append((facet.name, known[0]))
        elif len(known) > 1:
            shared = frozenset(hubs.get(facet.name, ()))
            unheard = {
                line for line, cell in enumerate(mine) if cell and {form.text for form in cell} <= shared
            }
            alike = _alike(mine, other_forms=facet.kind is NAME)
            columns.append(
                Column(name=facet.name, texts=tuple(texts), alike=tuple(alike), unheard=frozenset(unheard))
            )
        elif known:
            lone.append((facet.name, known[0], records[texts.index(known[0])]))
    return columns, common, lone


def _alike(cells: Sequence[Cell], *, other_forms: bool) -> list[int]:
    """Return the same number for cells that have a text in common, from 1 up in their order, and 0 for all others."""
    texts = [{form.text for form in cell} if other_forms else set(own_texts(cell)) for cell in cells]
    counts = Counter(text for one in texts for text in one)
    commonest = [min(one, key=lambda text: (-counts[text], text), default="") for one in texts]
    numbers: dict[str, int] = {}
    return [numbers.setdefault(text, len(numbers) + 1) if counts[text] > 1 else 0 for text in commonest]


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


def _holding(network: Network, party: Sequence[RecordKey]) -> tuple[RecordKey | None, str]:
    """Return which record holds *party* together, and the same in a sentence."""
    import networkx as nx

    if len(party) < 3:
        return None, ""
    graph = graph_of(attrs.evolve(network, rows={})).subgraph(party)
    cuts = sorted(nx.articulation_points(graph), key=key_order)
    if not cuts:
        return None, "No single record holds it together: without any one of them the others stay linked."
    parts = {cut: _without(graph, cut) for cut in cuts}
    most = max(cuts, key=lambda cut: (parts[cut][1], -cuts.index(cut)))
    sizes = listed([str(size) for size in parts[most]], most=4)
    others = (
        f"; {len(cuts) - 1} other{'s' * (len(cuts) > 2)} hold{'s' * (len(cuts) == 2)} smaller parts together"
        if len(cuts) > 1
        else ""
    )
    return (
        most,
        f"{most} holds it together: without it the others fall into parts of {sizes} records{others}.",
    )


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
