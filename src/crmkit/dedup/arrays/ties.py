"""Ties: facets that go together among strangers, so that agreeing in both says less than twice as much.

Who lives in one city shares its postcodes; who has one given name has one
gender.  The strongest ties that make no circle are kept.
Source: Chow & Liu (1968).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from crmkit.dedup.arrays.columns import Ints
from crmkit.dedup.arrays.em import Floats
from crmkit.dedup.model import Tie
from crmkit.dedup.weights import MILLI

LEAN = 2.0
"""So many pairs more are taken to have been seen, and to have been expected."""
LEAST_PAIRS = 8.0
"""A tie needs so many pairs of strangers that agree in both facets."""
LEAST_LIFT = 300
"""A tie needs to make agreeing in both more frequent by so many thousandths of a bit."""


def find_ties(
    agreeing: Sequence[Ints], strangers: Sequence[Floats], chance: Sequence[Floats]
) -> tuple[Tie, ...]:
    """Return which facets go together, strongest first; no facet depends on itself by way of others.

    Args:
        agreeing: For each facet, levels of pairs that hold the same value in it, -1 for unknown.
        strangers: For each facet, how likely each of these pairs are strangers.
        chance: For each facet, how often each level occurs among strangers.
    """
    rows = [_conditional(level, weight, chance) for level, weight in zip(agreeing, strangers, strict=True)]
    found = []
    for one, other in combinations(range(len(chance)), 2):
        there, back = rows[one][other], rows[other][one]
        strength = float(chance[one][-1] * there.sum() + chance[other][-1] * back.sum())
        if max(there.max(), back.max()) >= LEAST_LIFT:
            table = np.zeros((len(chance[one]), len(chance[other])), np.int64)
            table[:, -1] = back
            table[-1, :] = there
            table[-1, -1] = min(there[-1], back[-1]) if back[-1] else there[-1]
            found.append((-strength, one, other, table))
    group = list(range(len(chance)))
    kept = []
    for _, one, other, table in sorted(found, key=lambda tie: tie[:3]):
        if group[one] != group[other]:
            kept.append(Tie(one=one, other=other, lift=tuple(tuple(row) for row in table.tolist())))
            group = [group[one] if label == group[other] else label for label in group]
    return tuple(kept)


def _conditional(level: Ints, weight: Floats, chance: Sequence[Floats]) -> list[Ints]:
    """Return, for each facet and level, how much more often strangers show it who agree in the one looked at."""
    found = []
    for place, usual in enumerate(chance):
        lift = np.zeros(len(usual), np.int64)
        known = level[:, place] >= 0 if len(level) else np.zeros(0, np.bool_)
        if known.any():
            seen = np.bincount(level[known, place], weights=weight[known], minlength=len(usual))
            expected = seen.sum() * usual
            bits = np.log2((seen + LEAN) / (expected + LEAN))
            lift = np.where(seen >= LEAST_PAIRS, np.rint(MILLI * np.maximum(bits, 0.0)), 0).astype(np.int64)
            lift[0] = 0
        found.append(lift)
    return found


def lifts(ties: Sequence[Tie], level: Ints) -> Ints:
    """Return `score.tie_lift` of each pattern of levels, for the *ties* of one population; shape ``(patterns,)``."""
    total = np.zeros(len(level), np.int64)
    for tie in ties:
        table = np.array([(*row, 0) for row in tie.lift] + [(0,) * (len(tie.lift[0]) + 1)], np.int64)
        total += table[level[:, tie.one], level[:, tie.other]]
    return total
