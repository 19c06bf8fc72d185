"""Moments: dates and times as people and programs write them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Final, final

import attrs

from crmkit.calendars import from_wall
from crmkit.errors import InvalidValue, Problem
from crmkit.workflows.intake.cells import text_of
from crmkit.workflows.intake.mapping import ColumnMap
from crmkit.workflows.intake.tables import Table

_PLAIN = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ](?:[01]\d|2[0-3]):\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:[0-5]\d)?)?", re.ASCII
)
"""The form in which programs write moments, which Python reads itself."""

_YEAR_BEGINS = re.compile(r"\d{4}-")
_YEAR_FIRST = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(.*)", re.DOTALL)
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})[-/.](\d{4}|\d{2})(?!\d)(.*)", re.DOTALL)
_DIGITS = re.compile(r"\d{8}|\d{10}|\d{12,14}|\d{16}")
_NUMBER = re.compile(r"\d+(\.\d+)?")
_SERIAL = re.compile(r"([1-6]\d{4}|7[0-2]\d{3})(\.\d+)?")
_SERIAL_ZERO: Final = dt.datetime(1899, 12, 30)  # noqa: DTZ001  the zone comes later
_DAY_MILLIS: Final = 86_400_000
_TIME = re.compile(
    r"[T,\s]*(?P<half>上午|下午)?\s*(?P<hour>\d{1,2})\s*[:时]\s*(?P<minute>\d{1,2})"
    r"(?:\s*[:分]\s*(?P<second>\d{1,2})(?:[.,](?P<fraction>\d{1,9}))?)?[秒分]?"
    r"\s*(?P<noon>[AaPp]\.?[Mm]\.?)?\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?\s*"
)
_WORDS = re.compile(
    r"(mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun)(day|nesday|sday|rsday|urday)?"
    r"|jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sept?(ember)?|oct(ober)?"
    r"|nov(ember)?|dec(ember)?|am|pm|st|nd|rd|th|of|at|t|z|utc|gmt"
)
_EPOCH_UNITS: Final = {10: 1, 13: 1000, 16: 1_000_000}
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_CENTURY: Final = 69  # Source: POSIX strptime: 69 to 99 are 1969 to 1999, 00 to 68 are 2000 to 2068.
NO_DATE: Final = "must be a date or time such as 2024-03-31 18:05"


@final
@attrs.frozen(kw_only=True)
class DayOrder:
    """In which order a column writes day and month where the year comes last.

    Attributes:
        day_first: True for 31/12/2024, False for 12/31/2024.
        certain: False if no value of the column tells.
        serials: True if its numbers are days, as spreadsheets count them: 45292 is 2024-01-01.
    """

    day_first: bool = False
    certain: bool = True
    serials: bool = False


def day_order(values: Iterable[object]) -> DayOrder:
    """Return the order that the values of one column prove.

    A first number above 12 proves day first, a second one month first; points
    between them ("5.3.2024") mean day first.  Numbers that all lie between the
    years 1927 and 2099, as spreadsheets count days, are serials.
    """
    # what begins with its year shows no order, and is no number
    distinct = [value for value in set(values) if not (isinstance(value, str) and _YEAR_BEGINS.match(value))]
    found = [
        match for value in distinct if isinstance(value, str) and (match := _YEAR_LAST.match(value.strip()))
    ]
    serials = _are_serials(distinct)
    if any(int(match[1]) > 12 for match in found):
        return DayOrder(day_first=True, serials=serials)
    if not found or any(int(match[3]) > 12 for match in found):
        return DayOrder(serials=serials)
    pointed = all(match[2] == "." for match in found)
    return DayOrder(day_first=pointed, certain=pointed, serials=serials)


def order_problems(table: Table, columns: ColumnMap, fields: Iterable[str]) -> list[Problem]:
    """Return a problem for each column of *fields* whose dates had to be guessed."""
    return [
        Problem(source=table.source, field=field, reason=f"{reason} the column {column!r} {rest}", kept=True)
        for field in fields
        for column in columns.columns(field)
        for reason, rest in _doubts(day_order(table.column(column)))
    ]


def _doubts(order: DayOrder) -> Iterator[tuple[str, str]]:
    """Yield what is to be said before and after the name of the column."""
    if not order.certain:
        yield (
            "no value of",
            "tells day from month; read as month/day/year. Write dates as 2024-12-31 if that is wrong",
        )
    if order.serials:
        yield (
            "numbers in",
            "were read as the days of a spreadsheet: 45292 is 2024-01-01. Write dates as 2024-12-31 if that is wrong",
        )


def wall_reader(order: DayOrder) -> Callable[[object], dt.datetime | None]:
    """Return the function that reads a cell of a column whose day order is known.

    It gives an aware datetime where the cell says its zone (a Unix time of 10,
    13 or 16 digits is UTC), a naive one else; a date alone is its midnight.
    Two-digit years 69 to 99 are of the last century.
    """

    def read(value: object) -> dt.datetime | None:
        if type(value) is str and _PLAIN.fullmatch(value):
            try:
                return dt.datetime.fromisoformat(value)
            except ValueError:
                raise InvalidValue(NO_DATE) from None
        if isinstance(value, dt.datetime):
            return value
        if isinstance(value, dt.date):
            return dt.datetime.combine(value, dt.time())
        text = text_of(value)
        return None if text is None else _read(text, order)

    return read


def instant_reader(order: DayOrder, zone: str | None) -> Callable[[object], dt.datetime | None]:
    """Return the function that reads a cell as an instant in UTC, walls being in *zone*.

    It raises `InvalidValue` for a time without a zone if *zone* is None.
    """
    wall = wall_reader(order)

    def read(value: object) -> dt.datetime | None:
        at = wall(value)
        if at is None or at.tzinfo is dt.UTC:
            return at
        try:
            if at.utcoffset() is not None:
                return at.astimezone(dt.UTC)
            if zone is not None:
                return from_wall(at, zone)
        except OverflowError:
            raise InvalidValue(NO_DATE) from None
        raise InvalidValue(
            "carries no time zone; say where its clock hung with --zone, such as --zone Asia/Shanghai"
        )

    return read


def date_reader(order: DayOrder) -> Callable[[object], dt.date | None]:
    """Return the function that reads a cell as a date: the one it shows, whatever its zone."""
    wall = wall_reader(order)

    def read(value: object) -> dt.date | None:
        at = wall(value)
        return None if at is None else at.date()

    return read


def _read(text: str, order: DayOrder) -> dt.datetime:
    try:
        if order.serials and _SERIAL.fullmatch(text):
            return _SERIAL_ZERO + dt.timedelta(milliseconds=round(Decimal(text) * _DAY_MILLIS))
        if _DIGITS.fullmatch(text):
            return _of_digits(text)
        if match := _YEAR_FIRST.fullmatch(text):
            return _joined(int(match[1]), int(match[2]), int(match[3]), match[4])
        if match := _YEAR_LAST.fullmatch(text):
            first, second, year = int(match[1]), int(match[3]), _year(match[4])
            day, month = (first, second) if order.day_first else (second, first)
            return _joined(year, month, day, match[5])
        return _in_words(text)
    except (ValueError, OverflowError):
        raise InvalidValue(NO_DATE) from None


def _are_serials(values: Iterable[object]) -> bool:
    """Return whether all numbers of a column that mean nothing else are days of a spreadsheet, and there are some."""
    texts = (text_of(value) for value in values if isinstance(value, (str, int, float)))
    numbers = [text for text in texts if text and _NUMBER.fullmatch(text) and not _DIGITS.fullmatch(text)]
    return bool(numbers) and all(map(_SERIAL.fullmatch, numbers))


def _of_digits(text: str) -> dt.datetime:
    if len(text) in _EPOCH_UNITS:
        return _EPOCH + dt.timedelta(microseconds=int(text) * (1_000_000 // _EPOCH_UNITS[len(text)]))
    if len(text) == 8:
        return dt.datetime.strptime(text, "%Y%m%d")  # noqa: DTZ007  the zone comes later
    return dt.datetime.strptime(text, "%Y%m%d%H%M" if len(text) == 12 else "%Y%m%d%H%M%S")  # noqa: DTZ007


def _year(text: str) -> int:
    year = int(text)
    if len(text) == 4:
        return year
    return year + (1900 if year >= _CENTURY else 2000)


def _joined(year: int, month: int, day: int, rest: str) -> dt.datetime:
    """Return a date and the time of day that follows it, if one does."""
    if not rest.strip(" ,T"):
        return dt.datetime(year, month, day)  # noqa: DTZ001
    match = _TIME.fullmatch(rest)
    if match is None:
        raise InvalidValue(NO_DATE)
    hour = int(match["hour"])
    half = (match["half"] or match["noon"] or "").lower()
    if half and not 1 <= hour <= 12:
        raise InvalidValue(NO_DATE)
    if half:
        hour = hour % 12 + (12 if half[0] in "下p" else 0)
    micros = int((match["fraction"] or "0")[:6].ljust(6, "0"))
    return dt.datetime(
        year,
        month,
        day,
        hour,
        int(match["minute"]),
        int(match["second"] or 0),
        micros,
        _offset(match["zone"]),
    )


def _offset(text: str | None) -> dt.tzinfo | None:
    if text is None:
        return None
    if text in ("Z", "UTC", "GMT"):
        return dt.UTC
    minutes = 60 * int(text[1:3]) + int(text[3:].lstrip(":") or 0)
    return dt.timezone(dt.timedelta(minutes=-minutes if text[0] == "-" else minutes))


def _in_words(text: str) -> dt.datetime:
    """Return a date that names its month: "31 Dec 2024 6 pm".

    Only the words of dates are let through, so that no local zone, and no day
    or year of the clock, can slip in.
    """
    from dateutil import parser

    words = re.findall(r"[^\W\d_]+", text.lower())
    if not words or not all(_WORDS.fullmatch(word) for word in words):
        raise InvalidValue(NO_DATE)
    if re.search(r"(?<!\d)\d{4}(?!\d)", text) is None:
        raise InvalidValue(NO_DATE)
    guesses = [parser.parse(text, default=dt.datetime(2000 + n, n, n)) for n in (1, 2)]  # noqa: DTZ001
    if guesses[0] != guesses[1]:
        raise InvalidValue(NO_DATE)
    return guesses[0]
