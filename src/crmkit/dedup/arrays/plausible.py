"""What is plausible: bounds within which one party, and those around it, agree and differ.

A search over patterns alone takes whatever is frequent for one party: numbers
in a row, a household, namesakes.  These bounds say what no base may teach.
Source: for `monotone`, Barlow et al. (1972), pooling adjacent violators.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias, final

import attrs
import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]

SURE_PAIRS = 100.0
"""So many pairs have to show that one party changes what it usually keeps, before they are half believed."""


@final
@attrs.frozen(kw_only=True)
class Trait:
    """What is known of a facet before any pair is seen.

    Attributes:
        shareable: Whether people who share surroundings share it.
        slips: The levels of values that differ, though one may be meant for the other.
        least_changes: In what share of the pairs of one party it differs at least.
        changes: In what share of them it does, as a rule; 1 if nothing is known.
        most_changes: In what share of them it does at most.
        names: The levels at which being alike in it is being alike in name, or follows from it.
    """

    shareable: bool = False
    slips: tuple[int, ...] = ()
    least_changes: float = 0.0
    changes: float = 1.0
    most_changes: float = 1.0
    names: tuple[int, ...] = ()


def plausible(shares: Floats, trait: Trait, start: Floats, pairs: float) -> Floats:
    """Return *shares*, of so many *pairs* of one party, within what one party can be.

    A slip is an exception: no more pairs are put down to slips than hold the
    same value, and the rest differ.  What one party keeps differs rarely, and
    more often only if many pairs show it.  Without these bounds the search may
    take for one party what is merely numbered in a row, or lives together.
    """
    found = shares.copy()
    slips = list(trait.slips)
    slipped = found[slips].sum()
    equal = 1.0 - found[0] - slipped
    if slipped > equal:
        found[slips] *= equal / slipped
        found[0] += slipped - equal
    most = (SURE_PAIRS * trait.changes + pairs * trait.most_changes) / (SURE_PAIRS + pairs)
    bounded = min(max(found[0], trait.least_changes), most)
    if bounded < found[0]:
        found[1:] += (found[0] - bounded) * normal(start[1:])
    elif bounded > found[0]:
        found[1:] *= (1.0 - bounded) / (1.0 - found[0])
    found[0] = bounded
    return normal(found + 1e-9)


def monotone(shares: Floats, chance: Floats) -> Floats:
    """Return the shares nearest to *shares* of which no level speaks more for one than a higher level does.

    What speaks is the ratio to *chance*; so "different" never speaks for one party.

    >>> monotone(np.array([0.6, 0.1, 0.3]), np.array([0.5, 0.2, 0.3])).round(3).tolist()
    [0.5, 0.2, 0.3]
    """
    pools: list[tuple[float, float, int]] = []
    for share, by_chance in zip(shares.tolist(), chance.tolist(), strict=True):
        pool = (share, by_chance, 1)
        while pools and pools[-1][0] * pool[1] >= pool[0] * pools[-1][1]:
            before = pools.pop()
            pool = (before[0] + pool[0], before[1] + pool[1], before[2] + pool[2])
        pools.append(pool)
    ratio = np.repeat([share / by_chance for share, by_chance, _ in pools], [many for _, _, many in pools])
    return normal(ratio * chance)


def exceptional(shares: Floats, slips: Sequence[int]) -> Floats:
    """Return *shares*, drawn towards the highest level until slips are no more than what is equal.

    No level speaks more against a higher one for that.
    """
    slipped = float(shares[list(slips)].sum())
    equal = float(shares[1:].sum()) - slipped
    missing = max(slipped - equal, 0.0)
    drawn = shares / (1.0 + missing)
    drawn[-1] += missing / (1.0 + missing)
    return normal(drawn)


def no_steadier(related: Floats, same: Floats, chance: Floats) -> Floats:
    """Return *related*, drawn towards *chance* until they differ as often as one party does.

    Neighbours have nothing more surely in common than one party with itself;
    else a difference would speak against neighbours more than against one
    party, and so for it.
    """
    if related[0] >= same[0] or chance[0] <= related[0]:
        return related
    drawn = min((same[0] - related[0]) / (chance[0] - related[0]), 1.0)
    mixed: Floats = (1.0 - drawn) * related + drawn * chance
    return mixed


def normal(counts: Sequence[float] | Floats) -> Floats:
    """Return *counts* as shares of their sum."""
    shares: Floats = np.asarray(counts, np.float64)
    of_one: Floats = shares / shares.sum()
    return of_one
