"""What a store may hold, and what not every engine reads alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from crmkit.conditions.nodes import Node
from crmkit.conditions.operands import sort_of
from crmkit.conditions.text import code
from crmkit.errors import InvalidValue, UnknownName

STORED_SORTS: Final = frozenset({"number", "text", "truth", "instant", "date", "set"})
"""The sorts that a store may hold."""

LEAST: Final = -(2**63)
MOST: Final = 2**63 - 1
"""The numbers that a store may hold lie between these."""


def check_stored(what: str, name: str, sorts: Mapping[str, str]) -> None:
    """Check that *name* is stored, and of a sort that a condition can ask about.

    Raises:
        UnknownName: If it is not; the closest that is is offered.
        InvalidValue: If it is of another sort.
    """
    if name not in sorts:
        raise UnknownName(what, name, sorts)
    if sorts[name] not in STORED_SORTS:
        raise InvalidValue(
            f"the {what} {name!r} holds {sorts[name]}; a condition can ask about {', '.join(sorted(STORED_SORTS))}"
        )


def check_texts(node: Node, values: Iterable[object]) -> None:
    """Check that every engine reads the texts among *values* alike.

    Raises:
        InvalidValue: If one of them is read otherwise here and there.
    """
    if any(isinstance(value, str) and not _is_text_everywhere(value) for value in values):
        raise refusal(node, "a text holds the character NUL, or half a character")


def is_storable(value: object) -> bool:
    """Return whether a store can hold *value*, as far as its size goes."""
    return sort_of(value) != "number" or (isinstance(value, int) and LEAST <= value <= MOST)


def refusal(node: Node, why: str) -> InvalidValue:
    """Return what is raised where an engine cannot be trusted with *node*."""
    return InvalidValue(
        f"not every data base answers this alike, {why}: {code(node)}. Ask it of columns, with conditions.bulk"
    )


def _is_text_everywhere(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)
