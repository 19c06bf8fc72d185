"""Weighing one pair at a time: `score.score` of two records, with everything worked out beforehand.

A model's weights become tables once; a pair is then a few looks into them, and
one that cannot speak for one party is given up as soon as that is certain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Final, TypeAlias, final

import attrs

from crmkit.dedup.compare import SWAPPED_LEVEL, is_swapped
from crmkit.dedup.forms import OTHER, OWN, SHARED, Cell
from crmkit.dedup.kinds import LEVELS, NAME, NUMBER, UNKNOWN, Kind, equal_level
from crmkit.dedup.model import Model, Population
from crmkit.dedup.nearness import NEAR, ONLY_OWN
from crmkit.dedup.policy import Facet, facets
from crmkit.dedup.score import is_shareable, name_levels, term_counts
from crmkit.dedup.weights import LEAST_COUNT, QUARTERS, Weights, damping, term_weight, weights_of
from crmkit.model import ORGANISATION

Rarity: TypeAlias = Callable[[int, Sequence[str]], int]
"""What agreeing on these texts adds, by level."""
NearLevel: TypeAlias = Callable[[str, str], int]
"""The level of two plain texts that differ."""
CellLevel: TypeAlias = Callable[[Cell, Cell], tuple[int, Sequence[str]]]
"""`compare.likeness` of two cells that are known."""

Tie: TypeAlias = tuple[int, int, tuple[tuple[int, ...], ...]]
"""Places of two facets, and what is taken off at each of their levels."""

_REMEMBERED: Final = 131_072
"""So many pairs of names are remembered."""
NO_FLOOR: Final = -(10**9)
"""No pair weighs so little."""


@final
@attrs.frozen
class Weighable:
    """What one record is weighed by.

    Attributes:
        cells: Its cells, without values that too many records share.
        plain: For each cell its text if it holds one value and nothing else, None
            if it holds more forms than one, "" if it is unknown.
        kind: "person", "organisation", or None where unknown.
        chinese: True if its names are written in Chinese.
    """

    cells: tuple[Cell, ...]
    plain: tuple[str | None, ...]
    kind: str | None
    chinese: bool


def weighable(cells: tuple[Cell, ...], kind: str | None, *, chinese: bool) -> Weighable:
    """Return what a record with these *cells* is weighed by."""
    return Weighable(cells, tuple([_plain(cell) if cell else "" for cell in cells]), kind, chinese)


def _plain(cell: Cell) -> str | None:
    return cell[0].text if len(cell) == 1 and cell[0].way == OWN else None


@final
@attrs.frozen(kw_only=True)
class FacetScale:
    """The weights of one facet in one population, in thousandths of a bit.

    Attributes:
        place: Place of the facet.
        top: Its level of values that are the same.
        in_forms: Its levels of values that are the same in other forms.
        same: The weight of each level.
        near: The same for shared surroundings.
        rarity: What the rarity of the shared values adds, None where it adds nothing.
        most: What it can add at most.
        unlike: What it can add at most where two plain texts are not equal, or one is unknown.
        shareable: True if people who share surroundings tend to agree in it.
        naming: At these levels it is alike in name.
        family: Of a part of a full name the place of the family name, else None.
        near_level: The level of two plain texts that differ.
        cell_level: The level of two cells.
    """

    place: int
    top: int
    in_forms: tuple[int, ...]
    same: tuple[int, ...]
    near: tuple[int, ...]
    rarity: Rarity | None
    most: int
    unlike: int
    shareable: bool
    naming: frozenset[int]
    family: int | None
    near_level: NearLevel
    cell_level: CellLevel


@final
@attrs.frozen(kw_only=True)
class Scale:
    """The weights of one population, in thousandths of a bit.

    Attributes:
        prior: What holds before anything is compared, over the threshold.
        related: What holds before of shared surroundings.
        facets: The weights of each facet, those first that can add most.
        ties: What facets that go together are taken off.
        names: What agreeing in name may add at most.
        given_back: What ties can give back at most.
    """

    prior: int
    related: int
    facets: tuple[FacetScale, ...]
    ties: tuple[Tie, ...]
    names: int
    given_back: int


WeighOther: TypeAlias = Callable[[Weighable, int], int]
Weigher: TypeAlias = Callable[[Weighable], WeighOther]
Found: TypeAlias = tuple[FacetScale, int, int]
"""A facet, the level that two records show in it, and what the rarity of the shared values adds."""
Side: TypeAlias = tuple[FacetScale, str | None, int, int, int]
"""A facet that one record knows: its weights, the text if that is one plain text, what the rarity of that text adds,
what a record adds that says the same text, and what any record adds at most."""


def weigher(model: Model) -> Weigher:
    """Return the function that makes of one record a function that weighs others against it.

    That one says what speaks for the two being one party, in thousandths of a
    bit: `score.score(...).total` less the model's threshold, to the bit; of a
    pair at or under its second argument only that it is no more than that.
    """
    named = facets(model.policy)
    levels = [_levels_of(facet.kind) for facet in named]
    scales = [_scale(model, population, named, levels) for population in model.populations]
    unknown = [UNKNOWN] * len(named)

    def against(one: Weighable) -> WeighOther:
        cells, organisation = one.cells, one.kind == ORGANISATION
        prepared: dict[int, tuple[Scale, int, list[Side]]] = {}

        def prepare(population: int) -> tuple[Scale, int, list[Side]]:
            scale = scales[population]
            sides = [_side(facet, text) for facet in scale.facets if (text := one.plain[facet.place]) != ""]
            most = scale.prior + scale.given_back + sum([bound for *_, bound in sides])
            return prepared.setdefault(population, (scale, most, sides))

        def weigh(other: Weighable, floor: int) -> int:
            population = 3 * (organisation or other.kind == ORGANISATION) + one.chinese + other.chinese
            scale, most, sides = prepared.get(population) or prepare(population)
            texts, others = other.plain, other.cells
            found: list[Found] = []
            for facet, text, rare, equal, bound in sides:
                place = facet.place
                its = texts[place]
                if its == "":
                    most -= bound
                elif its is not None and its == text:
                    most += equal - bound
                    found.append((facet, facet.top, rare))
                else:
                    shared: Sequence[str] = ()
                    if its is None or text is None:
                        level, shared = facet.cell_level(cells[place], others[place])
                    else:
                        level = facet.near_level(text, its)
                    if (
                        level < SWAPPED_LEVEL
                        and facet.family is not None
                        and _swapped(cells, others, facet.family)
                    ):
                        level, shared = SWAPPED_LEVEL, ()
                    term = facet.rarity(level, shared) if shared and facet.rarity is not None else 0
                    most += facet.same[level] + term - bound
                    found.append((facet, level, term))
                if most <= floor:
                    return floor
            return _damped(most - scale.given_back, scale, found)

        return weigh

    def _damped(total: int, scale: Scale, found: Sequence[Found]) -> int:
        """Return *total* without what ties, namesakes and shared surroundings explain."""
        related, named_alike = scale.related, 0
        levels = unknown.copy()
        for facet, level, rare in found:
            levels[facet.place] = level
            related += facet.near[level]
            if facet.shareable:
                related += rare
            if level in facet.naming:
                named_alike += max(0, facet.same[level]) + rare
        for here, there, lift in scale.ties:
            if levels[here] >= 0 and levels[there] >= 0:
                taken = lift[levels[here]][levels[there]]
                total -= taken
                related -= taken
        beyond = named_alike - scale.names
        if beyond > 0:
            total -= beyond
            related -= beyond * QUARTERS // 4
        return total - damping(related)

    return against


def _side(facet: FacetScale, text: str | None) -> Side:
    if text is None:
        return facet, None, 0, 0, facet.most
    rare = 0 if facet.rarity is None else facet.rarity(facet.top, (text,))
    equal = facet.same[facet.top] + rare
    most = max(equal, facet.unlike)
    if facet.rarity is not None:
        for level in facet.in_forms:
            most = max(most, facet.same[level] + facet.rarity(level, (text,)))
    return facet, text, rare, equal, most


def _swapped(cells: Sequence[Cell], others: Sequence[Cell], place: int) -> bool:
    return is_swapped(cells[place], cells[place + 1], others[place], others[place + 1])


def _levels_of(kind: Kind) -> tuple[NearLevel, CellLevel]:
    """Return how alike two texts of *kind* are that differ, and two cells, neither unknown: `compare.likeness`."""
    near = lru_cache(maxsize=_REMEMBERED)(NEAR[kind]) if kind is NAME else NEAR[kind]
    only_own = kind in ONLY_OWN
    equal = [[equal_level(kind, way, other) for other in range(3)] for way in range(3)]
    top = len(LEVELS[kind]) - 1

    def cell_level(a: Cell, b: Cell) -> tuple[int, Sequence[str]]:
        best = 0
        shared: list[str] = []
        for one in a:
            text = one.text
            for other in b:
                if text == other.text:
                    level = equal[one.way][other.way]
                    if level > best or not shared:
                        best, shared = level, [text]
                    elif level == best:
                        shared.append(text)
        if best == top:
            return best, shared
        for one in a:
            if only_own and one.way == OTHER:
                continue
            text = one.text
            for other in b:
                its = other.text
                if text == its or (only_own and other.way == OTHER):
                    continue
                level = near(text, its)
                if level > best:
                    best, shared = level, []
        return best, shared

    return near, cell_level


def _scale(
    model: Model,
    population: Population,
    named: Sequence[Facet],
    levels: Sequence[tuple[NearLevel, CellLevel]],
) -> Scale:
    weights = weights_of(population)
    counts = term_counts(model)
    scaled = [
        _facet_scale(weights, population, place, facet, counts.get(facet.name), levels[place])
        for place, facet in enumerate(named)
    ]
    return Scale(
        prior=weights.prior - model.threshold_millibits,
        related=weights.related_prior,
        facets=tuple(sorted(scaled, key=lambda facet: (-facet.most, facet.place))),
        ties=tuple((tie.one, tie.other, tie.lift) for tie in population.ties),
        names=weights.names,
        given_back=sum(max(0, -min(map(min, tie.lift))) for tie in population.ties),
    )


def _facet_scale(
    weights: Weights,
    population: Population,
    place: int,
    facet: Facet,
    counts: Mapping[str, int] | None,
    levels: tuple[NearLevel, CellLevel],
) -> FacetScale:
    """Return the weights of one facet; *counts* is how often its values stand, None where rarity adds nothing."""
    row, top = weights.same[place], len(LEVELS[facet.kind]) - 1
    differing = row if facet.kind is NUMBER else row[:-1]  # two long numbers may be one to a computer
    rarity = None
    if counts is not None:
        rarity = _rarity(population.fits[place].seen, population.known[place], facet.elsewhere, counts)
    near_level, cell_level = levels
    return FacetScale(
        place=place,
        top=top,
        in_forms=tuple({equal_level(facet.kind, OWN, way) for way in (OTHER, SHARED)} - {top}),
        same=row,
        near=weights.related[place],
        rarity=rarity,
        most=_most(row, population, place, facet, rarity is not None),
        unlike=max(0, *differing),
        shareable=is_shareable(facet),
        naming=frozenset(name_levels(facet)),
        family={"family": place, "given": place - 1}.get(facet.part),
        near_level=near_level,
        cell_level=cell_level,
    )


def _most(row: Sequence[int], population: Population, place: int, facet: Facet, rare: bool) -> int:  # noqa: FBT001
    """Return the most that a facet can add: at one of its levels, with the rarest value where one is shared."""
    equal = {equal_level(facet.kind, way, other) for way in range(3) for other in range(3)} if rare else set()
    seen, known = population.fits[place].seen, population.known[place]
    return max(
        0,
        *(
            weight + (term_weight(seen[level], known, LEAST_COUNT, facet.elsewhere) if level in equal else 0)
            for level, weight in enumerate(row)
        ),
        *row,
    )


def _rarity(seen: tuple[float, ...], known: int, elsewhere: int, counts: Mapping[str, int]) -> Rarity:
    @cache
    def weight(level: int, held: int) -> int:
        return term_weight(seen[level], known, held, elsewhere)

    def rarity(level: int, shared: Sequence[str]) -> int:
        if len(shared) == 1:
            return weight(level, counts.get(shared[0], LEAST_COUNT))
        return weight(level, min([counts.get(text, LEAST_COUNT) for text in shared]))

    return rarity
