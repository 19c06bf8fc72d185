"""Lifecycles over columns: equal to the scalar fold, customer by customer."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conditions_pools import START, histories
from crmkit import lifecycle
from crmkit.conditions import A, Condition, F, days, months
from crmkit.errors import Contradiction, InvalidValue
from crmkit.lifecycle import B2B, MEMBERSHIP, RETAIL, Lifecycle, bulk
from crmkit.model import Activity, ActivityId, CustomerId, columns_of
from lifecycle_pools import INSTANTS, KINDS, machines

MACHINES = machines() | st.sampled_from((RETAIL, MEMBERSHIP, B2B))
CROWDS = histories(
    customers=("c1", "c2", "c3"), kinds=(*KINDS, "contract_start", "contract_end"), max_size=25
)


def one_by_one(machine: Lifecycle, facts: list[Activity], at: dt.datetime) -> list[str]:
    """Return the stages of the customers, sorted by id."""
    customers = sorted({fact.customer_id for fact in facts})
    return [
        lifecycle.stage_at(machine, [fact for fact in facts if fact.customer_id == customer], as_of=at)
        for customer in customers
    ]


@given(MACHINES, CROWDS, INSTANTS)
def test_bulk_stages_are_the_scalar_stages(
    machine: Lifecycle, facts: list[Activity], at: dt.datetime
) -> None:
    """For any definition, any histories, any instant: equal, customer by customer."""
    columns = columns_of(facts)

    assert bulk.stages(machine, columns, as_of=at).tolist() == one_by_one(machine, facts, at)


@given(MACHINES, CROWDS, st.lists(INSTANTS, max_size=5))
def test_a_stage_history_is_the_stage_at_each_instant(
    machine: Lifecycle, facts: list[Activity], instants: list[dt.datetime]
) -> None:
    """One pass, whatever the order of the instants and however often one is asked for."""
    columns = columns_of(facts)

    found = bulk.stage_history(machine, columns, as_of=instants)

    assert found.shape == (len(columns.customers), len(instants))
    for place, at in enumerate(instants):
        assert found[:, place].tolist() == one_by_one(machine, facts, at)


def fact(key: str, at: dt.datetime, kind: str = "purchase") -> Activity:
    return Activity(ActivityId(key), CustomerId("c"), kind, at)


def test_nobody_has_no_stages() -> None:
    """Empty columns give an empty answer."""
    assert bulk.stages(RETAIL, columns_of([]), as_of=START).tolist() == []


def test_customers_whose_facts_all_lie_ahead_are_in_the_initial_stage() -> None:
    """They are there, and nothing has happened to them yet."""
    columns = columns_of([fact("1", START + days(1))])

    assert bulk.stages(RETAIL, columns, as_of=START).tolist() == ["potential"]
    assert bulk.stages(RETAIL, columns, as_of=START + days(1)).tolist() == ["new"]


def with_guard(guard: Condition) -> Lifecycle:
    return Lifecycle("guarded", "a", moves=(lifecycle.on("purchase", "a", "b", when=guard),), ends=("b",))


@pytest.mark.parametrize(
    ("guard", "match"),
    [
        (A().where(sku="x").count() > 0, "the activities' sku"),
        (A().where(source="erp").count() > 0, "the activities' source"),
        (A().sum("party") > 0, "the activities' party"),
        (A().min("party") > 0, "the activities' party"),
        (A().max("party") > 0, "the activities' party"),
        (A().distinct("party") > 0, "the activities' party"),
    ],
)
def test_guards_on_what_columns_do_not_hold_are_refused(guard: Condition, match: str) -> None:
    """Rather than answered wrongly; the error says what to use instead."""
    with pytest.raises(InvalidValue, match=match) as raised:
        bulk.stages(with_guard(guard), columns_of([]), as_of=START)
    assert "stage_at" in str(raised.value)


def test_guards_on_what_columns_hold_are_asked() -> None:
    """Amount, currency, channel, account, kind, id and instant of each activity."""
    guard = (
        A("purchase")
        .where(F.amount_minor == 5, F.at == START, currency="EUR", channel="web", account_id="acme", id="1")
        .count()
        == 1
    )
    one = Activity(
        ActivityId("1"),
        CustomerId("c"),
        "purchase",
        START,
        amount_minor=5,
        currency="EUR",
        channel="web",
        account_id=CustomerId("acme"),
    )
    other = Activity(ActivityId("2"), CustomerId("d"), "purchase", START)

    assert bulk.stages(with_guard(guard), columns_of([one, other]), as_of=START).tolist() == ["b", "a"]


def test_guards_on_fields_read_those_of_the_customer() -> None:
    """By customer id; who is not among them is unknown, as to the scalar function."""
    machine = with_guard(F.vip.is_true())
    facts = [Activity(ActivityId(one), CustomerId(one), "purchase", START) for one in "xyz"]
    fields = {"x": {"vip": True}, "y": {"vip": False}}

    assert bulk.stages(machine, columns_of(facts), as_of=START, fields=fields).tolist() == ["b", "a", "a"]
    assert bulk.stages(machine, columns_of(facts), as_of=START).tolist() == ["a", "a", "a"]
    for fact_of, stage in zip(facts, ["b", "a", "a"], strict=True):
        own = fields.get(fact_of.customer_id)
        assert lifecycle.stage_at(machine, [fact_of], as_of=START, fields=own) == stage


def test_naive_instants_are_refused() -> None:
    """As by the scalar function."""
    with pytest.raises(InvalidValue, match="time zone"):
        bulk.stages(RETAIL, columns_of([]), as_of=dt.datetime(2024, 1, 1))


def test_equal_priorities_are_an_error_when_they_meet() -> None:
    """Of guards and of timeouts, as in the fold."""
    doors = Lifecycle(
        "doors",
        "a",
        moves=(
            lifecycle.on("purchase", "a", "b", when=A("purchase").count() >= 1),
            lifecycle.on("purchase", "a", "c", when=A().count() >= 2),
        ),
        ends=("b", "c"),
    )
    waits = Lifecycle(
        "waits",
        "a",
        moves=(
            lifecycle.on("purchase", "a", "b"),
            lifecycle.after(days(29), "b", "c"),
            lifecycle.after(months(1), "b", "d"),
        ),
        ends=("c", "d"),
    )
    january, february = START, dt.datetime(2024, 2, 1, tzinfo=dt.UTC)
    twice = columns_of([fact("1", START, "touch"), fact("2", START + days(1))])

    assert bulk.stages(doors, columns_of([fact("1", START)]), as_of=february).tolist() == ["b"]
    with pytest.raises(Contradiction, match="equal priority"):
        bulk.stages(doors, twice, as_of=february)
    assert bulk.stages(waits, columns_of([fact("1", february)]), as_of=february + days(28)).tolist() == ["b"]
    assert bulk.stages(waits, columns_of([fact("1", january)]), as_of=february).tolist() == ["c"]
    with pytest.raises(Contradiction, match="equal priority"):
        bulk.stages(waits, columns_of([fact("1", february)]), as_of=february + days(60))


def test_deadlines_beyond_the_calendar_never_come() -> None:
    """Neither the elapsed ones nor those of the calendar, nor those that no number of microseconds holds."""
    end = dt.datetime(9999, 12, 30, tzinfo=dt.UTC)
    for wait in (days(5), months(5), dt.timedelta.max):
        machine = Lifecycle(
            "far",
            "a",
            moves=(lifecycle.on("purchase", "a", "b"), lifecycle.after(wait, "b", "c")),
            ends=("c",),
        )
        assert bulk.stages(machine, columns_of([fact("1", end)]), as_of=end + days(1)).tolist() == ["b"]
