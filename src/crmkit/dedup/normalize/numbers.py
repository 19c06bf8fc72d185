"""Numbers: one written form, and how near two of them are."""

from __future__ import annotations

import math
import re
from decimal import Decimal, InvalidOperation
from typing import Final, NewType

from crmkit.dedup.normalize.text import text_key

NumberKey = NewType("NumberKey", str)
"""A number in its shortest decimal form."""

_DECIMAL_COMMA: Final = re.compile(r"[+-]?(?:\d{1,3}(?:\.\d{3})+|\d+),(?:\d{1,2}|\d{4,})")


def number_key(number: str) -> NumberKey | None:
    """Return *number* in its shortest decimal form, or None if it is none.

    A comma separates thousands, unless what follows shows that it separates decimals.

    >>> number_key("1,200.50"), number_key("1.200,5"), number_key("-0"), number_key("about ten")
    ('1200.5', '1200.5', '0', None)
    """
    clean = text_key(number).replace(" ", "")
    if _DECIMAL_COMMA.fullmatch(clean):
        clean = clean.replace(".", "").replace(",", ".")
    try:
        value = Decimal(clean.replace(",", ""))
    except InvalidOperation:
        return None
    if not value.is_finite() or not math.isfinite(float(value)):
        return None
    plain = format(value.normalize(), "f") if abs(value.adjusted()) < 40 else str(value.normalize())
    return NumberKey("0" if value == 0 else plain)
