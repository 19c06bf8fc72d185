"""Clustering: what is one party follows from the evidence and the decisions, never from an order."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.dedup import DISTINCT, SAME, Decision
from crmkit.dedup.arrays.clustering import bulk_cluster, components
from crmkit.dedup.cluster import Apart, Bound, Edge, cluster
from crmkit.dedup.decision import check_decisions, same_groups
from crmkit.errors import Contradiction, InvalidValue, UnknownName

SIZE = 7
PAIRS = st.sampled_from(list(combinations(range(SIZE), 2)))
EDGES = st.dictionaries(PAIRS, st.sampled_from((-9, -4, -1, 0, 1, 3, 3, 6, 6, 9)), max_size=16).map(
    lambda weights: [Edge(a, b, weight) for (a, b), weight in weights.items()]
)
APART = st.sets(PAIRS, max_size=4).map(lambda pairs: [Apart(a, b, "they say so") for a, b in sorted(pairs)])
GROUPS = st.sampled_from(([], [(0, 1)], [(0, 1), (2, 5)], [(1, 3, 6)]))
VALUES = st.dictionaries(st.integers(0, SIZE - 1), st.sampled_from("xyz"), max_size=SIZE)


def bound(values: dict[int, str], at_most: int = 1) -> Bound[int]:
    return Bound(
        at_most=at_most, values={key: frozenset(one) for key, one in values.items()}, reason="too many"
    )


def averages(clusters: Sequence[tuple[int, ...]], edges: Sequence[Edge[int]]) -> dict[tuple[int, int], float]:
    """Return what speaks for merging each pair of clusters."""
    weight = {frozenset(edge[:2]): edge.weight for edge in edges}
    return {
        (one[0], other[0]): sum(weight.get(frozenset((a, b)), 0) for a in one for b in other)
        / (len(one) * len(other))
        for one, other in combinations(clusters, 2)
    }


@given(EDGES, st.randoms(use_true_random=False))
def test_no_order_matters(edges: list[Edge[int]], random: object) -> None:
    """Records and edges in any order, edges in either direction: the same clusters."""
    records = list(range(SIZE))
    turned = [Edge(edge.b, edge.a, edge.weight) for edge in edges]
    random.shuffle(turned)  # type: ignore[attr-defined]
    random.shuffle(records)  # type: ignore[attr-defined]

    assert cluster(records, turned) == cluster(range(SIZE), edges)


@given(EDGES)
def test_bulk_cluster_is_cluster(edges: list[Edge[int]]) -> None:
    """Merging all mutual best pairs at once ends where merging the best pair first does, ties included."""
    a, b, weight = (np.array([edge[place] for edge in edges], np.int64) for place in range(3))
    label = bulk_cluster(SIZE, a, b, weight)
    clusters, _ = cluster(range(SIZE), edges)

    assert label.tolist() == [next(one[0] for one in clusters if record in one) for record in range(SIZE)]


@given(EDGES, APART, VALUES)
def test_nothing_that_speaks_for_a_merge_is_left_unless_it_is_refused(
    edges: list[Edge[int]], apart: list[Apart[int]], values: dict[int, str]
) -> None:
    """In the end each pair of clusters speaks against, or is refused with its reason."""
    clusters, refused = cluster(range(SIZE), edges, apart=apart, bounds=[bound(values)])
    named = {(one.a, one.b): one for one in refused}

    for pair, average in averages(clusters, edges).items():
        assert (average > 0) == (pair in named)
        if pair in named:
            assert named[pair].weight == pytest.approx(average)
            assert named[pair].reason in ("they say so", "too many")


@given(EDGES, APART, VALUES)
def test_what_is_apart_stays_apart_and_no_bound_is_broken(
    edges: list[Edge[int]], apart: list[Apart[int]], values: dict[int, str]
) -> None:
    """For any input: not even by way of others."""
    clusters, _ = cluster(range(SIZE), edges, apart=apart, bounds=[bound(values)])

    assert sorted(record for one in clusters for record in one) == list(range(SIZE))
    for one in clusters:
        assert not any(pair.a in one and pair.b in one for pair in apart)
        assert len({values[record] for record in one if record in values}) <= 1


@given(EDGES, GROUPS, VALUES)
def test_what_is_the_same_is_together(
    edges: list[Edge[int]], groups: list[tuple[int, ...]], values: dict[int, str]
) -> None:
    """Whatever speaks against it, and even where it breaks a bound; but then nothing breaks it further."""
    clusters, _ = cluster(range(SIZE), edges, same=groups, bounds=[bound(values)])

    for group in groups:
        assert any(set(group) <= set(one) for one in clusters)
    for one in clusters:
        inside = [group for group in groups if set(group) <= set(one)]
        most = max([1, *(len({values[key] for key in group if key in values}) for group in inside)])
        assert len({values[record] for record in one if record in values}) <= most


@given(EDGES)
def test_a_decision_that_agrees_changes_nothing(edges: list[Edge[int]]) -> None:
    """Said to be what they are already, the clusters stay as they are."""
    clusters, _ = cluster(range(SIZE), edges)
    split = [Apart(one[0], other[0], "x") for one, other in combinations(clusters, 2)]

    assert cluster(range(SIZE), edges, same=[one for one in clusters if len(one) > 1])[0] == clusters
    assert cluster(range(SIZE), edges, apart=split)[0] == clusters


def test_two_against_one_keep_a_stranger_out() -> None:
    """A chain does not pull in someone whom the others speak against."""
    edges = [Edge(0, 1, 5), Edge(1, 2, 5), Edge(0, 2, -20)]

    assert cluster(range(3), edges)[0] == [(0, 1), (2,)]
    assert cluster(range(3), edges[:2])[0] == [(0, 1, 2)]


def test_a_bound_that_a_decision_broke_is_not_broken_further() -> None:
    """Who adds nothing new may join; who does may not."""
    edges = [Edge(0, 2, 5), Edge(1, 2, 5), Edge(0, 3, 5), Edge(1, 3, 5)]
    values = {0: "x", 1: "y", 2: "x", 3: "z"}

    assert cluster(range(4), edges, same=[(0, 1)], bounds=[bound(values)])[0] == [(0, 1, 2), (3,)]


def test_two_values_are_allowed_where_two_are() -> None:
    """A limit counts different values, not records."""
    edges = [Edge(0, 1, 5), Edge(1, 2, 5), Edge(0, 2, 5)]
    values = {0: "x", 1: "y", 2: "y"}

    assert cluster(range(3), edges, bounds=[bound(values, at_most=2)])[0] == [(0, 1, 2)]
    assert cluster(range(3), edges, bounds=[bound(values)])[0] == [(0,), (1, 2)]


@given(st.lists(PAIRS, max_size=8))
def test_components_are_what_can_be_reached(pairs: list[tuple[int, int]]) -> None:
    """Each record is labelled with the smallest that it is connected to."""
    reach = {record: {record} for record in range(SIZE)}
    for _ in range(SIZE):
        for a, b in pairs:
            reach[a] |= reach[b]
            reach[b] |= reach[a]
    one, other = (np.array([pair[place] for pair in pairs], np.int64) for place in (0, 1))

    assert components(SIZE, one, other).tolist() == [min(reach[record]) for record in range(SIZE)]


def said(a: object, b: object, verdict: str, by: str = "ann") -> Decision:
    return Decision(a, b, verdict, by=by, why="the phone call")  # type: ignore[arg-type]


@given(st.lists(st.tuples(PAIRS, st.sampled_from((SAME, DISTINCT))), max_size=6))
def test_decisions_hold_together_or_are_refused(told: list[tuple[tuple[int, int], str]]) -> None:
    """They contradict each other if, and only if, two records are distinct and the same by way of others."""
    decisions = [said(a, b, verdict) for (a, b), verdict in told]
    groups = same_groups(decisions)
    clash = any(
        one.verdict == DISTINCT and {one.a, one.b} <= set(group) for one in decisions for group in groups
    )

    if clash:
        with pytest.raises(Contradiction):
            check_decisions(decisions)
    else:
        assert set(check_decisions(decisions)) == set(decisions)
        assert check_decisions(decisions) == check_decisions(reversed(decisions))


def test_a_contradiction_names_both_sides() -> None:
    """Also where the same are the same by way of a third."""
    told = [said("a", "b", SAME), said("b", "c", SAME, by="bob"), said("a", "c", DISTINCT, by="cid")]

    with pytest.raises(Contradiction, match="cid says") as raised:
        check_decisions(told)
    assert "ann says" in str(raised.value)
    assert "bob says" in str(raised.value)
    assert "the phone call" in str(raised.value)


def test_nobody_makes_a_person_of_an_organisation() -> None:
    """Not even a decision; where a kind is unknown, either may be."""
    told = [said("a", "b", SAME), said("b", "c", SAME)]

    assert check_decisions(told, {"a": "person", "b": None}) == tuple(told)
    with pytest.raises(Contradiction, match="organisation"):
        check_decisions(told, {"a": "person", "c": "organisation"})


def test_a_decision_is_about_two_records() -> None:
    """And says one of two things."""
    with pytest.raises(InvalidValue):
        said("a", "a", SAME)
    with pytest.raises(UnknownName, match="same"):
        said("a", "b", "sane")


def test_groups_are_in_order_whatever_the_ids() -> None:
    """Whole numbers by size, before texts."""
    assert same_groups([said("b", 10, SAME), said(9, "a", SAME), said("a", "x", SAME)]) == [
        (9, "a", "x"),
        (10, "b"),
    ]
