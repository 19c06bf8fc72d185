"""Checks: what makes a lifecycle a bad definition.  They run whenever one is made, from JSON too."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from itertools import combinations
from typing import TYPE_CHECKING, Final, get_args

import attrs

from crmkit.calendars import Duration, LocalDays, Months
from crmkit.conditions.nodes import Compare, walk
from crmkit.conditions.terms import Constant, Count, Field, Term
from crmkit.conditions.text import duration_text
from crmkit.errors import Contradiction, InvalidValue, UnknownName, suggestion
from crmkit.lifecycle.machine import ANY, sources_of

if TYPE_CHECKING:
    from crmkit.conditions import Condition
    from crmkit.lifecycle.machine import Lifecycle, Move

_TERMS: Final = get_args(Term)
_DAY: Final = dt.timedelta(days=1)
# How far a calendar day or month count can stray from its mean by clock changes and zone offsets.
_SLACK: Final = dt.timedelta(days=2)

MOST_WAYS: Final = 100_000
"""The most ways of a lifecycle: a move counts once for each source and kind, `ANY` for every other stage."""
MOST_TIMEOUTS: Final = 20
"""The most timeouts out of one stage; only the soonest of them ever comes."""
# How many comparisons are made, in all, to prove that two guards overlap.
_MOST_COMPARED: Final = 500_000
_PER_PROOF: Final = 300  # to set up a proof takes about as long as so many comparisons


class Overlap(Contradiction):
    """Two moves of equal priority that could be made at once.

    Attributes:
        stage: The stage that both lead out of.
        kind: The kind of activity that makes both.
        moves: The two, in the order in which they are written.
    """

    def __init__(self, stage: str, kind: str, moves: tuple[Move, Move]) -> None:
        self.stage = stage
        self.kind = kind
        self.moves = moves
        super().__init__(_overlapping(stage, kind, *moves))

    def __reduce__(self) -> tuple[type[Overlap], tuple[str, str, tuple[Move, Move]]]:
        return Overlap, (self.stage, self.kind, self.moves)


def _overlapping(stage: str, kind: str, one: Move, other: Move) -> str:
    if one.target == other.target:
        return (
            f"in {stage!r} a {kind!r} leads to {one.target!r} by two moves of equal priority; "
            "make one move of them, or guards that exclude each other"
        )
    return (
        f"in {stage!r} a {kind!r} leads to {one.target!r} and {other.target!r} with equal priority; "
        "give one of them a higher priority, or guards that exclude each other"
    )


def check(machine: Lifecycle) -> None:
    """Check that *machine* makes sense.

    Raises:
        UnknownName: If a stage or role is named that is not declared.
        InvalidValue: If a name or a move stands twice or a name is empty, a stage cannot be reached or
            left, leads to no end, or a timeout never comes or never stops, or there are
            more than `MOST_WAYS` ways or `MOST_TIMEOUTS` timeouts out of one stage.
        Overlap: If two moves of equal priority can be made at once.
    """
    _check_names(machine)
    _check_size(machine)
    _check_twice(machine.moves)
    leaving = _leaving(machine)
    edges = {stage: [move.target for move in moves] for stage, moves in leaving.items()}
    _check_reachable(machine, edges)
    _check_ways_out(machine, edges)
    _check_timeouts(machine, leaving)
    _check_overlaps(leaving)
    _check_clockwork(leaving)


def _check_names(machine: Lifecycle) -> None:
    if not machine.name or "" in machine.stages:
        raise InvalidValue("a lifecycle and its stages need names")
    _once("stage", machine.stages)
    _once("role", (role.name for role in machine.roles))
    named = [machine.initial, *machine.ends, *machine.lapsed]
    roles, stages = {role.name for role in machine.roles}, {*machine.stages}
    for invariant in machine.invariants:
        named += invariant.stages
        if invariant.role not in roles:
            raise UnknownName("role", invariant.role, roles)
        if invariant.held and machine.initial in invariant.stages:
            raise InvalidValue(
                f"nobody can hold a role in the initial stage {machine.initial!r} from the beginning"
            )
    for move in machine.moves:
        named += [*(source for source in move.sources if source != ANY), move.target]
    for stage in named:
        if stage not in stages:
            raise UnknownName("stage", stage, machine.stages)


def _once(what: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise InvalidValue(f"the {what} {name!r} stands twice")
        seen.add(name)


def _check_size(machine: Lifecycle) -> None:
    """`ANY` makes a short definition a big one, so its ways are counted before they are spelt out."""
    others = len(machine.stages) - 1
    ways = sum(
        (others if move.sources == (ANY,) else len(move.sources)) * max(len(move.kinds), 1)
        for move in machine.moves
    )
    if ways > MOST_WAYS:
        raise InvalidValue(
            f"a lifecycle has at most {MOST_WAYS:,} ways from stage to stage, each kind and ANY spelt out, "
            f"and this one has {ways:,}; leave out moves, or make several lifecycles of it"
        )


def _check_twice(moves: Iterable[Move]) -> None:
    """Of two moves that differ in priority only, the lower is never made."""
    seen: dict[Move, int] = {}
    for move in moves:
        bare = attrs.evolve(move, priority=0) if move.priority else move
        if bare in seen:
            told = sorted({seen[bare], move.priority})
            which = "" if len(told) == 1 else f", with the priorities {told[0]} and {told[1]}"
            raise InvalidValue(f"the move {str(move)!r} stands twice{which}; leave one of them out")
        seen[bare] = move.priority


def _leaving(machine: Lifecycle) -> dict[str, list[Move]]:
    leaving: dict[str, list[Move]] = {stage: [] for stage in machine.stages}
    for move in machine.moves:
        for source in sources_of(machine, move):
            leaving[source].append(move)
    return leaving


def _reached(start: Iterable[str], edges: Mapping[str, Iterable[str]]) -> set[str]:
    reached, waiting = set(start), list(start)
    while waiting:
        for stage in edges[waiting.pop()]:
            if stage not in reached:
                reached.add(stage)
                waiting.append(stage)
    return reached


def _check_reachable(machine: Lifecycle, edges: Mapping[str, list[str]]) -> None:
    reached = _reached([machine.initial], edges)
    for stage in machine.stages:
        if stage not in reached:
            hint = suggestion(stage, set(machine.stages) - {stage})
            raise InvalidValue(f"nothing leads from {machine.initial!r} to the stage {stage!r}. {hint}")


def _check_ways_out(machine: Lifecycle, edges: Mapping[str, list[str]]) -> None:
    back: dict[str, list[str]] = {stage: [] for stage in edges}
    for stage, targets in edges.items():
        for target in targets:
            back[target].append(stage)
    ends, ending = {*machine.ends}, _reached(machine.ends, back)
    for stage, targets in edges.items():
        if stage not in ends and not {*targets} - {stage}:
            raise InvalidValue(
                f"the stage {stage!r} is a trap: nothing leads out of it. "
                f"Add a move, or name it an end: ends=({stage!r},)"
            )
        if ends and stage not in ending:
            raise InvalidValue(f"from the stage {stage!r} no end is reachable: {', '.join(machine.ends)}")


def _check_timeouts(machine: Lifecycle, leaving: Mapping[str, list[Move]]) -> None:
    entered = {move.target for move in machine.moves}
    for stage, moves in leaving.items():
        timeouts = [(move.after, move) for move in moves if move.after is not None]
        if timeouts and stage not in entered:
            raise InvalidValue(
                f"nobody moves into {stage!r}, so nothing can happen {timeouts[0][1].cause} there"
            )
        if len(timeouts) > MOST_TIMEOUTS:
            raise InvalidValue(
                f"{len(timeouts):,} timeouts lead out of {stage!r}, more than {MOST_TIMEOUTS}, "
                "and only the soonest ever comes; leave out the others"
            )
        _check_shadows(stage, timeouts)


def _check_shadows(stage: str, timeouts: list[tuple[Duration, Move]]) -> None:
    for duration, move in timeouts:
        for other, shadow in timeouts:
            if shadow is not move and never_after(other, duration):
                raise InvalidValue(
                    f"in {stage!r} the move to {move.target!r} {move.cause} never comes: "
                    f"{duration_text(other)} are over first, and lead to {shadow.target!r}"
                )


def never_after(one: Duration, other: Duration) -> bool:
    """Return whether *one* is provably over no later than *other*, from every start."""
    if type(one) is type(other):
        if isinstance(one, dt.timedelta) and isinstance(other, dt.timedelta):
            return one <= other
        if _zone(one) == _zone(other):
            return _count(one) <= _count(other)
    return _bounds(one)[1] <= _bounds(other)[0]


def _bounds(duration: Duration) -> tuple[dt.timedelta, dt.timedelta]:
    """Return the shortest and longest time that *duration* can take."""
    if isinstance(duration, dt.timedelta):
        return duration, duration
    if isinstance(duration, LocalDays):
        return duration.count * _DAY - _SLACK, duration.count * _DAY + _SLACK
    years, rest = divmod(duration.count, 12)
    return (years * 365 + rest * 28) * _DAY - _SLACK, (years * 366 + rest * 31) * _DAY + _SLACK


def _zone(duration: Duration) -> str:
    return duration.zone if isinstance(duration, (LocalDays, Months)) else ""


def _count(duration: Duration) -> int:
    return duration.count if isinstance(duration, (LocalDays, Months)) else 0


def _check_overlaps(leaving: Mapping[str, list[Move]]) -> None:
    """Guards provably overlap if one is absent or both are true of somebody; else it shows when it happens."""
    left, apart = _MOST_COMPARED, set[tuple[int, int]]()
    for stage, kind, rivals in _rivals(leaving):
        same = _same(rivals)
        if same is not None:
            raise Overlap(stage, kind, same)
        for one, other in combinations(rivals, 2):
            left -= 1
            if one.when is None or other.when is None or (id(one), id(other)) in apart:
                continue  # proved in another stage or for another kind; without a guard they are the same
            asked = _asked_together(one.when, other.when)
            left -= _PER_PROOF
            if asked:
                from crmkit.conditions.outcomes import effort, outcomes

                left -= effort(asked)
                if left > 0 and (True,) * len(asked) in (outcomes(asked) or ()):
                    raise Overlap(stage, kind, (one, other))
            if left < 0:
                return
            apart.add((id(one), id(other)))


def _rivals(leaving: Mapping[str, list[Move]]) -> Iterator[tuple[str, str, list[Move]]]:
    """Yield the moves that one activity could make at once, by stage and kind."""
    for stage, moves in leaving.items():
        rivals: dict[tuple[str, int], list[Move]] = {}
        for move in moves:
            for kind in move.kinds:
                rivals.setdefault((kind, move.priority), []).append(move)
        yield from ((stage, kind, some) for (kind, _), some in rivals.items())


def _same(rivals: list[Move]) -> tuple[Move, Move] | None:
    """Return two moves of which one has no guard, or whose guards are equal."""
    first, *others = rivals
    guards = {first.when: first}
    for move in others:
        if first.when is None or move.when is None:
            return first, move
        if move.when in guards:
            return guards[move.when], move
        guards[move.when] = move
    return None


def _asked_together(one: Condition, other: Condition) -> tuple[Condition, ...]:
    """Return what must be possible together for two guards to overlap, nothing where that proves nothing.

    It is proved where they ask about fields only, or about one number of
    activities: whoever has so many can be found.
    """
    nodes = {node for guard in (one, other) for node in walk(guard)}
    asked = [node for node in nodes if isinstance(node, _TERMS) and not isinstance(node, Constant)]
    counts = [node for node in asked if isinstance(node, Count) and node.facts.where is None]
    if not (all(isinstance(node, Field) for node in asked) or (len(counts) == len(asked) == 1)):
        return ()
    return (one, other, *(Compare(op=">=", left=count, right=Constant(value=1)) for count in counts))


def _check_clockwork(leaving: Mapping[str, list[Move]]) -> None:
    edges = {
        stage: [move.target for move in moves if move.after is not None] for stage, moves in leaving.items()
    }
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as error:
        circle = {*error.args[1]}
        stage = next(stage for stage in edges if stage in circle)
        raise InvalidValue(
            f"time alone would turn in a circle through {stage!r} for ever; drop one timeout"
        ) from None
