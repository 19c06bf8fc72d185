"""Chance: how often two records agree without being one party.

Agreement on the very value follows from the counts of the values, exactly and
without sampling; nearness, and which facets go together, is seen in a sample of
pairs of records.
Source: Fellegi & Sunter (1969); the closed form is the sum of squared shares.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias, final

import attrs
import numpy as np
import numpy.typing as npt

from crmkit.dedup.arrays.columns import CellColumn, Columns, Ints
from crmkit.dedup.arrays.ragged import entries_of
from crmkit.dedup.bulk import column_likenesses, likenesses
from crmkit.dedup.forms import OTHER, OWN, SHARED
from crmkit.dedup.kinds import IDENTIFIERS, LEVELS, SLIPS, equal_level
from crmkit.dedup.policy import Facet

Floats: TypeAlias = npt.NDArray[np.float64]

SAMPLE = 60_000
"""How many pairs of records are drawn for each population, at most."""
AGREEING = 2_000
"""How many pairs that agree in a facet are drawn, for each facet and population."""
FEWEST_AGREEING = 400
"""A facet in which fewer pairs agree is not looked at for ties."""
NEIGHBOURS = 2_000
"""How many pairs that stand close to each other in order are drawn, for each identifier and population."""
REACH = 8
"""Two entries stand close to each other if so few places in order lie between them."""
UNLIKE = 20.0
"""Of what the world holds many values of, so many pairs more are taken to have been seen that differ."""
POPULATION_STRATA = ((0, 0), (0, 1), (1, 1), (2, 2), (2, 3), (3, 3))
"""The two strata that the pairs of each population are drawn from."""


@final
@attrs.frozen(kw_only=True, eq=False)
class Chance:
    """What is seen of the pairs of one population, whoever they are.

    Attributes:
        seen: How often each level occurs, facet by facet, each summing to 1.
        agreeing: For each facet, levels of pairs that hold the same value in it,
            or nearly the same, -1 for unknown; shape ``(pairs, facets)``.
    """

    seen: tuple[Floats, ...]
    agreeing: tuple[Ints, ...]


def chances(columns: Columns, ids: Sequence[object], strata: Sequence[Ints], *, seed: int) -> list[Chance]:
    """Return what is seen of the pairs of each of the six populations.

    Args:
        columns: The records, normalised.
        ids: Their ids, by which the sample is drawn, so that no order of rows matters.
        strata: The records of each of the four strata: persons without and
            with Chinese names, then organisations in the same way.
        seed: Seed of the sample.
    """
    order = sorted(range(len(ids)), key=lambda place: str(ids[place]))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    sorted_ = [records[np.argsort(rank[records], kind="stable")] for records in strata]
    ranks = [_ranks(column.texts) for column in columns.facet_columns]
    return [
        _chance(columns, ranks, sorted_[one], sorted_[other], np.random.default_rng((seed, turn)))
        for turn, (one, other) in enumerate(POPULATION_STRATA)
    ]


def _ranks(texts: Sequence[str]) -> Ints:
    """Return the place of each of *texts* among all of them, sorted."""
    rank = np.empty(len(texts), np.int64)
    rank[sorted(range(len(texts)), key=texts.__getitem__)] = np.arange(len(texts))
    return rank


def _chance(
    columns: Columns, ranks: Sequence[Ints], one: Ints, other: Ints, rng: np.random.Generator
) -> Chance:
    drawn = min(SAMPLE, 2 * len(one) * len(other)) if len(one) and len(other) else 0
    a = one[rng.integers(0, max(len(one), 1), drawn)]
    b = other[rng.integers(0, max(len(other), 1), drawn)]
    a, b = a[a != b], b[a != b]
    seen = [
        _seen(facet, column, like.level, one, other)
        for facet, column, like in zip(
            columns.facets, columns.facet_columns, likenesses(columns, a, b), strict=True
        )
    ]
    drawn_pairs = [
        (*_draw_agreeing(column, rank, one, other, rng), *_draw_near(facet, column, rank, one, other, rng))
        for facet, column, rank in zip(columns.facets, columns.facet_columns, ranks, strict=True)
    ]
    pairs = [(np.append(a, c), np.append(b, d)) for a, b, c, d in drawn_pairs]
    a, b = (np.concatenate([pair[end] for pair in pairs]) for end in (0, 1))
    level = np.stack([like.level for like in likenesses(columns, a, b)], axis=1).astype(np.int64)
    return Chance(
        seen=tuple(seen), agreeing=tuple(np.split(level, np.cumsum([len(pair[0]) for pair in pairs])[:-1]))
    )


def _draw_agreeing(
    column: CellColumn, rank: Ints, one: Ints, other: Ints, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """Return a sample of the pairs of records that hold the same text; none if there are too few such pairs."""
    left = _entries(column, one)
    right = left if one is other else _entries(column, other)
    counts = [np.bincount(text, minlength=len(column.texts)) for _, text in (left, right)]
    chances = counts[0] * (counts[1] - (one is other)).astype(np.float64)
    if chances.sum() < FEWEST_AGREEING:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    order = np.argsort(rank)
    text = order[rng.choice(len(chances), AGREEING, p=chances[order] / chances.sum())]
    a, b = (
        record[np.cumsum(count)[text] - count[text] + rng.integers(0, count[text])]
        for (record, _), count in zip((left, right), counts, strict=True)
    )
    return a[a != b], b[a != b]


def _draw_near(
    facet: Facet, column: CellColumn, rank: Ints, one: Ints, other: Ints, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """Return a sample of the pairs of records that are a slip apart in an identifier; none for other kinds.

    What is numbered in a row stands close together when sorted.  Other kinds
    are left out: whose names are a slip apart is mostly one party.
    Source: Hernández & Stolfo (1995), the sorted neighbourhood.
    """
    if facet.kind not in IDENTIFIERS:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    left = _in_order(column, rank, one)
    right = left if one is other else _in_order(column, rank, other)
    if not len(left[0]) or not len(right[0]):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    drawn = rng.integers(0, len(left[0]), NEIGHBOURS)
    steps = rng.integers(1, REACH + 1, NEIGHBOURS) * rng.choice((-1, 1), NEIGHBOURS)
    place = np.searchsorted(right[1], left[1][drawn]) + steps
    inside = (place >= 0) & (place < len(right[0]))
    a, b = left[0][drawn[inside]], right[0][place[inside]]
    level = column_likenesses(facet.kind, column, column.cell[a], column.cell[b]).level
    near = (a != b) & np.isin(level, SLIPS[facet.kind])
    return _once(a[near], b[near])


def _once(a: Ints, b: Ints) -> tuple[Ints, Ints]:
    """Return each pair once, in whichever order it is drawn, so that few pairs do not pass for many."""
    pair = np.stack([np.minimum(a, b), np.maximum(a, b)])
    _, first = np.unique(pair, axis=1, return_index=True)
    kept = np.sort(first)
    return a[kept], b[kept]


def _in_order(column: CellColumn, rank: Ints, records: Ints) -> tuple[Ints, Ints]:
    """Return `_entries` in the order of their texts, with the rank of each instead of its code."""
    record, text = _entries(column, records)
    order = np.argsort(rank[text], kind="stable")
    return record[order], rank[text][order]


def _entries(column: CellColumn, records: Ints) -> tuple[Ints, Ints]:
    """Return each of *records* with each of the texts it holds as a value, sorted by text."""
    held = column.cell[records]
    known, cells = records[held >= 0], held[held >= 0]
    whose, forms = entries_of(column.starts, cells)
    own = column.way[forms] != OTHER
    record, text = known[whose][own], column.text[forms][own]
    order = np.argsort(text, kind="stable")
    return record[order], text[order]


def _seen(facet: Facet, column: CellColumn, level: npt.NDArray[np.int8], one: Ints, other: Ints) -> Floats:
    width = len(LEVELS[facet.kind])
    counts = np.bincount(level[level >= 0], minlength=width) + 0.5
    if facet.elsewhere:
        counts[0] += UNLIKE
    exact = _exact(facet, column, one, other)
    counts[list(exact)] = 0
    shares: Floats = counts * (1 - sum(exact.values())) / counts.sum()
    for place, share in exact.items():
        shares[place] = share
    return shares


def _exact(facet: Facet, column: CellColumn, one: Ints, other: Ints) -> dict[int, float]:
    """Return how often two records hold the very same value, by the level that makes."""
    found: dict[int, float] = {}
    for way in (OWN, SHARED):
        if way == OWN or (column.way == SHARED).any():
            level = equal_level(facet.kind, way, way)
            found[level] = found.get(level, 0.0) + _agreement(column, way, one, other)
    return found


def _agreement(column: CellColumn, way: int, one: Ints, other: Ints) -> float:
    """Return the share of the pairs that agree on a text of *way*; that of half a pair if none does."""
    (here, many), (there, more) = (_counts(column, way, records) for records in (one, other))
    if one is other:
        agreeing, pairs = float((here * (here - 1.0)).sum()), many * (many - 1.0)
    else:
        agreeing, pairs = float((here * there).sum()), float(many * more)
    return min(max(agreeing, 0.5) / max(pairs, 1.0), 0.4)


def _counts(column: CellColumn, way: int, records: Ints) -> tuple[Floats, int]:
    """Return how many of *records* hold each text in *way*, and how many hold anything."""
    held = column.cell[records]
    known = held[held >= 0]
    cells = np.bincount(known, minlength=column.width)
    weights = np.repeat(cells, column.sizes()) * (column.way == way)
    return np.bincount(column.text, weights=weights, minlength=len(column.texts)).astype(np.float64), len(
        known
    )
