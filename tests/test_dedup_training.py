"""Training: what is learnt follows from the records, and scores follow from what is learnt."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import combinations, pairwise
from random import Random

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmkit.dedup import EMAIL, EXACT, NAME, PHONE, Block, Comparison, Kind, Policy, prepare, train
from crmkit.dedup.arrays import em
from crmkit.dedup.arrays.chance import Chance, chances
from crmkit.dedup.arrays.em import (
    Odds,
    Patterns,
    first_guess,
    maximise,
    posteriors,
)
from crmkit.dedup.arrays.plausible import Trait, monotone, no_steadier
from crmkit.dedup.arrays.scoring import bulk_damping, bulk_score
from crmkit.dedup.arrays.threshold import choose_threshold, quality_curve
from crmkit.dedup.arrays.ties import find_ties, lifts
from crmkit.dedup.cells import record_cells, writes_chinese
from crmkit.dedup.compare import Likeness, likenesses
from crmkit.dedup.kinds import LEVELS, MOST_CHANGES
from crmkit.dedup.model import CurvePoint, FacetFit, Model, Population, Terms, Tie
from crmkit.dedup.policy import facets
from crmkit.dedup.score import Parts, population_of, score, term_counts, tie_lift
from crmkit.dedup.weights import damping, log_ratio, term_weight, weights_of
from crmkit.model import from_json, to_json

POLICY = Policy(
    comparisons=(
        Comparison("name", Kind.FULL_NAME, parts=("given", "family"), term_frequency=True),
        Comparison("email", EMAIL),
        Comparison("phone", PHONE, term_frequency=True),
        Comparison("city", NAME, surroundings=True, term_frequency=True),
        Comparison("gender", EXACT),
    ),
    blocking=(Block("name"), Block("email"), Block("phone"), Block("city", "name (family)")),
)
PEOPLE = st.lists(
    st.fixed_dictionaries(
        {
            "name": st.sampled_from(
                (None, "王小明", "Wang Xiaoming", "Bob Smith", "Robert Smith", "B. Smith", "李娜")
            ),
            "email": st.sampled_from(
                (None, "a.smith@x.pt", "a.smith@y.pt", "info@x.pt", ("info@x.pt", "w@x.cn"))
            ),
            "phone": st.sampled_from((None, "13812345678", "13812345687", "010-65529988")),
            "city": st.sampled_from((None, "北京", "Beijing", "Leeds", "York")),
            "gender": st.sampled_from((None, "female", "male")),
            "kind": st.sampled_from((None, "person", "organisation")),
        }
    ),
    max_size=10,
)


def with_ids(people: list[dict[str, object]]) -> list[dict[str, object]]:
    return [{**one, "id": f"r{place:02d}"} for place, one in enumerate(people)]


@settings(max_examples=40)
@given(PEOPLE)
def test_bulk_score_is_score_pair_by_pair(people: list[dict[str, object]]) -> None:
    """A pair alone scores as it does among all others, to the last thousandth of a bit."""
    rows = with_ids(people)
    ready = prepare(rows, POLICY)
    learnt = train(ready, POLICY)
    tie = Tie(one=0, other=5, lift=tuple((0, 100 * level) for level in range(6)))
    tied = tuple(attrs.evolve(population, ties=(tie,)) for population in learnt.populations)
    model = attrs.evolve(learnt, populations=tied)
    named, counts = facets(POLICY), term_counts(model)
    cells = [record_cells(row, POLICY) for row in _rows_of(ready.table.columns)]
    for place, total in enumerate(bulk_score(ready, model).tolist()):
        a, b = int(ready.candidates.a[place]), int(ready.candidates.b[place])
        population = population_of(
            model,
            kinds=(ready.table.kinds[a], ready.table.kinds[b]),
            chinese=(writes_chinese(POLICY, cells[a]), writes_chinese(POLICY, cells[b])),
        )
        parts = score(named, likenesses(named, cells[a], cells[b]), population, counts)
        assert parts.total == total


def _rows_of(columns: Mapping[str, list[object]]) -> list[dict[str, object]]:
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


@settings(max_examples=25)
@given(PEOPLE, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(people: list[dict[str, object]], random: Random) -> None:
    """The same records in another order teach the same, to the bit."""
    rows = with_ids(people)
    shuffled = list(rows)
    random.shuffle(shuffled)

    assert train(shuffled, POLICY) == train(rows, POLICY)


@settings(max_examples=25)
@given(PEOPLE)
def test_a_model_is_its_json(people: list[dict[str, object]]) -> None:
    """Written and read it is the same value, with every policy, term and tie."""
    model = train(with_ids(people), POLICY)

    assert from_json(to_json(model), Model) == model


def test_agreement_by_chance_is_counted_exactly() -> None:
    """Two of three records share an address, so one pair of three agrees: no sample is needed."""
    people = [{"name": "A Bell"}, {"name": "B Bell"}, {"name": "C Ford"}]
    ready = prepare(
        with_ids([{**one} for one in people]),
        Policy(comparisons=POLICY.comparisons[:1], blocking=(Block("name"),)),
    )
    nothing = np.empty(0, np.int64)
    found = chances(ready.columns, ready.table.ids, [np.arange(3), nothing, nothing, nothing], seed=1)

    family = found[0].seen[0]
    assert family[-1] == pytest.approx(1 / 3)
    assert family.sum() == pytest.approx(1)
    assert found[2].seen[0].sum() == pytest.approx(1)


@given(st.integers(0, 5))
def test_expectation_maximisation_finds_what_made_the_patterns(seed: int) -> None:
    """From patterns drawn with known odds it finds these odds, without being told any pair's class."""
    rng = np.random.default_rng(seed)
    truth_same, chance = np.array([0.1, 0.9]), np.array([0.99, 0.01])
    pairs, matches, width = 400_000, 2_000, 5
    same = (rng.random((matches, width)) < truth_same[1]).astype(np.int64)
    unlike = (rng.random((pairs - matches, width)) < chance[1]).astype(np.int64)
    level = np.concatenate([same, unlike])
    level = level[level.sum(axis=1) > 0]
    distinct, count = np.unique(level, axis=0, return_counts=True)
    nothing = np.zeros(len(distinct))
    patterns = Patterns(level=distinct, count=count, rarity=nothing, shared_rarity=nothing, lift=nothing)
    seen = [
        np.array([1 - share, share]) for share in np.bincount(np.nonzero(level)[1], minlength=width) / pairs
    ]
    start = first_guess(seen, [Trait()] * width, patterns, float(pairs))
    odds = maximise(patterns, seen, [Trait()] * width, float(pairs), start)

    assert odds.share_same * pairs == pytest.approx(matches, rel=0.05)
    for one, other in zip(odds.same, odds.chance, strict=True):
        assert one[1] == pytest.approx(0.9, abs=0.03)
        assert other[1] == pytest.approx(0.01, rel=0.15)


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1))
def test_a_search_that_goes_in_circles_is_left_where_it_would_have_ended(seed: int) -> None:
    """Going round till the last round would lead to the same odds: no weight differs by half a thousandth of a bit."""
    rng = np.random.default_rng(seed)
    level = np.unique(rng.integers(-1, 3, (int(rng.integers(3, 40)), 3)), axis=0)
    rarity = rng.integers(0, 12, len(level)).astype(np.float64)
    nothing = np.zeros(len(level))
    patterns = Patterns(
        level=level,
        count=rng.integers(1, 200, len(level)),
        rarity=rarity,
        shared_rarity=nothing,
        lift=nothing,
        names={0: (0, 1, 2)},
        name_rarity=np.minimum(rarity, rng.integers(0, 12, len(level))),
    )
    seen = [np.array([0.98, 0.015, 0.005])] * 3
    traits = [Trait(names=(0, 1, 2)), Trait(), Trait(shareable=True)]
    start = first_guess(seen, traits, patterns, 1e6)
    found = maximise(patterns, seen, traits, 1e6, start)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(em, "CIRCLE", 0)
        ended = maximise(patterns, seen, traits, 1e6, start)

    half = math.log(2) / 2_000
    assert found.namesakes == pytest.approx(ended.namesakes, abs=half)
    for one, other in (
        (found.same, ended.same),
        (found.chance, ended.chance),
        (found.related, ended.related),
    ):
        assert np.log(np.concatenate(one) / np.concatenate(other)) == pytest.approx(0, abs=half)


def test_people_who_share_a_home_are_told_from_one_person() -> None:
    """Many pairs agree in address and family name and not in the rest: they become a sort of their own."""
    level = np.array([[1, 1, 1, 1], [1, 1, 0, 0], [0, 0, 1, 1], [1, 1, 1, 0]])
    count = np.array([1_000, 3_000, 10, 5])
    nothing = np.zeros(4)
    patterns = Patterns(level=level, count=count, rarity=nothing, shared_rarity=nothing, lift=nothing)
    seen = [np.array([1 - share, share]) for share in (0.01, 0.01, 0.002, 0.002)]
    traits = [Trait(shareable=True)] * 2 + [Trait()] * 2
    odds = maximise(patterns, seen, traits, 1e6, first_guess(seen, traits, patterns, 1e6))
    one, near = posteriors(patterns, odds)

    assert one[0] > 0.99
    assert near[1] > 0.95
    assert odds.share_related * 1e6 == pytest.approx(3_000, rel=0.1)
    assert odds.related[2][1] < 0.01


@given(st.lists(st.tuples(*[st.integers(-1, 3)] * 3), min_size=1, max_size=12, unique=True), st.data())
def test_what_is_learnt_of_one_party_could_be_one(levels: list[tuple[int, ...]], data: st.DataObject) -> None:
    """Whatever the pairs show: no more slips than agreements, and what is kept is kept in three pairs of four."""
    count = data.draw(st.lists(st.integers(1, 500), min_size=len(levels), max_size=len(levels)))
    nothing = np.zeros(len(levels))
    patterns = Patterns(
        level=np.array(levels),
        count=np.array(count),
        rarity=nothing,
        shared_rarity=nothing,
        lift=nothing,
    )
    seen = [np.array([0.8, 0.1, 0.06, 0.04])] * 3
    traits = [
        Trait(slips=(1, 2)),
        Trait(changes=0.1, most_changes=MOST_CHANGES),
        Trait(slips=(1, 2), changes=0.1, most_changes=MOST_CHANGES, shareable=True),
    ]
    start = first_guess(seen, traits, patterns, 1e5)
    slipped, kept, both = maximise(patterns, seen, traits, 1e5, start).same

    for one in (slipped, both):
        assert one[1] + one[2] <= one[3] + 1e-6
    for one in (kept, both):
        assert one[0] <= MOST_CHANGES + 1e-6
    assert [one.sum() for one in (slipped, kept, both)] == pytest.approx([1, 1, 1])


SHARES = st.lists(st.floats(1e-6, 1.0), min_size=4, max_size=4).map(lambda one: np.array(one) / sum(one))


@given(SHARES, SHARES, SHARES)
def test_a_lower_level_never_says_more(same: np.ndarray, chance: np.ndarray, related: np.ndarray) -> None:
    """Made monotone, shares stay shares, rise against chance, and stay what they are if they rose already."""
    found = monotone(same, chance)
    around = no_steadier(monotone(related, chance), found, chance)

    for one in (found, around):
        assert one.sum() == pytest.approx(1.0)
        assert (np.diff(one / chance) >= -1e-9 * (one / chance)[1:]).all()
        assert one[0] <= chance[0] * (1 + 1e-9)
    assert around[0] >= found[0] * (1 - 1e-9)
    assert monotone(found, chance) == pytest.approx(found)


@settings(max_examples=40)
@given(PEOPLE)
def test_weights_rise_with_the_level(people: list[dict[str, object]]) -> None:
    """Whatever it is fitted on, no level speaks more for one than a higher does, and "different" never does."""
    for population in train(with_ids(people), POLICY).populations:
        found = weights_of(population)
        for levels in (*found.same, *found.related):
            assert list(levels) == sorted(levels)
            assert levels[0] <= 0
        assert found.names >= 0


@settings(max_examples=40)
@given(PEOPLE, st.data())
def test_a_difference_never_speaks_for_one(people: list[dict[str, object]], data: st.DataObject) -> None:
    """A pair that differs in one thing more scores no higher than the same pair if that were unknown."""
    model, named = train(with_ids(people), POLICY), facets(POLICY)
    levels = [data.draw(st.integers(-1, len(LEVELS[facet.kind]) - 1)) for facet in named]
    place = data.draw(st.integers(0, len(named) - 1))
    for population in model.populations:
        unknown, different = (
            score(
                named,
                [Likeness(one) for one in (*levels[:place], told, *levels[place + 1 :])],
                population,
                {},
            )
            for told in (-1, 0)
        )
        assert different.total <= unknown.total


@settings(max_examples=20)
@given(PEOPLE, st.data())
def test_a_name_alone_says_what_namesakes_say(people: list[dict[str, object]], data: st.DataObject) -> None:
    """With nothing but a name to go by, no pair is surer to be one than namesakes of the base are."""
    model, named = train(with_ids(people), POLICY), facets(POLICY)
    levels = [data.draw(st.integers(-1, 5)) if facet.part else -1 for facet in named]
    for population in model.populations:
        most = log_ratio(population.namesakes, 1 - population.namesakes)
        prior = weights_of(population).prior
        found = score(named, [Likeness(one) for one in levels], population, {})

        assert found.total <= max(most, prior)


@settings(max_examples=20)
@given(PEOPLE, st.data())
def test_a_mailbox_spelled_like_the_name_says_no_more_than_the_name(
    people: list[dict[str, object]], data: st.DataObject
) -> None:
    """Two of one name whose mailboxes are alike but not the same are no surer to be one than namesakes are."""
    model, named = train(with_ids(people), POLICY), facets(POLICY)
    drawn = {Kind.NAME: st.integers(-1, 5), EMAIL: st.integers(1, 3)}
    levels = [
        data.draw(drawn[facet.kind]) if facet.kind in drawn and facet.name != "city" else -1
        for facet in named
    ]
    for population in model.populations:
        most = log_ratio(population.namesakes, 1 - population.namesakes)
        prior = weights_of(population).prior
        found = score(named, [Likeness(one) for one in levels], population, {})

        assert found.total <= max(most, prior)


def test_numbers_in_a_row_are_no_party() -> None:
    """Strangers whose numbers are a slip apart, twice, are not taken for one party that always slips."""
    level = np.array([[1, 1, 0], [0, 0, 2], [1, 0, 0], [0, 1, 0]])
    count = np.array([4_000, 2_000, 50, 50])
    nothing = np.zeros(4)
    patterns = Patterns(level=level, count=count, rarity=nothing, shared_rarity=nothing, lift=nothing)
    seen = [np.array([0.91, 0.09, 1e-6])] * 2 + [np.array([0.95, 0.001, 0.049])]
    traits = [Trait(slips=(1,))] * 2 + [Trait(slips=(1,), changes=0.1, most_changes=MOST_CHANGES)]
    odds = maximise(patterns, seen, traits, 45_000, first_guess(seen, traits, patterns, 45_000))
    one, near = posteriors(patterns, odds)

    assert one.max() < 0.01
    assert near.max() < 0.01


@given(st.lists(st.floats(0.01, 0.98), min_size=3, max_size=3), st.integers(-1, 1))
def test_probabilities_of_a_pair_are_probabilities(shares: list[float], level: int) -> None:
    """One party, shared surroundings and strangers exclude each other."""
    a, b, c = ((np.array([1 - share, share]),) for share in shares)
    odds = Odds(same=a, chance=b, related=c, share_same=0.1, share_related=0.2)
    nothing = np.zeros(1)
    patterns = Patterns(
        level=np.array([[level]]),
        count=np.ones(1, np.int64),
        rarity=nothing,
        shared_rarity=nothing,
        lift=nothing,
    )
    one, near = posteriors(patterns, odds)

    assert 0 <= float(one[0]) <= 1
    assert 0 <= float(near[0]) <= 1 - float(one[0]) + 1e-12
    if level == -1:
        assert float(one[0]) == pytest.approx(0.1)


def test_rarity_speaks_for_and_ties_speak_against() -> None:
    """Agreeing on a rare value is worth more, agreeing in what goes together less, bit by bit."""
    (half,) = ((np.array([0.5, 0.5]),),)
    odds = Odds(same=half, chance=half, related=half, share_same=0.25, share_related=0.25)
    level, one = np.array([[1], [1], [1]]), np.ones(3, np.int64)
    bits = (np.array([0.0, 3.0, 3.0]), np.zeros(3), np.array([0.0, 0.0, 2.0]))
    patterns = Patterns(level=level, count=one, rarity=bits[0], shared_rarity=bits[1], lift=bits[2])
    same, near = posteriors(patterns, odds)

    assert (same / (1 - same - near)).tolist() == pytest.approx([0.5, 4.0, 1.0])
    assert (near / (1 - same - near)).tolist() == pytest.approx([0.5, 0.5, 0.125])


def test_ties_make_no_circle_and_never_speak_for() -> None:
    """Of three facets that go together two ties are kept; who differs more often is not tied."""
    together = np.array([[1, 1, 1]] * 80 + [[1, 0, 0]] * 20)
    chance = [np.array([0.9, 0.1])] * 3
    strangers = [np.ones(100)] * 3

    assert len(find_ties((together,) * 3, strangers, chance)) == 2
    apart = np.array([[1, 0, -1]] * 100)
    halves = [np.array([0.5, 0.5])] * 3
    nobody = np.empty((0, 3), np.int64)
    assert find_ties((apart, nobody, nobody), [np.ones(100), np.ones(0), np.ones(0)], halves) == ()


def test_ties_are_found_where_strangers_agree_twice() -> None:
    """Who agrees in the first facet mostly agrees in the second; the third has nothing to do with either."""
    agreeing = (
        np.array([[1, 1, 0]] * 60 + [[1, 0, 0]] * 40),
        np.array([[1, 1, 0]] * 60 + [[0, 1, 0]] * 40),
        np.empty((0, 3), np.int64),
    )
    strangers = [np.ones(len(level)) for level in agreeing]
    chance = [np.array([0.9, 0.1])] * 3
    (tie,) = find_ties(agreeing, strangers, chance)

    assert (tie.one, tie.other) == (0, 1)
    assert tie.lift[0] == (0, 0)
    assert tie.lift[1][0] == 0
    assert 2_000 < tie.lift[1][1] < 2_700
    assert find_ties(agreeing, [np.zeros(len(level)) for level in agreeing], chance) == ()


def test_ties_are_found_between_slips() -> None:
    """Who is a slip apart in one number is a slip apart in the other, and no more often the same."""
    near = np.array([[1, 1]] * 60 + [[1, 0]] * 40)
    chance = [np.array([0.96, 0.03, 0.01])] * 2
    (tie,) = find_ties((near, near[:, ::-1]), [np.ones(100)] * 2, chance)

    assert 3_500 < tie.lift[1][1] < math.log2(0.6 / 0.03) * 1_000
    assert tie.lift[1][0] == tie.lift[1][2] == tie.lift[2][1] == tie.lift[2][2] == 0


@given(st.lists(st.tuples(st.integers(-1, 1), st.integers(-1, 1)), min_size=1, max_size=6))
def test_lifts_are_tie_lift_pattern_by_pattern(levels: list[tuple[int, int]]) -> None:
    """The two interpreters agree; the unknown ties nothing."""
    tie = Tie(one=0, other=1, lift=((0, 1), (2, 30)))
    population = attrs.evolve(a_population(), ties=(tie,))

    assert lifts((tie,), tuple(np.array(levels).T)).tolist() == [
        tie_lift(population, level) for level in levels
    ]


def a_population() -> Population:
    fit = FacetFit(same=(0.2, 0.8), chance=(0.9, 0.1), related=(0.5, 0.5), seen=(0.9, 0.1))
    return Population(
        party="person", script="latin", pairs=10, same=0.25, related=0.25, known=(10, 10), fits=(fit, fit)
    )


def test_surroundings_explain_no_more_than_ties_leave() -> None:
    """What goes together among strangers speaks less for shared surroundings, too."""
    tied = attrs.evolve(a_population(), ties=(Tie(one=0, other=1, lift=((0, 0), (0, 1000))),))
    policy = Policy(comparisons=(Comparison("a", EXACT), Comparison("b", EXACT)), blocking=(Block("a"),))
    parts = score(facets(policy), [Likeness(1, ("x",)), Likeness(1, ("y",))], tied, {"a": {"x": 1}})
    weights = weights_of(tied)
    rare = term_weight(0.1, 10, 2, 0)

    assert parts.ties == 1000
    assert parts.terms == (rare, 0)
    assert parts.surroundings == damping(weights.related_prior + 2 * weights.related[0][1] + rare - 1000)
    assert parts.total == weights.prior + 2 * weights.same[0][1] + rare - 1000 - parts.surroundings


def test_weights_are_logarithms_of_odds() -> None:
    """Eight times as often is three bits, for; never among one party is as much as there is, against."""
    weights = weights_of(a_population())

    assert weights.same[0] == (round(1000 * math.log2(0.2 / 0.9)), 3000)
    assert weights.prior == weights.related_prior == -1000
    assert log_ratio(0, 1) == -40_000
    assert log_ratio(1, 0) == 40_000
    assert log_ratio(0, 0) == 0


@given(st.integers(-50_000, 50_000), st.integers(0, 3_000))
def test_damping_grows_and_never_exceeds_what_is_explained(related: int, more: int) -> None:
    """It is never negative, grows with what surroundings explain, and tends to all of it."""
    assert damping(related) >= max(related, 0)
    assert damping(related + more) >= damping(related)
    assert bulk_damping(np.array([related, related + more])).tolist() == [
        damping(related),
        damping(related + more),
    ]
    assert damping(0) == 1000


@given(st.integers(2, 500), st.integers(2, 500))
def test_a_rarer_value_weighs_more(count: int, other: int) -> None:
    """Agreeing on what few hold says more than agreeing on what many hold; one holder counts as two."""
    weight = {held: term_weight(0.01, 1_000, held, 200) for held in (count, other)}

    assert (weight[count] >= weight[other]) == (count <= other) or weight[count] == weight[other]
    assert term_weight(0.01, 1_000, 1, 200) == term_weight(0.01, 1_000, 2, 200)
    assert term_weight(0.01, 100_000, 1_000, 200) == 0
    assert term_weight(0.0, 1_000, 10, 200) == 0


@given(st.integers(2, 50), st.integers(0, 50), st.integers(0, 5_000))
def test_a_small_base_leaves_rarity_to_the_world(count: int, more: int, known: int) -> None:
    """In a base of two, what both hold is not for that held by everyone; in a large one only its count matters."""
    small, large = term_weight(0.01, count, count, 200), term_weight(0.01, count + known, count, 200)

    assert small <= large
    assert term_weight(0.01, 10**9, count, 50) == term_weight(0.01, 10**9, count, 200)
    assert term_weight(0.01, known, count, 50) <= term_weight(0.01, known, count, 200)
    assert term_weight(0.01, known + more, count, 200) >= term_weight(0.01, known, count, 200)
    assert term_weight(0.01, 2, 2, 200) > 0 > term_weight(0.01, 50, 50, 200)
    assert term_weight(0.25, 37, 18, 200) == pytest.approx(log_ratio(0.25 * 37, 18), abs=100)


def test_parts_sum_to_the_total() -> None:
    """Whole numbers leave no rest."""
    parts = Parts(prior=-9, levels=(5, -2), terms=(1, 0), ties=3, namesakes=2, surroundings=4)

    assert parts.total == -9 + 5 - 2 + 1 - 3 - 2 - 4


@given(st.lists(st.integers(-15_000, 35_000), max_size=30))
def test_the_curve_falls_and_rises(scores: list[int]) -> None:
    """With the threshold the expected precision never falls and the recall never rises."""
    curve = quality_curve(np.array(scores, np.int64))

    for low, high in pairwise(curve):
        assert high.precision >= low.precision - 1e-9
        assert high.recall <= low.recall + 1e-9
    for point in curve[:: len(curve) // 4]:
        above = [1 / (1 + 2 ** (-one / 1000)) for one in scores if one >= point.threshold_millibits]
        assert point.precision == pytest.approx(sum(above) / len(above) if above else 1.0)


def test_the_threshold_is_never_under_two_to_one() -> None:
    """And rises where that brings more precision than it costs recall."""
    low, high = (
        CurvePoint(threshold_millibits=at, precision=p, recall=r)
        for at, p, r in ((-500, 1, 1), (4_000, 1, 1))
    )
    better = CurvePoint(threshold_millibits=2_000, precision=0.99, recall=0.95)
    worse = CurvePoint(threshold_millibits=0, precision=0.90, recall=0.97)

    assert choose_threshold((low, high)) == 1_000
    assert choose_threshold((worse, better)) == 2_000
    assert choose_threshold(quality_curve(np.array([9_000, 9_000, -9_000]))) == 1_000


def test_frequent_values_are_kept_and_rare_ones_are_not() -> None:
    """A model names what more than two records hold."""
    people = [{"city": "leeds"}] * 3 + [{"city": "york"}] * 2
    model = train(with_ids([dict(one) for one in people]), POLICY)

    assert Terms(facet="city", counts=(("leeds", 3),)) in model.terms
    assert str(model).startswith("Model of 5 comparisons, learnt from 5 records")
    assert "city" in model._repr_html_()
    assert "leeds" not in repr(model)


def test_mixed_scripts_have_odds_of_their_own() -> None:
    """Chinese names collide more often; what is learnt of one script is not forced on the other."""
    rng = Random(3)
    people: list[dict[str, object]] = []
    for number in range(120):
        if number % 2:
            name = f"{rng.choice('ABCDEFG')}nn {rng.choice('STUVWXYZ')}mith{number}"
        else:
            name = rng.choice("王李张") + rng.choice("伟芳娜敏")
        people += [{"name": name, "email": f"p{number}@x.pt"}] * 2
    model = train(with_ids(people), POLICY)
    by_script = {one.script: one for one in model.populations if one.party == "person"}

    assert by_script["chinese"].fits[0].chance[-1] > 5 * by_script["latin"].fits[0].chance[-1]
    assert by_script["latin"].same * by_script["latin"].pairs == pytest.approx(60, rel=0.2)
    assert sum(one.pairs for one in by_script.values()) == math.comb(240, 2)


def test_pairs_across_linked_tables_are_counted_across() -> None:
    """Two tables of 3 and 2 make 6 pairs, however they are linked."""
    left = [{"id": f"l{place}", "name": "Ann Bell"} for place in range(3)]
    right = [{"id": f"r{place}", "name": "Ann Bell"} for place in range(2)]
    model = train([left, right], POLICY)

    assert model.populations[0].pairs == 6
    assert model.records == 5


def test_nothing_to_learn_from_is_no_error() -> None:
    """No record, one record, a column that is empty throughout: a model that says little."""
    nobody: list[dict[str, object]] = []
    nameless: list[dict[str, object]] = [{"id": 1, "name": None}, {"id": 2, "name": ""}]
    for rows in (nobody, [{"id": 1, "name": "Ann Bell"}], nameless):
        model = train(rows, POLICY)
        assert model.threshold_millibits == 1_000
        assert len(model.populations) == 6


def test_numbers_in_a_row_are_seen_to_be_near() -> None:
    """Pairs a slip apart in an identifier are drawn, and what else they have in common with them."""
    people = [{"email": f"user{1000 + n}@x.pt", "phone": str(13810000000 + n)} for n in range(300)]
    ready = prepare(with_ids([dict(one) for one in people]), POLICY)
    nothing = np.empty(0, np.int64)
    (found, *_) = chances(ready.columns, ready.table.ids, [np.arange(300), nothing, nothing, nothing], seed=0)
    place = {facet.name: at for at, facet in enumerate(ready.columns.facets)}
    near = found.agreeing[place["email"]][:, [place["email"], place["phone"]]]

    assert len(near) > 500
    assert set(near[:, 0].tolist()) <= {1, 3}
    assert (near[near[:, 0] == 3, 1] == 1).mean() > 0.8
    assert len(found.agreeing[place["city"]]) == 0


def test_what_is_seen_is_seen_of_all_pairs() -> None:
    """A chance holds shares for each facet, and samples of pairs that agree in one."""
    people = [{"city": city, "gender": "female"} for city in ("york", "leeds") for _ in range(30)]
    ready = prepare(with_ids([dict(one) for one in people]), POLICY)
    nothing = np.empty(0, np.int64)
    (found, *_) = chances(ready.columns, ready.table.ids, [np.arange(60), nothing, nothing, nothing], seed=0)

    assert isinstance(found, Chance)
    city = next(place for place, facet in enumerate(ready.columns.facets) if facet.name == "city")
    assert found.seen[city][-1] == pytest.approx(0.4)
    assert len(found.agreeing[city]) > 1_000
    assert set(found.agreeing[city][:, city].tolist()) == {5}
    assert all(one <= len(list(combinations(range(60), 2))) * 2 for one in map(len, found.agreeing))
