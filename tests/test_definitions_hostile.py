"""Hostile definitions: however a definition is made big or deep, it is built or refused soon."""

from __future__ import annotations

import functools
import pickle
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise

import pytest

from crmkit.calendars import Duration
from crmkit.conditions import (
    A,
    Condition,
    F,
    compiled,
    days,
    evaluate,
    explain,
    from_json,
    local_days,
    matches,
    months,
    to_json,
)
from crmkit.conditions.nodes import And, Not, Or
from crmkit.conditions.plain import plain
from crmkit.errors import Contradiction, InvalidValue
from crmkit.funnel import Pipeline, PipelineMove
from crmkit.lifecycle import ANY, Lifecycle, Move, after, on
from crmkit.lifecycle.checks import MOST_TIMEOUTS, MOST_WAYS

SIZE = 20_000
STAGES = [f"s{place}" for place in range(SIZE)]
SECONDS = 1.5
"""Of the processor, for each definition; a shared machine may be slower, and gets `SLACK` times as long."""
SLACK = 3


def _soon(make: Callable[[], object]) -> str:
    """Return what *make* complains of, "" if of nothing, once it has taken no more than so many seconds."""
    before = time.process_time()
    try:
        make()
        complaint = ""
    except (InvalidValue, Contradiction) as error:
        complaint = str(error)
    assert time.process_time() - before < SLACK * SECONDS
    return complaint


def _chain(make: Callable[[str, str], Move]) -> list[Move]:
    pairs = pairwise(STAGES[1:])
    return [on("purchase", "s0", "s1"), *(make(source, target) for source, target in pairs)]


def _by_purchase(source: str, target: str) -> Move:
    return on("purchase", source, target)


def _by_time(source: str, target: str) -> Move:
    return after(days(2), source, target)


def _guarded(guards: Callable[[int], object], size: int) -> list[Move]:
    moves = [on("use", "s0", STAGES[place], when=guards(place)) for place in range(1, size)]  # type: ignore[arg-type]
    return [*moves, on("purchase", STAGES[1:size], "s0")]


@pytest.mark.parametrize(
    ("moves", "ends", "complaint"),
    [
        (_chain(_by_purchase), STAGES[-1:], ""),
        ([*_chain(_by_purchase), on("purchase", STAGES[-1], "s0")], (), ""),
        (_chain(_by_purchase), (), "'s19999' is a trap"),
        (_chain(_by_purchase), STAGES[:1], "from the stage 's1' no end is reachable"),
        (_chain(_by_time), STAGES[-1:], ""),
        ([*_chain(_by_time), after(days(2), STAGES[-1], "s9")], (), "a circle through 's9'"),
        ([on("use", ANY, stage, priority=place) for place, stage in enumerate(STAGES)], (), "at most 100,000 ways"),
        ([on("use", "s0", stage, priority=place) for place, stage in enumerate(STAGES)], STAGES, ""),
        ([on("use", "s0", stage) for stage in STAGES], STAGES, "with equal priority"),
        ([on("use", "s1", "s0"), *(after(months(12), "s0", stage) for stage in STAGES)], STAGES, "20,000 timeouts"),
        (_guarded(lambda place: F.x == place, SIZE), (), ""),
        (_guarded(lambda place: F.x == place % 9_999, SIZE), (), "with equal priority"),
        (_guarded(lambda place: (F[f"f{place}"] > 0) & (F.x == place), 2_000), (), ""),
        (_guarded(lambda place: A("use").count() == place, SIZE), (), ""),
        (_guarded(lambda place: F.x.is_in(range(4_000 * place, 4_000 * (place + 1))), 9), (), ""),
    ],
    ids=["chain", "ring", "trap", "no end", "chain of time", "circle of time", "any", "star", "equal star",
         "timeouts", "guards", "equal guards", "two fields", "counts", "long lists"],
)  # fmt: skip
def test_a_big_lifecycle_is_checked_soon(moves: list[Move], ends: list[str], complaint: str) -> None:
    """What the checks take grows with the definition; where that cannot be, it is bounded."""
    got = _soon(lambda: Lifecycle("big", "s0", moves=moves, ends=ends))

    assert complaint in got
    assert bool(complaint) is bool(got)


def test_what_a_lifecycle_may_hold_at_most_is_said() -> None:
    """The bounds are on ways spelt out, and on timeouts out of one stage."""
    with pytest.raises(
        InvalidValue, match=f"at most {MOST_WAYS:,} ways .* and this one has 399,960,001; leave"
    ):
        Lifecycle("big", "s0", moves=[on("use", ANY, stage) for stage in STAGES[1:]])
    zones = ("Asia/Tokyo", "Asia/Seoul", "Europe/Rome", "Europe/Paris", "Europe/Oslo", "Africa/Cairo", "UTC")
    waits: list[Duration] = [days(100), *(local_days(100, zone) for zone in zones)]
    moves = [on("use", "s0", "s1"), *(after(wait, "s1", f"t{place}") for place, wait in enumerate(waits))]

    assert len(Lifecycle("some", "s0", moves=moves, ends=[f"t{place}" for place in range(8)]).stages) == 10
    crowd = [after(days(1 + place), "s1", "s0") for place in range(MOST_TIMEOUTS + 1)]
    with pytest.raises(InvalidValue, match="21 timeouts lead out of 's1', more than 20"):
        Lifecycle("big", "s0", moves=[on("use", "s0", "s1"), *crowd])


@pytest.mark.parametrize(
    ("moves", "complaint"),
    [
        ([PipelineMove(*pair) for pair in pairwise(STAGES)], ""),
        ([PipelineMove("s0", stage) for stage in STAGES[1:]], "no way leads on from 's1'"),
        ([PipelineMove("s0", STAGES[1])] * SIZE, "two moves lead from 's0' to 's1'"),
        ([PipelineMove(stage, STAGES[-1]) for stage in STAGES], "no way leads to the stage 's1'"),
    ],
    ids=["chain", "star", "one move", "unreachable"],
)
def test_a_big_pipeline_is_checked_soon(moves: list[PipelineMove], complaint: str) -> None:
    """What the checks take grows with the definition."""
    got = _soon(lambda: Pipeline(STAGES, moves, won=STAGES[-1:]))

    assert complaint in got
    assert bool(complaint) is bool(got)


@pytest.mark.parametrize(
    "definition",
    [
        Lifecycle("big", "s0", moves=_chain(_by_purchase), ends=STAGES[-1:]),
        Pipeline(STAGES, [PipelineMove(*pair) for pair in pairwise(STAGES)], won=STAGES[-1:]),
    ],
    ids=["lifecycle", "pipeline"],
)
def test_a_big_document_is_read_soon(definition: object) -> None:
    """Reading takes as long as it must, and the checks hardly more."""
    text = to_json(definition)

    assert _soon(lambda: from_json(text, type(definition))) == ""


def _at_most(deeper: Callable[[Condition], Condition]) -> Condition:
    """Return what *deeper* makes of a condition before it is refused."""
    condition: Condition = F.x == 1
    while True:
        try:
            condition = deeper(condition)
        except InvalidValue as error:
            assert "nested more than 100 deep; join parts side by side with & or |" in str(error)  # noqa: PT017
            return condition


@pytest.mark.parametrize(
    "deeper",
    [
        lambda inner: ~inner,
        lambda inner: (F.y == 1) & (inner | (F.z == 1)),
        lambda inner: ~((F.y == 1) & inner),
        lambda inner: And(parts=(Or(parts=(inner,)), Not(part=F.y == 2))),
        lambda inner: pickle.loads(pickle.dumps(~inner)),
    ],
    ids=["not", "and with or", "not and", "made of nodes", "read back from bytes"],
)
def test_a_condition_that_can_be_built_is_deep_enough_for_nobody_to_fail(
    deeper: Callable[[Condition], Condition],
) -> None:
    """One deeper is refused when it is joined; one that is not is asked, told, hashed and compared."""
    condition = _at_most(deeper)
    row = {"x": 1, "y": 1, "z": 2}
    said = evaluate(condition, row)

    assert explain(condition, row).verdict is said
    assert compiled(condition)(row) is said
    assert matches(plain(condition, dict.fromkeys(row, "number")), row) is (said is True)
    assert str(condition)
    assert repr(condition)
    assert hash(condition) == hash(_at_most(deeper))
    with suppress(InvalidValue):
        assert from_json(to_json(condition)) == condition
    with pytest.raises(InvalidValue, match="nested more than 100 deep"):
        ~(A("use").where(condition).count() > 1)


def test_reckoning_is_as_deep_as_conditions_are() -> None:
    deep = functools.reduce(lambda term, _: term + 1, range(98), F.x)
    assert evaluate(deep >= 98, {"x": 0}) is True
    with pytest.raises(InvalidValue, match="nested more than 100 deep"):
        functools.reduce(lambda term, _: term + 1, range(10_000), F.x)
    with pytest.raises(InvalidValue, match="nested more than 100 deep"):
        functools.reduce(lambda term, _: term.age().until(), range(10_000), F.x)
