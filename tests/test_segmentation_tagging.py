"""Tag rules: reasons, facts, times, and chains that end."""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.conditions import A, Condition, F, days, describe, from_json, matches, months, to_json
from crmkit.errors import Contradiction, InvalidValue
from crmkit.model import Activity, ActivityId, Customer, CustomerId, Profile, Tag, in_fact_order
from crmkit.segmentation import TagRule, tag
from segmentation_pools import AS_OF, histories

DAY = dt.timedelta(days=1)
NAMES = ("t1", "t2", "t3")
CONDITIONS: tuple[Condition, ...] = (
    A("purchase").count() >= 2,
    A("touch").count() >= 1,
    F.stage == "silent",
    F.tags.contains("t1"),
    F.tags.contains("t2"),
    ~F.tags.contains("t3"),
)
RULES = st.lists(
    st.builds(
        lambda condition, other, name, lasts: (condition & other, name, lasts),
        st.sampled_from(CONDITIONS),
        st.sampled_from(CONDITIONS),
        st.sampled_from(NAMES),
        st.sampled_from((None, days(2), months(1))),
    ),
    max_size=4,
).map(
    lambda rows: [
        TagRule(f"r{place}", when=when, tag=name, lasts=lasts)
        for place, (when, name, lasts) in enumerate(rows)
    ]
)


def customer(*facts: Activity, **known: Any) -> Profile:
    return Profile(customer=Customer(id=CustomerId("c1")), as_of=AS_OF, activities=facts, **known)


def fact(id_: str, kind: str, *, day: float) -> Activity:
    return Activity(ActivityId(id_), CustomerId("c1"), kind, AS_OF - day * DAY)


@st.composite
def profiles(draw: st.DrawFn) -> Profile:
    history = [one for one in in_fact_order(draw(histories())) if one.at <= AS_OF]
    stage = draw(st.sampled_from((None, "new", "silent")))
    tags = [
        Tag(name=name, since=AS_OF - DAY, until=until, rule="intake")
        for name in draw(st.lists(st.sampled_from(NAMES), max_size=2, unique=True))
        for until in draw(st.sampled_from(((None,), (AS_OF,), (AS_OF + DAY,))))
    ]
    since = None if stage is None else AS_OF - 2 * DAY
    return customer(
        *(one for one in history if one.customer_id == "c1"), stage=stage, stage_since=since, tags=tuple(tags)
    )


def tagged(rules: list[TagRule], profile: Profile) -> tuple[Tag, ...] | None:
    try:
        return tag(rules, profile, as_of=AS_OF)
    except Contradiction:
        return None


@given(RULES, profiles(), st.randoms(use_true_random=False))
def test_the_order_of_rules_changes_nothing(rules: list[TagRule], profile: Profile, random: Any) -> None:
    """Chains are followed in whatever order the rules are given; a circle is a circle in any order."""
    assert tagged(random.sample(rules, len(rules)), profile) == tagged(rules, profile)


@given(RULES, profiles())
def test_tags_are_a_fixed_point(rules: list[TagRule], profile: Profile) -> None:
    """With its tags on the profile, each condition says what it said; tagging again adds nothing."""
    found = tagged(rules, profile)
    if found is None:
        return
    after = attrs.evolve(profile, tags=(*profile.tags, *found))

    assert tag(rules, after, as_of=AS_OF) == found
    fired = {one.rule for one in found}
    for rule in rules:
        if rule.name in fired:
            assert matches(rule.when, after)
        elif rule.lasts is None:
            assert not matches(rule.when, after)


@given(RULES, profiles())
def test_tags_hold_at_as_of_and_rest_on_facts_of_the_customer(rules: list[TagRule], profile: Profile) -> None:
    """A tag's period holds as_of, its evidence is in fact order, and it begins no earlier than that."""
    known = {one.id: one for one in profile.activities}
    for one in tagged(rules, profile) or ():
        assert one.since <= AS_OF
        assert one.until is None or one.until > AS_OF
        assert list(one.evidence) == [id_ for id_ in known if id_ in one.evidence]
        assert all(known[id_].at <= one.since for id_ in one.evidence)
        assert one.reason


def test_a_tag_says_why_since_when_and_until_when() -> None:
    """It counts from the last fact behind it, for as long as the rule says."""
    history = (fact("a", "complaint", day=20), fact("b", "purchase", day=9), fact("c", "complaint", day=5))
    rule = TagRule("upset-rule", when=A("complaint").count() >= 2, tag="upset", lasts=days(30))

    assert tag([rule], customer(*history), as_of=AS_OF) == (
        Tag(
            name="upset",
            since=AS_OF - 5 * DAY,
            until=AS_OF + 25 * DAY,
            rule="upset-rule",
            reason=describe(rule.when),
            evidence=(ActivityId("a"), ActivityId("c")),
        ),
    )


@pytest.mark.parametrize(("day", "held"), [(29.9, True), (30, False), (31, False)])
def test_a_tag_is_gone_when_its_time_is_over(day: float, held: bool) -> None:
    """Its end is exclusive."""
    rule = TagRule("upset", when=A("complaint").count() >= 1, lasts=days(30))

    assert bool(tag([rule], customer(fact("a", "complaint", day=day)), as_of=AS_OF)) is held


def test_only_what_makes_it_true_is_evidence() -> None:
    """Facts of the false side of an `or`, and what a negation looked for in vain, are none."""
    history = (fact("a", "complaint", day=9), fact("b", "purchase", day=5), fact("c", "touch", day=3))
    either = (A("complaint").count() >= 2) | (A("purchase").count() >= 1)
    neither = ~((A("touch").count() >= 2) | (A("refund").count() >= 1))

    [one] = tag([TagRule("r", when=either)], customer(*history), as_of=AS_OF)
    assert (one.evidence, one.since) == (("b",), AS_OF - 5 * DAY)
    [other] = tag([TagRule("r", when=neither)], customer(*history), as_of=AS_OF)
    assert (other.evidence, other.since) == (("c",), AS_OF - 3 * DAY)


def test_without_facts_a_tag_counts_from_the_stage_or_from_as_of() -> None:
    """The stage has a beginning; a field has none."""
    silent = customer(stage="silent", stage_since=AS_OF - 4 * DAY, tier=5)
    rules = [TagRule("quiet", when=F.stage == "silent"), TagRule("big", when=F.tier >= 4, lasts=days(7))]

    assert [(one.name, one.since, one.until) for one in tag(rules, silent, as_of=AS_OF)] == [
        ("big", AS_OF, AS_OF + 7 * DAY),
        ("quiet", AS_OF - 4 * DAY, None),
    ]
    nowhere = attrs.evolve(silent, stage_since=None)
    assert tag(rules[:1], nowhere, as_of=AS_OF)[0].since == AS_OF


def test_a_chain_of_rules_is_followed() -> None:
    """A rule reads tags that others set, and counts from them; one that reads their absence sees them too."""
    rules = [
        TagRule("c", when=F.tags.contains("second"), tag="third"),
        TagRule("d", when=~F.tags.contains("third"), tag="lonely"),
        TagRule("b", when=F.tags.contains("first") & (F.tier >= 4), tag="second"),
        TagRule("a", when=A("complaint").count() >= 1, tag="first", lasts=days(10)),
    ]
    upset = customer(fact("x", "complaint", day=5), tier=5)

    assert [(one.name, one.rule, one.since) for one in tag(rules, upset, as_of=AS_OF)] == [
        ("first", "a", AS_OF - 5 * DAY),
        ("second", "b", AS_OF - 5 * DAY),
        ("third", "c", AS_OF - 5 * DAY),
    ]
    assert [one.name for one in tag(rules, customer(tier=5), as_of=AS_OF)] == ["lonely"]
    assert [one.name for one in tag(rules, attrs.evolve(upset, tier=None), as_of=AS_OF)] == [
        "first",
        "lonely",
    ]


def test_tags_from_elsewhere_are_read_and_own_ones_set_anew() -> None:
    """A tag that came in with the customer counts; a stale one of these rules does not."""
    rule = TagRule("next", when=F.tags.contains("fair"), tag="follow-up")
    fair = Tag(name="fair", since=AS_OF - DAY, rule="intake")
    past = attrs.evolve(fair, until=AS_OF, since=AS_OF - 3 * DAY)

    assert tag([rule], customer(tags=(fair,)), as_of=AS_OF)[0].since == AS_OF - DAY
    assert tag([rule], customer(tags=(past,)), as_of=AS_OF) == ()
    assert tag([rule], customer(tags=(past, fair)), as_of=AS_OF)[0].since == AS_OF - DAY
    shorter = attrs.evolve(fair, since=AS_OF - DAY / 2, until=AS_OF - DAY / 4, rule="person")
    assert tag([rule], customer(tags=(fair, shorter)), as_of=AS_OF)[0].since == AS_OF - DAY
    stale = [TagRule("set-fair", when=F.tier >= 9, tag="fair"), rule]
    assert tag(stale, customer(tier=1, tags=(attrs.evolve(fair, rule="set-fair"),)), as_of=AS_OF) == ()


def test_two_rules_may_set_one_tag() -> None:
    """Each gives its own reason."""
    rules = [
        TagRule("z", when=F.tier >= 4, tag="vip"),
        TagRule("a", when=F.stage == "mature", tag="vip"),
        TagRule("m", when=F.tier >= 4, tag="aaa"),
    ]
    found = tag(rules, customer(tier=5, stage="mature"), as_of=AS_OF)

    assert [(one.name, one.rule) for one in found] == [("aaa", "m"), ("vip", "a"), ("vip", "z")]


def test_circles_are_refused() -> None:
    """The message goes round the circle."""
    circle = [
        TagRule("a", when=F.tags.contains("y"), tag="x"),
        TagRule("b", when=(F.tier >= 3) & ~F.tags.contains("x"), tag="y"),
    ]
    with pytest.raises(Contradiction, match=r"'a' needs 'b' needs 'a'|'b' needs 'a' needs 'b'"):
        tag(circle, customer(), as_of=AS_OF)
    with pytest.raises(Contradiction, match="in a circle: 'a' needs 'a'"):
        tag([TagRule("a", when=~F.tags.contains("a"))], customer(), as_of=AS_OF)
    with pytest.raises(Contradiction, match=r"reads all tags, its own with them; ask F.tags.contains"):
        tag([TagRule("a", when=F.tags == ["x"])], customer(), as_of=AS_OF)


def test_tags_of_an_activity_are_its_own() -> None:
    """Inside where, F names props: an activity's prop `tags` is no tag of the customer."""
    rule = TagRule("a", when=A("touch").where(F.tags.contains("a")).count() >= 1)

    assert tag([rule], customer(fact("x", "touch", day=1)), as_of=AS_OF) == ()


def test_bad_rules_are_refused() -> None:
    """A name, a condition, a duration; names differ; the profile is of as_of."""
    rule = TagRule("a", when=F.tier >= 3)
    assert rule.tag == "a"
    with pytest.raises(InvalidValue, match="needs a name and a tag"):
        TagRule("", when=F.tier >= 3)
    with pytest.raises(InvalidValue, match="needs a name and a tag"):
        TagRule("a", when=F.tier >= 3, tag="")
    not_compared: Any = F.tier
    with pytest.raises(InvalidValue, match="when must be a condition"):
        TagRule("a", when=not_compared)
    with pytest.raises(InvalidValue, match="longer than nothing"):
        TagRule("a", when=F.tier >= 3, lasts=days(0))
    with pytest.raises(Contradiction, match="two tag rules are called 'a'"):
        tag([rule, TagRule("a", when=F.tier >= 4)], customer(), as_of=AS_OF)
    with pytest.raises(Contradiction, match="two tag rules are called 'a'"):
        tag([rule, rule], customer(), as_of=AS_OF)
    with pytest.raises(Contradiction):
        tag([rule], customer(tier=3), as_of=AS_OF + DAY)


def test_a_tag_rule_has_a_json_form() -> None:
    """The round trip is the identity."""
    rule = TagRule("a", when=A("complaint").within(days(9)).count() >= 1, tag="upset", lasts=months(1))

    assert from_json(to_json(rule), TagRule) == rule
