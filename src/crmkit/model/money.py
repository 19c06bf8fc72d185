"""Money: whole minor units and a currency, never a float."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import final

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


def currency_code(code: str) -> str:
    """Return *code* in upper case.

    Raises:
        InvalidValue: If it is not three Latin letters, as ISO 4217 has them.
    """
    upper = code.strip().upper()
    if len(upper) != 3 or not (upper.isascii() and upper.isalpha()):
        raise InvalidValue(f"a currency is three letters such as CNY, got {code!r}")
    return upper


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

    A float is read by its shortest decimal form, so 19.99 is 1999.

    >>> parse_minor("19.99", "CNY"), parse_minor("1,250", "JPY")
    (1999, 1250)

    Raises:
        InvalidValue: If it is no number, or finer than the currency's minor unit.
    """
    text = str(amount).strip().replace(",", "").replace("_", "")
    try:
        minor = Decimal(text).scaleb(minor_digits(currency))
    except InvalidOperation:
        raise InvalidValue("an amount must be a number such as 19.99") from None
    if not minor.is_finite():
        raise InvalidValue("an amount must be a finite number; leave it out if it is unknown")
    if minor != minor.to_integral_value():
        raise InvalidValue(
            f"an amount in {currency_code(currency)} has at most {minor_digits(currency)} decimals"
        )
    return int(minor)


def format_minor(amount_minor: int, currency: str) -> str:
    """Return *amount_minor* in major units with thousands separated: ``'1,234.50'``."""
    digits = minor_digits(currency)
    return f"{Decimal(amount_minor).scaleb(-digits):,.{digits}f}"
