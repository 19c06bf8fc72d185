"""Laws of quiet hours, around the clock changes of a pool of nasty zones."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.calendars import Quiet, is_quiet, local, quiet_until
from crmkit.errors import InvalidValue
from nasty_zones import changes, instants_near_changes

TIMES = st.sampled_from(("00:00", "00:30", "01:45", "02:00", "02:30", "03:00", "09:00", "21:00", "23:59"))
QUIET = st.tuples(TIMES, TIMES).filter(lambda ends: ends[0] != ends[1]).map(lambda ends: Quiet(*ends))
MINUTE = dt.timedelta(minutes=1)


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text + "+00:00")


def on_the_wall(quiet: Quiet, instant: dt.datetime, zone: str) -> bool:
    """Return whether the wall alone says quiet: what no clock change may contradict."""
    shown = f"{local(instant, zone):%H:%M}"
    if quiet.start < quiet.end:
        return quiet.start <= shown < quiet.end
    return shown >= quiet.start or shown < quiet.end


@given(instants_near_changes(), QUIET)
def test_whenever_the_wall_says_quiet_it_is(placed: tuple[str, dt.datetime], quiet: Quiet) -> None:
    """No instant whose wall time lies in ``[start, end)`` is ever open."""
    zone, instant = placed

    assert is_quiet(quiet, instant, zone=zone) or not on_the_wall(quiet, instant, zone)


@given(instants_near_changes(), QUIET)
def test_quiet_ends_at_the_first_instant_allowed(placed: tuple[str, dt.datetime], quiet: Quiet) -> None:
    """The release is not quiet, and every minute before it is."""
    zone, instant = placed
    release = quiet_until(quiet, instant, zone=zone)

    assert release >= instant
    assert not is_quiet(quiet, release, zone=zone)
    waiting = int((release - instant) / MINUTE)
    for wait in {0, 1, 59, 60, 61, waiting // 2, waiting - 1} & set(range(waiting)):
        assert is_quiet(quiet, instant + wait * MINUTE, zone=zone)


@given(instants_near_changes(), QUIET, st.integers(0, 300))
def test_quiet_until_is_monotone_and_settles(
    placed: tuple[str, dt.datetime], quiet: Quiet, wait: int
) -> None:
    """Asking later never gives an earlier release, and the release is released."""
    zone, instant = placed
    release = quiet_until(quiet, instant, zone=zone)

    assert release <= quiet_until(quiet, instant + wait * MINUTE, zone=zone)
    assert quiet_until(quiet, release, zone=zone) == release


@given(instants_near_changes(), QUIET)
def test_far_from_clock_changes_the_wall_is_all_there_is(
    placed: tuple[str, dt.datetime], quiet: Quiet
) -> None:
    """Where no clock changes within two days, quiet is what the wall shows."""
    zone, instant = placed
    if any(abs(change - instant) < dt.timedelta(days=2) for change in changes(zone)):
        instant += dt.timedelta(days=9)
    if any(abs(change - instant) < dt.timedelta(days=2) for change in changes(zone)):
        return

    assert is_quiet(quiet, instant, zone=zone) == on_the_wall(quiet, instant, zone)


@pytest.mark.parametrize(
    ("start", "end", "zone", "asked", "release"),
    [
        ("21:00", "09:00", "Asia/Shanghai", "2024-05-01T12:59", "2024-05-01T12:59"),
        ("21:00", "09:00", "Asia/Shanghai", "2024-05-01T13:00", "2024-05-02T01:00"),
        ("21:00", "09:00", "Asia/Shanghai", "2024-05-01T01:00", "2024-05-01T01:00"),
        ("12:00", "14:00", "Asia/Shanghai", "2024-05-01T05:00", "2024-05-01T06:00"),
        # 02:30 comes twice: quiet ends at the second
        ("21:00", "02:30", "Europe/Berlin", "2024-10-26T23:00", "2024-10-27T01:30"),
        ("21:00", "02:30", "Europe/Berlin", "2024-10-27T00:45", "2024-10-27T01:30"),
        # … and begins at the first
        ("02:30", "05:00", "Europe/Berlin", "2024-10-27T01:15", "2024-10-27T04:00"),
        # 02:30 does not exist: it ends and begins at 03:00
        ("21:00", "02:30", "Europe/Berlin", "2024-03-31T00:59", "2024-03-31T01:00"),
        ("02:30", "05:00", "Europe/Berlin", "2024-03-31T00:59", "2024-03-31T00:59"),
        ("02:30", "05:00", "Europe/Berlin", "2024-03-31T01:00", "2024-03-31T03:00"),
        # a day that never was
        ("21:00", "09:00", "Pacific/Apia", "2011-12-30T09:00", "2011-12-30T19:00"),
        # midnight does not exist
        ("22:00", "00:00", "America/Sao_Paulo", "2018-11-04T02:00", "2018-11-04T03:00"),
    ],
)
def test_nights_worth_remembering(start: str, end: str, zone: str, asked: str, release: str) -> None:
    """Plain nights, doubled and skipped ends, a skipped day, a skipped midnight."""
    assert quiet_until(Quiet(start, end), at(asked), zone=zone) == at(release)


def test_the_second_of_two_equal_local_times_is_asked_as_itself() -> None:
    """A datetime that carries its zone and its fold is told from its twin."""
    first = local(at("2024-10-27T00:15"), "Europe/Berlin")
    second = local(at("2024-10-27T01:15"), "Europe/Berlin")
    quiet = Quiet("21:00", "02:00")

    assert first == second  # Python compares the wall only
    assert quiet_until(quiet, first, zone="Europe/Berlin") == at("2024-10-27T01:00")
    assert quiet_until(quiet, second, zone="Europe/Berlin") == at("2024-10-27T01:15")
    assert not is_quiet(quiet, second, zone="Europe/Berlin")


@pytest.mark.parametrize("ends", [("21:00", "21:00"), ("9:00", "10:00"), ("09:00", "24:00"), ("24:30", "1")])
def test_bad_quiet_hours_are_refused(ends: tuple[str, str]) -> None:
    """Equal ends, sloppy times and times that do not exist."""
    with pytest.raises(InvalidValue):
        Quiet(*ends)


def test_quiet_hours_read_aloud() -> None:
    """They print as people write them."""
    assert str(Quiet("21:00", "09:00")) == "21:00–09:00"
