"""Gates: everything that may stand between a rule and a customer, each with what it says.

Hard gates (suppression, consent, channel, idempotency) do not open by time
alone.  Soft gates (quiet hours, caps, minimum gap, priority) say when they do,
and are joined by fixpoint, so their order cannot matter.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final, final

import attrs

from crmkit.calendars import quiet_until
from crmkit.care.caps import CALENDAR_UNITS, Cap, Gate, cap_gate, first_open, rolling
from crmkit.care.decisions import STEP, Reason
from crmkit.care.entrances import Entrance
from crmkit.care.ledger import DECIDED, HELD_OUT, ON_THE_WAY_OR_GONE, LedgerEntry
from crmkit.care.policy import NEEDS_YES, Exempt, Policy
from crmkit.care.rules import Rule
from crmkit.conditions import describe, explain, matches
from crmkit.conditions.text import duration_text
from crmkit.model import Profile, consent_at

_NEVER_EXEMPT: Final = Exempt(purpose="", counts=True)


@final
@attrs.frozen(kw_only=True)
class Send:
    """A send that takes a place in caps and gaps.

    Attributes:
        at: When it goes or went.
        purpose: What for.
        channel: How.
        rule: The rule that promised it in this very plan, or None if the ledger has it.
    """

    at: dt.datetime
    purpose: str
    channel: str
    rule: str | None = None


@final
@attrs.frozen(kw_only=True)
class Standing:
    """What the gates look at: one customer at one instant.

    Attributes:
        profile: The customer, at that instant.
        policy: What every rule has to keep to.
        zone: The customer's zone, or None if it is unknown.
        entries: What the ledger has of them under all their ids, oldest first.
        sends: The sends that take a place, promised ones included.
    """

    profile: Profile
    policy: Policy
    zone: str | None
    entries: Sequence[LedgerEntry] = ()
    sends: tuple[Send, ...] = ()


@final
@attrs.frozen(kw_only=True)
class SoftGate:
    """A gate that opens by time alone, or a cap that never does.

    Attributes:
        name: Its name among `GATES`.
        text: What it says while it is closed.
        opens: When it is open.
        channel: The only channel it speaks of, or None for all.
    """

    name: str
    text: str
    opens: Gate
    channel: str | None = None


def sends_of(entries: Iterable[LedgerEntry]) -> tuple[Send, ...]:
    """Return the entries that hold a place: planned, gone, or perhaps gone."""
    return tuple(
        Send(at=entry.at, purpose=entry.purpose, channel=entry.channel)
        for entry in entries
        if entry.state in ON_THE_WAY_OR_GONE
    )


def suppression(rule: Rule, standing: Standing) -> Iterator[Reason]:
    """Yield the suppressions that leave the customer in peace."""
    for one in standing.policy.suppressions:
        if (not one.purposes or rule.purpose in one.purposes) and matches(one.when, standing.profile):
            yield Reason(gate="suppression", text=f"{one.name}: {describe(one.when)}")


def consent(rule: Rule, channel: str, standing: Standing) -> Reason:
    """Return what the customer's latest word says of the rule's purpose on *channel*."""
    word = consent_at(
        standing.profile.consents, purpose=rule.purpose, channel=channel, as_of=standing.profile.as_of
    )
    needs_yes = dict(standing.policy.consent)[rule.purpose] == NEEDS_YES
    if word is None:
        text = f"they never said {'yes' if needs_yes else 'no'} to {rule.purpose}"
        return Reason(gate="consent", text=text, channel=channel, closed=needs_yes)
    text = f"they said {'yes' if word.granted else 'no'} to {rule.purpose} on {word.at:%Y-%m-%d}"
    return Reason(gate="consent", text=text, channel=channel, closed=not word.granted)


def available(channel: str, standing: Standing) -> Reason:
    """Return whether the customer can be reached on *channel*."""
    kind = dict(standing.policy.channels)[channel]
    profile = standing.profile
    if not kind:
        return Reason(gate="channel", text="needs no contact point", channel=channel, closed=False)
    known = any(
        point.kind == kind and point.valid_at(profile.as_of) for point in profile.customer.contact_points
    )
    text = f"there is {'a' if known else 'no'} valid contact point of the kind {kind}"
    return Reason(gate="channel", text=text, channel=channel, closed=not known)


def eligibility(rule: Rule, profile: Profile) -> Iterator[Reason]:
    """Yield the condition as an open gate if it is true, else every part of it that is unmet."""
    if matches(rule.when, profile):
        yield Reason(gate="eligibility", text=_in_english(rule), closed=False)
        return
    words = {True: "true", False: "false", None: "unknown"}
    for leaf in explain(rule.when, profile).unmet():
        yield Reason(gate="eligibility", text=f"{describe(leaf.node)}: this is {words[leaf.verdict]}")


def idempotency(rule: Rule, entrance: Entrance, standing: Standing) -> Iterator[Reason]:
    """Yield what the ledger already has of this very entry into the rule, on whatever channel."""
    for entry in standing.entries:
        same = (entry.rule, entry.occurrence, entry.step) == (rule.name, entrance.occurrence, STEP)
        if same and entry.state in DECIDED:
            state = entry.state.replace("_", " ")
            yield Reason(gate="idempotency", text=f"this was decided on {entry.at:%Y-%m-%d}: {state}")


def held_out(rule: Rule, standing: Standing, first_id: str) -> bool:
    """Return whether the customer is held out of *rule*: as at their first exposure, else by their hash."""
    seen = (entry for entry in standing.entries if entry.rule == rule.name and entry.state in DECIDED)
    first = next(iter(seen), None)
    if first is not None:
        return first.state == HELD_OUT
    return _share_of(standing.policy.salt, rule.name, first_id) < rule.holdout


def zone_needed(rule: Rule, standing: Standing) -> Iterator[Reason]:
    """Yield the gates that cannot be worked out because nobody knows where the customer lives."""
    if standing.zone is not None:
        return
    text = "their time zone is unknown; Policy.default_zone would stand in for it"
    if standing.policy.quiet is not None and not _exemption(rule.purpose, standing.policy).from_quiet:
        yield Reason(gate="quiet hours", text=text)
    if any(_needs_zone(cap) for cap in _caps_of(rule, standing.policy)):
        yield Reason(gate="caps", text=text)


def soft_gates(rule: Rule, channel: str, standing: Standing) -> list[SoftGate]:
    """Return the gates that open by time, as in `GATES`, without those that need an unknown zone."""
    kept = attrs.evolve(standing, sends=tuple(send for send in standing.sends if send.rule is None))
    gates = [*_priority(rule, channel, standing)] if len(kept.sends) < len(standing.sends) else []
    quiet, zone = standing.policy.quiet, standing.zone
    if quiet is not None and zone is not None and not _exemption(rule.purpose, standing.policy).from_quiet:
        text = f"it is quiet from {quiet.start} to {quiet.end} in {zone}"
        gates.append(
            SoftGate(name="quiet hours", text=text, opens=lambda at: quiet_until(quiet, at, zone=zone))
        )
    return [*gates, *_budget(rule, channel, kept)]


def first_allowed(gates: Iterable[SoftGate], at: dt.datetime) -> dt.datetime | None:
    """Return the first instant at or after *at* at which every gate is open, or None for never."""
    return first_open(at, [gate.opens for gate in gates])


def closed_now(gates: Iterable[SoftGate], at: dt.datetime) -> Iterator[Reason]:
    """Yield a reason for each gate that is closed at *at*."""
    for gate in gates:
        opens = gate.opens(at)
        if opens != at:
            yield Reason(gate=gate.name, text=gate.text, not_before=opens, channel=gate.channel)


def _budget(rule: Rule, channel: str, standing: Standing) -> Iterator[SoftGate]:
    """Yield the caps and the minimum gap that hold the rule back on *channel*."""
    for cap in _caps_of(rule, standing.policy):
        if cap.covers(purpose=rule.purpose, channel=channel) and (standing.zone or not _needs_zone(cap)):
            yield SoftGate(
                name="caps",
                text=f"{cap} is used up" if cap.limit else f"{cap}: none is allowed",
                opens=_counted(cap, standing),
                channel=channel if cap.channels else None,
            )
    gap = standing.policy.min_gap
    if gap and _exemption(rule.purpose, standing.policy) is _NEVER_EXEMPT:
        text = f"another send is less than {duration_text(gap)} away"
        yield SoftGate(name="minimum gap", text=text, opens=_counted(Cap(1, rolling(gap)), standing))


def _priority(rule: Rule, channel: str, standing: Standing) -> Iterator[SoftGate]:
    """Yield the gate of what rules of higher priority promised in this very plan."""
    budget = [gate.opens for gate in _budget(rule, channel, standing)]
    names = ", ".join(dict.fromkeys(send.rule for send in standing.sends if send.rule is not None))
    if budget:
        text = f"{names} of higher priority takes the place"
        yield SoftGate(name="priority", text=text, opens=lambda at: first_open(at, budget))


def _counted(cap: Cap, standing: Standing) -> Gate:
    taken = [
        send.at
        for send in standing.sends
        if cap.covers(purpose=send.purpose, channel=send.channel)
        and _exemption(send.purpose, standing.policy).counts
    ]
    return cap_gate(cap, taken, zone=standing.zone)


def _caps_of(rule: Rule, policy: Policy) -> tuple[Cap, ...]:
    return policy.caps if _exemption(rule.purpose, policy) is _NEVER_EXEMPT else ()


def _needs_zone(cap: Cap) -> bool:
    return cap.window.kind in CALENDAR_UNITS and cap.window.zone is None


def _exemption(purpose: str, policy: Policy) -> Exempt:
    return next((one for one in policy.exempt if one.purpose == purpose), _NEVER_EXEMPT)


def _share_of(salt: str, rule: str, customer_id: str) -> float:
    """Return a number in [0, 1), the same for the same customer and rule for ever."""
    text = "\x1f".join((salt, rule, customer_id)).encode()
    return int.from_bytes(hashlib.sha256(text).digest()[:6], "big") / 2**48


@lru_cache(maxsize=1024)
def _in_english(rule: Rule) -> str:
    return describe(rule.when)
