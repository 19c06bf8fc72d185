"""Phone numbers: one written form each, and which of them the people of a place share."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import Final, NewType

from crmkit.dedup.forms import OWN, SHARED, Form
from crmkit.dedup.normalize.numbering import FIXED, dialled_anywhere, dialled_in, sort_of
from crmkit.dedup.normalize.sentinels import NO_RUN
from crmkit.dedup.normalize.text import text_key

PhoneKey = NewType("PhoneKey", str)
"""A phone number in E.164, or ``?`` and its digits where no numbering plan that may be meant has it."""

_MOBILE_CN: Final = re.compile(r"^(?:(?:\+|00)?860?|0)?(1[3-9]\d{9})$")
_PLAIN: Final = re.compile(r"[+(]?[0-9][0-9 ()-]{0,40}")
_BETWEEN: Final = str.maketrans("", "", " ()-")
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
    found = _form_of(text_key(phone), region)
    return None if found is None else PhoneKey(found.text)


def _form_of(clean: str, region: str) -> Form | None:
    """Return the number that a text is, with its way: `SHARED` by the people of a place, or a person's `OWN`."""
    bent = _BENT.fullmatch(clean)
    if bent is not None:
        if len(bent[1] or "") < int(bent[2] or 0):
            return None
        clean = str(int(Decimal(clean)))
    clean = _EXTENSION.sub("", clean)
    digits = "".join(_DIALLED.findall(clean))
    bare = digits.replace("+", "")
    if len(bare) < _LEAST_DIGITS:
        return None
    found = _dialled(digits, region)
    if found is None and _AFTER_DASH.search(clean):
        found = _planned("".join(_DIALLED.findall(_AFTER_DASH.sub("", clean))), region)
    return found or Form(f"?{bare.lstrip('0') or '0'}")


def _dialled(digits: str, region: str) -> Form | None:
    """Return the number that is dialled so, or None if no numbering plan that may be meant has it."""
    mobile = _MOBILE_CN.match(digits)
    if mobile is not None and (region == "CN" or digits[0] in "+8" or digits.startswith("00")):
        return Form(f"+86{mobile[1]}")
    return _planned(digits, region)


def plain_phone(phone: str, region: str) -> tuple[Form, ...]:
    """Return `phone_forms` of a number that needs no closer look, and none where it may.

    It is written in digits, with nothing but spaces, hyphens and brackets between them, and is nobody's joke.

    >>> [form.text for form in plain_phone("(010) 6552-9988", "CN")], plain_phone("010-65529988 ext. 3", "CN")
    (['+861065529988'], ())
    """
    if _PLAIN.fullmatch(phone) is None:
        return ()
    digits = phone.translate(_BETWEEN)
    if len(digits) <= _LEAST_DIGITS or digits[-3:] not in NO_RUN:
        return ()
    found = _dialled(digits, region)
    return () if found is None else (found,)


def phone_forms(phone: str, *, region: str = "CN") -> tuple[Form, ...]:
    """Return every number in a field: one, or several with a stroke, a comma or a semicolon between them.

    A number that belongs to a place rather than to a person is one that people share.

    >>> [form.text for form in phone_forms("13812345678 / 010-65529988")], phone_forms("none")
    (['+8613812345678', '+861065529988'], ())
    >>> phone_forms("+861065529988")[0].way == SHARED, phone_forms("13812345678")[0].way == OWN
    (True, True)
    """
    clean = text_key(phone)
    one = _form_of(clean, region)
    parts = _SEVERAL.split(clean) if one is None or is_unplanned(one.text) else []
    if len(parts) > 1:
        forms = [_form_of(part, region) for part in parts]
        if not any(form is None or is_unplanned(form.text) for form in forms):
            return tuple(dict.fromkeys(form for form in forms if form is not None))
    return () if one is None else (one,)


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
def _planned(digits: str, region: str) -> Form | None:
    """Return a number in E.164, or None if the country it says, or else *region*, has none like it."""
    if digits.startswith("00"):
        digits = f"+{digits[2:]}"
    told = digits.startswith("+")
    if "+" in digits.strip("+"):
        return None
    plain = dialled_anywhere(digits) if told else dialled_in(region, digits)
    if plain is None:
        return _parsed(digits, region, told=told)
    code, national = plain
    sort = sort_of(code, national)
    if not (told or sort):
        return None
    text = f"+{code}{national}"
    if not told and dialled_anywhere(text) != plain:
        return _parsed(digits, region, told=False)
    return Form(text, SHARED if sort == FIXED else OWN)


def _parsed(digits: str, region: str, *, told: bool) -> Form | None:
    """Return what `phonenumbers` makes of a number that is not plain to see."""
    import phonenumbers as known

    try:
        number = known.parse(digits, None if told or region not in known.SUPPORTED_REGIONS else region)
    except known.NumberParseException:
        return None
    if known.is_possible_number_with_reason(number) != known.ValidationResult.IS_POSSIBLE:
        return None
    if not (told or known.is_valid_number(number)):
        return None
    text = known.format_number(number, known.PhoneNumberFormat.E164)
    sort = known.number_type(known.parse(text))
    return Form(text, SHARED if sort == known.PhoneNumberType.FIXED_LINE else OWN)
