"""Laws of durations: elapsed, calendar days and months, over clock changes and leap days."""

from __future__ import annotations

import calendar
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.calendars import (
    Duration,
    LocalDays,
    Months,
    days,
    earlier,
    hours,
    later,
    local,
    local_days,
    minutes,
    months,
    years,
)
from crmkit.errors import InvalidValue, UnknownName
from nasty_zones import ZONES, instants_near_changes

NOON = dt.datetime(2024, 1, 31, 12, tzinfo=dt.UTC)
FAR_FROM_CHANGES = st.builds(
    dt.datetime,
    st.sampled_from((2023, 2024)),
    st.sampled_from((1, 2, 3)),
    st.integers(1, 28),
    st.sampled_from((0, 12, 23)),
    tzinfo=st.just(dt.UTC),
)


def day_length(at: dt.datetime) -> int:
    return calendar.monthrange(at.year, at.month)[1]


@given(instants_near_changes(), st.integers(0, 400))
def test_elapsed_days_are_24_hours_each(placed: tuple[str, dt.datetime], count: int) -> None:
    """No clock change makes an elapsed duration longer or shorter."""
    _, at = placed

    assert later(at, days(count)) - at == dt.timedelta(hours=24 * count)


@given(instants_near_changes(), st.integers(0, 3))
def test_calendar_days_keep_the_wall_time_where_it_exists(
    placed: tuple[str, dt.datetime], count: int
) -> None:
    """A calendar day later the wall shows the same time, or the first one after a gap."""
    name, at = placed
    wall = local(at, name).replace(tzinfo=None) + dt.timedelta(days=count)
    moved = local(later(at, local_days(count, name)), name).replace(tzinfo=None)

    assert moved >= wall
    assert moved == wall or count > 0


@given(instants_near_changes(), st.integers(0, 30))
def test_months_are_counted_from_the_original_day(placed: tuple[str, dt.datetime], count: int) -> None:
    """The day of the month is the original one, or the month's last, whatever lies between."""
    name, at = placed
    wall, moved = local(at, name), local(later(at, months(count, name)), name)
    target = (wall.year * 12 + wall.month - 1 + count) // 12, (wall.month - 1 + count) % 12 + 1
    day = min(wall.day, calendar.monthrange(*target)[1])

    assert (moved.year, moved.month) == target or moved.day == 1
    assert moved.day == day or name in ("Pacific/Apia", "America/Sao_Paulo")


@given(st.sampled_from((1, 28, 29, 30, 31)), st.integers(0, 40), st.integers(0, 40))
def test_months_are_monotone_in_their_count(day: int, a: int, b: int) -> None:
    """More months never lead to an earlier instant."""
    at = dt.datetime(2024, 1, day, tzinfo=dt.UTC)

    assert (later(at, months(a)) <= later(at, months(b))) == (a <= b)


@given(FAR_FROM_CHANGES, st.integers(0, 10))
def test_years_are_twelve_months(at: dt.datetime, count: int) -> None:
    """A year is twelve months, 29 February included."""
    assert years(count) == months(12 * count)
    assert later(at, years(count)) == later(at, months(12 * count))


@given(FAR_FROM_CHANGES, st.integers(0, 800))
def test_earlier_undoes_later_for_elapsed_time_and_plain_days(at: dt.datetime, count: int) -> None:
    """Where no clock changes and no month is short, there and back is where one was."""
    for duration in (days(count), local_days(count, "UTC"), local_days(count, "Asia/Shanghai")):
        assert earlier(later(at, duration), duration) == at


@given(st.sampled_from(ZONES), instants_near_changes())
def test_no_time_at_all_changes_nothing(name: str, placed: tuple[str, dt.datetime]) -> None:
    """A duration of nothing leads back to the same instant, in UTC, even to the second of two walls."""
    _, at = placed
    for nothing in (days(0), local_days(0, name), months(0, name)):
        assert later(at, nothing) == earlier(at, nothing) == at
        assert later(at, nothing).tzinfo is dt.UTC


def test_months_worth_remembering() -> None:
    """Month ends, leap days and the way back."""
    assert later(NOON, months(1)).date() == dt.date(2024, 2, 29)
    assert later(NOON, months(2)).date() == dt.date(2024, 3, 31)
    assert earlier(NOON, months(2)).date() == dt.date(2023, 11, 30)
    leap = dt.datetime(2024, 2, 29, tzinfo=dt.UTC)
    assert [later(leap, years(n)).date().isoformat() for n in (1, 3, 4)] == [
        "2025-02-28",
        "2027-02-28",
        "2028-02-29",
    ]


def test_calendar_days_over_a_clock_change() -> None:
    """A day has 23 hours in spring, 25 in autumn, and a skipped time becomes the first that exists."""
    spring = dt.datetime(2024, 3, 30, 1, 30, tzinfo=dt.UTC)  # 02:30 in Berlin
    autumn = dt.datetime(2024, 10, 26, 10, tzinfo=dt.UTC)

    assert later(spring, local_days(1, "Europe/Berlin")) - spring == hours(23) + minutes(30)
    assert later(autumn, local_days(1, "Europe/Berlin")) - autumn == hours(25)


def test_short_names_say_what_they_make() -> None:
    """Each short name is the value it stands for."""
    assert (days(2), hours(3), minutes(4)) == (
        dt.timedelta(days=2),
        dt.timedelta(hours=3),
        dt.timedelta(minutes=4),
    )
    assert local_days(2, "UTC") == LocalDays(count=2, zone="UTC")
    assert months(3) == Months(count=3, zone="UTC")


@pytest.mark.parametrize("make", [lambda: local_days(-1, "UTC"), lambda: months(-1)])
def test_a_calendar_duration_is_never_negative(make: object) -> None:
    """Backwards is `earlier`, not a negative count."""
    assert callable(make)
    with pytest.raises(InvalidValue, match="count must be a whole number, 0 or more, got -1"):
        make()


def test_an_unknown_zone_is_refused_when_the_duration_is_made() -> None:
    """A misspelt zone does not wait for the first customer."""
    with pytest.raises(UnknownName):
        months(1, "Europe/Berln")


@pytest.mark.parametrize("duration", [days(10**6), dt.timedelta.max, local_days(10**7, "UTC"), years(9999)])
def test_leaving_the_calendar_says_so(duration: Duration) -> None:
    """Beyond the year 9999 there is an error that names both, not an overflow."""
    with pytest.raises(InvalidValue, match="leaves the years 1 to 9999"):
        later(dt.datetime(9000, 1, 1, tzinfo=dt.UTC), duration)


def test_a_naive_instant_is_refused_by_calendar_durations() -> None:
    """The message is about the zone, not about the calendar's end."""
    with pytest.raises(InvalidValue, match="carries no time zone"):
        later(dt.datetime(2024, 1, 1), months(1))
