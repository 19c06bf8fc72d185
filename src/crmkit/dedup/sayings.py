"""Sayings: what the records of one customer say, where it tells them apart and where all say alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import final

import attrs

from crmkit.dedup.cells import record_cells
from crmkit.dedup.forms import Cell, own_texts
from crmkit.dedup.kinds import NAME
from crmkit.dedup.network import Network
from crmkit.dedup.policy import Facet, facets
from crmkit.dedup.table import RecordKey


@final
@attrs.frozen(kw_only=True)
class Column:
    """What the records say of one thing, line by line.

    Attributes:
        name: What it is.
        texts: What each line says, "" where unknown.
        alike: The same number for lines that have a value in common, 0 for all others.
        unheard: Lines of which too many records share the value, so that it links nothing.
    """

    name: str
    texts: tuple[str, ...] = attrs.field(repr=False)
    alike: tuple[int, ...]
    unheard: frozenset[int] = frozenset()


@final
@attrs.frozen(kw_only=True)
class Sayings:
    """All that some records say of what is compared.

    Attributes:
        columns: What tells them apart.
        common: Names and texts of what all that say it say alike.
        lone: Names and texts of what only one of them says, with that record.
    """

    columns: tuple[Column, ...]
    common: tuple[tuple[str, str], ...] = attrs.field(repr=False)
    lone: tuple[tuple[str, str, RecordKey], ...] = attrs.field(repr=False)


def sayings_of(network: Network, records: Sequence[RecordKey]) -> Sayings:
    """Return what *records* say, normalised, one line each."""
    policy = network.model.policy
    cells = [record_cells(network.rows[record].values, policy) for record in records]
    hubs = dict(network.hubs)
    columns: list[Column] = []
    common: list[tuple[str, str]] = []
    lone: list[tuple[str, str, RecordKey]] = []
    for place, facet in enumerate(facets(policy)):
        column = _column(facet, [cell[place] for cell in cells], hubs.get(facet.name, ()))
        known = [text for text in column.texts if text]
        if len(known) == 1:
            lone.append((facet.name, known[0], records[column.texts.index(known[0])]))
        elif len(set(known)) == 1:
            common.append((facet.name, known[0]))
        elif known:
            columns.append(column)
    return Sayings(columns=tuple(columns), common=tuple(common), lone=tuple(lone))


def _column(facet: Facet, cells: Sequence[Cell], hubs: Collection[str]) -> Column:
    shared = frozenset(hubs)
    return Column(
        name=facet.name,
        texts=tuple(" · ".join(own_texts(cell)) for cell in cells),
        alike=_alike(cells, other_forms=facet.kind is NAME),
        unheard=frozenset(
            line for line, cell in enumerate(cells) if cell and shared.issuperset(form.text for form in cell)
        ),
    )


def _alike(cells: Sequence[Cell], *, other_forms: bool) -> tuple[int, ...]:
    """Return the same number for cells that have a text in common, from 1 up in their order, and 0 for all others."""
    texts = [{form.text for form in cell} if other_forms else set(own_texts(cell)) for cell in cells]
    counts = Counter(text for one in texts for text in one)
    commonest = [min(one, key=lambda text: (-counts[text], text), default="") for one in texts]
    numbers: dict[str, int] = {}
    return tuple(numbers.setdefault(text, len(numbers) + 1) if counts[text] > 1 else 0 for text in commonest)
