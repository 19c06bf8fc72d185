"""Compiled conditions: they say what the reference says, whatever is asked of whatever subject."""

from __future__ import annotations

import datetime as dt
from collections import UserString
from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conditions_pools import (
    AS_OF,
    DATES,
    INSTANTS,
    NUMBERS,
    OPS,
    TAGS,
    TEXTS,
    compare,
    conditions,
    histories,
    subjects,
)
from crmkit.conditions import Condition, F, compiled, days, evaluate
from crmkit.conditions.compiling import NOT_ASKED, traced
from crmkit.conditions.nodes import And, Or
from crmkit.errors import InvalidValue
from crmkit.model import Customer, CustomerId, Profile, Tag


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
NAMES = ("stage", "tier", "tags", "since", "born_on")


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


RULES = st.recursive(
    plain_leaves() | conditions(),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: And(parts=tuple(parts))),
        st.lists(inner, max_size=3).map(lambda parts: Or(parts=tuple(parts))),
        inner.map(lambda part: ~part),
    ),
    max_leaves=4,
)
TAG = Tag(name="a", rule="r1", since=AS_OF - dt.timedelta(days=9))
PROFILES = st.builds(
    lambda stage, tier, tags: Profile(
        customer=Customer(id=CustomerId("c1")), as_of=AS_OF, stage=stage, tier=tier, tags=tags
    ),
    st.none() | TEXTS,
    st.none() | NUMBERS,
    st.sampled_from(((), (TAG,))),
)
ANYONE: st.SearchStrategy[Mapping[str, object] | Profile] = st.one_of(
    subjects(),
    PROFILES,
    st.fixed_dictionaries(
        {},
        optional={
            **dict.fromkeys(NAMES, VALUES),
            "as_of": st.sampled_from((AS_OF, None, "today", dt.datetime(2024, 7, 19))),
            "activities": st.sampled_from((None, 3, [3])) | histories(max_size=2),
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


@given(RULES, ANYONE, INSTANTS_ASKED)
@settings(max_examples=300)
def test_a_trace_is_what_evaluate_says_of_the_parts_it_asked(
    condition: Condition, subject: Mapping[str, object] | Profile, as_of: dt.datetime | None
) -> None:
    """The verdict or error is the reference's, and so is that of each part that was asked."""
    ask, parts = traced(condition)
    expected = said(lambda: evaluate(condition, subject, as_of=as_of))

    assert said(lambda: ask(subject, as_of=as_of)[0]) == expected
    if isinstance(expected, str):
        _, verdicts = ask(subject, as_of=as_of)
        for part, one in zip(parts, verdicts, strict=True):
            assert one == NOT_ASKED or one is evaluate(part, subject, as_of=as_of)


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
