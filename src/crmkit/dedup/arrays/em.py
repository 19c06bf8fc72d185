"""Expectation maximisation: how often one party, neighbours and strangers agree, from patterns alone.

Three sorts of pairs are told apart.  How often strangers are at a level is
known beforehand; two parties that share surroundings agree like strangers in
what is personal, and as they like in what is not.
Source: Dempster, Laird & Rubin (1977); Fellegi & Sunter (1969).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias, final

import attrs
import numpy as np
import numpy.typing as npt

from crmkit.dedup.arrays.columns import Ints

Floats: TypeAlias = npt.NDArray[np.float64]

ROUNDS = 200
CLOSE_ENOUGH = 1e-5
LEAST_CHANCE = 0.02
"""Of the agreement that is seen at least this share is put down to chance."""
MOST_CHANGES = 0.25
"""What one party keeps differs in no larger share of its pairs."""
PSEUDO_PAIRS = 20.0
"""What few pairs show leans on what was known before as if there were so many pairs more."""


@final
@attrs.frozen(kw_only=True, eq=False)
class Patterns:
    """Distinct comparison patterns of one population.

    Attributes:
        level: Level of each facet, -1 for unknown; shape ``(patterns, facets)``.
        count: How many pairs show the pattern.
        rarity: Bits that the rarity of the shared values adds.
        shared_rarity: The part of it that comes from what people who share surroundings share.
        lift: Bits by which strangers show the pattern more often than facet by facet.
    """

    level: Ints
    count: Ints
    rarity: Floats
    shared_rarity: Floats
    lift: Floats


@final
@attrs.frozen(kw_only=True)
class Trait:
    """What is known of a facet before any pair is seen.

    Attributes:
        shareable: Whether people who share surroundings share it.
        slips: The levels of values that differ, though one may be meant for the other.
        steady: Whether one party mostly keeps it, as a name.
    """

    shareable: bool = False
    slips: tuple[int, ...] = ()
    steady: bool = False


@final
@attrs.frozen(kw_only=True, eq=False)
class Odds:
    """How often each level occurs, for each facet, among each sort of pairs.

    Attributes:
        same: Among pairs of one party.
        chance: Among strangers.
        related: Among parties that share surroundings.
        share_same: Share of all pairs that are one party.
        share_related: Share of all pairs that share surroundings.
    """

    same: tuple[Floats, ...]
    chance: tuple[Floats, ...]
    related: tuple[Floats, ...]
    share_same: float
    share_related: float


def first_guess(seen: Sequence[Floats], traits: Sequence[Trait], patterns: Patterns, pairs: float) -> Odds:
    """Return where the search begins: one party agrees mostly, neighbours do in what is shareable."""
    agree = [np.append(np.ones(len(one) - 1), 3.0 * len(one)) for one in seen]
    start = [one / one.sum() for one in agree]
    share = max(0.1 * float(patterns.count.sum()) / pairs, 1e-9)
    return Odds(
        same=tuple(start),
        chance=tuple(seen),
        related=tuple(
            one if trait.shareable else chance for one, chance, trait in zip(start, seen, traits, strict=True)
        ),
        share_same=min(share, 0.2),
        share_related=min(share / 2, 0.1),
    )


def maximise(
    patterns: Patterns,
    seen: Sequence[Floats],
    traits: Sequence[Trait],
    pairs: float,
    start: Odds,
    *,
    lean: float = PSEUDO_PAIRS,
) -> Odds:
    """Return the odds under which *patterns* are most likely.

    Args:
        patterns: What the candidate pairs show; all other pairs are taken for strangers.
        seen: For each facet, how often all pairs there are show each level.
        traits: What is known of each facet beforehand.
        pairs: How many pairs there are, compared or not.
        start: Where the search begins.
        lean: How many pairs *start* is worth beside the patterns.
    """
    odds = start
    for _ in range(ROUNDS):
        one, neighbours = posteriors(patterns, odds)
        after = _maximised(patterns, seen, traits, pairs, start, lean, one, neighbours)
        if _moved(odds, after) < CLOSE_ENOUGH:
            break
        odds = after
    return _read_off(patterns, odds)


def _read_off(patterns: Patterns, odds: Odds) -> Odds:
    """Return *odds* with what neighbours agree on in personal things, read off once at the end.

    Twins share a birthday.  While searching, strangers stand in for it: else
    neighbours could take the place of the pairs that are one party.
    """
    _, near = posteriors(patterns, odds)
    return attrs.evolve(odds, related=tuple(_shares(patterns, near, odds.chance, PSEUDO_PAIRS)))


def posteriors(patterns: Patterns, odds: Odds) -> tuple[Floats, Floats]:
    """Return, for each pattern, the probability of one party and of shared surroundings."""
    strangers = max(1.0 - odds.share_same - odds.share_related, 1e-12)
    one = _evidence(patterns, odds.same, odds.chance) + np.log(odds.share_same / strangers)
    one += (patterns.rarity - patterns.lift) * np.log(2)
    near = _evidence(patterns, odds.related, odds.chance) + np.log(odds.share_related / strangers)
    near += (patterns.shared_rarity - patterns.lift) * np.log(2)
    top = np.maximum(np.maximum(one, near), 0.0)
    whole = np.exp(one - top) + np.exp(near - top) + np.exp(-top)
    return np.exp(one - top) / whole, np.exp(near - top) / whole


def _evidence(patterns: Patterns, odds: Sequence[Floats], chance: Sequence[Floats]) -> Floats:
    total = np.zeros(len(patterns.count))
    for place, (one, other) in enumerate(zip(odds, chance, strict=True)):
        weight = np.append(np.log(one) - np.log(other), 0.0)
        total += weight[patterns.level[:, place]]
    return total


def _maximised(
    patterns: Patterns,
    seen: Sequence[Floats],
    traits: Sequence[Trait],
    pairs: float,
    start: Odds,
    lean: float,
    one: Floats,
    near: Floats,
) -> Odds:
    same = [
        _plausible(found, trait, before)
        for found, trait, before in zip(
            _shares(patterns, one, start.same, lean), traits, start.same, strict=True
        )
    ]
    share_same = _share(float((one * patterns.count).sum()), pairs, start.share_same)
    share_related = _share(float((near * patterns.count).sum()), pairs, start.share_related)
    free = _shares(patterns, near, start.related, lean)
    related = [
        mine if trait.shareable else none
        for mine, none, trait in zip(free, start.chance, traits, strict=True)
    ]
    strangers = max(1.0 - share_same - share_related, 1e-12)
    chance = [
        _normal(
            np.maximum(
                (all_ - share_same * m - share_related * r * trait.shareable) / strangers, LEAST_CHANCE * all_
            )
        )
        for all_, m, r, trait in zip(seen, same, related, traits, strict=True)
    ]
    related = [
        mine if trait.shareable else none for mine, none, trait in zip(related, chance, traits, strict=True)
    ]
    return Odds(
        same=tuple(same),
        chance=tuple(chance),
        related=tuple(related),
        share_same=share_same,
        share_related=share_related,
    )


def _plausible(shares: Floats, trait: Trait, start: Floats) -> Floats:
    """Return *shares*, of pairs of one party, within what one party can be.

    A slip is an exception: no more pairs are put down to slips than hold the
    same value, and the rest differ.  What one party keeps differs in
    `MOST_CHANGES` of its pairs at most.  Without these bounds the search may
    take for one party what is merely numbered in a row, or lives together.
    """
    found = shares.copy()
    slips = list(trait.slips)
    slipped = found[slips].sum()
    equal = 1.0 - found[0] - slipped
    if slipped > equal:
        found[slips] *= equal / slipped
        found[0] += slipped - equal
    if trait.steady and found[0] > MOST_CHANGES:
        found[1:] += (found[0] - MOST_CHANGES) * _normal(start[1:])
        found[0] = MOST_CHANGES
    return _normal(found + 1e-9)


def _shares(patterns: Patterns, weight: Floats, start: Sequence[Floats], lean: float) -> list[Floats]:
    """Return how often each level occurs among the pairs, each counting as much as *weight* says."""
    mass = weight * patterns.count
    found = []
    for place, before in enumerate(start):
        level = patterns.level[:, place]
        counts = np.bincount(level + 1, weights=mass, minlength=len(before) + 1)[1:]
        found.append(_normal(counts + lean * before + 1e-3))
    return found


def _share(pairs: float, of: float, before: float) -> float:
    """Return the share that *pairs* are *of* all, one more pair being expected where *before* would expect it.

    Where there is little to learn from, what was held before stays.
    Source: the mean of a gamma distribution of shape 1, updated by what is counted.
    """
    return min((pairs + 1.0) / (of + 1.0 / before), 0.49)


def _normal(counts: Floats) -> Floats:
    normal: Floats = counts / counts.sum()
    return normal


def _moved(before: Odds, after: Odds) -> float:
    return max(float(np.abs(one - other).max()) for one, other in zip(before.same, after.same, strict=True))
