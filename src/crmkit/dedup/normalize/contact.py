"""E-mail addresses and phone numbers: one written form each, and which of them several people share."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Final, NewType

from crmkit.dedup.forms import OTHER, OWN, SHARED, Form
from crmkit.dedup.normalize.text import text_key
from crmkit.dedup.normalize.vocabulary import ROLE_MAILBOXES

EmailKey = NewType("EmailKey", str)
"""A normalised e-mail address."""
PhoneKey = NewType("PhoneKey", str)
"""A phone number in E.164, or ``?`` and its digits where it can be none."""

_MOBILE_CN: Final = re.compile(r"^(?:(?:\+|00)?86)?(1[3-9]\d{9})$")
_DIALLED: Final = re.compile(r"[\d+]+")
_KEPT: Final = 262_144
"""So many numbers are remembered: telling what one is takes long, and each is looked at several times."""
_EXTENSION: Final = re.compile(r"(?:ext\.?|x|转|分机|#)\s*\d+$")


def email_key(email: str) -> EmailKey | None:
    """Return *email*, normalised, or None if it is no address.  Dots in the local part count.

    >>> email_key(" mailto:Ana@X.pt "), email_key("ana at x.pt")
    ('ana@x.pt', None)
    """
    clean = text_key(email).removeprefix("mailto:").strip("<>;, .").replace(" ", "")
    local, at, host = clean.rpartition("@")
    return EmailKey(clean) if at and local and "." in host.strip(".") else None


def is_role_mailbox(email: str) -> bool:
    """Return whether *email* is a mailbox that several people read: info@, sales@.

    >>> is_role_mailbox("info@acme.com"), is_role_mailbox("ana@acme.com")
    (True, False)
    """
    return email.partition("@")[0].partition("+")[0] in ROLE_MAILBOXES


def email_forms(email: EmailKey) -> tuple[Form, ...]:
    """Return the ways by which an address is known: itself, and its local part if that tells people apart."""
    if is_role_mailbox(email):
        return (Form(email, SHARED),)
    local = email.rpartition("@")[0]
    return (Form(email, OWN), Form(f"{local}@", OTHER)) if len(local) >= 5 else (Form(email, OWN),)


def phone_key(phone: str, *, region: str = "CN") -> PhoneKey | None:
    """Return *phone* in E.164, read as someone in *region* would dial it, or None if it is no number.

    Digits that no numbering plan knows, five or more of them, are kept behind
    a ``?``: they still tell that two records say the same.

    >>> phone_key("138 1234 5678"), phone_key("(020) 7946-0018", region="GB"), phone_key("9123456789012345678")
    ('+8613812345678', '+442079460018', '?9123456789012345678')
    """
    clean = _EXTENSION.sub("", text_key(phone))
    digits = "".join(_DIALLED.findall(clean))
    mobile = _MOBILE_CN.match(digits)
    if mobile is not None and (region == "CN" or not digits.startswith("1")):
        return PhoneKey(f"+86{mobile[1]}")
    plain = digits.replace("+", "")
    if len(plain) < 5:
        return None
    return _parsed(digits, region) or PhoneKey(f"?{plain}")


@lru_cache(maxsize=_KEPT)
def is_landline(phone: str) -> bool:
    """Return whether a number in E.164 belongs to a place rather than to a person.

    >>> is_landline("+861065529988"), is_landline("+8613812345678")
    (True, False)
    """
    if not phone.startswith("+") or (
        phone.startswith("+861") and phone[4:5] in "3456789" and len(phone) == 14
    ):
        return False
    from phonenumbers import PhoneNumberType, number_type, parse

    return number_type(parse(phone)) == PhoneNumberType.FIXED_LINE


def phone_forms(phone: PhoneKey) -> tuple[Form, ...]:
    """Return the number, as one that people of a place share if it is a landline."""
    return (Form(phone, SHARED if is_landline(phone) else OWN),)


@lru_cache(maxsize=_KEPT)
def _parsed(digits: str, region: str) -> PhoneKey | None:
    from phonenumbers import NumberParseException, PhoneNumberFormat, format_number, is_possible_number, parse

    if digits.startswith("00"):
        digits = f"+{digits[2:]}"
    try:
        number = parse(digits, region if region in _regions() else None)
    except NumberParseException:
        return None
    return PhoneKey(format_number(number, PhoneNumberFormat.E164)) if is_possible_number(number) else None


@cache
def _regions() -> frozenset[str]:
    from phonenumbers import SUPPORTED_REGIONS

    return frozenset(SUPPORTED_REGIONS)
