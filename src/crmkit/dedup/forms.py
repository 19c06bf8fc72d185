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
    best: dict[str, Form] = {}
    for form in given:
        known = best.get(form.text)
        if known is None or _RANK[form.way] < _RANK[known.way]:
            best[form.text] = form
    return tuple(sorted(best.values(), key=_rank))


def own_texts(cell: Cell) -> tuple[str, ...]:
    """Return the values of *cell*, without the other ways to write them."""
    return tuple(text for text, way in cell if way != OTHER)


def _rank(form: Form) -> int:
    return _RANK[form.way]


_RANK: Final = {OWN: 0, SHARED: 1, OTHER: 2}
