"""Kinds: what a field holds, and how near two values of it can be."""

from __future__ import annotations

import enum
from typing import Final, NoReturn

from crmkit.errors import UnknownName


class Kind(enum.Enum):
    """What a field holds; it decides how values are normalised and compared."""

    EXACT = "exact"
    NAME = "name"
    FULL_NAME = "full_name"
    EMAIL = "email"
    PHONE = "phone"
    DATE = "date"
    COMPANY = "company"
    ADDRESS = "address"
    TEXT = "text"
    NUMBER = "number"
    ID = "id"

    __hash__ = object.__hash__  # kinds are looked up for every value; equal ones are one

    def __str__(self) -> str:
        return self.value

    @classmethod
    def _missing_(cls, value: object) -> NoReturn:
        raise UnknownName("kind of field", str(value), (kind.value for kind in cls))


EXACT: Final = Kind.EXACT
NAME: Final = Kind.NAME
FULL_NAME: Final = Kind.FULL_NAME
EMAIL: Final = Kind.EMAIL
PHONE: Final = Kind.PHONE
DATE: Final = Kind.DATE
COMPANY: Final = Kind.COMPANY
ADDRESS: Final = Kind.ADDRESS
TEXT: Final = Kind.TEXT
NUMBER: Final = Kind.NUMBER
ID: Final = Kind.ID

UNKNOWN: Final = -1
"""The level of a pair of which at least one side is unknown: it weighs nothing."""

LEVELS: Final[dict[Kind, tuple[str, ...]]] = {
    EXACT: ("different", "same"),
    NAME: ("different", "similar", "initial fits", "close", "same in another form", "same"),
    EMAIL: ("different", "similar", "same local part", "one slip", "same shared mailbox", "same"),
    PHONE: ("different", "one slip", "same landline", "same"),
    DATE: ("different", "two slips", "one slip", "same"),
    COMPANY: ("different", "similar", "close", "same in another form", "same"),
    ADDRESS: ("different", "similar", "alike but for numbers", "close", "same"),
    TEXT: ("different", "similar", "close", "same"),
    NUMBER: ("different", "within a tenth", "within a hundredth", "same"),
    ID: ("different", "two slips", "one slip", "same"),
}
"""The levels of each kind that is compared, from "different" (0) up; a full name is compared by its parts."""

SLIPS: Final[dict[Kind, tuple[int, ...]]] = {
    EXACT: (),
    NAME: (1, 2, 3),
    EMAIL: (1, 3),
    PHONE: (1,),
    DATE: (1, 2),
    COMPANY: (1, 2),
    ADDRESS: (1, 2),
    TEXT: (1, 2),
    NUMBER: (1, 2),
    ID: (1, 2),
}
"""The levels of values that differ, though one may be meant for the other."""

SPELLED: Final[dict[Kind, tuple[int, ...]]] = {EMAIL: (1, 2, 3)}
"""The levels at which values may be alike only because names are: a mailbox is spelled like its owner's name."""

SHARED_BY_NATURE: Final = frozenset((EXACT, PHONE, COMPANY, ADDRESS, TEXT))
"""Kinds that people who live or work together have in common without being one person."""

IDENTIFIERS: Final = frozenset((EMAIL, PHONE, ID))
"""Kinds of which one value belongs to one party, as a rule; a value that too many share stops linking."""

MOST_CHANGES: Final = 0.25
"""A name or a date of one party differs in no larger share of its pairs, however many show it."""
MOST_OTHERS: Final = 0.5
"""An identifier of one party differs in no larger share: who has two has one of them in common more often."""
ANY: Final = (0.0, 1.0, 1.0)
CHANGES: Final = {
    NAME: (0.0, 0.05, MOST_CHANGES),
    DATE: (0.0, 0.02, MOST_CHANGES),
    EMAIL: (0.1, 0.25, MOST_OTHERS),
    PHONE: (0.1, 0.25, MOST_OTHERS),
    ID: (0.0, 0.25, MOST_OTHERS),
}
"""In what share of the pairs of one party a value differs: at least, as a rule, and at most if many pairs show it."""

ELSEWHERE: Final = {EXACT: 0, NAME: 50, TEXT: 50, NUMBER: 0}
"""Where two records hold a value, so many more in the world would be without it; else `USUALLY_ELSEWHERE`."""
USUALLY_ELSEWHERE: Final = 200


def equal_level(kind: Kind, way: int, other: int) -> int:
    """Return the level of two values that are equal in forms of these ways (see `forms`)."""
    top = len(LEVELS[kind]) - 1
    if way == other == 1 and kind is COMPANY:
        return 0
    return _WAY_LEVELS.get((kind, max(way, other, key=_WEAKNESS.index)), top)


_WEAKNESS: Final = (0, 2, 1)
_WAY_LEVELS: Final = {(NAME, 1): 4, (COMPANY, 1): 3, (EMAIL, 1): 2, (EMAIL, 2): 4, (PHONE, 2): 2}
