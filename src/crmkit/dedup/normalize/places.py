"""Addresses: one written form of a street, whichever way its words are shortened."""

from __future__ import annotations

import re
from typing import Final, NewType

from crmkit.dedup.normalize.chinese import simplified
from crmkit.dedup.normalize.company_words import CHINESE_PLACES, PROVINCES
from crmkit.dedup.normalize.text import is_chinese, text_key, words_of

AddressKey = NewType("AddressKey", str)
"""A normalised address: Chinese without spaces, otherwise words in their long form."""

_LONG: Final = {
    "rd": "road", "st": "street", "ave": "avenue", "av": "avenue", "ln": "lane", "dr": "drive", "blvd": "boulevard",
    "bd": "boulevard", "sq": "square", "pl": "place", "ct": "court", "cres": "crescent", "hwy": "highway",
    "pkwy": "parkway", "apt": "apartment", "fl": "flat", "ste": "suite", "bldg": "building", "rm": "room",
    "tce": "terrace", "cct": "circuit", "cl": "close", "gr": "grove", "pde": "parade", "n": "north", "s": "south",
    "e": "east", "w": "west",
}  # fmt: skip
_STREET_END: Final = re.compile(r"(?<=\w)str$|(?<=\w)strasse$")
_DIGITS: Final = re.compile(r"\d+")
_DOTS: Final = re.compile(r"\.+")
_UNITS: Final = re.compile("号楼|栋|幢|座|单元|号|室|弄|楼|层|-|#|、|,|，")
_HEAD: Final = re.compile(
    f"^(?:中国|中华人民共和国)?(?:[^省市区]{{2,6}}?(?:省|自治区|特别行政区)|(?:{'|'.join(sorted(PROVINCES))})(?=[^省市区路街道]{{2,4}}市))?"
    f"(?:[^省市区]{{2,4}}?市|(?:{'|'.join(sorted(CHINESE_PLACES))})(?=[^省市路街道巷号]{{1,4}}[区县]))?(?=.)"
)
_NUMERALS: Final = re.compile("[〇零一二三四五六七八九十百]+(?=号|栋|幢|座|单元|室|弄|楼|层)")
_CHINESE_DIGITS: Final = {sign: value for value, sign in enumerate("〇一二三四五六七八九")} | {"零": 0}
_NUMBER_SIGN: Final = re.compile(r"\b(?:no|nr)[.°]?\s*(?=\d)")


def address_key(address: str) -> AddressKey:
    """Return *address*, normalised; the units of a Chinese one become dots, its province and city go.

    >>> address_key("12 Main St., Apt 4"), address_key("上海市浦东新区张江路88号3栋502室")
    ('12 main street apartment 4', '浦东新区张江路88.3.502')
    >>> address_key("No. 5, St. John St"), address_key("上海浦东新区张江路八十八号")
    ('5 saint john street', '浦东新区张江路88')
    """
    if not is_chinese(address):
        words = _words(address)
        return AddressKey(" ".join(_long(words, place) for place in range(len(words))))
    plain = simplified(text_key(address)).replace(" ", "")
    head = _HEAD.match(plain)
    bare = _NUMERALS.sub(_number_of, plain[head.end() :] if head else plain)
    return AddressKey(_DOTS.sub(".", _UNITS.sub(".", bare)).strip("."))


def numbers_of(text: str) -> tuple[str, ...]:
    """Return the numbers in a normalised address, in order: neighbours differ in nothing else.

    >>> numbers_of("12 main street apartment 4")
    ('12', '4')
    """
    return tuple(_DIGITS.findall(text))


def _words(address: str) -> list[str]:
    plain = _NUMBER_SIGN.sub("", text_key(address).replace("#", " apt ").replace("p.o.", "po "))
    return words_of(plain.replace(".", " "))


def _long(words: list[str], place: int) -> str:
    """Return a word in its long form; St. before a name is a saint."""
    word = words[place]
    before = words[place - 1] if place else ""
    if (
        word == "st"
        and place + 1 < len(words)
        and words[place + 1].isalpha()
        and (not before or before.isdecimal())
    ):
        return "saint"
    long = _LONG.get(word, word)
    return _STREET_END.sub("strasse", long) if long.endswith(("str", "strasse")) else long


def _number_of(numeral: re.Match[str]) -> str:
    """Return a number in Chinese numerals in digits: 八十八, 一百零二, or digit by digit."""
    signs = numeral[0]
    if not set("十百") & set(signs):
        return "".join(str(_CHINESE_DIGITS[sign]) for sign in signs)
    whole, ones = 0, None
    for sign in signs:
        if sign in "十百":
            whole += (1 if ones is None else ones) * (10 if sign == "十" else 100)
            ones = None
        else:
            ones = _CHINESE_DIGITS[sign]
    return str(whole + (ones or 0))
