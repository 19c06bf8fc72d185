"""The builder: what it writes, and that what could lie raises instead."""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given

from conditions_pools import INSTANTS, conditions
from crmkit.conditions import A, Condition, F, days, local_days, months
from crmkit.conditions.nodes import (
    Always,
    And,
    Compare,
    Contains,
    In,
    Known,
    Not,
    Or,
    children,
    tags_read,
    walk,
)
from crmkit.conditions.operands import operand, operands, sort_of
from crmkit.conditions.terms import (
    Age,
    Arithmetic,
    Constant,
    Count,
    Distinct,
    Facts,
    Field,
    First,
    Greatest,
    Last,
    Least,
    Streak,
    Sum,
    Until,
    term_sort,
)
from crmkit.errors import CrmkitError, InvalidValue

X = Field(name="x")
ONE = Constant(value=1)


@given(conditions())
def test_nodes_keep_value_equality(condition: Condition) -> None:
    """Equal conditions are equal values with equal hashes, and live in sets."""
    again = eval(repr(condition), {**vars(operand_names()), "F": F, "A": A})

    assert again == condition
    assert hash(again) == hash(condition)
    assert len({again, condition}) == 1


def operand_names() -> Any:
    """Return the names that a condition's `repr` uses."""
    import types

    from crmkit import conditions as package

    return types.SimpleNamespace(
        datetime=dt,
        **{
            name: getattr(package, name)
            for name in (
                *("ALWAYS", "NEVER", "UNKNOWN", "days", "local_days", "months", "years"),
                *("true_for", "true_since"),
            )
        },
    )


@pytest.mark.parametrize(
    ("built", "node"),
    [
        (F.x == 1, Compare(op="==", left=X, right=ONE)),
        (F["x"] != 1, Compare(op="!=", left=X, right=ONE)),
        (F.x < 1, Compare(op="<", left=X, right=ONE)),
        (F.x <= 1, Compare(op="<=", left=X, right=ONE)),
        (F.x > 1, Compare(op=">", left=X, right=ONE)),
        (F.x >= 1, Compare(op=">=", left=X, right=ONE)),
        (F.x >= X, Compare(op=">=", left=X, right=X)),
        (F.x.is_in([1, 1]), In(value=X, options=[1])),
        (F.x.contains(1), Contains(container=X, item=1)),
        (F.x.is_known(), Known(value=X)),
        (F.x.is_unknown(), Not(part=Known(value=X))),
        (F.x.is_true(), Compare(op="==", left=X, right=Constant(value=True))),
        (
            F.x.between(1, 2),
            And(
                parts=(
                    Compare(op=">=", left=X, right=ONE),
                    Compare(op="<=", left=X, right=Constant(value=2)),
                )
            ),
        ),
    ],
)
def test_fields_write_conditions(built: Condition, node: Condition) -> None:
    """Each operator and method writes its node."""
    assert built == node
    assert type(built) is type(node)


def test_activities_write_terms() -> None:
    """Each narrowing and each summary writes its term."""
    facts = Facts(kinds=("b", "a", "a"), within=days(3), before=days(1), where=F.channel == "web")
    choice = A("a", "b").within(days(3)).before(days(1)).where(channel="web")

    assert choice.facts == facts
    assert facts.kinds == ("a", "b")
    assert choice.count().term == Count(facts=facts)
    assert choice.sum().term == Sum(facts=facts, of="amount_minor")
    assert choice.min("x").term == Least(facts=facts, of="x")
    assert choice.max("x").term == Greatest(facts=facts, of="x")
    assert choice.first().term == First(facts=facts)
    assert choice.last().term == Last(facts=facts)
    assert choice.age().term == Age(of=Last(facts=facts))
    assert choice.distinct("x").term == Distinct(facts=facts, of="x")
    assert choice.streak(days(7)).term == Streak(facts=facts, every=days(7))
    assert F.x.age().term == Age(of=X)
    assert F.x.until().term == Until(of=X)


def test_filters_add_up() -> None:
    """A second where narrows the first; nothing to narrow by changes nothing."""
    once = A().where(F.a == 1, F.b == 2, c=3)

    assert once.facts == A().where(F.a == 1).where(F.b == 2).where(c=3).facts
    assert once.facts.where == And(parts=(F.a == 1, F.b == 2, F.c == 3))
    assert A().where().facts == Facts()


def test_joining_keeps_one_level() -> None:
    """And and or are joined side by side, whatever the brackets; they are not mixed."""
    a, b, c = F.a == 1, F.b == 1, F.c == 1

    assert (a & b) & c == a & (b & c) == And(parts=(a, b, c))
    assert (a | b) | c == a | (b | c) == Or(parts=(a, b, c))
    assert (a & b) | c == Or(parts=(And(parts=(a, b)), c))
    assert ~~a == Not(part=Not(part=a))


def test_one_is_not_true() -> None:
    """Definitions that say 1 and True differ, in sets too."""
    assert Constant(value=1) != Constant(value=True)
    assert Constant(value={1}) != Constant(value={True})
    assert F.x.is_in([0]) != F.x.is_in([False])
    assert F.x.contains(1) != F.x.contains(True)
    assert Constant(value={1, 2}) == Constant(value=[2, 1])


@given(INSTANTS)
def test_instants_are_held_in_utc(at: dt.datetime) -> None:
    """The same instant in another zone is the same definition."""
    assert (F.x == at.astimezone(dt.timezone(dt.timedelta(hours=-7)))) == (F.x == at)


BUILDERS = (F, F.x, A("purchase"), A("purchase").count())


@pytest.mark.parametrize("builder", BUILDERS, ids=repr)
@pytest.mark.parametrize(
    "lie",
    [bool, lambda one: 3 in one, iter, list, lambda one: not one, lambda one: 1 if one else 2],
    ids=("bool", "in", "iter", "list", "not", "if"),
)
def test_builders_have_no_truth_and_no_members(builder: object, lie: Callable[[Any], object]) -> None:
    """What Python would answer without asking a customer is refused."""
    with pytest.raises(InvalidValue):
        lie(builder)


@pytest.mark.parametrize("builder", BUILDERS, ids=repr)
def test_builders_are_unhashable(builder: object) -> None:
    """They are no values: the node inside is."""
    with pytest.raises(TypeError, match="unhashable"):
        hash(builder)


@pytest.mark.parametrize("name", ["_repr_html_", "_ipython_display_", "__array__", "_x"])
def test_underscored_names_are_no_fields(name: str) -> None:
    """Notebooks look for such attributes; a field of that name is F["_x"]."""
    with pytest.raises(AttributeError, match=name):
        getattr(F, name)
    assert F[name].term == Field(name=name)


def test_conditions_have_no_truth() -> None:
    """So `a < F.x < b`, `and`, `or` and `not` cannot lie."""
    with pytest.raises(InvalidValue, match=r"matches\(condition, profile\)"):
        _ = 1 < F.x < 3
    for lie in (
        lambda: (F.a == 1) and (F.b == 1),
        lambda: (F.a == 1) or (F.b == 1),
        lambda: operator.not_(F.a == 1),
    ):
        with pytest.raises(InvalidValue, match="brackets"):
            lie()


def test_forgotten_brackets_are_noticed() -> None:
    """`F.a == 1 & F.b == 2` binds as `F.a == (1 & F.b) == 2`."""
    with pytest.raises(InvalidValue, match="brackets"):
        _ = F.a == 1 & F.b == 2
    with pytest.raises(InvalidValue, match="brackets"):
        _ = (F.a == 1) & True
    with pytest.raises(InvalidValue, match="brackets"):
        _ = (F.a == 1) & F.b
    with pytest.raises(InvalidValue, match="brackets"):
        _ = (F.a == 1) | 3
    for join in (operator.and_, operator.or_):
        with pytest.raises(InvalidValue):
            join(F.a, F.b == 1)
    with pytest.raises(InvalidValue, match="negating"):
        operator.inv(F.a)


REFUSED: tuple[tuple[Callable[[], object], str], ...] = (
    (lambda: F.x == None, "is_known"),  # noqa: E711
    (lambda: F.x == 0.5, "whole number"),
    (lambda: F.x == float("nan"), "whole number"),
    (lambda: F.x == object(), "cannot be compared"),
    (lambda: F.x == dt.datetime(2024, 1, 1), "time zone"),
    (lambda: F.x.is_in([1, "1"]), "one sort"),
    (lambda: F.x.is_in([1, True]), "one sort"),
    (lambda: F.x.contains([1]), "cannot be compared"),
    (lambda: Contains(container=X, item=frozenset({1})), "one item"),
    (lambda: F.x / 2, "//"),
    (lambda: 2 / F.x, "//"),
    (lambda: F.x < True, "no order"),
    (lambda: F.x >= {1}, "no order"),
    (lambda: F[""] == 1, "needs a name"),
    (lambda: A().count() == "2", "cannot be compared with"),
    (lambda: A().last() > dt.date(2024, 1, 1), "cannot be compared with"),
    (lambda: A().age() > 30, "cannot be compared with"),
    (lambda: A().min() == "x", "cannot be compared with"),
    (lambda: A().last() + 1, "whole numbers"),
    (lambda: 1 + F.x.age(), "whole numbers"),
    (lambda: F.x >= months(3), "right of an age"),
    (lambda: F.x == A("purchase"), "chooses activities"),
    (lambda: A("purchase") == 1, "chooses activities"),
    (lambda: A("purchase") & (F.x == 1), "chooses activities"),
    (lambda: A("a").within(days(1)).within(days(2)), "twice"),
    (lambda: A("a").before(days(1)).before(days(2)), "twice"),
    (lambda: A("a").within(days(0)), "longer than nothing"),
    (lambda: A("a").within(-days(1)), "longer than nothing"),
    (lambda: A("a").before(months(0)), "longer than nothing"),
    (lambda: A("a").streak(local_days(0, "UTC")), "longer than nothing"),
    (lambda: A("a").where(A("b").count() == 1), "one activity"),
    (lambda: A("a").where(F.vip), "is_true"),  # type: ignore[arg-type]
    (lambda: Facts(kinds="purchase"), r"write \('purchase',\)"),
    (lambda: Compare(op="=>", left=X, right=ONE), "a comparison is one of"),  # type: ignore[arg-type]
    (lambda: Arithmetic(op="%", left=X, right=ONE), "an operation is one of"),  # type: ignore[arg-type]
    (
        lambda: Compare(op="<=", left=Constant(value=months(3)), right=Age(of=X)),
        "right of an age",
    ),
)


@pytest.mark.parametrize(("build", "match"), REFUSED)
def test_what_cannot_be_meant_is_refused(build: Callable[[], object], match: str) -> None:
    """When it is written, with a sentence that says what to write instead."""
    with pytest.raises(InvalidValue, match=match):
        build()


def test_calendar_durations_may_stand_left_in_python() -> None:
    """Python mirrors the comparison."""
    assert (months(3) <= F.x.age()) == (F.x.age() >= months(3))
    assert (days(3) > F.x.until()) == (F.x.until() < days(3))


def test_sorts() -> None:
    """A boolean is no number, a datetime no date, and a subclass is of its parent's sort."""

    class Word(str):
        __slots__ = ()

    values = (True, 1, "x", dt.datetime(2024, 1, 1, tzinfo=dt.UTC), dt.date(2024, 1, 1), days(1), months(1))
    sorts = ["truth", "number", "text", "instant", "date", "duration", "duration"]

    assert [sort_of(value) for value in values] == sorts
    assert sort_of(frozenset()) == "set"
    assert sort_of(Word("x")) == "text"
    assert sort_of(0.5) is None
    assert sort_of(None) is None


def test_operands_are_frozen() -> None:
    """Lists, tuples and sets become frozen sets."""
    assert operand([2, 1, 2]) == frozenset({1, 2})
    assert operand((days(1),)) == frozenset({days(1)})
    assert operands([]) == frozenset()


def test_sorts_of_terms_are_known_where_they_can_be() -> None:
    """Fields and props are known only of a customer."""
    facts = A().facts

    assert term_sort(X) is None
    assert term_sort(Least(facts=facts, of="x")) is None
    assert term_sort(Greatest(facts=facts)) == "number"
    assert term_sort(First(facts=facts)) == "instant"
    assert term_sort(Until(of=X)) == "duration"
    assert term_sort(Constant(value="x")) == "text"
    assert term_sort(Distinct(facts=facts, of="x")) == "number"


@given(conditions())
def test_walking_meets_every_node_once_in_reading_order(condition: Condition) -> None:
    """The node itself, then what its children's walks meet."""
    expected = [condition, *(one for child in children(condition) for one in walk(child))]

    assert list(walk(condition)) == expected


def test_always_is_a_condition() -> None:
    """Constants join like any other."""
    assert (Always(verdict=True) & (F.x == 1)) == And(parts=(Always(verdict=True), F.x == 1))


def test_errors_of_the_builder_are_crmkit_errors() -> None:
    """One except clause catches them all."""
    with pytest.raises(CrmkitError):
        bool(F.x == 1)


def test_tags_are_read_of_the_customer_only() -> None:
    """A tags field inside a choice of facts is the activity's; all tags are read where none is named."""
    named = F.tags.contains("vip") | ~F.tags.contains("fan")
    assert tags_read(named) == frozenset({"vip", "fan"})
    assert tags_read((A("use").where(F.tags.contains("x")).count() > 0) & named) == frozenset({"vip", "fan"})
    assert tags_read(F.tier >= 3) == frozenset()
    assert tags_read(F.tags.is_known() & named) is None
