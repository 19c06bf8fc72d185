"""Conditions in plain English and as Python."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given

from conditions_pools import conditions
from crmkit.conditions import (
    ALWAYS,
    NEVER,
    UNKNOWN,
    A,
    Condition,
    F,
    days,
    describe,
    local_days,
    markdown,
    months,
    true_for,
    true_since,
    years,
)
from crmkit.conditions.nodes import And, Not, Or
from crmkit.conditions.text import duration_text, value_text
from crmkit.display import markdown_escape


@given(conditions())
def test_a_condition_is_one_line(condition: Condition) -> None:
    """Its text and its code are each a line, and `str` is the text."""
    assert "\n" not in describe(condition) + repr(condition)
    assert str(condition) == describe(condition)


AT = dt.datetime(2024, 1, 2, 3, 4, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (F.stage == "silent", "stage is 'silent'"),
        (F.stage_since != AT, "stage since is not 2024-01-02 03:04+00:00"),
        (F.since > AT, "since is after 2024-01-02 03:04+00:00"),
        (F.since >= AT, "since is not before 2024-01-02 03:04+00:00"),
        (F.on < dt.date(2024, 1, 2), "on is before 2024-01-02"),
        (F.on <= dt.date(2024, 1, 2), "on is not after 2024-01-02"),
        (F.x < 3, "x is less than 3"),
        (F.x <= 3, "x is at most 3"),
        (F.x > 3, "x is more than 3"),
        (F.x >= 3, "x is at least 3"),
        (F.x.is_true(), "x is yes"),
        (F.x == False, "x is no"),  # noqa: E712
        (F.x + F.y * 2 > 3, "(x + (y * 2)) is more than 3"),
        (F.tags == {"b", "a"}, "tags is {'a', 'b'}"),
        (F.x.is_in([2, 1]), "x is one of 1, 2"),
        (F.x.is_in([]), "x is one of nothing"),
        (F.tags.contains("vip"), "tags contains 'vip'"),
        (F.x.is_known(), "x is known"),
        (F.x.is_unknown(), "x is unknown"),
        (~(F.x == 1), "not (x is 1)"),
        (F.x.age() >= years(1), "the time since x is at least 1 year"),
        (F.x.until() <= days(30), "the time until x is at most 30 days"),
        (A("use").age() > months(2), "the time since the last 'use' is more than 2 months"),
        (A("use").count() == 0, "no 'use'"),
        (A("use").count() < 1, "no 'use'"),
        (A("use").count() <= 0, "no 'use'"),
        (A("use").count() == 1, "exactly 1 'use'"),
        (A("use").count() != 1, "not 1 'use'"),
        (A("use").count() < 2, "fewer than 2 'use'"),
        (A("use").count() <= 2, "at most 2 'use'"),
        (A("use").count() > F.x, "the number of 'use' is more than x"),
        (A("b", "a").within(days(7)).count() > 2, "more than 2 'a' or 'b' within 7 days"),
        (
            A().before(days(7)).where(channel="web").count() >= 2,
            "at least 2 activities whose channel is 'web' more than 7 days ago",
        ),
        (A("use").first() < AT, "the first 'use' is before 2024-01-02 03:04+00:00"),
        (A("use").last() == AT, "the last 'use' is 2024-01-02 03:04+00:00"),
        (A("purchase").sum() >= 5, "the sum of amount minor of 'purchase' is at least 5"),
        (A("purchase").min() >= 5, "the smallest amount minor of 'purchase' is at least 5"),
        (A("purchase").max("x") == "a", "the largest x of 'purchase' is 'a'"),
        (A().distinct("channel") > 1, "the number of different channel of activities is more than 1"),
        (
            true_for(A("use").count() >= 2) >= days(30),
            "the time for which (at least 2 'use') has been true is at least 30 days",
        ),
        (
            true_since(A("use").count() >= 2) > AT,
            "the instant since which (at least 2 'use') has been true is after 2024-01-02 03:04+00:00",
        ),
        (A("use").streak(days(7)) >= 3, "the number of 7 days in a row with 'use' is at least 3"),
        ((F.a == 1) & (F.b == 1) & ((F.c == 1) | (F.d == 1)), "a is 1 and b is 1 and (c is 1 or d is 1)"),
        ((F.a == 1) | ((F.b == 1) & (F.c == 1)), "a is 1 or (b is 1 and c is 1)"),
        (ALWAYS, "always"),
        (NEVER, "never"),
        (UNKNOWN, "unknown"),
        (And(parts=()), "always"),
        (Or(parts=()), "never"),
    ],
)
def test_plain_english(condition: Condition, text: str) -> None:
    """Every node can be read aloud."""
    assert describe(condition) == text


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        (F["any name"] == 1, "F['any name'] == 1"),
        (F["_x"] == 1, "F['_x'] == 1"),
        (F.x.is_in([2, 1]), "F.x.is_in([1, 2])"),
        ((F.x == 1) & ~(F.y == 2), "(F.x == 1) & (~(F.y == 2))"),
        (A("a").within(days(3)).where(x=1).sum() > 1, "A('a').within(days(3)).where(F.x == 1).sum() > 1"),
        (A("a").before(months(1)).max("x") > 1, "A('a').before(months(1)).max('x') > 1"),
        (A().distinct("amount_minor") > 1, "A().distinct('amount_minor') > 1"),
        (
            true_for(A("use").count() >= 2) >= months(6),
            "true_for(A('use').count() >= 2) >= months(6)",
        ),
        (true_since(A().count() == 0).is_known(), "true_since(A().count() == 0).is_known()"),
        (A().streak(local_days(1, "UTC")) > 1, "A().streak(local_days(1, 'UTC')) > 1"),
        (F.x.until() > months(1, "Asia/Tokyo"), "F.x.until() > months(1, 'Asia/Tokyo')"),
        (F.x.age() > dt.timedelta(hours=1), "F.x.age() > datetime.timedelta(seconds=3600)"),
        (F.tags == {"b", "a"}, "F.tags == {'a', 'b'}"),
        (And(parts=()), "ALWAYS"),
        (Or(parts=()), "NEVER"),
    ],
)
def test_code(condition: Condition, code: str) -> None:
    """The repr of a condition is the Python that writes it."""
    assert repr(condition) == code


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (days(1), "1 day"),
        (days(180), "180 days"),
        (dt.timedelta(hours=36), "36 hours"),
        (dt.timedelta(hours=1), "1 hour"),
        (dt.timedelta(minutes=90), "90 minutes"),
        (dt.timedelta(seconds=90), "90 seconds"),
        (dt.timedelta(), "0 seconds"),
        (local_days(1, "Asia/Tokyo"), "1 calendar day in Asia/Tokyo"),
        (months(1), "1 month"),
        (months(18), "18 months"),
        (months(0), "0 months"),
        (years(2), "2 years"),
        (years(1, "Asia/Tokyo"), "1 year in Asia/Tokyo"),
    ],
)
def test_durations(duration: dt.timedelta, text: str) -> None:
    """As people say them."""
    assert duration_text(duration) == text


def test_unknown_is_called_so() -> None:
    """None is no word for people."""
    assert value_text(None) == "unknown"


@given(conditions())
def test_an_outline_says_every_leaf_on_a_line_of_its_own(condition: Condition) -> None:
    """And how its parts are joined, further in the deeper they stand."""
    told = markdown(condition)
    lines = [line.strip().removeprefix("- ") for line in told.splitlines() if line]
    joined = {"all of", "any of", "not all of", "none of"}

    def leaves(one: Condition) -> list[str]:
        inner = one.part if isinstance(one, Not) and isinstance(one.part, And | Or) else one
        if isinstance(inner, And | Or) and inner.parts:
            return [leaf for part in inner.parts for leaf in leaves(part)]
        return [markdown_escape(describe(one))]

    assert [line for line in lines if line not in joined] == leaves(condition)
    assert told.count("\n\n") == ("\n" in told)
    assert condition._repr_markdown_() == told


def test_what_a_name_holds_is_no_markup() -> None:
    told = markdown((F["*a* | <b>"] == "](http://x)") | ~(F.x.is_known() & (F.y > 1)))
    assert told.splitlines() == [
        "any of",
        "",
        r"- \*a\* \| &lt;b&gt; is '\](http:&#47;/x)'",
        "- not all of",
        "  - x is known",
        "  - y is more than 1",
    ]
