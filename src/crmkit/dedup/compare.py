"""Comparing two records: one level for each thing that is compared.

This is what a comparison means; `bulk` does the same for many pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from crmkit.dedup.forms import Cell
from crmkit.dedup.kinds import LEVELS, UNKNOWN
from crmkit.dedup.nearness import form_level
from crmkit.dedup.policy import Facet

SWAPPED_LEVEL: Final = 4
"""Given and family name in each other's place are the same in another form."""


class Likeness(NamedTuple):
    """How alike two cells are.

    Attributes:
        level: The level, `UNKNOWN` where either is unknown.
        shared: The texts that make them equal at that level; empty if they are not equal.
    """

    level: int
    shared: tuple[str, ...] = ()


def likeness(facet: Facet, a: Cell, b: Cell) -> Likeness:
    """Return how alike two cells are: as alike as the best pair of their forms.

    The order of the two does not matter.
    """
    if not a or not b:
        return Likeness(UNKNOWN)
    levels = [(form_level(facet.kind, one, other), one, other) for one in a for other in b]
    best = max(level for level, _, _ in levels)
    shared = {one.text for level, one, other in levels if level == best and one.text == other.text}
    return Likeness(best, tuple(sorted(shared)))


def likenesses(facets: Sequence[Facet], a: Sequence[Cell], b: Sequence[Cell]) -> tuple[Likeness, ...]:
    """Return how alike two records are in each of *facets*; their cells come in the same order."""
    found = [likeness(facet, one, other) for facet, one, other in zip(facets, a, b, strict=True)]
    for place, facet in enumerate(facets):
        if facet.part == "family" and is_swapped(a[place], a[place + 1], b[place], b[place + 1]):
            found[place : place + 2] = [_as_swapped(one) for one in found[place : place + 2]]
    return tuple(found)


def is_swapped(family: Cell, given: Cell, other_family: Cell, other_given: Cell) -> bool:
    """Return whether one record has the given name where the other has the family name, and the reverse."""
    if not (family and given and other_family and other_given):
        return False
    return family[0].text == other_given[0].text and given[0].text == other_family[0].text


def level_name(facet: Facet, level: int) -> str:
    """Return what *level* of *facet* is called."""
    return "unknown" if level == UNKNOWN else LEVELS[facet.kind][level]


def _as_swapped(one: Likeness) -> Likeness:
    return one if one.level >= SWAPPED_LEVEL else Likeness(SWAPPED_LEVEL)
