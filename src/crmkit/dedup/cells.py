"""The cells of a record: everything that is compared of it, normalised."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple

from crmkit.dedup.forms import Cell
from crmkit.dedup.kinds import FULL_NAME, NAME
from crmkit.dedup.normalize.reading import Reading, read_field, read_full_name
from crmkit.dedup.normalize.text import LONGEST, is_chinese
from crmkit.dedup.policy import Comparison, Facet, Policy, facets
from crmkit.dedup.table import texts_of_value

_CUT: Final = 4 * LONGEST
"""Nothing after so many characters can be compared, so nothing after them is read."""


def read_comparison(comparison: Comparison, values: Sequence[object], *, region: str) -> Reading:
    """Return what one comparison reads of a record; of a full name the whole, the family and the given name.

    Args:
        comparison: What is compared.
        values: What the record holds in the comparison's field, then in its parts.
        region: Where its phone numbers are dialled.
    """
    texts = [
        (value[:_CUT],) if type(value) is str else tuple(text[:_CUT] for text in texts_of_value(value))
        for value in values
    ]
    if comparison.kind is FULL_NAME:
        return read_full_name(*texts)
    return read_field(texts[0], comparison.kind, region=region, one_mailbox=comparison.one_mailbox)


class Said(NamedTuple):
    """What one record says, normalised.

    Attributes:
        cells: A cell for each facet, in their order; empty where unknown.
        wholes: Whole names by field, for blocking: a full name has no facet of its own.
        values: What it says as it stands, by field, for blocks on what is not compared.
    """

    cells: tuple[Cell, ...]
    wholes: dict[str, Cell]
    values: Mapping[str, object]


def read_record(row: Mapping[str, object], policy: Policy) -> Said:
    """Return what a record says of everything that *policy* compares."""
    found: list[Cell] = []
    wholes: dict[str, Cell] = {}
    region = region_of(row.get(policy.country or ""), policy)
    for comparison in policy.comparisons:
        value = row.get(comparison.field)
        if comparison.kind is FULL_NAME:
            values = [value, *map(row.get, comparison.parts)]
            wholes[comparison.field], *of_parts = read_comparison(comparison, values, region=region).cells
            found += of_parts
        elif value is None:
            found.append(())
        else:
            found += read_comparison(comparison, (value,), region=region).cells
    return Said(tuple(found), wholes, row)


def record_cells(row: Mapping[str, object], policy: Policy) -> tuple[Cell, ...]:
    """Return the cells of a record, one for each facet of *policy*, in their order; empty where unknown."""
    return read_record(row, policy).cells


def without_hubs(
    named: Sequence[Facet], cells: Sequence[Cell], hubs: Mapping[str, Collection[str]]
) -> tuple[Cell, ...]:
    """Return *cells* without the texts that too many records share, by facet."""
    return tuple(
        tuple(form for form in cell if form.text not in hubs.get(facet.name, ()))
        for facet, cell in zip(named, cells, strict=True)
    )


def writes_chinese(policy: Policy, cells: Sequence[Cell]) -> bool:
    """Return whether a record's names are written in Chinese; without names, whether anything in it is."""
    return in_chinese(cells, script_places(facets(policy)))


def script_places(named: Sequence[Facet]) -> tuple[int, ...]:
    """Return the places of the facets whose script is a record's: names, or all if there are none."""
    names = tuple(place for place, facet in enumerate(named) if facet.kind is NAME)
    return names or tuple(range(len(named)))


def in_chinese(cells: Sequence[Cell], places: Sequence[int]) -> bool:
    """Return whether anything that *cells* hold at *places* is written in Chinese."""
    return any(is_chinese(text) for place in places for text, _ in cells[place])


def region_of(country: object, policy: Policy) -> str:
    """Return where a record's phone numbers are dialled: in its country if that is a code, else in the policy's."""
    code = next(iter(texts_of_value(country)), "").strip().upper()
    return code if len(code) == 2 and code.isalpha() else policy.region
