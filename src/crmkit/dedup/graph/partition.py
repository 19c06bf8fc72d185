"""The partition while evidence changes: only what a change touches is solved again.

A component is what evidence or a person's word connects; it is solved by
`cluster.cluster`, the function that solves a whole base.  So the partition
depends on the records and the decisions that are there, and on nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence, Set
from itertools import combinations, starmap
from typing import NamedTuple, TypeAlias, final

import attrs

from crmkit.dedup.cluster import Edge, cluster
from crmkit.dedup.constraints import aparts, bounds_of
from crmkit.dedup.decision import (
    SAME,
    Decision,
    Split,
    decision_order,
    key_order,
    records_of,
    same_groups,
)
from crmkit.dedup.graph.evidence import Change, Evidence
from crmkit.dedup.resolution import Refusal
from crmkit.dedup.table import RecordKey
from crmkit.dedup.weights import MILLI

Party: TypeAlias = tuple[RecordKey, ...]


class Link(NamedTuple):
    """What speaks for or against two records that are compared.

    Attributes:
        a: One record.
        b: The other.
        weight: Log-odds over the threshold, in thousandths of a bit.
    """

    a: RecordKey
    b: RecordKey
    weight: int


@final
@attrs.frozen(eq=False)
class Component:
    """Records that evidence or a decision connects.

    Attributes:
        records: The records, in the order of their ids.
        edges: What speaks for or against each pair of them that is compared.
        parties: Which of them are one party, each in the order of its ids.
        refused: Merges that something forbids.
    """

    records: Party
    edges: Sequence[Link] = ()
    parties: tuple[Party, ...] = ()
    refused: tuple[Refusal, ...] = ()


class Partition:
    """Which records are one party, kept up to date as evidence and decisions change."""

    def __init__(self, evidence: Evidence) -> None:
        self.component: dict[RecordKey, Component] = {}
        self._evidence = evidence
        self._said: dict[RecordKey, frozenset[Decision | Split]] = {}

    def fill(
        self, groups: Iterable[tuple[Sequence[RecordKey], Iterable[tuple[RecordKey, RecordKey, int]]]]
    ) -> None:
        """Take in components, each its records and its weighed pairs, where nothing is and nothing was said."""
        for records, pairs in groups:
            component = self._component(records, list(starmap(Link, pairs)))
            self.component.update(dict.fromkeys(records, component))

    def settle(self, decision: Decision | Split) -> tuple[list[Component], list[Component]]:
        """Take in a decision; return the components before and after."""
        alone = frozenset((decision,))
        for record in records_of(decision):
            before = self._said.get(record)
            self._said[record] = alone if before is None else before | alone
        return self.solve(Change(), records_of(decision))

    def withdraw(self, decision: Decision | Split) -> tuple[list[Component], list[Component]]:
        """Forget a decision; return the components before and after."""
        for record in records_of(decision):
            left = self._said[record] - {decision}
            if left:
                self._said[record] = left
            else:
                del self._said[record]
        return self.solve(Change(), records_of(decision))

    def said_of(self, records: Iterable[RecordKey]) -> set[Decision | Split]:
        """Return the decisions that name any of *records*."""
        return {one for record in records for one in self._said.get(record, ())}

    def party(self, record: RecordKey) -> Party:
        """Return the records that are one party with *record*, itself included."""
        return next(party for party in self.component[record].parties if record in party)

    def together(self, a: RecordKey, b: RecordKey) -> bool:
        """Return whether two records are one party."""
        return b in self.party(a)

    def components(self, records: Iterable[RecordKey] | None = None) -> list[Component]:
        """Return the components that any of *records* is in, or all, each once."""
        wanted = self.component if records is None else records
        found = {id(one): one for record in wanted if (one := self.component.get(record)) is not None}
        return list(found.values())

    def solve(
        self, change: Change, touched: Collection[RecordKey] = ()
    ) -> tuple[list[Component], list[Component]]:
        """Solve again what a *change* of evidence, or of what is said of *touched* records, has a part in.

        Records that are gone may be among *touched*: what they held together is
        solved again.  Return the components before and after, in the order of their first records.
        """
        here = self._evidence.records
        fresh = change.fresh
        links = {record: self._evidence.neighbours(record) for record in fresh}
        opened = list(self._opened(change.opened, fresh)) if change.opened else []
        near = {one for edge in opened if edge.weight > 0 for one in edge[:2]}
        joining = {record: self._evidence.speaking_for(record, others) for record, others in links.items()}
        for for_it in joining.values():
            near.update(for_it)
        if self._said:
            near.update(other for record in (*fresh, *touched) for other in self._tied(record))
        if change.closed:
            near |= self._loosened(change.closed)
        before = sorted(self.components({*touched, *fresh, *near}), key=_first)
        pool = dict.fromkeys(fresh)
        pool.update(dict.fromkeys(one for old in before for one in old.records if one in here))
        edges = [
            edge
            for old in before
            for edge in old.edges
            if edge.a in pool and edge.b in pool and edge.a not in fresh and edge.b not in fresh
        ]
        if change.closed:
            edges = [edge for edge in edges if self._evidence.compared(edge.a, edge.b)]
        known = {frozenset(edge[:2]) for edge in edges} if opened else set()
        edges += [edge for edge in opened if edge.a in pool and edge.b in pool and {*edge[:2]} not in known]
        done: set[RecordKey] = set()
        for record, others in links.items():
            done.add(record)
            for_it = joining[record]
            edges += [Link(record, other, weight) for other, weight in for_it.items() if other not in done]
            rest = [one for one in others if one in pool and one not in done and one not in for_it]
            if rest:
                edges += [
                    Link(record, other, weight)
                    for other, weight in self._evidence.weights(record, rest).items()
                ]
        again = {frozenset(edge[:2]) for edge in opened}
        after = sorted(self._solved(list(pool), edges, fresh, again), key=_first)
        for old in before:
            for record in old.records:
                self.component.pop(record, None)
        for new in after:
            self.component.update(dict.fromkeys(new.records, new))
        return before, after

    def _opened(self, groups: Iterable[frozenset[RecordKey]], fresh: Collection[RecordKey]) -> Iterator[Link]:
        """Yield an edge for each pair that is compared again, once however many keys find it again."""
        here = self._evidence.records
        members = (
            sorted((one for one in group if one in here and one not in fresh), key=key_order)
            for group in groups
        )
        for one, other in dict.fromkeys(pair for group in members for pair in combinations(group, 2)):
            if self._evidence.compared(one, other):
                yield Link(one, other, self._evidence.weight(one, other))

    def _loosened(self, groups: Iterable[frozenset[RecordKey]]) -> set[RecordKey]:
        """Return the records of components in which two are under a key that is not looked at any more."""
        loose: set[RecordKey] = set()
        for group in groups:
            homes: dict[int, RecordKey] = {}
            for one in group:
                component = self.component.get(one)
                if component is not None and homes.setdefault(id(component), one) != one:
                    loose.add(one)
        return loose

    def _tied(self, record: RecordKey) -> Iterator[RecordKey]:
        """Yield the records that a person said are the same as *record*, those that are here."""
        for one in self._said.get(record, ()):
            if isinstance(one, Decision) and one.verdict == SAME:
                other = one.b if one.a == record else one.a
                if other in self._evidence.records:
                    yield other

    def _solved(
        self,
        pool: Sequence[RecordKey],
        edges: Sequence[Link],
        fresh: Collection[RecordKey],
        again: Set[Set[RecordKey]],
    ) -> list[Component]:
        linked: dict[RecordKey, list[RecordKey]] = {record: [] for record in pool}
        for a, b, weight in edges:
            if weight > 0:
                linked[a].append(b)
                linked[b].append(a)
        if self._said:
            for record in pool:
                linked[record] += self._tied(record)
        group: dict[RecordKey, int] = {}
        groups: list[list[RecordKey]] = []
        for start in pool:
            if start not in group:
                groups.append(_reached(start, linked))
                group.update(dict.fromkeys(groups[-1], len(groups) - 1))
        held: list[list[Link]] = [[] for _ in groups]
        for edge in edges:
            if group[edge.a] == group[edge.b]:
                held[group[edge.a]].append(edge)
        return [
            self._component(records, [*mine, *self._across(records, fresh, again)])
            for records, mine in zip(groups, held, strict=True)
        ]

    def _across(
        self, records: Sequence[RecordKey], fresh: Collection[RecordKey], again: Set[Set[RecordKey]]
    ) -> Iterator[Link]:
        """Yield the edges between old components that are one now; none of them was worth keeping before.

        Those of pairs that are compared *again* are there already.
        """
        old: dict[int, list[RecordKey]] = {}
        for record in records:
            if record not in fresh:
                old.setdefault(id(self.component[record]), []).append(record)
        if len(old) < 2:
            return
        home = {record: label for label, mine in old.items() for record in mine}
        for mine in sorted(old.values(), key=len)[:-1]:
            label = home[mine[0]]
            for record in mine:
                for other in self._evidence.neighbours(record):
                    if home.get(other, label) != label and not (again and {record, other} in again):
                        yield Link(record, other, self._evidence.weight(record, other))
            for record in mine:
                del home[record]

    def _component(self, records: Sequence[RecordKey], edges: Sequence[Link]) -> Component:
        if len(records) == 1:
            return Component(tuple(records), (), (tuple(records),))
        ordered = tuple(sorted(records, key=key_order))
        said = sorted(self.said_of(records), key=decision_order) if self._said else []
        rows = [self._evidence.records[record].row for record in ordered]
        bounds = bounds_of(rows, self._evidence.model.policy, said)
        if not said and not bounds and all(edge.weight > 0 for edge in edges):
            return Component(ordered, edges, (ordered,))
        place = {record: rank for rank, record in enumerate(ordered)}
        pairs = [one for one in said if isinstance(one, Decision) and one.a in place and one.b in place]
        parties, refused = cluster(
            range(len(ordered)),
            [_edge(place[one.a], place[one.b], one.weight) for one in edges],
            same=[[place[one] for one in group] for group in same_groups(pairs)],
            apart=aparts(pairs, place),
            bounds=bounds,
        )
        return Component(
            ordered,
            edges,
            tuple([tuple([ordered[one] for one in party]) for party in parties]),
            tuple(
                Refusal(a=ordered[one.a], b=ordered[one.b], weight=one.weight / MILLI, reason=one.reason)
                for one in refused
            ),
        )


def _first(component: Component) -> tuple[bool, int, str]:
    return key_order(component.records[0])


def _edge(a: int, b: int, weight: int) -> Edge[int]:
    return Edge(a, b, weight) if a < b else Edge(b, a, weight)


def _reached(start: RecordKey, linked: dict[RecordKey, list[RecordKey]]) -> list[RecordKey]:
    """Return what *start* is linked to, directly or by way of others."""
    found = {start: None}
    todo = [start]
    for here in todo:
        for other in linked[here]:
            if other not in found:
                found[other] = None
                todo.append(other)
    return list(found)
