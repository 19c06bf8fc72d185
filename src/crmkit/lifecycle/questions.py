"""Questions to a lifecycle: why is a customer not in a stage, and who moves under another definition."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import final

import attrs

from crmkit.conditions import Explanation
from crmkit.conditions.explanation import explanation
from crmkit.conditions.subject import Subject
from crmkit.conditions.text import value_text
from crmkit.display import html_table
from crmkit.lifecycle.compiled import due_of
from crmkit.lifecycle.machine import Lifecycle, Move, sources_of
from crmkit.lifecycle.replay import check_stage, fold, stage_at
from crmkit.lifecycle.timeline import Timeline
from crmkit.model import Activity, CustomerId, in_fact_order, instant


@final
@attrs.frozen(kw_only=True)
class Way:
    """One move that would lead on, and what it waits for.

    Attributes:
        move: The move.
        due: When time makes it, or None if an activity has to.
        guard: What its guard says now, or None if it has none.
    """

    move: Move
    due: dt.datetime | None = None
    guard: Explanation | None = None

    def __str__(self) -> str:
        if self.due is not None:
            return f"to {self.move.target!r}: {self.move.cause}, on {value_text(self.due)}"
        text = f"to {self.move.target!r}: needs {self.move.cause}"
        unmet = () if self.guard is None else self.guard.unmet()
        return "\n  ".join((text, *(f"unmet: {leaf}" for leaf in unmet)))


@final
@attrs.frozen(kw_only=True)
class WhyNot:
    """Why a customer is not in a stage.

    Attributes:
        stage: The stage they are in.
        to: The stage asked for.
        path: The shortest way from the one to the other, both included; empty if there is none.
        ways: What could make the first move of that way; none if they are there already.
    """

    stage: str
    to: str
    path: tuple[str, ...]
    ways: tuple[Way, ...]

    def __str__(self) -> str:
        if self.stage == self.to:
            return f"already {self.to!r}"
        if not self.path:
            return f"{self.stage!r}; nothing leads from there to {self.to!r}"
        return "\n".join((f"{self.stage!r}; the way is {' → '.join(self.path)}", *map(str, self.ways)))


@final
@attrs.frozen(kw_only=True)
class Moved:
    """A customer whom another definition puts in another stage."""

    customer_id: CustomerId
    old: str
    new: str


@final
@attrs.frozen(kw_only=True)
class Comparison:
    """Two definitions on the same histories.

    Attributes:
        moved: Who is in another stage, by customer id.
        flows: How many go from which stage to which, those that stay included, sorted.
        stages: The stages of the new definition in its order, then those that only the old one has.
    """

    moved: tuple[Moved, ...]
    flows: tuple[tuple[str, str, int], ...]
    stages: tuple[str, ...]

    def __str__(self) -> str:
        total = sum(count for _, _, count in self.flows)
        lines = (f"{old} → {new}: {count:,}" for old, new, count in self.flows if old != new)
        return "\n".join((f"{len(self.moved):,} of {total:,} customers move", *lines))

    def _repr_html_(self) -> str:
        from crmkit.lifecycle.drawing import picture

        return picture(self).svg + html_table(("old stage", "new stage", "customers"), self.flows)


def why_not(
    machine: Lifecycle,
    activities: Iterable[Activity],
    *,
    to: str,
    as_of: dt.datetime,
    fields: Mapping[str, object] | None = None,
) -> WhyNot:
    """Return why one customer is not in the stage *to* at *as_of*, and what would lead on.

    It names the shortest way there, and what could make the first move of it: a kind of
    activity, with what its guard lacks, or an instant.

    >>> from crmkit.lifecycle import RETAIL
    >>> bought = Activity("1", "ann", "purchase", dt.datetime(2024, 1, 1, tzinfo=dt.UTC))
    >>> print(why_not(RETAIL, [bought], to="churned", as_of=dt.datetime(2024, 2, 1, tzinfo=dt.UTC)))
    'new'; the way is new → silent → churned
    to 'silent': after 180 days, on 2024-06-29 00:00+00:00

    Raises:
        UnknownName: If *machine* has no stage *to*.
        InvalidValue: As `fold`.
        Contradiction: As `fold`.
    """
    check_stage(machine, to)
    facts = in_fact_order(activities)
    timeline = fold(machine, facts, as_of=as_of, fields=fields)
    path = _shortest(machine, timeline.stage, to)
    subject = Subject(
        read=(fields or {}).get,
        as_of=timeline.as_of,
        activities=[fact for fact in facts if fact.at <= timeline.as_of],
    )
    ways = _ways(machine, timeline, path[1], subject) if len(path) > 1 else ()
    return WhyNot(stage=timeline.stage, to=to, path=path, ways=tuple(ways))


def compare(
    old: Lifecycle, new: Lifecycle, activities: Iterable[Activity], *, as_of: dt.datetime
) -> Comparison:
    """Return who is in another stage under *new* than under *old*, for the activities of any customers.

    Customers are told apart by the ``customer_id`` of their activities.

    >>> import attrs
    >>> from crmkit.conditions import days
    >>> from crmkit.lifecycle import RETAIL, after
    >>> gaps = [after(days(90), move.sources, "silent") if move.target == "silent" else move for move in RETAIL.moves]
    >>> hasty = attrs.evolve(RETAIL, moves=gaps)
    >>> bought = Activity("1", "ann", "purchase", dt.datetime(2024, 1, 1, tzinfo=dt.UTC))
    >>> print(compare(RETAIL, hasty, [bought], as_of=dt.datetime(2024, 5, 1, tzinfo=dt.UTC)))
    1 of 1 customers move
    new → silent: 1

    Raises:
        InvalidValue: As `fold`.
        Contradiction: As `fold`.
    """
    histories: dict[CustomerId, list[Activity]] = {}
    for fact in activities:
        histories.setdefault(fact.customer_id, []).append(fact)
    at = instant(as_of)
    both = {
        customer: (stage_at(old, facts, as_of=at), stage_at(new, facts, as_of=at))
        for customer, facts in sorted(histories.items())
    }
    return Comparison(
        moved=tuple(
            Moved(customer_id=customer, old=was, new=now)
            for customer, (was, now) in both.items()
            if was != now
        ),
        flows=tuple((was, now, count) for (was, now), count in sorted(Counter(both.values()).items())),
        stages=tuple(dict.fromkeys((*new.stages, *old.stages))),
    )


def _shortest(machine: Lifecycle, stage: str, to: str) -> tuple[str, ...]:
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(machine.stages)
    for move in machine.moves:
        graph.add_edges_from((source, move.target) for source in sources_of(machine, move))
    try:
        return tuple(nx.shortest_path(graph, stage, to))
    except nx.NetworkXNoPath:
        return ()


def _ways(machine: Lifecycle, timeline: Timeline, target: str, subject: Subject) -> Iterator[Way]:
    anchor = _anchor(timeline)
    for move in machine.moves:
        if move.target != target or timeline.stage not in sources_of(machine, move):
            continue
        yield Way(
            move=move,
            due=None if move.after is None or anchor is None else due_of(move, anchor),
            guard=None if move.when is None else explanation(move.when, subject),
        )


def _anchor(timeline: Timeline) -> dt.datetime | None:
    """Return from when timeouts count: the last activity's move, unless time has moved the customer since."""
    standing = timeline.state.standing
    return standing.anchor if standing.since == timeline.since else timeline.since
