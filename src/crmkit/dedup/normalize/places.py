"""Addresses: one written form of a street, whichever way its words are shortened."""

from __future__ import annotations

import re
from typing import Final, NewType

from crmkit.dedup.normalize.chinese import simplified
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
_UNITS: Final = re.compile("号楼|栋|幢|座|单元|号|室|弄|楼|层|-|#|、|,|，")
_HEAD: Final = re.compile("^(中国|中华人民共和国)?([^省市区]{2,3}省)?([^省市区]{2,3}市)?(?=.)")


def address_key(address: str) -> AddressKey:
    """Return *address*, normalised; the units of a Chinese one become dots, its province and city go.

    >>> address_key("12 Main St., Apt 4"), address_key("上海市浦东新区张江路88号3栋502室")
    ('12 main street apartment 4', '浦东新区张江路88.3.502')
    """
    if not is_chinese(address):
        return AddressKey(
            " ".join(_STREET_END.sub("strasse", _LONG.get(word, word)) for word in _words(address))
        )
    plain = simplified(text_key(address)).replace(" ", "")
    bare = _HEAD.sub("", plain) or plain
    return AddressKey(re.sub(r"\.+", ".", _UNITS.sub(".", bare)).strip("."))


def numbers_of(text: str) -> tuple[str, ...]:
    """Return the numbers in a normalised address, in order: neighbours differ in nothing else.

    >>> numbers_of("12 main street apartment 4")
    ('12', '4')
    """
    return tuple(_DIGITS.findall(text))


def _words(address: str) -> list[str]:
    return words_of(address.replace("#", " apt ").replace(".", " "))
