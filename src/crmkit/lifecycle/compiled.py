"""Compiled machines: a lifecycle as a table that is looked up, shared by all its customers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, TypeAlias, final

import attrs

from crmkit.calendars import later
from crmkit.conditions.nodes import uses_facts
from crmkit.errors import Contradiction, InvalidValue
from crmkit.lifecycle.machine import Lifecycle, Move, Role, after, on, sources_of

NOT_HELD: Final = ""

Timeouts: TypeAlias = tuple[Move, ...]


@final
@attrs.frozen(kw_only=True, eq=False)
class Table:
    """Where each kind of activity leads from each stage.

    Attributes:
        name: What the machine is called.
        initial: The stage to begin in.
        moves: By stage, then by kind, the moves it could make, highest priority first.
        timeouts: By stage, what time could do.
        kinds: The kinds that move anyone.
        asking: The kinds whose moves have guards that ask about the history.
        lapsed: The stages that count as having left.
        roles: The table of each role, in the lifecycle's order: a machine of two stages,
            not held (`NOT_HELD`) and held (its name).
    """

    name: str
    initial: str
    moves: Mapping[str, Mapping[str, tuple[Move, ...]]]
    timeouts: Mapping[str, Timeouts]
    kinds: frozenset[str]
    asking: frozenset[str]
    lapsed: frozenset[str]
    roles: tuple[Table, ...] = ()


@lru_cache(maxsize=256)
def table_of(machine: Lifecycle) -> Table:
    """Return the table of a lifecycle; the same machine has one table."""
    moves = tuple((source, move) for move in machine.moves for source in sources_of(machine, move))
    table = _table(machine.name, machine.initial, machine.stages, moves, frozenset(machine.lapsed))
    return attrs.evolve(table, roles=tuple(map(_role_table, machine.roles)))


def _role_table(role: Role) -> Table:
    held = role.name
    moves = [on(role.begins, (NOT_HELD, held), held)]
    if role.ends:
        moves.append(on(role.ends, held, NOT_HELD))
    if role.lapses_after is not None:
        moves.append(after(role.lapses_after, held, NOT_HELD))
    by_source = tuple((source, move) for move in moves for source in move.sources)
    return _table(held, NOT_HELD, (NOT_HELD, held), by_source, frozenset())


def next_due(timeouts: Timeouts, anchor: dt.datetime | None) -> dt.datetime | None:
    """Return when time next ends a stage entered at *anchor*, or None if it does not."""
    if anchor is None or not timeouts:
        return None
    if len(timeouts) == 1:
        return due_of(timeouts[0], anchor)
    dues = [due for move in timeouts if (due := due_of(move, anchor)) is not None]
    return min(dues, default=None)


def next_timeout(timeouts: Timeouts, anchor: dt.datetime | None) -> tuple[dt.datetime, Move]:
    """Return when time next ends a stage entered at *anchor*, and the move it makes; some time does.

    Raises:
        Contradiction: If two moves of equal priority are due at the same instant.
    """
    first = next_due(timeouts, anchor)
    assert first is not None
    assert anchor is not None
    ready = [move for move in timeouts if due_of(move, anchor) == first]
    if len(ready) > 1 and ready[0].priority == ready[1].priority:
        raise Contradiction(
            f"the moves {ready[0].cause} to {ready[0].target!r} and {ready[1].cause} to "
            f"{ready[1].target!r} fell due at one instant with equal priority; give one a higher priority"
        )
    return first, ready[0]


def due_of(move: Move, anchor: dt.datetime) -> dt.datetime | None:
    """Return when a timeout is due; one beyond the year 9999 never is."""
    duration = move.after
    assert duration is not None
    try:
        return anchor + duration if isinstance(duration, dt.timedelta) else later(anchor, duration)
    except (OverflowError, InvalidValue):
        return None


def _table(
    name: str,
    initial: str,
    stages: tuple[str, ...],
    moves: tuple[tuple[str, Move], ...],
    lapsed: frozenset[str],
) -> Table:
    by_stage: dict[str, dict[str, list[Move]]] = {stage: {} for stage in stages}
    timeouts: dict[str, list[Move]] = {stage: [] for stage in stages}
    for source, move in sorted(moves, key=lambda pair: -pair[1].priority):
        if move.after is not None:
            timeouts[source].append(move)
        for kind in move.kinds:
            by_stage[source].setdefault(kind, []).append(move)
    return Table(
        name=name,
        initial=initial,
        moves={
            stage: {kind: tuple(found) for kind, found in kinds.items()} for stage, kinds in by_stage.items()
        },
        timeouts={stage: tuple(found) for stage, found in timeouts.items()},
        kinds=frozenset(kind for kinds in by_stage.values() for kind in kinds),
        asking=frozenset(
            kind
            for _, move in moves
            if move.when is not None and uses_facts(move.when)
            for kind in move.kinds
        ),
        lapsed=lapsed,
    )
