"""Questions to a lifecycle: why not, and who moves."""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conditions_pools import START, histories
from crmkit import lifecycle
from crmkit.conditions import A, days
from crmkit.errors import UnknownName
from crmkit.lifecycle import MEMBERSHIP, RETAIL, Lifecycle
from crmkit.lifecycle.machine import sources_of
from crmkit.lifecycle.questions import Moved
from crmkit.model import Activity, ActivityId, CustomerId
from lifecycle_pools import FIELD_GUARD, INSTANTS, KINDS, machines


def fact(key: str, day: int, kind: str = "purchase", customer: str = "c", **more: Any) -> Activity:
    return Activity(ActivityId(key), CustomerId(customer), kind, START + days(day), **more)


@given(machines(), histories(kinds=KINDS), INSTANTS, st.integers(0, 3))
def test_a_way_is_a_chain_of_moves_from_here_to_there(
    machine: Lifecycle, facts: list[Activity], at: dt.datetime, place: int
) -> None:
    """Each step of the path is a move; the ways are all moves that make its first step."""
    to = machine.stages[place]
    told = lifecycle.why_not(machine, facts, to=to, as_of=at)
    edges = {(source, move.target) for move in machine.moves for source in sources_of(machine, move)}

    assert told.stage == lifecycle.stage_at(machine, facts, as_of=at)
    assert told.to == to
    if told.path:
        assert (told.path[0], told.path[-1]) == (told.stage, to)
        assert set(zip(told.path, told.path[1:], strict=False)) <= edges
    if len(told.path) > 1:
        assert [way.move for way in told.ways] == [
            move
            for move in machine.moves
            if move.target == told.path[1] and told.stage in sources_of(machine, move)
        ]
    else:
        assert told.ways == ()


@given(machines(), histories(kinds=KINDS), INSTANTS)
def test_the_due_instant_is_when_time_would_do_it(
    machine: Lifecycle, facts: list[Activity], at: dt.datetime
) -> None:
    """If nothing else happens and no other timeout is first, the customer is there then, and not before."""
    past = [one for one in facts if one.at <= at]
    for to in machine.stages:
        told = lifecycle.why_not(machine, past, to=to, as_of=at)
        for way in told.ways:
            if way.due is None:
                continue
            assert way.due > at
            tick = dt.timedelta(microseconds=1)
            first = lifecycle.stage_at(machine, past, as_of=way.due - tick)
            if first == told.stage and len(told.ways) == 1:
                line = lifecycle.fold(machine, past, as_of=way.due)
                assert line.stage != first


def test_why_not_names_the_way_and_what_it_waits_for() -> None:
    """A kind of activity, or an instant."""
    history = [fact("1", 0)]
    mature = lifecycle.why_not(RETAIL, history, to="mature", as_of=START)
    churned = lifecycle.why_not(RETAIL, history, to="churned", as_of=START)

    assert str(mature) == "'new'; the way is new → mature\nto 'mature': needs purchase"
    assert churned.path == ("new", "silent", "churned")
    assert churned.ways[0].due == START + days(180)
    assert str(churned).endswith("to 'silent': after 180 days, on 2024-06-29 00:00+00:00")
    assert str(lifecycle.why_not(RETAIL, history, to="new", as_of=START)) == "already 'new'"
    assert str(lifecycle.why_not(RETAIL, history, to="responder", as_of=START)) == (
        "'new'; nothing leads from there to 'responder'"
    )


def test_why_not_counts_from_the_last_move_time_included() -> None:
    """A self-move starts the time anew; so does falling silent."""
    history = [fact("1", 0, "contract_start"), fact("2", 30, "use")]
    new = lifecycle.why_not(MEMBERSHIP, history, to="silent", as_of=START + days(40))
    silent = lifecycle.why_not(MEMBERSHIP, history, to="churned", as_of=START + days(100))

    assert [way.due for way in new.ways] == [None, START + days(90)]
    assert [way.due for way in silent.ways] == [START + days(210)]


def test_why_not_explains_guards() -> None:
    """With what they read, of the facts up to then only."""
    machine = Lifecycle(
        "guarded",
        "a",
        moves=(lifecycle.on("use", "a", "b", when=FIELD_GUARD & (A("use").count() >= 2)),),
        ends=("b",),
    )
    history = [fact("1", 0, "use"), fact("2", 5, "use")]
    told = lifecycle.why_not(machine, history, to="b", as_of=START, fields={"vip": False})

    assert told.ways[0].guard is not None
    assert [leaf.values for leaf in told.ways[0].guard.unmet()] == [
        (("vip", False),),
        (("the number of 'use'", 1),),
    ]
    assert str(told).splitlines()[1:] == [
        "to 'b': needs use",
        "  unmet: ✗ vip is yes [vip: no]",
        "  unmet: ✗ at least 2 'use' [the number of 'use': 1]",
    ]
    assert lifecycle.why_not(machine, history[:1], to="b", as_of=START).ways[0].guard is not None


def test_an_unknown_stage_offers_the_closest() -> None:
    """As everywhere."""
    with pytest.raises(UnknownName, match="Did you mean 'churned'"):
        lifecycle.why_not(RETAIL, [], to="churn", as_of=START)


@given(machines(), machines(), histories(customers=("c1", "c2", "c3"), kinds=KINDS), INSTANTS)
def test_compare_counts_everyone_once(
    old: Lifecycle, new: Lifecycle, facts: list[Activity], at: dt.datetime
) -> None:
    """Flows add up to all customers, those off the diagonal to who moves; nobody moves to the same."""
    found = lifecycle.compare(old, new, facts, as_of=at)
    customers = {one.customer_id for one in facts}

    assert sum(count for *_, count in found.flows) == len(customers)
    assert sum(count for was, now, count in found.flows if was != now) == len(found.moved)
    for moved in found.moved:
        own = [one for one in facts if one.customer_id == moved.customer_id]
        assert moved.old == lifecycle.stage_at(old, own, as_of=at) != moved.new
        assert moved.new == lifecycle.stage_at(new, own, as_of=at)
    assert lifecycle.compare(old, old, facts, as_of=at).moved == ()


def test_a_comparison_reads_as_who_moves() -> None:
    """Sorted by customer, with the flows."""
    quick = attrs.evolve(
        RETAIL,
        moves=(*RETAIL.moves[:3], lifecycle.after(days(30), ("new", "mature"), "silent"), RETAIL.moves[4]),
    )
    facts = [fact("1", 0, customer="z"), fact("2", 0, customer="a"), fact("3", 30, customer="y")]
    found = lifecycle.compare(RETAIL, quick, facts, as_of=START + days(31))

    assert found.moved == (
        Moved(customer_id=CustomerId("a"), old="new", new="silent"),
        Moved(customer_id=CustomerId("z"), old="new", new="silent"),
    )
    assert found.flows == (("new", "new", 1), ("new", "silent", 2))
    assert str(found) == "2 of 3 customers move\nnew → silent: 2"
    assert "silent" in found._repr_html_()
