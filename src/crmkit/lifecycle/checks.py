"""Checks: what makes a lifecycle a bad definition.  They run whenever one is made, from JSON too."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import TYPE_CHECKING, Final, get_args

from crmkit.calendars import Duration, LocalDays, Months
from crmkit.conditions.nodes import Compare, walk
from crmkit.conditions.terms import Constant, Count, Field, Term
from crmkit.conditions.text import duration_text
from crmkit.errors import Contradiction, InvalidValue, UnknownName, suggestion
from crmkit.lifecycle.machine import sources_of

if TYPE_CHECKING:
    from crmkit.conditions import Condition
    from crmkit.lifecycle.machine import Lifecycle, Move

_TERMS: Final = get_args(Term)
_DAY: Final = dt.timedelta(days=1)
# How far a calendar day or month count can stray from its mean by clock changes and zone offsets.
_SLACK: Final = dt.timedelta(days=2)


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
        one, other = moves
        super().__init__(
            f"in {stage!r} a {kind!r} leads to {one.target!r} and {other.target!r} with equal priority; "
            "give one of them a higher priority, or guards that exclude each other"
        )

    def __reduce__(self) -> tuple[type[Overlap], tuple[str, str, tuple[Move, Move]]]:
        return Overlap, (self.stage, self.kind, self.moves)


def check(machine: Lifecycle) -> None:
    """Check that *machine* makes sense.

    Raises:
        UnknownName: If a stage or role is named that is not declared.
        InvalidValue: If a name stands twice or is empty, a stage cannot be reached or
            left, leads to no end, or a timeout never comes or never stops.
        Overlap: If two moves of equal priority can be made at once.
    """
    _check_names(machine)
    edges = _edges(machine, machine.moves)
    _check_reachable(machine, edges)
    _check_ways_out(machine, edges)
    for stage in machine.stages:
        _check_timeouts(machine, stage)
        _check_overlaps(machine, stage)
    _check_clockwork(machine)


def _check_names(machine: Lifecycle) -> None:
    if not machine.name or "" in machine.stages:
        raise InvalidValue("a lifecycle and its stages need names")
    _once("stage", machine.stages)
    _once("role", (role.name for role in machine.roles))
    named = [machine.initial, *machine.ends, *machine.lapsed]
    roles = [role.name for role in machine.roles]
    for invariant in machine.invariants:
        named += invariant.stages
        if invariant.role not in roles:
            raise UnknownName("role", invariant.role, roles)
        if invariant.held and machine.initial in invariant.stages:
            raise InvalidValue(
                f"nobody can hold a role in the initial stage {machine.initial!r} from the beginning"
            )
    for move in machine.moves:
        named += [*sources_of(machine, move), move.target]
    for stage in named:
        if stage not in machine.stages:
            raise UnknownName("stage", stage, machine.stages)


def _once(what: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise InvalidValue(f"the {what} {name!r} stands twice")
        seen.add(name)


def _edges(machine: Lifecycle, moves: Iterable[Move]) -> dict[str, set[str]]:
    edges: dict[str, set[str]] = {stage: set() for stage in machine.stages}
    for move in moves:
        for source in sources_of(machine, move):
            edges[source].add(move.target)
    return edges


def _reached(start: Iterable[str], edges: Mapping[str, set[str]]) -> set[str]:
    reached, waiting = set(start), list(start)
    while waiting:
        for stage in edges[waiting.pop()] - reached:
            reached.add(stage)
            waiting.append(stage)
    return reached


def _check_reachable(machine: Lifecycle, edges: Mapping[str, set[str]]) -> None:
    reached = _reached([machine.initial], edges)
    for stage in machine.stages:
        if stage not in reached:
            hint = suggestion(stage, set(machine.stages) - {stage})
            raise InvalidValue(f"nothing leads from {machine.initial!r} to the stage {stage!r}. {hint}")


def _check_ways_out(machine: Lifecycle, edges: Mapping[str, set[str]]) -> None:
    for stage in machine.stages:
        if stage not in machine.ends and not edges[stage] - {stage}:
            raise InvalidValue(
                f"the stage {stage!r} is a trap: nothing leads out of it. "
                f"Add a move, or name it an end: ends=({stage!r},)"
            )
        if machine.ends and not _reached([stage], edges) & {*machine.ends}:
            raise InvalidValue(f"from the stage {stage!r} no end is reachable: {', '.join(machine.ends)}")


def _check_timeouts(machine: Lifecycle, stage: str) -> None:
    timeouts = [
        (move.after, move)
        for move in machine.moves
        if move.after is not None and stage in sources_of(machine, move)
    ]
    entered = any(move.target == stage for move in machine.moves)
    if timeouts and not entered:
        raise InvalidValue(f"nobody moves into {stage!r}, so nothing can happen {timeouts[0][1].cause} there")
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


def _check_overlaps(machine: Lifecycle, stage: str) -> None:
    """Guards provably overlap if one is absent or both are true of somebody; else it shows when it happens."""
    taken: dict[tuple[str, int], list[Move]] = {}
    for move in machine.moves:
        if move.after is None and stage in sources_of(machine, move):
            for kind in move.kinds:
                taken.setdefault((kind, move.priority), []).append(move)
    for (kind, _), moves in taken.items():
        for one, other in combinations(moves, 2):
            if _overlap(one.when, other.when):
                raise Overlap(stage, kind, (one, other))


def _overlap(one: Condition | None, other: Condition | None) -> bool:
    """Return whether two guards are provably true together of somebody.

    It is proved where they ask about fields only, or about one number of
    activities: whoever has so many can be found.
    """
    if one is None or other is None or one == other:
        return True
    nodes = {node for guard in (one, other) for node in walk(guard)}
    asked = [node for node in nodes if isinstance(node, _TERMS) and not isinstance(node, Constant)]
    counts = [node for node in asked if isinstance(node, Count) and node.facts.where is None]
    if not (all(isinstance(node, Field) for node in asked) or (len(counts) == len(asked) == 1)):
        return False
    from crmkit.conditions.outcomes import outcomes

    some = [Compare(op=">=", left=count, right=Constant(value=1)) for count in counts]
    together = outcomes((one, other, *some))
    return together is not None and (True,) * (2 + len(some)) in together


def _check_clockwork(machine: Lifecycle) -> None:
    edges = _edges(machine, (move for move in machine.moves if move.after is not None))
    for stage in machine.stages:
        if stage in _reached(edges[stage], edges):
            raise InvalidValue(
                f"time alone would turn in a circle through {stage!r} for ever; drop one timeout"
            )
