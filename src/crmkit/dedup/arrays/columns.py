"""Columns: what records say, as whole-number codes of the distinct things said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import chain, compress
from types import NoneType
from typing import Any, TypeAlias, final

import attrs
import numpy as np
import numpy.typing as npt

from crmkit.dedup.arrays.prefilter import Letters, letters_of
from crmkit.dedup.arrays.ragged import starts_of
from crmkit.dedup.cells import read_comparison, region_of
from crmkit.dedup.forms import Cell
from crmkit.dedup.kinds import FULL_NAME, NAME, PHONE
from crmkit.dedup.normalize.places import numbers_of
from crmkit.dedup.normalize.reading import Reading
from crmkit.dedup.normalize.text import is_chinese
from crmkit.dedup.policy import Comparison, Facet, Policy, facets
from crmkit.dedup.table import Table, texts_of_value
from crmkit.errors import Problem

Ints: TypeAlias = npt.NDArray[np.int64]
Bools: TypeAlias = npt.NDArray[np.bool_]
Texts: TypeAlias = npt.NDArray[np.object_]


@final
@attrs.frozen(kw_only=True, eq=False)
class CellColumn:
    """One column of cells.

    Attributes:
        cell: Which of the cells each record holds, -1 where unknown; shape ``(n,)``.
        starts: Where the forms of each cell begin, and the end; shape ``(cells + 1,)``.
        text: Code of the text of each form.
        way: Its way.
        texts: The distinct texts.
    """

    cell: Ints
    starts: Ints
    text: Ints
    way: Ints
    texts: tuple[str, ...]

    @property
    def width(self) -> int:
        """How many cells there are."""
        return len(self.starts) - 1

    def sizes(self) -> Ints:
        """Return how many forms each cell has."""
        return np.diff(self.starts)

    def holding(self, texts: Bools) -> Bools:
        """Return which records hold, in whatever form, any of the *texts* that are marked."""
        cell_of_form = np.repeat(np.arange(self.width), self.sizes())
        found = np.zeros(self.width + 1, np.bool_)
        found[cell_of_form[texts[self.text]]] = True
        return found[self.cell]

    @cached_property
    def text_counts(self) -> Ints:
        """How many records hold each of the distinct texts, in whatever form."""
        held = np.bincount(self.cell[self.cell >= 0], minlength=self.width)
        counts = np.bincount(self.text, weights=np.repeat(held, self.sizes()), minlength=len(self.texts))
        return counts.astype(np.int64)

    @cached_property
    def rarity(self) -> Ints:
        """The place of each of the distinct texts among all of them, the rarest first."""
        rank = np.empty(len(self.texts), np.int64)
        rank[np.argsort(self.text_counts, kind="stable")] = np.arange(len(rank))
        return rank

    @cached_property
    def letters(self) -> Letters:
        """What is known of the letters of the distinct texts."""
        return letters_of(self.texts)

    @cached_property
    def numbers(self) -> Ints:
        """Code of the numbers in each of the distinct texts."""
        codes: dict[tuple[str, ...], int] = {}
        return np.fromiter(
            (codes.setdefault(numbers_of(text), len(codes)) for text in self.texts), np.int64, len(self.texts)
        )

    @cached_property
    def words(self) -> Texts:
        """The distinct texts as an array."""
        return np.array([*self.texts, None], np.object_)[:-1]


@final
@attrs.frozen(kw_only=True, eq=False)
class Columns:
    """Everything that is compared, column by column.

    Attributes:
        facets: What is compared.
        facet_columns: A column for each of them.
        wholes: Whole names by field, for blocking: a full name has no facet of its own.
        chinese: True for records whose names are written in Chinese; shape ``(n,)``.
        as_read: The columns of the facets with what `hubs` takes out of them.
        hubs: Texts by facet that too many records hold, and that therefore link nothing.
        problems: Values that count as unknown, and why.
    """

    facets: tuple[Facet, ...]
    facet_columns: tuple[CellColumn, ...]
    wholes: dict[str, CellColumn]
    chinese: Bools
    as_read: tuple[CellColumn, ...]
    hubs: tuple[tuple[str, tuple[str, ...]], ...]
    problems: tuple[Problem, ...]


def encode(table: Table, policy: Policy) -> Columns:
    """Return what *policy* compares of *table*, normalised, each distinct value once."""
    found: list[CellColumn] = []
    wholes: dict[str, CellColumn] = {}
    problems: list[Problem] = []
    for comparison in policy.comparisons:
        columns, wrong = _columns_of(table, comparison, policy)
        if comparison.kind is FULL_NAME:
            wholes[comparison.field], *columns = columns
        found += columns
        problems += wrong
    named = facets(policy)
    names = [column for facet, column in zip(named, found, strict=True) if facet.kind is NAME]
    cut = [_without_hubs(facet, column) for facet, column in zip(named, found, strict=True)]
    return Columns(
        facets=named,
        facet_columns=tuple(column for column, _ in cut),
        wholes=wholes,
        chinese=_chinese(len(table), names or found),
        as_read=tuple(found),
        hubs=tuple((facet.name, texts) for facet, (_, texts) in zip(named, cut, strict=True) if texts),
        problems=(*problems, *_hub_problems(named, [texts for _, texts in cut])),
    )


def column_of(cells: Sequence[Cell]) -> CellColumn:
    """Return the column of *cells*, one for each record, empty where unknown."""
    code: dict[Cell, int] = {}
    picked = (code.setdefault(cell, len(code)) if cell else -1 for cell in cells)
    return _built(np.fromiter(picked, np.int64, len(cells)), list(code))


def _built(picked: Ints, distinct: Sequence[Cell]) -> CellColumn:
    """Return the column in which record *i* holds ``distinct[picked[i]]``."""
    forms = list(chain.from_iterable(distinct))
    words, ways = zip(*forms, strict=True) if forms else ((), ())
    texts = dict.fromkeys(words)
    code = {text: place for place, text in enumerate(texts)}
    sizes = np.fromiter(map(len, distinct), np.int64, len(distinct))
    return CellColumn(
        cell=picked,
        starts=starts_of(sizes),
        text=np.fromiter(map(code.__getitem__, words), np.int64, len(forms)),
        way=np.array(ways, np.int64),
        texts=tuple(texts),
    )


def _columns_of(
    table: Table, comparison: Comparison, policy: Policy
) -> tuple[list[CellColumn], list[Problem]]:
    """Return the columns of one comparison: of a full name the whole, the family and the given name."""
    values = [_frozen(table.column(field)) for field in (comparison.field, *comparison.parts)]
    if comparison.kind is PHONE:
        values.append(regions(table, policy))
    keys = values[0] if len(values) == 1 else list(zip(*values, strict=True))
    memo = {key: place for place, key in enumerate(dict.fromkeys(keys))}
    said = np.fromiter(map(memo.__getitem__, keys), np.int64, len(keys))
    if comparison.kind is PHONE:
        readings = [read_comparison(comparison, (value,), region=region) for value, region in memo]
    else:
        told = memo if len(values) > 1 else zip(memo)
        readings = [read_comparison(comparison, key, region=policy.region) for key in told]
    return _read(table, comparison, said, readings)


def _read(
    table: Table, comparison: Comparison, places: Ints, readings: Sequence[Reading]
) -> tuple[list[CellColumn], list[Problem]]:
    """Return the columns in which record *i* holds ``readings[places[i]]``, and what was wrong there."""
    width = 3 if comparison.kind is FULL_NAME else 1
    columns = [_spread(places, [reading.cells[part] for reading in readings]) for part in range(width)]
    wrong = {place: reading.faults for place, reading in enumerate(readings) if reading.faults}
    fields = (comparison.field, *comparison.parts)
    problems = [
        table.problem(row, fields[part], reason)
        for row in np.flatnonzero(np.isin(places, list(wrong))).tolist()
        for part, reason in wrong[int(places[row])]
    ]
    return columns, problems


def _spread(places: Ints, cells: Sequence[Cell]) -> CellColumn:
    """Return the column in which record *i* holds ``cells[places[i]]``."""
    code: dict[Cell, int] = {}
    codes = [code.setdefault(cell, len(code)) if cell else -1 for cell in cells]
    return _built(np.array(codes, np.int64)[places], list(code))


def regions(table: Table, policy: Policy) -> list[str]:
    """Return the region in which each record's phone numbers are read."""
    countries = table.column(policy.country or "")
    return [region_of(country, policy) for country in countries]


def _frozen(values: Sequence[object]) -> Sequence[Any]:
    """Return *values*, those that are no text as the texts they hold."""
    if {*map(type, values)} <= {str, NoneType}:
        return values
    return [value if type(value) is str else texts_of_value(value) for value in values]


def _chinese(size: int, columns: Iterable[CellColumn]) -> Bools:
    """Return which records have a Chinese character in any of *columns*."""
    found = np.zeros(size, np.bool_)
    for column in columns:
        found |= column.holding(np.fromiter(map(is_chinese, column.texts), np.bool_, len(column.texts)))
    return found


def _without_hubs(facet: Facet, column: CellColumn) -> tuple[CellColumn, tuple[str, ...]]:
    """Return *column* without the texts that more records hold than may, and these texts, sorted."""
    limit = facet.comparison.hub_limit
    over = column.text_counts > limit if limit is not None else np.zeros(len(column.texts), np.bool_)
    if not over.any():
        return column, ()
    kept = ~over[column.text]
    starts = starts_of(kept)[column.starts]
    place = np.cumsum(~over) - 1
    cut = CellColumn(
        cell=np.where(np.append(np.diff(starts) > 0, False)[column.cell], column.cell, -1),
        starts=starts,
        text=place[column.text[kept]],
        way=column.way[kept],
        texts=tuple(compress(column.texts, ~over)),
    )
    return cut, tuple(sorted(compress(column.texts, over)))


def _hub_problems(named: Sequence[Facet], hubs: Sequence[tuple[str, ...]]) -> list[Problem]:
    return [
        Problem(
            source="records",
            field=facet.name,
            reason=f"{len(texts)} value(s) are shared by more than {facet.comparison.hub_limit} records each; "
            "they link nothing. Raise hub_limit if one party can have so many records.",
            kept=True,
        )
        for facet, texts in zip(named, hubs, strict=True)
        if texts
    ]
