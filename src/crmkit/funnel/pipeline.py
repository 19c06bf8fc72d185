"""Pipelines: the stages of a sale, and the moves between them with what they ask for."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final, final

import attrs

from crmkit.conditions import Condition, describe, evaluate
from crmkit.display import html_table, text_table
from crmkit.errors import Contradiction, InvalidValue, UnknownName
from crmkit.funnel.opportunity import Opportunity, StageChange, facts_of_sale


@final
@attrs.frozen
class PipelineMove:
    """A way from one stage to another.

    Attributes:
        start: The stage it leaves.
        to: The stage it enters.
        when: What must be true of the opportunity, or None if nothing.
        requires: Fields of the opportunity that must be known.
        needs_reason: True if whoever makes the move must say why.
    """

    start: str
    to: str
    when: Condition | None = attrs.field(default=None, kw_only=True)
    requires: tuple[str, ...] = attrs.field(default=(), converter=tuple[str, ...], kw_only=True)
    needs_reason: bool = attrs.field(default=False, kw_only=True)


@final
@attrs.frozen
class Pipeline:
    """The stages a sale goes through.

    Attributes:
        stages: Names of the stages; a sale begins in the first.
        moves: The ways between them, at most one from a stage to another.
        name: Name of the pipeline; a business may have several.
        won: Stages in which a sale is made.
        lost: Stages in which it is given up.
    """

    stages: tuple[str, ...] = attrs.field(converter=tuple[str, ...])
    moves: tuple[PipelineMove, ...] = attrs.field(converter=tuple[PipelineMove, ...])
    name: str = attrs.field(default="sales", kw_only=True)
    won: tuple[str, ...] = attrs.field(default=(), converter=tuple[str, ...], kw_only=True)
    lost: tuple[str, ...] = attrs.field(default=(), converter=tuple[str, ...], kw_only=True)

    def __attrs_post_init__(self) -> None:
        _check_names(self)
        ways = _ways(self)
        ends = {*self.won, *self.lost}
        reached = _reachable(self.stages[0], ways)
        for stage in self.stages:
            if stage not in reached:
                raise Contradiction(f"no way leads to the stage {stage!r}; add a move or leave it out")
            if stage not in ends and not ways[stage]:
                raise Contradiction(f"no way leads on from {stage!r}; add a move, or call it won or lost")

    def moves_from(self, stage: str) -> tuple[PipelineMove, ...]:
        """Return the moves that leave *stage*, in the order of the definition."""
        return tuple(move for move in self.moves if move.start == stage)

    def __str__(self) -> str:
        return f"{self.name}: {' · '.join(self.stages)}\n{text_table(_COLUMNS, map(_row, self.moves))}"

    def _repr_html_(self) -> str:
        return html_table(_COLUMNS, map(_row, self.moves), caption=f"{self.name}: {' · '.join(self.stages)}")


@final
@attrs.frozen(kw_only=True)
class Advance:
    """What became of a move.

    Attributes:
        opportunity: The opportunity afterwards; as it was if it did not move.
        moved: True if it moved.
        reasons: Everything that stood against the move; nothing if it was made.
    """

    opportunity: Opportunity
    moved: bool
    reasons: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.moved:
            return f"{self.opportunity.id} is now in {self.opportunity.stage}"
        return f"{self.opportunity.id} stays in {self.opportunity.stage}: {'; '.join(self.reasons)}"


def advance(
    opportunity: Opportunity,
    to: str,
    *,
    pipeline: Pipeline,
    at: dt.datetime,
    by: str,
    reason: str | None = None,
    recorded_at: dt.datetime | None = None,
) -> Advance:
    """Return *opportunity* moved to the stage *to*, or all the reasons why it may not move.

    Args:
        opportunity: The sale.
        to: The stage to enter.
        pipeline: The pipeline it goes through.
        at: When the move happened.
        by: Who made it.
        reason: Why, in their words; some moves ask for it.
        recorded_at: When it became known, if later than it happened.

    Raises:
        UnknownName: If the pipeline has no stage *to*.
        Contradiction: If the opportunity goes through another pipeline.
        InvalidValue: If *at* carries no time zone, or *by* is empty.
    """
    if opportunity.pipeline != pipeline.name:
        raise Contradiction(
            f"{opportunity.id!r} goes through the pipeline {opportunity.pipeline!r}, not {pipeline.name!r}"
        )
    for stage in (opportunity.stage, to):
        if stage not in pipeline.stages:
            raise UnknownName("stage of the pipeline", stage, pipeline.stages)
    change = StageChange(
        from_stage=opportunity.stage, to_stage=to, at=at, by=by, reason=reason, recorded_at=recorded_at
    )
    reasons = tuple(_objections(opportunity, change, pipeline))
    if reasons:
        return Advance(opportunity=opportunity, moved=False, reasons=reasons)
    history = (*opportunity.history, change)
    return Advance(opportunity=attrs.evolve(opportunity, stage=to, history=history), moved=True)


def _objections(opportunity: Opportunity, change: StageChange, pipeline: Pipeline) -> Iterator[str]:
    if change.at < opportunity.stage_since:
        yield f"it has been in {opportunity.stage!r} only since {opportunity.stage_since:%Y-%m-%d %H:%M} UTC"
    moves = pipeline.moves_from(opportunity.stage)
    move = next((one for one in moves if one.to == change.to_stage), None)
    if move is None:
        ways = ", ".join(repr(one.to) for one in moves) or "nowhere"
        yield f"no move leads from {opportunity.stage!r} to {change.to_stage!r}; it leads to {ways}"
        return
    asked = facts_of_sale(opportunity)
    for field in move.requires:
        if asked.get(field) is None:
            yield f"{field!r} must be known first"
    if move.needs_reason and not (change.reason or "").strip():
        yield "a reason must be given"
    if move.when is not None and (verdict := evaluate(move.when, asked, as_of=change.at)) is not True:
        yield f"it must be so that {describe(move.when)}{'' if verdict is False else ', which is unknown'}"


def _check_names(pipeline: Pipeline) -> None:
    if not pipeline.stages:
        raise InvalidValue("a pipeline needs at least one stage")
    stages = {*pipeline.stages}
    if len(stages) < len(pipeline.stages):
        raise Contradiction("two stages of the pipeline have the same name")
    named = [name for move in pipeline.moves for name in (move.start, move.to)]
    for name in (*named, *pipeline.won, *pipeline.lost):
        if name not in stages:
            raise UnknownName("stage of the pipeline", name, pipeline.stages)
    for name in sorted({*pipeline.won} & {*pipeline.lost}):
        raise Contradiction(f"the stage {name!r} cannot be both won and lost")
    for (start, to), count in Counter((move.start, move.to) for move in pipeline.moves).items():
        if count > 1:
            raise Contradiction(f"two moves lead from {start!r} to {to!r}; join their conditions with |")


def _ways(pipeline: Pipeline) -> dict[str, list[str]]:
    ways: dict[str, list[str]] = {stage: [] for stage in pipeline.stages}
    for move in pipeline.moves:
        ways[move.start].append(move.to)
    return ways


def _reachable(first: str, ways: Mapping[str, list[str]]) -> set[str]:
    reached, waiting = {first}, [first]
    while waiting:
        for stage in ways[waiting.pop()]:
            if stage not in reached:
                reached.add(stage)
                waiting.append(stage)
    return reached


_COLUMNS: Final = ("from", "to", "asks for")


def _row(move: PipelineMove) -> tuple[str, str, str]:
    asks = [*move.requires, *(["a reason"] if move.needs_reason else [])]
    if move.when is not None:
        asks.append(describe(move.when))
    return move.start, move.to, ", ".join(asks)


_OPEN: Final = ("potential", "need", "intention")

SALES: Final = Pipeline(
    (*_OPEN, "signed", "lost"),
    (
        PipelineMove("potential", "need"),
        PipelineMove("need", "intention", requires=("amount_minor",)),
        PipelineMove("intention", "signed", requires=("amount_minor", "currency")),
        *(PipelineMove(stage, "lost", needs_reason=True) for stage in _OPEN),
    ),
    won=("signed",),
    lost=("lost",),
)
"""The usual stages of a sale: 潜在, 需求, 意向, 签约; given up at any point, with the reason."""
