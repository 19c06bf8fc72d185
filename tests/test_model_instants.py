"""Instants: aware, in UTC, plain, exact to the microsecond."""

from __future__ import annotations

import datetime as dt
from typing import cast
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.errors import InvalidValue
from crmkit.model import from_micros, instant, to_micros
from crmkit.model.instants import maybe_instant

ZONED = st.datetimes(
    dt.datetime(1900, 1, 2),
    dt.datetime(2100, 1, 1),
    timezones=st.sampled_from(
        (dt.UTC, dt.timezone(dt.timedelta(hours=8)), dt.timezone(dt.timedelta(hours=-3)))
    ),
)


@given(ZONED)
def test_an_instant_is_the_same_moment_in_utc(at: dt.datetime) -> None:
    """Only the clothes change, and a second time nothing does."""
    assert instant(at) == at
    assert instant(at).tzinfo is dt.UTC
    assert instant(instant(at)) is instant(at) or instant(instant(at)) == instant(at)


@given(ZONED)
def test_microseconds_and_instants_are_inverse(at: dt.datetime) -> None:
    """No microsecond is lost, before 1970 either."""
    assert from_micros(to_micros(at)) == at


@given(ZONED, ZONED)
def test_microseconds_keep_the_order(a: dt.datetime, b: dt.datetime) -> None:
    """Columns sort as instants do."""
    assert (to_micros(a) < to_micros(b)) == (a < b)


def test_the_epoch_is_nought() -> None:
    """Microseconds count from 1970 in UTC."""
    assert to_micros(dt.datetime(1970, 1, 1, 8, tzinfo=dt.timezone(dt.timedelta(hours=8)))) == 0
    assert from_micros(1_500_000) == dt.datetime(1970, 1, 1, 0, 0, 1, 500_000, dt.UTC)


def test_a_datetime_of_a_subclass_becomes_plain() -> None:
    """pandas' Timestamp stays outside."""
    at = instant(cast("dt.datetime", pd.Timestamp("2024-03-01 08:00:00.000001", tz="Asia/Shanghai")))

    assert type(at) is dt.datetime
    assert at == dt.datetime(2024, 3, 1, 0, 0, 0, 1, dt.UTC)


class _Later(dt.datetime):
    """A datetime of a host's own."""


def test_the_second_of_two_equal_wall_times_stays_the_second() -> None:
    """When clocks go back, 02:30 happens twice; a subclass says which, too."""
    wall = _Later(2024, 10, 27, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"), fold=1)

    assert instant(wall) == dt.datetime(2024, 10, 27, 1, 30, tzinfo=dt.UTC)
    assert instant(wall.replace(fold=0)) == dt.datetime(2024, 10, 27, 0, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize("at", [dt.datetime(2024, 1, 1), dt.date(2024, 1, 1), "2024-01-01", 5, None, pd.NaT])
def test_what_has_no_zone_is_refused(at: dt.datetime) -> None:
    """A wall time without a wall is no instant."""
    with pytest.raises(InvalidValue, match="time zone"):
        instant(at)


def test_the_years_have_an_end() -> None:
    """An instant outside the years 1 to 9999 is refused, not a crash."""
    east = dt.timezone(dt.timedelta(hours=8))
    with pytest.raises(InvalidValue, match="years 1 to 9999"):
        instant(dt.datetime.min.replace(tzinfo=east))
    with pytest.raises(InvalidValue, match="years 1 to 9999"):
        from_micros(10**18)


def test_unknown_stays_unknown() -> None:
    """None is no instant and no error."""
    assert maybe_instant(None) is None
    assert maybe_instant(dt.datetime(2024, 1, 1, tzinfo=dt.UTC)) == dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
