"""Nearness: how alike two different normalised texts are, as a level of their kind.

The scalar meaning of every comparison; `bulk` holds the same over columns.
All of it is exact: percentages are whole numbers, so that a pair alone and a
million pairs agree to the bit.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final, TypeAlias

from rapidfuzz.distance import OSA, Indel, JaroWinkler

from crmkit.dedup.forms import OTHER, Form
from crmkit.dedup.kinds import (
    ADDRESS,
    COMPANY,
    DATE,
    EMAIL,
    EXACT,
    ID,
    NAME,
    NUMBER,
    PHONE,
    TEXT,
    Kind,
    equal_level,
)
from crmkit.dedup.normalize.dates import swapped
from crmkit.dedup.normalize.places import numbers_of

Steps: TypeAlias = tuple[tuple[int, int], ...]

JARO_LEVELS: Final = {NAME: ((92, 3), (80, 1)), EMAIL: ((88, 1),)}
"""Kind -> (least Jaro-Winkler similarity in percent, level), the highest first.  Source: Winkler (1990)."""
SLIP_LEVELS: Final = {EMAIL: ((1, 3),), PHONE: ((1, 1),), DATE: ((1, 2), (2, 1)), ID: ((1, 2), (2, 1))}
"""Kind -> (most slips, level), the fewest first; a slip is a letter wrong, missing, added or exchanged."""
RATIO_LEVELS: Final = {COMPANY: ((88, 2), (70, 1)), TEXT: ((90, 2), (70, 1)), ADDRESS: ((70, 3), (70, 1))}
"""Kind -> (least share of common letters in percent, level); an address is close only with the same numbers."""
ALIKE_ADDRESS: Final = 85
"""Addresses with other numbers are alike from this share of common letters on."""
INITIAL_LEVEL: Final = 2
ONLY_OWN: Final = frozenset((EMAIL, COMPANY))
"""Kinds whose other forms are compared for equality only."""


def form_level(kind: Kind, a: Form, b: Form) -> int:
    """Return the level of two forms of values of *kind*.

    >>> form_level(NAME, Form("martha"), Form("marhta")), form_level(NAME, Form("j"), Form("john"))
    (3, 2)
    """
    if a.text == b.text:
        return equal_level(kind, a.way, b.way)
    if kind in ONLY_OWN and OTHER in (a.way, b.way):
        return 0
    return near_level(kind, a.text, b.text)


def near_level(kind: Kind, a: str, b: str) -> int:
    """Return the level of two different texts of *kind*; the order of the two does not matter."""
    return NEAR[kind](a, b)


def percent(a: str, b: str) -> int:
    """Return the share of letters that two texts have in common, in order, in whole percent, rounded down."""
    whole = len(a) + len(b)
    return 100 * (whole - Indel.distance(a, b)) // whole


def fits_initial(a: str, b: str) -> bool:
    """Return whether one text is a single Latin letter and the other begins with it."""
    return a[0] == b[0] and a[0].isascii() and a[0].isalpha() and 1 in (len(a), len(b))


def address_level(share: int, *, same_numbers: bool) -> int:
    """Return the level of two addresses that have *share* percent of their letters in common."""
    (close, level), (similar, low) = RATIO_LEVELS[ADDRESS]
    if same_numbers and share >= close:
        return level
    if share >= ALIKE_ADDRESS:
        return 2
    return low if share >= similar else 0


def number_level(a: float, b: float) -> int:
    """Return the level of two numbers: 3 the same, 2 within a hundredth of the larger, 1 within a tenth."""
    gap, size = abs(a - b), max(abs(a), abs(b))
    if gap == 0:
        return 3
    if gap * 100 <= size:
        return 2
    return 1 if gap * 10 <= size else 0


def _by_slips(steps: Steps, a: str, b: str) -> int:
    slips = OSA.distance(a, b, score_cutoff=steps[-1][0])
    for most, level in steps:
        if slips <= most:
            return level
    return 0


def _by_jaro(steps: Steps, a: str, b: str) -> int:
    alike = round(100 * JaroWinkler.similarity(a, b, score_cutoff=(steps[-1][0] - 1) / 100))
    for least, level in steps:
        if alike >= least:
            return level
    return 0


def _by_ratio(steps: Steps, a: str, b: str) -> int:
    share = percent(a, b)
    return next((level for least, level in steps if share >= least), 0)


_NAME_STEPS: Final = JARO_LEVELS[NAME]
_DATE_STEPS: Final = SLIP_LEVELS[DATE]
_EMAIL_STEPS: Final = SLIP_LEVELS[EMAIL], JARO_LEVELS[EMAIL]


def _name_level(a: str, b: str) -> int:
    return INITIAL_LEVEL if fits_initial(a, b) else _by_jaro(_NAME_STEPS, a, b)


def _date_level(a: str, b: str) -> int:
    return _DATE_STEPS[0][1] if swapped(a) == b else _by_slips(_DATE_STEPS, a, b)


def _email_level(a: str, b: str) -> int:
    return _by_slips(_EMAIL_STEPS[0], a, b) or _by_jaro(_EMAIL_STEPS[1], a, b)


def _address_level(a: str, b: str) -> int:
    share = percent(a, b)
    alike = share >= RATIO_LEVELS[ADDRESS][-1][0]
    return address_level(share, same_numbers=alike and numbers_of(a) == numbers_of(b))


def _number_level(a: str, b: str) -> int:
    return number_level(float(a), float(b))


def _exact_level(a: str, b: str) -> int:  # noqa: ARG001  two different texts are different
    return 0


NEAR: Final[dict[Kind, Callable[[str, str], int]]] = {
    EXACT: _exact_level,
    NAME: _name_level,
    EMAIL: _email_level,
    PHONE: partial(_by_slips, SLIP_LEVELS[PHONE]),
    DATE: _date_level,
    COMPANY: partial(_by_ratio, RATIO_LEVELS[COMPANY]),
    ADDRESS: _address_level,
    TEXT: partial(_by_ratio, RATIO_LEVELS[TEXT]),
    NUMBER: _number_level,
    ID: partial(_by_slips, SLIP_LEVELS[ID]),
}
"""Kind -> the level of two different texts of it."""
