"""Lint: what is wrong with a condition although it can be built."""

from __future__ import annotations

import datetime as dt
from typing import cast

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conditions_pools import OPS, compare, conditions, subjects
from crmkit.conditions import A, Condition, F, Finding, Vocabulary, days, evaluate, lint, months
from crmkit.conditions.nodes import CONDITION_TYPES, And, Compare, Node, Not, Or, children
from crmkit.conditions.outcomes import outcomes
from crmkit.conditions.terms import Constant, Field
from crmkit.errors import InvalidValue
from crmkit.model import CustomField

VOCABULARY = Vocabulary(
    fields=(
        CustomField(name="tier", type="integer", meaning="value tier"),
        CustomField(name="stage", type="choice", choices=("new", "silent"), meaning="stage"),
        CustomField(name="vip", type="boolean", meaning="whether they are a VIP"),
        CustomField(name="born_on", type="date", meaning="date of birth"),
        CustomField(name="since", type="instant", meaning="when it began"),
        CustomField(name="name", meaning="name"),
        CustomField(name="tags", type="choice", choices=("vip", "upset"), many=True, meaning="tags"),
    ),
    kinds=("purchase", "check_in"),
)


def _at(condition: Condition, path: tuple[int, ...]) -> Node:
    node: Node = condition
    for place in path:
        node = children(node)[place]
    return node


def _kinds(condition: Condition, vocabulary: Vocabulary | None = None) -> list[tuple[tuple[int, ...], str]]:
    return [(finding.path, finding.kind) for finding in lint(condition, vocabulary)]


def _without(condition: Condition, paths: set[tuple[int, ...]], path: tuple[int, ...] = ()) -> Condition:
    """Return *condition* without the parts at *paths*."""
    if isinstance(condition, Not):
        return Not(part=_without(condition.part, paths, (*path, 0)))
    if isinstance(condition, (And, Or)):
        kept = (
            _without(part, paths, (*path, place))
            for place, part in enumerate(condition.parts)
            if (*path, place) not in paths
        )
        return attrs.evolve(condition, parts=tuple(kept))
    return condition


@given(conditions(), subjects())
def test_what_is_said_to_be_constant_is(condition: Condition, subject: dict[str, object]) -> None:
    """Never true is true of nobody, always true of everybody, true when known false of nobody."""
    for finding in lint(condition):
        if _inside_facts(condition, finding):
            continue
        if finding.kind in {"never true", "always true", "true when known"}:
            assert isinstance(finding.node, CONDITION_TYPES)
            verdict = evaluate(cast("Condition", finding.node), subject)
            allowed: dict[str, set[bool | None]] = {
                "never true": {False, None},
                "always true": {True},
                "true when known": {True, None},
            }
            assert verdict in allowed[finding.kind]


@given(conditions(), subjects())
def test_all_superfluous_parts_can_be_left_out_together(
    condition: Condition, subject: dict[str, object]
) -> None:
    """The verdict stays the same for every subject: true, false and unknown alike."""
    paths = {finding.path for finding in lint(condition) if finding.kind == "superfluous"}

    assert evaluate(_without(condition, paths), subject) is evaluate(condition, subject)


@given(conditions(), conditions(), subjects())
def test_every_combination_of_verdicts_is_an_outcome(
    one: Condition, other: Condition, subject: dict[str, object]
) -> None:
    """What can happen to two conditions together comes out, unless nothing is said."""
    found = outcomes((one, other))

    assert found is None or (evaluate(one, subject), evaluate(other, subject)) in found


@given(conditions())
def test_findings_stand_in_reading_order_at_their_nodes(condition: Condition) -> None:
    """A path leads to its node, and nothing is said twice."""
    found = lint(condition, VOCABULARY)

    assert [finding.path for finding in found] == sorted(finding.path for finding in found)
    assert all(_at(condition, finding.path) == finding.node for finding in found)
    assert len(set(found)) == len(found)


TYPES = Vocabulary(
    fields=(
        *Vocabulary(fields={"tier": int, "stage": str, "born_on": dt.date, "since": dt.datetime}).fields,
        CustomField(name="tags", many=True, meaning="tags"),
    )
)


@given(conditions(), subjects())
def test_a_misfit_is_never_true_of_a_subject_that_fits(
    condition: Condition, subject: dict[str, object]
) -> None:
    """What is of the wrong type is not met by values of the right one."""
    for finding in lint(condition, TYPES):
        if finding.kind == "misfit" and isinstance(finding.node, CONDITION_TYPES):
            assert evaluate(cast("Condition", finding.node), subject) is not True


TIERS = st.builds(compare, st.sampled_from(OPS), st.just(F.tier), st.integers(0, 2))
OF_ONE_FIELD = st.recursive(
    TIERS | st.sampled_from((F.tier.is_known(), F.tier.is_in([0, 2]), F.tier.is_in(["new"]))),
    lambda inner: (
        st.builds(lambda a, b: a & b, inner, inner)
        | st.builds(lambda a, b: a | b, inner, inner)
        | inner.map(lambda a: ~a)
    ),
    max_leaves=5,
)


@given(OF_ONE_FIELD)
def test_of_one_field_nothing_constant_is_missed(condition: Condition) -> None:
    """Lint says that a condition on one field is constant just where it is, over every value there can be."""
    values: list[object] = [None, "", "new", "z", 0.5, True, *range(-2, 5)]
    verdicts = {evaluate(condition, {"tier": value}) for value in values}
    expected = None
    if True not in verdicts:
        expected = "never true"
    elif False not in verdicts:
        expected = "true when known" if None in verdicts else "always true"

    assert next((finding.kind for finding in lint(condition) if finding.path == ()), None) == expected


def _inside_facts(condition: Condition, finding: Finding) -> bool:
    return any(
        type(_at(condition, finding.path[:depth])).__name__ == "Facts" for depth in range(len(finding.path))
    )


AT = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ((F.tier >= 3) & (F.tier < 2), [((), "never true")]),
        ((F.tier > 2) & (F.tier < 3), [((), "never true")]),
        ((F.stage == "a") & (F.stage == "b"), [((), "never true")]),
        ((F.since > AT) & (F.since <= AT), [((), "never true")]),
        ((F.since.age() > days(9)) & (F.since.age() < days(8)), [((), "never true")]),
        ((F.stage == "a") & F.stage.is_unknown(), [((), "never true")]),
        (F.stage.is_in([]), [((), "never true")]),
        (A("purchase").count() < 0, [((), "never true")]),
        ((F.tags == {"a"}) & (F.tags == {"b"}), [((), "never true")]),
        ((F.vip == True) & (F.vip == False), [((), "never true")]),  # noqa: E712
        ((F.tier >= 3) | (F.tier < 3), [((), "true when known")]),
        (~((F.tier >= 3) & (F.tier < 3)), [((), "true when known")]),
        (F.stage >= "", [((), "true when known")]),
        (F.since.age() >= months(1), []),
        ((F.since.age() >= months(1)) | (F.since.age() < months(1)), []),
        (F.tier.is_known() | F.tier.is_unknown(), [((), "always true")]),
        (A("purchase").count() >= 0, [((), "always true")]),
        ((F.tier >= 3) & (F.tier >= 2), [((1,), "superfluous")]),
        ((F.tier >= 3) | (F.tier >= 2), [((0,), "superfluous")]),
        ((F.tier >= 3) & (F.tier >= 3), [((1,), "superfluous")]),
        ((F.tier >= 3) & (F.stage == "a") & (F.stage != "b"), [((2,), "superfluous")]),
        ((F.tier >= 3) & F.tier.is_known(), []),
        (Compare(op="<", left=Constant(value=3), right=Constant(value=2)), [((), "never true")]),
        (
            Compare(op="<", left=Constant(value=3), right=Field(name="tier")) & (F.tier < 3),
            [((), "never true")],
        ),
        (A().count().is_in(["three"]), [((), "never true")]),
        (F.born_on <= dt.date.max, [((), "true when known")]),
        (F.born_on < dt.date.min, [((), "never true")]),
        (F.pause.is_in([months(1)]) & F.pause.is_in([]), [((), "never true")]),
        ((F.vip.is_true()) | ((F.tier >= 3) & (F.tier < 2)), [((1,), "never true")]),
        ((F.tier >= 1) & (F.tier >= "a"), [((), "never true")]),
        (
            A("purchase").where((F.amount_minor > 3) & (F.amount_minor < 2)).count() >= 1,
            [((0, 0, 0), "never true")],
        ),
        ((F.tier >= 3) & (F.stage == "silent") & ~F.tags.contains("x"), []),
    ],
)
def test_logic(condition: Condition, found: list[tuple[tuple[int, ...], str]]) -> None:
    """What is constant, and what another part implies."""
    assert _kinds(condition) == found


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        (F.stgae == "new", "no field is called 'stgae'. Did you mean 'stage'?"),
        (F.stage == "nwe", "'nwe' is no value of 'stage'. Did you mean 'new'?"),
        (F.stage.is_in(["new", "slient"]), "'slient' is no value of 'stage'. Did you mean 'silent'?"),
        (F.tags.contains("upste"), "'upste' is no value of 'tags'. Did you mean 'upset'?"),
        (F.tags == {"vpi"}, "'vpi' is no value of 'tags'. Did you mean 'vip'?"),
        (
            F.tier == "gold",
            "\"tier is 'gold'\" can never be known: F.tier is a number and 'gold' a text; compare it with a number",
        ),
        (A("purchse").count() >= 1, "no kind of activity is called 'purchse'. Did you mean 'purchase'?"),
        (F.vip > F.vip, "F.vip is a truth, which has no order; use == or !="),
        (
            F.born_on.age() >= days(30),
            "F.born_on is a date, which has no hours: compare with local_days(…), months(…) or years(…)",
        ),
        (F.tier.age() >= days(30), "an age or a wait needs an instant or a date, and F.tier is a number"),
        (F.name + 1 > 2, "only whole numbers can be reckoned with, and F.name is a text"),
        (F.tier.contains("a"), "only a text or a set contains anything, and F.tier is a number"),
        (
            F.tags == "vip",
            "F.tags may hold several values and is then unknown here: ask F.tags.contains('vip')",
        ),
        (F.name.contains(3), "F.name holds a text, never a number; ask for a text"),
    ],
)
def test_what_does_not_fit_the_vocabulary(condition: Condition, reason: str) -> None:
    """Each misfit is one sentence, with the closest name where there is one."""
    assert [str(finding) for finding in lint(condition, VOCABULARY)] == [reason]


@pytest.mark.parametrize(
    "condition",
    [
        (F.tier >= 3) & (F.stage == "new") & F.tags.contains("vip") & F.vip.is_true(),
        (F.born_on.age() >= months(12)) & (F.since.age() >= days(3)) & F.name.contains("a"),
        A("check_in").where(F.shop == "north").count() >= 1,
    ],
)
def test_what_fits_is_left_in_peace(condition: Condition) -> None:
    """Declared names of their declared types, and props of activities, raise no finding."""
    assert lint(condition, VOCABULARY) == ()


def test_too_many_values_are_looked_at_two_parts_at_a_time() -> None:
    """A long condition is not tried in full, and its plain faults are still found."""
    many = And(parts=tuple(F[f"f{place}"] >= 3 for place in range(12)))

    assert lint(many) == ()
    assert _kinds(many & (F.f3 < 2)) == [((), "never true")]
    assert _kinds(many & (F.f3 >= 2)) == [((12,), "superfluous")]
    assert _kinds(Or(parts=many.parts) | (F.f3 < 3)) == [((), "true when known")]


def test_a_vocabulary_is_written_as_types() -> None:
    """A mapping of types is the same vocabulary as custom fields; other types are refused."""
    written = Vocabulary(fields={"tier": int, "stage": {"new", "silent"}})

    assert _kinds(F.stage == "nwe", written) == [((), "misfit")]
    assert [field.type for field in written.fields] == ["choice", "integer"]
    with pytest.raises(InvalidValue, match="tier"):
        Vocabulary(fields={"tier": float})
    with pytest.raises(InvalidValue, match="twice"):
        Vocabulary(fields=(*written.fields, *written.fields))
    with pytest.raises(InvalidValue, match="several"):
        Vocabulary(fields={}, kinds="purchase")


def test_lint_refuses_what_is_no_condition() -> None:
    """A term is still to be compared."""
    with pytest.raises(InvalidValue, match="compare it"):
        lint(F.tier)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        (
            (F.stage == "new") & (F.tier >= 3) & (F.tier < 2),
            '"tier is at least 3" and "tier is less than 2" are never true together: change one of them',
        ),
        (
            (F.stage == "new") & F.tier.is_in([]),
            '"tier is one of nothing" is never true of anybody: change it',
        ),
        (F.tier.is_in([]), '"tier is one of nothing" is never true: name at least one option'),
        (
            (F.tier >= 3) | (F.stage == "new") | (F.tier < 3),
            '"tier is at least 3" or "tier is less than 3" is true whenever it is known: '
            "ask .is_known() if that is meant, else change it",
        ),
        (
            (F.tier >= 3) | (F.tier < 3) | ~F.tier.is_in([1]) | F.tier.is_known() | F.tier.is_unknown(),
            '"tier is known" or "tier is unknown" is always true, whoever is asked: leave it out, or change it',
        ),
    ],
)
def test_a_reason_names_the_parts_that_settle_it(condition: Condition, reason: str) -> None:
    """The fewest parts that make the whole constant, and never more than is true of them."""
    assert [str(finding) for finding in lint(condition)] == [reason]
