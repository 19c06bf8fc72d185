"""Scoring many pairs at once: the scores of `score`, over columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import repeat
from typing import Final, final

import attrs
import numpy as np

from crmkit.dedup.arrays.columns import Bools, CellColumn, Columns, Ints
from crmkit.dedup.arrays.distinct import distinct
from crmkit.dedup.arrays.plausible import Floats
from crmkit.dedup.arrays.prepared import Prepared
from crmkit.dedup.arrays.ties import lifts
from crmkit.dedup.bulk import Likenesses
from crmkit.dedup.model import Model
from crmkit.dedup.policy import Facet
from crmkit.dedup.score import is_shareable, name_levels, term_counts
from crmkit.dedup.weights import LEAST_COUNT, MILLI, QUARTERS, Weights, damping_table, term_weight, weights_of

PAIRS_AT_ONCE = 100_000
"""So many pairs are scored at once: what is needed on the way stays small, and each processor takes its share."""
_STRIDE: Final = 8
"""Levels of a facet, with room for the unknown one: level -1 finds the last place before it, which is 0."""


@final
@attrs.frozen(kw_only=True, eq=False)
class _Weighing:
    """What one facet adds to scores.

    Attributes:
        facet: Which it is.
        same: The weight of each level in each population, `_STRIDE` places a population.
        related: The same for shared surroundings.
        naming: Which levels are being alike in name; the last place is the unknown one's.
        held: How many records hold each text; None without term frequencies.
        seen: How often each level occurs, population by population.
        known: How many records could agree, population by population.
    """

    facet: Facet
    same: Ints
    related: Ints
    naming: Bools
    held: Ints | None
    seen: Sequence[Sequence[float]]
    known: Sequence[int]


def bulk_score(ready: Prepared, model: Model) -> Ints:
    """Return `score.score(...).total` of every candidate pair; shape ``(pairs,)``, thousandths of a bit."""
    weights = [weights_of(population) for population in model.populations]
    weighings = _weighings(ready.columns, model, weights)
    total = np.empty(len(ready.population), np.int64)

    def score(start: int) -> None:
        some = slice(start, start + PAIRS_AT_ONCE)
        found = [Likenesses(level=one.level[some], shared=one.shared[some]) for one in ready.found]
        total[some] = _scored(found, ready.population[some], model, weights, weighings)

    starts = range(0, len(total), PAIRS_AT_ONCE)
    if len(starts) < 2:
        list(map(score, starts))
    else:
        with ThreadPoolExecutor() as pool:
            list(pool.map(score, starts))
    return total


def _weighings(columns: Columns, model: Model, weights: Sequence[Weights]) -> list[_Weighing]:
    counts = term_counts(model)
    return [
        _Weighing(
            facet=facet,
            same=_by_level([each.same[place] for each in weights]),
            related=_by_level([each.related[place] for each in weights]),
            naming=np.isin(np.arange(_STRIDE), name_levels(facet)),
            held=held_by(column, counts[facet.name]) if facet.name in counts else None,
            seen=[population.fits[place].seen for population in model.populations],
            known=[population.known[place] for population in model.populations],
        )
        for place, (facet, column) in enumerate(zip(columns.facets, columns.facet_columns, strict=True))
    ]


def _by_level(weights: Sequence[tuple[int, ...]]) -> Ints:
    return np.array([(*row, *(0,) * (_STRIDE - len(row))) for row in weights], np.int64).ravel()


def _scored(
    found: Sequence[Likenesses],
    population: Ints,
    model: Model,
    weights: Sequence[Weights],
    weighings: Sequence[_Weighing],
) -> Ints:
    total = np.array([one.prior for one in weights], np.int64)[population]
    related = np.array([one.related_prior for one in weights], np.int64)[population]
    names = np.zeros(len(total), np.int64)
    first = population * _STRIDE
    for weighing, one in zip(weighings, found, strict=True):
        place = first + one.level
        levels = weighing.same[place]
        if weighing.related.any():
            related += weighing.related[place]
        named = weighing.naming[one.level] if weighing.naming.any() else None
        if named is not None:
            names += np.where(named, np.maximum(levels, 0), 0)
        total += levels
        if weighing.held is not None:
            terms = term_weights(
                weighing.held, one, population, weighing.seen, weighing.known, weighing.facet.elsewhere
            )
            total += terms
            if named is not None:
                names += np.where(named, terms, 0)
            if is_shareable(weighing.facet):
                related += terms
    most = np.array([one.names for one in weights], np.int64)[population]
    lift = _lifts(found, population, model)
    beyond: Ints = np.maximum(names - most, 0)
    return total - lift - beyond - bulk_damping(related - lift - beyond * QUARTERS // 4)


def _lifts(found: Sequence[Likenesses], population: Ints, model: Model) -> Ints:
    """Return how much less each pair says because some facets go together."""
    lift = np.zeros(len(population), np.int64)
    for turn, one in enumerate(model.populations):
        if one.ties:
            at = np.flatnonzero(population == turn)
            lift[at] = lifts(one.ties, [each.level[at] for each in found])
    return lift


def bulk_damping(related: Ints) -> Ints:
    """Return `weights.damping` of each; shape ``(n,)``."""
    table = _damping_array()
    half = len(table) // 2
    inside = table[np.clip(related + half, 0, len(table) - 1)]
    return np.where(related >= half, related, inside)


@cache
def _damping_array() -> Ints:
    return np.array(damping_table(), np.int64)


def term_bits(
    column: CellColumn,
    one: Likenesses,
    population: Ints,
    seen: Sequence[Sequence[float] | Floats],
    known: Sequence[int],
    elsewhere: int,
) -> Floats:
    """Return what the rarity of the shared values adds to each pair, in bits, by the counts of the column itself."""
    counts = np.maximum(column.text_counts, LEAST_COUNT)
    return term_weights(counts, one, population, seen, known, elsewhere) / MILLI


def held_by(column: CellColumn, counts: Mapping[str, int]) -> Ints:
    """Return how many records of the model's hold each text of *column*."""
    held = map(counts.get, column.texts, repeat(LEAST_COUNT))
    return np.fromiter(held, np.int64, len(column.texts))


def term_weights(
    held: Ints,
    one: Likenesses,
    population: Ints,
    seen: Sequence[Sequence[float] | Floats],
    known: Sequence[int],
    elsewhere: int,
) -> Ints:
    """Return `weights.term_weight` of each pair; 0 where no value is shared."""
    found = np.zeros(len(one.level), np.int64)
    at = np.flatnonzero(one.shared >= 0)
    if not len(at):
        return found
    width = int(held.max(initial=0)) + 1
    group = population[at] * _STRIDE + one.level[at]
    codes, back = distinct(group * width + held[one.shared[at]], _STRIDE * len(known) * width)
    weights = []
    for code in codes.tolist():
        (turn, level), count = divmod(code // width, _STRIDE), code % width
        weights.append(term_weight(float(seen[turn][level]), known[turn], count, elsewhere))
    found[at] = np.array(weights, np.int64)[back]
    return found
