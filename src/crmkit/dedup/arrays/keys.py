"""Keys: what records hold under the keys of blocks, as codes, and which of them share one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import final

import attrs
import numpy as np

from crmkit.dedup.arrays.columns import CellColumn, Columns, Ints, column_of
from crmkit.dedup.arrays.distinct import each_once
from crmkit.dedup.arrays.ragged import entries_of, starts_of
from crmkit.dedup.forms import OTHER, Cell
from crmkit.dedup.kinds import EXACT
from crmkit.dedup.normalize import normalise
from crmkit.dedup.policy import facet_of_field, split_key
from crmkit.dedup.table import Table, texts_of_value
from crmkit.errors import UnknownName


@final
@attrs.frozen(kw_only=True, eq=False)
class Keys:
    """Which records have which keys; a record may have none or several.

    Attributes:
        record: The record of each entry, ascending; shape ``(entries,)``.
        code: Its key; a record has each key once.
        width: All codes are below.
    """

    record: Ints
    code: Ints
    width: int


def keys_of(table: Table, columns: Columns, key: str) -> Keys:
    """Return what records hold under one key of a block, such as ``"surname[:4]"``.

    A whole field is known by each of its forms, the start of one by the value itself.

    Raises:
        UnknownName: If the field is no column of the table; the closest one is offered.
    """
    field, part = split_key(key)
    column = field_column(table, columns, field)
    if part == slice(None):
        return _entries(column.cell, column.starts, column.text, len(column.texts))
    code = {"": -1}  # nothing is no key
    starting = np.fromiter(
        (code.setdefault(text[part], len(code) - 1) for text in column.texts), np.int64, len(column.texts)
    )
    held = starting >= 0
    return _of_own(column, starts_of(held), starting[held], len(code) - 1)


def words_of_records(table: Table, columns: Columns, fields: Iterable[str]) -> tuple[Keys, tuple[str, ...]]:
    """Return the words that each record holds in any of *fields*, and the words by code."""
    code: dict[str, int] = {}
    found = []
    for field in fields:
        column = field_column(table, columns, field)
        split = [[code.setdefault(word, len(code)) for word in text.split()] for text in column.texts]
        found.append((column, *_ragged(split)))
    each = [_of_own(*one, len(code)) for one in found]
    joined = each_once(np.concatenate([one.record * max(len(code), 1) + one.code for one in each]))
    width = max(len(code), 1)
    return Keys(record=joined // width, code=joined % width, width=width), tuple(code)


def both(one: Keys, other: Keys) -> Keys:
    """Return the keys that a record has in both, every combination of the two."""
    first = np.searchsorted(other.record, one.record, side="left")
    many = np.searchsorted(other.record, one.record, side="right") - first
    source = np.repeat(np.arange(len(one.record)), many)
    within = np.arange(len(source)) - np.repeat(np.cumsum(many) - many, many)
    match = first[source] + within
    return compact(
        Keys(
            record=one.record[source],
            code=one.code[source] * other.width + other.code[match],
            width=one.width * other.width,
        )
    )


def compact(keys: Keys) -> Keys:
    """Return the same keys with codes that leave no gaps, so that widths never overflow."""
    if keys.width < 1 << 31:
        return keys
    distinct, code = np.unique(keys.code, return_inverse=True)
    return attrs.evolve(keys, code=code.astype(np.int64), width=len(distinct))


def group_sizes(keys: Keys) -> Ints:
    """Return how many records share each key, in the order of the codes."""
    _, sizes = np.unique(keys.code, return_counts=True)
    return sizes.astype(np.int64)


def pair_cost(sizes: Ints, limit: int) -> int:
    """Return how many pairs groups of these *sizes* make, those left out that have more than *limit* records."""
    kept = sizes[sizes <= limit]
    return int((kept * (kept - 1) // 2).sum())


def field_column(table: Table, columns: Columns, field: str) -> CellColumn:
    """Return the cells of a field: of a facet, of a part of a full name, or of any other column, taken as it is."""
    if field in columns.wholes:
        return columns.wholes[field]
    place = facet_of_field(field, columns.facets)
    if place is not None:
        return columns.facet_columns[place]
    if len(table) and field not in table.columns:
        raise UnknownName("column", field, [*table.columns, *(facet.name for facet in columns.facets)])
    memo: dict[tuple[str, ...], Cell] = {}
    cells = []
    for value in table.column(field):
        texts = texts_of_value(value)
        if texts not in memo:
            memo[texts] = normalise(texts, EXACT)
        cells.append(memo[texts])
    return column_of(cells)


def _ragged(codes: Sequence[Sequence[int]]) -> tuple[Ints, Ints]:
    """Return where the codes of each text begin, and all of them in a row."""
    sizes = np.fromiter(map(len, codes), np.int64, len(codes))
    starts = starts_of(sizes)
    return starts, np.fromiter(chain.from_iterable(codes), np.int64, int(starts[-1]))


def _of_own(column: CellColumn, starts: Ints, codes: Ints, width: int) -> Keys:
    """Return the codes of the texts that records hold, other ways to write them left out."""
    own = column.way != OTHER
    cell_of_form = np.repeat(np.arange(column.width), column.sizes())
    whose, places = entries_of(starts, column.text[own])
    once = each_once(cell_of_form[own][whose] * max(width, 1) + codes[places])
    ends = np.searchsorted(once, np.arange(column.width + 1) * max(width, 1))
    return _entries(column.cell, ends, once % max(width, 1), width)


def _entries(cell: Ints, starts: Ints, codes: Ints, width: int) -> Keys:
    known = np.flatnonzero(cell >= 0)
    whose, places = entries_of(starts, cell[known])
    return Keys(record=known[whose], code=codes[places], width=max(width, 1))
