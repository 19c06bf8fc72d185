"""Training: what the records teach, without any labels.

How often strangers agree follows from the data (see `chance`); how often the
records of one party do, and how many there are, is found by expectation
maximisation over the distinct comparison patterns (see `em`), in which
agreement on a rare value counts for more from the start.
Source: Fellegi & Sunter (1969); Winkler (1990); Linacre et al. (2022).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import attrs
import numpy as np
import numpy.typing as npt

from crmkit.dedup.arrays.chance import POPULATION_STRATA, Chance, chances
from crmkit.dedup.arrays.columns import Columns, Ints
from crmkit.dedup.arrays.em import Odds, Patterns, first_guess, maximise, posteriors
from crmkit.dedup.arrays.plausible import Floats, Trait
from crmkit.dedup.arrays.prepared import Prepared, organisations, prepare
from crmkit.dedup.arrays.scoring import bulk_score, term_bits
from crmkit.dedup.arrays.threshold import choose_threshold, quality_curve
from crmkit.dedup.arrays.ties import find_ties, lifts
from crmkit.dedup.kinds import ANY, CHANGES, SLIPS
from crmkit.dedup.model import SCRIPTS, FacetFit, Model, Population, Terms, Tie
from crmkit.dedup.policy import Facet, Policy
from crmkit.dedup.score import is_shareable, name_levels
from crmkit.dedup.table import Table, TableLike
from crmkit.dedup.weights import LEAST_COUNT, MILLI
from crmkit.garbage import seldom_collected
from crmkit.model import ORGANISATION, PERSON

_MOST_TERMS = 50_000


@seldom_collected()
def train(table: TableLike | Prepared, policy: Policy, *, seed: int = 0) -> Model:
    """Return what *policy* learns from *table*, without labels.

    The order of the rows does not matter.  A name alone makes two records one
    only where the rest of the table has shown that records of one name mostly
    are; in a table of names it never does, and its pairs wait under the threshold.

    Args:
        table: Records: a dataframe, mappings or `Record` values, several such
            tables to be linked, or what `prepare` made of them.
        policy: What is compared, and how; `propose` makes one.
        seed: Seed of the sample that tells how often strangers are near each other.

    Raises:
        InvalidValue: If more pairs than the policy's budget would be compared.
        UnknownName: If a column is missing that the policy blocks on.
    """
    ready = prepare(table, policy)
    strata = _strata(ready.table, ready.columns)
    seen = chances(ready.columns, ready.table.ids, strata, seed=seed)
    known = _known(ready.columns, strata)
    pairs = _pair_counts(ready.table, strata)
    traits = [_trait(facet) for facet in ready.columns.facets]
    patterns = _patterns(ready, seen, known, traits)
    populations = [
        population
        for party, turns in ((PERSON, (0, 1, 2)), (ORGANISATION, (3, 4, 5)))
        for population in _party(party, turns, patterns, seen, known, pairs, traits)
    ]
    model = Model(
        policy=policy,
        populations=tuple(populations),
        terms=_terms(ready.columns),
        common=tuple(tuple(sorted(words)) for words in ready.common),
        records=len(ready.table),
    )
    curve = quality_curve(bulk_score(ready, model))
    return attrs.evolve(model, curve=curve, threshold_millibits=choose_threshold(curve))


def _trait(facet: Facet) -> Trait:
    least, changes, most = ANY if facet.is_place else CHANGES.get(facet.kind, ANY)
    return Trait(
        shareable=is_shareable(facet),
        slips=SLIPS[facet.kind],
        least_changes=least,
        changes=changes,
        most_changes=most,
        names=name_levels(facet),
    )


def _strata(table: Table, columns: Columns) -> list[Ints]:
    """Return the records of each stratum: persons without and with Chinese names, organisations likewise."""
    code = 2 * organisations(table) + columns.chinese
    return [np.flatnonzero(code == stratum) for stratum in range(4)]


def _known(columns: Columns, strata: Sequence[Ints]) -> list[list[int]]:
    """Return, for each population and facet, how many records hold a value that could be shared."""
    held = [
        [int((column.cell[records] >= 0).sum()) for column in columns.facet_columns] for records in strata
    ]
    return [
        [a if one == other else a + b for a, b in zip(held[one], held[other], strict=True)]
        for one, other in POPULATION_STRATA
    ]


def _pair_counts(table: Table, strata: Sequence[Ints]) -> list[float]:
    """Return how many pairs each population has; of linked tables those across tables."""
    tables = np.array(table.tables, np.int64)
    number = int(tables.max(initial=0)) + 1
    sizes = [np.bincount(tables[records], minlength=number).astype(np.float64) for records in strata]
    counts = []
    for one, other in POPULATION_STRATA:
        a, b = sizes[one], sizes[other]
        if number > 1:
            across = a.sum() * b.sum() - (a * b).sum()
            counts.append(float(across / 2 if one == other else across))
        else:
            counts.append(float(a[0] * (a[0] - 1) / 2 if one == other else a[0] * b[0]))
    return [max(count, 1.0) for count in counts]


def _patterns(
    ready: Prepared, seen: Sequence[Chance], known: list[list[int]], traits: Sequence[Trait]
) -> list[Patterns]:
    """Return the distinct patterns of the candidate pairs, population by population."""
    rarity, shared, of_names = _rarities(ready, seen, known, traits)
    key = _codes([ready.population, *(one.level for one in ready.found), rarity, shared, of_names])
    _, first, count = np.unique(key, return_index=True, return_counts=True)
    level = np.stack([one.level[first] for one in ready.found], axis=1).astype(np.int64)
    return [
        Patterns(
            level=level[at],
            count=count[at],
            rarity=rarity[first][at],
            shared_rarity=shared[first][at],
            lift=np.zeros(int(at.sum())),
            names={place: trait.names for place, trait in enumerate(traits) if trait.names},
            name_rarity=of_names[first][at],
        )
        for at in (ready.population[first] == turn for turn in range(6))
    ]


def _rarities(
    ready: Prepared, seen: Sequence[Chance], known: list[list[int]], traits: Sequence[Trait]
) -> Floats:
    """Return the bits that the rarity of shared values adds to each pair: in all, in what is shared, in names.

    Whole bits, a row for each of the three; a facet at a time, for there are many pairs.
    """
    rarities = np.zeros((3, len(ready.population)))
    for place, (facet, column, one, trait) in enumerate(
        zip(ready.columns.facets, ready.columns.facet_columns, ready.found, traits, strict=True)
    ):
        if facet.comparison.term_frequency:
            bits = term_bits(
                column,
                one,
                ready.population,
                [each.seen[place] for each in seen],
                [row[place] for row in known],
                facet.elsewhere,
            )
            rarities[0] += bits
            if trait.shareable:
                rarities[1] += bits
            if trait.names:
                np.add(rarities[2], bits, out=rarities[2], where=np.isin(one.level, trait.names))
    rounded: Floats = np.rint(rarities, out=rarities)
    return rounded


def _codes(parts: Sequence[npt.NDArray[np.generic]]) -> Ints:
    """Return one code for each distinct combination of *parts*, row by row."""
    key = np.zeros(len(parts[0]), np.int64)
    room = 1
    for part in parts:
        whole = part.astype(np.int64)
        whole -= whole.min(initial=0)
        width = int(whole.max(initial=0)) + 1
        if room > (1 << 62) // width:
            distinct, key = np.unique(key, return_inverse=True)
            room = len(distinct)
        key, room = key * width + whole, room * width
    return key


def _party(
    party: str,
    turns: Sequence[int],
    patterns: Sequence[Patterns],
    seen: Sequence[Chance],
    known: list[list[int]],
    pairs: Sequence[float],
    traits: Sequence[Trait],
) -> list[Population]:
    """Return the populations of persons or of organisations, each leaning on what all of them together show."""
    pooled = _pooled([patterns[turn] for turn in turns])
    whole = sum(pairs[turn] for turn in turns)
    mixed = [
        np.asarray(sum(pairs[turn] * seen[turn].seen[place] for turn in turns)) / whole
        for place in range(len(traits))
    ]
    together = maximise(pooled, mixed, traits, whole, first_guess(mixed, traits, pooled, whole))
    return [
        _fitted(party, script, patterns[turn], seen[turn], known[turn], pairs[turn], traits, together)
        for turn, script in zip(turns, SCRIPTS, strict=True)
    ]


def _fitted(
    party: str,
    script: str,
    patterns: Patterns,
    chance: Chance,
    known: Sequence[int],
    pairs: float,
    traits: Sequence[Trait],
    together: Odds,
) -> Population:
    """Return one population: fitted once to find strangers, and once more with what goes together among them."""
    start = attrs.evolve(together, chance=chance.seen)
    first = maximise(patterns, chance.seen, traits, pairs, start)
    strangers = [_strangers(level, first, patterns.names) for level in chance.agreeing]
    whole = [place for place, levels in patterns.names.items() if len(chance.seen[place]) - 1 in levels]
    ties = find_ties(chance.agreeing, strangers, first.chance, counted=whole)
    tied = attrs.evolve(patterns, lift=lifts(ties, tuple(patterns.level.T)) / MILLI)
    odds = maximise(tied, chance.seen, traits, pairs, attrs.evolve(first, chance=chance.seen))
    return _population(party, script, pairs, odds, chance.seen, known, ties)


def _strangers(level: Ints, odds: Odds, names: Mapping[int, tuple[int, ...]]) -> Floats:
    """Return how likely pairs that show these levels are strangers."""
    none = np.zeros(len(level))
    patterns = Patterns(
        level=level, count=none.astype(np.int64) + 1, rarity=none, shared_rarity=none, lift=none, names=names
    )
    one, near = posteriors(patterns, odds)
    unlike: Floats = 1.0 - one - near
    return unlike


def _pooled(patterns: Sequence[Patterns]) -> Patterns:
    return Patterns(
        level=np.concatenate([one.level for one in patterns]),
        count=np.concatenate([one.count for one in patterns]),
        rarity=np.concatenate([one.rarity for one in patterns]),
        shared_rarity=np.concatenate([one.shared_rarity for one in patterns]),
        lift=np.concatenate([one.lift for one in patterns]),
        names=patterns[0].names,
        name_rarity=np.concatenate([one.name_rarity for one in patterns]),
    )


def _population(
    party: str,
    script: str,
    pairs: float,
    odds: Odds,
    seen: Sequence[Floats],
    known: Sequence[int],
    ties: tuple[Tie, ...],
) -> Population:
    return Population(
        party=party,
        script=script,
        pairs=int(pairs),
        same=odds.share_same,
        related=odds.share_related,
        namesakes=1.0 / (1.0 + math.exp(-odds.namesakes)),
        known=tuple(known),
        fits=tuple(
            FacetFit(same=_floats(same), chance=_floats(chance), related=_floats(related), seen=_floats(all_))
            for same, chance, related, all_ in zip(odds.same, odds.chance, odds.related, seen, strict=True)
        ),
        ties=ties,
    )


def _floats(values: Floats) -> tuple[float, ...]:
    return tuple(float(value) for value in values)


def _terms(columns: Columns) -> tuple[Terms, ...]:
    """Return the texts that more than `LEAST_COUNT` records hold, of every facet with term frequency."""
    found = []
    for facet, column in zip(columns.facets, columns.facet_columns, strict=True):
        if facet.comparison.term_frequency:
            counts = column.text_counts
            often = [
                (column.texts[code], int(counts[code]))
                for code in np.flatnonzero(counts > LEAST_COUNT).tolist()
            ]
            often.sort(key=lambda term: (-term[1], term[0]))
            found.append(Terms(facet=facet.name, counts=tuple(sorted(often[:_MOST_TERMS]))))
    return tuple(found)
