"""Compiled conditions: they say what the reference says, whatever is asked of whatever subject."""

from __future__ import annotations

import datetime as dt
from collections import UserString
from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from conditions_pools import (
    AS_OF,
    DATES,
    DURATIONS,
    INSTANTS,
    NUMBERS,
    OPS,
    TAGS,
    TEXTS,
    activities,
    compare,
    conditions,
    histories,
    subjects,
)
from crmkit.conditions import A, Condition, F, compiled, days, evaluate, explain, months
from crmkit.conditions.builder import Asked, Chosen
from crmkit.conditions.compiling import NOT_ASKED, traced
from crmkit.conditions.evaluate import value_of
from crmkit.conditions.nodes import And, Or
from crmkit.conditions.operands import sort_of
from crmkit.conditions.subject import subject_of
from crmkit.conditions.terms import term_sort
from crmkit.errors import InvalidValue
from crmkit.model import Activity, ActivityId, Customer, CustomerId, Profile, Tag, in_fact_order


class Level(int):
    """A whole number of another type."""


class Word(str):
    """A text of another type."""

    __slots__ = ()


ODD: tuple[object, ...] = (
    None,
    True,
    False,
    0.5,
    float("nan"),
    Level(1),
    Word("silent"),
    UserString("a"),
    dt.datetime(2024, 7, 19),
    dt.datetime(2024, 7, 19, tzinfo=ZoneInfo("Asia/Shanghai")),
    dt.timedelta(days=1),
    ["a", "new"],
    {"a": 1},
    ("a", 1),
    {"a", 1},
    {1, 2},
    [],
    [["a"]],
    frozenset({True}),
    frozenset({UserString("a")}),
    frozenset({Word("a")}),
    [float("nan")],
    object(),
)
VALUES = st.one_of(NUMBERS, TEXTS, DATES, INSTANTS, TAGS, st.booleans(), st.sampled_from(ODD))
NAMES = ("stage", "tier", "tags", "since", "born_on", "id", "roles", "stage_since", "frequency", "email")


@st.composite
def plain_leaves(draw: st.DrawFn) -> Condition:
    """Return comparisons of a field with constants of every sort."""
    field = F[draw(st.sampled_from(NAMES))]
    constant = draw(st.one_of(NUMBERS, TEXTS, DATES, INSTANTS, TAGS, st.booleans(), st.just(days(1))))
    ordered = not isinstance(constant, (bool, frozenset))
    written: tuple[Callable[[], Condition], ...] = (
        lambda: compare(draw(st.sampled_from(OPS if ordered else OPS[:2])), field, constant),
        lambda: field.contains(draw(st.one_of(st.sampled_from("abc"), TEXTS, NUMBERS, st.booleans()))),
        lambda: field.is_in(
            draw(st.one_of(*(st.lists(of, max_size=2) for of in (NUMBERS, TEXTS, DATES, st.booleans()))))
        ),
        field.is_known,
        field.is_unknown,
    )
    return draw(st.sampled_from(written))()


WHERES: st.SearchStrategy[Condition] = st.recursive(
    st.sampled_from(
        (
            F.kind == "purchase",
            F.channel == "store",
            F.channel.is_in(("web", "mail")),
            F.amount_minor >= 100,
            F.currency != "EUR",
            F.sequence + 1 == 2,
            F.cause == "price",
            F.cause.contains("comp"),
            F.cause == 3,
            F.cause.is_unknown(),
            F.many.contains("a"),
            F.many == {"a", "b"},
            F.at < AS_OF - days(30),
            F.at.age() >= days(100),
            F.at.age() >= months(3),
            F.recorded_at.until() > days(1),
            F.customer_id.is_known(),
            F.account_id == F.channel,
        )
    ),
    lambda inner: st.one_of(
        st.builds(lambda a, b: a & b, inner, inner),
        st.builds(lambda a, b: a | b, inner, inner),
        inner.map(lambda part: ~part),
    ),
    max_leaves=3,
)
ENDLESS = dt.timedelta(days=9_999 * 365)


@st.composite
def choices_of_facts(draw: st.DrawFn) -> Chosen:
    """Return choices of activities by kind, window, channel and props, windows beyond the calendar included."""
    choice = A(*draw(st.lists(st.sampled_from(("purchase", "use", "signup")), max_size=2)))
    windows = st.none() | DURATIONS | st.sampled_from((days(100), ENDLESS))
    if within := draw(windows):
        choice = choice.within(within)
    if before := draw(windows):
        choice = choice.before(before)
    return choice.where(draw(WHERES)) if draw(st.booleans()) else choice


@st.composite
def terms_of_facts(draw: st.DrawFn) -> Asked:
    """Return every term over activities, of amounts, of texts, of props and of what no activity has."""
    choice = draw(choices_of_facts())
    of = draw(st.sampled_from(("amount_minor", "channel", "sequence", "cause", "at", "id", "many", "none")))
    return draw(
        st.sampled_from(
            (
                choice.count(),
                choice.sum(of),
                choice.min(of),
                choice.max(of),
                choice.distinct(of),
                choice.first(),
                choice.last(),
                choice.first().age(),
                choice.last().until(),
                choice.max("at").age(),
                choice.streak(draw(DURATIONS)),
                choice.count() + F.tier,
                choice.sum() // choice.count(),
            )
        )
    )


@st.composite
def leaves_of_facts(draw: st.DrawFn) -> Condition:
    """Return comparisons of terms over activities with constants of the sorts that they can have."""
    term = draw(terms_of_facts() | st.sampled_from((F.since.age(), F.since.until(), F.born_on.age())))
    sort = term_sort(term.term)
    constants: dict[str | None, st.SearchStrategy[object]] = {
        "number": NUMBERS | st.sampled_from((100, 250, 350)),
        "instant": INSTANTS,
        "duration": DURATIONS | st.just(days(50)),
        None: NUMBERS | TEXTS | INSTANTS | st.sampled_from(("competitor", 100, 250)),
    }
    written: tuple[Callable[[], Condition], ...] = (
        lambda: compare(draw(st.sampled_from(OPS)), term, draw(constants[sort])),
        lambda: compare(draw(st.sampled_from(OPS)), term, draw(constants[sort])),
        lambda: term.is_in([draw(constants[sort])]),
        lambda: term.contains(draw(TEXTS)),
        term.is_known,
        term.is_unknown,
    )
    return draw(st.sampled_from(written))()


RULES = st.recursive(
    plain_leaves() | leaves_of_facts() | conditions(),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: And(parts=tuple(parts))),
        st.lists(inner, max_size=3).map(lambda parts: Or(parts=tuple(parts))),
        inner.map(lambda part: ~part),
    ),
    max_leaves=4,
)
FACTS = st.lists(
    st.builds(
        lambda fact, currency, more: attrs.evolve(
            fact,
            currency=None if fact.amount_minor is None else currency,
            props=dict(fact.props) | more,
            recorded_at=fact.at + days(2) if fact.sequence else None,
        ),
        activities(),
        st.sampled_from(("CNY", "CNY", "CNY", "EUR")),
        st.sampled_from(({}, {}, {"many": ("a", "b")}, {"many": "a"}, {"cause": AS_OF}, {"cause": 0.5})),
    ),
    max_size=10,
)
TAGS_HELD = st.tuples(
    st.sampled_from("abc"),
    st.integers(-2, 2),
    st.none() | st.integers(2, 4),
    st.sampled_from((str, Word, UserString)),
).map(
    lambda drawn: (
        Tag(
            name=drawn[3](drawn[0]),
            rule="r1",
            since=AS_OF + days(drawn[1]),
            until=None if drawn[2] is None else AS_OF + days(drawn[2] - 2),
        )
        if drawn[2] is None or drawn[1] <= drawn[2] - 2
        else Tag(name=drawn[0], rule="r1", since=AS_OF)
    )
)
PROFILES = st.builds(
    Profile,
    customer=st.builds(
        Customer,
        id=st.just(CustomerId("c1")),
        fields=st.fixed_dictionaries({}, optional={"since": INSTANTS, "born_on": DATES, "x": NUMBERS}),
    ),
    as_of=st.just(AS_OF),
    activities=FACTS.map(in_fact_order).map(tuple) | FACTS.map(tuple),
    stage=st.none() | TEXTS,
    stage_since=st.none() | INSTANTS,
    tier=st.none() | NUMBERS,
    measures=st.sampled_from(((), (("frequency", 2),))),
    tags=st.lists(TAGS_HELD, max_size=2).map(tuple),
    roles=st.sampled_from(((), ("a", "fan"))),
)
ANYONE: st.SearchStrategy[Mapping[str, object] | Profile] = st.one_of(
    subjects(),
    PROFILES,
    st.fixed_dictionaries(
        {},
        optional={
            **dict.fromkeys(NAMES, VALUES),
            "as_of": st.sampled_from((AS_OF, None, "today", dt.datetime(2024, 7, 19))),
            "activities": st.sampled_from((None, 3, [3])) | histories(max_size=2) | FACTS,
        },
    ),
    st.dictionaries(st.sampled_from(NAMES), VALUES),
)
INSTANTS_ASKED = st.sampled_from((None, None, AS_OF, AS_OF + dt.timedelta(days=1), dt.datetime(2024, 7, 19)))


def said(ask: Callable[[], bool | None]) -> object:
    """Return the verdict in letters, or the type and words of the error."""
    try:
        return repr(ask())
    except Exception as error:
        return type(error), str(error)


@given(RULES, ANYONE, INSTANTS_ASKED)
@settings(max_examples=500)
def test_compiled_says_what_evaluate_says(
    condition: Condition, subject: Mapping[str, object] | Profile, as_of: dt.datetime | None
) -> None:
    """The same verdict, or the same error in the same words, for every condition, subject and instant."""
    ask = compiled(condition)

    expected = said(lambda: evaluate(condition, subject, as_of=as_of))

    assert said(lambda: ask(subject, as_of=as_of)) == expected
    assert said(lambda: ask(subject, as_of=as_of)) == expected


WITH_HISTORY = PROFILES | st.builds(
    lambda subject, facts: subject | {"activities": facts, "as_of": AS_OF}, subjects(), FACTS
)


@given(leaves_of_facts(), WITH_HISTORY)
@settings(max_examples=500)
def test_compiled_says_what_evaluate_says_of_a_history(
    condition: Condition, subject: Mapping[str, object] | Profile
) -> None:
    """Every term over activities, chosen in every way, of every history, in fact order or not."""
    ask = compiled(condition)

    assert said(lambda: ask(subject)) == said(lambda: evaluate(condition, subject))


@given(terms_of_facts(), WITH_HISTORY)
@settings(max_examples=500)
def test_compiled_finds_the_very_value_of_a_term(
    term: Asked, subject: Mapping[str, object] | Profile
) -> None:
    """What the reference says a term is, the compiled comparison finds it equal to."""
    try:
        value = value_of(term.term, subject_of(subject))
    except InvalidValue:
        assume(False)
    if value is None or sort_of(value) is None:
        assert compiled(term.is_known())(subject) is (value is not None)
    else:
        assert compiled(term == value)(subject) is True


@given(RULES, ANYONE, INSTANTS_ASKED)
@settings(max_examples=300)
def test_a_trace_is_what_explain_says_of_the_parts_it_asked(
    condition: Condition, subject: Mapping[str, object] | Profile, as_of: dt.datetime | None
) -> None:
    """The verdict or error is the reference's, and `explain` says the same of each part that was asked."""
    ask, parts = traced(condition)
    expected = said(lambda: evaluate(condition, subject, as_of=as_of))

    assert said(lambda: ask(subject, as_of=as_of)[0]) == expected
    if isinstance(expected, str):
        _, verdicts = ask(subject, as_of=as_of)
        for part, one in zip(parts, verdicts, strict=True):
            assert one == NOT_ASKED or one is explain(part, subject, as_of=as_of).verdict


@pytest.mark.parametrize("currency", ["CNY", "EUR"])
def test_amounts_of_two_currencies_and_activities_without_a_channel(currency: str) -> None:
    """The sum is unknown if currencies mix, and what has no channel is not counted as one."""
    facts = [
        Activity(ActivityId(f"a{place}"), CustomerId("c1"), "purchase", AS_OF - days(place), **more)
        for place, more in enumerate[dict[str, Any]](
            (
                {"amount_minor": 100, "currency": "CNY", "channel": "web"},
                {"amount_minor": 250, "currency": currency},
                {"currency": "EUR"},
            )
        )
    ]
    subject = {"as_of": AS_OF, "activities": facts}

    for term in (A().sum(), A().min(), A().max(), A().distinct("channel"), A().distinct("currency")):
        asked: list[Condition] = [term == number for number in (1, 2, 100, 250, 350)]
        for condition in (*asked, term.is_known()):
            assert compiled(condition)(subject) is evaluate(condition, subject), condition


PLAIN_VALUES: tuple[object, ...] = (
    1,
    "a",
    "silent",
    frozenset({"a", "b"}),
    frozenset({"b", 1}),
    dt.date(2024, 7, 19),
    dt.datetime(2024, 7, 19, tzinfo=dt.UTC),
)
EACH_LEAF: tuple[Condition, ...] = (
    *(
        compare(op, F.x, constant)
        for op in OPS
        for constant in (0, 1, "a", "silent", *PLAIN_VALUES[-2:], days(1))
    ),
    *(compare(op, F.x, constant) for op in OPS[:2] for constant in (True, False, frozenset({"a"}))),
    *(F.x.contains(item) for item in ("a", "silent", "", 1, True)),
    *(F.x.is_in(options) for options in ((), ("a", "silent"), (0, 1), (True,), PLAIN_VALUES[-1:])),
    F.x.is_known(),
    F.x.is_unknown(),
)


@pytest.mark.parametrize("value", [*PLAIN_VALUES, *ODD], ids=lambda value: f"{type(value).__name__}")
def test_each_leaf_says_what_evaluate_says_of_each_value(value: object) -> None:
    """Every plain comparison meets every plain and odd value, so that no rule of what compares with what is missed."""
    for leaf in EACH_LEAF:
        expected = said(lambda leaf=leaf: evaluate(leaf, {"x": value}))  # type: ignore[misc]

        assert said(lambda leaf=leaf: compiled(leaf)({"x": value})) == expected, leaf  # type: ignore[misc]


@pytest.mark.parametrize("depth", [11, 12, 13, 40])
@pytest.mark.parametrize("tier", [0, 1, None])
def test_conditions_within_each_other_are_compiled_or_asked(depth: int, tier: int | None) -> None:
    """However deep conditions stand in each other, the verdict is the reference's."""
    condition: Condition = F.tier == 1
    for level in range(depth):
        joined = And if level % 2 else Or
        condition = joined(parts=(F.stage == "new", ~condition, F.tags.contains("a")))
    subject = {"tier": tier, "stage": None, "tags": ["a"]}

    assert compiled(condition)(subject) is evaluate(condition, subject)


def test_a_condition_of_many_parts_compiles() -> None:
    """A list of thousands of tiers is one function, not thousands of nested ones."""
    condition = Or(parts=tuple(F.tier == tier for tier in range(3_000)))

    assert compiled(condition)({"tier": 2_999}) is True
    assert compiled(condition)({"tier": 3_000}) is False


def test_nothing_of_the_data_becomes_code() -> None:
    """Names and texts that look like Python are only names and texts."""
    hostile = "__import__('os').abort() or read('tier')"
    condition = (F[hostile] == hostile) & F.tags.contains(hostile)

    ask = compiled(condition)

    assert ask({hostile: hostile, "tags": {hostile}}) is True
    assert ask({hostile: "", "tags": {hostile}}) is False


def test_what_is_no_condition_is_refused_when_it_is_compiled() -> None:
    """The mistake shows where it was made, in the words of `evaluate`."""
    with pytest.raises(InvalidValue, match="expected a condition"):
        compiled(F.tier)  # type: ignore[arg-type]
