"""Networks: the records of some customers, and what connects them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, final

import attrs

from crmkit.dedup.decision import SAME, Decision, Split
from crmkit.dedup.explanation import Explanation, explain_rows
from crmkit.dedup.model import Model
from crmkit.dedup.policy import Policy
from crmkit.dedup.table import RecordKey, Row, TableLike, read_table
from crmkit.dedup.weights import MILLI

if TYPE_CHECKING:
    import networkx as nx

    from crmkit.dedup.resolution import Match, Refusal


@final
@attrs.frozen(kw_only=True, eq=False, repr=False)
class Network:
    """The records of some customers, and what speaks for and against each pair of them that was compared.

    Attributes:
        customers: Record id -> customer id, in the order of the records.
        matches: The pairs that were compared, both records of them being here.
        refused: Merges that something forbids, by the ids of the customers; one side at least is here.
        decisions: What people said.
        model: What weighs.
        rows: What the records say, by id; empty if nobody handed it over.
        kinds: "person" or "organisation" by record id, where known.
        hubs: Values by facet that too many records share.
    """

    customers: Mapping[RecordKey, RecordKey]
    matches: tuple[Match, ...]
    refused: tuple[Refusal, ...]
    decisions: tuple[Decision | Split, ...]
    model: Model
    rows: Mapping[RecordKey, Row]
    kinds: Mapping[RecordKey, str]
    hubs: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def threshold(self) -> float:
        """Log-odds in bits from which on a pair speaks for one customer."""
        return self.model.threshold_millibits / MILLI

    def said_same(self) -> list[Decision]:
        """Return what people said that makes records one that are here."""
        return [
            one
            for one in self.decisions
            if isinstance(one, Decision) and one.verdict == SAME and {one.a, one.b} <= self.customers.keys()
        ]

    def forbidden(self) -> dict[frozenset[RecordKey], str]:
        """Return why each pair of customers was refused to be one."""
        return {frozenset((one.a, one.b)): one.reason for one in self.refused}

    def explained(self, pairs: Iterable[tuple[RecordKey, RecordKey]]) -> Iterator[Explanation]:
        """Yield what each of *pairs* is made of, where it is known what both say."""
        known = ((self.rows[a], self.rows[b]) for a, b in pairs if a in self.rows and b in self.rows)
        return explain_rows(known, self.model, hubs=self.hubs)


def graph_of(network: Network) -> nx.Graph[RecordKey]:
    """Return *network* as a graph of records, an edge for each pair that the evidence or a person's word joins.

    A node knows its `customer`, and its `kind` where that is known.  An edge
    knows its `weight` in bits, absent if only a person's word joins the two;
    the `evidence` (what they agree in) where the records are known; `said`,
    a person's word; and, between two customers that may not be one, `refused`,
    which says why.  What speaks against is no edge.  Values are texts and
    numbers, so that the graph can be written in any format.
    """
    import networkx as nx

    graph: nx.Graph[RecordKey] = nx.Graph()
    for record, customer in network.customers.items():
        kind = network.kinds.get(record)
        graph.add_node(record, customer=customer, **({"kind": kind} if kind else {}))
    matches = [one for one in network.matches if one.weight > network.threshold]
    graph.add_weighted_edges_from((one.a, one.b, one.weight) for one in matches)
    for why in network.explained((one.a, one.b) for one in matches):
        graph.edges[why.a, why.b]["evidence"] = ", ".join(agreed(why))
    for one in network.said_same():
        graph.add_edge(one.a, one.b, said=str(one))
    forbidden = network.forbidden()
    for a, b, edge in graph.edges(data=True):
        reason = forbidden.get(frozenset((network.customers[a], network.customers[b])))
        if reason:
            edge["refused"] = reason
    return graph


def agreed(why: Explanation) -> tuple[str, ...]:
    """Return what two records agree in, what speaks most for them first."""
    parts = sorted(
        (part for part in why.parts if part.compared and part.weight > 0), key=lambda part: -part.weight
    )
    return tuple(part.name for part in parts)


def rows_of(
    records: TableLike, policy: Policy, ids: Sequence[RecordKey] | Mapping[RecordKey, object]
) -> dict[RecordKey, Row]:
    """Return what *records* say of the *ids* that are among them."""
    table = read_table(records, id=policy.id, source=policy.source, kind=policy.kind)
    wanted, columns = set(ids), dict(table.columns)
    return {
        key: Row(
            id=key,
            kind=table.kinds[place],
            values={name: values[place] for name, values in columns.items()},
        )
        for place, key in enumerate(table.ids)
        if key in wanted
    }
