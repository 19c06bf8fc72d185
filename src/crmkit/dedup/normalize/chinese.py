"""Chinese: traditional characters as simplified ones, and readings in pinyin.

Both need the extra ``zh``.  Without it Chinese text is compared as it stands,
and nothing here changes it: `has_readings` says which it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Final

from crmkit.dedup.normalize.text import is_chinese
from crmkit.dedup.normalize.vocabulary import PINYIN_FINALS, PINYIN_INITIALS

_READINGS_OF_SURNAMES: Final = {
    "单": "shan", "曾": "zeng", "解": "xie", "仇": "qiu", "查": "zha", "盖": "ge", "朴": "piao", "区": "ou",
    "任": "ren", "华": "hua", "纪": "ji", "乐": "yue", "缪": "miao", "宁": "ning", "秘": "bi", "冼": "xian",
    "燕": "yan", "员": "yun", "翟": "zhai", "祭": "zhai", "召": "shao", "折": "she", "洗": "xian", "黑": "he",
    "覃": "qin", "瞿": "qu", "晟": "cheng", "种": "chong", "重": "chong", "繁": "po", "句": "gou", "阚": "kan",
    "郇": "xun", "乜": "nie", "隗": "wei", "逄": "pang", "车": "che", "能": "nai", "都": "du", "哈": "ha",
    "沈": "shen", "石": "shi", "葛": "ge", "那": "na", "宿": "su", "过": "guo", "应": "ying", "相": "xiang",
    "卜": "bu", "郗": "chi", "佴": "nai", "牟": "mu", "粘": "nian", "贾": "jia", "臧": "zang", "尹": "yin",
    "尉迟": "yuchi", "万俟": "moqi", "长孙": "zhangsun", "澹台": "tantai", "单于": "chanyu", "拓跋": "tuoba",
}  # fmt: skip
"""How characters are read as surnames, where that is not how they are read elsewhere."""

_SYLLABLES: Final = frozenset(
    {initial + final for initial in PINYIN_INITIALS for final in PINYIN_FINALS}
    | {"a", "o", "e", "ai", "ei", "ao", "ou", "an", "en", "ang", "er", "lyu", "nyu"}
)
_UMLAUTS: Final = re.compile("(?<=[ln])(?:v|yu)")


@cache
def has_readings() -> bool:
    """Return whether the extra ``zh`` is installed."""
    from importlib.util import find_spec

    return find_spec("opencc") is not None and find_spec("pypinyin") is not None


def simplified(text: str) -> str:
    """Return *text* with traditional characters as simplified ones; unchanged without the extra ``zh``.

    >>> simplified("張偉")
    '张伟'
    """
    return _converter()(text) if is_chinese(text) and has_readings() else text


def reading(text: str, *, surname: bool = False) -> str:
    """Return how simplified *text* is read, in pinyin without tones or spaces, ü as u.

    A *surname* is read as surnames are.  Characters without a reading stay;
    without the extra ``zh`` all of them do.

    >>> reading("小明"), reading("曾", surname=True), reading("曾")
    ('xiaoming', 'zeng', 'ceng')
    """
    if not has_readings():
        return text
    if surname and text in _READINGS_OF_SURNAMES:
        return _READINGS_OF_SURNAMES[text]
    return "".join(map(_read_one, text))


def readings(text: str) -> frozenset[str]:
    """Return every way simplified *text* may be read: character by character, as words, as a surname.

    >>> sorted(readings("长江")), sorted(readings("曾"))
    (['changjiang', 'zhangjiang'], ['ceng', 'zeng'])
    """
    return frozenset((reading(text), reading(text, surname=True), _read_as_words(text)))


def without_umlaut(pinyin: str) -> str:
    """Return *pinyin* with the ü that is written v or yu as u, as `reading` has it.

    >>> without_umlaut("lv"), without_umlaut("lyu"), without_umlaut("liu")
    ('lu', 'lu', 'liu')
    """
    return _UMLAUTS.sub("u", pinyin)


def is_pinyin(word: str) -> bool:
    """Return whether *word* can be read as one to four syllables of pinyin.

    >>> is_pinyin("xiaoming"), is_pinyin("smith")
    (True, False)
    """
    return len(word) <= 24 and word.isascii() and _is_syllables(word, 4)


def is_syllable(word: str) -> bool:
    """Return whether *word* is one syllable of pinyin."""
    return word in _SYLLABLES


@lru_cache(maxsize=65_536)
def _is_syllables(word: str, most: int) -> bool:
    if not word:
        return True
    if most == 0:
        return False
    return any(
        word[:size] in _SYLLABLES and _is_syllables(word[size:], most - 1)
        for size in range(min(6, len(word)), 0, -1)
    )


@cache
def _converter() -> Callable[[str], str]:
    from opencc import OpenCC

    convert: Callable[[str], str] = OpenCC("t2s").convert
    return convert


def _read_as_words(text: str) -> str:
    """Return how *text* is read where its characters make words, which tells how each is read."""
    if not has_readings() or not _holds_word(text) or not any(map(_is_read_variously, text)):
        return reading(text)
    from pypinyin import lazy_pinyin

    return "".join(lazy_pinyin(text)).replace("v", "u")


def _holds_word(text: str) -> bool:
    """Return whether any characters of *text* that follow each other are a word whose reading is known."""
    from pypinyin.constants import PHRASES_DICT

    size = len(text)
    return any(
        text[start:end] in PHRASES_DICT for start in range(size - 1) for end in range(start + 2, size + 1)
    )


@lru_cache(maxsize=65_536)
def _read_one(sign: str) -> str:
    from pypinyin import lazy_pinyin

    return str(lazy_pinyin(sign)[0]).replace("v", "u") if is_chinese(sign) else sign


@lru_cache(maxsize=65_536)
def _is_read_variously(sign: str) -> bool:
    from pypinyin import Style, pinyin

    return len(set(pinyin(sign, style=Style.NORMAL, heteronym=True)[0])) > 1
