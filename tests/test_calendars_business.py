"""Laws of business hours: deadlines and elapsed time are exact inverses, in any zone."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.calendars import WEEKDAYS, Calendar, days, deadline, elapsed, hours, is_open, local, minutes
from crmkit.errors import Contradiction, InvalidValue, UnknownName
from crmkit.model import digest, from_json, to_json
from nasty_zones import ZONES, instants_near_changes

DAY_HOURS = st.sampled_from(
    (
        (),
        ("09:00-18:00",),
        ("09:00-12:00", "13:00-18:00"),
        ("22:00-06:00",),
        ("00:00-24:00",),
        ("00:30-02:30",),
        ("02:00-02:30", "02:30-03:00"),
    )
)
DATES = st.sampled_from([dt.date(2024, 3, 28) + dt.timedelta(days=ahead) for ahead in range(7)])
DURATIONS = st.sampled_from(
    (
        minutes(0),
        minutes(1),
        minutes(90),
        hours(8),
        hours(9),
        hours(40),
        days(3),
        dt.timedelta(microseconds=1),
    )
)


@st.composite
def calendars(draw: st.DrawFn, *, zone: str | None = None) -> Calendar:
    week = draw(st.lists(DAY_HOURS, min_size=7, max_size=7).filter(any))
    return Calendar(
        zone=zone or draw(st.sampled_from(ZONES)),
        hours=dict(zip(WEEKDAYS, week, strict=True)),
        holidays=draw(st.lists(DATES, max_size=3)),
        exceptions=draw(st.dictionaries(DATES, DAY_HOURS, max_size=2)),
    )


@st.composite
def placed_calendars(draw: st.DrawFn) -> tuple[Calendar, dt.datetime]:
    zone, at = draw(instants_near_changes(hours=100))
    return draw(calendars(zone=zone)), at


@given(placed_calendars(), DURATIONS)
def test_elapsed_of_deadline_is_the_duration(
    placed: tuple[Calendar, dt.datetime], duration: dt.timedelta
) -> None:
    """elapsed(start, deadline(start, d)) = d, to the microsecond."""
    calendar, start = placed

    assert elapsed(calendar, start, deadline(calendar, start, duration)) == duration


@given(placed_calendars(), st.integers(0, 10_000))
def test_deadline_of_elapsed_is_the_last_open_instant(
    placed: tuple[Calendar, dt.datetime], ahead: int
) -> None:
    """deadline(start, elapsed(start, end)) is end, or where open time stopped before it."""
    calendar, start = placed
    end = start + minutes(ahead)
    back = deadline(calendar, start, elapsed(calendar, start, end))

    assert start <= back <= end
    assert elapsed(calendar, back, end) == dt.timedelta()


@given(placed_calendars(), DURATIONS, DURATIONS)
def test_deadlines_are_monotone_and_add_up(
    placed: tuple[Calendar, dt.datetime], a: dt.timedelta, b: dt.timedelta
) -> None:
    """A longer duration is never due earlier, and two in a row are their sum."""
    calendar, start = placed
    first = deadline(calendar, start, a)

    assert (first <= deadline(calendar, start, b)) or b < a
    assert deadline(calendar, first, b) == deadline(calendar, start, a + b) or not b


@given(placed_calendars(), st.integers(0, 5_000), st.integers(0, 5_000))
def test_elapsed_adds_up_and_is_signed(placed: tuple[Calendar, dt.datetime], a: int, b: int) -> None:
    """Time from start to middle to end is time from start to end; backwards it is negative."""
    calendar, start = placed
    middle, end = start + minutes(a), start + minutes(a + b)

    whole = elapsed(calendar, start, end)
    assert elapsed(calendar, start, middle) + elapsed(calendar, middle, end) == whole
    assert elapsed(calendar, end, start) == -whole
    assert dt.timedelta() <= whole <= end - start


@given(placed_calendars(), DURATIONS, DATES)
def test_a_holiday_never_brings_a_deadline_forward(
    placed: tuple[Calendar, dt.datetime], duration: dt.timedelta, holiday: dt.date
) -> None:
    """Closing on one more day can only make things due later."""
    calendar, start = placed
    fewer = Calendar(
        zone=calendar.zone,
        hours=calendar.hours,
        holidays=(*calendar.holidays, holiday),
        exceptions=calendar.exceptions,
    )

    assert deadline(calendar, start, duration) <= deadline(fewer, start, duration)


@given(placed_calendars(), st.integers(0, 400))
def test_open_time_is_counted_minute_by_minute(placed: tuple[Calendar, dt.datetime], steps: int) -> None:
    """Elapsed time is the number of quarter hours that are open, all intervals lying on that grid."""
    calendar, start = placed
    quarter = minutes(15)
    grid = [start + place * quarter for place in range(steps)]

    open_quarters = sum(is_open(calendar, at) for at in grid)
    assert elapsed(calendar, start, start + steps * quarter) == open_quarters * quarter


@given(placed_calendars())
def test_open_is_what_the_wall_says(placed: tuple[Calendar, dt.datetime]) -> None:
    """On a day of its own hours, every instant the wall places inside an interval is open."""
    calendar, at = placed
    shown = local(at, calendar.zone)
    special = dict(calendar.exceptions)
    usual = (
        () if shown.date() in calendar.holidays else dict(calendar.hours).get(WEEKDAYS[shown.weekday()], ())
    )
    for interval in special.get(shown.date(), usual):
        start, end = interval.split("-")
        if start <= f"{shown:%H:%M}" < end:
            assert is_open(calendar, at)


@given(calendars())
def test_a_calendar_survives_json(calendar: Calendar) -> None:
    """The JSON round trip is identity, and equal calendars have equal digests."""
    again = from_json(to_json(calendar), Calendar)

    assert again == calendar
    assert digest(again) == digest(calendar)


OFFICE = Calendar(
    zone="Asia/Shanghai",
    hours={"mon-fri": ("13:00-18:00", "09:00-12:00")},
    holidays=[dt.date(2024, 5, 1), dt.date(2024, 5, 2), dt.date(2024, 5, 3)],
    exceptions={dt.date(2024, 5, 11): "09:00-12:00"},
)


def shanghai(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text + "+08:00")


@pytest.mark.parametrize(
    ("start", "duration", "due"),
    [
        ("2024-05-08T11:30", minutes(30), "2024-05-08T12:00"),  # by the end of the morning, not at 13:00
        ("2024-05-08T11:30", minutes(31), "2024-05-08T13:01"),
        ("2024-05-08T20:00", minutes(0), "2024-05-08T20:00"),
        ("2024-05-08T20:00", minutes(1), "2024-05-09T09:01"),
        ("2024-04-30T17:00", hours(2), "2024-05-06T10:00"),  # the May holiday and a weekend
        ("2024-05-10T17:00", hours(4), "2024-05-11T12:00"),  # the Saturday that was worked in return
        ("2024-05-10T17:00", hours(5), "2024-05-13T10:00"),
        ("2023-12-29T17:00", hours(2), "2024-01-01T10:00"),  # over the end of the year
    ],
)
def test_deadlines_worth_remembering(start: str, duration: dt.timedelta, due: str) -> None:
    """Lunch, evening, holidays, make-up days and new year."""
    assert deadline(OFFICE, shanghai(start), duration) == shanghai(due)


def test_an_exception_counts_on_a_holiday_too() -> None:
    """Half a day of work on a day that is a holiday otherwise, and a day off that is none."""
    may = [dt.date(2024, 5, day) for day in (1, 2, 3)]
    shop = Calendar(
        zone="UTC",
        hours={"mon-sun": "09:00-18:00"},
        holidays=may[:2],
        exceptions={may[1]: "10:00-12:00", may[2]: ()},
    )
    start = dt.datetime(2024, 5, 1, tzinfo=dt.UTC)

    assert elapsed(shop, start, start + days(3)) == hours(2)


def test_of_two_equal_closing_times_the_second_closes() -> None:
    """A bar open from one to half past two has a longer night when the clock is set back at three."""
    bar = Calendar(zone="Europe/Berlin", hours={"sun": "01:00-02:30"})
    night = dt.datetime(2024, 10, 26, 20, tzinfo=dt.UTC)

    assert elapsed(bar, night, night + hours(12)) == hours(2) + minutes(30)
    assert is_open(bar, dt.datetime(2024, 10, 27, 1, 29, tzinfo=dt.UTC))
    assert not is_open(bar, dt.datetime(2024, 10, 27, 1, 30, tzinfo=dt.UTC))


def test_a_night_shift_runs_into_the_next_day_and_year() -> None:
    """Hours that wrap midnight belong to the day they begin on."""
    night = Calendar(zone="UTC", hours={"sun": "22:00-06:00"})
    evening = dt.datetime(2023, 12, 31, 20, tzinfo=dt.UTC)

    assert deadline(night, evening, hours(8)) == dt.datetime(2024, 1, 1, 6, tzinfo=dt.UTC)
    assert is_open(night, dt.datetime(2024, 1, 1, 5, 59, tzinfo=dt.UTC))
    assert not is_open(night, dt.datetime(2024, 1, 1, 6, tzinfo=dt.UTC))
    assert deadline(night, evening, hours(9)) == dt.datetime(2024, 1, 7, 23, tzinfo=dt.UTC)


def test_clock_changes_lengthen_and_shorten_a_night() -> None:
    """The night of the change has nine or seven hours between the same wall times."""
    night = Calendar(zone="Europe/Berlin", hours={"mon-sun": "22:00-06:00"})
    autumn, spring = (dt.datetime(*day, 12, tzinfo=dt.UTC) for day in ((2024, 10, 26), (2024, 3, 30)))

    assert elapsed(night, autumn, autumn + hours(24)) == hours(9)
    assert elapsed(night, spring, spring + hours(24)) == hours(7)


def test_a_skipped_day_has_no_open_time() -> None:
    """Samoa had no 30 December 2011: it went straight from Thursday to Saturday."""
    shop = Calendar(zone="Pacific/Apia", hours={"mon-sun": "09:00-17:00"})
    thursday = dt.datetime(2011, 12, 29, 19, tzinfo=dt.UTC)  # 09:00 there

    assert deadline(shop, thursday, hours(9)) == dt.datetime(2011, 12, 30, 20, tzinfo=dt.UTC)


def test_adjoining_intervals_are_one() -> None:
    """Around the clock is around the clock, whatever it is put together from."""
    always = Calendar(zone="Europe/Berlin", hours={"mon-sun": ("00:00-12:00", "12:00-24:00")})
    start = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)

    assert deadline(always, start, days(1000)) == start + days(1000)
    assert all(is_open(always, start + hours(n)) for n in range(48))


def test_a_year_that_begins_twice_is_counted_once() -> None:
    """Arizona set its clocks from 00:01 on 1 January 1944 back to 23:01 on 31 December."""
    always = Calendar(zone="America/Phoenix", hours={"mon-sun": "00:00-24:00"})
    begins = dt.datetime(1944, 1, 1, 6, tzinfo=dt.UTC)  # the first of two midnights

    for ahead in range(-90, 90, 7):
        at = begins + minutes(ahead)
        assert elapsed(always, begins - hours(3), at) == hours(3) + minutes(ahead)
        assert deadline(always, at, minutes(50)) == at + minutes(50)
        assert is_open(always, at)


def test_a_year_begins_closed() -> None:
    """Before the first open hour of a year there is none of it."""
    start = dt.datetime(2023, 12, 31, 16, tzinfo=dt.UTC)  # midnight of new year in Shanghai

    assert not is_open(OFFICE, start)
    assert elapsed(OFFICE, start, start + hours(1)) == hours(0)
    assert deadline(OFFICE, start, hours(1)) == start + hours(10)


@pytest.mark.parametrize(
    ("hours_", "error", "says"),
    [
        ({}, InvalidValue, "needs open hours"),
        ({"mon": ()}, InvalidValue, "needs open hours"),
        ({"mon": "09:00-09:00"}, InvalidValue, "never open"),
        ({"mon": "24:00-09:00"}, InvalidValue, "never open"),
        ({"mon": "9-17"}, InvalidValue, "HH:MM"),
        ({"mon": "09:00"}, InvalidValue, "HH:MM-HH:MM"),
        ({"mon": ("09:00-12:00", "11:00-13:00")}, Contradiction, "overlap"),
        ({"mon-fri": "09:00-12:00", "tue": "09:00-10:00"}, Contradiction, "'tue' are given twice"),
        ({"monday": "09:00-12:00"}, UnknownName, "Did you mean 'mon'"),
        ({"fri-mon": "09:00-12:00"}, InvalidValue, "mon-fri"),
        ({"mon-wed-fri": "09:00-12:00"}, InvalidValue, "mon-fri"),
    ],
)
def test_bad_hours_are_refused_at_once(hours_: dict[str, object], error: type[Exception], says: str) -> None:
    """No open hours, never open, overlapping, misspelt: each says what to do."""
    with pytest.raises(error, match=says):
        Calendar(zone="UTC", hours=hours_)  # type: ignore[arg-type]


def test_other_bad_calendars_are_refused_at_once() -> None:
    """A misspelt zone, an instant for a date, a date with two exceptions, a bad exception."""
    week = {"mon": "09:00-12:00"}
    day = dt.date(2024, 5, 1)
    with pytest.raises(UnknownName):
        Calendar(zone="Asia/Shanghia", hours=week)
    with pytest.raises(InvalidValue, match="is a date, got datetime"):
        Calendar(zone="UTC", hours=week, holidays=[dt.datetime(2024, 5, 1, tzinfo=dt.UTC)])
    with pytest.raises(Contradiction, match="two exceptions"):
        Calendar(zone="UTC", hours=week, exceptions=[(day, ["09:00-10:00"]), (day, ["11:00-12:00"])])
    with pytest.raises(InvalidValue, match="never open"):
        Calendar(zone="UTC", hours=week, exceptions={day: "09:00-09:00"})


def test_a_deadline_needs_a_duration_ahead_and_a_year_in_reach() -> None:
    """A negative duration and an answer beyond the counted years are errors."""
    start = dt.datetime(2024, 5, 1, tzinfo=dt.UTC)
    with pytest.raises(InvalidValue, match="0 or more"):
        deadline(OFFICE, start, minutes(-1))
    with pytest.raises(InvalidValue, match="not in 3000"):
        deadline(OFFICE, dt.datetime(2999, 12, 1, tzinfo=dt.UTC), days(365))
    with pytest.raises(InvalidValue, match="carries no time zone"):
        elapsed(OFFICE, dt.datetime(2024, 5, 1), start)
