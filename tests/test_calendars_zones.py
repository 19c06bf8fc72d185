"""Laws of wall time and instants, around the clock changes of a pool of nasty zones."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.calendars import from_wall, local, zone
from crmkit.errors import InvalidValue, UnknownName
from nasty_zones import instants_near_changes

WALLS = st.builds(
    dt.datetime,
    st.sampled_from((2011, 2018, 2024)),
    st.sampled_from((2, 3, 4, 10, 11, 12)),
    st.integers(1, 28),
    st.integers(0, 23),
    st.sampled_from((0, 15, 30, 45)),
)


@given(instants_near_changes())
def test_an_instant_comes_back_from_the_wall_unless_the_wall_shows_it_twice(
    placed: tuple[str, dt.datetime],
) -> None:
    """One of the two readings of what the wall shows at an instant is that instant."""
    name, at = placed
    wall = local(at, name).replace(tzinfo=None)

    assert at in (from_wall(wall, name), from_wall(wall, name, latest=True))


@given(instants_near_changes())
def test_of_two_equal_wall_times_the_first_comes_first(placed: tuple[str, dt.datetime]) -> None:
    """The latest reading is never before the first, and both show the same wall."""
    name, at = placed
    wall = local(at, name).replace(tzinfo=None)
    first, second = from_wall(wall, name), from_wall(wall, name, latest=True)

    assert first <= at <= second
    assert local(first, name).replace(tzinfo=None) == local(second, name).replace(tzinfo=None) == wall


@given(instants_near_changes(), st.integers(0, 200), st.booleans())
def test_reading_the_wall_is_monotone(placed: tuple[str, dt.datetime], minutes: int, latest: bool) -> None:
    """A later wall time is never an earlier instant, skipped and doubled times included."""
    name, at = placed
    wall = local(at, name).replace(tzinfo=None)
    after = wall + dt.timedelta(minutes=minutes)

    assert from_wall(wall, name, latest=latest) <= from_wall(after, name, latest=latest)


@given(instants_near_changes(), st.integers(-200, 200))
def test_a_skipped_wall_time_becomes_the_first_instant_that_exists(
    placed: tuple[str, dt.datetime], minutes: int
) -> None:
    """What is read either shows the wall time asked for, or is where the clock jumped over it."""
    name, at = placed
    wall = local(at, name).replace(tzinfo=None) + dt.timedelta(minutes=minutes)
    read = from_wall(wall, name)
    before = local(read - dt.timedelta(seconds=1), name).replace(tzinfo=None)

    shown = local(read, name).replace(tzinfo=None)
    assert shown == wall or before < wall < shown


@pytest.mark.parametrize(
    ("name", "wall", "first", "second"),
    [
        ("Europe/Berlin", "2024-03-31T02:30", "2024-03-31T01:00", "2024-03-31T01:00"),
        ("Europe/Berlin", "2024-10-27T02:30", "2024-10-27T00:30", "2024-10-27T01:30"),
        ("Australia/Lord_Howe", "2024-04-07T01:45", "2024-04-06T14:45", "2024-04-06T15:15"),
        ("America/Sao_Paulo", "2018-11-04T00:00", "2018-11-04T03:00", "2018-11-04T03:00"),
        ("Pacific/Apia", "2011-12-30T10:00", "2011-12-30T10:00", "2011-12-30T10:00"),
        ("Asia/Shanghai", "2024-05-01T09:00", "2024-05-01T01:00", "2024-05-01T01:00"),
    ],
)
def test_clock_changes_worth_remembering(name: str, wall: str, first: str, second: str) -> None:
    """Gaps of an hour, at midnight and of a whole day; folds of an hour and of half an hour."""
    read = dt.datetime.fromisoformat(wall)

    assert from_wall(read, name) == dt.datetime.fromisoformat(first + "+00:00")
    assert from_wall(read, name, latest=True) == dt.datetime.fromisoformat(second + "+00:00")


@given(WALLS)
def test_what_is_read_is_in_utc(wall: dt.datetime) -> None:
    """Every instant that is handed out is in UTC."""
    assert from_wall(wall, "America/New_York").tzinfo is dt.UTC


def test_local_shows_the_wall_and_stays_aware() -> None:
    """A local time still knows its zone."""
    shown = local(dt.datetime(2024, 5, 1, tzinfo=dt.UTC), "Asia/Shanghai")

    assert shown.isoformat() == "2024-05-01T08:00:00+08:00"
    assert shown.tzinfo is zone("Asia/Shanghai")
    assert isinstance(zone("Asia/Shanghai"), ZoneInfo)


def test_a_naive_time_has_no_place_on_a_wall() -> None:
    """Without a zone nobody knows which instant is meant."""
    with pytest.raises(InvalidValue, match="carries no time zone"):
        local(dt.datetime(2024, 5, 1), "UTC")


@pytest.mark.parametrize("name", ["Asia/Shanghia", "../etc/passwd", ""])
def test_an_unknown_zone_is_refused_with_the_closest_name(name: str) -> None:
    """A misspelt zone is an error that helps."""
    with pytest.raises(UnknownName) as caught:
        zone(name)

    assert caught.value.what == "time zone"
    if name.startswith("Asia"):
        assert "Did you mean 'Asia/Shanghai'?" in str(caught.value)


def test_a_wall_time_keeps_its_microseconds() -> None:
    """What the clock shows to the microsecond is an instant to the microsecond."""
    wall = dt.datetime(2024, 6, 1, 12, 0, 0, 123456)
    assert from_wall(wall, "Asia/Shanghai") == dt.datetime(2024, 6, 1, 4, 0, 0, 123456, tzinfo=dt.UTC)
