"""Periods: closed at their start, open at their end."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given

from crmkit.errors import InvalidValue
from crmkit.model.period import check_period, holds_at
from model_values import INSTANTS, MAYBE_INSTANTS


@given(MAYBE_INSTANTS, INSTANTS, MAYBE_INSTANTS, INSTANTS)
def test_two_periods_that_meet_cover_without_overlap(
    since: dt.datetime | None, border: dt.datetime, until: dt.datetime | None, at: dt.datetime
) -> None:
    """Of two neighbours exactly one holds, wherever the border is."""
    if (since is not None and since > border) or (until is not None and until < border):
        return
    whole = holds_at(since, until, at)

    assert holds_at(since, border, at) + holds_at(border, until, at) == whole


@given(INSTANTS, INSTANTS)
def test_a_period_may_not_end_before_it_begins(since: dt.datetime, until: dt.datetime) -> None:
    """An empty period is fine, a reversed one is refused."""
    if until < since:
        with pytest.raises(InvalidValue, match="is before since"):
            check_period(since, until)
    else:
        check_period(since, until)
        assert holds_at(since, until, since) == (since < until)
        assert not holds_at(since, until, until)


@given(INSTANTS)
def test_open_ends_hold_always(at: dt.datetime) -> None:
    """None leaves an end open."""
    check_period(at, None)
    check_period(None, at)
    assert holds_at(None, None, at)
    assert holds_at(at, None, at)
