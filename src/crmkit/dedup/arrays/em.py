"""Expectation maximisation: how often one party, neighbours and strangers agree, from patterns alone.

Three sorts of pairs are told apart.  How often strangers are at a level is
known beforehand; two parties that share surroundings agree like strangers in
what is personal, and as they like in what is not.
Source: Dempster, Laird & Rubin (1977); Fellegi & Sunter (1969).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import final

import attrs
import numpy as np

from crmkit.dedup.arrays.columns import Ints
from crmkit.dedup.arrays.plausible import Floats, Trait, exceptional, monotone, no_steadier, normal, plausible
from crmkit.dedup.weights import QUARTERS

ROUNDS = 200
CLOSE_ENOUGH = 1e-5
CIRCLE = 6
"""No circle that a search was seen to go in is longer; see `maximise`."""
LEAST_CHANCE = 0.02
"""Of the agreement that is seen at least this share is put down to chance."""
STRIDE = 8
"""No kind has more levels, the unknown one included."""
TOGETHER = 3
"""The levels of so many facets are looked up, and counted, at once."""
DOUBLES = 0.05
"""Where no pair was looked at, so many records are expected to have a double."""
PSEUDO_PAIRS = 20.0
"""What few pairs show leans on what was known before as if there were so many pairs more."""

ONE_PARTY, TWO_PARTIES = 4.0, 6.0
"""Of ten pairs of one name so many are taken for one party and for two, before any others are seen."""

TELLING = math.log(4.0)
"""The rest of a table tells two of one name apart, or together, if it makes either four times as likely."""


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
        names: The facets in which pairs are alike in name, by their places, each with the levels at which they are.
        name_rarity: The part of the rarity that comes from names.
        slot: Where the levels of `TOGETHER` facets stand among all combinations of such
            levels, `STRIDE` a facet, the unknown first; shape ``(facets / TOGETHER, patterns)``.
    """

    level: Ints
    count: Ints
    rarity: Floats
    shared_rarity: Floats
    lift: Floats
    names: Mapping[int, tuple[int, ...]] = attrs.field(factory=dict)
    name_rarity: Floats = attrs.field(factory=lambda: np.zeros(1))
    slot: Ints = attrs.field(init=False)

    @slot.default
    def _slot(self) -> Ints:
        patterns, facets = self.level.shape
        groups = _groups(facets)
        level = np.zeros((patterns, groups * TOGETHER), np.int64)
        level[:, :facets] = self.level + 1
        combined: Ints = level.reshape(patterns, groups, TOGETHER) @ STRIDE ** np.arange(TOGETHER)[::-1]
        slot: Ints = np.ascontiguousarray(combined.T) + STRIDE**TOGETHER * np.arange(groups)[:, None]
        return slot


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
        namesakes: Log-odds that two with one name are one, as far as the name goes, however rare it is.
    """

    same: tuple[Floats, ...]
    chance: tuple[Floats, ...]
    related: tuple[Floats, ...]
    share_same: float
    share_related: float
    namesakes: float = math.log(ONE_PARTY / TWO_PARTIES)


def first_guess(seen: Sequence[Floats], traits: Sequence[Trait], patterns: Patterns, pairs: float) -> Odds:
    """Return where the search begins: one party agrees mostly, neighbours do in what is shareable."""
    agree = [_mostly_agreeing(len(one), trait) for one, trait in zip(seen, traits, strict=True)]
    start = [plausible(one, trait, one, 0.0) for one, trait in zip(agree, traits, strict=True)]
    share = max(0.1 * float(patterns.count.sum()) / pairs, DOUBLES * math.sqrt(2 / pairs))
    return Odds(
        same=tuple(start),
        chance=tuple(seen),
        related=tuple(
            one if trait.shareable else chance for one, chance, trait in zip(start, seen, traits, strict=True)
        ),
        share_same=min(share, 0.2),
        share_related=min(share / 2, 0.1),
    )


def _mostly_agreeing(levels: int, trait: Trait) -> Floats:
    """Return how often one party is at each level, as a rule: slips are rarer than other ways to be the same."""
    often = np.full(levels, 3.0)
    often[[0, *trait.slips]] = 1.0
    often[-1] *= levels
    return normal(often)


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

    What names count for decides which pairs tell what names count for.  So a
    search may end going round a few odds instead of resting on one; then those
    come back at which it would be after `ROUNDS` rounds.

    Args:
        patterns: What the candidate pairs show; all other pairs are taken for strangers.
        seen: For each facet, how often all pairs there are show each level.
        traits: What is known of each facet beforehand.
        pairs: How many pairs there are, compared or not.
        start: Where the search begins.
        lean: How many pairs *start* is worth beside the patterns.
    """
    trail, last = [start], ROUNDS
    while len(trail) <= last:
        odds = trail[-1]
        one, neighbours = posteriors(patterns, odds)
        after = _maximised(patterns, seen, traits, pairs, start, lean, one, neighbours)
        trail.append(attrs.evolve(after, namesakes=_namesakes(patterns, odds, one)))
        if _moved(odds, after) < CLOSE_ENOUGH:
            break
        if last == ROUNDS and (circle := _circle(trail)):
            done = len(trail) - 1
            last = done + (ROUNDS - done) % circle
    return _read_off(patterns, trail[-1], traits)


def _read_off(patterns: Patterns, odds: Odds, traits: Sequence[Trait]) -> Odds:
    """Return *odds* with what neighbours agree on in personal things, read off once at the end.

    Twins share a birthday.  While searching, strangers stand in for it: else
    neighbours could take the place of the pairs that are one party.
    """
    _, near = posteriors(patterns, odds)
    personal = _shares(patterns, near, odds.chance, PSEUDO_PAIRS)
    shares = [
        mine if trait.shareable else read
        for mine, read, trait in zip(odds.related, personal, traits, strict=True)
    ]
    return attrs.evolve(odds, related=_around(shares, odds.same, odds.chance))


def _around(shares: Sequence[Floats], same: Sequence[Floats], chance: Sequence[Floats]) -> tuple[Floats, ...]:
    """Return *shares*, of neighbours, within what neighbours can be."""
    return tuple(
        no_steadier(monotone(mine, none), one, none)
        for mine, one, none in zip(shares, same, chance, strict=True)
    )


def posteriors(patterns: Patterns, odds: Odds) -> tuple[Floats, Floats]:
    """Return, for each pattern, the probability of one party and of shared surroundings."""
    strangers = max(1.0 - odds.share_same - odds.share_related, 1e-12)
    taken = patterns.lift * np.log(2)
    beyond = beyond_names(patterns, odds)
    one = _evidence(patterns, odds.same, odds.chance) + np.log(odds.share_same / strangers)
    one += patterns.rarity * np.log(2) - taken - beyond
    near = _evidence(patterns, odds.related, odds.chance) + np.log(odds.share_related / strangers)
    near += patterns.shared_rarity * np.log(2) - taken - beyond * QUARTERS / 4
    top = np.maximum(np.maximum(one, near), 0.0)
    whole = np.exp(one - top) + np.exp(near - top) + np.exp(-top)
    return np.exp(one - top) / whole, np.exp(near - top) / whole


def beyond_names(patterns: Patterns, odds: Odds) -> Floats:
    """Return, for each pattern, how much more its names say than a name can.

    Names go together, and a small base does not show how many in the world
    have one: so two of one name are no surer to be one than `Odds.namesakes`.
    """
    if not patterns.names:
        return np.zeros(len(patterns.count))
    strangers = max(1.0 - odds.share_same - odds.share_related, 1e-12)
    most = max(odds.namesakes - math.log(odds.share_same / strangers), 0.0)
    said = patterns.name_rarity * np.log(2)
    for place, levels in patterns.names.items():
        weight = np.zeros(STRIDE)
        at = list(levels)
        weight[at] = np.maximum(np.log(odds.same[place][at]) - np.log(odds.chance[place][at]), 0.0)
        said = said + weight[patterns.level[:, place]]
    beyond: Floats = np.maximum(said - most, 0.0)
    return beyond


def _namesakes(patterns: Patterns, odds: Odds, one: Floats) -> float:
    """Return `Odds.namesakes`: how the rest of the table tells pairs apart that agree in name as far as counts.

    Pairs of which the rest says little do not count: a gender goes with the name.
    """
    said = np.log(np.maximum(one, 1e-12) / np.maximum(1.0 - one, 1e-12)) - odds.namesakes
    told = (beyond_names(patterns, odds) > 0) & (np.abs(said) >= TELLING)
    mass, count = float((one * patterns.count)[told].sum()), float(patterns.count[told].sum())
    return math.log((mass + ONE_PARTY) / (count - mass + TWO_PARTIES))


def _evidence(patterns: Patterns, odds: Sequence[Floats], chance: Sequence[Floats]) -> Floats:
    weights = np.zeros((_groups(len(odds)) * TOGETHER, STRIDE))
    for row, one, other in zip(weights, odds, chance, strict=False):
        row[1 : len(one) + 1] = np.log(one) - np.log(other)
    first, second, third = weights.reshape(-1, TOGETHER, STRIDE).transpose(1, 0, 2)
    combined = first[:, :, None, None] + second[:, None, :, None] + third[:, None, None, :]
    total: Floats = combined.ravel()[patterns.slot].sum(axis=0)
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
    together = float((one * patterns.count).sum())
    same = [
        plausible(found, trait, before, together)
        for found, trait, before in zip(
            _shares(patterns, one, start.same, lean), traits, start.same, strict=True
        )
    ]
    share_same = _share(together, pairs, start.share_same)
    share_related = _share(float((near * patterns.count).sum()), pairs, start.share_related)
    free = _shares(patterns, near, start.related, lean)
    strangers = max(1.0 - share_same - share_related, 1e-12)
    chance = [
        normal(
            np.maximum(
                (all_ - share_same * m - share_related * r * trait.shareable) / strangers,
                LEAST_CHANCE * all_,
            )
        )
        for all_, m, r, trait in zip(seen, same, free, traits, strict=True)
    ]
    same = [
        exceptional(monotone(one, none), trait.slips)
        for one, none, trait in zip(same, chance, traits, strict=True)
    ]
    around = _around(free, same, chance)
    return Odds(
        same=tuple(same),
        chance=tuple(chance),
        related=tuple(
            mine if trait.shareable else none
            for mine, none, trait in zip(around, chance, traits, strict=True)
        ),
        share_same=share_same,
        share_related=share_related,
    )


def _shares(patterns: Patterns, weight: Floats, start: Sequence[Floats], lean: float) -> list[Floats]:
    """Return how often each level occurs among the pairs, each counting as much as *weight* says."""
    mass = np.broadcast_to(weight * patterns.count, patterns.slot.shape)
    size = _groups(len(start)) * STRIDE**TOGETHER
    combined = np.bincount(patterns.slot.ravel(), weights=mass.ravel(), minlength=size)
    each = combined.reshape(-1, STRIDE, STRIDE, STRIDE)
    counts = np.stack([each.sum(axis=(2, 3)), each.sum(axis=(1, 3)), each.sum(axis=(1, 2))], axis=1)
    return [
        normal(row[1 : len(before) + 1] + lean * before + 1e-3)
        for row, before in zip(counts.reshape(-1, STRIDE), start, strict=False)
    ]


def _groups(facets: int) -> int:
    """Return how many times `TOGETHER` facets there are, the last of them filled up."""
    return -(-facets // TOGETHER)


def _share(pairs: float, of: float, before: float) -> float:
    """Return the share that *pairs* are *of* all, one more pair being expected where *before* would expect it.

    Where there is little to learn from, what was held before stays.
    Source: the mean of a gamma distribution of shape 1, updated by what is counted.
    """
    return min((pairs + 1.0) / (of + 1.0 / before), 0.49)


def _moved(before: Odds, after: Odds) -> float:
    return max(float(np.abs(one - other).max()) for one, other in zip(before.same, after.same, strict=True))


def _circle(trail: Sequence[Odds]) -> int:
    """Return after how many rounds the end of *trail* came back to where it had been, 0 if it has not."""
    for rounds in range(2, min(CIRCLE, len(trail) - 1) + 1):
        before, after = trail[-1 - rounds], trail[-1]
        apart = np.abs(np.log(_shares_of(after) / _shares_of(before))).max()
        if max(float(apart), abs(after.namesakes - before.namesakes)) < CLOSE_ENOUGH:
            return rounds
    return 0


def _shares_of(odds: Odds) -> Floats:
    return np.concatenate(
        [*odds.same, *odds.chance, *odds.related, [odds.share_same, odds.share_related]], dtype=np.float64
    )
