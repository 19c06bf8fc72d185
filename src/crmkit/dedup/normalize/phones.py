"""Phone numbers: one written form each, and which of them the people of a place share."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NewType

from crmkit.dedup.forms import OWN, SHARED, Form
from crmkit.dedup.normalize.text import text_key

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

PhoneKey = NewType("PhoneKey", str)
"""A phone number in E.164, or ``?`` and its digits where no numbering plan that may be meant has it."""

_MOBILE_CN: Final = re.compile(r"^(?:(?:\+|00)?860?|0)?(1[3-9]\d{9})$")
_PLAIN_MOBILE_CN: Final = re.compile(r"(\+86)?(1[3-9][0-9]{9})")
_DIALLED: Final = re.compile(r"[\d+]+")
_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_KEPT: Final = 262_144
"""So many numbers are remembered: telling what one is takes long, and each is looked at several times."""
_EXTENSION: Final = re.compile(r"(?:ext(?:ension)?\.?|x|转|分机|#|[,;](?:ext=)?)\s*\d{1,6}$")
_AFTER_DASH: Final = re.compile(r"(?<=\d{7})-\d{1,5}$")
_BENT: Final = re.compile(r"\d(?:\.(\d+))?e\+?(\d{1,2})|\d+\.0")
_SEVERAL: Final = re.compile(r"\s*[/;|、,]\s*")
_LEAST_DIGITS: Final = 5
_NEVER: Final = "(?!)"


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
    found = _form_of(phone, region)
    return None if found is None else PhoneKey(found.text)


def _form_of(phone: str, region: str) -> Form | None:
    """Return the number that *phone* is, with its way: `SHARED` by the people of a place, or a person's `OWN`."""
    plain = _PLAIN_MOBILE_CN.fullmatch(phone)
    if plain is not None and (plain[1] or region == "CN"):
        return Form(f"+86{plain[2]}")
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
        return Form(f"+86{mobile[1]}")
    bare = digits.replace("+", "")
    if len(bare) < _LEAST_DIGITS:
        return None
    found = _planned(digits, region)
    if found is None and _AFTER_DASH.search(clean):
        found = _planned("".join(_DIALLED.findall(_AFTER_DASH.sub("", clean))), region)
    return found or Form(f"?{bare.lstrip('0') or '0'}")


def phone_forms(phone: str, *, region: str = "CN") -> tuple[Form, ...]:
    """Return every number in a field: one, or several with a stroke, a comma or a semicolon between them.

    A number that belongs to a place rather than to a person is one that people share.

    >>> [form.text for form in phone_forms("13812345678 / 010-65529988")], phone_forms("none")
    (['+8613812345678', '+861065529988'], ())
    >>> phone_forms("+861065529988")[0].way == SHARED, phone_forms("13812345678")[0].way == OWN
    (True, True)
    """
    one = _form_of(phone, region)
    parts = _SEVERAL.split(text_key(phone)) if one is None or is_unplanned(one.text) else []
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
    import phonenumbers as known

    if digits.startswith("00"):
        digits = f"+{digits[2:]}"
    told = digits.startswith("+")
    if "+" in digits.strip("+"):
        return None
    number = _in_e164(digits) if told else _at_home(digits, region)
    if number is None or not _is_possible(number):
        try:
            number = known.parse(digits, None if told or region not in _regions() else region)
        except known.NumberParseException:
            return None
        if not _is_possible(number):
            return None
    sort = known.number_type(number)
    if not told and sort == known.PhoneNumberType.UNKNOWN:
        return None
    text = known.format_number(number, known.PhoneNumberFormat.E164)
    if _in_e164(text) is None:
        sort = known.number_type(known.parse(text))
    return Form(text, SHARED if sort == known.PhoneNumberType.FIXED_LINE else OWN)


def _is_possible(number: PhoneNumber) -> bool:
    from phonenumbers import ValidationResult, is_possible_number_with_reason

    return is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE


def _in_e164(digits: str) -> PhoneNumber | None:
    """Return what `phonenumbers.parse` would read from E.164, or None if that is not plain to see."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, region_code_for_country_code

    if not _E164.fullmatch(digits):
        return None
    for end in (2, 3, 4):
        code = int(digits[1:end])
        if code in COUNTRY_CODE_TO_REGION_CODE:
            return _plan(code, region_code_for_country_code(code)).number(digits[end:])
    return None


def _at_home(digits: str, region: str) -> PhoneNumber | None:
    """Return what `phonenumbers.parse` would read from what is dialled in *region*, or None if not plain to see.

    What it returns is meant only if it is possible.
    """
    from phonenumbers import country_code_for_region

    if region not in _regions() or not digits.isdecimal():
        return None
    plan = _plan(country_code_for_region(region), region)
    if plan.elsewhere.match(digits):
        return None
    drops_zero = plan.before == "0" and digits[0] == "0" and not plan.national.fullmatch(digits)
    return plan.number(digits[1:] if drops_zero else digits)


class _Plan(NamedTuple):
    """How numbers are dialled in a country: its code, what comes before numbers elsewhere and in it, and these."""

    code: int
    elsewhere: re.Pattern[str]
    before: str
    national: re.Pattern[str]

    def number(self, national: str) -> PhoneNumber | None:
        """Return a national number, or None if it may begin with what is only dialled before it."""
        from phonenumbers import PhoneNumber

        if national[0] == "0" or re.match(self.before, national):
            return None
        return PhoneNumber(country_code=self.code, national_number=int(national))


@cache
def _plan(code: int, region: str) -> _Plan:
    from phonenumbers import PhoneMetadata

    told: Any = PhoneMetadata.metadata_for_region_or_calling_code(
        code, region
    )  # there is one for each region
    return _Plan(
        code,
        re.compile(f"{code}|{told.international_prefix or _NEVER}"),
        told.national_prefix_for_parsing or _NEVER,
        re.compile(told.general_desc.national_number_pattern or _NEVER),
    )


@cache
def _regions() -> frozenset[str]:
    from phonenumbers import SUPPORTED_REGIONS

    return frozenset(SUPPORTED_REGIONS)
