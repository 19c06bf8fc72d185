"""Masking: as much of a value as a reader needs to follow the argument, and no more."""

from __future__ import annotations

import re
from typing import Final

_EMAIL: Final = re.compile(r"([\w.+-])[\w.+-]*@([\w-]+\.[\w.-]+)")
_LONG_NUMBER: Final = re.compile(r"\d{5,}(\d{4})")
_DIGIT: Final = re.compile(r"\d")
_SHOWN_OF_PHONE: Final = 4
_LEAST_OF_PHONE: Final = 7
_SHOWN_OF_ID: Final = 4
DOTS: Final = "•••"
_MASKED_PHONE: Final = re.compile(rf"{DOTS}\d{{0,4}}")


def masked(field: str, text: str) -> str:
    """Return *text*, the value of *field*, with what is personal in it masked.

    Phones of seven digits or more keep the last four, e-mail addresses the first
    letter and the domain; masking these again changes nothing.  Birthdays keep the
    year, addresses everything but numbers, device and WeChat ids their first
    characters.  E-mail addresses and long numbers are masked in any other field
    too; names stay, or nobody could follow.

    >>> masked("phone", "+86 138 1234 5678"), masked("email", "ann.lee@post.example")
    ('•••5678', 'a•••@post.example')
    >>> masked("needs", "call 13812345678")
    'call •••5678'
    """
    if field == "email":
        local, at, domain = text.rpartition("@")
        return f"{local[:1].strip(DOTS)}{DOTS}@{domain}" if at else DOTS
    if field == "phone":
        if _MASKED_PHONE.fullmatch(text):
            return text
        digits = "".join(_DIGIT.findall(text))
        return DOTS + (digits[-_SHOWN_OF_PHONE:] if len(digits) >= _LEAST_OF_PHONE else "")
    if field == "born_on":
        return f"{text[:4]}-{DOTS}"
    if field in ("wechat", "device"):
        return text[:_SHOWN_OF_ID] + DOTS
    if field == "address":
        return _DIGIT.sub("•", masked("", text))
    return _LONG_NUMBER.sub(rf"{DOTS}\1", _EMAIL.sub(rf"\1{DOTS}@\2", text))
