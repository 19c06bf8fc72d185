"""Company names in Latin letters: what they say of the organisation, its place and the part of it that is meant."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from crmkit.dedup.normalize.company_name import GROUP, CompanyName
from crmkit.dedup.normalize.company_words import (
    AND_WORDS,
    BRANCH_WORDS,
    CHINA_IN_LATIN,
    CITIES,
    DEPARTMENT_WORDS,
    DEPARTMENTS,
    GROUP_WORDS,
    LEGAL_PHRASES,
    LEGAL_WORDS,
    LINK_WORDS,
    NUMBER_WORDS,
    OFFICE_WORDS,
    PLACES,
    SHOP_WORDS,
    WORDS,
)
from crmkit.dedup.normalize.text import words_of

_LONGEST_PLACE: Final = 4


def split_latin(key: str) -> CompanyName:
    """Return what a normalised name in Latin letters says."""
    plain = _HASH.sub(" no ", _undotted(LEGAL_PHRASES.sub(" ltd ", key)))
    said, unit, place, is_open = _apart(plain)
    words = _without_legal(said)
    if not unit:
        words, unit = _unit_at_end(words)
    words, at_end = _place_at_end(_without_legal(words))
    if at_end:
        place, is_open = at_end, True
    if len(words) > 1 and words[0] in CHINA_IN_LATIN:
        words, place, is_open = words[1:], words[0], False
    own, is_group = _without_group([word for word in words if word not in AND_WORDS] or words)
    core = " ".join(WORDS.get(word, word) for word in own) or " ".join(words_of(key))
    if unit:
        return CompanyName(core, unit if unit in CITIES else place, unit)
    if is_group:
        return CompanyName(core, place, GROUP)
    return CompanyName(core, place, None if is_open else "")


def _apart(name: str) -> tuple[list[str], str, str, bool]:
    """Return the words of a name's first part, and the unit and the place that stand apart from it.

    The last is True where nothing stands behind the place, which then may be
    that of a branch.  What is neither belongs to the name, unless it is in brackets.
    """
    first, *others = [words for part in _PARTS.split(name) if (words := words_of(part))] or [[]]
    if others and all(word in LEGAL_WORDS for word in first):
        first, *others = others
    asides = [words_of(aside) for aside in _IN_BRACKETS.findall(name)]
    unit, place, is_open = "", "", False
    for words in others:
        mine = _without_legal(words)
        if not mine:
            is_open = False
        elif found := _unit(mine, apart=True):
            unit = unit or found
        elif found := PLACES.get(" ".join(mine), ""):
            place, is_open = found, len(mine) == len(words)
        elif words not in asides:
            first = [*first, *words]
    return first, unit, place, is_open


def _without_legal(words: Sequence[str]) -> list[str]:
    """Return *words* without legal forms: the short ones only at either end, where they are no part of the name."""
    kept = [word for word in words if len(word) < 3 or word not in LEGAL_WORDS]
    while len(kept) > 1 and kept[-1] in LEGAL_WORDS:
        kept.pop()
    if len(kept) == 1 and kept[0] in LEGAL_WORDS:
        return []
    return kept


def _unit(words: Sequence[str], *, apart: bool) -> str:
    """Return the unit that *words* are the name of, or "" if of none.

    Words for an office or a department mean one only where they stand *apart* from the name.
    """
    number = [word for word in words if word not in SHOP_WORDS and word not in NUMBER_WORDS]
    if len(number) == 1 and number[0].isdecimal() and len(words) > 1:
        return str(int(number[0]))
    if apart and any(word in DEPARTMENT_WORDS for word in words):
        return _department([word for word in words if word not in _AROUND_DEPARTMENTS])
    markers = _BRANCH_OR_OFFICE if apart else BRANCH_WORDS
    if words[0] in markers or words[-1] in markers:
        return _branch([word for word in words if word not in _BRANCH_OR_OFFICE])
    return ""


def _department(words: Sequence[str]) -> str:
    said = " ".join(words)
    return DEPARTMENTS.get(said, said) or "department"


def _branch(words: Sequence[str]) -> str:
    """Return the place of a branch without the words that lead to it: "de Lyon"."""
    start = next((place for place, word in enumerate(words) if word not in LINK_WORDS), 0)
    said = " ".join(words[start:])
    return PLACES.get(said, said) or "branch"


def _unit_at_end(words: list[str]) -> tuple[list[str], str]:
    """Return *words* without the unit they end in, and the unit; a name needs a word of its own before it."""
    for start in range(1, len(words) - 1):
        tail = words[start:]
        is_shop = tail[0] in _BEFORE_NUMBERS and tail[-1].isdecimal()
        if (is_shop or tail[0] in BRANCH_WORDS) and len(tail) <= _LONGEST_PLACE:
            return words[:start], _unit(tail, apart=False)
    if len(words) < 3 or words[-1] not in _BRANCH_OR_OFFICE:
        return words, ""
    before, place = _place_at_end(words[:-1])
    if place:
        return before, place
    return (words[:-2], words[-2]) if words[-1] in BRANCH_WORDS else (words, "")


def _place_at_end(words: list[str]) -> tuple[list[str], str]:
    """Return *words* without the place they end in, and the place; "Bank of London" is a name as a whole."""
    for start in range(max(1, len(words) - 3), len(words)):
        place = PLACES.get(" ".join(words[start:]))
        if place and words[start - 1] not in _JOINING:
            return words[:start], place
    return words, ""


def _without_group(words: list[str]) -> tuple[list[str], bool]:
    """Return *words* without those for a group at either end, and whether there were any."""
    start, end = 0, len(words)
    while end - start > 1 and words[end - 1] in GROUP_WORDS:
        end -= 1
    while end - start > 1 and words[start] in GROUP_WORDS:
        start += 1
    return words[start:end], end - start < len(words)


def _undotted(name: str) -> str:
    """Return *name* with the dots of G.m.b.H. and the like taken out."""
    return _ABBREVIATING.sub("", name) if "." in name else name


_BRANCH_OR_OFFICE: Final = BRANCH_WORDS | OFFICE_WORDS
_AROUND_DEPARTMENTS: Final = DEPARTMENT_WORDS | LINK_WORDS
_BEFORE_NUMBERS: Final = SHOP_WORDS | NUMBER_WORDS
_JOINING: Final = LINK_WORDS | AND_WORDS
_ABBREVIATING: Final = re.compile(r"(?<=\b\w)\.(?=\w\b|\s|$|[,)])")
_HASH: Final = re.compile(r"#(?= ?\d)")
_PARTS: Final = re.compile(r"[,;|/()]| [-–—] ")
_IN_BRACKETS: Final = re.compile(r"\([^()]*\)")
