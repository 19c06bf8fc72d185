"""Ties: facets that go together among strangers, so that agreeing in both says less than twice as much.

Who lives in one city shares its postcodes; who has one given name has one
gender.  The strongest ties that make no circle are kept.
Source: Chow & Liu (1968).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt

from crmkit.dedup.arrays.columns import Ints
from crmkit.dedup.arrays.plausible import Floats
from crmkit.dedup.model import Tie
from crmkit.dedup.weights import MILLI

LEAN = 2.0
"""So many pairs more are taken to have been seen, and to have been expected."""
LEAST_PAIRS = 8.0
"""A tie needs so many pairs of strangers that agree in both facets."""
LEAST_LIFT = 300
"""A tie needs to make agreeing in both more frequent by so many thousandths of a bit."""


def find_ties(
    agreeing: Sequence[Ints],
    strangers: Sequence[Floats],
    chance: Sequence[Floats],
    *,
    counted: Collection[int] = (),
) -> tuple[Tie, ...]:
    """Return which facets go together, strongest first; no facet depends on itself by way of others.

    Args:
        agreeing: For each facet, levels of pairs that hold the same value in it,
            or nearly the same, -1 for unknown.
        strangers: For each facet, how likely each of these pairs are strangers.
        chance: For each facet, how often each level occurs among strangers.
        counted: Facets of which it is reckoned elsewhere that they go together.
    """
    found = []
    for one, other in combinations(range(len(chance)), 2):
        if one in counted and other in counted:
            continue
        there = _lift(agreeing[one], strangers[one], (one, other), chance)
        back = _lift(agreeing[other], strangers[other], (other, one), chance).T
        table = np.maximum(there, back)
        # Both samples hold pairs that agree twice; the lower says what is sure.
        table[-1, -1] = min(there[-1, -1], back[-1, -1])
        if table.max() >= LEAST_LIFT:
            shared = np.outer(chance[one], chance[other]) * np.exp2(table / MILLI) * table
            found.append((-float(shared.sum()), one, other, table))
    group = list(range(len(chance)))
    kept = []
    for _, one, other, table in sorted(found, key=lambda tie: tie[:3]):
        if group[one] != group[other]:
            kept.append(Tie(one=one, other=other, lift=tuple(tuple(row) for row in table.tolist())))
            group = [group[one] if label == group[other] else label for label in group]
    return tuple(kept)


def _lift(level: Ints, weight: Floats, facets: tuple[int, int], chance: Sequence[Floats]) -> Ints:
    """Return how much more often strangers at each level of the one facet are at each of the other.

    It is 0 where either differs, and where too few pairs are seen to tell.
    """
    one, other = facets
    lift = np.zeros((len(chance[one]), len(chance[other])), np.int64)
    known = (level[:, one] > 0) & (level[:, other] >= 0)
    seen = np.zeros(lift.shape)
    np.add.at(seen, (level[known, one], level[known, other]), weight[known])
    expected = seen.sum(axis=1, keepdims=True) * chance[other]
    bits = np.log2((seen + LEAN) / (expected + LEAN))
    lift[seen >= LEAST_PAIRS] = np.rint(MILLI * np.maximum(bits, 0.0))[seen >= LEAST_PAIRS]
    lift[:, 0] = 0
    return lift


def lifts(ties: Sequence[Tie], level: Sequence[npt.NDArray[np.integer]]) -> Ints:
    """Return `score.tie_lift` of each pattern of levels, facet by facet, for the *ties* of one population."""
    total = np.zeros(len(level[0]), np.int64)
    for tie in ties:
        table = np.array([(*row, 0) for row in tie.lift] + [(0,) * (len(tie.lift[0]) + 1)], np.int64)
        total += table[level[tie.one], level[tie.other]]
    return total
