"""Running: one history through one compiled table, move by move."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import TypeAlias

from crmkit.conditions.evaluate import verdict
from crmkit.conditions.subject import Subject
from crmkit.errors import Contradiction
from crmkit.lifecycle.compiled import Table, next_due, next_timeout
from crmkit.lifecycle.machine import Move
from crmkit.lifecycle.stays import Stay
from crmkit.lifecycle.timeline import Standing
from crmkit.model import Activity

Read: TypeAlias = Callable[[str], object]


def run(
    table: Table, standing: Standing, facts: Sequence[Activity], begin: int, read: Read
) -> tuple[Standing, list[Stay], int | None]:
    """Return the standing after *facts* from *begin* on, the stays that ended, and the last sign of life.

    That is the place of the last activity that moved into a stage that does not count as having left.
    """
    stage, anchor, due = standing.stage, standing.anchor, standing.due
    since, cause, by = standing.since, standing.cause, standing.activity_id
    stays: list[Stay] = []
    active: int | None = None
    for place in range(begin, len(facts)):
        fact = facts[place]
        at = fact.at
        while due is not None and due < at:
            stays.append((stage, since, due, cause, by))
            now = due
            stage, cause, due = _moved_by_time(table, stage, anchor, now)
            since, by, anchor = now, None, now
        candidates = table.moves[stage].get(fact.kind)
        if candidates is None:
            continue
        move: Move | None = candidates[0]
        if len(candidates) > 1 or candidates[0].when is not None:
            subject = Subject(read=read, as_of=at, activities=facts[: place + 1])
            move = choice(table, stage, candidates, subject)
        if move is None:
            continue
        anchor = at
        if move.target != stage:
            stays.append((stage, since, at, cause, by))
            stage, since, cause, by = move.target, at, fact.kind, fact.id
        due = next_due(table.timeouts[stage], at)
        if stage not in table.lapsed:
            active = place
    after = Standing(stage=stage, since=since, cause=cause, activity_id=by, anchor=anchor, due=due)
    return after, stays, active


def elapsed(table: Table, standing: Standing, up_to: dt.datetime) -> list[Stay]:
    """Return the stays from *standing* on that time ended up to an instant and at it, and the open one then."""
    stays: list[Stay] = []
    stage, anchor, due = standing.stage, standing.anchor, standing.due
    since, cause, by = standing.since, standing.cause, standing.activity_id
    while due is not None and due <= up_to:
        stays.append((stage, since, due, cause, by))
        now = due
        stage, cause, due = _moved_by_time(table, stage, anchor, now)
        since, by, anchor = now, None, now
    stays.append((stage, since, None, cause, by))
    return stays


def _moved_by_time(
    table: Table, stage: str, anchor: dt.datetime | None, due: dt.datetime
) -> tuple[str, str, dt.datetime | None]:
    """Return the stage that time leads to from *stage* at *due*, what did it, and when time next does."""
    timeouts = table.timeouts[stage]
    move = timeouts[0] if len(timeouts) == 1 else next_timeout(timeouts, anchor)[1]
    return move.target, move.cause, next_due(table.timeouts[move.target], due)


def choice(table: Table, stage: str, candidates: Sequence[Move], subject: Subject) -> Move | None:
    """Return the move to make, or None; *candidates* have the highest priority first.

    Raises:
        Contradiction: If two of equal priority could be made.
    """
    open_ones = [move for move in candidates if move.when is None or verdict(move.when, subject) is True]
    if len(open_ones) > 1 and open_ones[0].priority == open_ones[1].priority:
        raise Contradiction(
            f"in {stage!r} of {table.name!r} two moves of equal priority could be made at once: "
            f"{open_ones[0]}; {open_ones[1]}. Give one a higher priority"
        )
    return open_ones[0] if open_ones else None
