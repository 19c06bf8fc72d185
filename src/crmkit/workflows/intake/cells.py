"""Cells: from what a file holds to text, numbers and values of the model."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from decimal import Context, Decimal
from types import NoneType
from typing import Final, NamedTuple, TypeVar, cast, final

import attrs

from crmkit.display import SPACE, uninert
from crmkit.errors import InvalidValue
from crmkit.model.values import FieldValue, Scalar

T = TypeVar("T")

UNKNOWN: Final = frozenset(
    ("", "NULL", "null", "None", "NaN", "nan", "NaT", "<NA>", "\\N", "N/A", "n/a", "#N/A")
)
"""What programs write for nothing."""

_AROUND: Final = f"{SPACE}'"  # a text that begins and ends with none of these is clean

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


class Column(NamedTuple):
    """A column whose distinct cells were read, each once.

    Attributes:
        keys: What tells its cells apart, row by row; a text is its own key.
        distinct: Each key once.
        told: What a cell says, by its key, unless it says its key; None where
            that is nothing, or could not be read.
        faults: What is wrong with those that could not be read, by their keys.
    """

    keys: Sequence[object]
    distinct: Collection[object]
    told: Mapping[object, object]
    faults: Mapping[object, Fault]

    def cells(self) -> list[object]:
        """Return what each cell says, row by row."""
        told = self.told
        if not told:
            return list(self.keys)
        return [told.get(key, key) for key in self.keys]


def read_column(values: Sequence[object], read: Callable[[object], object]) -> Column:
    """Return a column as *read* has its cells; a clean text that it keeps as it is, it need not read."""
    distinct = dict.fromkeys(values)
    if not {*map(type, distinct)} <= {str, NoneType}:
        keys = list(map(_key_of, values))
        different = dict(zip(keys, values, strict=True))
        return Column(keys, different, *_said(different, different.values(), read))
    texts = cast("Collection[str | None]", distinct)
    changed = _changed(texts, _MARKS[read]) if read in _MARKS else texts
    return Column(values, texts, *_said(changed, changed, read))


def read_cells(values: Sequence[object], read: Callable[[object], T | None]) -> list[T | Fault | None]:
    """Return each cell as *read* has it, a `Fault` where it refuses, None where there is nothing.

    Each distinct value is read once.
    """
    column = read_column(values, read)
    told = {**column.told, **column.faults}
    return [cast("T | Fault | None", told.get(key, key)) for key in column.keys]


def text_of(value: object) -> str | None:
    """Return a cell as text without the space around it, or None if it says nothing.

    A whole number that a program turned into a float is written without its
    ".0", and the quote that `write_csv` puts before a formula is taken off.
    """
    if value is None:
        return None
    if isinstance(value, str):
        text = value.strip(SPACE)
        if text[:1] == "'":
            text = uninert(text)
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


def one_or_more_of(value: object) -> str | tuple[str, ...] | None:
    """Return the value of a cell, or its several values, each once, as `texts_of` finds them."""
    texts = tuple(dict.fromkeys(texts_of(value) or ()))
    return texts[0] if len(texts) == 1 else texts or None


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


def _key_of(value: object) -> object:
    """Return what tells a cell from others: equal ones are written differently by type, decimals, zone or fold."""
    if isinstance(value, tuple):
        return tuple, tuple(map(_key_of, value))
    if isinstance(value, Decimal):
        return Decimal, str(value)
    if isinstance(value, dt.datetime):
        return type(value), value, value.utcoffset(), value.fold
    return type(value), value


_MARKS: Final[Mapping[Callable[[object], object], re.Pattern[str] | None]] = {
    text_of: None,
    value_of: None,
    id_of: re.compile(r"[eE]\+|\.0\Z"),
    one_or_more_of: re.compile(rf"{_SEPARATOR.pattern}|[eE]\+|\.0\Z"),
}
"""What a clean text must hold for these readers to make another value of it; None if they never do."""


def _changed(texts: Collection[str | None], marks: re.Pattern[str] | None) -> Collection[str]:
    """Return those of *texts* that are not clean, and those with *marks*."""
    changed = {text for text in texts if text is not None and text.strip(_AROUND) != text}
    changed.update(text for text in UNKNOWN if text in texts)
    if marks is not None:
        changed.update(text for text in texts if text is not None and marks.search(text))
    return changed


def _said(
    keys: Iterable[object], cells: Iterable[object], read: Callable[[object], object]
) -> tuple[dict[object, object], dict[object, Fault]]:
    """Return what each of *cells* says, by its key, and what is wrong with those that cannot be read."""
    told: dict[object, object] = {}
    faults: dict[object, Fault] = {}
    for key, cell in zip(keys, cells, strict=True):
        try:
            told[key] = read(cell)
        except InvalidValue as error:
            told[key], faults[key] = None, Fault(str(error))
    return told, faults
