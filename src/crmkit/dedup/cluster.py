"""Clustering one component: which of its records are one party.

Pairs speak for or against, and a merge needs that all pairs between two
clusters, taken together, speak for it: constrained average linkage over signed
weights.  The best merge comes first, so the result depends on the records, the
weights and the decisions only, never on an order.
Source: Lance & Williams (1967), group average; Wagstaff & Cardie (2000), constraints.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Generic, NamedTuple, TypeVar, final

import attrs

K = TypeVar("K", int, str)


class Edge(NamedTuple, Generic[K]):
    """What speaks for or against two records being one party.

    Attributes:
        a: One record.
        b: The other.
        weight: Log-odds over the threshold, in thousandths of a bit; negative speaks against.
    """

    a: K
    b: K
    weight: int


@final
@attrs.frozen(kw_only=True)
class Bound(Generic[K]):
    """No cluster holds more than so many different values.

    Attributes:
        at_most: How many.
        values: What each record holds; those not named hold nothing.
        reason: Why a merge that breaks it is refused.
    """

    at_most: int
    values: Mapping[K, frozenset[object]]
    reason: str

    def forbids(self, one: Set[object], other: Set[object]) -> bool:
        """Return whether clusters that hold these values may not be one: it would break the bound, or break it more."""
        return len(one | other) > max(self.at_most, len(one), len(other))


class Apart(NamedTuple, Generic[K]):
    """Two records that are not one party, whatever speaks for it, and why."""

    a: K
    b: K
    reason: str


class Refused(NamedTuple, Generic[K]):
    """Two clusters that speak for being one, and may not be.

    Attributes:
        a: Smallest record of one.
        b: Smallest record of the other.
        weight: What speaks for it on average, in thousandths of a bit.
        reason: What forbids it.
    """

    a: K
    b: K
    weight: float
    reason: str


def cluster(
    records: Iterable[K],
    edges: Iterable[Edge[K]],
    *,
    same: Iterable[Sequence[K]] = (),
    apart: Iterable[Apart[K]] = (),
    bounds: Sequence[Bound[K]] = (),
) -> tuple[list[tuple[K, ...]], list[Refused[K]]]:
    """Return the clusters of one component, and the merges that were refused, both in order.

    Pairs without an edge speak neither way.  Records that are *same* begin
    together and stay so, even where that breaks a bound; no merge breaks a
    bound further, or joins records that are *apart*.

    >>> cluster("abc", [Edge("a", "b", 5), Edge("b", "c", 5), Edge("a", "c", -20)])
    ([('a', 'b'), ('c',)], [])
    """
    state = _State(sorted(records), list(edges), list(same), list(apart), bounds)
    state.run()
    return state.clusters(), state.refused()


class _State(Generic[K]):
    """Clusters under way: each is known by its smallest record."""

    def __init__(
        self,
        records: list[K],
        edges: list[Edge[K]],
        same: list[Sequence[K]],
        apart: list[Apart[K]],
        bounds: Sequence[Bound[K]],
    ) -> None:
        self.members: dict[K, list[K]] = {record: [record] for record in records}
        self.links: dict[K, dict[K, int]] = {record: {} for record in records}
        self.apart: dict[K, dict[K, str]] = {record: {} for record in records}
        self.bounds: Sequence[Bound[K]] = bounds
        self.held: dict[K, list[frozenset[object]]] = {
            record: [bound.values.get(record, frozenset()) for bound in bounds] for record in records
        }
        for edge in edges:
            self.links[edge.a][edge.b] = self.links[edge.a].get(edge.b, 0) + edge.weight
            self.links[edge.b][edge.a] = self.links[edge.a][edge.b]
        for one in apart:
            self.apart[one.a][one.b] = self.apart[one.b][one.a] = one.reason
        for group in same:
            for other in group[1:]:
                self.merge(*_ordered(self.label(group[0]), self.label(other)))

    def run(self) -> None:
        """Merge the best pair of clusters until no pair speaks for it."""
        heap = [
            self.entry(a, b)
            for a, links in self.links.items()
            for b, weight in links.items()
            if weight > 0 and a < b
        ]
        heapq.heapify(heap)
        while heap:
            cost, a, b = heapq.heappop(heap)
            if b not in self.links.get(a, ()) or self.entry(a, b)[0] != cost or self.objection(a, b):
                continue
            self.merge(a, b)
            for other, weight in self.links[a].items():
                if weight > 0:
                    heapq.heappush(heap, self.entry(*_ordered(a, other)))

    def entry(self, a: K, b: K) -> tuple[float, K, K]:
        """Return what merging two clusters costs on average, and the two."""
        return -self.links[a][b] / (len(self.members[a]) * len(self.members[b])), a, b

    def label(self, record: K) -> K:
        """Return the cluster that *record* is in."""
        return next(label for label, members in self.members.items() if record in members)

    def merge(self, a: K, b: K) -> None:
        """Let the cluster *a* take in the cluster *b*, of which the smallest record is larger."""
        if a == b:
            return
        self.members[a] += self.members.pop(b)
        self.held[a] = [one | other for one, other in zip(self.held[a], self.held.pop(b), strict=True)]
        for other, weight in self.links.pop(b).items():
            del self.links[other][b]
            if other != a:
                self.links[a][other] = self.links[other][a] = self.links[a].get(other, 0) + weight
        for other, reason in self.apart.pop(b).items():
            del self.apart[other][b]
            if other != a:
                self.apart[a].setdefault(other, reason)
                self.apart[other].setdefault(a, reason)

    def objection(self, a: K, b: K) -> str:
        """Return why two clusters may not be one, or "" if they may."""
        if b in self.apart[a]:
            return self.apart[a][b]
        for bound, one, other in zip(self.bounds, self.held[a], self.held[b], strict=True):
            if bound.forbids(one, other):
                return bound.reason
        return ""

    def clusters(self) -> list[tuple[K, ...]]:
        """Return the clusters as they are."""
        return [tuple(sorted(self.members[label])) for label in sorted(self.members)]

    def refused(self) -> list[Refused[K]]:
        """Return the pairs of clusters that speak for a merge which something forbids."""
        found = []
        for a in sorted(self.links):
            for b in sorted(self.links[a]):
                cost = self.entry(a, b)[0]
                reason = self.objection(a, b) if a < b and cost < 0 else ""
                if reason:
                    found.append(Refused(a, b, -cost, reason))
        return found


def _ordered(a: K, b: K) -> tuple[K, K]:
    return (a, b) if a < b else (b, a)
