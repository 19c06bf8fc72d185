"""Phone numbers: one written form each, and which of them the people of a place share."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any, Final, NewType

from crmkit.dedup.forms import OWN, SHARED, Form
from crmkit.dedup.normalize.text import text_key

PhoneKey = NewType("PhoneKey", str)
"""A phone number in E.164, or ``?`` and its digits where no numbering plan that may be meant has it."""

_MOBILE_CN: Final = re.compile(r"^(?:(?:\+|00)?860?|0)?(1[3-9]\d{9})$")
_PLAIN_MOBILE_CN: Final = re.compile("1[3-9][0-9]{9}")
_DIALLED: Final = re.compile(r"[\d+]+")
_KEPT: Final = 262_144
"""So many numbers are remembered: telling what one is takes long, and each is looked at several times."""
_EXTENSION: Final = re.compile(r"(?:ext(?:ension)?\.?|x|转|分机|#|[,;](?:ext=)?)\s*\d{1,6}$")
_AFTER_DASH: Final = re.compile(r"(?<=\d{7})-\d{1,5}$")
_BENT: Final = re.compile(r"\d(?:\.(\d+))?e\+?(\d{1,2})|\d+\.0")
_SEVERAL: Final = re.compile(r"\s*[/;|、,]\s*")
_LEAST_DIGITS: Final = 5


def phone_key(phone: str, *, region: str = "CN") -> PhoneKey | None:
    """Return *phone* in E.164, read as someone in *region* would dial it, or None if it is no number.

    Five digits or more that make no number there are kept behind a ``?``: they
    still tell that two records say the same.  Extensions are left out, and
    numbers that a spreadsheet bent without losing digits are made straight.

    >>> phone_key("138 1234 5678"), phone_key("(020) 7946-0018", region="GB"), phone_key("9123456789012345678")
    ('+8613812345678', '+442079460018', '?9123456789012345678')
    >>> phone_key("1.3812345678E+10"), phone_key("1.38E+10"), phone_key("+86 (0)10 6552 9988 ext. 3")
    ('+8613812345678', None, '+861065529988')
    """
    if region == "CN" and _PLAIN_MOBILE_CN.fullmatch(phone):
        return PhoneKey(f"+86{phone}")
    clean: str = text_key(phone)
    bent = _BENT.fullmatch(clean)
    if bent is not None:
        if len(bent[1] or "") < int(bent[2] or 0):
            return None
        clean = str(int(Decimal(clean)))
    clean = _EXTENSION.sub("", clean)
    digits = "".join(_DIALLED.findall(clean))
    mobile = _MOBILE_CN.match(digits)
    if mobile is not None and (region == "CN" or digits[0] in "+8" or digits.startswith("00")):
        return PhoneKey(f"+86{mobile[1]}")
    plain = digits.replace("+", "")
    if len(plain) < _LEAST_DIGITS:
        return None
    found = _parsed(digits, region)
    if found is None and _AFTER_DASH.search(clean):
        found = _parsed("".join(_DIALLED.findall(_AFTER_DASH.sub("", clean))), region)
    return found or PhoneKey(f"?{plain.lstrip('0') or '0'}")


def phone_keys(phone: str, *, region: str = "CN") -> list[PhoneKey]:
    """Return every number in a field: one, or several with a slash, a comma or a semicolon between them.

    >>> phone_keys("13812345678/13912345678"), phone_keys("none")
    (['+8613812345678', '+8613912345678'], [])
    """
    one = phone_key(phone, region=region)
    parts = _SEVERAL.split(text_key(phone)) if one is None or is_unplanned(one) else []
    if len(parts) > 1:
        keys = [phone_key(part, region=region) for part in parts]
        if not any(key is None or is_unplanned(key) for key in keys):
            return list(dict.fromkeys(key for key in keys if key is not None))
    return [] if one is None else [one]


def is_bent(phone: str) -> bool:
    """Return whether a spreadsheet wrote a number in powers of ten.

    >>> is_bent("1.38E+10"), is_bent("138 1234 5678")
    (True, False)
    """
    return "e" in phone.casefold() and _BENT.fullmatch(text_key(phone)) is not None


def is_unplanned(phone: str) -> bool:
    """Return whether a normalised number is none of any numbering plan that may be meant."""
    return phone.startswith("?")


@lru_cache(maxsize=_KEPT)
def is_landline(phone: str) -> bool:
    """Return whether a number in E.164 belongs to a place rather than to a person.

    >>> is_landline("+861065529988"), is_landline("+8613812345678")
    (True, False)
    """
    if is_unplanned(phone) or (phone.startswith("+861") and phone[4:5] in "3456789" and len(phone) == 14):
        return False
    from phonenumbers import PhoneNumberType, number_type

    return number_type(_dialled(phone, None)) == PhoneNumberType.FIXED_LINE


def phone_forms(phone: PhoneKey) -> tuple[Form, ...]:
    """Return the number, as one that people of a place share if it is a landline."""
    return (Form(phone, SHARED if is_landline(phone) else OWN),)


@lru_cache(maxsize=_KEPT)
def _parsed(digits: str, region: str) -> PhoneKey | None:
    """Return a number in E.164, or None if the country it says, or else *region*, has none like it."""
    from phonenumbers import (
        NumberParseException,
        PhoneNumberFormat,
        ValidationResult,
        format_number,
        is_possible_number_with_reason,
        is_valid_number,
    )

    if digits.startswith("00"):
        digits = f"+{digits[2:]}"
    told = digits.startswith("+")
    try:
        number = _dialled(digits, None if told or region not in _regions() else region)
    except NumberParseException:
        return None
    if is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        return None
    if not told and not is_valid_number(number):
        return None
    return PhoneKey(format_number(number, PhoneNumberFormat.E164))


@lru_cache(maxsize=1_024)
def _dialled(digits: str, region: str | None) -> Any:
    """Return what `phonenumbers` reads; the same number is asked for again at once."""
    from phonenumbers import parse

    return parse(digits, region)


@cache
def _regions() -> frozenset[str]:
    from phonenumbers import SUPPORTED_REGIONS

    return frozenset(SUPPORTED_REGIONS)
