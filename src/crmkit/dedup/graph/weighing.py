"""Weighing one pair at a time: `score.score` of two records, with everything worked out beforehand.

A model's weights become tables once; a pair is then a few looks into them, and
one that cannot speak for one party is given up as soon as that is certain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias, final

import attrs

from crmkit.dedup.compare import SWAPPED_LEVEL, is_swapped
from crmkit.dedup.forms import OTHER, OWN, Cell
from crmkit.dedup.kinds import LEVELS, NAME, UNKNOWN, Kind, equal_level
from crmkit.dedup.model import Model, Population
from crmkit.dedup.nearness import NEAR, ONLY_OWN
from crmkit.dedup.policy import Facet, facets
from crmkit.dedup.score import is_shareable, name_levels, term_counts
from crmkit.dedup.weights import LEAST_COUNT, QUARTERS, damping_table, term_weight, weights_of
from crmkit.model import ORGANISATION

Rarity: TypeAlias = Callable[[int, Sequence[str]], int]
"""What agreeing on these texts adds, by level."""
CellLevel: TypeAlias = Callable[[Cell, Cell], tuple[int, Sequence[str]]]
"""`compare.likeness` of two cells that are known."""

Tie: TypeAlias = tuple[int, int, tuple[tuple[int, ...], ...]]
"""Places of two facets, and what is taken off at each of their levels."""

_REMEMBERED: Final = 131_072
"""So many pairs of names are remembered."""
NO_FLOOR: Final = -(10**9)
"""No pair weighs so little."""


class Weighable(NamedTuple):
    """What one record is weighed by.

    Attributes:
        cells: Its cells, without values that too many records share.
        plain: For each cell its text if it holds one value and nothing else, None
            if it holds more forms than one, "" if it is unknown.
        organisation: True for an organisation.
        chinese: True if its names are written in Chinese.
    """

    cells: tuple[Cell, ...]
    plain: tuple[str | None, ...]
    organisation: bool
    chinese: bool


def weighable(cells: tuple[Cell, ...], kind: str | None, *, chinese: bool) -> Weighable:
    """Return what a record with these *cells* is weighed by."""
    return Weighable(cells, tuple(map(_plain, cells)), kind == ORGANISATION, chinese)


def _plain(cell: Cell) -> str | None:
    if not cell:
        return ""
    (text, way), *others = cell
    return None if others or way != OWN else text


@final
@attrs.frozen
class Scale:
    """The weights of one population, in thousandths of a bit.

    Attributes:
        prior: What holds before anything is compared, over the threshold.
        related: What holds before of shared surroundings.
        same: For each facet the weight of each level; the last is that of an unknown one.
        near: The same for shared surroundings.
        rarity: For each facet what the rarity of the shared values adds, None where it adds nothing.
        ties: What facets that go together are taken off.
        names: What agreeing in name may add at most.
        most: What each facet can add at most.
        unlike: What each facet can add at most where two values are not equal.
        order: The places of the facets, those first that can add most.
        given_back: What ties can give back at most.
    """

    prior: int
    related: int
    same: tuple[tuple[int, ...], ...]
    near: tuple[tuple[int, ...], ...]
    rarity: tuple[Rarity | None, ...]
    ties: tuple[Tie, ...]
    names: int
    most: tuple[int, ...]
    unlike: tuple[int, ...]
    order: tuple[int, ...]
    given_back: int


class Side(NamedTuple):
    """One facet of one record, ready to be weighed against others of one population.

    Attributes:
        place: Place of the facet.
        text: What the record says if that is one plain text, else None.
        equal: What a record adds that says the same plain text.
        unlike: What a record adds at most that says another plain text.
        most: What any record adds at most.
        equal_related: What the same plain text adds of shared surroundings.
        equal_named: What it adds as a name.
    """

    place: int
    text: str | None
    equal: int
    unlike: int
    most: int
    equal_related: int
    equal_named: int


WeighOther: TypeAlias = Callable[[Weighable, int], int]
Weigher: TypeAlias = Callable[[Weighable], WeighOther]


def weigher(model: Model) -> Weigher:
    """Return the function that makes of one record a function that weighs others against it.

    That one says what speaks for the two being one party, in thousandths of a
    bit: `score.score(...).total` less the model's threshold, to the bit; of a
    pair at or under its second argument only that it is no more than that.
    """
    named = facets(model.policy)
    scales = [_scale(model, population, named) for population in model.populations]
    nears = [NEAR[facet.kind] for facet in named]
    tops = [len(LEVELS[facet.kind]) - 1 for facet in named]
    levels_of = [_cell_level(facet.kind) for facet in named]
    shareable = [is_shareable(facet) for facet in named]
    naming = [frozenset(name_levels(facet)) for facet in named]
    families = [place for place, facet in enumerate(named) if facet.part == "family"]
    damp, half = damping_table(), len(damping_table()) // 2
    unknown = [UNKNOWN] * len(named)

    def side(scale: Scale, place: int, text: str | None) -> Side:
        top, most = tops[place], scale.most[place]
        if text is None:
            return Side(place, None, 0, most, most, 0, 0)
        rarity, alike = scale.rarity[place], scale.same[place][top]
        rare = 0 if rarity is None else rarity(top, (text,))
        return Side(
            place,
            text,
            alike + rare,
            scale.unlike[place],
            most,
            scale.near[place][top] + (rare if shareable[place] else 0),
            (max(0, alike) + rare) if top in naming[place] else 0,
        )

    def against(one: Weighable) -> WeighOther:
        cells, plain = one.cells, one.plain
        known = {place for place, cell in enumerate(cells) if cell}
        turnable = [place for place in families if place in known and place + 1 in known]
        prepared: dict[int, tuple[Scale, list[Side], list[Tie]]] = {}

        def prepare(population: int) -> tuple[Scale, list[Side], list[Tie]]:
            scale = scales[population]
            sides = [side(scale, place, plain[place]) for place in scale.order if place in known]
            ties = [tie for tie in scale.ties if tie[0] in known and tie[1] in known]
            return prepared.setdefault(population, (scale, sides, ties))

        def weigh(other: Weighable, floor: int) -> int:
            population = 3 * (one.organisation or other.organisation) + one.chinese + other.chinese
            scale, sides, ties = prepared.get(population) or prepare(population)
            texts = other.plain
            most = scale.prior + scale.given_back
            for place, text, equal, unlike, anything, _, _ in sides:
                its = texts[place]
                if its:
                    most += equal if its == text else unlike
                elif its is None:
                    most += anything
            if most <= floor:
                return floor
            total, related, named_alike = scale.prior, scale.related, 0
            levels = unknown.copy()
            swapped = (
                [place for place in turnable if _is_swapped(cells, other.cells, place)] if turnable else ()
            )
            for place, text, equal, unlike, anything, equal_related, equal_named in sides:
                its = texts[place]
                if its == "":
                    continue
                if its is not None and its == text:
                    levels[place] = tops[place]
                    total += equal
                    related += equal_related
                    named_alike += equal_named
                    continue
                shared: Sequence[str] = ()
                if its is None or text is None:
                    level, shared = levels_of[place](cells[place], other.cells[place])
                    most -= anything
                else:
                    level = nears[place](text, its)
                    most -= unlike
                if swapped and level < SWAPPED_LEVEL and (place in swapped or place - 1 in swapped):
                    level, shared = SWAPPED_LEVEL, ()
                levels[place] = level
                alike = scale.same[place][level]
                related += scale.near[place][level]
                if level in naming[place]:
                    named_alike += max(0, alike)
                rarity = scale.rarity[place]
                if shared and rarity is not None:
                    rare = rarity(level, shared)
                    alike += rare
                    if level in naming[place]:
                        named_alike += rare
                    if shareable[place]:
                        related += rare
                total += alike
                most += alike
                if most <= floor:
                    return floor
            for here, there, lift in ties:
                if levels[here] >= 0 and levels[there] >= 0:
                    taken = lift[levels[here]][levels[there]]
                    total -= taken
                    related -= taken
            beyond = named_alike - scale.names
            if beyond > 0:
                total -= beyond
                related -= beyond * QUARTERS // 4
            return total - (related if related >= half else damp[max(related + half, 0)])

        return weigh

    return against


def _is_swapped(cells: Sequence[Cell], others: Sequence[Cell], place: int) -> bool:
    return is_swapped(cells[place], cells[place + 1], others[place], others[place + 1])


def _cell_level(kind: Kind) -> CellLevel:
    """Return `compare.likeness` for cells of *kind*, neither unknown; names are often the same two again."""
    near = NEAR[kind]
    only_own = kind in ONLY_OWN
    equal = [[equal_level(kind, way, other) for other in range(3)] for way in range(3)]
    top = len(LEVELS[kind]) - 1

    def cell_level(a: Cell, b: Cell) -> tuple[int, Sequence[str]]:
        best = -1
        shared: list[str] = []
        ways = dict(b)
        for text, way in a:
            if text in ways:
                level = equal[way][ways[text]]
                if level >= best:
                    shared = [*shared, text] if level == best else [text]
                    best = level
        if best == top:
            return best, shared
        for text, way in a:
            for other, others_way in b:
                if text != other and not (only_own and (way == OTHER or others_way == OTHER)):
                    level = near(text, other)
                    if level > best:
                        best, shared = level, []
        return max(best, 0), shared

    return lru_cache(maxsize=_REMEMBERED)(cell_level) if kind is NAME else cell_level


def _scale(model: Model, population: Population, named: tuple[Facet, ...]) -> Scale:
    weights = weights_of(population)
    counts = term_counts(model)
    rarity = tuple(
        _rarity(population.fits[place].seen, population.known[place], facet.elsewhere, counts[facet.name])
        if facet.name in counts
        else None
        for place, facet in enumerate(named)
    )
    given_back = sum(max(0, -min(map(min, tie.lift))) for tie in population.ties)
    most = [
        _most(row, population, place, facet, rare is not None)
        for place, (row, rare, facet) in enumerate(zip(weights.same, rarity, named, strict=True))
    ]
    return Scale(
        prior=weights.prior - model.threshold_millibits,
        related=weights.related_prior,
        same=tuple((*row, 0) for row in weights.same),
        near=tuple((*row, 0) for row in weights.related),
        rarity=rarity,
        ties=tuple((tie.one, tie.other, tie.lift) for tie in population.ties),
        names=weights.names,
        most=tuple(most),
        unlike=tuple(
            max((0, *row[:-1], *_if_swapped(row, facet)))
            for row, facet in zip(weights.same, named, strict=True)
        ),
        order=tuple(sorted(range(len(named)), key=lambda place: (-most[place], place))),
        given_back=given_back,
    )


def _if_swapped(row: Sequence[int], facet: Facet) -> tuple[int, ...]:
    return (row[SWAPPED_LEVEL],) if facet.part else ()


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
    memo: dict[tuple[int, int], int] = {}

    def rarity(level: int, shared: Sequence[str]) -> int:
        held = counts.get(shared[0], LEAST_COUNT)
        for text in shared[1:]:
            held = min(held, counts.get(text, LEAST_COUNT))
        key = level, held
        if key not in memo:
            memo[key] = term_weight(seen[level], known, held, elsewhere)
        return memo[key]

    return rarity
