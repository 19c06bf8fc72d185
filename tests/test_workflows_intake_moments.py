"""Moments: dates and times as people and programs write them, and never a guess unsaid."""

from __future__ import annotations

import datetime as dt
import os
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.errors import InvalidValue
from crmkit.workflows.intake import map_records, table_of
from crmkit.workflows.intake.moments import (
    DayOrder,
    date_reader,
    day_order,
    instant_reader,
    order_problems,
    wall_reader,
)

WALLS = st.datetimes(dt.datetime(1970, 1, 1), dt.datetime(2068, 12, 31)).map(
    lambda at: at.replace(microsecond=0)
)
DATES = st.dates(dt.date(1000, 1, 1))
ISO = DayOrder()
WORDS = st.text(alphabet="0123456789/-.: TZ年月日ampmJFebMyMonat+,", max_size=24)
PLAIN = st.from_regex(
    r"[0-9]{4}-[01][0-9]-[0-3][0-9]"
    r"([T ][0-2][0-9]:[0-6][0-9]:[0-6][0-9](\.[0-9]{1,7})?(Z|[+-][0-2][0-9](:?[0-6][0-9])?)?)?",
    fullmatch=True,
)


@given(WALLS)
def test_a_wall_time_is_read_in_every_common_form(at: dt.datetime) -> None:
    """One moment, many ways to write it."""
    read = wall_reader(DayOrder(day_first=True))
    forms = [
        "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y.%m.%d %H:%M:%S", "%Y%m%d%H%M%S",
        "%Y年%m月%d日 %H时%M分%S秒", "%Y年%m月%d日 %H:%M:%S", "%d/%m/%Y %H:%M:%S", "%d.%m.%Y, %H:%M:%S",
        "%Y-%m-%d %I:%M:%S %p", "%d %b %Y %H:%M:%S", "%B %d, %Y %I:%M:%S %p", "%a, %d %b %Y %H:%M:%S",
        "%d-%m-%y %H:%M:%S",
    ]  # fmt: skip

    assert [read(at.strftime(form)) for form in forms] == [at] * len(forms)
    assert wall_reader(ISO)(at.strftime("%m/%d/%Y %H:%M:%S")) == at
    assert read(at) == at


@given(DATES)
def test_a_date_is_its_midnight_and_its_day(day: dt.date) -> None:
    """A date alone begins its day; a birthday is the day itself."""
    midnight = dt.datetime.combine(day, dt.time())

    for value in (day, day.isoformat(), f"{day.year:04}/{day.month}/{day.day}"):
        assert wall_reader(ISO)(value) == midnight
        assert date_reader(ISO)(value) == day


@given(WALLS, st.integers(-12 * 4, 14 * 4))
def test_a_zone_in_the_cell_is_kept(at: dt.datetime, quarters: int) -> None:
    """Who says the offset means the instant, whatever --zone says."""
    offset = dt.timezone(dt.timedelta(minutes=15 * quarters))
    aware = at.replace(tzinfo=offset)

    for text in (
        aware.isoformat(),
        aware.strftime("%Y-%m-%d %H:%M:%S %z"),
        aware.strftime("%d.%m.%Y %H:%M:%S%z"),
    ):
        assert instant_reader(DayOrder(day_first=True), "Asia/Shanghai")(text) == aware
    assert instant_reader(ISO, None)(aware) == aware


@given(WALLS)
def test_a_wall_time_hangs_in_the_zone_that_is_given(at: dt.datetime) -> None:
    """Shanghai is eight hours ahead of UTC, since 1992 always."""
    if at.year >= 1992:
        read = instant_reader(ISO, "Asia/Shanghai")
        assert read(at.isoformat()) == (at - dt.timedelta(hours=8)).replace(tzinfo=dt.UTC)


@given(st.integers(10**9, 2 * 10**9))
def test_unix_times_are_utc(seconds: int) -> None:
    """Seconds, milliseconds and microseconds are told apart by their digits."""
    at = dt.datetime.fromtimestamp(seconds, dt.UTC)
    read = instant_reader(ISO, None)

    assert [
        read(one) for one in (seconds, str(seconds), seconds * 1000, str(seconds * 10**6), float(seconds))
    ] == [at] * 5


@given(WORDS)
def test_any_text_is_a_moment_or_a_clear_error(text: str) -> None:
    """Nothing but `InvalidValue` comes out, and it does not repeat the cell."""
    try:
        at = wall_reader(ISO)(text)
    except InvalidValue as refused:
        assert str(refused) == "must be a date or time such as 2024-03-31 18:05"  # noqa: PT017
    else:
        assert at is None or isinstance(at, dt.datetime)


@given(PLAIN, st.sampled_from((DayOrder(), DayOrder(day_first=True), DayOrder(serials=True))))
def test_the_form_of_programs_is_read_like_any(text: str, order: DayOrder) -> None:
    """What Python reads by itself is read as with a space behind it, which it does not."""

    def outcome(written: str) -> tuple[object, ...]:
        try:
            at = wall_reader(order)(written)
        except InvalidValue as refused:
            return (str(refused),)
        assert at is not None
        return at, at.tzinfo, at.utcoffset()

    assert outcome(text) == outcome(f"{text} ")


@given(
    st.lists(
        st.one_of(PLAIN, st.sampled_from(("13/1/2024", "1/13/2024", "5.3.2024", "45292", "1/2/24", "7")))
    )
)
def test_a_year_that_comes_first_tells_no_order(texts: list[str]) -> None:
    """Neither does it make the numbers of a column days of a spreadsheet; behind a space it is looked at closely."""
    closely = day_order([f" {text}" for text in texts])

    assert day_order(texts) == closely == day_order([text for text in texts if not re.match(r"\d{4}-", text)])


@given(st.lists(st.tuples(st.integers(1, 28), st.integers(1, 12)), min_size=1, max_size=4))
def test_a_column_of_dates_is_read_in_the_order_it_proves(days: list[tuple[int, int]]) -> None:
    """Day first or month first, whichever a value proves; else month first, and said."""
    day_first = [f"{day}/{month}/2024" for day, month in days]
    month_first = [f"{month}/{day}/2024" for day, month in days]
    proved = any(day > 12 for day, _ in days)

    assert day_order(day_first) == (DayOrder(day_first=True) if proved else DayOrder(certain=False))
    assert day_order(month_first) == (DayOrder() if proved else DayOrder(certain=False))
    if proved:
        expected = [dt.date(2024, month, day) for day, month in days]
        assert [date_reader(day_order(day_first))(text) for text in day_first] == expected
        assert [date_reader(day_order(month_first))(text) for text in month_first] == expected


def test_points_mean_day_first_and_the_year_first_needs_no_proof() -> None:
    """5.3.2024 is in March; 2024-03-05 is what it says."""
    assert day_order(["5.3.2024", None, 7]) == DayOrder(day_first=True)
    assert day_order(["2024-03-05", "2024/5/3"]) == DayOrder()
    assert day_order([]) == DayOrder()
    assert day_order(["5.3.2024", "5/3/2024"]) == DayOrder(certain=False)


def test_an_order_that_had_to_be_guessed_is_said() -> None:
    """One problem for the column, naming it and not a value."""
    table = table_of(
        [(1, {"id": "1", "生日": "5/3/1990"}), (2, {"id": "2", "生日": "5/4/1990"})], source="s.csv"
    )
    [problem] = order_problems(table, map_records(table), ("born_on", "recorded_at"))

    assert (problem.row, problem.field, problem.kept) == (0, "born_on", True)
    assert problem.reason.startswith(
        "no value of the column '生日' tells day from month; read as month/day/year"
    )


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("1/2/69", dt.datetime(1969, 1, 2)),
        ("1/2/68", dt.datetime(2068, 1, 2)),
        ("2024-1-5 下午3:07", dt.datetime(2024, 1, 5, 15, 7)),
        ("2024-1-5 上午12:00", dt.datetime(2024, 1, 5)),
        ("2024-01-05 12:30 pm", dt.datetime(2024, 1, 5, 12, 30)),
        ("2024-01-05 12:30 AM", dt.datetime(2024, 1, 5, 0, 30)),
        ("2024-01-05T08:30:00.123456789Z", dt.datetime(2024, 1, 5, 8, 30, 0, 123456, dt.UTC)),
        ("2024-01-05 08:30:00.5", dt.datetime(2024, 1, 5, 8, 30, 0, 500_000)),
        ("202401050830", dt.datetime(2024, 1, 5, 8, 30)),
        ("20240105", dt.datetime(2024, 1, 5)),
        ("5th of January 2024", dt.datetime(2024, 1, 5)),
        ("Fri Jan 5 08:30:00 UTC 2024", dt.datetime(2024, 1, 5, 8, 30, tzinfo=dt.UTC)),
    ],
)
def test_moments_worth_remembering(text: str, moment: dt.datetime) -> None:
    """Each of these stands in somebody's export."""
    read = wall_reader(ISO)(text)

    assert read == moment
    assert read is not None
    assert read.utcoffset() == moment.utcoffset()


@pytest.mark.parametrize(
    "text",
    [
        "yesterday", "10", "2024", "2024-13-01", "2024-02-30", "31/31/2024", "2024-01-05 25:00", "2024-01-05 13:00 pm",
        "2024-01-05 0:00 am", "2024-01-05 8 Uhr", "Jan 2024", "5 Jan", "Monday 2024", "2024-01-05 10:00 EST", "45292",
        "12:30", "2024-00-10", "Jan 5 99999",
    ],
)  # fmt: skip
def test_what_is_no_moment_is_refused(text: str) -> None:
    """A day, a month and a year are needed; nothing is filled in from the clock."""
    with pytest.raises(InvalidValue, match="must be a date or time"):
        wall_reader(ISO)(text)


@given(st.dates(dt.date(1928, 1, 1), dt.date(2099, 1, 1)), st.integers(0, 86_399))
def test_the_days_of_a_spreadsheet_are_dates(day: dt.date, second: int) -> None:
    """A column that a spreadsheet made numbers of is read to the second, as text and as numbers."""
    at = dt.datetime.combine(day, dt.time()) + dt.timedelta(seconds=second)
    serial = (at - dt.datetime(1899, 12, 30)) / dt.timedelta(days=1)
    for column in ([serial], [repr(serial)], [f"{serial:.10f}", "2024-01-05"], [int(serial)]):
        order = day_order(column)
        read = wall_reader(order)(column[0])
        assert order == DayOrder(serials=True)
        assert read == (at if column[0] != int(serial) else dt.datetime.combine(day, dt.time()))


@pytest.mark.parametrize(
    ("column", "serials"),
    [
        (["45292"], True),
        (["45292", "2024-01-05", "", None, "20240105", "soon"], True),
        (["45292", "5/31/2024"], True),
        (["45292", "7"], False),
        (["4529"], False),
        (["99999"], False),
        (["2024-01-05"], False),
        ([True], False),
        ([], False),
    ],
)
def test_numbers_are_days_only_where_all_can_be(column: list[object], serials: bool) -> None:
    """One number that is no day of our time speaks against all."""
    assert day_order(column).serials is serials
    if serials:
        assert wall_reader(day_order(column))("45292") == dt.datetime(2024, 1, 1)


def test_days_of_a_spreadsheet_are_said() -> None:
    """One problem for the column: the days might be counted otherwise."""
    table = table_of([(1, {"id": "1", "生日": 33_000}), (2, {"id": "2", "生日": "5/4/1990"})], source="s.csv")
    found = order_problems(table, map_records(table), ("born_on",))

    assert [(one.row, one.field, one.kept) for one in found] == [(0, "born_on", True)] * 2
    assert found[1].reason.startswith("numbers in the column '生日' were read as the days of a spreadsheet")


def test_a_wall_time_without_a_zone_is_refused_with_the_option() -> None:
    """The way out is in the message."""
    with pytest.raises(InvalidValue, match="--zone Asia/Shanghai"):
        instant_reader(ISO, None)("2024-01-05 10:00")
    assert instant_reader(ISO, None)("") is None
    assert date_reader(ISO)(None) is None


def test_the_years_have_an_end() -> None:
    """A wall time whose instant leaves the years 1 to 9999 is refused."""
    with pytest.raises(InvalidValue, match="must be a date or time"):
        instant_reader(ISO, "Asia/Shanghai")("0001-01-01")
    with pytest.raises(InvalidValue, match="must be a date or time"):
        instant_reader(ISO, None)("0001-01-01T00:00:00+08:00")


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone of the process cannot be set here")
def test_the_zone_of_the_machine_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same file is read alike in every office."""
    texts = ["5 Jan 2024 10:00", "2024-01-05 10:00", "Jan 5 2024 10:00 UTC"]
    read = wall_reader(ISO)
    here = [read(text) for text in texts]
    try:
        monkeypatch.setitem(os.environ, "TZ", "America/New_York")
        time.tzset()
        assert [read(text) for text in texts] == here
    finally:
        monkeypatch.undo()
        time.tzset()
