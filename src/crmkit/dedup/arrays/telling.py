"""Telling: how much each column of a table says of who is who, before anything is known of it.

Two records that agree in a key of people, such as an address, agree in other
columns as well, since they are often one person.  Two that agree in a colour
or in a turnover do not.  So a column tells as much as the others bear it out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from crmkit.dedup.arrays.columns import Ints
from crmkit.dedup.table import texts_of_value

_PAIRS: Final = 400
"""So many of the pairs that agree in a column are looked at."""


def tellings(columns: Mapping[str, Sequence[object]]) -> dict[str, float]:
    """Return how much each of *columns*, all equally long, tells of who is who, in bits.

    It is what the other columns say in favour of two records that agree in
    it, over what they say of any two, times the share of records that are
    known.  A column in which no two records agree tells nothing.

    >>> colours, numbers = ["red", "blue"] * 4, [1, 1, 2, 2, 3, 3, 4, 4]
    >>> told = tellings({"colour": colours, "phone": numbers, "mail": [f"m{one}" for one in numbers]})
    >>> sorted(told, key=told.get)
    ['colour', 'phone', 'mail']
    """
    if not any(map(len, columns.values())):
        return dict.fromkeys(columns, 0.0)
    codes = np.stack([_codes(values) for values in columns.values()])
    codes = codes[:, _scattered(codes.shape[1])]
    known = (codes >= 0).mean(axis=1)
    chance = np.array([_chance(one) for one in codes])
    bits = -np.log2(np.where(chance > 0, chance, 1.0))
    found: dict[str, float] = {}
    for place, name in enumerate(columns):
        a, b = _agreeing(codes[place])
        alike = (codes[:, a] == codes[:, b]) & (codes[:, a] >= 0)
        share = alike.mean(axis=1) if len(a) else known * known * chance
        surplus = bits * (share - known * known * chance)
        found[name] = float((surplus.sum() - surplus[place]) * known[place])
    return found


def _scattered(size: int) -> Ints:
    """Return the places of *size* rows, far from their order: neighbours in a file are often one party."""
    return np.argsort(np.arange(size) * 2_654_435_761 % (1 << 32), kind="stable")


def _codes(values: Sequence[object]) -> Ints:
    """Return a code for each distinct text, -1 where there is none."""
    code: dict[str, int] = {"": -1}
    texts = (" ".join(texts_of_value(value)).strip().lower() for value in values)
    return np.array([code.setdefault(text, len(code)) for text in texts], np.int64)


def _chance(codes: Ints) -> float:
    """Return how often two records that are known agree."""
    counts = np.bincount(codes[codes >= 0])
    pairs = counts.sum() * (counts.sum() - 1)
    return float((counts * (counts - 1)).sum() / pairs) if pairs else 0.0


def _agreeing(codes: Ints) -> tuple[Ints, Ints]:
    """Return pairs of records that agree, each with another one that does, from all over the column."""
    order = np.argsort(codes, kind="stable")
    held = codes[order]
    first = np.flatnonzero((held[1:] == held[:-1]) & (held[1:] >= 0))
    if len(first) > _PAIRS:
        first = first[np.linspace(0, len(first) - 1, _PAIRS).astype(np.int64)]
    return order[first], order[first + 1]
