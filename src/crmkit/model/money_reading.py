"""Money that is read: an amount as people write it, in major units."""

from __future__ import annotations

import re
from decimal import Context, Decimal, DecimalException, Inexact, InvalidOperation, Overflow
from typing import Final

from crmkit.errors import InvalidValue
from crmkit.model.money import MOST_MINOR, currency_code, minor_digits

_MOST_PLACES: Final = 18
_TOO_LARGE: Final = "an amount may have at most 9,223,372,036,854,775,807 minor units"
_THOUSANDS: Final = re.compile(r"[+-]?\d{1,3}(,\d{2,3})*,\d{3}(\.\d*)?")
_EXACT: Final = Context(prec=40, traps=[InvalidOperation, Overflow, Inexact])


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


def _without_commas(text: str) -> str:
    if _THOUSANDS.fullmatch(text) is None:
        raise InvalidValue("commas separate thousands: write 1,234.50 or 1234.50")
    return text.replace(",", "")
