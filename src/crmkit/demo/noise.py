"""Noise: the slips of fingers, scanners, input methods and clerks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from random import Random
from typing import Final

from crmkit.demo.names import homophones, pick

_KEYBOARD: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890")
_LOOKS_LIKE: Final = {
    "0": "O", "o": "0", "1": "l", "l": "1", "i": "l", "5": "S", "s": "5", "8": "B", "b": "6", "m": "rn",
    "w": "vv", "d": "cl", "e": "c", "u": "v", "n": "h", "a": "o", "g": "q", "2": "Z",
}  # fmt: skip
_FULL_WIDTH: Final = {code: code + 0xFEE0 for code in range(0x21, 0x7F)} | {0x20: 0x3000}

SENTINELS: Final = {
    "email": ("test@test.com", "none@none.com", "n/a", "无"),
    "phone": ("000000", "00000000000", "12345678", "无"),
    "born_on": (dt.date(1900, 1, 1), dt.date(1970, 1, 1)),
    "address": ("无", "n/a", "-", "same as above"),
    "company": ("无", "n/a", "none", "个人"),
    "name": ("test", "无", "n/a"),
}
"""What people type into a field that they cannot or will not fill."""


def transposed(text: str, rng: Random) -> str:
    """Return *text* with two neighbouring letters swapped; the first letter stays."""
    if len(text) < 3:
        return text
    place = 1 + int(rng.random() * (len(text) - 2))
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]


def mistyped(text: str, rng: Random) -> str:
    """Return *text* with one letter replaced by its neighbour on the keyboard."""
    return _at_one_place(text, rng, _neighbour)


def misread(text: str, rng: Random) -> str:
    """Return *text* with one character that a scanner took for another."""
    return _at_one_place(text, rng, lambda sign, _: _LOOKS_LIKE.get(sign.lower(), sign))


def dropped(text: str, rng: Random) -> str:
    """Return *text* without one of its letters; the first stays."""
    if len(text) < 3:
        return text
    place = 1 + int(rng.random() * (len(text) - 1))
    return text[:place] + text[place + 1 :]


def doubled(text: str, rng: Random) -> str:
    """Return *text* with one letter twice."""
    return _at_one_place(text, rng, lambda sign, _: sign * 2)


def slipped(text: str, rng: Random) -> str:
    """Return Latin *text* with one slip of any kind."""
    return pick((transposed, mistyped, misread, dropped, doubled), rng)(text, rng)


def misconverted(text: str, rng: Random) -> str:
    """Return Chinese *text* with one character replaced by another of the same reading, if there is one."""
    places = [place for place, sign in enumerate(text) if homophones(sign)]
    if not places:
        return text
    place = pick(places, rng)
    return text[:place] + pick(homophones(text[place]), rng) + text[place + 1 :]


def full_width(text: str) -> str:
    """Return *text* with ASCII in its full-width form.

    >>> full_width("138")
    '１３８'
    """
    return text.translate(_FULL_WIDTH)


def misdated(day: dt.date, rng: Random) -> dt.date:
    """Return *day* with day and month swapped where that is a date, else one day, month or decade off."""
    if day.day <= 12 and day.day != day.month:
        return day.replace(month=day.day, day=day.month)
    return pick((day + dt.timedelta(days=1), day - dt.timedelta(days=10), day + dt.timedelta(days=31)), rng)


def _neighbour(sign: str, rng: Random) -> str:
    for row in _KEYBOARD:
        place = row.find(sign.lower())
        if place >= 0:
            return row[place - 1] if place and rng.random() < 0.5 else row[(place + 1) % len(row)]
    return sign


def _at_one_place(text: str, rng: Random, change: Callable[[str, Random], str]) -> str:
    if not text:
        return text
    place = int(rng.random() * len(text))
    return text[:place] + change(text[place], rng) + text[place + 1 :]
