"""Money: whole minor units and a currency, never a float."""

from __future__ import annotations

import math
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


def format_minor(amount_minor: int, currency: str) -> str:
    """Return *amount_minor* in major units with thousands separated: ``'1,234.50'``."""
    digits = minor_digits(currency)
    major, minor = divmod(abs(amount_minor), 10**digits)
    fraction = f".{minor:0{digits}}" if digits else ""
    return f"{'-' if amount_minor < 0 else ''}{major:,}{fraction}"


def whole_minor(value: object) -> int | None:
    """Return *value* if it is whole minor units that a column holds, or None: unknown or no such number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return int(value) if value == int(value) and abs(value) <= MOST_MINOR else None
