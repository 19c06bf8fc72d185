"""Comparing many pairs at once: the levels of `compare`, over columns.

`levels` is `compare.likeness` for many pairs.  A similarity is computed once
for each pair of distinct texts, and only where the prefilter lets it through.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeAlias, final

import attrs
import numpy as np
import numpy.typing as npt
from rapidfuzz import process
from rapidfuzz.distance import OSA, Indel, JaroWinkler

from crmkit.dedup.arrays.columns import Bools, CellColumn, Columns, Ints, Texts
from crmkit.dedup.arrays.distinct import distinct
from crmkit.dedup.arrays.prefilter import Letters, can_be_near
from crmkit.dedup.compare import SWAPPED_LEVEL
from crmkit.dedup.forms import OTHER
from crmkit.dedup.kinds import ADDRESS, DATE, EXACT, LEVELS, NAME, NUMBER, UNKNOWN, Kind, equal_level
from crmkit.dedup.nearness import (
    ALIKE_ADDRESS,
    INITIAL_LEVEL,
    JARO_LEVELS,
    ONLY_OWN,
    RATIO_LEVELS,
    SLIP_LEVELS,
)
from crmkit.dedup.normalize.dates import swapped

Levels: TypeAlias = npt.NDArray[np.int8]
Codes: TypeAlias = npt.NDArray[np.int32]

PAIRS_AT_ONCE = 200_000
"""So many pairs are compared in one facet at once: what is needed on the way stays small."""
WORTH_A_THREAD = 20_000
"""Fewer pairs are compared sooner than threads begin."""


@final
@attrs.frozen(kw_only=True, eq=False)
class Likenesses:
    """How alike pairs are in one facet.

    Attributes:
        level: The level of each pair, `UNKNOWN` where either side is unknown; shape ``(pairs,)``.
        shared: Code of the rarest text that makes them equal at that level, -1 if none does.
    """

    level: Levels
    shared: Codes


def likenesses(columns: Columns, a: Ints, b: Ints) -> list[Likenesses]:
    """Return `compare.likenesses` of the records at *a* and *b*, pair by pair: in every facet how alike they are.

    Facets and stretches of pairs are independent, so that each processor takes its share of them.
    """
    found = [
        Likenesses(level=np.empty(len(a), np.int8), shared=np.empty(len(a), np.int32)) for _ in columns.facets
    ]

    def compare(task: tuple[int, int]) -> None:
        place, start = task
        some = slice(start, start + PAIRS_AT_ONCE)
        column = columns.facet_columns[place]
        one = column_likenesses(
            columns.facets[place].kind, column, column.cell[a[some]], column.cell[b[some]]
        )
        found[place].level[some], found[place].shared[some] = one.level, one.shared

    tasks = [
        (place, start) for start in range(0, len(a), PAIRS_AT_ONCE) for place in range(len(columns.facets))
    ]
    if len(a) < WORTH_A_THREAD:
        for task in tasks:
            compare(task)
    else:
        with ThreadPoolExecutor() as pool:
            list(pool.map(compare, tasks))
    for place, facet in enumerate(columns.facets):
        if facet.part == "family":
            family, given = columns.facet_columns[place : place + 2]
            where = _swapped(family, given, a, b)
            found[place : place + 2] = [_as_swapped(one, where) for one in found[place : place + 2]]
    return found


def column_likenesses(kind: Kind, column: CellColumn, a: Ints, b: Ints) -> Likenesses:
    """Return `compare.likeness` of the cells *a* and *b* of one column, pair by pair; -1 is unknown."""
    level = np.full(len(a), UNKNOWN, np.int8)
    shared = np.full(len(a), -1, np.int32)
    known = (a >= 0) & (b >= 0)
    sizes = column.sizes()
    plain = np.append(sizes == 1, False)
    alone = known if sizes.max(initial=1) == 1 else known & plain[a] & plain[b]
    at = np.flatnonzero(alone)
    one, other = column.starts[a[at]], column.starts[b[at]]
    text, its = column.text[one], column.text[other]
    level[at] = _form_levels(kind, column, one, other, text, its)
    shared[at] = np.where(text == its, text, -1)
    at = np.flatnonzero(known & ~alone) if alone is not known else np.empty(0, np.int64)
    width = max(column.width, 1)
    low, high = np.minimum(a[at], b[at]), np.maximum(a[at], b[at])
    pairs, back = distinct(low * width + high, width * width)
    levels, texts = _cell_levels(kind, column, pairs // width, pairs % width)
    level[at], shared[at] = levels[back], texts[back]
    return Likenesses(level=level, shared=shared)


def _cell_levels(kind: Kind, column: CellColumn, a: Ints, b: Ints) -> tuple[Levels, Ints]:
    """Return the level of each pair of cells, and the rarest text they share at it."""
    if not len(a):
        return np.empty(0, np.int8), np.empty(0, np.int64)
    sizes = column.sizes()
    each = sizes[a] * sizes[b]
    ends = np.cumsum(each)
    starts = ends - each
    within = np.arange(ends[-1]) - np.repeat(starts, each)
    wide = np.repeat(sizes[b], each)
    one = np.repeat(column.starts[a], each) + within // wide
    other = np.repeat(column.starts[b], each) + within % wide
    text, its = column.text[one], column.text[other]
    levels = _form_levels(kind, column, one, other, text, its)
    best = np.maximum.reduceat(levels, starts)
    equal = (text == its) & (levels == np.repeat(best, each))
    rank = column.rarity
    rarest = np.minimum.reduceat(np.where(equal, rank[text], len(rank)), starts)
    texts = np.append(np.argsort(rank), -1)
    return best, texts[rarest]


def _form_levels(kind: Kind, column: CellColumn, a: Ints, b: Ints, text: Ints, its: Ints) -> Levels:
    """Return the level of each pair of the forms *a* and *b*, whose texts are *text* and *its*."""
    level = np.zeros(len(a), np.int8)
    same = text == its
    table = np.array([[equal_level(kind, way, other) for other in range(3)] for way in range(3)], np.int8)
    level[same] = table[column.way[a[same]], column.way[b[same]]]
    other = ~same
    if kind in ONLY_OWN:
        other &= (column.way[a] != OTHER) & (column.way[b] != OTHER)
    apart = np.flatnonzero(other)
    if kind is not EXACT and len(apart):
        level[apart] = _near_levels(kind, column, text[apart], its[apart])
    return level


def _near_levels(kind: Kind, column: CellColumn, a: Ints, b: Ints) -> Levels:
    """Return `nearness.near_level` of the texts *a* and *b*, pair by pair; shape ``(pairs,)``.

    What the letters leave open is looked at once for each two distinct texts.
    """
    level = np.zeros(len(a), np.int8)
    near = can_be_near(kind, column.letters, a, b)
    if kind is NAME:
        near |= _fits_initial(column.letters, a, b)
    maybe = np.flatnonzero(near)
    width = len(column.texts)
    low, high = np.minimum(a[maybe], b[maybe]), np.maximum(a[maybe], b[maybe])
    pairs, back = distinct(low * width + high, width * width)
    level[maybe] = _distinct_levels(kind, column, pairs // width, pairs % width)[back]
    return level


def _distinct_levels(kind: Kind, column: CellColumn, a: Ints, b: Ints) -> Levels:
    one, other, letters = column.words[a], column.words[b], column.letters
    if kind is NUMBER:
        return _number_levels(one, other)
    level = np.zeros(len(a), np.int8)
    if kind in SLIP_LEVELS:
        slips = process.cpdist(one, other, scorer=OSA.distance, dtype=np.int64)
        level = _stepped(level, slips, SLIP_LEVELS[kind], most=True)
    if kind in JARO_LEVELS:
        alike = np.rint(100 * process.cpdist(one, other, scorer=JaroWinkler.similarity, dtype=np.float64))
        level = _stepped(level, alike.astype(np.int64), JARO_LEVELS[kind])
    if kind in RATIO_LEVELS:
        whole = letters.length[a] + letters.length[b]
        share = 100 * (whole - process.cpdist(one, other, scorer=Indel.distance, dtype=np.int64)) // whole
        if kind is ADDRESS:
            return _address_levels(share, column.numbers[a] == column.numbers[b])
        level = _stepped(level, share, RATIO_LEVELS[kind])
    return _with_rules(kind, letters, level, column.texts, a, b)


def _with_rules(
    kind: Kind, letters: Letters, level: Levels, texts: Sequence[str], a: Ints, b: Ints
) -> Levels:
    if kind is NAME:
        level[_fits_initial(letters, a, b)] = INITIAL_LEVEL
    if kind is DATE:
        permuted = np.flatnonzero(letters.signature[a] == letters.signature[b])
        turned = [
            swapped(texts[one]) == texts[other]
            for one, other in zip(a[permuted].tolist(), b[permuted].tolist(), strict=True)
        ]
        level[permuted[np.array(turned, np.bool_)]] = SLIP_LEVELS[DATE][0][1]
    return level


def _stepped(
    level: Levels, measure: Ints, steps: tuple[tuple[int, int], ...], *, most: bool = False
) -> Levels:
    """Return the higher of *level* and the first of *steps* that *measure* reaches."""
    for bound, step in steps:
        reached = measure <= bound if most else measure >= bound
        level = np.where(reached, np.maximum(level, step), level).astype(np.int8)
    return level


def _fits_initial(letters: Letters, a: Ints, b: Ints) -> Bools:
    first = letters.first[a]
    latin = ((first >= ord("a")) & (first <= ord("z"))) | ((first >= ord("A")) & (first <= ord("Z")))
    fits: Bools = (first == letters.first[b]) & latin & ((letters.length[a] == 1) | (letters.length[b] == 1))
    return fits


def _address_levels(share: Ints, same: Bools) -> Levels:
    (close, level), (similar, low) = RATIO_LEVELS[ADDRESS]
    found = np.where(share >= similar, low, 0)
    found = np.where(share >= ALIKE_ADDRESS, 2, found)
    return np.where(same & (share >= close), level, found).astype(np.int8)


def _number_levels(one: Texts, other: Texts) -> Levels:
    x, y = one.astype(np.float64), other.astype(np.float64)
    gap, size = np.abs(x - y), np.maximum(np.abs(x), np.abs(y))
    near = np.where(gap * 10 <= size, 1, 0)
    near = np.where(gap * 100 <= size, 2, near)
    return np.where(gap == 0, len(LEVELS[NUMBER]) - 1, near).astype(np.int8)


def _swapped(family: CellColumn, given: CellColumn, a: Ints, b: Ints) -> Bools:
    """Return where one record has the given name as family name and the other the reverse."""
    cells = [column.cell[side] for side in (a, b) for column in (family, given)]
    known = np.flatnonzero(np.minimum.reduce(cells) >= 0)
    firsts = [
        column.text[column.starts[cell[known]]]
        for cell, column in zip(cells, (family, given, family, given), strict=True)
    ]
    maybe = _same_letters(family, firsts[0], given, firsts[3]) & _same_letters(
        family, firsts[2], given, firsts[1]
    )
    found = np.zeros(len(a), np.bool_)
    for place in np.flatnonzero(maybe).tolist():
        one, other, its, theirs = (int(first[place]) for first in firsts)
        found[known[place]] = (
            family.texts[one] == given.texts[theirs] and given.texts[other] == family.texts[its]
        )
    return found


def _same_letters(one: CellColumn, a: Ints, other: CellColumn, b: Ints) -> Bools:
    """Return where a text of one column and one of the other may be equal, by their letters."""
    same: Bools = (one.letters.signature[a] == other.letters.signature[b]) & (
        one.letters.length[a] == other.letters.length[b]
    )
    return same


def _as_swapped(one: Likenesses, where: Bools) -> Likenesses:
    turned = where & (one.level < SWAPPED_LEVEL)
    return Likenesses(
        level=np.where(turned, np.int8(SWAPPED_LEVEL), one.level),
        shared=np.where(turned, np.int32(-1), one.shared),
    )
