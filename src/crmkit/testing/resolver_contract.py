"""The resolver's contract: whatever is told and asked, in whatever order, who is who is as all at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product
from typing import Final, Protocol, TypeAlias

import hypothesis
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from crmkit.dedup import (
    DISTINCT,
    SAME,
    Decision,
    Explanation,
    Flip,
    Model,
    Refusal,
    Resolution,
    Resolver,
    Split,
    WhyNot,
    explain,
    resolve,
)
from crmkit.dedup.decision import records_of
from crmkit.dedup.log import Fact
from crmkit.dedup.table import RecordKey, record_row
from crmkit.errors import Contradiction, CrmkitError, InvalidValue, UnknownName
from crmkit.model import ORGANISATION, PERSON

Said: TypeAlias = Decision | Split
Told: TypeAlias = Mapping[str, object]

IDS: Final[tuple[RecordKey, ...]] = (1, 2, 3, 10, "1", "a", "b", "c", "d", "é")
"""So few that records meet; the number 1 is another id than the text "1"."""

STEPS: Final = ("add", "update", "remove", SAME, DISTINCT, "split", "withdraw", "ask")

_RESTART: Final = 7
"""After so many facts the graph is read from its log."""


class IdentityGraph(Protocol):
    """What `dedup.Resolver` answers to, and so does what wraps it; what a change returns is not looked at."""

    @property
    def clusters(self) -> Mapping[RecordKey, RecordKey]:
        """Record id -> customer id."""

    @property
    def refused(self) -> Sequence[Refusal]:
        """Merges that a decision or a limit forbids, in any order."""

    @property
    def decisions(self) -> Sequence[Said]:
        """What people said and did not withdraw, in a fixed order."""

    @property
    def log(self) -> Sequence[Fact]:
        """Every fact that was told, in its order."""

    def add(self, record: Told, /) -> object:
        """Take in a new record."""

    def update(self, record: Told, /) -> object:
        """Let a record take the place of the one of its id."""

    def remove(self, record_id: RecordKey, /) -> object:
        """Forget a record."""

    def assert_same(self, a: RecordKey, b: RecordKey, /, *, by: str) -> object:
        """Let two records be one customer."""

    def assert_distinct(self, a: RecordKey, b: RecordKey, /, *, by: str) -> object:
        """Keep two records apart."""

    def split(self, ids: Sequence[RecordKey], /, *, by: str) -> object:
        """Take records out of their customers."""

    def withdraw(self, decision: Said, /, *, by: str) -> object:
        """Let a decision hold no more."""

    def customer(self, name: RecordKey, /) -> RecordKey:
        """Return the id of the customer of a record."""

    def members(self, name: RecordKey, /) -> Sequence[RecordKey]:
        """Return the ids of the records of that customer."""

    def explain(self, a: RecordKey, b: RecordKey, /) -> Explanation:
        """Return what speaks for and against two records being one customer."""

    def why_not(self, a: RecordKey, b: RecordKey, /) -> WhyNot:
        """Return why two records are not one customer, and what would make them one."""


def check_resolver(
    make: Callable[[], IdentityGraph],
    *,
    model: Model,
    records: st.SearchStrategy[dict[str, object]],
    ids: Sequence[RecordKey] = IDS,
    settings: hypothesis.settings | None = None,
) -> None:
    """Check the promises of `crmkit.dedup.Resolver` on graphs that *make* makes, each of them empty.

    Records come, change and go, people say things and take them back, in any
    order; after each step the graph is compared with `resolve` of all that is
    there.  Where it differs, Hypothesis prints the fewest steps to it.

    Args:
        make: Makes a graph that weighs by *model*.
        model: What `train` learnt.
        records: What a record may say, without its id; from small pools, so that records are alike.
        ids: The ids that records may have, at least two.
        settings: How many runs of how many steps; Hypothesis's profile if None.
    """
    run_state_machine_as_test(lambda: _AnyOrder(make(), model, records, ids), settings=settings)  # type: ignore[arg-type]


def holds(decision: Said, clusters: Mapping[RecordKey, RecordKey]) -> bool:
    """Return whether *clusters* are as a person said, of the records that are there."""
    if isinstance(decision, Split):
        pairs: Iterable[tuple[RecordKey, RecordKey]] = product(decision.ids, decision.rest)
    else:
        pairs = [(decision.a, decision.b)]
    same = isinstance(decision, Decision) and decision.verdict == SAME
    return all((clusters[a] == clusters[b]) == same for a, b in pairs if a in clusters and b in clusters)


def partition(clusters: Mapping[RecordKey, RecordKey]) -> set[frozenset[RecordKey]]:
    """Return which records are together, whatever their customers are called."""
    found: dict[RecordKey, set[RecordKey]] = {}
    for record, customer in clusters.items():
        found.setdefault(customer, set()).add(record)
    return {frozenset(records) for records in found.values()}


class _AnyOrder(RuleBasedStateMachine):
    """Facts of every sort, in any order, on a graph; beside it the records that it should know."""

    def __init__(
        self,
        graph: IdentityGraph,
        model: Model,
        records: st.SearchStrategy[dict[str, object]],
        ids: Sequence[RecordKey],
    ) -> None:
        super().__init__()
        self.graph = graph
        self.model = model
        self.rows: dict[RecordKey, Told] = {}
        self.at_once = resolve([], model)
        self.ids = ids
        self.records = records

    @initialize(data=st.data())
    def begin(self, data: st.DataObject) -> None:
        """Some records are there."""
        for key in self.ids[: data.draw(st.integers(0, len(self.ids)), "records")]:
            self._add(key, data.draw(self.records, "record"))

    @rule(data=st.data(), what=st.sampled_from(STEPS))
    def step(self, what: str, data: st.DataObject) -> None:
        """A record comes, changes or goes; a person says something or takes it back; or somebody asks.

        They are one rule, since of several rules Hypothesis leaves some out of each run.
        """
        match what:
            case "add":
                absent = [key for key in self.ids if key not in self.rows]
                self._add(data.draw(st.sampled_from(absent or self.ids)), data.draw(self.records))
            case "update":
                self._update(self._some(data, 1)[0], data.draw(self.records))
            case "remove":
                self._remove(data.draw(st.sampled_from(self.ids)))
            case "split":
                self._split(self._some(data, data.draw(st.integers(1, 3))))
            case "withdraw":
                self._withdraw(data.draw(st.integers(0, max(0, len(self.graph.decisions) - 1))))
            case "ask":
                self._ask(*self._some(data, 2))
            case _:
                self._decide(what, *self._some(data, 2))

    def _add(self, key: RecordKey, row: Told) -> None:
        told = {**row, self.model.policy.id: key}
        refusal = self._refusal(lambda: self.graph.add(told))
        if key in self.rows:
            assert type(refusal) is InvalidValue, f"{key!r} was added twice"
        else:
            self._take(key, told, refusal)

    def _update(self, key: RecordKey, row: Told) -> None:
        told = {**row, self.model.policy.id: key}
        refusal = self._refusal(lambda: self.graph.update(told))
        if key in self.rows:
            self._take(key, told, refusal)
        else:
            self._know([key], refusal)

    def _remove(self, key: RecordKey) -> None:
        self._know([key], self._refusal(lambda: self.graph.remove(key)))
        self.rows.pop(key, None)

    def _decide(self, verdict: str, a: RecordKey, b: RecordKey) -> None:
        say = self.graph.assert_same if verdict == SAME else self.graph.assert_distinct
        self._say(Decision(a, b, verdict, by="ann"), lambda: say(a, b, by="ann"))

    def _split(self, some: Sequence[RecordKey]) -> None:
        ids = [key for key in some if key in self.rows]
        rest = {one for key in ids for one in self.graph.members(self.graph.customer(key))} - set(ids)
        if rest:
            self._say(Split(tuple(ids), tuple(rest), by="bo"), lambda: self.graph.split(ids, by="bo"))
        else:
            refusal = self._refusal(lambda: self.graph.split(ids, by="bo"))
            assert type(refusal) is InvalidValue, f"{ids} are all there are, and were taken out"

    def _withdraw(self, place: int) -> None:
        for one in self.graph.decisions[place : place + 2]:
            self.graph.withdraw(one, by="cid")
            refusal = self._refusal(lambda one=one: self.graph.withdraw(one, by="cid"))  # type: ignore[misc]
            assert type(refusal) is InvalidValue, f"withdrawn, and in force: {one}"

    def _ask(self, a: RecordKey, b: RecordKey) -> None:
        """What speaks for two records adds up; what would make them one does; and asking changes nothing."""
        before = self._state()
        if not {a, b} <= self.rows.keys():
            self._know([a, b], self._refusal(lambda: self.graph.why_not(a, b)))
            return
        answer, evidence = self.graph.why_not(a, b), self.graph.explain(a, b)
        together = self.graph.customer(a) == self.graph.customer(b)
        assert self._state() == before, "a question changed something"
        assert (
            together
            == (b in self.graph.members(self.graph.customer(a)))
            == answer.together
            != bool(answer.reasons)
        ), f"answers differ on whether {a!r} and {b!r} are one"
        assert evidence == explain(self.rows[a], self.rows[b], self.model, hubs=self.at_once.hubs), (
            f"{a!r} and {b!r} are not explained as they are among all"
        )
        assert abs(sum(part.weight for part in evidence.parts) - evidence.weight) < 1e-9, (
            f"what speaks for {a!r} and {b!r} does not add up"
        )
        for flip in answer.flips:
            found = self._resolved(*self._after(flip)).clusters
            assert found[a] == found[b], f"{a!r} and {b!r} are not one {flip}"

    def _after(self, flip: Flip) -> tuple[Mapping[RecordKey, Told], list[Said]]:
        """Return the records and decisions as they would be after *flip*."""
        rows = {key: row for key, row in self.rows.items() if key not in flip.without}
        if flip.record_id is not None and flip.like is not None:
            policy = self.model.policy
            own, like = (
                record_row(self.rows[key], id=policy.id, kind=policy.kind).values
                for key in (flip.record_id, flip.like)
            )
            rows[flip.record_id] = {**own, **{field: like.get(field) for field in flip.fields}}
        return rows, [one for one in self.graph.decisions if one not in flip.withdrawn]

    @invariant()
    def as_all_at_once(self) -> None:
        """The same customers and the same refusals, and what people say holds."""
        said, clusters = self.graph.decisions, self.graph.clusters
        self.at_once = self._resolved(self.rows, said)
        assert partition(clusters) == partition(self.at_once.clusters), (
            "the customers are not those of `resolve`"
        )
        assert sorted(self.graph.refused, key=repr) == sorted(self.at_once.refused, key=repr), (
            "the refusals are not those of `resolve`"
        )
        for one in said:
            assert holds(one, clusters), f"it does not hold: {one}"

    @invariant()
    def a_restart_changes_nothing(self) -> None:
        """From its log it is the same again, ids of customers included."""
        log = self.graph.log
        if len(log) % _RESTART == 0:
            again = Resolver(self.model, log=log)
            assert (again.clusters, again.decisions) == (self.graph.clusters, tuple(self.graph.decisions)), (
                "read from its log it is another"
            )

    def _some(self, data: st.DataObject, many: int) -> list[RecordKey]:
        """Return ids, most of them of records that are there."""
        known = list(dict.fromkeys((*self.rows, self.ids[0], self.ids[-1])))
        most = min(many, len(known))
        return data.draw(st.lists(st.sampled_from(known), min_size=most, max_size=most, unique=True), "ids")

    def _take(self, key: RecordKey, told: Told, refusal: CrmkitError | None) -> None:
        """Know what a record says, if what people say can hold then."""
        rows = {**self.rows, key: told}
        self._judge(refusal, rows, self.graph.decisions, "")
        if refusal is None:
            self.rows = rows

    def _say(self, said: Said, say: Callable[[], object]) -> None:
        """Say something, which is kept if it can be."""
        refusal = self._refusal(say)
        if not set(records_of(said)) <= self.rows.keys():
            self._know(records_of(said), refusal)
            return
        self._judge(refusal, self.rows, [*self.graph.decisions, said], str(said))
        assert (refusal is None) == (said in self.graph.decisions), f"said, and not kept: {said}"

    def _refusal(self, call: Callable[[], object]) -> CrmkitError | None:
        """Return the error with which *call* is refused, or None; what is refused changes nothing."""
        before = self._state()
        try:
            call()
        except CrmkitError as error:
            assert self._state() == before, "what was refused left something behind"
            return error
        return None

    def _know(self, keys: Sequence[RecordKey], refusal: CrmkitError | None) -> None:
        strangers = [key for key in keys if key not in self.rows]
        expected = UnknownName if strangers else type(None)
        assert type(refusal) is expected, (
            f"{strangers or 'none'} of {list(keys)} are not there, and it came to {refusal!r}"
        )

    def _judge(
        self, refusal: CrmkitError | None, rows: Mapping[RecordKey, Told], said: Sequence[Said], new: str
    ) -> None:
        """Check that a change is refused just where what people say cannot hold then, with both sides named."""
        try:
            self._resolved(rows, said)
        except Contradiction:
            assert type(refusal) is Contradiction, f"taken in, and cannot hold: {new or 'the record'}"
            others = [str(one) for one in self.graph.decisions if str(one) != new]
            assert new in str(refusal), f"what is refused is not named: {new}"
            assert any(other in str(refusal) for other in others) or (
                PERSON in str(refusal) and ORGANISATION in str(refusal)
            ), f"what it contradicts is not named: {refusal}"
        else:
            assert refusal is None, f"refused, and would hold: {refusal!r}"

    def _resolved(self, rows: Mapping[RecordKey, Told], said: Sequence[Said]) -> Resolution:
        return resolve(list(rows.values()), self.model, decisions=said)

    def _state(self) -> tuple[object, ...]:
        graph = self.graph
        return dict(graph.clusters), sorted(graph.refused, key=repr), tuple(graph.decisions), len(graph.log)
