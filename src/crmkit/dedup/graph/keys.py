"""Keys of one record: under which it is found in each block of a policy, one record at a time.

This is what `arrays.blocking.block_keys` does for a table.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from itertools import product, repeat
from operator import itemgetter
from typing import TypeAlias

from crmkit.dedup.cells import Said
from crmkit.dedup.forms import OTHER, Cell
from crmkit.dedup.kinds import EXACT
from crmkit.dedup.normalize import normalise
from crmkit.dedup.policy import Facet, Policy, RareTokens, facet_of_field, facets, split_key
from crmkit.dedup.table import texts_of_value

Key: TypeAlias = tuple[int, str | tuple[str, ...]]
"""The place of a block in its policy, and what a record holds under its key, or under each of its keys."""
Texts: TypeAlias = Callable[[Said, Sequence[Cell]], Collection[str]]
"""What a record holds under one key of a block."""
Filer: TypeAlias = Callable[[Said, Sequence[Cell]], tuple[Key, ...]]
"""All the keys of a record, each once."""


def filer(policy: Policy, common: Sequence[Collection[str]]) -> Filer:
    """Return the function that says under which keys a record is found.

    It takes what a record says, and its cells without values that too many
    records share.

    Args:
        policy: Says which blocks there are.
        common: For each `RareTokens`, in order, the words that are not rare.
    """
    named = facets(policy)
    left_out = iter(common)
    sources: dict[str, Texts] = {}
    alone: list[tuple[int, str]] = []
    combined: list[tuple[int, tuple[str, ...]]] = []
    for place, block in enumerate(policy.blocking):
        if isinstance(block, RareTokens):
            words = f"rare words {place}"
            sources[words] = _rare_words([_cell_of(field, named) for field in block.fields], next(left_out))
            alone.append((place, words))
            continue
        sources.update({key: _texts_of(key, named) for key in block.keys})
        if len(block.keys) == 1:
            alone.append((place, block.keys[0]))
        else:
            combined.append((place, block.keys))
    texts_of = tuple(sources.values())
    at = {key: number for number, key in enumerate(sources)}
    one_of = [(place, at[key]) for place, key in alone]
    each_of = [(place, itemgetter(*map(at.__getitem__, wanted))) for place, wanted in combined]

    def keys(said: Said, cells: Sequence[Cell]) -> tuple[Key, ...]:
        held = [texts(said, cells) for texts in texts_of]
        found: list[Key] = [(place, text) for place, number in one_of for text in held[number]]
        for place, wanted in each_of:
            texts = wanted(held)
            if all(texts):
                found += zip(repeat(place), product(*texts))
        return tuple(dict.fromkeys(found))

    return keys


def _rare_words(
    sources: Sequence[Callable[[Said, Sequence[Cell]], Cell]], frequent: Collection[str]
) -> Texts:
    return lambda said, cells: {
        word
        for source in sources
        for text, way in source(said, cells)
        if way != OTHER
        for word in text.split()
        if word not in frequent
    }


def _texts_of(key: str, named: Sequence[Facet]) -> Texts:
    field, part = split_key(key)
    source = _cell_of(field, named)

    def texts(said: Said, cells: Sequence[Cell]) -> Collection[str]:
        cell = source(said, cells)
        return [form.text for form in cell] if cell else ()

    def parts(said: Said, cells: Sequence[Cell]) -> Collection[str]:
        cell = source(said, cells)
        return {cut for form in cell if form.way != OTHER and (cut := form.text[part])} if cell else ()

    return texts if part == slice(None) else parts


def _cell_of(field: str, named: Sequence[Facet]) -> Callable[[Said, Sequence[Cell]], Cell]:
    """Return the function that finds the cell of *field*: of a facet, of a whole name, or of what is not compared."""
    if any(facet.part and facet.comparison.field == field for facet in named):
        return lambda said, _: said.wholes[field]
    place = facet_of_field(field, named)
    if place is not None:
        return lambda _, cells: cells[place]
    return lambda said, _: normalise(texts_of_value(said.values.get(field)), EXACT)
