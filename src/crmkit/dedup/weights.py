"""Weights: what each level says for or against one party, in thousandths of a bit.

Whole numbers, so that the parts of a score sum to it exactly and one pair
alone scores as it does among a million.
Source: Fellegi & Sunter (1969), section 2; term frequencies: Winkler (1990).
"""

from __future__ import annotations

import math
from functools import cache
from typing import Final, final

import attrs

from crmkit.dedup.model import Population

MILLI: Final = 1_000
MOST: Final = 40 * MILLI
"""No single weight is larger, either way."""
LEAST_COUNT: Final = 2
"""Two records that agree on a value are at least two records that hold it."""

QUARTERS: Final = 3
"""So many quarters of what is taken off names for namesakes are taken off neighbours too.

Not all: names run in families, and father and son are called alike more often than strangers.
"""


@final
@attrs.frozen(kw_only=True)
class Weights:
    """The weights of one population, in thousandths of a bit.

    Attributes:
        prior: Log-odds that two records are one party, before anything is compared.
        same: For each facet the weight of each level, one party against strangers.
        related_prior: Log-odds of shared surroundings against strangers.
        related: For each facet the weight of each level, shared surroundings against strangers.
        names: What agreeing in name may add at most, 0 or more.
    """

    prior: int
    same: tuple[tuple[int, ...], ...]
    related_prior: int
    related: tuple[tuple[int, ...], ...]
    names: int


def weights_of(population: Population) -> Weights:
    """Return the weights that follow from the shares of *population*."""
    strangers = max(1.0 - population.same - population.related, 1e-12)
    prior = log_ratio(population.same, strangers)
    return Weights(
        prior=prior,
        same=tuple(tuple(map(log_ratio, fit.same, fit.chance)) for fit in population.fits),
        related_prior=log_ratio(population.related, strangers),
        related=tuple(tuple(map(log_ratio, fit.related, fit.chance)) for fit in population.fits),
        names=max(log_ratio(population.namesakes, 1.0 - population.namesakes) - prior, 0),
    )


def log_ratio(a: float, b: float) -> int:
    """Return log2 of *a* to *b* in thousandths of a bit, within ±`MOST`.

    >>> log_ratio(0.5, 0.125), log_ratio(0.0, 0.5)
    (2000, -40000)
    """
    if a <= 0 or b <= 0:
        return 0 if a <= 0 and b <= 0 else (-MOST if a <= 0 else MOST)
    return max(-MOST, min(MOST, round(MILLI * math.log2(a / b))))


def term_weight(seen: float, known: int, count: int, elsewhere: int) -> int:
    """Return what agreeing on a value adds that *count* of *known* records hold, where agreeing is *seen* so often.

    It is negative for a frequent value and positive for a rare one.  A base is
    part of a larger world: where two records hold a value, so many more,
    *elsewhere*, would be without it, and fewer the more hold it.  So a handful
    of records does not make its values frequent.
    """
    held = max(count, LEAST_COUNT)
    without = elsewhere * (LEAST_COUNT / held) ** 2
    return log_ratio(seen * (known + without), held) if seen > 0 else 0


def damping(related: int) -> int:
    """Return what shared surroundings take off a score, 0 or more, given their own score.

    It is log2(1 + odds): nothing while surroundings explain nothing, and all
    that they explain once they do.

    >>> damping(-20_000), damping(0), damping(20_000)
    (0, 1000, 20000)
    """
    table = damping_table()
    if related >= len(table) // 2:
        return related
    return table[max(related + len(table) // 2, 0)]


@cache
def damping_table() -> tuple[int, ...]:
    """Return `damping` of every score from -16,000 to 15,999."""
    return tuple(
        round(MILLI * math.log2(1 + 2 ** (score / MILLI))) for score in range(-16 * MILLI, 16 * MILLI)
    )
