"""Laws and examples of recency, frequency and money."""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.calendars import days
from crmkit.conditions import from_json, to_json
from crmkit.errors import InvalidValue, UnknownName
from crmkit.model import Activity, ActivityId, CustomerId, in_fact_order
from crmkit.segmentation import LRFM, RELATION, RFM, Preset, Rfm, summarize
from segmentation_pools import AS_OF, PRESETS, START, facts, histories

DAY = dt.timedelta(days=1)
ANY_PRESET = st.sampled_from(PRESETS)


def fact(
    id_: str,
    kind: str = "purchase",
    *,
    day: float = 0,
    amount: int | None = 100,
    who: str = "c1",
    currency: str = "CNY",
    **props: Any,
) -> Activity:
    return Activity(
        ActivityId(id_),
        CustomerId(who),
        kind,
        START + day * DAY,
        amount_minor=amount,
        currency=None if amount is None else currency,
        props=props,
    )


@given(histories(), ANY_PRESET, st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing(history: list[Activity], preset: Preset, random: Any) -> None:
    """Facts may come in any order and more than once."""
    shuffled = history + history[: len(history) // 2]
    random.shuffle(shuffled)

    assert summarize(shuffled, as_of=AS_OF, preset=preset) == summarize(history, as_of=AS_OF, preset=preset)


@given(histories(), ANY_PRESET)
def test_what_comes_after_as_of_is_not_seen(history: list[Activity], preset: Preset) -> None:
    """The same call replays history."""
    past = [one for one in history if one.at <= AS_OF]

    assert summarize(history, as_of=AS_OF, preset=preset) == summarize(past, as_of=AS_OF, preset=preset)


@given(histories(), ANY_PRESET)
def test_customers_do_not_mix(history: list[Activity], preset: Preset) -> None:
    """Everyone's measures come of their own facts alone, and customers are in order of id."""
    once = in_fact_order(history)
    together = summarize(once, as_of=AS_OF, preset=preset)
    apart = [
        one
        for who in ("c1", "c2", "c3")
        for one in summarize([one for one in once if one.customer_id == who], as_of=AS_OF, preset=preset)
    ]

    assert [attrs.evolve(one, currency=None) for one in together] == [
        attrs.evolve(one, currency=None) for one in apart
    ]


@given(histories(kinds=("purchase", "refund", "touch")))
def test_money_adds_up(history: list[Activity]) -> None:
    """No minor unit is lost: the totals of buyers add up to their purchases less their refunds."""
    rfm = summarize(history, as_of=AS_OF)
    buyers = {one.customer_id for one in rfm}
    counted = [one for one in in_fact_order(history) if one.at <= AS_OF and one.customer_id in buyers]
    paid = sum(one.amount_minor or 0 for one in counted if one.kind == "purchase")
    back = sum(one.amount_minor or 0 for one in counted if one.kind == "refund")

    assert sum(one.monetary_minor for one in rfm) == paid - back


@given(histories(), facts(kinds=("refund",)), ANY_PRESET)
def test_a_refund_is_no_visit(history: list[Activity], refund: Activity, preset: Preset) -> None:
    """A refund changes neither recency nor frequency nor length, and adds no customer."""
    extra = attrs.evolve(refund, id=ActivityId("refund"))
    before = summarize(history, as_of=AS_OF, preset=preset)
    after = summarize([*history, extra], as_of=AS_OF, preset=preset)

    assert [(one.customer_id, one.recency_days, one.frequency, one.length_days) for one in before] == [
        (one.customer_id, one.recency_days, one.frequency, one.length_days) for one in after
    ]


@given(histories(), ANY_PRESET)
def test_measures_lie_where_they_must(history: list[Activity], preset: Preset) -> None:
    """Recency is 0 or more and within the window, frequency 1 or more, length no less than recency."""
    for one in summarize(history, as_of=AS_OF, preset=preset, length=True):
        assert 0 <= one.recency_days <= 31
        assert preset.window != days(3) or one.recency_days < 3
        assert one.frequency >= 1
        assert one.length_days is not None
        assert one.length_days >= one.recency_days


@given(histories(), ANY_PRESET)
def test_length_is_measured_on_demand(history: list[Activity], preset: Preset) -> None:
    """The length comes and goes with its argument, and changes nothing else."""
    asked = summarize(history, as_of=AS_OF, preset=preset, length=True)
    not_asked = summarize(history, as_of=AS_OF, preset=preset, length=False)

    assert [attrs.evolve(one, length_days=None) for one in asked] == not_asked
    assert summarize(history, as_of=AS_OF, preset=preset) == (asked if preset.length else not_asked)


@given(histories())
def test_a_mean_is_the_rounded_share_of_a_visit(history: list[Activity]) -> None:
    """The mean times the visits is the total, give or take half a minor unit a visit."""
    total = summarize(history, as_of=AS_OF)
    mean = summarize(history, as_of=AS_OF, preset=Preset(name="mean", monetary="mean"))

    for whole, part in zip(total, mean, strict=True):
        rest = whole.monetary_minor - part.monetary_minor * whole.frequency
        assert -whole.frequency <= 2 * rest < whole.frequency


def test_a_plain_history_is_measured() -> None:
    """Three purchases, one refund, whole days, money less the refund."""
    history = [
        fact("a", day=0, amount=100),
        fact("b", day=1.5, amount=250),
        fact("c", day=2.25, amount=1),
        fact("d", "refund", day=5, amount=50),
    ]

    assert summarize(history, as_of=AS_OF, length=True) == [
        Rfm(CustomerId("c1"), 3, 3, 301, 6, currency="CNY"),
    ]


def test_lines_of_one_order_are_one_visit() -> None:
    """An order of many lines is one visit, by one customer, whatever the type of its number."""
    history = [
        fact("a", order_id="7", amount=100),
        fact("b", day=1, order_id=7, amount=20),
        fact("c", order_id="8", amount=3),
        fact("d", who="c2", order_id="7", amount=4),
    ]

    assert [(one.frequency, one.monetary_minor) for one in summarize(history, as_of=AS_OF)] == [
        (2, 123),
        (1, 4),
    ]


def test_only_purchases_are_lines_of_an_order() -> None:
    """A complaint about an order is an interaction of its own."""
    history = [fact("a", order_id="7"), fact("b", "complaint", amount=None, order_id="7")]

    assert summarize(history, as_of=AS_OF, preset=RELATION)[0].frequency == 2


def test_profit_is_signed_and_says_where_the_cost_is_unknown() -> None:
    """Profit is amount less cost, the amount where the cost is unknown; a refund takes its profit back."""
    history = [
        fact("a", amount=100, cost_minor=130),
        fact("b", amount=20),
        fact("c", "refund", amount=60, cost_minor=10),
        fact("d", amount=None, cost_minor=5),
        fact("e", amount=7, cost_minor=True),
    ]
    [one] = summarize(history, as_of=AS_OF, preset=Preset(name="profit", monetary="profit"))

    assert (one.monetary_minor, one.amounts_unknown, one.costs_unknown) == (-30 + 20 - 50 + 7, 1, 2)
    [total] = summarize(history, as_of=AS_OF)
    assert (total.monetary_minor, total.amounts_unknown, total.costs_unknown) == (67, 1, 0)


def test_relation_covers_who_never_bought() -> None:
    """The source's own preset counts interactions of any kind, and neither mailings nor readings."""
    history = [
        fact("a", "send", day=0, amount=None),
        fact("b", "touch", day=1, amount=None),
        fact("c", "interaction", day=3, amount=None),
        fact("d", "reading", day=5, amount=None),
        fact("e", "delivered", day=5, amount=None),
        fact("f", "bounced", day=5, amount=None),
    ]

    assert summarize(history, as_of=AS_OF, preset=RELATION) == [Rfm(CustomerId("c1"), 3, 2, 0, 5)]
    assert summarize(history, as_of=AS_OF) == []


def test_windows_are_half_open() -> None:
    """A fact at as_of counts; one exactly the window earlier does not, though the relation began then."""
    history = [fact("a", day=3), fact("b", day=6), fact("c", "refund", day=3, amount=9)]
    last = attrs.evolve(LRFM, name="last", window=days(3))

    assert summarize(history, as_of=AS_OF, preset=last) == [
        Rfm(CustomerId("c1"), 0, 1, 100, 3, currency="CNY")
    ]


def test_a_mean_rounds_halves_up() -> None:
    """1 over 2 visits is 1, minus 1 over 2 visits is 0."""
    mean = Preset(name="mean", monetary="mean")
    paid = [fact("a", amount=1), fact("b", amount=0)]

    assert summarize(paid, as_of=AS_OF, preset=mean)[0].monetary_minor == 1
    back = [*paid, fact("c", "refund", amount=2)]
    assert summarize(back, as_of=AS_OF, preset=mean)[0].monetary_minor == 0


def test_several_currencies_are_refused() -> None:
    """Money that counts is of one currency; what does not count may be of another."""
    history = [fact("a"), fact("b", who="c2", currency="USD"), fact("c", currency="EUR")]

    with pytest.raises(InvalidValue, match=r"CNY, EUR and USD; convert it, or summarise one currency"):
        summarize(history, as_of=AS_OF)
    beside = [
        fact("a"),
        fact("b", day=7, currency="USD"),
        fact("c", "touch", currency="EUR"),
        fact("d", amount=None),
    ]
    assert summarize(beside, as_of=AS_OF)[0].currency == "CNY"


def test_a_naive_as_of_is_refused() -> None:
    """as_of carries a zone, also when there is nothing to measure."""
    with pytest.raises(InvalidValue, match="no time zone"):
        summarize([], as_of=dt.datetime(2024, 1, 1))


def test_bad_presets_are_refused() -> None:
    """A preset is checked when it is built."""
    with pytest.raises(UnknownName, match="Did you mean 'profit'"):
        Preset(name="x", monetary="profits")
    with pytest.raises(UnknownName, match="Did you mean 'interactions'"):
        Preset(name="x", visits="interaction")
    with pytest.raises(InvalidValue, match="at least one kind"):
        Preset(name="x", purchases=())
    with pytest.raises(InvalidValue, match="'refund' cannot be a purchase and a refund"):
        Preset(name="x", purchases=("refund",))


@given(ANY_PRESET)
def test_presets_have_a_json_form(preset: Preset) -> None:
    """The JSON round trip is the identity."""
    assert from_json(to_json(preset), Preset) == preset


def test_measures_are_those_of_a_profile() -> None:
    """What is known comes by name, sorted."""
    assert Rfm(CustomerId("c1"), 3, 2, -5).measures == (
        ("frequency", 2),
        ("monetary_minor", -5),
        ("recency_days", 3),
    )
    assert dict(Rfm(CustomerId("c1"), 3, 2, -5, 9).measures)["length_days"] == 9
    assert RFM.length is False
