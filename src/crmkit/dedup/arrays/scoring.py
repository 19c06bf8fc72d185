"""Scoring many pairs at once: the scores of `score`, over columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from crmkit.dedup.arrays.columns import CellColumn, Ints
from crmkit.dedup.arrays.plausible import Floats
from crmkit.dedup.arrays.prepared import Prepared
from crmkit.dedup.arrays.ties import lifts
from crmkit.dedup.bulk import Likenesses
from crmkit.dedup.kinds import UNKNOWN
from crmkit.dedup.model import Model
from crmkit.dedup.score import is_name, is_shareable, term_counts
from crmkit.dedup.weights import LEAST_COUNT, MILLI, QUARTERS, damping_table, term_weight, weights_of


def bulk_score(ready: Prepared, model: Model) -> Ints:
    """Return `score.score(...).total` of every candidate pair; shape ``(pairs,)``, thousandths of a bit."""
    weights = [weights_of(population) for population in model.populations]
    total = np.array([one.prior for one in weights], np.int64)[ready.population]
    related = np.array([one.related_prior for one in weights], np.int64)[ready.population]
    names = np.zeros(len(total), np.int64)
    counts = term_counts(model)
    for place, (facet, column, one) in enumerate(
        zip(ready.columns.facets, ready.columns.facet_columns, ready.found, strict=True)
    ):
        levels = _gathered([each.same[place] for each in weights], one, ready.population)
        terms = np.zeros(len(total), np.int64)
        if facet.name in counts:
            seen = [population.fits[place].seen for population in model.populations]
            known = [population.known[place] for population in model.populations]
            held = held_by(column, counts[facet.name])
            terms = term_weights(held, one, ready.population, seen, known, facet.elsewhere)
        total += levels + terms
        names += (np.maximum(levels, 0) + terms) * is_name(facet)
        related += _gathered([each.related[place] for each in weights], one, ready.population)
        if is_shareable(facet):
            related += terms
    most = np.array([one.names for one in weights], np.int64)[ready.population]
    lift = _lifts(ready, model)
    beyond: Ints = np.maximum(names - most, 0)
    return total - lift - beyond - bulk_damping(related - lift - beyond * QUARTERS // 4)


def _lifts(ready: Prepared, model: Model) -> Ints:
    """Return how much less each pair says because some facets go together."""
    found = np.zeros(len(ready.population), np.int64)
    for turn, population in enumerate(model.populations):
        at = np.flatnonzero(ready.population == turn)
        if population.ties and len(at):
            level = np.stack([one.level[at] for one in ready.found], axis=1).astype(np.int64)
            found[at] = lifts(population.ties, level)
    return found


def bulk_damping(related: Ints) -> Ints:
    """Return `weights.damping` of each; shape ``(n,)``."""
    table = np.array(damping_table(), np.int64)
    half = len(table) // 2
    inside = table[np.clip(related + half, 0, len(table) - 1)]
    return np.where(related >= half, related, inside)


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
    return np.fromiter((counts.get(text, LEAST_COUNT) for text in column.texts), np.int64, len(column.texts))


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
    group = population[at] * 8 + one.level[at]
    distinct, back = np.unique(group * width + held[one.shared[at]], return_inverse=True)
    weights = []
    for code in distinct.tolist():
        (turn, level), count = divmod(code // width, 8), code % width
        weights.append(term_weight(float(seen[turn][level]), known[turn], count, elsewhere))
    found[at] = np.array(weights, np.int64)[back]
    return found


def _gathered(weights: Sequence[tuple[int, ...]], one: Likenesses, population: Ints) -> Ints:
    """Return the weight of each pair's level in its population; 0 where it is unknown."""
    table = np.array([(*row, 0) for row in weights], np.int64)
    return table[population, np.where(one.level == UNKNOWN, table.shape[1] - 1, one.level)]
