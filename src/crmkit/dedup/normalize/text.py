"""Text: one written form for what people type with other widths, cases, accents and spaces."""

from __future__ import annotations

import re
import unicodedata
from typing import Final, NewType

TextKey = NewType("TextKey", str)
"""Normalised text: half width, lower case, no accents, no invisible signs, single spaces."""

LONGEST: Final = 256
"""More characters than this are not compared."""

_MARKS: Final = re.compile("[\u0300-\u036f]+")
_NOT_WORDS: Final = re.compile(r"[^\w]+|_+")
_LETTERS: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i", "ß": "ss"}
)
_HAN: Final = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def text_key(text: str) -> TextKey:
    """Return *text* in half width and lower case, without accents, invisible signs and superfluous spaces.

    Only what counts as an accent in Latin, Greek or Cyrillic is dropped;
    the marks of other scripts belong to their letters.

    >>> text_key("  ＭÜller\u200b  Straße ")
    'muller strasse'
    """
    short = text[: 4 * LONGEST]
    if short.isascii():
        clean = short.lower()
    else:
        wide = unicodedata.normalize("NFKC", short)
        seen = wide if wide.isprintable() else _visible(wide)
        bare = _MARKS.sub("", unicodedata.normalize("NFD", seen.casefold()))
        clean = unicodedata.normalize("NFC", bare).translate(_LETTERS)
    return TextKey(" ".join(clean.split())[:LONGEST])


def words_of(text: str) -> list[str]:
    """Return the words of *text*, normalised: runs of letters and digits of any script, in order.

    >>> words_of("O'Brien-Smith, Ltd.🌸")
    ['obrien', 'smith', 'ltd']
    """
    return _NOT_WORDS.sub(" ", text_key(text).replace("'", "").replace("’", "")).split()


def is_chinese(text: str) -> bool:
    """Return whether *text* has a Chinese character in it.

    >>> is_chinese("王 Xiaoming"), is_chinese("Wang")
    (True, False)
    """
    return not text.isascii() and ("\u4e00" <= text[0] <= "\u9fff" or _HAN.search(text) is not None)


def _visible(text: str) -> str:
    return "".join(sign for sign in text if unicodedata.category(sign) not in _INVISIBLE)


_INVISIBLE: Final = frozenset(("Cf", "Cc", "Cs", "Co", "Cn"))
