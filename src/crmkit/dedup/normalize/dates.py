"""Dates: one written form, also for those that no calendar has, so that slips stay near."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final, NewType

from crmkit.dedup.normalize.text import text_key
from crmkit.dedup.normalize.vocabulary import ERAS, MONTHS

DateKey = NewType("DateKey", str)
"""A date as ``yyyy-mm-dd``, or its digits where it cannot be read as one."""

_YEAR_FIRST: Final = re.compile(
    r"^(\d{4})\s*[-/.年년]\s*(\d{1,2})\s*[-/.月월]\s*(\d{1,2})\s*[日일.]?(?:[t ].*)?$"
)
_YEAR_LAST: Final = re.compile(r"^(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4}|\d{2})$")
_SHORT_YEAR_FIRST: Final = re.compile(r"^(3[2-9]|[4-9]\d)\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{1,2})$")
_COMPACT: Final = re.compile(r"^(\d{4})(\d{2})(\d{2})$")
_DAY_FIRST: Final = re.compile(
    r"^(\d{1,2})(?:st|nd|rd|th|er|o|\.)?[\s\-/.,]*(?:de |of |d')?\s*([a-z]+)\.?[\s\-/.,]*(?:de |del )?\s*(\d{4}|\d{2})$"
)
_MONTH_FIRST: Final = re.compile(r"^([a-z]+)\.?[\s\-/.,]*(\d{1,2})(?:st|nd|rd|th)?[\s\-/,]+(\d{4})$")
_ERA: Final = re.compile(f"^({'|'.join(ERAS)})\\s*(\\d{{1,3}}|元)(?=年)")
_NUMERALS: Final = re.compile("[〇零一二三四五六七八九十]+(?=[年月日])")
_CLOCK: Final = re.compile(r"[t ]\s*\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?\s*([ap]m|z|utc|[-+]\d{2}:?\d{2})?$")
_DAY_ALONE: Final = re.compile(r"[\d\s\-/.年月日]+")
_COMPACT_YEARS: Final = range(1850, 2100)
"""Eight digits are a date only in these years; other numbers of eight digits are frequent."""
_CENTURY: Final = 69
"""Years of two digits from here on are of the last century.  Source: POSIX, strptime."""
_FLOAT: Final = re.compile(r"\d+\.\d+")
_CHINESE_DIGITS: Final = {sign: str(value) for value, sign in enumerate("〇一二三四五六七八九")} | {"零": "0"}


def date_key(date: str) -> DateKey | None:
    """Return *date* as ``yyyy-mm-dd``, or None if it is none.

    With the year last the day comes first, unless only the other order fits.
    Numbers out of range stay as they are: 1777-89-09 is one slip away from
    1777-09-09.  Six digits or more that follow no pattern are kept as digits.

    >>> date_key("1980年6月5日"), date_key("05/06/1980"), date_key("06/25/1980"), date_key("19800605")
    ('1980-06-05', '1980-06-05', '1980-06-25', '1980-06-05')
    >>> date_key("5 June 1980"), date_key("民国69年6月5日"), date_key("一九八〇年六月五日"), date_key("5.6.80")
    ('1980-06-05', '1980-06-05', '1980-06-05', '1980-06-05')
    """
    clean: str = text_key(date)
    if not clean.isascii():
        clean = _ERA.sub(_year_of_era, _NUMERALS.sub(_number_of, clean))
    first = _YEAR_FIRST.match(clean) or _COMPACT.match(clean)
    if first is not None:
        return _key(first[1], first[2], first[3])
    bare = _CLOCK.sub("", clean)
    last = _YEAR_LAST.match(bare)
    if last is not None:
        day, month = int(last[1]), int(last[2])
        if month > 12 >= day:
            day, month = month, day
        if day <= 31:
            return _key(last[3], month, day)
    short = _SHORT_YEAR_FIRST.match(bare)
    if short is not None:
        return _key(short[1], short[2], short[3])
    in_words = _in_words(bare)
    if in_words is not None:
        return in_words
    digits = "".join(sign for sign in clean if sign.isdecimal())
    return DateKey(digits) if len(digits) >= 6 and not _FLOAT.fullmatch(clean) else None


def is_date(text: str) -> bool:
    """Return whether *text* is a date of the calendar and nothing else, but for a time of day.

    >>> is_date("1938-05-31 00:00:00"), is_date("1938年5月31日"), is_date("19380531")
    (True, True, True)
    >>> is_date("ORD-193805"), is_date("1938-05-31 called twice"), is_date("1938-31-05"), is_date("31415926")
    (False, False, False, False)
    """
    day = _CLOCK.sub("", text_key(text))
    key = date_key(day) if _DAY_ALONE.fullmatch(day) else None
    if key is None or sum(map(str.isdecimal, day)) > len("yyyymmdd") or not is_on_calendar(key):
        return False
    return int(key[:4]) in _COMPACT_YEARS or not _COMPACT.match(day)


def is_on_calendar(key: str) -> bool:
    """Return whether a normalised date is a day that was or will be.

    >>> is_on_calendar("1980-02-29"), is_on_calendar("1777-89-09"), is_on_calendar("18590405")
    (True, False, False)
    """
    try:
        return len(key) == len("yyyy-mm-dd") and bool(dt.date.fromisoformat(key))
    except ValueError:
        return False


def swapped(date: str) -> str:
    """Return a ``yyyy-mm-dd`` with day and month exchanged; anything else as it is.

    >>> swapped("1980-06-05")
    '1980-05-06'
    """
    return f"{date[:4]}-{date[8:]}-{date[5:7]}" if len(date) == 10 and date[4] == date[7] == "-" else date


def _key(year: str, month: str | int, day: str | int) -> DateKey:
    full = year if len(year) == 4 else f"{19 if int(year) >= _CENTURY else 20}{year}"
    return DateKey(f"{full}-{int(month):02d}-{int(day):02d}")


def _in_words(text: str) -> DateKey | None:
    """Return a date that names its month, or None if it does not."""
    found = _DAY_FIRST.match(text)
    day, name, year = (found[1], found[2], found[3]) if found else ("", "", "")
    if found is None:
        found = _MONTH_FIRST.match(text)
        name, day, year = (found[1], found[2], found[3]) if found else ("", "", "")
    month = MONTHS.get(name)
    return _key(year, month, day) if month else None


def _number_of(numeral: re.Match[str]) -> str:
    """Return a year spelled digit by digit, or a month or day, in digits: 一九八〇, 十二, 二十一."""
    tens, ten, ones = numeral[0].partition("十")
    if not ten:
        return "".join(_CHINESE_DIGITS[sign] for sign in tens)
    return (_CHINESE_DIGITS.get(tens, "1") if len(tens) < 2 else tens) + (
        _CHINESE_DIGITS.get(ones, "0") if len(ones) < 2 else ones
    )


def _year_of_era(found: re.Match[str]) -> str:
    return str(ERAS[found[1]] + (1 if found[2] == "元" else int(found[2])))
