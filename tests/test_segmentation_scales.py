"""The nine laws of scores, and the scale that gives them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.conditions import digest, from_json, to_json
from crmkit.errors import InvalidValue, UnknownName
from crmkit.model import Activity, CustomerId, in_fact_order
from crmkit.segmentation import LRFM, Ladder, Rfm, Scale, Scores, fit_scale, score, summarize
from crmkit.segmentation.scales import SCORED
from segmentation_pools import AS_OF, histories, measured

BINS = st.integers(2, 6)
SMALL = st.integers(-7, 7)


def numbers(scores: Scores) -> tuple[int | None, ...]:
    return scores.recency, scores.frequency, scores.monetary, scores.length


def with_measure(one: Rfm, measure: str, number: int) -> Rfm:
    changed: Any = {measure: number}
    return attrs.evolve(one, **changed)


def by_definition(rfm: list[Rfm], one: Rfm, measure: str, bins: int) -> int:
    """The formula of the design, with a rank counted out."""
    sign = -1 if measure == "recency_days" else 1
    ranked = sign * dict(one.measures)[measure]
    rank_min = 1 + sum(sign * dict(other.measures)[measure] < ranked for other in rfm)
    return min(bins, ((rank_min - 1) * bins) // len(rfm) + 1)


@given(measured(), measured(), BINS)
def test_scores_are_those_of_the_formula(rfm: list[Rfm], others: list[Rfm], bins: int) -> None:
    """min(K, ((rank_min - 1) * K) div n + 1), rank within the fitted scale, for anyone."""
    scale = fit_scale(rfm, bins=bins)

    for one in rfm + others:
        assert dict(score(one, scale).by_measure) == {
            measure: by_definition(rfm, one, measure, bins) for measure in SCORED
        }


@given(measured(), BINS, st.randoms(use_true_random=False))
def test_1_permuting_rows_changes_nothing(rfm: list[Rfm], bins: int, random: Any) -> None:
    """Law 1."""
    shuffled = random.sample(rfm, len(rfm))

    assert fit_scale(shuffled, bins=bins) == fit_scale(rfm, bins=bins)


@given(measured(), BINS)
def test_2_renaming_ids_changes_nothing(rfm: list[Rfm], bins: int) -> None:
    """Law 2."""
    renamed = [
        attrs.evolve(one, customer_id=CustomerId(f"z{-place}")) for place, one in enumerate(rfm, -len(rfm))
    ]

    assert fit_scale(renamed, bins=bins) == fit_scale(rfm, bins=bins)


@given(measured(), BINS, st.sampled_from((7, 100)))
def test_3_changing_the_currency_unit_changes_nothing(rfm: list[Rfm], bins: int, unit: int) -> None:
    """Law 3."""
    other = [attrs.evolve(one, monetary_minor=one.monetary_minor * unit) for one in rfm]

    assert score(other, fit_scale(other, bins=bins)) == score(rfm, fit_scale(rfm, bins=bins))


@given(histories(), st.integers(-400, 400))
def test_4_adding_a_constant_to_every_date_changes_nothing(history: list[Activity], days: int) -> None:
    """Law 4."""
    apart = dt.timedelta(days=days)
    moved = [attrs.evolve(fact, at=fact.at + apart) for fact in in_fact_order(history)]

    assert summarize(moved, as_of=AS_OF + apart, preset=LRFM) == summarize(
        in_fact_order(history), as_of=AS_OF, preset=LRFM
    )


@given(measured(), BINS, SMALL)
def test_4_adding_a_constant_to_every_recency_and_length_changes_no_score(
    rfm: list[Rfm], bins: int, days: int
) -> None:
    """Law 4, of the measures."""
    moved = [
        attrs.evolve(
            one, recency_days=one.recency_days + days, length_days=dict(one.measures)["length_days"] + days
        )
        for one in rfm
    ]

    assert score(moved, fit_scale(moved, bins=bins)) == score(rfm, fit_scale(rfm, bins=bins))


@given(measured(), BINS)
def test_5_ties_tie(rfm: list[Rfm], bins: int) -> None:
    """Law 5: an equal measure has an equal score."""
    scale = fit_scale(rfm, bins=bins)
    scores = [dict(one.by_measure) for one in score(rfm, scale)]

    for measure in SCORED:
        seen: dict[int, int] = {}
        for one, found in zip(rfm, scores, strict=True):
            assert seen.setdefault(dict(one.measures)[measure], found[measure]) == found[measure]


@given(measured(), BINS, st.sampled_from(SCORED), SMALL, st.integers(0, 3))
def test_6_to_8_better_is_never_worse(
    rfm: list[Rfm], bins: int, measure: str, number: int, more: int
) -> None:
    """Laws 6, 7, 8: more recent, more frequent, more money (and a longer relation) never score lower."""
    scale = fit_scale(rfm, bins=bins)
    better = number - more if measure == "recency_days" else number + more
    worse_one, better_one = with_measure(rfm[0], measure, number), with_measure(rfm[0], measure, better)

    assert (
        dict(score(better_one, scale).by_measure)[measure]
        >= dict(score(worse_one, scale).by_measure)[measure]
    )


@given(measured(), measured(), BINS)
def test_9_adding_a_customer_never_swaps_two_others(rfm: list[Rfm], more: list[Rfm], bins: int) -> None:
    """Law 9: whoever scored higher still scores no lower."""
    before = [numbers(one) for one in score(rfm, fit_scale(rfm, bins=bins))]
    after = [numbers(one) for one in score(rfm, fit_scale([*rfm, more[0]], bins=bins))]

    for first, now_first in zip(before, after, strict=True):
        for second, now_second in zip(before, after, strict=True):
            for a, b, now_a, now_b in zip(first, second, now_first, now_second, strict=True):
                assert not (a > b and now_a < now_b)  # type: ignore[operator]


@given(measured(), measured(), BINS)
def test_all_scores_lie_between_1_and_bins(rfm: list[Rfm], others: list[Rfm], bins: int) -> None:
    """Anyone scored later lies on the scale."""
    far = [Rfm(CustomerId("low"), 10**9, 0, -(10**12), -1), Rfm(CustomerId("high"), -1, 10**9, 10**12, 10**9)]

    for one in score(others + far, fit_scale(rfm, bins=bins)):
        assert all(number is not None and 1 <= number <= bins for number in numbers(one))


@given(measured(), BINS)
def test_a_scale_counts_whom_it_was_fitted_on(rfm: list[Rfm], bins: int) -> None:
    """The counts of each ladder are those of the fitted customers' scores."""
    scale = fit_scale(rfm, bins=bins)
    found = [dict(one.by_measure) for one in score(rfm, scale)]

    for ladder in scale.ladders:
        assert list(ladder.counts) == [
            sum(one[ladder.measure] == place for one in found) for place in range(1, bins + 1)
        ]


@given(measured(), measured(), BINS)
def test_a_scale_has_a_json_form_and_a_hash_of_its_content(a: list[Rfm], b: list[Rfm], bins: int) -> None:
    """The round trip is the identity, and digests are equal exactly if scales are."""
    one, other = fit_scale(a, bins=bins), fit_scale(b, bins=bins)

    assert from_json(to_json(one), Scale) == one
    assert one.digest == digest(one)
    assert (one.digest == other.digest) == (one == other)


@given(measured(length=False), BINS)
def test_without_lengths_there_is_no_length_on_the_scale(rfm: list[Rfm], bins: int) -> None:
    """Length is scored if every customer has one."""
    scale = fit_scale(rfm, bins=bins)

    assert scale.measures == SCORED[:3]
    assert all(one.length is None and len(one.by_measure) == 3 for one in score(rfm, scale))


def test_ten_customers_in_five_bins() -> None:
    """Two to each score, best recency highest."""
    rfm = [Rfm(CustomerId(f"c{place}"), place, 10 - place, 100 * place) for place in range(10)]
    scores = score(rfm, fit_scale(rfm))

    assert [one.recency for one in scores] == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]
    assert [one.frequency for one in scores] == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]
    assert [one.monetary for one in scores] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert scores[3].customer_id == "c3"


def test_a_scale_cannot_be_fitted_on_nothing() -> None:
    """There must be customers, bins, and lengths for all or none."""
    with pytest.raises(InvalidValue, match="at least one customer"):
        fit_scale([])
    one = Rfm(CustomerId("c1"), 1, 1, 1)
    with pytest.raises(InvalidValue, match="bins must be 2 or more, got 1"):
        fit_scale([one], bins=1)
    with pytest.raises(InvalidValue, match="1 customers have no length"):
        fit_scale([one, attrs.evolve(one, length_days=3)])
    with pytest.raises(InvalidValue, match="a length is needed"):
        score(one, fit_scale([attrs.evolve(one, length_days=3)]))


def test_scales_do_not_cross_currencies() -> None:
    """Euros are not scored on a scale of yuan, nor fitted with them; unknown money is."""
    yuan = Rfm(CustomerId("c1"), 1, 1, 1, currency="CNY")
    euro = attrs.evolve(yuan, currency="EUR")
    scale = fit_scale([yuan])

    assert scale.currency == "CNY"
    with pytest.raises(InvalidValue, match="fitted on CNY, the money is in EUR"):
        score(euro, scale)
    with pytest.raises(InvalidValue, match="CNY and EUR"):
        fit_scale([yuan, euro])
    assert score(attrs.evolve(yuan, currency=None), scale).monetary == 1


def test_a_broken_scale_is_refused() -> None:
    """Ladders climb, and count everyone."""
    scale = fit_scale([Rfm(CustomerId("c1"), 1, 1, 1)], bins=2)
    ladder = scale.ladders[0]

    with pytest.raises(UnknownName, match="Did you mean 'frequency'"):
        Ladder(measure="frequenzy", cuts=(1,), counts=(1, 0))
    with pytest.raises(InvalidValue, match="from worst to best"):
        Ladder(measure="recency_days", cuts=(1, 2), counts=(1, 0, 0))
    with pytest.raises(InvalidValue, match="one count more than cuts"):
        attrs.evolve(ladder, counts=(1,))
    with pytest.raises(InvalidValue, match="one count more than cuts"):
        attrs.evolve(ladder, counts=(2, -1))
    with pytest.raises(InvalidValue, match="recency_days, frequency, monetary_minor"):
        attrs.evolve(scale, ladders=scale.ladders[:2])
    with pytest.raises(InvalidValue, match="in this order"):
        attrs.evolve(scale, ladders=scale.ladders[::-1])
    with pytest.raises(InvalidValue, match="must count 2 customers in 2 bins"):
        attrs.evolve(scale, fitted=2)
    with pytest.raises(InvalidValue, match="must count 1 customers in 3 bins"):
        attrs.evolve(scale, bins=3)


def test_a_scale_shows_itself() -> None:
    """In a terminal and in a notebook it says what must be passed."""
    scale = fit_scale(
        [Rfm(CustomerId(f"c{place}"), place, place, 1000 * place) for place in range(4)], bins=2
    )

    assert "recency_days    the rest  < 2" in str(scale)
    assert "monetary_minor  the rest  > 1,000" in str(scale)
    assert "Scale of 4 customers" in scale._repr_html_()
    assert "&gt; 1,000" in scale._repr_html_()
