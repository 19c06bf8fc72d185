"""Plain conditions: true of the same customers, and of nothing that engines answer differently."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import conditions_pools as pools
import nasty_zones
from crmkit.calendars import Duration, earlier, later
from crmkit.conditions import A, Condition, F, local_days, matches, months, true_for
from crmkit.conditions.builder import Asked, Chosen
from crmkit.conditions.nodes import Always, And, Compare, Contains, In, Known, Not, Or
from crmkit.conditions.plain import ACTIVITY_SORTS, plain
from crmkit.conditions.terms import Age, Arithmetic, Constant, Until
from crmkit.errors import InvalidValue, UnknownName
from crmkit.model import Activity

FIELDS = {
    "tier": "number",
    "stage": "text",
    "born_on": "date",
    "since": "instant",
    "tags": "set",
    "vip": "truth",
}


def plain_or_none(condition: Condition) -> Condition | None:
    try:
        return plain(condition, FIELDS, as_of=pools.AS_OF)
    except InvalidValue:
        return None


def is_plain(condition: Condition) -> bool:
    match condition:
        case And(parts=parts) | Or(parts=parts):
            return all(map(is_plain, parts))
        case Always(verdict=verdict):
            return verdict is not None
        case Not(part=part):
            return isinstance(part, (In, Contains, Known))
        case Compare(left=left, right=right):
            return not isinstance(left, (Age, Until, Arithmetic, Constant)) and not isinstance(
                right, (Age, Until, Arithmetic)
            )
        case _:
            return True


@given(pools.conditions(), st.lists(pools.subjects(), max_size=4))
def test_a_plain_condition_is_true_of_the_same_customers(
    condition: Condition, subjects: list[dict[str, Any]]
) -> None:
    found = plain_or_none(condition)
    if found is None:
        return
    assert is_plain(found)
    assert [matches(found, one) for one in subjects] == [matches(condition, one) for one in subjects]
    assert plain(found, FIELDS, as_of=pools.AS_OF) == found


@pytest.mark.parametrize(
    ("condition", "needed"),
    [
        (A("use").sum() > 1, "currency"),
        (A().min() > 1, "currency"),
        (A().max() > 1, "currency"),
        (A().count() > 1, "at"),
        (A().last().is_known(), "at"),
        (A("use").count() > 1, "kind"),
    ],
    ids=str,
)
def test_what_terms_over_activities_read_unsaid_must_be_stored_as_it_is(
    condition: Condition, needed: str
) -> None:
    """An engine is never left to find out that a column is missing, or holds something else."""
    held = dict(ACTIVITY_SORTS)
    plain(condition, FIELDS, activities=held, as_of=pools.AS_OF)

    with pytest.raises(InvalidValue, match=f"'{needed}' of activities holds truth, and is to hold"):
        plain(condition, FIELDS, activities=held | {needed: "truth"}, as_of=pools.AS_OF)
    del held[needed]
    with pytest.raises(UnknownName, match=f"no field of activities is called '{needed}'"):
        plain(condition, FIELDS, activities=held, as_of=pools.AS_OF)


@given(
    st.sampled_from(pools.OPS),
    st.sampled_from((F.since.age(), F.since.until(), F.born_on.age(), F.born_on.until())),
    nasty_zones.instants_near_changes(),
    st.integers(0, 40),
    st.booleans(),
    st.booleans(),
    st.data(),
)
def test_calendar_ages_become_comparisons_with_instants(
    op: str,
    span: Asked,
    near: tuple[str, dt.datetime],
    count: int,
    by_month: bool,
    negated: bool,
    data: st.DataObject,
) -> None:
    zone, as_of = near
    duration: Duration = months(count, zone) if by_month else local_days(count, zone)
    condition = pools.compare(op, span, duration)
    condition = ~condition if negated else condition
    centre = data.draw(st.sampled_from((earlier, later)))(as_of, duration)
    grid = st.integers(-15 * 96, 15 * 96).map(lambda quarters: centre + quarters * dt.timedelta(minutes=15))
    marks = data.draw(st.lists(grid, max_size=8))
    found = plain(condition, FIELDS, as_of=as_of)
    assert is_plain(found)
    for mark in marks:
        subject = {"since": mark, "born_on": mark.date(), "as_of": as_of}
        assert matches(found, subject) == matches(condition, subject)


@pytest.mark.parametrize(
    ("condition", "written"),
    [
        (F.tier + 2 >= 5, F.tier >= 3),
        (5 - (1 + F.tier) > 1, F.tier < 3),
        (~(F.tier >= 3), F.tier < 3),
        (F.tier > 2**70, Always(verdict=False)),
        (F.tier < 2**70, F.tier.is_known()),
        (F.tier.is_in([1, 2**70]), F.tier.is_in([1])),
        (F.stage == 3, Always(verdict=False)),
        (~(F.stage == 3), Always(verdict=False)),
        (F.stage.is_in([]), Always(verdict=False)),
        (~F.stage.is_in([]), Always(verdict=True)),
        (~F.tags.contains(3), F.tags.is_known()),
        (F.born_on.age() >= dt.timedelta(days=1), Always(verdict=False)),
        (F.since.age() > dt.timedelta(days=200), F.since < pools.START),
        (F.since.until() < dt.timedelta.max, F.since.is_known()),
        (F.since.age().is_known(), F.since.is_known()),
        (A("use").count().is_known(), Always(verdict=True)),
        (A("use").within(months(1)).count() >= 1, A("use").within(dt.timedelta(days=30)).count() >= 1),
        (F.tier == F.stage, Always(verdict=False)),
        (~(F.tier < F.tier), F.tier >= F.tier),
    ],
    ids=str,
)
def test_it_is_written_like_this(condition: Condition, written: Condition) -> None:
    assert plain(condition, FIELDS, as_of=pools.AS_OF) == written


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        (F.tier * 2 > 3, "reckons with stored values: .F.tier \\* 2. > 3. Ask it of columns"),
        (F.tags == {"a"}, "sets are compared"),
        (A("use").streak(dt.timedelta(days=7)) >= 2, "counted in periods"),
        (true_for(A("use").count() >= 2) >= dt.timedelta(days=7), "asks of the past: true_since"),
        (true_for(A("use").count() >= 2).is_known(), "asks of the past: true_since"),
        (F.stage == "a\0", "NUL"),
        (F.stage.contains("\ud800"), "half a character"),
        (A("use\0").count() > 1, "NUL"),
        (A().distinct("tags") > 1, "sets are compared"),
        (F.stge == "new", "no field is called 'stge'. .*stage"),
        (A("use").sum("chanel") > 1, "'chanel'.*channel"),
        (A("use").sum("channel") > 1, "whole numbers are added up"),
    ],
    ids=str,
)
def test_what_engines_cannot_be_trusted_with_is_refused(condition: Condition, sentence: str) -> None:
    with pytest.raises((InvalidValue, UnknownName), match=sentence):
        plain(condition, FIELDS, activities=dict(ACTIVITY_SORTS) | {"tags": "set"}, as_of=pools.AS_OF)


@given(
    st.sampled_from(pools.OPS),
    st.sampled_from((F.since.age(), F.since.until(), F.born_on.age(), F.born_on.until())),
    nasty_zones.edges(),
    st.sampled_from(nasty_zones.ZONES),
    st.integers(0, 2) | st.just(108_000),
    st.booleans(),
    st.lists(nasty_zones.edges(), max_size=6),
)
def test_at_the_ends_of_the_calendar_ages_are_as_for_one_customer_or_refused(
    op: str,
    span: Asked,
    as_of: dt.datetime,
    zone: str,
    count: int,
    by_month: bool,
    marks: list[dt.datetime],
) -> None:
    duration: Duration = months(count, zone) if by_month else local_days(count, zone)
    condition = pools.compare(op, span, duration)
    try:
        found = plain(condition, FIELDS, as_of=as_of)
        for mark in marks:
            subject = {"since": mark, "born_on": mark.date(), "as_of": as_of}
            assert matches(found, subject) == matches(condition, subject)
    except InvalidValue as error:
        assert "the year 1" in str(error) or "the years 1" in str(error)  # noqa: PT017


def test_time_needs_an_instant() -> None:
    with pytest.raises(InvalidValue, match="asks about time"):
        plain(F.since.age() > dt.timedelta(days=1), FIELDS)


@pytest.mark.parametrize(
    "choice", [A().within(local_days(1, "Pacific/Apia")), A().before(local_days(1, "Pacific/Apia"))]
)
def test_where_a_day_was_skipped_a_window_may_be_no_time_at_all(choice: Chosen) -> None:
    """Samoa had no 30 December 2011: at its end a day before is the same instant."""
    as_of = dt.datetime(2011, 12, 30, 10, tzinfo=dt.UTC)
    facts = [Activity(str(place), "c", "use", as_of - place * dt.timedelta(hours=5)) for place in (0, 1)]
    subject = {"activities": facts, "as_of": as_of}
    for count in range(3):
        condition = choice.count() >= count
        found = plain(condition, FIELDS, as_of=as_of)
        assert is_plain(found)
        assert matches(found, subject) == matches(condition, subject)
