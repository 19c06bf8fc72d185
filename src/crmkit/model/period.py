"""Periods: from one instant up to another, either end open."""

from __future__ import annotations

import datetime as dt

from crmkit.errors import InvalidValue


def holds_at(since: dt.datetime | None, until: dt.datetime | None, as_of: dt.datetime) -> bool:
    """Return whether *as_of* lies in ``[since, until)``; None leaves an end open."""
    return (since is None or since <= as_of) and (until is None or as_of < until)


def check_period(since: dt.datetime | None, until: dt.datetime | None) -> None:
    """Check that a period does not end before it begins.

    Raises:
        InvalidValue: If *until* is before *since*.
    """
    if since is not None and until is not None and until < since:
        raise InvalidValue(f"until ({until.isoformat()}) is before since ({since.isoformat()})")
