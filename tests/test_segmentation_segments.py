"""Segments: everyone is in, out or unknown."""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.conditions import A, Condition, F, days, evaluate, from_json, to_json
from crmkit.errors import Contradiction, InvalidValue, UnknownName
from crmkit.model import Activity, Customer, CustomerId, Profile, in_fact_order
from crmkit.segmentation import FAMILIES, Membership, Segment, members
from segmentation_pools import AS_OF, histories

LEAVES: tuple[Condition, ...] = (
    F.tier >= 3,
    F.stage == "silent",
    F.tags.contains("vip"),
    A("purchase").within(days(3)).count() >= 2,
    A("touch").count() == 0,
)
LEAF = st.sampled_from(LEAVES)
CONDITION = st.recursive(
    LEAF,
    lambda inner: st.one_of(inner.map(lambda a: ~a), st.builds(lambda a, b: a & b, inner, inner)),
    max_leaves=4,
)


@st.composite
def profiles(draw: st.DrawFn) -> list[Profile]:
    history = [fact for fact in in_fact_order(draw(histories())) if fact.at <= AS_OF]
    return [
        Profile(
            customer=Customer(id=CustomerId(who)),
            as_of=AS_OF,
            activities=tuple(fact for fact in history if fact.customer_id == who),
            stage=draw(st.sampled_from((None, "new", "silent"))),
            tier=draw(st.sampled_from((None, 2, 3))),
        )
        for who in draw(st.permutations(("c1", "c2", "c3")))
    ]


def ask(when: Condition, everyone: list[Profile]) -> Membership:
    return members(Segment("s", when=when), everyone, as_of=AS_OF)


def ids(everyone: list[Profile]) -> list[str]:
    return sorted(one.customer.id for one in everyone)


@given(CONDITION, profiles())
def test_in_out_and_unknown_are_everyone(when: Condition, everyone: list[Profile]) -> None:
    """The counts add up, each customer is in one list, and the lists are sorted."""
    found = ask(when, everyone)

    assert sorted(found.inside + found.outside + found.unknown) == ids(everyone)
    assert sum(count for _, count in found.counts) == len(everyone)
    for part in (found.inside, found.outside, found.unknown):
        assert list(part) == sorted(part)


@given(CONDITION, profiles())
def test_membership_is_what_the_condition_says(when: Condition, everyone: list[Profile]) -> None:
    """True is in, false is out, unknown is unknown; and the reason says the same."""
    found = ask(when, everyone)

    for one in everyone:
        verdict = evaluate(when, one)
        assert (one.customer.id in found.inside) == (verdict is True)
        assert (one.customer.id in found.outside) == (verdict is False)
        assert found.why(one.customer.id).verdict is verdict


@given(CONDITION, profiles())
def test_a_segment_and_its_opposite_never_overlap(when: Condition, everyone: list[Profile]) -> None:
    """In and out change places; unknown stays."""
    found, opposite = ask(when, everyone), ask(~when, everyone)

    assert opposite.inside == found.outside
    assert opposite.outside == found.inside
    assert opposite.unknown == found.unknown


@given(CONDITION, CONDITION, profiles())
def test_and_or_and_de_morgan(a: Condition, b: Condition, everyone: list[Profile]) -> None:
    """Both is the intersection, either the union, and De Morgan holds for all three lists."""
    left, right = ask(a, everyone), ask(b, everyone)

    assert set(ask(a & b, everyone).inside) == set(left.inside) & set(right.inside)
    assert set(ask(a | b, everyone).inside) == set(left.inside) | set(right.inside)
    assert set(ask(a | b, everyone).outside) == set(left.outside) & set(right.outside)
    assert ask(~(a & b), everyone).counts == ask(~a | ~b, everyone).counts
    assert ask(~(a & b), everyone).inside == ask(~a | ~b, everyone).inside


@given(CONDITION, profiles(), st.lists(st.integers(1, 48), max_size=3))
def test_what_comes_later_changes_nothing(when: Condition, everyone: list[Profile], later: list[int]) -> None:
    """Facts after as_of are not seen."""
    with_future = [
        attrs.evolve(
            one,
            activities=(
                *one.activities,
                *(
                    Activity(f"z{hour}", one.customer.id, "purchase", AS_OF + dt.timedelta(hours=hour))
                    for hour in sorted(set(later))
                ),
            ),
        )
        for one in everyone
    ]

    assert ask(when, with_future) == ask(when, everyone)


def test_a_mapping_will_do() -> None:
    """With an id, and an instant where the condition needs one."""
    found = members(
        Segment("upset", when=A("complaint").count() >= 1),
        [
            {"id": "c2", "activities": []},
            {"id": "c1", "activities": [Activity("a", "c1", "complaint", AS_OF)]},
        ],
        as_of=AS_OF,
    )

    assert (found.inside, found.outside, found.unknown) == (("c1",), ("c2",), ())
    assert found.why("c1").activity_ids == ("a",)
    assert found.as_of == AS_OF


def test_a_segment_is_checked_when_it_is_built() -> None:
    """A name, a condition, a known family."""
    with pytest.raises(InvalidValue, match="a segment needs a name"):
        Segment("", when=F.tier >= 3)
    not_compared: Any = F.tier
    with pytest.raises(InvalidValue, match=r"when must be a condition such as F.tier >= 4, got a Asked"):
        Segment("s", when=not_compared)
    with pytest.raises(UnknownName, match="Did you mean 'behavioural'"):
        Segment("s", when=F.tier >= 3, family="behavioral")
    assert [Segment("s", when=F.tier >= 3, family=one).family for one in FAMILIES] == list(FAMILIES)


def test_members_refuses_what_cannot_be_counted() -> None:
    """No one twice, no one without an id, no one of another instant, no reason for a stranger."""
    segment = Segment("s", when=F.tier >= 3)
    with pytest.raises(InvalidValue, match="customer 'c1' comes twice"):
        members(segment, [{"id": "c1"}, {"id": "c1"}], as_of=AS_OF)
    for nameless in ({}, {"id": ""}, {"id": 3}):
        with pytest.raises(InvalidValue, match="a mapping needs the key 'id'"):
            members(segment, [nameless], as_of=AS_OF)
    past = Profile(customer=Customer(id=CustomerId("c1")), as_of=AS_OF - dt.timedelta(days=1))
    with pytest.raises(Contradiction):
        members(segment, [past], as_of=AS_OF)
    with pytest.raises(UnknownName, match="no customer is called 'c2'"):
        members(segment, [{"id": "c1"}], as_of=AS_OF).why("c2")


def test_a_segment_has_a_json_form() -> None:
    """The round trip is the identity."""
    vip = Segment("vip-sleeping", when=(F.tier >= 4) & (F.stage == "silent"), family="value", action="call")

    assert from_json(to_json(vip), Segment) == vip


def test_a_segment_shows_itself() -> None:
    """Counts as bars and as text, and no personal data."""
    found = members(Segment("vip", when=F.tier >= 4), [{"id": "c1", "tier": 5}, {"id": "c2"}], as_of=AS_OF)

    assert "vip: tier is at least 4" in str(found)
    assert "in               1" in str(found)
    assert "<svg" in found._repr_html_()
    assert "tier is at least 4" in found._repr_html_()
    assert "'tier': 5" not in repr(found)
