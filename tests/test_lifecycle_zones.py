"""The laws of time in every IANA zone, where its clocks change and on leap days.

Each zone meets one drawn definition at one of its changes and at a leap day.
With ``HYPOTHESIS_PROFILE=long`` it meets one at every change since 1900.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import zoneinfo

import pytest

from crmkit import lifecycle
from crmkit.calendars import Duration, earlier, later, local, zone
from crmkit.conditions import A, days, local_days, months, years
from crmkit.lifecycle import Lifecycle, Role, Timeline, bulk
from crmkit.model import Activity, ActivityId, CustomerId, columns_of, in_fact_order
from nasty_zones import changes

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
ZONES = sorted(zoneinfo.available_timezones())
ODD = ("Pacific/Apia", "Africa/Casablanca", "Australia/Lord_Howe", "Antarctica/Troll", "America/Sao_Paulo")
CUSTOMERS = ("c1", "c2", "c3")
TICK = dt.timedelta(microseconds=1)
QUARTER = dt.timedelta(minutes=15)
LEAP_DAYS = [dt.datetime(year, 2, 29, tzinfo=dt.UTC) for year in (1904, 2000, 2024)]


def turning_points(name: str, rng: random.Random) -> list[dt.datetime]:
    """Return the instants to try in a zone: all its changes, or one of them, and a leap day."""
    if LONG:
        return [*changes(name, 1900, 2037), *LEAP_DAYS]
    seldom = changes(name, 1970, 1990, step=days(30)) if rng.random() < 0.2 else ()
    often = changes(name, 2020, 2030, step=days(30))
    return [rng.choice(seldom or often), rng.choice(LEAP_DAYS)]


def durations(name: str, rng: random.Random) -> list[Duration]:
    """Return three calendar durations in a zone."""
    pool: tuple[Duration, ...] = (
        local_days(1, name),
        local_days(30, name),
        months(1, name),
        months(6, name),
        years(1, name),
    )
    return rng.choices(pool, k=3)


def machine_of(wait: Duration, longer: Duration, window: Duration) -> Lifecycle:
    """Return a lifecycle whose timeouts, windows and roles all follow a calendar."""
    return Lifecycle(
        "by the calendar",
        "a",
        moves=(
            lifecycle.on("purchase", ("a", "b"), "b"),
            lifecycle.after(wait, "b", "c"),
            lifecycle.after(longer, "c", "d"),
            lifecycle.on("use", "c", "b", when=A("purchase").within(window).count() >= 2),
            lifecycle.on("use", "d", "b", when=A().within(window).count() >= 3),
        ),
        roles=(Role(name="user", begins=("use", "purchase"), lapses_after=window),),
        ends=("d",),
    )


def history(turn: dt.datetime, waits: list[Duration], rng: random.Random) -> list[Activity]:
    """Return facts at the turn and as long before it as deadlines and windows last, give or take hours."""
    days_of = [turn, *(earlier(turn, wait) for wait in waits), earlier(earlier(turn, waits[1]), waits[0])]
    return [
        Activity(
            ActivityId(str(number)),
            CustomerId(rng.choice(CUSTOMERS)),
            rng.choice(("purchase", "purchase", "use")),
            rng.choice(days_of) + rng.randint(-5, 5) * QUARTER,
        )
        for number in range(12)
    ]


def instants(
    turn: dt.datetime, facts: list[Activity], waits: list[Duration], rng: random.Random
) -> list[dt.datetime]:
    """Return instants at facts and at what they make due, most of them near the turn, and a tick beside."""
    dues = [later(one.at, wait) for one in facts for wait in waits[:2]]
    near = sorted(set(dues), key=lambda due: abs(due - turn))[:8]
    chosen = [*rng.sample(near, 3), *rng.sample([*dues, *(one.at for one in facts)], 2)]
    return [at + rng.choice((-TICK, 0 * TICK, TICK)) for at in chosen]


def answers(line: Timeline) -> tuple[object, ...]:
    return line.stage, line.since, line.cause, line.roles


@pytest.mark.parametrize("name", ZONES)
def test_the_laws_hold_in_every_zone(name: str) -> None:
    """One by one as in columns, whenever one looks, told in parts or at once, whatever comes after."""
    rng = random.Random(name)
    for turn in turning_points(name, rng):
        waits = durations(name, rng)
        machine, facts = machine_of(*waits), history(turn, waits, rng)
        looks = instants(turn, facts, waits, rng)
        columns = columns_of(facts)
        table = bulk.stage_history(machine, columns, as_of=looks).tolist()
        first = bulk.stages(machine, columns, as_of=looks[0])
        assert first.tolist() == [row[0] for row in table]
        for customer, row in zip(columns.customers, table, strict=True):
            own = in_fact_order(one for one in facts if one.customer_id == customer)
            check_one(machine, own, looks, row, rng)


def check_one(
    machine: Lifecycle, facts: list[Activity], looks: list[dt.datetime], stages: list[str], rng: random.Random
) -> None:
    """Check the laws for one customer, whose stages at *looks* are known."""
    end = max(*looks, facts[-1].at)
    line = lifecycle.fold(machine, facts, as_of=end)
    for at, stage in zip(looks, stages, strict=True):
        told = lifecycle.fold(machine, facts, as_of=at)
        assert lifecycle.stage_at(machine, facts, as_of=at) == told.stage == stage
        assert line.at(at).stage == stage
        assert line.corrections(told) == ()
        assert line.role_corrections(told) == ()
    past = [one for one in facts if one.at <= looks[0]]
    assert lifecycle.fold(machine, past, as_of=looks[0]) == lifecycle.fold(machine, facts, as_of=looks[0])
    place = rng.randint(0, len(facts))
    first, second = facts[:place], facts[place:]
    looked = max([looks[0], *(one.at for one in first)])
    state = lifecycle.fold(machine, first, as_of=looked).state
    rest = lifecycle.fold(machine, second, as_of=end, start=state, history=first)
    assert answers(rest) == answers(line)
    assert rest.state == line.state


@pytest.mark.parametrize("name", ZONES)
def test_deadlines_are_when_the_wall_shows_them(name: str) -> None:
    """The first instant that shows the day and time that is meant, or the first after a gap that skips it."""
    rng = random.Random(name)
    for turn in turning_points(name, rng):
        for count in (1, 30):
            for _ in range(4):
                start = turn - count * days(1) + rng.randint(-5, 5) * QUARTER
                meant = local(start, name).replace(tzinfo=None) + count * days(1)
                due = later(start, local_days(count, name))
                shown = local(due, name)
                if shown.replace(tzinfo=None) == meant:
                    assert shown.fold == 0
                else:
                    before = local(due - TICK, name).replace(tzinfo=None)
                    assert before < meant < shown.replace(tzinfo=None)


@pytest.mark.parametrize("name", [*ODD, "UTC", "Asia/Shanghai"])
def test_a_year_from_a_leap_day_ends_on_the_28th(name: str) -> None:
    """And four years from it on the 29th, counted from the original day, in a lifecycle too."""
    leap = dt.datetime(2024, 2, 29, 12, tzinfo=zone(name))
    bought = [Activity(ActivityId("1"), CustomerId("c"), "purchase", leap)]
    for count, day in ((1, 28), (3, 28), (4, 29)):
        due = dt.datetime(2024 + count, 2, day, 12, tzinfo=zone(name))
        machine = machine_of(years(count, name), months(1, name), months(1, name))

        assert lifecycle.stage_at(machine, bought, as_of=due - TICK) == "b"
        assert lifecycle.stage_at(machine, bought, as_of=due) == "c"
        columns = columns_of(bought)
        assert bulk.stage_history(machine, columns, as_of=[due - TICK, due]).tolist() == [["b", "c"]]
