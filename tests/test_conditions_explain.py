"""Explanations: the same verdict as the reference, with its causes, and what would turn it."""

from __future__ import annotations

import attrs
from hypothesis import given
from hypothesis import strategies as st

from conditions_pools import AS_OF, conditions, histories, subjects
from crmkit.conditions import ALWAYS, NEVER, UNKNOWN, A, Condition, Explanation, F, days, evaluate, explain
from crmkit.conditions.explanation import Flip
from crmkit.conditions.nodes import Always, And, Not, Or
from crmkit.model import Activity


def substituted(condition: Condition, flips: tuple[Flip, ...]) -> Condition:
    """Return *condition* with the leaves of *flips* replaced by the verdicts they would need."""
    turned = {flip.node: Always(verdict=flip.becomes) for flip in flips}
    match condition:
        case And() | Or():
            return attrs.evolve(condition, parts=tuple(substituted(one, flips) for one in condition.parts))
        case Not():
            return Not(part=substituted(condition.part, flips))
        case _:
            return turned.get(condition, condition)


def leaves(one: Explanation) -> list[Explanation]:
    if isinstance(one.node, (And, Or, Not)):
        return [leaf for part in one.parts for leaf in leaves(part)]
    return [one]


@given(conditions(), subjects())
def test_an_explanation_has_the_verdict_of_the_condition(
    condition: Condition, subject: dict[str, object]
) -> None:
    """At the top, and at every node below."""
    waiting = [explain(condition, subject)]
    assert waiting[0].node == condition
    while waiting:
        one = waiting.pop()
        assert one.verdict is evaluate(one.node, subject)
        waiting += (*one.parts, *one.inside)


@given(conditions(), subjects())
def test_flipping_the_reported_cause_flips_the_verdict(
    condition: Condition, subject: dict[str, object]
) -> None:
    """True becomes false; false and unknown become true."""
    told = explain(condition, subject)
    flips = told.flip()

    if flips:
        assert evaluate(substituted(condition, flips), subject) is (told.verdict is not True)


@given(conditions(), subjects())
def test_every_reported_change_is_needed(condition: Condition, subject: dict[str, object]) -> None:
    """Without any one of the changes the verdict would not turn: the set is a smallest one."""
    told = explain(condition, subject)
    flips = told.flip()

    for left_out in flips:
        rest = tuple(flip for flip in flips if flip is not left_out)
        assert evaluate(substituted(condition, rest), subject) is not (told.verdict is not True)


@given(conditions(), subjects())
def test_flips_name_leaves_with_their_verdicts(condition: Condition, subject: dict[str, object]) -> None:
    """Each names a leaf of the condition once, its verdict, and another one."""
    told = explain(condition, subject)
    verdicts = {leaf.node: leaf.verdict for leaf in leaves(told)}
    flips = told.flip()

    assert len({flip.node for flip in flips}) == len(flips)
    for flip in flips:
        assert flip.was is verdicts[flip.node]
        assert flip.becomes is not flip.was


@given(
    st.lists(st.sampled_from((F.a == 1, F.b == 1, F.c == 1, ~(F.a == 1))), min_size=1, max_size=4),
    st.booleans(),
)
def test_nothing_flips_only_if_nothing_can(parts: list[Condition], together: bool) -> None:
    """An empty answer means that no verdicts of the leaves would turn it, leaf by leaf alike."""
    condition: Condition = And(parts=tuple(parts)) if together else Or(parts=tuple(parts))
    for subject in ({}, {"a": 1, "b": 1}, {"a": 0, "b": 1, "c": 0}):
        verdict = evaluate(condition, subject)
        possible = {
            evaluate(condition, {"a": a, "b": b, "c": c}) for a in (0, 1) for b in (0, 1) for c in (0, 1)
        }

        assert bool(explain(condition, subject).flip()) is ((verdict is not True) in possible)


@given(conditions(), subjects())
def test_unmet_leaves_make_it_true(condition: Condition, subject: dict[str, object]) -> None:
    """Turning every unmet leaf would make it true, where anything can; a true condition has none."""
    told = explain(condition, subject)
    unmet = told.unmet()

    if told.verdict is True:
        assert unmet == ()
    else:
        assert unmet or not told.flip()
        assert {flip.node for flip in told.flip()} <= {leaf.node for leaf in unmet}


def test_unmet_goes_below_negation() -> None:
    """Below `not`, what is true or unknown is in the way."""
    told = explain((F.a == 1) & ~((F.b == 1) | (F.c == 1)) & (F.d == 1), {"a": 1, "b": 1, "c": 2})

    assert [leaf.node for leaf in told.unmet()] == [F.b == 1, F.d == 1]
    assert [(flip.node, flip.was, flip.becomes) for flip in told.flip()] == [
        (F.b == 1, True, False),
        (F.d == 1, None, True),
    ]


def test_a_smallest_set_is_found_where_leaves_repeat() -> None:
    """A leaf that stands twice has one verdict: turning it here turns it there."""
    a, b, c = F.a == 1, F.b == 1, F.c == 1
    told = explain((a | b) & (~a | c), {"a": 0, "b": 0, "c": 0})

    assert [flip.node for flip in told.flip()] == [b]
    assert explain(a & ~a, {"a": 1}).flip() == ()
    assert explain(ALWAYS, {}).flip() == ()
    assert explain(NEVER | (F.a == 1), {}).flip()[0].node == a
    assert explain(And(parts=()), {}).flip() == ()
    assert explain(Or(parts=()), {}).flip() == ()
    assert [one.node for one in explain(UNKNOWN, {}).unmet()] == [UNKNOWN]


def test_true_conditions_flip_at_their_cheapest_part() -> None:
    """One false part turns `and`; every part turns `or`."""
    a, b = F.a == 1, F.b == 1

    assert [flip.becomes for flip in explain(a & b, {"a": 1, "b": 1}).flip()] == [False]
    assert [flip.becomes for flip in explain(a | b, {"a": 1, "b": 1}).flip()] == [False, False]
    assert [flip.node for flip in explain(a | b, {"a": 1, "b": 0}).flip()] == [a]


@given(histories())
def test_the_facts_behind_a_verdict_are_named(facts: list[Activity]) -> None:
    """Count names all it counted, first and last the one, a join each once in order."""
    subject = {"as_of": AS_OF, "activities": facts}
    past = sorted(
        {one.id: one for one in facts if one.at <= AS_OF}.values(), key=lambda one: (one.at, one.id)
    )
    purchases = {one.id for one in past if one.kind == "purchase"}
    counted = explain(A("purchase").count() >= 2, subject)
    first = explain(A().first().age() > days(1), subject)
    last = explain(A().last().age() > days(1), subject)

    assert set(counted.activity_ids) == purchases
    assert counted.values == (("the number of 'purchase'", len(purchases)),)
    assert len(first.activity_ids) == len(last.activity_ids) == min(len(past), 1)
    if past:
        assert first.values[0][1] == past[0].at
        assert last.values[0][1] == past[-1].at
        ids = {one.id: one.at for one in past}
        assert ids[first.activity_ids[0]] == past[0].at
        assert ids[last.activity_ids[0]] == past[-1].at
    joined = explain((A("purchase").count() >= 2) & (A("purchase").count() <= 9), subject)
    assert joined.activity_ids == counted.activity_ids


def test_values_read_are_told_with_the_unknown_ones() -> None:
    """In the order in which they are read, constants left out."""
    told = explain(F.a + F.b > F.c * 2, {"a": 1, "c": 3})

    assert told.values == (("a", 1), ("b", None), ("c", 3))
    assert told.verdict is None


def test_an_explanation_reads_as_an_indented_tree() -> None:
    """One line a node: verdict, condition, values."""
    told = explain((F.tier >= 3) & ~(F.stage == "new") & ((F.x == 1) | NEVER), {"tier": 4, "stage": "new"})

    assert str(told) == (
        "✗ all of\n"
        "  ✓ tier is at least 3 [tier: 4]\n"
        "  ✗ not\n"
        "    ✓ stage is 'new' [stage: 'new']\n"
        "  ? any of\n"
        "    ? x is 1 [x: unknown]\n"
        "    ✗ never"
    )
    assert str(told.flip()[0]) == "stage is 'new': is true, would have to be false"


def test_an_explanation_shows_itself_in_notebooks_escaped() -> None:
    """A table, in which text from data is text."""
    html = explain(F.x == "<b>", {"x": "<script>"})._repr_html_()

    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "false" in html


def test_values_stay_out_of_the_repr() -> None:
    """What was read of a customer may be personal."""
    assert "secret" not in repr(explain(F.name == "x", {"name": "secret"}))
