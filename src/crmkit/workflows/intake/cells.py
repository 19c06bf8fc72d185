"""Cells: from what a file holds to text, numbers and values of the model."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Sequence
from decimal import Context, Decimal
from types import NoneType
from typing import Final, TypeVar, final

import attrs

from crmkit.errors import InvalidValue
from crmkit.model.values import FieldValue, Scalar

T = TypeVar("T")

UNKNOWN: Final = frozenset(
    ("", "NULL", "null", "None", "NaN", "nan", "NaT", "<NA>", "\\N", "N/A", "n/a", "#N/A")
)
"""What programs write for nothing."""

SPACE: Final = (
    "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008"
    "\u2009\u200a\u200b\u2028\u2029\u202f\u205f\u3000\ufeff"
)
"""What is stripped from around a cell: all white space, and the marks that look like none."""

# Source: OWASP, CSV Injection; with whatever a program may trim before, and the small forms.
FORMULA: Final = re.compile(f"[{re.escape(SPACE)}\\x00-\\x1f\\x7f']*[=+\\-@\\t\\r\\n＝＋－＠﹦﹢﹣﹫]")
"""The beginning of a text that a spreadsheet takes for a formula; quotes before it are looked through."""

_SEPARATOR = re.compile(r"[;；,，、|\n]")
_FLOAT_ID = re.compile(r"(\d+)\.0")
_SCIENTIFIC = re.compile(r"\d(\.\d+)?[eE]\+\d{1,3}")
_DIGITS_LOST: Final = (
    "was written as 1.38E+10 by a spreadsheet, so its digits are lost; give the column the format text there"
)
_SYMBOLS = "¥￥$€£₩₹元 \u00a0"
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,2})?", re.IGNORECASE)
_THOUSANDS: Final = {
    ",": re.compile(r"[+-]?\d{1,3}(,\d{2,3})*,\d{3}"),  # by two in India
    ".": re.compile(r"[+-]?\d{1,3}(\.\d{3})+"),
}
_MOST_DIGITS: Final = 30
_NOISY: Final = (15, 5)  # digits and decimals from which on a number is a float with binary noise
_MEANT: Final = (14, 9)  # digits and decimals of it that were meant, at most
_WIDE = Context(prec=2 * _MOST_DIGITS)
_NO_NUMBER: Final = "must be a number such as 19.99"
_DECIMAL_POINT: Final = "commas separate thousands: 1,234.50"
_DECIMAL_COMMA: Final = "points separate thousands: 1.234,50"


@final
@attrs.frozen
class Fault:
    """What is wrong with a cell, in words that do not repeat it.

    Attributes:
        reason: A sentence that says what to do.
    """

    reason: str


def read_cells(values: Sequence[object], read: Callable[[object], T | None]) -> list[T | Fault | None]:
    """Return each cell as *read* has it, a `Fault` where it refuses, None where there is nothing.

    Each distinct value is read once.
    """
    if {*map(type, values)} <= {str, NoneType}:
        texts = {value: _read(value, read) for value in dict.fromkeys(values)}
        return [texts[value] for value in values]
    memo: dict[tuple[type, object], T | Fault | None] = {}
    cells: list[T | Fault | None] = []
    for value in values:
        key = (type(value), value)
        if key not in memo:
            memo[key] = _read(value, read)
        cells.append(memo[key])
    return cells


def text_of(value: object) -> str | None:
    """Return a cell as text without the space around it, or None if it says nothing.

    A whole number that a program turned into a float is written without its
    ".0", and the quote that `write_csv` puts before a formula is taken off.
    """
    if value is None:
        return None
    if isinstance(value, str):
        text = value.strip(SPACE)
        if text[:1] == "'" and FORMULA.match(text, 1):
            text = text[1:].strip(SPACE)
        return None if text in UNKNOWN else text
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if math.isnan(value):
            return None
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, (dt.date, dt.datetime)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, (tuple, list)):
        return "; ".join(part for one in value if (part := text_of(one)) is not None) or None
    return str(value)


def id_of(value: object) -> str | None:
    """Return a cell as an id: text, where "17850.0" is the number 17850 that a program bent.

    Raises:
        InvalidValue: If a program bent it so that digits are lost: 1.38E+10.
    """
    text = text_of(value)
    if text and _SCIENTIFIC.fullmatch(text):
        raise InvalidValue(_DIGITS_LOST)
    bent = _FLOAT_ID.fullmatch(text) if text else None
    return bent[1] if bent else text


def texts_of(value: object) -> tuple[str, ...] | None:
    """Return the several values of a cell: a list's, or those that ; , 、 | or a line break separate.

    Each is read as `id_of` reads it.
    """
    parts = value if isinstance(value, (tuple, list)) else _SEPARATOR.split(text_of(value) or "")
    texts = tuple(text for part in parts if (text := id_of(part)) is not None)
    return texts or None


def value_of(value: object) -> FieldValue | None:
    """Return a cell of a custom column as a field may hold it: as it is, else as text."""
    if isinstance(value, (tuple, list)):
        return tuple(one for part in value if (one := _scalar_of(part)) is not None) or None
    return _scalar_of(value)


def number_of(value: object, *, decimal_comma: bool = False) -> Decimal | None:
    """Return a cell as an exact number; currency signs around it are read over.

    Where a program wrote a float with all its binary noise, the number it
    stands for is read: 15.299999999999999 is 15.3.  Commas in a text separate
    thousands, or decimals where *decimal_comma* says so; a number is itself.

    Raises:
        InvalidValue: If it is no number.
    """
    if isinstance(value, bool):
        raise InvalidValue(_NO_NUMBER)
    text = repr(value) if isinstance(value, float) and math.isfinite(value) else text_of(value)
    if text is None:
        return None
    typed = isinstance(value, (int, float, Decimal))
    plain = text if typed else _with_point(bare_number(text), decimal_comma=decimal_comma)
    if _NUMBER.fullmatch(plain) is None:
        raise InvalidValue(_NO_NUMBER)
    number = Decimal(plain)
    if len(plain) > _MOST_DIGITS or abs(number.adjusted()) > _MOST_DIGITS:
        raise InvalidValue("has more digits than any amount")
    return _without_noise(number)


def whole_of(value: object) -> int | None:
    """Return a cell as a whole number.

    Raises:
        InvalidValue: If it is none.
    """
    number = number_of(value)
    if number is None:
        return None
    if number != number.to_integral_value():
        raise InvalidValue("must be a whole number")
    return int(number)


def bare_number(text: str) -> str:
    """Return a number as it is written, without the currency signs and spaces around it and its sign."""
    plain = text.strip(_SYMBOLS)
    return plain[0] + plain[1:].strip(_SYMBOLS) if plain[:1] in ("-", "+") else plain


def _with_point(plain: str, *, decimal_comma: bool) -> str:
    """Return a number as Python writes it, without what separates thousands."""
    thousands, decimals = ".," if decimal_comma else ",."
    if thousands in plain:
        whole, sign, rest = plain.partition(decimals)
        if _THOUSANDS[thousands].fullmatch(whole) is None:
            raise InvalidValue(f"{_NO_NUMBER}; {_DECIMAL_COMMA if decimal_comma else _DECIMAL_POINT}")
        plain = f"{whole.replace(thousands, '')}{sign}{rest}"
    return plain.replace(decimals, ".")


def _without_noise(number: Decimal) -> Decimal:
    _, digits, exponent = number.as_tuple()
    decimals = -exponent if isinstance(exponent, int) else 0
    if len(digits) < _NOISY[0] or decimals < _NOISY[1]:
        return number
    meant = min(_MEANT[1], _MEANT[0] - 1 - number.adjusted())
    return number.quantize(Decimal(1).scaleb(-meant), context=_WIDE)


def _scalar_of(value: object) -> Scalar | None:
    if isinstance(value, (bool, int)):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    if isinstance(value, dt.datetime):
        return value if value.utcoffset() is not None else value.isoformat()
    if isinstance(value, dt.date):
        return value
    return text_of(value)


def _read(value: object, read: Callable[[object], T | None]) -> T | Fault | None:
    try:
        return read(value)
    except InvalidValue as error:
        return Fault(str(error))
