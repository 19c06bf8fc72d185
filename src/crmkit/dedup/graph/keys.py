"""Keys of one record: under which it is found in each block of a policy, one record at a time.

This is what `arrays.blocking.block_keys` does for a table.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any, TypeAlias

from crmkit.dedup.cells import Said
from crmkit.dedup.forms import OTHER, Cell
from crmkit.dedup.kinds import EXACT
from crmkit.dedup.normalize import normalise
from crmkit.dedup.policy import Facet, Policy, RareTokens, facet_of_field, facets, split_key
from crmkit.dedup.table import texts_of_value

Key: TypeAlias = tuple[Any, ...]
"""The place of a block in its policy, then what a record holds under each of the block's keys."""
Texts: TypeAlias = Callable[[Said, Sequence[Cell]], Collection[str]]
"""What a record holds under one key of a block."""
Filing: TypeAlias = Callable[[Said, Sequence[Cell]], Collection[Key]]
"""The keys of a record in one block."""


def filings(policy: Policy, common: Sequence[Collection[str]]) -> tuple[Filing, ...]:
    """Return, block by block of *policy*, the function that says under which keys a record is found.

    They take what a record says, and its cells without values that too many
    records share.

    Args:
        policy: Says which blocks there are.
        common: For each `RareTokens`, in order, the words that are not rare.
    """
    named = facets(policy)
    left_out = iter(common)
    return tuple(
        _of_words(place, [_cell_of(field, named) for field in block.fields], next(left_out))
        if isinstance(block, RareTokens)
        else _of_texts(place, [_texts_of(key, named) for key in block.keys])
        for place, block in enumerate(policy.blocking)
    )


def _of_words(
    place: int, sources: Sequence[Callable[[Said, Sequence[Cell]], Cell]], frequent: Collection[str]
) -> Filing:
    def keys(said: Said, cells: Sequence[Cell]) -> Collection[Key]:
        words = {
            word
            for source in sources
            for text, way in source(said, cells)
            if way != OTHER
            for word in text.split()
        }
        return [(place, word) for word in words if word not in frequent]

    return keys


def _of_texts(place: int, sources: Sequence[Texts]) -> Filing:
    first, *others = sources

    def keys(said: Said, cells: Sequence[Cell]) -> Collection[Key]:
        found: list[Key] = [(place, text) for text in first(said, cells)]
        for source in others:
            if not found:
                break
            texts = source(said, cells)
            found = [(*key, text) for key in found for text in texts]
        return found

    return keys


def _texts_of(key: str, named: Sequence[Facet]) -> Texts:
    field, part = split_key(key)
    source = _cell_of(field, named)
    if part == slice(None):
        return lambda said, cells: [text for text, _ in source(said, cells)]

    def parts(said: Said, cells: Sequence[Cell]) -> Collection[str]:
        cell = source(said, cells)
        if len(cell) == 1:
            cut = cell[0][0][part] if cell[0][1] != OTHER else ""
            return (cut,) if cut else ()
        return {cut for text, way in cell if way != OTHER and (cut := text[part])}

    return parts


def _cell_of(field: str, named: Sequence[Facet]) -> Callable[[Said, Sequence[Cell]], Cell]:
    """Return the function that finds the cell of *field*: of a facet, of a whole name, or of what is not compared."""
    if any(facet.part and facet.comparison.field == field for facet in named):
        return lambda said, _: said.wholes[field]
    place = facet_of_field(field, named)
    if place is not None:
        return partial(_cell_at, place)
    return lambda said, _: normalise(texts_of_value(said.values.get(field)), EXACT)


def _cell_at(place: int, _: Said, cells: Sequence[Cell]) -> Cell:
    return cells[place]
