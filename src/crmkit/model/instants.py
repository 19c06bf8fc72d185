"""Instants: points in time, always aware, always held in UTC."""

from __future__ import annotations

import datetime as dt

from crmkit.errors import InvalidValue

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)


def instant(at: dt.datetime) -> dt.datetime:
    """Return *at* as an aware datetime in UTC.

    Raises:
        InvalidValue: If *at* carries no time zone.
    """
    if type(at) is not dt.datetime:
        at = _plain(at)
    if at.tzinfo is dt.UTC:
        return at
    if at.utcoffset() is None:
        raise InvalidValue(
            f"{at.isoformat()} carries no time zone. "
            "Give one: at.replace(tzinfo=ZoneInfo('Asia/Shanghai')), or --zone on the command line."
        )
    try:
        return at.astimezone(dt.UTC)
    except OverflowError:
        raise InvalidValue(f"{at.isoformat()} leaves the years 1 to 9999 in UTC") from None


def maybe_instant(at: dt.datetime | None) -> dt.datetime | None:
    """Return `instant`, or None for None."""
    return None if at is None else instant(at)


def to_micros(at: dt.datetime) -> int:
    """Return microseconds since 1970 in UTC, exactly: the form that instants have in columns."""
    return (at - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> dt.datetime:
    """Return the instant that `to_micros` made *micros* of.

    Raises:
        InvalidValue: If it lies outside the years 1 to 9999.
    """
    try:
        return _EPOCH + micros * _MICROSECOND
    except OverflowError:
        raise InvalidValue(f"{micros} microseconds since 1970 leave the years 1 to 9999") from None


def _plain(at: object) -> dt.datetime:
    """Return a datetime of a subclass (such as pandas' Timestamp) as a plain one."""
    if not isinstance(at, dt.datetime):
        raise InvalidValue(f"expected a datetime with a time zone, got {type(at).__name__}")
    try:
        return dt.datetime.combine(at.date(), at.time(), at.tzinfo).replace(fold=at.fold)
    except (TypeError, ValueError):  # pandas' NaT calls itself a datetime
        raise InvalidValue("expected a datetime with a time zone, got one that is unknown") from None
