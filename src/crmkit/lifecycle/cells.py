"""Cells: how a cell of a sheet says a name, several names, or a duration, written and read."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Final

from crmkit.calendars import Duration, local_days, months, years
from crmkit.conditions.terms import is_positive
from crmkit.conditions.text import duration_text
from crmkit.display import SPACE, inert
from crmkit.errors import InvalidValue, suggestion

_MICROSECOND: Final = dt.timedelta(microseconds=1)
_ELAPSED: Final = {
    "microsecond": _MICROSECOND,
    "second": dt.timedelta(seconds=1),
    "minute": dt.timedelta(minutes=1),
    "hour": dt.timedelta(hours=1),
    "day": dt.timedelta(days=1),
    "week": dt.timedelta(weeks=1),
}
_CALENDAR: Final[Mapping[str, Callable[[int, str], Duration]]] = {
    "calendar day": local_days,
    "month": months,
    "year": years,
}
_DURATION: Final = re.compile(r"(\d{1,18}(?:\.\d{1,6})?)\s*([a-z]+(?: days?)?)(?: in (\S+))?", re.IGNORECASE)
_NO_DURATION: Final = 'is no duration. Write "180 days", "2 months" or "30 calendar days in Asia/Tokyo"'
_PART: Final = re.compile(r'\s*("(?:[^"\\]|\\.)*+"|[^;]*)\s*(?:;|$)')


def one(text: str) -> str:
    """Return a text as the cell that says it; odd ones stand in double quotes, as in JSON."""
    return inert(_quoted(text) if text else "")


def several(names: tuple[str, ...]) -> str:
    """Return names as one cell, with semicolons between them."""
    return inert("; ".join(map(_quoted, names)))


def duration(value: Duration | None) -> str:
    """Return a duration as people say it, exactly; None is an empty cell.

    >>> duration(dt.timedelta(days=7)), duration(dt.timedelta(microseconds=1))
    ('7 days', '1 microsecond')
    """
    if value is None:
        return ""
    if not isinstance(value, dt.timedelta) or not value % _ELAPSED["minute"]:
        return duration_text(value)
    unit = "microsecond" if value % _ELAPSED["second"] else "second"
    count = value // _ELAPSED[unit]
    return f"{count} {unit}{'' if count == 1 else 's'}"


def read_one(cell: str) -> str:
    """Return the text that a cell says, as `one` writes it."""
    return _unquoted(cell) if cell[:1] == '"' else cell


def read_several(cell: str) -> tuple[str, ...]:
    """Return the names that a cell says, as `several` writes them.

    Raises:
        InvalidValue: If there is none, or one begins with a double quote and is no text in double quotes.
    """
    parts = (part[1].strip(SPACE) for part in _PART.finditer(cell))
    names = tuple(read_one(part) for part in parts if part)
    if not names:
        raise InvalidValue("names nothing; write names with semicolons between them")
    return names


def read_duration(cell: str) -> Duration:
    """Return the duration that a cell says.

    >>> read_duration("2 weeks").days, read_duration("1 year in Asia/Tokyo").count
    (14, 12)

    Raises:
        InvalidValue: If it says none, or none longer than nothing.
        UnknownName: If there is no such time zone.
    """
    said = _DURATION.fullmatch(" ".join(cell.split()))
    if said is None:
        raise InvalidValue(_NO_DURATION)
    unit, zone = said[2].lower().removesuffix("s"), said[3]
    found: Duration
    if unit in _ELAPSED and zone is None:
        found = _elapsed(Fraction(said[1]) * (_ELAPSED[unit] // _MICROSECOND))
    elif unit in _CALENDAR and "." not in said[1] and (zone or unit != "calendar day"):
        found = _CALENDAR[unit](int(said[1]), zone or "UTC")
    elif unit in _CALENDAR or unit in _ELAPSED:
        raise InvalidValue(_NO_DURATION)
    else:
        near = suggestion(unit, [*_ELAPSED, *_CALENDAR])
        raise InvalidValue(f"is no duration: no unit of time is called so. {near}")
    if not is_positive(found):
        raise InvalidValue("must be a duration longer than nothing")
    return found


def _elapsed(count: Fraction) -> dt.timedelta:
    if count.denominator != 1 or count > dt.timedelta.max // _MICROSECOND:
        raise InvalidValue("is a duration too long or too fine; a microsecond is the finest")
    return int(count) * _MICROSECOND


def _quoted(text: str) -> str:
    plain = text.isprintable() and text == text.strip(SPACE) and ";" not in text and text[:1] not in ('"', "")
    return text if plain else json.dumps(text, ensure_ascii=not text.isprintable())


def _unquoted(cell: str) -> str:
    try:
        text = json.loads(cell)
    except ValueError:
        text = None
    if not isinstance(text, str):
        raise InvalidValue("begins with a double quote and is no text in double quotes, as in JSON")
    return text
