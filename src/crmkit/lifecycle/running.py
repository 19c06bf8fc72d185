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
from crmkit.lifecycle.timeline import Span, Standing
from crmkit.model import Activity

Read: TypeAlias = Callable[[str], object]


def run(
    table: Table, standing: Standing, facts: Sequence[Activity], begin: int, read: Read
) -> tuple[Standing, list[Span], int | None]:
    """Return the standing after *facts* from *begin* on, the stages that ended, and the last sign of life.

    That is the place of the last activity that moved into a stage that does not count as having left.
    """
    stage, anchor, due = standing.stage, standing.anchor, standing.due
    spans: list[Span] = []
    active: int | None = None
    for place in range(begin, len(facts)):
        fact = facts[place]
        if due is not None and due < fact.at:
            late, standing = elapsed(table, _waiting(standing, anchor, due), before=fact.at)
            spans += late
            stage, anchor, due = standing.stage, standing.anchor, standing.due
        candidates = table.moves[stage].get(fact.kind)
        if candidates is None:
            continue
        move: Move | None = candidates[0]
        if len(candidates) > 1 or candidates[0].when is not None:
            subject = Subject(read=read, as_of=fact.at, activities=facts[: place + 1])
            move = choice(table, stage, candidates, subject)
        if move is None:
            continue
        anchor = fact.at
        if move.target != stage:
            spans.append(span_of(standing, anchor))
            stage = move.target
            standing = Standing(stage=stage, since=anchor, cause=fact.kind, activity_id=fact.id)
        due = next_due(table.timeouts[stage], anchor)
        if stage not in table.lapsed:
            active = place
    return _waiting(standing, anchor, due), spans, active


def _waiting(standing: Standing, anchor: dt.datetime | None, due: dt.datetime | None) -> Standing:
    return Standing(
        stage=standing.stage,
        since=standing.since,
        cause=standing.cause,
        activity_id=standing.activity_id,
        anchor=anchor,
        due=due,
    )


def elapsed(
    table: Table, standing: Standing, *, before: dt.datetime | None = None, up_to: dt.datetime | None = None
) -> tuple[list[Span], Standing]:
    """Return the stages that time ended *before* or *up_to* and at an instant, and the standing then."""
    spans: list[Span] = []
    while standing.due is not None and (
        (before is not None and standing.due < before) or (up_to is not None and standing.due <= up_to)
    ):
        due, move = next_timeout(table.timeouts[standing.stage], standing.anchor)
        spans.append(span_of(standing, due))
        standing = Standing(
            stage=move.target,
            since=due,
            cause=move.cause,
            anchor=due,
            due=next_due(table.timeouts[move.target], due),
        )
    return spans, standing


def span_of(standing: Standing, until: dt.datetime | None) -> Span:
    """Return the stage of *standing* as a span that ends at *until*, or is open."""
    return Span(
        stage=standing.stage,
        since=standing.since,
        until=until,
        cause=standing.cause,
        activity_id=standing.activity_id,
    )


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
