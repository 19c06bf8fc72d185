"""Ages in calendar days and months, in every IANA zone, where its clocks change and on leap days.

Each zone meets drawn conditions at one of its changes and at a leap day.  With
``HYPOTHESIS_PROFILE=long`` it meets some at every change since 1900.
"""

from __future__ import annotations

import datetime as dt
import random
from itertools import pairwise

import pytest

import conditions_pools as pools
from crmkit.calendars import clock_changes, earlier, later, local
from crmkit.conditions import A, Condition, F, bulk, compiled, evaluate, matches
from crmkit.conditions.columns import profile_columns_of
from crmkit.conditions.plain import plain
from crmkit.model import Activity, ActivityId, CustomerId
from test_lifecycle_zones import QUARTER, TICK, ZONES, durations, turning_points

VERDICT = {1: True, 0: None, -1: False}
FIELDS = {"since": "instant", "born_on": "date"}


def conditions(name: str, rng: random.Random) -> list[tuple[Condition, list[dt.timedelta | object]]]:
    """Return comparisons of ages, waits and windows with durations in a zone."""
    found: list[tuple[Condition, list[dt.timedelta | object]]] = []
    for duration in durations(name, rng):
        op = rng.choice(pools.OPS)
        window = A("use").within(duration) if rng.random() < 0.5 else A("use").before(duration)
        asked = (
            pools.compare(op, rng.choice((F.since, F.born_on)).age(), duration),
            pools.compare(op, rng.choice((F.since, F.born_on)).until(), duration),
            window.count() >= 1,
            pools.compare(op, A("use").last().age(), duration),
        )
        found += [(condition, [duration]) for condition in asked]
    return found


def subjects(
    as_of: dt.datetime, far: list[dt.timedelta | object], rng: random.Random
) -> list[dict[str, object]]:
    """Return subjects whose marks lie about as far from *as_of* as a duration is long."""
    made = []
    for place in range(8):
        centre = rng.choice((earlier, later))(as_of, far[0])  # type: ignore[arg-type]
        mark = centre + rng.choice((0, rng.randint(-8, 8), rng.randint(-600, 600))) * QUARTER
        mark += rng.choice((-1, 0, 0, 1)) * TICK
        fact = Activity(ActivityId(str(place)), CustomerId("c"), "use", mark)
        made.append({"since": mark, "born_on": mark.date(), "activities": [fact]})
    return made


@pytest.mark.parametrize("name", ZONES)
def test_every_way_agrees_in_every_zone(name: str) -> None:
    rng = random.Random(name)
    for turn in turning_points(name, rng):
        as_of = turn + rng.choice((0, rng.randint(-8, 8), rng.randint(-100, 100))) * QUARTER
        for condition, far in conditions(name, rng):
            people = subjects(as_of, far, rng)
            right = [evaluate(condition, one, as_of=as_of) for one in people]
            ask, written = compiled(condition), plain(condition, FIELDS, as_of=as_of)
            found = bulk.evaluate(condition, profile_columns_of(people, condition, as_of=as_of))
            assert [VERDICT[code] for code in found.tolist()] == right
            assert [ask(one, as_of=as_of) for one in people] == right
            true = [matches(written, one, as_of=as_of) for one in people]
            assert true == [one is True for one in right]


@pytest.mark.parametrize("name", ZONES)
def test_between_clock_changes_the_offset_is_as_told(name: str) -> None:
    """From each change on, and not an hour, a second or a microsecond before it."""
    rng = random.Random(name)
    for turn in turning_points(name, rng):
        start = turn - dt.timedelta(days=rng.randint(0, 40), microseconds=rng.randint(0, 10**9))
        end = turn + dt.timedelta(days=rng.randint(0, 40))
        told = clock_changes(name, start, end)
        assert told[0][0] == start
        assert all(one[1] != other[1] for one, other in pairwise(told))
        for (since, offset), (until, _) in pairwise([*told, (end + TICK, None)]):
            looks = [since, until - TICK, *(since + rng.random() * (until - since) for _ in range(20))]
            assert {local(min(at, until - TICK), name).utcoffset() for at in looks} == {offset}
