"""Timelines: corrections by late facts, and how they show themselves."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conditions_pools import START, activities, histories
from crmkit import lifecycle
from crmkit.conditions import days
from crmkit.errors import InvalidValue
from crmkit.lifecycle import MEMBERSHIP, RETAIL, Correction, Lifecycle, Span
from crmkit.model import Activity, ActivityId, CustomerId
from lifecycle_pools import GRID, INSTANTS, KINDS, machines

MACHINES = machines() | st.sampled_from((RETAIL, MEMBERSHIP))
LATE_FACTS = st.lists(activities(kinds=KINDS), max_size=3)
GRIDS = [START + step * GRID / 2 for step in range(91)]


def fact(key: str, day: int, kind: str = "purchase") -> Activity:
    return Activity(ActivityId(key), CustomerId("c"), kind, START + days(day))


@given(MACHINES, histories(kinds=KINDS), LATE_FACTS, INSTANTS, INSTANTS)
def test_corrections_are_the_instants_at_which_the_tellings_differ(
    machine: Lifecycle, facts: list[Activity], late: list[Activity], one: dt.datetime, other: dt.datetime
) -> None:
    """At every instant told by both: corrected if, and only if, the stages differ; as they say."""
    before = lifecycle.fold(machine, facts, as_of=one)
    now = lifecycle.fold(machine, [*facts, *late], as_of=other)
    corrections = now.corrections(before)

    for at in GRIDS:
        if at > min(one, other):
            break
        here = [
            fix
            for fix in corrections
            if (fix.since is None or fix.since <= at) and (fix.until is None or at < fix.until)
        ]
        was, is_now = before.at(at).stage, now.at(at).stage
        assert [(fix.was, fix.now) for fix in here] == ([] if was == is_now else [(was, is_now)])


@given(MACHINES, histories(kinds=KINDS), LATE_FACTS, INSTANTS)
def test_a_late_fact_gives_the_timeline_of_a_timely_one(
    machine: Lifecycle, facts: list[Activity], late: list[Activity], at: dt.datetime
) -> None:
    """Told last, it stands where it would have stood; told again, there is nothing to correct."""
    now = lifecycle.fold(machine, [*facts, *late], as_of=at)

    assert now == lifecycle.fold(machine, [*late, *facts], as_of=at)
    assert now.corrections(now) == ()


def test_corrections_say_from_when_to_when_and_why() -> None:
    """Neighbouring periods of the same correction are one."""
    before = lifecycle.fold(RETAIL, [fact("1", 10), fact("3", 300)], as_of=START + days(310))
    now = lifecycle.fold(RETAIL, [fact("1", 10), fact("2", 20), fact("3", 300)], as_of=START + days(320))

    assert now.corrections(before) == (
        Correction(
            since=START + days(20), until=START + days(190), was="new", now="mature", cause="purchase"
        ),
        Correction(
            since=START + days(190), until=START + days(200), was="silent", now="mature", cause="purchase"
        ),
    )
    assert str(now.corrections(before)[0]) == "2024-01-21 00:00 – 2024-07-09 00:00  mature, not new"


def test_a_correction_may_be_open_at_either_end() -> None:
    """From the beginning, and up to now."""
    one = lifecycle.fold(RETAIL, [], as_of=START)
    other = lifecycle.fold(MEMBERSHIP, [fact("1", 0, "contract_start")], as_of=START)

    assert other.corrections(one) == (
        Correction(since=START, until=None, was="potential", now="new", cause="contract_start"),
    )
    b2b = lifecycle.fold(lifecycle.B2B, [], as_of=START)
    assert b2b.corrections(one) == (
        Correction(since=None, until=None, was="potential", now="target", cause=None),
    )
    assert str(b2b.corrections(one)[0]) == "… – now  target, not potential"


def test_pieces_of_one_correction_are_joined() -> None:
    """Even where one of the tellings has a move of its own between."""
    spans = (Span(stage="a"), Span(stage="b", since=START), Span(stage="c", since=START + days(2)))
    state = lifecycle.fold(RETAIL, [], as_of=START).state
    one = lifecycle.Timeline(machine="m", as_of=START + days(3), spans=spans, state=state)
    other = lifecycle.Timeline(
        machine="m",
        as_of=START + days(3),
        spans=(
            Span(stage="a"),
            Span(stage="x", since=START, until=START + days(1), cause="first"),
            Span(stage="x", since=START + days(1), cause="second"),
        ),
        state=state,
    )

    assert other.corrections(one) == (
        Correction(since=START, until=START + days(2), was="b", now="x", cause="first"),
        Correction(since=START + days(2), until=None, was="c", now="x", cause="second"),
    )


def test_a_timeline_reads_as_lines() -> None:
    """One line a stage: from when, to when, which, why."""
    line = lifecycle.fold(RETAIL, [fact("1", 0, "signup"), fact("2", 1)], as_of=START + days(200))

    assert str(line) == (
        "… – 2024-01-01 00:00  potential\n"
        "2024-01-01 00:00 – 2024-01-02 00:00  responder (signup)\n"
        "2024-01-02 00:00 – 2024-06-30 00:00  new (purchase)\n"
        "2024-06-30 00:00 – now  silent (after 180 days)"
    )


def test_a_timeline_shows_itself_in_notebooks() -> None:
    """Stages, then roles."""
    html = lifecycle.fold(RETAIL, [fact("1", 0, "signup")], as_of=START)._repr_html_()

    assert html.index("responder") < html.index("member")
    assert "retail" in html


def test_at_finds_the_span_in_force() -> None:
    """A span begins at its instant and ends before the next."""
    line = lifecycle.fold(RETAIL, [fact("1", 0, "signup"), fact("2", 1)], as_of=START + days(5))

    assert [line.at(START + days(day)).stage for day in (-1, 0, 1, 5)] == [
        "potential",
        "responder",
        "new",
        "new",
    ]
    assert line.at(START + days(1) - dt.timedelta(microseconds=1)).stage == "responder"
    with pytest.raises(InvalidValue, match="fold the history up to"):
        line.at(START + days(6))
    with pytest.raises(InvalidValue, match="time zone"):
        line.at(dt.datetime(2024, 1, 2))
