"""Weighing: what all the gates between a rule and a customer say together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Final, final

import attrs

from crmkit.calendars import later
from crmkit.care.decisions import DROP, GATES, HOLDOUT, SEND, WAIT, Reason
from crmkit.care.entrances import Entrance
from crmkit.care.gates import (
    SoftGate,
    Standing,
    available,
    closed_now,
    consent,
    eligibility,
    first_allowed,
    held_out,
    idempotency,
    soft_gates,
    suppression,
    zone_needed,
)
from crmkit.care.rules import Rule
from crmkit.model import Profile

_PLACE: Final = {gate: place for place, gate in enumerate(GATES)}


@final
@attrs.frozen(kw_only=True)
class Weighed:
    """What the gates say together.

    Attributes:
        entrance: The way in.
        channel: The channel that is open first, or None if none is open for good.
        release: The first instant at which every soft gate is open, or None for never.
        barred: Whether something stands in the way that time does not remove in time.
        held_out: Whether the customer is held out of the rule.
        reasons: What each gate says, in the order of `GATES`.
    """

    entrance: Entrance
    channel: str | None
    release: dt.datetime | None
    barred: bool
    held_out: bool
    reasons: tuple[Reason, ...]


def weigh(rule: Rule, standing: Standing, way_in: Entrance) -> Weighed:
    """Return what every gate says of *rule* for a customer who would come in by *way_in*.

    Of the channels that are open for good the one that is free first is
    taken, ties by the rule's order; if none is, each tells why.
    """
    at = standing.profile.as_of
    general = _general(rule, standing, way_in)
    ways = [_way(rule, channel, standing) for channel in rule.channel]
    passable = [way for way in ways if way.is_passable]
    chosen = min(passable, key=lambda way: (way.release is None, way.release or at), default=None)
    release = chosen.release if chosen else None
    late = _too_late(rule, way_in, release or at, at)
    out = held_out(rule, standing, ids_of(standing.profile)[0])
    holdout = [Reason(gate="holdout", text=f"held out of {rule.name} for comparison")] if out else []
    return Weighed(
        entrance=way_in,
        channel=chosen.channel if chosen else None,
        release=release,
        barred=release is None or bool(late) or any(reason.closed for reason in general),
        held_out=out,
        reasons=_in_order([*general, *_of_channels(ways, chosen, at), *holdout, *late]),
    )


def outcome_of(weighed: Weighed, at: dt.datetime) -> str:
    """Return what follows from what the gates say: SEND, WAIT, DROP or HOLDOUT."""
    if weighed.barred or weighed.release is None:
        return DROP
    if weighed.release > at:
        return WAIT
    return HOLDOUT if weighed.held_out else SEND


def ids_of(profile: Profile) -> list[str]:
    """Return every id the customer has or had, the first, which keys are made of, in front.

    The ids of their records are among them: before one of them joined, it was a customer's.
    """
    customer = profile.customer
    return sorted({str(customer.id), *customer.aliases, *customer.record_ids})


@final
@attrs.frozen(kw_only=True)
class _Way:
    """One channel: its soft gates, and when they are all open."""

    channel: str
    says: tuple[Reason, ...]
    gates: tuple[SoftGate, ...]
    release: dt.datetime | None

    @property
    def is_passable(self) -> bool:
        return not any(reason.closed for reason in self.says)


def _way(rule: Rule, channel: str, standing: Standing) -> _Way:
    gates = tuple(soft_gates(rule, channel, standing))
    return _Way(
        channel=channel,
        says=(consent(rule, channel, standing), available(channel, standing)),
        gates=gates,
        release=first_allowed(gates, standing.profile.as_of),
    )


def _general(rule: Rule, standing: Standing, way_in: Entrance) -> list[Reason]:
    """Return what the gates say that do not depend on the channel, nor open by time."""
    return [
        *suppression(rule, standing),
        *eligibility(rule, standing.profile),
        way_in.reason,
        *zone_needed(rule, standing),
        *idempotency(rule, way_in, standing),
    ]


def _of_channels(ways: list[_Way], chosen: _Way | None, at: dt.datetime) -> Iterator[Reason]:
    """Yield all that the chosen channel says, or every one if none is, and what closes the others for good."""
    for way in ways:
        yield from (reason for reason in way.says if way is chosen or reason.closed)
        if chosen is None or way is chosen:
            yield from closed_now(way.gates, at)


def _in_order(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    return tuple(sorted(dict.fromkeys(reasons), key=lambda reason: _PLACE[reason.gate]))


def _too_late(rule: Rule, way_in: Entrance, release: dt.datetime, at: dt.datetime) -> list[Reason]:
    """Return that the rule expires before it can send; where nobody knows since when, it counts from now."""
    ends = way_in.expires_at
    if ends is None and rule.expires is not None:
        ends = later(at, rule.expires)
    if ends is None or release < ends:
        return []
    return [Reason(gate="expiry", text=f"it makes sense until {ends:%Y-%m-%d %H:%M} UTC only")]
