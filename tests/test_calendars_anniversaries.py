"""Laws of anniversaries, 29 February included."""

from __future__ import annotations

import calendar
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.calendars import LEAP_DAYS, anniversary, last_anniversary, next_anniversary
from crmkit.errors import UnknownName

LEAP = dt.date(2000, 2, 29)
ORIGINS = st.sampled_from((LEAP, dt.date(2000, 2, 28), dt.date(2001, 3, 1), dt.date(1999, 12, 31)))
DAYS = st.builds(
    lambda year, ahead: dt.date(year, 2, 26) + dt.timedelta(days=ahead),
    st.sampled_from((1895, 1999, 2000, 2001, 2003, 2004, 2007, 2100)),
    st.integers(0, 6),
)
POLICIES = st.sampled_from(LEAP_DAYS)


def days_by_search(on: dt.date, leap_day: str, day: dt.date, step: int) -> dt.date | None:
    """Return the nearest anniversary from *day* on, found by walking day by day."""
    for _ in range(366 * 9):
        if day.year > on.year and (day.month, day.day) == (on.month, on.day):
            return day
        if (on.month, on.day) == (2, 29) and day.year > on.year and not calendar.isleap(day.year):
            stands_in = {"feb28": (2, 28), "mar1": (3, 1), "leap_years_only": None}[leap_day]
            if (day.month, day.day) == stands_in:
                return day
        day += dt.timedelta(days=step)
    return None


@given(ORIGINS, DAYS, POLICIES)
def test_next_and_last_are_what_walking_finds(on: dt.date, day: dt.date, leap_day: str) -> None:
    """The closed form gives what a walk over the calendar gives."""
    start = max(day, on)

    assert next_anniversary(on, since=start, leap_day=leap_day) == days_by_search(on, leap_day, start, 1)
    assert last_anniversary(on, until=day, leap_day=leap_day) == days_by_search(on, leap_day, day, -1)


@given(ORIGINS, st.integers(1990, 2110), POLICIES)
def test_it_comes_once_a_year_at_most_and_never_in_its_own(on: dt.date, year: int, leap_day: str) -> None:
    """One day a year, in that year, on the day itself unless that is 29 February."""
    day = anniversary(on, year, leap_day=leap_day)
    if year <= on.year:
        assert day is None
    elif on == LEAP and not calendar.isleap(year):
        assert (day is None) == (leap_day == "leap_years_only")
    else:
        assert day == dt.date(year, on.month, on.day)


@pytest.mark.parametrize(
    ("leap_day", "expected"),
    [("feb28", dt.date(2023, 2, 28)), ("mar1", dt.date(2023, 3, 1)), ("leap_years_only", None)],
)
def test_29_february_by_policy(leap_day: str, expected: dt.date | None) -> None:
    """In a common year the policy decides; in a leap year the day is the day."""
    assert anniversary(LEAP, 2023, leap_day=leap_day) == expected
    assert anniversary(LEAP, 2024, leap_day=leap_day) == dt.date(2024, 2, 29)


def test_between_1896_and_1904_there_is_no_leap_day() -> None:
    """Eight years pass without one, and it is still found."""
    born_on = dt.date(1888, 2, 29)

    found = next_anniversary(born_on, since=dt.date(1896, 3, 1), leap_day="leap_years_only")
    assert found == dt.date(1904, 2, 29)
    before = last_anniversary(born_on, until=dt.date(1904, 2, 28), leap_day="leap_years_only")
    assert before == dt.date(1896, 2, 29)


def test_the_ends_of_the_calendar_have_no_anniversary_beyond() -> None:
    """Nothing comes again after the year 9999, and nothing did before it first was."""
    assert next_anniversary(dt.date(2000, 1, 1), since=dt.date(9999, 6, 1)) is None
    assert next_anniversary(dt.date(9999, 1, 1), since=dt.date(2000, 1, 1)) is None
    assert last_anniversary(dt.date(2000, 5, 1), until=dt.date(2000, 12, 31)) is None
    assert last_anniversary(dt.date(1, 5, 1), until=dt.date(2, 1, 1)) is None


def test_an_unknown_policy_is_refused_with_the_closest_name() -> None:
    """A misspelt policy is an error that helps."""
    with pytest.raises(UnknownName, match="Did you mean 'feb28'"):
        anniversary(LEAP, 2023, leap_day="feb 28")
