"""Levels that both have: how Splink tests in SQL (as DuckDB speaks it) what a level means here."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from crmkit.dedup.kinds import (
    ADDRESS,
    COMPANY,
    DATE,
    EMAIL,
    EXACT,
    ID,
    LEVELS,
    NAME,
    NUMBER,
    PHONE,
    TEXT,
    Kind,
)

_SAME: Final = "{l} = {r}"
_SLIPS: Final = "damerau_levenshtein({l}, {r}) <= "
_JARO: Final = "jaro_winkler_similarity({l}, {r}) >= "
_LOCAL_PART: Final = " = ".join(f"nullif(regexp_extract({{{side}}}, '^[^@]+'), '')" for side in "lr")
_INITIAL: Final = (
    "least(length({l}), length({r})) = 1 AND substring({l}, 1, 1) = substring({r}, 1, 1) "
    "AND regexp_matches({l}, '^[A-Za-z]')"
)
_NEAR: Final = "abs({l} - {r}) * %d <= greatest(abs({l}), abs({r}))"

TESTS: Final[dict[Kind, tuple[tuple[int, str], ...]]] = {
    EXACT: ((1, _SAME),),
    NAME: ((5, _SAME), (2, _INITIAL), (3, f"{_JARO}0.915"), (1, f"{_JARO}0.795")),
    EMAIL: ((5, _SAME), (3, f"{_SLIPS}1"), (2, _LOCAL_PART), (1, f"{_JARO}0.875")),
    PHONE: ((3, _SAME), (1, f"{_SLIPS}1")),
    DATE: ((3, _SAME), (2, f"{_SLIPS}1"), (1, f"{_SLIPS}2")),
    COMPANY: ((4, _SAME),),
    ADDRESS: ((4, _SAME),),
    TEXT: ((3, _SAME),),
    NUMBER: ((3, _SAME), (2, _NEAR % 100), (1, _NEAR % 10)),
    ID: ((3, _SAME), (2, f"{_SLIPS}1"), (1, f"{_SLIPS}2")),
}
"""Kind -> (level, how Splink tests it), in the order in which the tests are made.

A similarity is rounded to whole percent here, so that 92 begins at 91.5.
"""

_COUNTS_AS: Final[dict[Kind, tuple[int, ...]]] = {
    NAME: (0, 0, 1, 1, 3, 3),
    EMAIL: (0, 0, 1, 1, 5, 3),
    PHONE: (0, 0, 3, 1),
}
"""What a pair of each level counts as where the level is not known; else the next lower one."""

_JARO_TEST: Final = re.compile(r"jaro_winkler_similarity\(\{l\}, \{r\}\) >= (0\.\d+)")
_SLIP_TEST: Final = re.compile(r"(?:damerau_)?levenshtein\(\{l\}, \{r\}\) <= ([12])")
_SOUNDS_LIKE_DATE: Final = re.compile(r"dob|date|birth|born", re.IGNORECASE)
_JARO_LEVELS: Final[dict[Kind, tuple[tuple[float, int], ...]]] = {
    NAME: ((0.86, 3), (0.6, 1)),
    EMAIL: ((0.6, 1),),
}
"""Kind -> (least similarity, level that stands for it)."""


def known_level(kind: Kind, level: int, known: Collection[int]) -> int:
    """Return what a pair of *level* counts as where only the *known* levels and "different" are told apart.

    >>> known_level(NAME, 4, {5, 1})
    1
    """
    lower = _COUNTS_AS.get(kind, (0, *range(len(LEVELS[kind]))))
    while level and level not in known:
        level = lower[level]
    return level


def level_of(kind: Kind, test: str) -> int | None:
    """Return the level of *kind* that Splink's *test* stands for, or None if none does.

    >>> level_of(NAME, "jaro_winkler_similarity({l}, {r}) >= 0.88"), level_of(NAME, "levenshtein({l}, {r}) <= 1")
    (3, None)
    """
    own = {test: level for level, test in TESTS[kind]}
    jaro, slips = _JARO_TEST.fullmatch(test), _SLIP_TEST.fullmatch(test)
    if jaro and test not in own:
        return next((level for least, level in _JARO_LEVELS.get(kind, ()) if float(jaro[1]) >= least), None)
    return own.get(f"{_SLIPS}{slips[1]}" if slips else test)


def is_exactly(kind: Kind, level: int, test: str) -> bool:
    """Return whether *test* is true of just the pairs of *level*, but for how similarities are rounded.

    Splink's ``levenshtein`` counts two letters that changed places as two slips, here they are one.
    """
    own = dict(TESTS[kind])[level]
    mine, theirs = (_JARO_TEST.fullmatch(one) for one in (own, test))
    if mine and theirs:
        return abs(float(mine[1]) - float(theirs[1])) <= 0.005 + 1e-9
    return own == test


def kind_of(tests: Collection[str], column: str) -> Kind:
    """Return the kind whose levels *tests* stand for best; *column* tells dates from other ids."""
    if any("'^[^@]+'" in test for test in tests):
        return EMAIL
    if any("strptime" in test or "epoch" in test for test in tests):
        return DATE
    if any(_JARO_TEST.fullmatch(test) for test in tests):
        return NAME
    if any(_SLIP_TEST.fullmatch(test) for test in tests):
        return DATE if _SOUNDS_LIKE_DATE.search(column) else ID
    if any(test.startswith("abs(") for test in tests):
        return NUMBER
    return EXACT
