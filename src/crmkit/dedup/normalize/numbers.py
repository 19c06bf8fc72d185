"""Numbers: one written form, and how near two of them are."""

from __future__ import annotations

import math
from decimal import Decimal, InvalidOperation
from typing import NewType

from crmkit.dedup.normalize.text import text_key

NumberKey = NewType("NumberKey", str)
"""A number in its shortest decimal form."""


def number_key(number: str) -> NumberKey | None:
    """Return *number* in its shortest decimal form, or None if it is none.

    >>> number_key("1,200.50"), number_key("-0"), number_key("about ten")
    ('1200.5', '0', None)
    """
    try:
        value = Decimal(text_key(number).replace(",", "").replace(" ", ""))
    except InvalidOperation:
        return None
    if not value.is_finite() or not math.isfinite(float(value)):
        return None
    plain = format(value.normalize(), "f") if abs(value.adjusted()) < 40 else str(value.normalize())
    return NumberKey("0" if value == 0 else plain)
