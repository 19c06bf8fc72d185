"""Text: one written form for what people type with other widths, cases, accents and spaces."""

from __future__ import annotations

import re
import unicodedata
from typing import Final, NewType

TextKey = NewType("TextKey", str)
"""Normalised text: half width, lower case, no accents, no invisible signs, single spaces."""

LONGEST: Final = 256
"""More characters than this are not compared."""

_PLAIN: Final = re.compile("[ -~\u4e00-\u9fff]*")
"""Text that has one width, no accents and nothing invisible; much of what is Chinese is written so."""
_MARKS: Final = re.compile("[\u0300-\u036f]+")
_OTHER_DIGITS: Final = re.compile(r"[^\D0-9]")
_NOT_WORDS: Final = re.compile(r"[^\w]+|_+")
_LETTERS: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i", "ß": "ss"}
)
_HAN: Final = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_HAN_RUNS: Final = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")


def text_key(text: str) -> TextKey:
    """Return *text* in half width and lower case, without accents, invisible signs and superfluous spaces.

    Only what counts as an accent in Latin, Greek or Cyrillic is dropped;
    the marks of other scripts belong to their letters.

    >>> text_key("  ＭÜller\u200b  Straße ")
    'muller strasse'
    """
    short = text[: 4 * LONGEST]
    if short.isascii() or _PLAIN.fullmatch(short):
        clean = short.lower()
    else:
        wide = unicodedata.normalize("NFKC", short)
        seen = wide if wide.isprintable() else _visible(wide)
        seen = _OTHER_DIGITS.sub(lambda digit: str(unicodedata.decimal(digit[0])), seen)
        bare = _MARKS.sub("", unicodedata.normalize("NFD", seen.casefold()))
        clean = unicodedata.normalize("NFC", bare).translate(_LETTERS)
    return TextKey(" ".join(clean.split())[:LONGEST])


def letter_key(text: str) -> str:
    """Return `text_key`, but with the accents and letters that an address needs as they are.

    >>> letter_key(" ＭÜller\u200b@X.pt")
    'müller@x.pt'
    """
    short = text[: 4 * LONGEST]
    if short.isascii():
        return text_key(short)
    wide = _visible(unicodedata.normalize("NFKC", short)).lower()
    return " ".join(unicodedata.normalize("NFC", wide).split())[:LONGEST]


def words_of(text: str) -> list[str]:
    """Return the words of *text*, normalised: runs of letters and digits of any script, in order.

    >>> words_of("O'Brien-Smith, Ltd.🌸")
    ['obrien', 'smith', 'ltd']
    """
    return words_in(text_key(text))


def words_in(key: str) -> list[str]:
    """Return the words of a text that is normalised already."""
    if key.replace(" ", "").isalnum():
        return key.split()
    return _NOT_WORDS.sub(" ", key.replace("'", "").replace("’", "")).split()


def is_chinese(text: str) -> bool:
    """Return whether *text* has a Chinese character in it.

    >>> is_chinese("王 Xiaoming"), is_chinese("Wang")
    (True, False)
    """
    return not text.isascii() and ("\u4e00" <= text[0] <= "\u9fff" or _HAN.search(text) is not None)


def runs_of_chinese(key: str) -> list[str]:
    """Return the runs of Chinese characters in a normalised text, in order; spaces do not end one.

    >>> runs_of_chinese("王 小明 (Tony)"), runs_of_chinese("约翰·史密斯")
    (['王小明'], ['约翰', '史密斯'])
    """
    return _HAN_RUNS.findall(key.replace(" ", ""))


def without_chinese(text: str) -> str:
    """Return *text* with a space where Chinese characters stand in it.

    >>> without_chinese("王Ann")
    ' Ann'
    """
    return _HAN_RUNS.sub(" ", text)


def _visible(text: str) -> str:
    return "".join(sign for sign in text if sign.isspace() or unicodedata.category(sign) not in _INVISIBLE)


_INVISIBLE: Final = frozenset(("Cf", "Cc", "Cs", "Co", "Cn"))
