"""Conditions: the laws of three-valued logic, of windows and of history; then the edges, one by one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conditions_pools import (
    AS_OF,
    DATES,
    DURATIONS,
    INSTANTS,
    OPS,
    TEXTS,
    activities,
    compare,
    conditions,
    facts_choices,
    histories,
    subjects,
)
from crmkit.calendars import Duration, earlier, later
from crmkit.conditions import (
    ALWAYS,
    NEVER,
    UNKNOWN,
    A,
    Condition,
    F,
    days,
    evaluate,
    explain,
    local_days,
    matches,
    months,
    years,
)
from crmkit.conditions.builder import Asked, Chosen
from crmkit.conditions.evaluate import all_of, any_of, chosen, compared, negation, value_of
from crmkit.conditions.nodes import And, Or
from crmkit.conditions.subject import Subject
from crmkit.errors import Contradiction, InvalidValue
from crmkit.model import Activity, ActivityId, Customer, CustomerId, Profile, Tag, in_fact_order

VERDICTS: st.SearchStrategy[bool | None] = st.sampled_from((True, False, None))
ANYTHING: st.SearchStrategy[object] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-1, 2),
    TEXTS,
    DATES,
    INSTANTS,
    st.just(0.5),
    st.just(frozenset({1})),
)
SPACE = {True: 1.0, None: 0.5, False: 0.0}
T = AS_OF


def fact(key: str, kind: str = "purchase", *, ago: Duration = dt.timedelta(), **more: Any) -> Activity:
    return Activity(ActivityId(key), CustomerId("c"), kind, earlier(T, ago), **more)


def told(*facts: Activity, **fields: object) -> dict[str, object]:
    return {"as_of": T, "activities": facts, **fields}


def nothing(_: str) -> None:
    return None


def value(asked: Asked, *facts: Activity, **fields: object) -> object:
    read: Mapping[str, object] = fields
    return value_of(asked.term, Subject(read=read.get, as_of=T, activities=in_fact_order(facts)))


# --- three-valued logic


@given(st.lists(VERDICTS, max_size=4))
def test_and_is_the_smallest_verdict(verdicts: list[bool | None]) -> None:
    """With false < unknown < true, `and` is the minimum; of nothing it is true."""
    assert SPACE[all_of(verdicts)] == min((SPACE[one] for one in verdicts), default=1.0)


@given(st.lists(VERDICTS, max_size=4))
def test_or_is_the_largest_verdict(verdicts: list[bool | None]) -> None:
    """With false < unknown < true, `or` is the maximum; of nothing it is false."""
    assert SPACE[any_of(verdicts)] == max((SPACE[one] for one in verdicts), default=0.0)


@given(VERDICTS)
def test_not_mirrors_the_verdict(one: bool | None) -> None:
    """Negation turns true and false, and keeps unknown."""
    assert SPACE[negation(one)] == 1 - SPACE[one]


@given(conditions(), conditions(), subjects())
def test_connectives_follow_the_verdicts_of_their_parts(
    a: Condition, b: Condition, subject: dict[str, object]
) -> None:
    """A joined condition says what Kleene's tables say of its parts."""
    left, right = evaluate(a, subject), evaluate(b, subject)

    assert evaluate(a & b, subject) is all_of((left, right))
    assert evaluate(a | b, subject) is any_of((left, right))
    assert evaluate(~a, subject) is negation(left)


@given(conditions(), conditions(), subjects())
def test_de_morgan(a: Condition, b: Condition, subject: dict[str, object]) -> None:
    """Not both is either not; not either is both not."""
    assert evaluate(~(a & b), subject) is evaluate(~a | ~b, subject)
    assert evaluate(~(a | b), subject) is evaluate(~a & ~b, subject)


@given(conditions(), subjects())
def test_matches_only_when_true(condition: Condition, subject: dict[str, object]) -> None:
    """A condition matches if, and only if, it is true; unknown does not match."""
    assert matches(condition, subject) is (evaluate(condition, subject) is True)


@given(conditions(), subjects())
def test_knowing_less_never_turns_a_verdict(condition: Condition, subject: dict[str, object]) -> None:
    """Taking a field away leaves a verdict or makes it unknown, unless it asks for knowledge itself."""
    if "is_known" in repr(condition):
        return
    full = evaluate(condition, subject)
    for name in ("tier", "stage", "born_on", "since", "tags"):
        less = evaluate(condition, {key: one for key, one in subject.items() if key != name})

        assert less is None or less is full


# --- comparing


@given(ANYTHING, ANYTHING)
def test_comparisons_agree_with_each_other(a: object, b: object) -> None:
    """Whatever is compared: != denies ==, < denies >=, > denies <=, and swapping sides mirrors."""
    assert compared("!=", a, b) is negation(compared("==", a, b))
    assert compared("<", a, b) is negation(compared(">=", a, b))
    assert compared(">", a, b) is negation(compared("<=", a, b))
    assert compared("<", a, b) is compared(">", b, a)
    assert compared("==", a, b) is compared("==", b, a)


@given(ANYTHING, st.sampled_from(OPS))
def test_comparing_with_the_unknown_is_unknown(a: object, op: Any) -> None:
    """No value stands in any order to an unknown one."""
    assert compared(op, a, None) is None


@given(ANYTHING)
def test_every_comparable_value_equals_itself(a: object) -> None:
    """Reflexive, but for the unknown and for decimal numbers, which are not compared."""
    assert compared("==", a, a) is (None if a is None or isinstance(a, float) else True)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (1, True),
        (0, False),
        (1, "1"),
        (1, 1.0),
        (dt.date(2024, 1, 1), dt.datetime(2024, 1, 1, tzinfo=dt.UTC)),
    ],
)
def test_different_sorts_compare_as_unknown(a: object, b: object) -> None:
    """One is not True, nor "1", nor 1.0; a date is no instant."""
    assert compared("==", a, b) is None
    assert compared("<", a, b) is None


def test_booleans_and_sets_have_no_order() -> None:
    """They are equal or not, and nothing else."""
    assert compared("<", False, True) is None
    assert compared(">=", frozenset({1}), frozenset({1})) is None
    assert compared("==", frozenset({1}), frozenset({1})) is True


@pytest.mark.parametrize(
    ("condition", "verdict"),
    [
        (F.x < 3, True),
        (F.x <= 2, True),
        (F.x > 2, False),
        (F.x >= 2, True),
        (F.x == 2, True),
        (F.x != 2, False),
        (F.x < 2, False),
        (3 > F.x, True),  # noqa: SIM300
        (2 == F.x, True),  # noqa: SIM300
        (F.x.between(2, 3), True),
        (F.x.between(1, 2), True),
        (F.x.between(3, 4), False),
        (F.x < F.y, True),
        (F.x + F.y == 7, True),
        (F.x - F.y == -3, True),
        (F.x * 3 == 6, True),
        (F.y // 2 == 2, True),
        (-1 * F.y // 2 == -3, True),
        (F.y // (F.x - 2) == 0, None),
        (1 + F.x == 3, True),
        (1 - F.x == -1, True),
        (2 * F.x == 4, True),
        (7 // F.x == 3, True),
        (F.word + 1 == 2, None),
        (F.flag + 1 == 2, None),
        (F.flag.is_true(), True),
        (F.flag == False, False),  # noqa: E712
        (F.x.is_in([1, 2]), True),
        (F.x.is_in([1, 3]), False),
        (F.x.is_in(["2"]), None),
        (F.x.is_in([]), False),
        (F.nothing.is_in([1]), None),
        (F.word.contains("ell"), True),
        (F.word.contains("ELL"), False),
        (F.word.contains(1), None),
        (F.many.contains(1), True),
        (F.many.contains(True), False),
        (F.many.contains(9), False),
        (F.nothing.contains(1), None),
        (F.x.contains(1), None),
        (F.many == {1, 2}, True),
        (F.flags == {1}, False),
        (F.flags == {True}, True),
        (F.odd == {1}, None),
        (F.odd.contains(1), None),
        (F.many == [2, 1, 1], True),
        (F.many != {1}, True),
        (F.nothing.is_known(), False),
        (F.nothing.is_unknown(), True),
        (F.x.is_known(), True),
        (F.x.is_unknown(), False),
        (F.share == 1, None),
        (ALWAYS, True),
        (NEVER, False),
        (UNKNOWN, None),
    ],
)
def test_leaves(condition: Condition, verdict: bool | None) -> None:
    """Every kind of leaf, at its borders."""
    subject = {
        "x": 2,
        "y": 5,
        "word": "hello",
        "flag": True,
        "many": (1, 2),
        "share": 0.5,
        "flags": [True],
        "odd": [{}],
    }

    assert evaluate(condition, subject) is verdict


def test_nan_and_naive_datetimes_are_refused() -> None:
    """What cannot be right is not called unknown."""
    with pytest.raises(InvalidValue, match="NaN"):
        evaluate(F.x == 1, {"x": float("nan")})
    with pytest.raises(InvalidValue, match="time zone"):
        evaluate(F.x.is_known(), {"x": dt.datetime(2024, 1, 1)})


def test_empty_joins() -> None:
    """Of no parts, all are true and none is."""
    assert evaluate(And(parts=()), {}) is True
    assert evaluate(Or(parts=()), {}) is False


# --- history and windows


@given(conditions(), subjects(), st.randoms())
def test_order_and_repetition_change_nothing(
    condition: Condition, subject: dict[str, Any], random: Any
) -> None:
    """Shuffled and told twice, a history says the same."""
    facts = [*subject["activities"], *subject["activities"]]
    random.shuffle(facts)

    assert evaluate(condition, {**subject, "activities": facts}) is evaluate(condition, subject)


@given(conditions(), subjects(), st.lists(activities(), max_size=4))
def test_what_comes_later_is_ignored(
    condition: Condition, subject: dict[str, Any], more: list[Activity]
) -> None:
    """Facts after ``as_of`` change no verdict."""
    later_ones = [one for one in more if one.at > AS_OF]

    assert evaluate(condition, {**subject, "activities": [*subject["activities"], *later_ones]}) is evaluate(
        condition, subject
    )


@given(histories(), DURATIONS)
def test_within_and_before_share_a_history(facts: list[Activity], duration: Duration) -> None:
    """Every fact up to ``as_of`` lies in the last *duration* or before it, and in one of the two only."""
    assert value(A().within(duration).count() + A().before(duration).count(), *facts) == value(
        A().count(), *facts
    )


@given(DURATIONS)
def test_windows_are_open_at_the_start_and_closed_at_the_end(duration: Duration) -> None:
    """A fact exactly at ``as_of - d`` is outside, one at ``as_of`` inside."""
    on_edge, tick = fact("a", ago=duration), dt.timedelta(microseconds=1)
    inside = attrs.evolve(on_edge, id=ActivityId("b"), at=on_edge.at + tick)

    assert value(A().within(duration).count(), on_edge) == 0
    assert value(A().before(duration).count(), on_edge) == 1
    assert value(A().within(duration).count(), inside, fact("c")) == 2
    assert value(A().before(duration).count(), inside, fact("c")) == 0


@given(facts_choices(), histories())
def test_summaries_agree_with_the_facts_they_are_of(choice: Chosen, facts: list[Activity]) -> None:
    """Count, sum, extremes, ends and variety are those of the chosen facts; amounts of two currencies have none."""
    subject = Subject(read=nothing, as_of=AS_OF, activities=in_fact_order(facts))
    found = chosen(choice.facts, subject)
    amounts = [one.amount_minor for one in found if one.amount_minor is not None]
    mixed = len({one.currency for one in found} - {None}) > 1
    instants = [one.at for one in found]

    assert value_of(choice.count().term, subject) == len(found)
    assert value_of(choice.sum().term, subject) == (None if mixed else sum(amounts))
    assert value_of(choice.min().term, subject) == (None if mixed else min(amounts, default=None))
    assert value_of(choice.max().term, subject) == (None if mixed else max(amounts, default=None))
    assert value_of(choice.first().term, subject) == min(instants, default=None)
    assert value_of(choice.last().term, subject) == max(instants, default=None)
    assert value_of(choice.distinct("channel").term, subject) == len({one.channel for one in found} - {None})


@given(facts_choices(), histories(), DURATIONS)
def test_a_streak_is_the_run_of_periods_that_have_a_fact(
    choice: Chosen, facts: list[Activity], every: Duration
) -> None:
    """Period by period back from ``as_of``, the first without a fact ends the streak."""
    subject = Subject(read=nothing, as_of=AS_OF, activities=in_fact_order(facts))
    instants = [one.at for one in chosen(choice.facts, subject)]

    def border(count: int) -> dt.datetime:
        if isinstance(every, dt.timedelta):
            return earlier(AS_OF, every * count)
        return earlier(AS_OF, attrs.evolve(every, count=every.count * count))

    length = 0
    while any(border(length + 1) < at <= border(length) for at in instants):
        length += 1

    assert value_of(choice.streak(every).term, subject) == length


def test_filters_narrow_by_kind_channel_and_props() -> None:
    """Every filter must be true of the activity; unknown is not."""
    facts = (
        fact("a", channel="store", amount_minor=100, currency="CNY", props={"sku": "x"}),
        fact("b", channel="web", amount_minor=900, currency="CNY"),
        fact("c", "use", channel="store"),
        fact("d", account_id="acme", source="erp"),
    )

    assert value(A().count(), *facts) == 4
    assert value(A("purchase", "use").count(), *facts) == 4
    assert value(A("purchase").where(channel="store").count(), *facts) == 1
    assert value(A("purchase").where(F.amount_minor >= 100).count(), *facts) == 2
    assert value(A("purchase").where(F.amount_minor >= 100, channel="web").sum(), *facts) == 900
    assert value(A("purchase").where(channel="web").where(F.amount_minor < 100).count(), *facts) == 0
    assert value(A().where(sku="x").count(), *facts) == 1
    assert value(A().where(account_id="acme", source="erp", kind="purchase", id="d").count(), *facts) == 1
    assert value(A().where(F.at.age() >= days(0)).count(), *facts) == 4
    assert value(A().where().count(), *facts) == 4


def test_sums_over_several_currencies_are_unknown() -> None:
    """Yuan and euros have no sum, no smallest and no largest."""
    facts = (
        fact("a", amount_minor=1, currency="CNY"),
        fact("b", amount_minor=2, currency="EUR"),
        fact("c"),
    )

    assert value(A().sum(), *facts) is None
    assert value(A().min(), *facts) is None
    assert value(A().max(), *facts) is None
    assert value(A().where(currency="EUR").sum(), *facts) == 2
    assert value(A().where(currency="EUR").max(), *facts) == 2


def test_props_are_summed_and_ordered_by_sort() -> None:
    """What is no whole number is left out of a sum; values of several sorts have no extreme."""
    facts = (
        fact("a", props={"party": 2, "size": "M", "mixed": 1, "tags": ("x", "y")}),
        fact("b", props={"party": 3, "size": "L", "mixed": "1", "tags": ("y", "x")}),
        fact("c", props={"party": True, "share": 0.5}),
    )

    assert value(A().sum("party"), *facts) == 5
    assert value(A().sum("nothing"), *facts) == 0
    assert value(A().sum("share"), *facts) == 0
    assert value(A().min("size"), *facts) == "L"
    assert value(A().max("size"), *facts) == "M"
    assert value(A().max("mixed"), *facts) is None
    assert value(A().max("share"), *facts) is None
    assert value(A().max("tags"), *facts) is None
    assert value(A().distinct("mixed"), *facts) == 2
    assert value(A().distinct("party"), *facts) == 3
    assert value(A().distinct("tags"), *facts) == 1


# --- ages and waits


@given(INSTANTS, st.sampled_from(OPS), DURATIONS)
def test_an_age_is_compared_by_its_due_instant(at: dt.datetime, op: str, duration: Duration) -> None:
    """Age against d is as_of against start + d; a wait is its mirror."""
    age = compare(op, F.since.age(), duration)
    wait = compare(op, F.since.until(), duration)

    assert evaluate(age, {"since": at, "as_of": AS_OF}) is compared(op, AS_OF, later(at, duration))  # type: ignore[arg-type]
    assert evaluate(wait, {"since": at, "as_of": AS_OF}) is compared(op, at, later(AS_OF, duration))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("condition", "verdict"),
    [
        (F.born_on.age() >= years(18), True),
        (F.born_on.age() > years(18), False),
        (F.born_on.age() >= years(18, "America/New_York"), False),
        (F.born_on.age() == local_days(6575, "UTC"), True),
        (F.born_on.age() >= days(1), None),
        (F.ends_on.until() <= local_days(1, "UTC"), True),
        (F.ends_on.until() < local_days(1, "UTC"), False),
        (F.ends_on.until() <= local_days(1, "America/New_York"), False),
        (F.ends_on.until() == months(0), False),
        (F.text.age() >= months(1), None),
        (F.text.age() >= days(1), None),
        (F.nothing.until() >= days(1), None),
        (F.since.age() == F.waited, True),
        (F.since.until() == days(-2), True),
        (A("purchase").age() >= days(1), None),
    ],
)
def test_ages_of_dates_and_instants(condition: Condition, verdict: bool | None) -> None:
    """A date turns with the calendar of the duration's zone, and knows no hours."""
    as_of = dt.datetime(2024, 7, 19, 2, tzinfo=dt.UTC)
    subject = {
        "as_of": as_of,
        "activities": [],
        "born_on": dt.date(2006, 7, 19),
        "ends_on": dt.date(2024, 7, 20),
        "since": as_of - days(2),
        "waited": days(2),
        "text": "x",
    }

    assert evaluate(condition, subject) is verdict


def test_29_february_comes_of_age_on_the_28th() -> None:
    """Years are counted from the original day: 2004 + 4 is again the 29th."""
    born = {"born_on": dt.date(2004, 2, 29), "activities": []}

    def grown(years_old: int, day: dt.datetime) -> bool:
        return matches(F.born_on.age() >= years(years_old), {**born, "as_of": day})

    assert grown(17, dt.datetime(2021, 2, 28, tzinfo=dt.UTC))
    assert not grown(17, dt.datetime(2021, 2, 27, 23, tzinfo=dt.UTC))
    assert not grown(20, dt.datetime(2024, 2, 28, tzinfo=dt.UTC))
    assert grown(20, dt.datetime(2024, 2, 29, tzinfo=dt.UTC))


# --- subjects


def profile(**more: Any) -> Profile:
    return Profile(customer=Customer(id=CustomerId("c")), as_of=T, **more)


def test_a_profile_brings_its_instant_and_its_history() -> None:
    """Fields, tags and activities are read from the profile."""
    one = profile(
        stage="silent",
        tier=4,
        activities=(fact("a", ago=days(3)),),
        tags=(Tag(name="vip", since=T, rule="r"),),
    )

    assert matches((F.stage == "silent") & (F.tier >= 4) & F.tags.contains("vip"), one)
    assert matches(A("purchase").within(days(4)).count() == 1, one)
    assert not matches(A("purchase").within(days(3)).count() == 1, one)
    assert matches(A("purchase").age() == days(3), one, as_of=T)


def test_another_instant_is_an_error() -> None:
    """A profile, or a mapping with its own instant, answers for that instant only."""
    for subject in (profile(), {"as_of": T}):
        with pytest.raises(Contradiction, match="as of"):
            matches(ALWAYS, subject, as_of=T + days(1))


def test_a_mapping_without_what_is_asked_is_an_error() -> None:
    """It says which key is missing."""
    with pytest.raises(InvalidValue, match="'activities'"):
        matches(A().count() == 0, {"as_of": T})
    with pytest.raises(InvalidValue, match="'as_of'"):
        matches(A().count() == 0, {"activities": []})
    with pytest.raises(InvalidValue, match="'as_of'"):
        matches(F.since.age() > days(1), {"since": T})
    assert matches(A().count() == 0, {"activities": []}, as_of=T)
    assert not matches(F.stage == "new", {})


@pytest.mark.parametrize(
    ("subject", "match"),
    [
        ({"as_of": "2024-01-01"}, "aware datetime"),
        ({"as_of": dt.datetime(2024, 1, 1)}, "time zone"),
        ({"as_of": T, "activities": 3}, "list of Activity"),
        ({"as_of": T, "activities": ["x"]}, "list of Activity"),
    ],
)
def test_bad_subjects_are_refused(subject: dict[str, object], match: str) -> None:
    """Each with a sentence that says what to give."""
    with pytest.raises(InvalidValue, match=match):
        evaluate(ALWAYS, subject)


def test_a_value_that_is_not_compared_is_no_condition() -> None:
    """It would be unknown of everyone; the error says to compare it."""
    for ask in (matches, evaluate, explain):
        with pytest.raises(InvalidValue, match="is_true"):
            ask(F.vip, {"vip": True})  # type: ignore[arg-type]


def test_instants_are_compared_whatever_their_zone() -> None:
    """An instant of the subject may come in any zone."""
    tokyo = dt.timezone(dt.timedelta(hours=9))

    assert matches(F.since == T, {"since": T.astimezone(tokyo)})
    assert matches(A().count() == 1, {"as_of": T.astimezone(tokyo), "activities": [fact("a")]})
