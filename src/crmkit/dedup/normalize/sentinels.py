"""Sentinels: what people and programs write where they know nothing."""

from __future__ import annotations

import re
from typing import Final

from crmkit.dedup.kinds import ADDRESS, COMPANY, DATE, EMAIL, ID, NAME, PHONE, Kind
from crmkit.dedup.normalize.text import LONGEST
from crmkit.dedup.normalize.vocabulary import (
    PLACEHOLDER_COMPANIES,
    PLACEHOLDER_DATES,
    PLACEHOLDER_HOSTS,
    PLACEHOLDER_MAILBOXES,
    PLACEHOLDER_NAMES,
    PLACEHOLDERS,
)

_NAMES_AS_WELL: Final = frozenset(("na", "nan", "no", "x", "nil", "abc"))
_ONLY_FOR: Final[dict[Kind, frozenset[str]]] = {
    COMPANY: PLACEHOLDER_COMPANIES,
    NAME: PLACEHOLDER_NAMES,
    ADDRESS: frozenset(("中国", "china")),
    DATE: PLACEHOLDER_DATES,
}
_NOT_DIGITS: Final = re.compile(r"[^0-9]+")
_LETTERS: Final = re.compile(r"[^\W\d_]")
_COUNTED_UP: Final = "0123456789" * (LONGEST // 10 + 2)
_COUNTED_DOWN: Final = _COUNTED_UP[::-1]


def is_sentinel(key: str, kind: Kind) -> bool:
    """Return whether *key*, a normalised text, stands for "unknown" in a field of *kind*.

    >>> is_sentinel("n/a", EMAIL), is_sentinel("test@test.com", EMAIL), is_sentinel("1970-01-01", DATE)
    (True, True, True)
    """
    if key in _ONLY_FOR.get(kind, ()) or (
        key in PLACEHOLDERS and not (kind is NAME and key in _NAMES_AS_WELL)
    ):
        return True
    if kind is EMAIL:
        local, _, host = key.partition("@")
        return host in PLACEHOLDER_HOSTS and (
            local in PLACEHOLDER_MAILBOXES or local == host.partition(".")[0]
        )
    return kind in (PHONE, ID) and _is_monotonous(key)


def _is_monotonous(key: str) -> bool:
    """Return whether the digits of *key* are one digit over and over, or counted up or down."""
    digits = _NOT_DIGITS.sub("", key)
    if len(digits) < 4 or _LETTERS.search(key):
        return False
    body = digits.lstrip("0") or "0"
    return body == len(body) * body[0] or body in _COUNTED_UP or body in _COUNTED_DOWN
