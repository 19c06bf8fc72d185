"""Entrances: whether a customer who matches a rule comes in, as which occurrence, and until when it holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, final

import attrs

from crmkit.calendars import last_anniversary, later, local, next_anniversary
from crmkit.calendars.wall_times import midnight
from crmkit.care.decisions import Reason
from crmkit.care.entries import (
    AFTER_EXIT,
    DELIVERED,
    EACH_ANNIVERSARY,
    ENTERED,
    EVERY,
    EVERY_REMATCH,
    ONCE,
    PLANNED,
)
from crmkit.care.ledger import DECIDED, HELD_OUT, SENT, STATES, UNKNOWN, LedgerEntry
from crmkit.care.rules import Rule
from crmkit.care.spells import Spell, spell
from crmkit.model import Profile

if TYPE_CHECKING:
    from crmkit.profiles import Definitions

USED_UP: Final = {
    ENTERED: frozenset(STATES),
    PLANNED: DECIDED,
    DELIVERED: frozenset({SENT, UNKNOWN, HELD_OUT}),
}
"""The ledger states that use up an entry, by `Entry.uses`."""

_DAY: Final = dt.timedelta(days=1)


@final
@attrs.frozen(kw_only=True)
class Entrance:
    """The way into a rule for one customer now.

    Attributes:
        occurrence: Which entry it is.
        reason: Why it is open, or why it is closed.
        entered_at: When they came in, or None if that was before all that is known.
        expires_at: When it no longer makes sense, exclusive, or None for never.
    """

    occurrence: str
    reason: Reason
    entered_at: dt.datetime | None = None
    expires_at: dt.datetime | None = None


@final
@attrs.frozen(kw_only=True)
class Arrival:
    """What an entry policy looks at.

    Attributes:
        rule: The rule.
        profile: The customer, of whom the rule's condition is taken to be true.
        used: The ledger entries that used up an entry into the rule, oldest first.
        zone: The customer's zone, or None if it is unknown.
        definitions: What the profile was made of, or None.
    """

    rule: Rule
    profile: Profile
    used: Sequence[LedgerEntry]
    zone: str | None
    definitions: Definitions | None


def entrance(
    rule: Rule,
    profile: Profile,
    *,
    entries: Sequence[LedgerEntry] = (),
    zone: str | None = None,
    definitions: Definitions | None = None,
) -> Entrance:
    """Return the way into *rule* for a customer of whom its condition is true.

    *entries* is what the ledger has of the customer under all their ids, oldest first.
    """
    used = _used(rule, entries)
    arrival = Arrival(rule=rule, profile=profile, used=used, zone=zone, definitions=definitions)
    return _WAYS[rule.entry.kind](arrival)


def may_enter(rule: Rule, entries: Sequence[LedgerEntry], *, as_of: dt.datetime) -> bool:
    """Return False where the ledger alone tells that the way into *rule* is closed, which is quickly told."""
    used = _used(rule, entries)
    if not used:
        return True
    if rule.entry.kind in (EVERY, EVERY_REMATCH):
        return later(used[-1].at, rule.entry.gap) <= as_of
    return rule.entry.kind != ONCE


def _used(rule: Rule, entries: Sequence[LedgerEntry]) -> list[LedgerEntry]:
    spent = USED_UP[rule.entry.uses]
    return [entry for entry in entries if entry.rule == rule.name and entry.state in spent]


def _once(arrival: Arrival) -> Entrance:
    since = None if arrival.rule.expires is None else _spell(arrival).since
    if arrival.used:
        reason = _closed(f"came in on {_day(arrival.used[0].at)}, and comes in once only")
    else:
        reason = _open("comes in for the first time")
    return _entrance(arrival, "once", reason, since)


def _after_exit(arrival: Arrival) -> Entrance:
    now = _spell(arrival, before=bool(arrival.used))
    if not arrival.used or _in_spell(arrival, now):
        return _of_spell(arrival, now)
    return _of_spell(arrival, now, gap_from=now.left_at or arrival.used[-1].at)


def _every_rematch(arrival: Arrival) -> Entrance:
    now = _spell(arrival)
    if not arrival.used or _in_spell(arrival, now):
        return _of_spell(arrival, now)
    return _of_spell(arrival, now, gap_from=arrival.used[-1].at)


def _of_spell(arrival: Arrival, now: Spell, *, gap_from: dt.datetime | None = None) -> Entrance:
    """Return the entrance of a spell; the gap to the entry before it counts from *gap_from*."""
    begun = "since before all that is known" if now.since is None else f"since {now.since.isoformat()}"
    opens = None if gap_from is None else later(gap_from, arrival.rule.entry.gap)
    if arrival.used and _in_spell(arrival, now):
        reason = _closed(f"came in on {_day(arrival.used[-1].at)}, and has matched ever since")
    elif opens is not None and opens > arrival.profile.as_of:
        reason = _closed(f"{arrival.rule.entry} is not over", not_before=opens)
    else:
        reason = _open("matches " + (begun if now.since is None else f"since {_day(now.since)}"))
    return _entrance(arrival, begun, reason, now.since)


def _in_spell(arrival: Arrival, now: Spell) -> bool:
    """Return whether the last entry was made in this spell; a late fact may have moved its beginning."""
    return now.since is None or arrival.used[-1].at >= now.since


def _every(arrival: Arrival) -> Entrance:
    occurrence = f"every {len(arrival.used) + 1}"
    if not arrival.used:
        since = None if arrival.rule.expires is None else _spell(arrival).since
        return _entrance(arrival, occurrence, _open("comes in for the first time"), since)
    opens = later(arrival.used[-1].at, arrival.rule.entry.gap)
    if opens > arrival.profile.as_of:
        return _entrance(
            arrival, occurrence, _closed(f"{arrival.rule.entry} is not over", not_before=opens), opens
        )
    reason = _open(f"comes in again, the last time was {_day(arrival.used[-1].at)}")
    return _entrance(arrival, occurrence, reason, opens)


def _each_anniversary(arrival: Arrival) -> Entrance:
    entry, profile = arrival.rule.entry, arrival.profile
    on = profile[entry.field]
    if isinstance(on, dt.datetime) and arrival.zone is not None:
        on = local(on, arrival.zone).date()
    if not isinstance(on, dt.date) or arrival.zone is None:
        unknown = f"the date {entry.field}" if arrival.zone else "their time zone"
        return Entrance(occurrence="on an unknown day", reason=_closed(f"{unknown} is unknown"))
    today = local(profile.as_of, arrival.zone).date()
    day = last_anniversary(on, until=today, leap_day=entry.leap_day)
    begins = None if day is None else midnight(day, arrival.zone)
    ends = None if begins is None or day is None else _end_of(arrival.rule, begins, day, arrival.zone)
    if day is None or ends is None or profile.as_of >= ends:
        return _next_anniversary(arrival, on, today)
    occurrence = f"on {day.isoformat()}"
    if any(one.occurrence == occurrence for one in arrival.used):
        return Entrance(
            occurrence=occurrence, reason=_closed("came in on this anniversary"), entered_at=begins
        )
    reason = _open(f"it is an anniversary of {entry.field}")
    return Entrance(occurrence=occurrence, reason=reason, entered_at=begins, expires_at=ends)


def _next_anniversary(arrival: Arrival, on: dt.date, today: dt.date) -> Entrance:
    entry = arrival.rule.entry
    day = next_anniversary(on, since=today + _DAY, leap_day=entry.leap_day)
    opens = None if day is None else midnight(day, arrival.zone or "UTC")
    occurrence = "on no day" if day is None else f"on {day.isoformat()}"
    reason = _closed(f"it is no anniversary of {entry.field}", not_before=opens)
    return Entrance(occurrence=occurrence, reason=reason)


def _end_of(rule: Rule, begins: dt.datetime, day: dt.date, zone: str) -> dt.datetime:
    return midnight(day + _DAY, zone) if rule.expires is None else later(begins, rule.expires)


_WAYS: Final[Mapping[str, Callable[[Arrival], Entrance]]] = {
    ONCE: _once,
    AFTER_EXIT: _after_exit,
    EVERY_REMATCH: _every_rematch,
    EVERY: _every,
    EACH_ANNIVERSARY: _each_anniversary,
}


def _entrance(arrival: Arrival, occurrence: str, reason: Reason, entered_at: dt.datetime | None) -> Entrance:
    expires = arrival.rule.expires
    ends = None if expires is None or entered_at is None else later(entered_at, expires)
    return Entrance(occurrence=occurrence, reason=reason, entered_at=entered_at, expires_at=ends)


def _spell(arrival: Arrival, *, before: bool = False) -> Spell:
    return spell(arrival.rule.when, arrival.profile, definitions=arrival.definitions, before=before)


def _open(text: str) -> Reason:
    return Reason(gate="entry", text=text, closed=False)


def _closed(text: str, *, not_before: dt.datetime | None = None) -> Reason:
    return Reason(gate="entry", text=text, not_before=not_before)


def _day(at: dt.datetime) -> str:
    return f"{at:%Y-%m-%d}"
