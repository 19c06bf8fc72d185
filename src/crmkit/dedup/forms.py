"""Forms: the normalised ways to write one value, by which two records are compared.

A *cell* is what one record says in one field: every form of every value, and
empty where it is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple, TypeAlias

OWN: Final = 0
"""The value itself, normalised."""
OTHER: Final = 1
"""Another way to write it: pinyin, the full name of a nickname, the local part of an address."""
SHARED: Final = 2
"""The value itself, but of a sort that several people share: a landline, info@."""


class Form(NamedTuple):
    """One way to write a value.

    Attributes:
        text: The normalised text, never empty.
        way: `OWN`, `OTHER` or `SHARED`.
    """

    text: str
    way: int = OWN

    def __repr__(self) -> str:
        return f"<form of {len(self.text)} characters>"


Cell: TypeAlias = tuple[Form, ...]


def cell_of(forms: Iterable[Form]) -> Cell:
    """Return *forms*, none of them empty, each text once in the strongest of its ways; other forms come last."""
    given = tuple(forms)
    if len(given) < 2:
        return given
    ranks = [_RANK[way] for _, way in given]
    if ranks == sorted(ranks) and len({text for text, _ in given}) == len(given):
        return given
    best: dict[str, int] = {}
    for text, way in given:
        if text not in best or _RANK[way] < _RANK[best[text]]:
            best[text] = way
    return tuple(sorted((Form(text, way) for text, way in best.items()), key=lambda form: _RANK[form.way]))


def own_texts(cell: Cell) -> tuple[str, ...]:
    """Return the values of *cell*, without the other ways to write them."""
    return tuple(text for text, way in cell if way != OTHER)


_RANK: Final = {OWN: 0, SHARED: 1, OTHER: 2}
