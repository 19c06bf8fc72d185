"""Activities: facts with a time, in one order whatever order they come in."""

from __future__ import annotations

import datetime as dt

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.errors import InvalidValue
from crmkit.model import (
    KIND_CLASSES,
    KINDS,
    Activity,
    ActivityId,
    CustomerId,
    Money,
    conflicts,
    fact_order,
    in_fact_order,
    kind_priority,
)
from model_values import ACTIVITIES, AT, SECRET

HISTORIES = st.lists(ACTIVITIES, max_size=8)


def _fact(fact_id: str = "a", kind: str = "purchase", **rest: object) -> Activity:
    return Activity(ActivityId(fact_id), CustomerId("c"), kind, AT, **rest)  # type: ignore[arg-type]


@given(HISTORIES, st.randoms(use_true_random=False))
def test_the_order_facts_come_in_does_not_matter(history: list[Activity], random: object) -> None:
    """Every permutation gives the same facts in the same order."""
    shuffled = list(history)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert in_fact_order(shuffled) == in_fact_order(history)


@given(HISTORIES)
def test_telling_twice_changes_nothing(history: list[Activity]) -> None:
    """A fact told twice counts once."""
    once = in_fact_order(history)

    assert in_fact_order([*history, *history]) == once
    assert in_fact_order(once) == once
    assert sorted(fact.id for fact in once) == sorted({fact.id for fact in history})


@given(HISTORIES, HISTORIES)
def test_splitting_the_input_changes_nothing(left: list[Activity], right: list[Activity]) -> None:
    """Ordering the parts and then the whole is ordering the whole."""
    assert in_fact_order([*in_fact_order(left), *in_fact_order(right)]) == in_fact_order([*left, *right])


@given(HISTORIES)
def test_fact_order_is_total_on_facts(history: list[Activity]) -> None:
    """No two facts with different ids share a place."""
    facts = in_fact_order(history)
    keys = [fact_order(fact) for fact in facts]

    assert keys == sorted(keys)
    assert len(set(keys)) == len(facts)


@given(HISTORIES)
def test_of_facts_that_share_an_id_the_first_stays(history: list[Activity]) -> None:
    """What stays came, and nothing with its id comes before it."""
    for fact in in_fact_order(history):
        twins = [one for one in history if one.id == fact.id]
        assert fact in twins
        assert fact_order(fact) == min(fact_order(one) for one in twins)


@given(HISTORIES)
def test_conflicts_are_ids_with_two_contents(history: list[Activity]) -> None:
    """A repeat is no conflict, a contradiction is, and it is told once, sorted."""
    told = [problem.reason.split("'")[1] for problem in conflicts(history)]
    contents = {fact.id: {one for one in history if one.id == fact.id} for fact in history}

    assert told == sorted(key for key, versions in contents.items() if len(versions) > 1)
    assert conflicts([*history, *history]) == conflicts(history)
    assert all(problem.kept and problem.field == "id" for problem in conflicts(history))


def test_facts_that_differ_only_in_a_prop_have_an_order() -> None:
    """The hidden values of props decide too, so the answer never hangs on the input's order."""
    one, two = _fact(props={"x": 1}), _fact(props={"x": 2})
    truth = _fact(props={"x": True})

    assert in_fact_order([two, one]) == in_fact_order([one, two]) == [one]
    assert in_fact_order([truth, one]) == in_fact_order([one, truth])
    assert one != truth


def test_within_an_instant_the_class_of_the_kind_decides() -> None:
    """One becomes known before one buys, and buys before one ends."""
    kinds = [
        "send",
        "refund",
        "purchase",
        "blocked",
        "own",
        "signup",
        "touch",
        "complaint",
        "signed",
        "follow",
    ]
    facts = in_fact_order(_fact(fact_id=kind, kind=kind) for kind in kinds)

    assert " ".join(fact.kind for fact in facts) == (
        "touch follow signup signed purchase complaint refund blocked send own"
    )


def test_sequence_decides_within_a_class() -> None:
    """Of two facts of one instant and class the lower sequence comes first, then the id."""
    facts = [_fact("b"), _fact("a", sequence=1), _fact("c")]

    assert [fact.id for fact in in_fact_order(facts)] == ["b", "c", "a"]


def test_each_kind_stands_in_one_class() -> None:
    """Priorities follow the table, and a host's own kinds come last."""
    assert len(set(KINDS)) == len(KINDS) == sum(len(kinds) for _, kinds in KIND_CLASSES)
    assert [kind_priority(kinds[0]) for _, kinds in KIND_CLASSES] == list(range(9))
    assert kind_priority("own kind") == 9


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"amount_minor": -1, "currency": "CNY"}, "'refund'"),
        ({"amount_minor": 1.5, "currency": "CNY"}, "whole minor units"),
        ({"amount_minor": True, "currency": "CNY"}, "whole minor units"),
        ({"amount_minor": 2**63, "currency": "CNY"}, "at most 9,223"),
        ({"amount_minor": 1}, "needs a currency"),
        ({"currency": "money"}, "three letters"),
        ({"sequence": -1}, "sequence"),
        ({"sequence": 2**63}, "sequence"),
        ({"channel": "\ud800"}, "no Unicode"),
        ({"account_id": 7}, "is text, got int"),
        ({"fact_id": ""}, "needs an id"),
        ({"kind": ""}, "a kind"),
        ({"recorded_at": dt.datetime(2024, 1, 1)}, "time zone"),
    ],
)
def test_what_is_no_fact_is_refused(parts: dict[str, object], reason: str) -> None:
    """Checked once, at construction."""
    with pytest.raises(InvalidValue, match=reason):
        _fact(**parts)  # type: ignore[arg-type]


def test_a_fact_needs_a_customer_and_an_aware_time() -> None:
    """Whose it is and when it was are never unknown."""
    with pytest.raises(InvalidValue, match="customer_id"):
        attrs.evolve(_fact(), customer_id=CustomerId(""))
    with pytest.raises(InvalidValue, match="no time zone"):
        attrs.evolve(_fact(), at=dt.datetime(2024, 1, 1))


def test_money_and_props_are_read_by_name() -> None:
    """Money is whole or unknown; a prop that is not there is unknown."""
    fact = _fact(amount_minor=0, currency="cny", props={"order_id": "o1"})

    assert fact.money == Money(amount_minor=0, currency="CNY")
    assert _fact().money is None
    assert (fact["order_id"], fact["nothing"]) == ("o1", None)


def test_the_repr_holds_no_prop_values() -> None:
    """Props are the host's; their names are enough in a log."""
    assert SECRET not in repr(_fact(props={"note": SECRET}))
    assert "<note>" in repr(_fact(props={"note": SECRET}))
