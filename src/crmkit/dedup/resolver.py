"""Resolver: who is who in real time, one record at a time, and the same as all at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import takewhile
from sys import maxsize
from typing import TYPE_CHECKING, Final, cast, final

from crmkit.dedup.arrangement import Tie, backbone
from crmkit.dedup.decision import (
    DISTINCT,
    SAME,
    Decision,
    Split,
    check_decisions,
    decision_order,
    records_of,
    several,
)
from crmkit.dedup.explanation import Explanation
from crmkit.dedup.graph.evidence import Evidence
from crmkit.dedup.graph.names import Names
from crmkit.dedup.graph.partition import Component, Partition, Party
from crmkit.dedup.graph.questions import WhyNot, explained, why_not
from crmkit.dedup.graph.shown import beside, network_of
from crmkit.dedup.kinship import Kinship, kinships, told_of
from crmkit.dedup.log import Added, Fact, Removed, Updated, Withdrawn, row_of, texts_of
from crmkit.dedup.model import Model
from crmkit.dedup.network import Network, graph_of
from crmkit.dedup.outcome import Outcome, events_between
from crmkit.dedup.picture import picture
from crmkit.dedup.resolution import Refusal
from crmkit.dedup.table import RecordKey, Row, record_row
from crmkit.display import Picture
from crmkit.errors import InvalidValue, UnknownName
from crmkit.garbage import seldom_collected
from crmkit.model import ORGANISATION, Record

if TYPE_CHECKING:
    import networkx as nx


_TWICE: Final = "a record {!r} is there already; update it, or give another id"
_NO_FACT: Final = "a fact is an Added, Updated, Removed, Decision, Split or Withdrawn, got {}"
_FEW: Final = 200
"""Fewer records are as soon added one by one."""


@final
class Resolver:
    """The identity graph of records that come, change and go, and that people overrule.

    Whatever the order in which facts arrive, the customers are those that
    `resolve` finds in the records and decisions that are there.  A customer's
    id is the id of the record of theirs that came first; it stays when others
    join, and ids that were given out before still lead to their customer.

    >>> from crmkit.dedup import Resolver, propose, train
    >>> ana = {"id": "web-1", "name": "Ana Sousa", "email": "ana@x.example", "phone": "+351912345678"}
    >>> bob = {"id": "web-2", "name": "Bob Hill", "email": "bob@y.example", "phone": "+351917654321"}
    >>> resolver = Resolver(train([ana, bob], propose([ana, bob])))
    >>> [resolver.add(one).customer_id for one in (ana, bob, {**ana, "id": "shop-7"})]
    ['web-1', 'web-2', 'web-1']
    >>> resolver.split(["shop-7"], by="ann", why="two cousins").customer_id
    'shop-7'

    Args:
        model: What `train` learnt; it stays as it is.
        log: Facts of an earlier graph, in their order; the graph is then that one.
    """

    def __init__(self, model: Model, *, log: Iterable[Fact] = ()) -> None:
        if not isinstance(model, Model):
            raise InvalidValue(
                f"a resolver has a Model, got {type(model).__name__}; train(table, policy) makes one"
            )
        self.model = model
        self._log: list[Fact] = []
        self._evidence = Evidence(model)
        self._partition = Partition(self._evidence)
        self._names = Names()
        self._decisions: set[Decision | Split] = set()
        facts = list(log)
        begun = list(takewhile(lambda fact: type(fact) is Added, facts))
        self._take(cast("list[Added]", begun), pair_budget=maxsize)
        for fact in facts[len(begun) :]:
            self.tell(fact)

    def __len__(self) -> int:
        return len(self._evidence.records)

    def __repr__(self) -> str:
        return (
            f"Resolver({len(self):,} records, {len(self._decisions):,} decisions, {len(self._log):,} facts)"
        )

    def __contains__(self, record_id: object) -> bool:
        return record_id in self._evidence.records

    @property
    def position(self) -> int:
        """How many facts were told: where in a log to read on."""
        return len(self._log)

    @property
    def last(self) -> Fact | None:
        """The fact that was told last, or None if none was."""
        return self._log[-1] if self._log else None

    @property
    def log(self) -> tuple[Fact, ...]:
        """Every fact that was told, in its order."""
        return tuple(self._log)

    @property
    def decisions(self) -> tuple[Decision | Split, ...]:
        """What people said and did not withdraw, in a fixed order."""
        return tuple(sorted(self._decisions, key=decision_order))

    @property
    def clusters(self) -> dict[RecordKey, RecordKey]:
        """Record id -> customer id, in the order in which the records came."""
        name = {
            record: self._names.name(party)
            for component in self._partition.components()
            for party in component.parties
            for record in party
        }
        return {record: name[record] for record in self._names.records()}

    @property
    def refused(self) -> tuple[Refusal, ...]:
        """Merges that a decision or a limit forbids."""
        return tuple(one for component in self._partition.components() for one in component.refused)

    @property
    def kinships(self) -> tuple[Kinship, ...]:
        """Organisations that belong together and are not one customer, in order."""
        clusters = self.clusters
        return kinships(
            told_of(key, clusters[key], held.row.values, self.model.policy)
            for key, held in self._evidence.records.items()
            if held.row.kind == ORGANISATION
        )

    def tell(self, fact: Fact) -> Outcome:
        """Take in one *fact*, of a log or of another graph, and return what it changed.

        Raises:
            InvalidValue: If it cannot be: a record added twice, or taken away that is not there.
            Contradiction: If it is a decision that cannot hold beside another.
        """
        outcome = self._told(fact)
        self._log.append(fact)
        return outcome

    def add(self, record: Record | Mapping[str, object]) -> Outcome:
        """Take in a new record, and return the customer it belongs to and what that changed.

        Raises:
            InvalidValue: If a record of this id is there.
        """
        row = self._row(record)
        return self.tell(Added(row.id, row.kind, texts_of(row.values)))

    @seldom_collected()
    def load(self, records: Iterable[Record | Mapping[str, object]]) -> None:
        """Take in many records at once: as adding each in turn, and many times as fast where none is there yet.

        Raises:
            InvalidValue: If a record of one of their ids is there, an id comes
                twice, or more pairs than the policy's budget would be compared.
            Contradiction: If people said that a person and an organisation
                among them are one.  In either case nothing is taken in.
        """
        rows = [self._row(record) for record in records]
        facts = [Added(row.id, row.kind, texts_of(row.values)) for row in rows]
        self._take(facts, pair_budget=self.model.policy.pair_budget)

    def update(self, record: Record | Mapping[str, object]) -> Outcome:
        """Let *record* take the place of the one of the same id, and return what that changed.

        Raises:
            UnknownName: If no record of this id is there; the closest id is offered.
            Contradiction: If it is an organisation now and people said that it is one with a person, or the reverse.
        """
        row = self._row(record)
        return self.tell(Updated(row.id, row.kind, texts_of(row.values)))

    def remove(self, record_id: RecordKey) -> Outcome:
        """Forget a record, and return what that changed; decisions about it hold again if it comes back.

        Raises:
            UnknownName: If no record of this id is there; the closest id is offered.
        """
        return self.tell(Removed(record_id))

    def assert_same(self, a: RecordKey, b: RecordKey, *, by: str, why: str = "") -> Outcome:
        """Let two records be one customer because *by* says so, whatever the evidence.

        Raises:
            UnknownName: If either is not there.
            Contradiction: If others said otherwise; both are named.
        """
        return self._decide(Decision(a, b, SAME, by=by, why=why))

    def assert_distinct(self, a: RecordKey, b: RecordKey, *, by: str, why: str = "") -> Outcome:
        """Keep two records apart because *by* says so, whatever the evidence.

        Raises:
            UnknownName: If either is not there.
            Contradiction: If others said otherwise; both are named.
        """
        return self._decide(Decision(a, b, DISTINCT, by=by, why=why))

    def split(self, ids: Iterable[RecordKey], *, by: str, why: str = "") -> Outcome:
        """Take records out of their customers, never to be one with the others that are there now.

        What the *ids* are among themselves is left to the evidence.

        Raises:
            UnknownName: If one of them is not there.
            InvalidValue: If nothing would be left of their customers, or *ids* is one id alone.
            Contradiction: If others said that some of them are one with the rest; both are named.
        """
        out = dict.fromkeys(several(ids))
        touched: dict[RecordKey, None] = {}
        for record in out:
            if record not in touched:
                touched.update(dict.fromkeys(self._party(record)))
        rest = [one for one in touched if one not in out]
        if not rest:
            raise InvalidValue("these are all the records of their customers; name those to be taken out")
        return self._decide(Split(tuple(out), tuple(rest), by=by, why=why))

    def withdraw(self, decision: Decision | Split, *, by: str, why: str = "") -> Outcome:
        """Let a decision hold no more, and return what that changed.

        Raises:
            InvalidValue: If it was not made, or was withdrawn before.
        """
        return self.tell(Withdrawn(decision, by=by, why=why))

    def customer(self, name: RecordKey) -> RecordKey:
        """Return the id of the customer that *name* leads to: a record, or else a customer, or a former customer.

        Raises:
            UnknownName: If it leads to nobody; the closest id is offered.
        """
        return self._names.name(self._party(name) if name in self else self.members(name))

    def members(self, name: RecordKey) -> tuple[RecordKey, ...]:
        """Return the ids of the records of the customer that *name* leads to, sorted.

        A name that was given to a customer is theirs, also where a newer
        record came by that id; what that record belongs to `customer` says.

        Raises:
            UnknownName: If it leads to nobody; the closest id is offered.
        """
        anchor = self._names.record(name)
        if anchor is None:
            anchor = name
        if anchor not in self:
            raise self._unknown("record or customer", name)
        return self._party(anchor)

    def aliases(self, name: RecordKey) -> tuple[RecordKey, ...]:
        """Return the other ids that lead to the customer that *name* leads to, oldest first.

        Raises:
            UnknownName: If it leads to nobody; the closest id is offered.
        """
        return self._names.aliases(self.members(name))

    def explain(self, a: RecordKey, b: RecordKey) -> Explanation:
        """Return what speaks for and against two records being one customer.

        Raises:
            UnknownName: If either is not there.
        """
        [pair] = explained(self._evidence, [(self._known(a), self._known(b))])
        return pair

    def why_not(self, a: RecordKey, b: RecordKey) -> WhyNot:
        """Return why two records are not one customer, and what would make them one.

        Each change that it names was tried on the graph, and taken back.

        >>> from crmkit.dedup import Resolver, propose, train
        >>> ana = {"id": 1, "name": "Ana Sousa", "email": "ana@x.example", "phone": "+351912345678"}
        >>> bob = {"id": 2, "name": "Bob Hill", "email": "bob@y.example", "phone": "+351917654321"}
        >>> resolver = Resolver(train([ana, bob], propose([ana, bob])))
        >>> for row in (ana, bob, {**ana, "id": 3}): _ = resolver.add(row)
        >>> _ = resolver.split([3], by="ann", why="cousins")
        >>> print(resolver.why_not(1, 3))
        1 and 3 are not one customer:
        - ann took 3 out of 1 and others: cousins
        they would be one:
        - if this were withdrawn: ann took 3 out of 1 and others: cousins

        Raises:
            UnknownName: If either is not there.
            InvalidValue: If both are the same record.
        """
        return why_not(self._evidence, self._partition, self._known(a), self._known(b))

    def how(self, name: RecordKey) -> tuple[Explanation, ...]:
        """Return what holds the customer that *name* leads to together: the strongest evidence that joins its records.

        One explanation for each record but one, the strongest first; records
        that only a person's word holds have none.  It is a maximum spanning
        tree of what speaks for them.  Source: Kruskal (1956).

        Raises:
            UnknownName: If it leads to nobody; the closest id is offered.
        """
        party = self.members(name)
        mine = set(party)
        ties = [
            Tie(link.a, link.b, link.weight)
            for link in self._partition.component[party[0]].edges
            if link.weight > 0 and {link.a, link.b} <= mine
        ]
        return tuple(explained(self._evidence, [(tie.a, tie.b) for tie in backbone(ties)]))

    def graph(self, *names: RecordKey) -> nx.Graph[RecordKey]:
        """Return the records of the customers that *names* lead to, or all, as a graph: see `network.graph_of`.

        Raises:
            UnknownName: If one leads to nobody; the closest id is offered.
        """
        parties = [self.members(one) for one in names] if names else None
        return graph_of(self._network(parties))

    def picture(self, name: RecordKey) -> Picture:
        """Return a drawing of the customer that *name* leads to: records, what holds them together, what was refused.

        Raises:
            UnknownName: If it leads to nobody; the closest id is offered.
        """
        party = self.members(name)
        network = self._network(beside(self._partition.component[party[0]], party))
        return picture(network, self._names.name(party))

    def _network(self, parties: Iterable[Party] | None) -> Network:
        chosen = None if parties is None else {record for party in parties for record in party}
        components = self._partition.components(chosen)
        named = {
            record: self._names.name(party)
            for component in components
            for party in component.parties
            for record in party
        }
        customers = {
            record: named[record] for record in self._names.records() if chosen is None or record in chosen
        }
        return network_of(self._evidence, components, customers, named, self.decisions)

    def _row(self, record: Record | Mapping[str, object]) -> Row:
        return record_row(record, id=self.model.policy.id, kind=self.model.policy.kind)

    def _take(self, facts: Sequence[Added], *, pair_budget: int) -> None:
        """Take in records, all of them or none."""
        seen: set[RecordKey] = set()
        for fact in facts:
            if fact.id in seen or fact.id in self:
                raise InvalidValue(_TWICE.format(fact.id))
            seen.add(fact.id)
        rows = [row_of(fact) for fact in facts]
        self._check(seen, None, rows)
        if len(self) or self._decisions or len(facts) < _FEW:
            for fact in facts:
                self.tell(fact)
            return
        from crmkit.dedup.arrays.linking import linked

        groups = list(linked(rows, self.model, pair_budget=pair_budget))
        self._evidence.put_all(rows)
        self._partition.fill(groups)
        for fact in facts:
            self._names.bring(fact.id)
        self._log += facts

    def _known(self, record_id: RecordKey) -> RecordKey:
        if record_id not in self._evidence.records:
            raise self._unknown("record", record_id)
        return record_id

    def _unknown(self, what: str, name: RecordKey) -> UnknownName:
        other: RecordKey = str(name) if isinstance(name, int) else int(name) if name.isdecimal() else name
        if other in self._evidence.records:
            return UnknownName(f"{what} of {type(name).__name__}", repr(name), [repr(other)])
        return UnknownName(what, str(name), map(str, self._evidence.records))

    def _party(self, record_id: RecordKey) -> tuple[RecordKey, ...]:
        return self._partition.party(self._known(record_id))

    def _decide(self, decision: Decision | Split) -> Outcome:
        for key in records_of(decision):
            self._known(key)
        return self.tell(decision)

    def _told(self, fact: Fact) -> Outcome:
        match fact:
            case Added():
                if fact.id in self._evidence.records:
                    raise InvalidValue(_TWICE.format(fact.id))
                row = row_of(fact)
                self._check([fact.id], None, [row])
                return self._changed(fact.id, lambda: self._partition.solve(self._evidence.put(row)))
            case Updated():
                self._known(fact.id)
                row = row_of(fact)
                self._check([fact.id], None, [row])
                return self._changed(
                    fact.id, lambda: self._partition.solve(self._evidence.change(row), [fact.id])
                )
            case Removed():
                self._known(fact.id)
                return self._changed(
                    fact.id, lambda: self._partition.solve(self._evidence.drop(fact.id), [fact.id])
                )
            case Withdrawn(decision):
                if decision not in self._decisions:
                    raise InvalidValue(f"nothing to withdraw: {decision} was not said, or is withdrawn")
                self._decisions.discard(decision)
                return self._changed(records_of(decision)[0], lambda: self._partition.withdraw(decision))
            case Decision() | Split():
                self._check(records_of(fact), fact, ())
                self._decisions.add(fact)
                return self._changed(records_of(fact)[0], lambda: self._partition.settle(fact))
            case _:
                raise InvalidValue(_NO_FACT.format(type(fact).__name__))

    def _changed(
        self, record_id: RecordKey, solve: Callable[[], tuple[list[Component], list[Component]]]
    ) -> Outcome:
        was_here = record_id in self._evidence.records
        before, after = solve()
        old = self._customers(before)
        is_here = record_id in self._evidence.records
        if is_here and not was_here:
            self._names.bring(record_id)
        if was_here and not is_here:
            party = next(party for component in before for party in component.parties if record_id in party)
            self._names.take(record_id, party)
        new = self._customers(after)
        customer_id = next((name for name, party in new.items() if record_id in party), None)
        mine = set() if customer_id is None else set(new[customer_id])
        return Outcome(
            customer_id=customer_id,
            joined=self._names.oldest_first(name for name, party in old.items() if mine.intersection(party)),
            refused=tuple(one for component in after for one in component.refused),
            events=events_between(old, new),
        )

    def _customers(self, components: Iterable[Component]) -> dict[RecordKey, tuple[RecordKey, ...]]:
        return {self._names.name(party): party for component in components for party in component.parties}

    def _check(
        self, start: Iterable[RecordKey], decision: Decision | Split | None, rows: Iterable[Row]
    ) -> None:
        """Refuse a *decision*, or *rows*, that cannot be beside what people said of *start* and all it is tied to."""
        if decision is None and not self._decisions:
            return
        reached = dict.fromkeys(start)
        todo = list(reached)
        concerned: set[Decision | Split] = set() if decision is None else {decision}
        for key in todo:
            for one in self._partition.said_of([key]):
                concerned.add(one)
                if isinstance(one, Decision) and one.verdict == SAME:
                    todo += [other for other in (one.a, one.b) if other not in reached]
                    reached.update(dict.fromkeys((one.a, one.b)))
        records = self._evidence.records
        kinds = {key: records[key].row.kind for key in reached if key in records}
        check_decisions(concerned, {**kinds, **{row.id: row.kind for row in rows}})
