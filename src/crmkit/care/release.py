"""Release: whether what was decided may still go out at the moment it would."""

from __future__ import annotations

import datetime as dt

import attrs

from crmkit.care.decisions import Decision, Reason
from crmkit.care.gates import Standing, available, closed_now, consent, soft_gates, suppression
from crmkit.care.policy import Policy, zone_of
from crmkit.care.rules import Rule
from crmkit.conditions.nodes import Always
from crmkit.model import Profile, instant


def held_back(decision: Decision, profile: Profile, *, policy: Policy, at: dt.datetime) -> list[Reason]:
    """Return every gate that has closed since *decision* was made, in the order of `GATES`; none lets it go.

    Suppression, consent, quiet hours and the contact point are looked at
    again; the decision's place under the caps was taken when it was made.
    A gate that opens by time alone says when.

    Args:
        decision: One to send, on the channel it names.
        profile: The customer as they are known now.
        policy: What every rule has to keep to.
        at: The instant at which it would go.
    """
    channel = decision.channel
    if channel is None:
        return [Reason(gate="channel", text="no channel is open for good")]
    rule = Rule(
        name=decision.rule,
        when=Always(verdict=True),
        channel=channel,
        template=decision.template,
        purpose=decision.purpose,
    )
    standing = Standing(
        profile=attrs.evolve(profile, as_of=instant(at)),
        policy=policy,
        zone=zone_of(profile, policy),
        entries=(),
        sends=(),
    )
    quiet = [gate for gate in soft_gates(rule, channel, standing) if gate.name == "quiet hours"]
    said = [*suppression(rule, standing), consent(rule, channel, standing), *closed_now(quiet, instant(at))]
    return [reason for reason in (*said, available(channel, standing)) if reason.closed]
