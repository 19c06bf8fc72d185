"""Dates: one written form, also for those that no calendar has, so that slips stay near."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final, NewType

from crmkit.dedup.normalize.text import text_key

DateKey = NewType("DateKey", str)
"""A date as ``yyyy-mm-dd``, or its digits where it cannot be read as one."""

_YEAR_FIRST: Final = re.compile(r"^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[t ].*)?$")
_YEAR_LAST: Final = re.compile(r"^(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4})$")
_COMPACT: Final = re.compile(r"^(\d{4})(\d{2})(\d{2})$")
_CLOCK: Final = re.compile(r"[t ]\s*\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?\s*([ap]m|z|utc|[-+]\d{2}:?\d{2})?$")
_DAY_ALONE: Final = re.compile(r"[\d\s\-/.年月日]+")
_COMPACT_YEARS: Final = range(1850, 2100)
"""Eight digits are a date only in these years; other numbers of eight digits are frequent."""


def date_key(date: str) -> DateKey | None:
    """Return *date* as ``yyyy-mm-dd``, or None if it is none.

    With the year last the day comes first, unless only the other order fits.
    Numbers out of range stay as they are: 1777-89-09 is one slip away from
    1777-09-09.  Six digits or more that follow no pattern are kept as digits.

    >>> date_key("1980年6月5日"), date_key("05/06/1980"), date_key("06/25/1980"), date_key("19800605")
    ('1980-06-05', '1980-06-05', '1980-06-25', '1980-06-05')
    """
    clean = text_key(date)
    first = _YEAR_FIRST.match(clean) or _COMPACT.match(clean)
    if first is not None:
        return DateKey(f"{first[1]}-{int(first[2]):02d}-{int(first[3]):02d}")
    last = _YEAR_LAST.match(clean)
    if last is not None:
        day, month = int(last[1]), int(last[2])
        if month > 12 >= day:
            day, month = month, day
        return DateKey(f"{last[3]}-{month:02d}-{day:02d}")
    digits = "".join(sign for sign in clean if sign.isdecimal())
    return DateKey(digits) if len(digits) >= 6 else None


def is_date(text: str) -> bool:
    """Return whether *text* is a date of the calendar and nothing else, but for a time of day.

    >>> is_date("1938-05-31 00:00:00"), is_date("1938年5月31日"), is_date("19380531")
    (True, True, True)
    >>> is_date("ORD-193805"), is_date("1938-05-31 called twice"), is_date("1938-31-05"), is_date("31415926")
    (False, False, False, False)
    """
    day = _CLOCK.sub("", text_key(text))
    key = date_key(day) if _DAY_ALONE.fullmatch(day) else None
    if key is None or len(key) != len("yyyy-mm-dd") or sum(map(str.isdecimal, day)) > len("yyyymmdd"):
        return False
    try:
        year = dt.date.fromisoformat(key).year
    except ValueError:
        return False
    return year in _COMPACT_YEARS or not _COMPACT.match(day)


def swapped(date: str) -> str:
    """Return a ``yyyy-mm-dd`` with day and month exchanged; anything else as it is.

    >>> swapped("1980-06-05")
    '1980-05-06'
    """
    return f"{date[:4]}-{date[8:]}-{date[5:7]}" if len(date) == 10 and date[4] == date[7] == "-" else date
