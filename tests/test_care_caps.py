"""Laws of caps: windows, free slots, and the fixpoint that joins gates."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from care_world import exceeded
from crmkit.calendars import days, hours
from crmkit.care import (
    Cap,
    Window,
    calendar_day,
    calendar_month,
    calendar_week,
    rolling,
    tumbling,
)
from crmkit.care.caps import Gate, cap_gate, first_open, period
from crmkit.conditions import from_json, to_json
from crmkit.errors import InvalidValue, UnknownName
from nasty_zones import ZONES, instants_near_changes

START = dt.datetime(2024, 3, 28, tzinfo=dt.UTC)
INSTANTS = st.integers(0, 40).map(lambda place: START + hours(6) * place)
SENDS = st.lists(INSTANTS, max_size=7)
WINDOWS = st.sampled_from(
    (
        rolling(days(1)),
        rolling(days(3)),
        tumbling(days(2)),
        tumbling(hours(30), start=START),
        calendar_day(),
        calendar_day("Asia/Shanghai"),
        calendar_week(),
        calendar_week("UTC", week_start="sun"),
        calendar_month("Pacific/Apia"),
    )
)
CAPS = st.builds(Cap, st.integers(1, 3), WINDOWS)


@given(CAPS, SENDS, INSTANTS, st.sampled_from(ZONES))
def test_a_free_slot_never_makes_a_cap_exceeded(
    cap: Cap, sends: list[dt.datetime], at: dt.datetime, zone: str
) -> None:
    """Adding one send at the slot leaves a cap that was kept kept, sends that lie ahead included."""
    slot = cap_gate(cap, sends, zone=zone)(at)

    assert slot is not None
    assert slot >= at
    if not exceeded(cap, sends, zone):
        assert not exceeded(cap, [*sends, slot], zone)


@given(CAPS, SENDS, INSTANTS, st.sampled_from(ZONES))
def test_no_slot_before_it_is_free(cap: Cap, sends: list[dt.datetime], at: dt.datetime, zone: str) -> None:
    """Every earlier instant on the grid would exceed the cap."""
    if exceeded(cap, sends, zone):
        return
    slot = cap_gate(cap, sends, zone=zone)(at)
    assert slot is not None
    between = itertools.takewhile(lambda one: one < slot, (at + hours(3) * place for place in range(400)))
    assert all(exceeded(cap, [*sends, one], zone) for one in between)


@given(CAPS, SENDS, INSTANTS, INSTANTS, st.sampled_from(ZONES))
def test_gates_are_monotone(
    cap: Cap, sends: list[dt.datetime], a: dt.datetime, b: dt.datetime, zone: str
) -> None:
    """Asking later never gives an earlier slot, and a slot is free when it comes."""
    gate = cap_gate(cap, sends, zone=zone)
    early, late = sorted((a, b))
    first, second = gate(early), gate(late)

    assert first is not None
    assert second is not None
    assert first <= second
    assert gate(first) == first


@given(st.lists(CAPS, min_size=1, max_size=3), SENDS, INSTANTS)
def test_the_order_of_gates_does_not_matter(
    caps: list[Cap], sends: list[dt.datetime], at: dt.datetime
) -> None:
    """The fixpoint is the first instant that every gate allows, in whatever order they are asked."""
    gates: list[Gate] = [cap_gate(cap, sends, zone="Europe/Berlin") for cap in caps]
    found = {first_open(at, order) for order in itertools.permutations(gates)}

    assert len(found) == 1
    [allowed] = found
    assert allowed is not None
    assert all(gate(allowed) == allowed for gate in gates)


@given(st.integers(1, 3), SENDS)
def test_the_next_slot_of_a_rolling_cap(limit: int, sends: list[dt.datetime]) -> None:
    """After the last of them it is ``sends[-limit] + window``."""
    sends = sorted(sends)
    if len(sends) < limit or exceeded(Cap(limit, rolling(days(3))), sends, "UTC"):
        return
    slot = cap_gate(Cap(limit, rolling(days(3))), sends, zone=None)(sends[-1])

    assert slot == max(sends[-1], sends[-limit] + days(3))


@given(instants_near_changes(hours=100), WINDOWS)
def test_a_period_holds_its_instant(placed: tuple[str, dt.datetime], window: Window) -> None:
    """An instant lies in its period, and periods follow each other without gaps."""
    zone, at = placed
    if window.kind == "rolling":
        return
    where = window.zone or zone
    begin, end = period(window, at, where)

    assert begin <= at < end
    assert period(window, begin, where) == (begin, end)
    assert period(window, end, where)[0] == end


@pytest.mark.parametrize(
    ("window", "at", "begin", "end"),
    [
        (calendar_day("Europe/Berlin"), "2024-03-31T05:00", "2024-03-30T23:00", "2024-03-31T22:00"),
        (calendar_week("UTC"), "2024-03-31T05:00", "2024-03-25T00:00", "2024-04-01T00:00"),
        (calendar_week("UTC", week_start="sun"), "2024-03-31T05:00", "2024-03-31T00:00", "2024-04-07T00:00"),
        (calendar_month("UTC"), "2024-12-31T05:00", "2024-12-01T00:00", "2025-01-01T00:00"),
        (calendar_month("UTC"), "2024-02-29T05:00", "2024-02-01T00:00", "2024-03-01T00:00"),
        (tumbling(days(7)), "2024-03-31T05:00", "2024-03-28T00:00", "2024-04-04T00:00"),
        (calendar_day("Pacific/Apia"), "2011-12-30T11:00", "2011-12-30T10:00", "2011-12-31T10:00"),
    ],
)
def test_periods_worth_remembering(window: Window, at: str, begin: str, end: str) -> None:
    """A short day, both weeks, month ends, weeks since 1970, the day after a skipped one."""
    told = tuple(dt.datetime.fromisoformat(text + "+00:00") for text in (at, begin, end))

    assert period(window, told[0], window.zone or "UTC") == told[1:]


def test_a_midnight_that_comes_twice_begins_one_day() -> None:
    """Arizona showed the first of January 1944 twice; the hour in between belongs to it once."""
    begins = dt.datetime(1944, 1, 1, 6, tzinfo=dt.UTC)

    for ahead in (0, 1, 30, 60, 90):
        at = begins + dt.timedelta(minutes=ahead)
        assert period(calendar_day(), at, "America/Phoenix")[0] == begins


def test_zero_allows_none_and_absent_means_no_cap() -> None:
    """A limit of 0 never opens; no gates at all are open now."""
    assert cap_gate(Cap(0, rolling(days(1))), [], zone=None)(START) is None
    assert first_open(START, [cap_gate(Cap(0, rolling(days(1))), [], zone=None)]) is None
    assert first_open(START, []) == START


def test_a_cap_counts_what_it_covers() -> None:
    """Without purposes and channels it covers all."""
    cap = Cap(1, rolling(days(1)), purposes=["marketing"], channels=("sms", "call"))

    assert cap.covers(purpose="marketing", channel="sms")
    assert not cap.covers(purpose="service", channel="sms")
    assert not cap.covers(purpose="marketing", channel="email")
    assert Cap(1, rolling(days(1))).covers(purpose="anything", channel="anywhere")


def test_a_customers_own_day_needs_their_zone() -> None:
    """Without one there is no answer, rather than a wrong one."""
    with pytest.raises(InvalidValue, match="needs their zone"):
        cap_gate(Cap(1, calendar_day()), [], zone=None)
    assert cap_gate(Cap(1, calendar_day("UTC")), [START], zone=None)(START) == START + days(1)


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: rolling(days(0)), InvalidValue, "has a length"),
        (lambda: tumbling(days(-1)), InvalidValue, "has a length"),
        (lambda: Window(kind="day", length=days(1)), InvalidValue, "has a length"),
        (lambda: Window(kind="dya"), UnknownName, "Did you mean 'day'"),
        (lambda: calendar_day("Asia/Shanghia"), UnknownName, "Asia/Shanghai"),
        (lambda: calendar_week(week_start="monday"), UnknownName, "Did you mean 'mon'"),
        (lambda: Cap(-1, rolling(days(1))), InvalidValue, "0 or more"),
        (lambda: tumbling(days(1), start=dt.datetime(2024, 1, 1)), InvalidValue, "carries no time zone"),
    ],
)
def test_bad_caps_are_refused(make: object, error: type[Exception], says: str) -> None:
    """Each message says what to do."""
    assert callable(make)
    with pytest.raises(error, match=says):
        make()


@given(CAPS)
def test_a_cap_survives_json(cap: Cap) -> None:
    """The JSON round trip is identity."""
    assert from_json(to_json(cap), Cap) == cap


def test_caps_read_aloud() -> None:
    """They print as people say them."""
    assert str(Cap(2, rolling(days(7)))) == "at most 2 in 7 days"
    assert str(Cap(1, calendar_day())) == "at most 1 in a calendar day"
    assert str(Cap(1, tumbling(days(7)))) == "at most 1 in 7 days in a row"
