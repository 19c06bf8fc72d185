"""Scores: how much speaks for one party, part by part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias, final

import attrs

from crmkit.dedup.compare import Likeness
from crmkit.dedup.kinds import LEVELS, NAME, SPELLED, UNKNOWN
from crmkit.dedup.model import Model, Population
from crmkit.dedup.policy import Facet
from crmkit.dedup.weights import LEAST_COUNT, QUARTERS, damping, term_weight, weights_of
from crmkit.model import ORGANISATION

TermCounts: TypeAlias = Mapping[str, int]


@final
@attrs.frozen(kw_only=True)
class Parts:
    """A score and what it is made of, in thousandths of a bit.

    Attributes:
        prior: What held before anything was compared.
        levels: What the level of each facet adds.
        terms: What the rarity of the value adds, for each facet.
        ties: What is taken off because some facets go together among strangers.
        namesakes: What is taken off because names would say more than a name can.
        surroundings: What is taken off because people who share surroundings would agree as well.
    """

    prior: int
    levels: tuple[int, ...]
    terms: tuple[int, ...]
    ties: int
    namesakes: int
    surroundings: int

    @property
    def total(self) -> int:
        """The score: log-odds of one party."""
        return (
            self.prior + sum(self.levels) + sum(self.terms) - self.ties - self.namesakes - self.surroundings
        )


def is_shareable(facet: Facet) -> bool:
    """Return whether people who share surroundings tend to agree in *facet* without being one."""
    return facet.part == "family" or (facet.comparison.surroundings and not facet.part)


def is_name(facet: Facet) -> bool:
    """Return whether *facet* is (part of) what a person is called."""
    return facet.kind is NAME and (bool(facet.part) or not facet.comparison.surroundings)


def name_levels(facet: Facet) -> tuple[int, ...]:
    """Return the levels at which being alike in *facet* is being alike in name, or follows from it."""
    return tuple(range(len(LEVELS[NAME]))) if is_name(facet) else SPELLED.get(facet.kind, ())


def population_of(
    model: Model, *, kinds: tuple[str | None, str | None], chinese: tuple[bool, bool]
) -> Population:
    """Return the population that a pair of records belongs to."""
    return model.populations[3 * (ORGANISATION in kinds) + sum(chinese)]


def term_counts(model: Model) -> dict[str, dict[str, int]]:
    """Return, by facet, how many records hold each frequent text."""
    return {terms.facet: dict(terms.counts) for terms in model.terms}


def score(
    named: Sequence[Facet],
    found: Sequence[Likeness],
    population: Population,
    counts: Mapping[str, TermCounts],
) -> Parts:
    """Return the score of a pair whose facets are as alike as *found* says, in the order of *named*."""
    weights = weights_of(population)
    levels = [one.level for one in found]
    same = tuple(map(_at, weights.same, levels))
    terms = tuple(
        _term(population, place, facet, one, counts.get(facet.name))
        for place, (facet, one) in enumerate(zip(named, found, strict=True))
    )
    ties = tie_lift(population, levels)
    names = sum(
        max(weight, 0) + term
        for facet, level, weight, term in zip(named, levels, same, terms, strict=True)
        if level in name_levels(facet)
    )
    namesakes = max(names - weights.names, 0)
    related = (
        weights.related_prior
        + sum(map(_at, weights.related, levels))
        + sum(term for facet, term in zip(named, terms, strict=True) if is_shareable(facet))
    )
    return Parts(
        prior=weights.prior,
        levels=same,
        terms=terms,
        ties=ties,
        namesakes=namesakes,
        surroundings=damping(related - ties - namesakes * QUARTERS // 4),
    )


def tie_lift(population: Population, levels: Sequence[int]) -> int:
    """Return how much more often strangers show *levels* than facet by facet, in thousandths of a bit."""
    return sum(
        tie.lift[levels[tie.one]][levels[tie.other]]
        for tie in population.ties
        if levels[tie.one] != UNKNOWN and levels[tie.other] != UNKNOWN
    )


def holders(one: Likeness, counts: TermCounts | None) -> int | None:
    """Return how many records hold the rarest text that makes two cells equal, or None where that does not count."""
    if counts is None or not one.shared:
        return None
    return min(counts.get(text, LEAST_COUNT) for text in one.shared)


def _at(weights: tuple[int, ...], level: int) -> int:
    return 0 if level == UNKNOWN else weights[level]


def _term(population: Population, place: int, facet: Facet, one: Likeness, counts: TermCounts | None) -> int:
    count = holders(one, counts)
    if count is None:
        return 0
    return term_weight(
        population.fits[place].seen[one.level], population.known[place], count, facet.elsewhere
    )
