"""Surnames: where a Chinese name divides, in characters and in pinyin."""

from __future__ import annotations

from typing import Final

from crmkit.dedup.normalize.chinese import is_pinyin, is_syllable
from crmkit.dedup.normalize.vocabulary import (
    CALLED_BY_SURNAME,
    COMPOUND_PINYIN,
    COMPOUND_SURNAMES,
    HONORIFICS,
    PINYIN_SURNAMES,
    RARE_PINYIN_SURNAMES,
    SURNAMES,
    WRITTEN_APART,
)


def split_chinese(name: str) -> tuple[str, str]:
    """Return family and given name of a name written in Chinese characters.

    Either is empty where the name does not tell it: what people are called
    among friends is a given name or, after 小 and 老, a family name.

    >>> split_chinese("欧阳小明"), split_chinese("王芳"), split_chinese("王先生")
    (('欧阳', '小明'), ('王', '芳'), ('王', ''))
    >>> split_chinese("小明"), split_chinese("小王"), split_chinese("明明")
    (('', '小明'), ('王', ''), ('', '明明'))
    """
    bare = _without_honorific(name)
    if bare != name and bare in COMPOUND_SURNAMES:
        return bare, ""
    if len(bare) == 2 and (bare[0] in "小阿老" or bare[0] == bare[1]):
        return (bare[1], "") if bare[0] in "小老" and bare[1] in CALLED_BY_SURNAME else ("", bare)
    size = 2 if len(bare) > 2 and bare[:2] in COMPOUND_SURNAMES else 1
    return bare[:size], bare[size:]


def is_surname(name: str) -> bool:
    """Return whether *name*, in Chinese characters, is a family name and nothing more.

    >>> is_surname("王"), is_surname("欧阳"), is_surname("小明")
    (True, True, False)
    """
    return name in SURNAMES or name in COMPOUND_SURNAMES


def is_pinyin_surname(word: str) -> bool:
    """Return whether *word* is a frequent Chinese surname in pinyin, or one of two characters."""
    return word in _BY_FREQUENCY[0]


def split_pinyin(word: str) -> tuple[str, str] | None:
    """Return family and given name of a Chinese name typed as one word of pinyin, or None if it is none.

    What people are called among friends, such as Xiaoming, is none.

    >>> split_pinyin("wangxiaoming"), split_pinyin("xiaoming"), split_pinyin("smith")
    (('wang', 'xiaoming'), None, None)
    """
    for size in range(min(9, len(word) - 1), 1, -1):
        family, given = word[:size], word[size:]
        if (family in PINYIN_SURNAMES or family in WRITTEN_APART) and is_pinyin(given):
            return None if family == "xiao" and is_syllable(given) else (family, given)
    return None


def split_pinyin_words(words: list[str]) -> tuple[str, str] | None:
    """Return family and given name of a Chinese name typed as several words of pinyin, or None if it is none.

    The family name is at either end; where both could be one, the first is.

    >>> split_pinyin_words(["xiaoming", "wang"]), split_pinyin_words(["ou", "yang", "feng"])
    (('wang', 'xiaoming'), ('ouyang', 'feng'))
    """
    if not 1 < len(words) <= _MOST_WORDS or not all(map(is_pinyin, words)):
        return None
    if len(words) > 2:
        for apart, rest in (("".join(words[:2]), words[2:]), ("".join(words[-2:]), words[:-2])):
            if apart in WRITTEN_APART:
                return apart, "".join(rest)
    for surnames in _BY_FREQUENCY:
        if words[0] in surnames:
            return words[0], "".join(words[1:])
        if words[-1] in surnames:
            return words[-1], "".join(words[:-1])
    return None


def _without_honorific(name: str) -> str:
    """Return *name* without the title that follows it; a short title only where a family name is all that is left."""
    if not name.endswith(HONORIFICS):
        return name
    for title in HONORIFICS:
        bare = name.removesuffix(title)
        if bare != name and bare and (len(title) > 1 or is_surname(bare)):
            return bare
    return name


_MOST_WORDS: Final = 4
_BY_FREQUENCY: Final = (PINYIN_SURNAMES | COMPOUND_PINYIN, RARE_PINYIN_SURNAMES)
