"""Sentinels: what people and programs write where they know nothing."""

from __future__ import annotations

import re
from typing import Final

from crmkit.dedup.kinds import ADDRESS, COMPANY, DATE, EMAIL, EXACT, ID, NAME, PHONE, Kind
from crmkit.dedup.normalize.text import LONGEST
from crmkit.dedup.normalize.vocabulary import (
    NOBODYS_MAILBOXES,
    PLACEHOLDER_COMPANIES,
    PLACEHOLDER_DATES,
    PLACEHOLDER_HOSTS,
    PLACEHOLDER_MAILBOXES,
    PLACEHOLDER_NAMES,
    PLACEHOLDERS,
)

_SAYS_AS_WELL: Final[dict[Kind, frozenset[str]]] = {
    NAME: frozenset(("na", "nan", "no", "x", "nil", "abc")),
    EXACT: frozenset(("na", "no", "x", "same", "空")),
}
"""What stands for "unknown" elsewhere, and may be meant in a field of this kind: the name Na, the answer no."""
_ONLY_FOR: Final[dict[Kind, frozenset[str]]] = {
    COMPANY: PLACEHOLDER_COMPANIES,
    NAME: PLACEHOLDER_NAMES,
    ADDRESS: frozenset(("中国", "china")),
    DATE: PLACEHOLDER_DATES,
}
_SAY_NOTHING: Final[dict[Kind, frozenset[str]]] = {
    kind: PLACEHOLDERS - _SAYS_AS_WELL.get(kind, frozenset()) | _ONLY_FOR.get(kind, frozenset())
    for kind in Kind
}
_NOT_DIGITS: Final = re.compile(r"[^0-9]+")
_LETTERS: Final = re.compile(r"[^\W\d_]")
_COUNTED_UP: Final = "0123456789" * (LONGEST // 10 + 2)
_COUNTED_DOWN: Final = _COUNTED_UP[::-1]
NO_RUN: Final = frozenset(
    digits
    for digits in map(str, range(100, 1000))
    if digits not in _COUNTED_UP and digits not in _COUNTED_DOWN and digits != 3 * digits[0]
)
"""Three digits with which nothing ends that is one digit over and over, or counted up or down."""
_MADE_UP: Final = 8
"""So many equal digits at the end of a number are typed by someone who gives none."""


def is_sentinel(key: str, kind: Kind) -> bool:
    """Return whether *key*, a normalised text, stands for "unknown" in a field of *kind*.

    >>> is_sentinel("n/a", EMAIL), is_sentinel("noreply@shop.com", EMAIL), is_sentinel("1970-01-01", DATE)
    (True, True, True)
    """
    if key in _SAY_NOTHING[kind]:
        return True
    if kind is EMAIL:
        local, at, host = key.partition("@")
        local = local.partition("+")[0]
        return bool(at) and (
            local in NOBODYS_MAILBOXES
            or (
                host in PLACEHOLDER_HOSTS
                and (local in PLACEHOLDER_MAILBOXES or local == host.partition(".")[0])
            )
        )
    if kind is PHONE:
        made_up = len(key) > _MADE_UP and key.endswith(_MADE_UP * key[-1])
        return made_up or _is_monotonous(key.removeprefix("+86"))
    return kind is ID and _is_monotonous(key)


def _is_monotonous(key: str) -> bool:
    """Return whether the digits of *key* are one digit over and over, or counted up or down."""
    if key[-3:] in NO_RUN:
        return False
    digits = key
    if not (key.isascii() and key.isdecimal()):
        if _LETTERS.search(key):
            return False
        digits = _NOT_DIGITS.sub("", key)
    if len(digits) < 4:
        return False
    body = digits.lstrip("0") or "0"
    return body == len(body) * body[0] or body in _COUNTED_UP or body in _COUNTED_DOWN
