"""Resolutions: which records are one customer, and what speaks for it."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import TYPE_CHECKING, final

import attrs

from crmkit.dedup.decision import Decision, Split
from crmkit.dedup.kinship import Kinship
from crmkit.dedup.model import Model
from crmkit.dedup.network import Network, graph_of, rows_of
from crmkit.dedup.picture import picture
from crmkit.dedup.table import RecordKey, TableLike
from crmkit.dedup.weights import MILLI
from crmkit.display import Picture, html_bars, html_table
from crmkit.errors import Problem, UnknownName

if TYPE_CHECKING:
    import networkx as nx

    from crmkit.dedup.arrays.columns import Ints

_SHOWN = 12


@final
@attrs.frozen(kw_only=True)
class Match:
    """What speaks for two records being one customer: evidence, not a decision.

    Attributes:
        a: Id of one record, as it was given: a whole number stays one.
        b: Id of the other.
        weight: Log-odds in bits: 0 is even odds, 10 a thousand to one.
    """

    a: RecordKey
    b: RecordKey
    weight: float


@final
@attrs.frozen(eq=False, repr=False)
class Matches:
    """The pairs that were compared and are not out of the question, as a sequence of `Match`.

    It holds plain columns; matches are made when they are asked for.

    Attributes:
        ids: The ids of the records.
        a: Place of one record of each pair in *ids*; shape ``(pairs,)``.
        b: Place of the other.
        millibits: What speaks for the pair, in thousandths of a bit.
    """

    ids: tuple[RecordKey, ...]
    a: Ints
    b: Ints
    millibits: Ints

    def __len__(self) -> int:
        return len(self.millibits)

    def __getitem__(self, place: int) -> Match:
        return Match(
            a=self.ids[int(self.a[place])],
            b=self.ids[int(self.b[place])],
            weight=int(self.millibits[place]) / MILLI,
        )

    def __iter__(self) -> Iterator[Match]:
        return (self[place] for place in range(len(self)))

    def among(self, records: Container[RecordKey]) -> Iterator[Match]:
        """Yield the pairs of which both are among *records*."""
        here = [one in records for one in self.ids]
        for place, (a, b) in enumerate(zip(self.a.tolist(), self.b.tolist(), strict=True)):
            if here[a] and here[b]:
                yield self[place]

    def __repr__(self) -> str:
        return f"<{len(self):,} pairs>"


@final
@attrs.frozen(kw_only=True)
class Refusal:
    """Two customers that the evidence would make one, and that may not be.

    Attributes:
        a: Smallest id of a record of one customer.
        b: Smallest id of a record of the other.
        weight: What speaks for it on average, in bits over the threshold.
        reason: What forbids it.
    """

    a: RecordKey
    b: RecordKey
    weight: float
    reason: str


@final
@attrs.frozen(kw_only=True, eq=False, repr=False)
class Resolution:
    """Records resolved to customers.

    Attributes:
        clusters: Record id -> customer id, both as they were given, in the
            order of the records; a customer's id is the smallest id of its records.
        pairs: The pairs that were compared, with their weights.
        problems: What was wrong with the data: by row where a table was
            handed over, by source and id where records were.
        refused: Merges that a decision, a limit or a name that tells two organisations apart forbids, in order.
        kinships: Organisations that belong together and are not one, in order.
        decisions: The decisions that were followed, in a fixed order.
        hubs: Values by facet that too many records share; they linked nothing.
        model: What decided.
        kinds: "person", "organisation" or None of each record, in their order.
    """

    clusters: Mapping[RecordKey, RecordKey]
    pairs: Matches
    problems: tuple[Problem, ...]
    refused: tuple[Refusal, ...]
    kinships: tuple[Kinship, ...]
    decisions: tuple[Decision | Split, ...]
    hubs: tuple[tuple[str, tuple[str, ...]], ...]
    model: Model
    kinds: tuple[str | None, ...] = ()

    def members(self) -> dict[RecordKey, tuple[RecordKey, ...]]:
        """Return the record ids of each customer, in the order of the records."""
        found: dict[RecordKey, list[RecordKey]] = {}
        for record, customer in self.clusters.items():
            found.setdefault(customer, []).append(record)
        return {customer: tuple(records) for customer, records in found.items()}

    def sizes(self) -> dict[int, int]:
        """Return how many customers have so many records, by number of records."""
        counts: dict[int, int] = {}
        for records in self.members().values():
            counts[len(records)] = counts.get(len(records), 0) + 1
        return dict(sorted(counts.items()))

    def graph(self, *customers: RecordKey, records: TableLike = ()) -> nx.Graph[RecordKey]:
        """Return the records of *customers*, or of all, as a graph: see `network.graph_of`.

        Args:
            customers: Ids of customers, or of records of theirs; none of them for all.
            records: What the records say, if edges shall tell what they agree in.

        Raises:
            UnknownName: If there is no such customer; the closest id is offered.
        """
        return graph_of(self._network({self._customer(one) for one in customers or self.clusters}, records))

    def picture(self, customer: RecordKey, records: TableLike) -> Picture:
        """Return a drawing of one customer: its records, what holds them together, what was refused.

        Args:
            customer: Id of the customer, or of a record of theirs.
            records: What the records say; those of the customer are enough.

        Raises:
            UnknownName: If there is no such customer; the closest id is offered.
            InvalidValue: If *records* lack one of the customer's.
        """
        mine = self._customer(customer)
        beside = [one for one in self.refused if mine in (one.a, one.b)]
        return picture(
            self._network({mine, *(end for one in beside for end in (one.a, one.b))}, records), mine
        )

    def _customer(self, name: RecordKey) -> RecordKey:
        if name not in self.clusters:
            raise UnknownName("record or customer", str(name), map(str, self.clusters))
        return self.clusters[name]

    def _network(self, customers: set[RecordKey], records: TableLike) -> Network:
        held = {record: customer for record, customer in self.clusters.items() if customer in customers}
        kinds = dict(zip(self.clusters, self.kinds, strict=False))
        return Network(
            customers=held,
            matches=tuple(one for one in self.pairs.among(held)),
            refused=tuple(one for one in self.refused if one.a in customers or one.b in customers),
            decisions=self.decisions,
            model=self.model,
            rows=rows_of(records, self.model.policy, held),
            kinds={record: kind for record in held if (kind := kinds.get(record))},
            hubs=self.hubs,
        )

    def __repr__(self) -> str:
        customers = len(set(self.clusters.values()))
        return (
            f"Resolution({len(self.clusters):,} records are {customers:,} customers; {len(self.pairs):,} pairs, "
            f"{len(self.refused)} refused, {len(self.problems)} problems)"
        )

    def _repr_html_(self) -> str:
        bars = [(f"{size} record{'s' * (size > 1)}", count) for size, count in self.sizes().items()]
        refused = [(str(one.a), str(one.b), one.reason) for one in self.refused[:_SHOWN]]
        table = html_table(("customer", "customer", "not one because"), refused, caption="Refused merges")
        return html_bars(bars[:_SHOWN], caption=repr(self)) + (table if refused else "")
