"""Retention by cohort."""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.calendars import days
from crmkit.errors import InvalidValue, UnknownName
from crmkit.model import Activity, ActivityId, CustomerId
from crmkit.segmentation import RELATION, RFM, Cohort, Retention, retention
from segmentation_pools import AS_OF, histories

PERIOD = st.sampled_from(("week", "month", "quarter", "year"))


def bought(who: str, *at: str, kind: str = "purchase") -> list[Activity]:
    return [
        Activity(
            ActivityId(f"{who} {one}"),
            CustomerId(who),
            kind,
            dt.datetime.fromisoformat(one).replace(tzinfo=dt.UTC),
        )
        for one in at
    ]


@given(histories(), PERIOD, st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing(history: list[Activity], by: str, random: Any) -> None:
    """Facts come in any order, and twice."""
    shuffled = history * 2
    random.shuffle(shuffled)

    assert retention(shuffled, by=by) == retention(history, by=by)


@given(histories(), PERIOD)
def test_everyone_is_in_one_cohort_and_there_at_first(history: list[Activity], by: str) -> None:
    """Sizes add up to the customers with a visit; nobody is there who was not there at first."""
    found = retention(history, by=by, as_of=AS_OF)
    seen = {fact.id: fact for fact in history}
    table = retention(seen.values(), by=by, preset=RELATION)

    assert all(0 <= count <= cohort.size for cohort in found.cohorts for count in cohort.active)
    assert all(cohort.size > 0 for cohort in found.cohorts)
    assert sum(one.size for one in table.cohorts) == len(
        {fact.customer_id for fact in seen.values() if RELATION.is_visit(fact.kind)}
    )


@given(histories(), PERIOD)
def test_what_comes_after_as_of_is_not_seen(history: list[Activity], by: str) -> None:
    """The same call replays history."""
    past = [fact for fact in history if fact.at <= AS_OF]

    assert retention(history, by=by, as_of=AS_OF) == retention(past, by=by, as_of=AS_OF)


def test_three_customers_in_three_months() -> None:
    """Two came in January, one of them again in March; one came in March."""
    history = [
        *bought("c1", "2023-11-30", "2023-11-02", "2024-01-15"),
        *bought("c2", "2023-11-05"),
        *bought("c3", "2024-01-31"),
        *bought("c4", "2024-01-31", kind="touch"),
    ]
    found = retention(history)

    assert found == Retention(
        by="month",
        cohorts=(Cohort(period="2023-11", active=(2, 0, 1)), Cohort(period="2024-01", active=(1,))),
    )
    assert found.curve == ((3, 3), (0, 2), (1, 2))
    assert [one.size for one in found.cohorts] == [2, 1]
    at_the_last = retention(history, as_of=dt.datetime(2024, 1, 31, tzinfo=dt.UTC))
    assert [one.active for one in at_the_last.cohorts] == [(2, 0, 1), (1,)]
    later = retention(history, as_of=dt.datetime(2024, 2, 1, tzinfo=dt.UTC))
    assert [one.active for one in later.cohorts] == [(2, 0, 1, 0), (1, 0)]


@pytest.mark.parametrize(
    "by",
    ["week", "month", "quarter", "year"],
)
def test_periods_are_those_of_the_calendar(by: str) -> None:
    """New Year's Eve of 2020 and its morrow are of one ISO week, and of two of everything else."""
    found = retention([*bought("c1", "2020-12-31"), *bought("c2", "2021-01-01")], by=by)
    expected = {
        "week": ["2020-W53"],
        "month": ["2020-12", "2021-01"],
        "quarter": ["2020-Q4", "2021-Q1"],
        "year": ["2020", "2021"],
    }

    assert [one.period for one in found.cohorts] == expected[by]


def test_a_week_begins_on_monday() -> None:
    """Sunday and Monday are of two weeks."""
    found = retention([*bought("c1", "2024-05-05", "2024-05-06"), *bought("c2", "2024-05-06")], by="week")

    assert found.cohorts == (Cohort(period="2024-W18", active=(1, 1)), Cohort(period="2024-W19", active=(1,)))


def test_the_calendar_is_that_of_the_zone() -> None:
    """In Shanghai it is May already."""
    history = bought("c1", "2024-04-30T20:00")

    assert retention(history).cohorts[0].period == "2024-04"
    assert retention(history, zone="Asia/Shanghai").cohorts[0].period == "2024-05"


def test_nobody_has_no_cohorts() -> None:
    """An empty table is a table."""
    assert retention([]) == Retention(by="month", cohorts=())
    assert retention([], as_of=AS_OF).curve == ()
    assert "first month" in str(retention([]))


def test_bad_questions_are_refused() -> None:
    """Unknown periods and zones, windows, naive instants."""
    with pytest.raises(UnknownName, match="Did you mean 'month'"):
        retention([], by="months")
    with pytest.raises(UnknownName, match="no time zone is called"):
        retention([], zone="Mars/Base")
    with pytest.raises(InvalidValue, match="take the window out"):
        retention([], preset=attrs.evolve(RFM, window=days(3)))
    with pytest.raises(InvalidValue, match="no time zone"):
        retention([], as_of=dt.datetime(2024, 1, 1))


def test_retention_shows_itself() -> None:
    """Per cent of the cohort, and of all that are old enough."""
    history = [*bought("c1", "2024-01-02", "2024-02-02"), *bought("c2", "2024-01-03")]
    found = retention([*history, *bought("c3", "2024-02-03")])

    assert str(found).splitlines()[2:] == [
        "2024-01              2  50 %",
        "2024-02              1",
        "all                  3  50 %",
    ]
    assert "Customers who came again, by month" in found._repr_html_()
