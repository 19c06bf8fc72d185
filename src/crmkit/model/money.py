"""Money: whole minor units and a currency, never a float."""

from __future__ import annotations

import math
import re
from decimal import Context, Decimal, DecimalException, Inexact, InvalidOperation, Overflow
from functools import lru_cache
from typing import Final, final

import attrs

from crmkit.errors import InvalidValue

# Source: ISO 4217, list one: the currencies whose minor unit is not a hundredth.
_NO_DIGITS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE_DIGITS = "BHD IQD JOD KWD LYD OMR TND"
_DIGITS = {
    **dict.fromkeys(_NO_DIGITS.split(), 0),
    **dict.fromkeys(_THREE_DIGITS.split(), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}

MOST_MINOR: Final = 2**63 - 1
"""The most minor units an amount may have: what a column of 64-bit integers holds."""

_MOST_PLACES = 18
_TOO_LARGE = "an amount may have at most 9,223,372,036,854,775,807 minor units"
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{2,3})*,\d{3}(\.\d*)?")
_EXACT = Context(prec=40, traps=[InvalidOperation, Overflow, Inexact])


def currency_code(code: str) -> str:
    """Return *code* in upper case.

    Raises:
        InvalidValue: If it is not three Latin letters, as ISO 4217 has them.
    """
    upper = code.strip().upper()
    if len(upper) != 3 or not (upper.isascii() and upper.isalpha()):
        raise InvalidValue(f"a currency is three letters such as CNY, got {code!r}")
    return upper


@lru_cache(maxsize=256)
def minor_digits(currency: str) -> int:
    """Return how many decimal digits *currency* has: 2 for EUR and CNY, 0 for JPY, 3 for KWD."""
    return _DIGITS.get(currency_code(currency), 2)


@final
@attrs.frozen(kw_only=True)
class Money:
    """An amount of one currency.

    Attributes:
        amount_minor: Whole minor units (cents, fen), signed.
        currency: ISO 4217 code.
    """

    amount_minor: int = attrs.field()
    currency: str = attrs.field(converter=currency_code)

    @amount_minor.validator
    def _whole(self, _: object, amount_minor: int) -> None:
        if isinstance(amount_minor, bool) or not isinstance(amount_minor, int):
            raise InvalidValue(f"amount_minor must be whole minor units, got {amount_minor!r}")

    def __str__(self) -> str:
        return f"{format_minor(self.amount_minor, self.currency)} {self.currency}"


def parse_minor(amount: str | int | float | Decimal, currency: str) -> int:
    """Return *amount*, written in major units, as whole minor units of *currency*, exactly.

    A float is read by its shortest decimal form, so 19.99 is 1999.  Commas
    only separate thousands: "19,99" is refused, not read as 1,999.

    >>> parse_minor("19.99", "CNY"), parse_minor("1,250", "JPY")
    (1999, 1250)

    Raises:
        InvalidValue: If it is no number, finer than the currency's minor unit,
            or more than `MOST_MINOR`.
    """
    digits = minor_digits(currency)
    text = str(amount).strip()
    if "," in text:
        text = _without_commas(text)
    try:
        minor = Decimal(text)
        if not minor.is_finite():
            raise InvalidValue("an amount must be a finite number; leave it out if it is unknown")
        if minor and minor.adjusted() > _MOST_PLACES:
            raise InvalidValue(_TOO_LARGE)
        minor = minor.scaleb(digits, _EXACT)
    except Inexact:
        raise InvalidValue(f"an amount in {currency_code(currency)} has at most {digits} decimals") from None
    except DecimalException:
        raise InvalidValue("an amount must be a number such as 19.99") from None
    if minor != minor.to_integral_value():
        raise InvalidValue(f"an amount in {currency_code(currency)} has at most {digits} decimals")
    if abs(minor) > MOST_MINOR:
        raise InvalidValue(_TOO_LARGE)
    return int(minor)


def format_minor(amount_minor: int, currency: str) -> str:
    """Return *amount_minor* in major units with thousands separated: ``'1,234.50'``."""
    digits = minor_digits(currency)
    major, minor = divmod(abs(amount_minor), 10**digits)
    fraction = f".{minor:0{digits}}" if digits else ""
    return f"{'-' if amount_minor < 0 else ''}{major:,}{fraction}"


def _without_commas(text: str) -> str:
    if _THOUSANDS.fullmatch(text) is None:
        raise InvalidValue("commas separate thousands: write 1,234.50 or 1234.50")
    return text.replace(",", "")


def whole_minor(value: object) -> int | None:
    """Return *value* if it is whole minor units that a column holds, or None: unknown or no such number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return int(value) if value == int(value) and abs(value) <= MOST_MINOR else None
