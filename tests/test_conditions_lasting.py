"""How long a condition has been true: equal to asking at every instant, and refused where that is not known."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from functools import partial

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import conditions_pools as pools
from crmkit import lifecycle
from crmkit.conditions import (
    ALWAYS,
    A,
    Condition,
    F,
    Vocabulary,
    bulk,
    compiled,
    days,
    evaluate,
    explain,
    lint,
    local_days,
    months,
    true_for,
    true_since,
)
from crmkit.conditions.columns import profile_columns_from, profile_columns_of
from crmkit.conditions.evaluate import value_of
from crmkit.conditions.lasting import change_points, first_asked
from crmkit.conditions.nodes import Compare
from crmkit.conditions.subject import subject_of
from crmkit.conditions.terms import Age, Constant
from crmkit.errors import InvalidValue
from crmkit.model import Activity, columns_of

TICK = dt.timedelta(microseconds=1)
BEGINNING = dt.datetime.min.replace(tzinfo=dt.UTC)
HISTORIES = pools.histories(max_size=5)
LENGTHS = (dt.timedelta(), *pools.ELAPSED_TIMES, *(-one for one in pools.ELAPSED_TIMES))


def matters(facts: list[Activity]) -> list[dt.datetime]:
    """Return every instant that a drawn condition could turn at, those a tick off it, and a grid, in order."""
    grid = [pools.START + ten_days * days(10) for ten_days in range(-8, 50)]
    marks = {mark for fact in facts for mark in (fact.at, fact["due"]) if isinstance(mark, dt.datetime)}
    near = (mark + length + ticks * TICK for mark in marks for length in LENGTHS for ticks in (-1, 0, 1))
    return sorted({*grid, *near})


@st.composite
def cases(draw: st.DrawFn) -> tuple[Condition, list[Activity], dt.datetime]:
    """Return a condition that can last, a history, and an instant that could matter."""
    facts = draw(HISTORIES)
    return draw(pools.lasting()), facts, draw(st.sampled_from(matters(facts)))


def since(condition: Condition, facts: list[Activity], at: dt.datetime) -> object:
    """Return since when *condition* has been true at an instant."""
    return value_of(true_since(condition).term, subject_of({"as_of": at, "activities": facts}))


def lasts(condition: Condition, facts: list[Activity], at: dt.datetime) -> object:
    """Return for how long *condition* has been true at an instant."""
    return value_of(true_for(condition).term, subject_of({"as_of": at, "activities": facts}))


def holds(condition: Condition, facts: list[Activity], at: dt.datetime) -> bool:
    """Return whether *condition* is true at an instant, of what is known by then and nothing else."""
    known = [fact for fact in facts if fact.at <= at]
    return evaluate(condition, {"as_of": at, "activities": known}) is True


@given(cases())
def test_it_is_what_asking_at_every_instant_finds(
    case: tuple[Condition, list[Activity], dt.datetime],
) -> None:
    """Back from now, at every instant that could matter, until the condition is not true."""
    condition, facts, at = case
    start = first_asked(condition, at)
    asked = sorted({start, *(one for one in matters(facts) if start <= one <= at)}, reverse=True)
    false = next((place for place, one in enumerate(asked) if not holds(condition, facts, one)), len(asked))

    assert since(condition, facts, at) == (asked[false - 1] if false else None)


@given(cases())
def test_a_tick_later_it_is_a_tick_more(case: tuple[Condition, list[Activity], dt.datetime]) -> None:
    """Or it has begun, or it is over; so it is known if and only if the condition is true."""
    condition, facts, at = case
    before, after = lasts(condition, facts, at), lasts(condition, facts, at + TICK)

    assert (before is not None) is holds(condition, facts, at)
    if not holds(condition, facts, at + TICK):
        assert after is None
    elif before is None:
        assert after == dt.timedelta()
    else:
        assert isinstance(before, dt.timedelta)
        assert after == before + TICK


@given(cases(), st.randoms(use_true_random=False))
def test_later_facts_order_and_repeats_change_nothing(
    case: tuple[Condition, list[Activity], dt.datetime], rng: random.Random
) -> None:
    """Only what happened up to the instant counts, once, in whatever order it is told."""
    condition, facts, at = case
    shuffled = [*facts, *facts]
    rng.shuffle(shuffled)
    known = [fact for fact in facts if fact.at <= at]

    assert lasts(condition, facts, at) == lasts(condition, shuffled, at) == lasts(condition, known, at)


@given(pools.lasting(), HISTORIES)
def test_a_verdict_changes_at_change_points_only(condition: Condition, facts: list[Activity]) -> None:
    """From one instant to the next that could matter it is another only if the next is one of them."""
    points = change_points(condition, facts)
    instants = matters(facts)
    verdicts = [holds(condition, facts, at) for at in instants]
    for before, after, at in zip(verdicts, verdicts[1:], instants[1:], strict=False):
        assert before is after or at in points


@given(cases())
def test_the_facts_named_are_enough(case: tuple[Condition, list[Activity], dt.datetime]) -> None:
    """A history of only the facts behind the answer gives the answer."""
    condition, facts, at = case
    known = true_for(condition).is_known()
    ids = explain(known, {"as_of": at, "activities": facts}).activity_ids
    behind = [fact for fact in facts if fact.id in ids]

    assert lasts(condition, behind, at) == lasts(condition, facts, at)


@given(
    pools.lasting(),
    st.sampled_from(pools.OPS),
    pools.DURATIONS,
    st.lists(HISTORIES, max_size=3),
    pools.INSTANTS,
)
def test_columns_and_compiled_conditions_say_the_same(
    condition: Condition, op: str, duration: object, histories: list[list[Activity]], at: dt.datetime
) -> None:
    """Also from one table of facts with customers who have none, and of who is told twice."""
    asked = pools.compare(op, true_for(condition), duration)
    ask = compiled(asked)
    told = [evaluate(asked, {"as_of": at, "activities": facts}) for facts in histories]
    assert [ask({"activities": facts}, as_of=at) for facts in histories] == told

    code = {True: 1, None: 0, False: -1}
    subjects = [{"activities": facts} for facts in histories]
    columns = profile_columns_of(subjects, asked, as_of=at)
    assert bulk.evaluate(asked, columns).tolist() == [code[one] for one in told]
    facts = [
        attrs.evolve(fact, id=f"{place}/{fact.id}", customer_id=f"c{place}")
        for place, history in enumerate(histories)
        for fact in history
    ]
    names = [*(f"c{place}" for place in range(len(histories))), "stranger"]
    table = profile_columns_from({"id": names}, as_of=at, activities=columns_of(facts, props=("due",)))
    told.append(evaluate(asked, {"as_of": at, "activities": []}))
    assert bulk.evaluate(asked, table).tolist() == [code[one] for one in told]


DUE = A("use").max("due")
WAYS: tuple[Condition, ...] = (
    A("use").within(days(30)).count() >= 1,
    A("use").before(days(30)).count() < 2,
    A("use").first().age() > days(30),
    A("use").last().age() <= days(30),
    A("use").last().until() > -days(30),
    A("use").age().is_in([days(10), days(30)]),
    ~A("use").age().is_in([days(10), days(30)]),
    DUE.age() < days(1),
    DUE.age() >= -days(10),
    DUE.until() > days(30),
    ~DUE.until().is_in([days(30)]),
    A("use").min("due").age() != days(1),
    Compare(op="<", left=Age(of=Constant(value=pools.START + days(40))), right=Constant(value=days(10))),
)


@pytest.mark.parametrize("condition", [one | (A("signup").count() >= 1) for one in WAYS], ids=str)
def test_each_way_to_ask_lasts_as_long_as_it_says(condition: Condition) -> None:
    """At every instant that could matter: a tick longer than a tick before, or begun, or over."""
    facts = [
        Activity(f"a{on}", "c1", kind, pools.START + days(on), props={"due": pools.START + days(on + 40)})
        for on, kind in ((0, "use"), (15, "use"), (33, "purchase"), (200, "signup"))
    ]
    lasted = {}
    for at in matters([*facts, Activity("stated", "c1", "use", pools.START + days(40))]):
        begun, before = since(condition, facts, at), since(condition, facts, at - TICK)
        assert (begun is not None) is holds(condition, facts, at)
        assert begun in {None, at, before}
        assert before is None or begun in {None, before}
        lasted[begun] = at
    assert len(lasted) > 1


BOUGHT = A("purchase").count() >= 1


@pytest.mark.parametrize(
    ("write", "sentence"),
    [
        (lambda: BOUGHT & (F.tier >= 3), r"what F\.tier was earlier is not known.*beside it"),
        (lambda: ALWAYS, "needs a condition about activities"),
        (lambda: F.tier, "expected a condition"),
        (lambda: A().count(), "expected a condition"),
        (lambda: true_for(BOUGHT) >= days(3), "no other; join .* in one condition"),
        (lambda: A("use").streak(days(7)) >= 2, r"no streak; count in a window"),
        (lambda: A("use").within(months(3)).count() >= 2, r"days\(30\), for 3 months, which follow"),
        (lambda: A("use").before(local_days(3, "UTC")).count() >= 2, "3 calendar days in UTC, which follow"),
        (lambda: A("use").age() >= months(3), "for 3 months, which follow a calendar"),
        (lambda: A("use").age().is_in([months(3)]), "for 3 months, which follow a calendar"),
        (lambda: A("use").where(F.due.until() <= days(3)).count() >= 1, "cannot ask for an age; narrow"),
        (lambda: A("use").age() > A("purchase").last().until(), "with a stated duration"),
        (lambda: A("use").last().until() < A("purchase").age(), "with a stated duration"),
    ],
)
def test_what_has_no_history_of_its_own_is_refused(write: Callable[[], Condition], sentence: str) -> None:
    """When it is written, with what to write instead."""
    condition = write()
    with pytest.raises(InvalidValue, match=sentence):
        true_for(condition)


def bought(*on: int) -> list[Activity]:
    return [Activity(f"p{day}", "c1", "purchase", pools.START + days(day)) for day in on]


def test_a_spell_begins_with_the_fact_that_completes_it_and_ends_when_one_is_too_old() -> None:
    """Three purchases in 90 days: since the third, until the first of the last three leaves the window."""
    often = A("purchase").within(days(90)).count() >= 3
    facts = bought(0, 10, 20, 95)

    assert lasts(often, facts, pools.START + days(20) - TICK) is None
    assert since(often, facts, pools.START + days(20)) == pools.START + days(20)
    assert lasts(often, facts, pools.START + days(90) - TICK) == days(70) - TICK
    assert lasts(often, facts, pools.START + days(90)) is None
    assert since(often, facts, pools.START + days(99)) == pools.START + days(95)


def test_true_since_ever_counts_from_the_year_1() -> None:
    """Or from the first instant that has a whole window before it; windows longer than that are refused as ever."""
    at = pools.START
    assert since(A("use").count() == 0, [], at) == BEGINNING
    assert since(A("use").within(days(30)).count() == 0, [], at) == BEGINNING + days(30)
    assert since(A("use").count() >= 0, bought(3), at) == BEGINNING
    assert since(A("purchase").age() < dt.timedelta.max, bought(-3), at) == at - days(3)
    old = [Activity("old", "c1", "use", BEGINNING)]
    assert since(A("use").within(days(30)).count() == 0, old, at) == BEGINNING + days(30)
    assert since(A("use").count() >= 1, old, at) == BEGINNING
    with pytest.raises(InvalidValue, match="leaves the years 1 to 9999"):
        since(A("use").within(days(10**6)).count() == 0, [], at)
    assert since((A("use").count() >= 0) | (A("use").within(days(10**6)).count() == 0), [], at) == at


def test_since_ever_is_longer_than_any_months_that_fit() -> None:
    """Calendar durations compare with it as with every age, on columns as well."""
    never = true_for(A("use").count() == 0)
    for duration, reached in ((months(1, "America/New_York"), True), (months(12 * 2_500), False)):
        subject = {"as_of": pools.START, "activities": []}
        condition = never >= duration
        assert evaluate(condition, subject) is reached
        assert bulk.matches(condition, profile_columns_of([subject], condition)).tolist() == [reached]


def test_it_needs_an_instant_and_activities() -> None:
    """Even if the condition inside would be true without."""
    condition = true_for(ALWAYS | BOUGHT).is_known()
    for ask in (partial(evaluate, condition), compiled(condition)):
        with pytest.raises(InvalidValue, match="asks about time"):
            ask({"activities": []})
    with pytest.raises(InvalidValue, match="asks about activities"):
        evaluate(condition, {"as_of": pools.START})
    with pytest.raises(InvalidValue, match="give the columns an instant"):
        bulk.evaluate(condition, {"id": ["c1"]})
    with pytest.raises(InvalidValue, match="give the columns the customers' activities"):
        bulk.evaluate(condition, {"id": ["c1"]}, as_of=pools.START)


def test_columns_that_lack_a_prop_say_so() -> None:
    """As for every other term."""
    condition = true_for(A().where(cause="price").count() >= 1) >= days(1)
    table = profile_columns_from({"id": ["c1"]}, as_of=pools.START, activities=columns_of(bought(0)))
    with pytest.raises(InvalidValue, match="'cause', which the columns do not hold"):
        bulk.evaluate(condition, table)


def test_an_explanation_shows_what_had_to_last() -> None:
    """Below what is compared, with what it says now; it is no part that could be turned by itself."""
    often = A("purchase").within(days(90)).count() >= 2
    condition = true_for(often) >= days(30)
    told = explain(condition, {"as_of": pools.START + days(15), "activities": bought(0, 10)})

    assert str(told) == (
        "✗ the time for which (at least 2 'purchase' within 90 days) has been true is at least 30 days "
        "[the instant since which (at least 2 'purchase' within 90 days) has been true: "
        "2024-01-11 00:00+00:00]\n"
        "  ✓ at least 2 'purchase' within 90 days [the number of 'purchase' within 90 days: 2]"
    )
    assert told.activity_ids == ("p0", "p10")
    assert [one.node for one in told.unmet()] == [condition]
    assert [one.node for one in told.flip()] == [condition]


def test_kinds_and_props_inside_are_checked() -> None:
    """By the same vocabulary, at the place where they stand."""
    words = Vocabulary(fields={}, props={"cause": str})
    wrong = true_for(A("purchse").where(F.cuase == "price").count() >= 1) >= days(1)
    assert [str(one) for one in lint(wrong, words)] == [
        "no kind of activity is called 'purchse'. Did you mean 'purchase'?",
        "no field or prop of an activity is called 'cuase'. Did you mean 'cause'?",
    ]
    never = true_for((A("use").count() >= 3) & (A("use").count() <= 1)) >= days(1)
    assert [one.kind for one in lint(never)] == ["never true"]


REGULARS = lifecycle.Lifecycle(
    "regulars",
    "guest",
    moves=(
        lifecycle.on("purchase", "guest", "regular", when=true_for(A("purchase").count() >= 2) >= days(10)),
        lifecycle.after(days(90), "regular", "guest"),
    ),
)


@given(pools.histories(customers=("c1", "c2")), pools.INSTANTS)
def test_guards_may_ask_it_one_by_one_and_in_columns(facts: list[Activity], at: dt.datetime) -> None:
    """A purchase at least ten days after the second one moves them."""
    columns = columns_of(facts)
    told = [
        lifecycle.stage_at(REGULARS, [fact for fact in facts if fact.customer_id == one], as_of=at)
        for one in columns.customers
    ]
    assert lifecycle.bulk.stages(REGULARS, columns, as_of=at).tolist() == told
