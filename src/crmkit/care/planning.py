"""Planning: who is due what now, and why not.

`plan` decides and does nothing: it is a pure function of rules, profiles, the
ledger, the policy and an instant.  What to send is up to a workflow, which
writes each decision to the ledger before it acts on it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from crmkit.care.decisions import SEND, WAIT, Decision, Reason, decision_key
from crmkit.care.entrances import Entrance, entrance, may_enter
from crmkit.care.gates import Send, Standing, sends_of
from crmkit.care.ledger import LedgerEntry, by_customer
from crmkit.care.policy import Policy, check_rules, zone_of
from crmkit.care.rules import Rule
from crmkit.care.weighing import Weighed, ids_of, outcome_of, weigh
from crmkit.conditions import matches
from crmkit.errors import Contradiction
from crmkit.model import Profile, instant

if TYPE_CHECKING:
    from crmkit.profiles import Definitions


def plan(
    rules: Iterable[Rule],
    profiles: Iterable[Profile],
    *,
    ledger: Iterable[LedgerEntry] = (),
    policy: Policy | None = None,
    as_of: dt.datetime,
    definitions: Definitions | None = None,
) -> list[Decision]:
    """Return a decision for each entry into a rule that is open at *as_of*.

    A rule of which the condition is not true of a customer, or that does not
    let them in (again) now, gives no decision; `why_not` tells why.  Where
    several rules want the same place under the caps, larger priority goes
    first, ties by name.

    Args:
        rules: The care rules, in any order.
        profiles: The customers, in any order, each as of *as_of*.
        ledger: What was planned and sent before, in any order.  Feed decisions
            back by `ledger_entry`: planning twice then plans nothing new.
        policy: What every rule has to keep to; by default consent and contact
            points are needed, and nothing is capped.
        as_of: The instant, aware.
        definitions: What the profiles were made of; with them the beginning
            of a match is exact, see `crmkit.care.spells`.

    Returns:
        Decisions sorted by customer id, then by priority, the larger first, then by rule name.

    Raises:
        Contradiction: If two rules share a name, two profiles a customer, or
            a profile is as of another instant.
        UnknownName: If a rule has a purpose or a channel that the policy does not know.
    """
    keeping = policy or Policy()
    ordered = check_rules(rules, keeping)
    at = instant(as_of)
    known = by_customer(ledger)
    decisions: list[Decision] = []
    for profile in _once_each(profiles, at):
        standing = _standing(profile, keeping, known)
        decisions.extend(_plan_one(ordered, standing, definitions))
    return decisions


def why_not(
    rule: Rule,
    profile: Profile,
    *,
    ledger: Iterable[LedgerEntry] = (),
    policy: Policy | None = None,
    as_of: dt.datetime,
    definitions: Definitions | None = None,
) -> list[Reason]:
    """Return every unmet condition and closed gate between *rule* and a customer, in the order of `GATES`.

    If several stand in the way, all are named; if none does, the list is
    empty, and the rule would send now.  Other rules are left out of account.

    Raises:
        Contradiction: As `plan`.
        UnknownName: As `plan`.
    """
    keeping = policy or Policy()
    check_rules([rule], keeping)
    [checked] = _once_each([profile], instant(as_of))
    standing = _standing(checked, keeping, by_customer(ledger))
    weighed = weigh(rule, standing, _way_in(rule, standing, definitions))
    if outcome_of(weighed, checked.as_of) == SEND:
        return []
    return [reason for reason in weighed.reasons if reason.closed]


def _once_each(profiles: Iterable[Profile], as_of: dt.datetime) -> list[Profile]:
    ordered = sorted(profiles, key=lambda profile: profile.customer.id)
    for before, profile in zip([None, *ordered], ordered, strict=False):
        if before is not None and before.customer.id == profile.customer.id:
            raise Contradiction(f"two profiles are of the customer {profile.customer.id!r}; give one")
        if profile.as_of != as_of:
            raise Contradiction(
                f"the profile of {profile.customer.id!r} is as of {profile.as_of.isoformat()}, "
                f"the plan as of {as_of.isoformat()}; make profiles as of the plan's instant"
            )
    return ordered


def _standing(profile: Profile, policy: Policy, known: Mapping[str, Sequence[LedgerEntry]]) -> Standing:
    entries = [entry for one in ids_of(profile) for entry in known.get(one, ())]
    entries.sort(key=lambda entry: (entry.at, entry.key))
    return Standing(
        profile=profile,
        policy=policy,
        zone=zone_of(profile, policy),
        entries=entries,
        sends=sends_of(entries),
    )


def _plan_one(rules: Sequence[Rule], standing: Standing, definitions: Definitions | None) -> list[Decision]:
    decisions: list[Decision] = []
    for rule in rules:
        at = standing.profile.as_of
        if not matches(rule.when, standing.profile) or not may_enter(rule, standing.entries, as_of=at):
            continue
        way = _way_in(rule, standing, definitions)
        if way.reason.closed or _has_expired(way, at):
            continue
        decision = _decision(rule, standing, weigh(rule, standing, way))
        decisions.append(decision)
        standing = _promising(standing, decision)
    return decisions


def _way_in(rule: Rule, standing: Standing, definitions: Definitions | None) -> Entrance:
    return entrance(
        rule, standing.profile, entries=standing.entries, zone=standing.zone, definitions=definitions
    )


def _has_expired(way: Entrance, at: dt.datetime) -> bool:
    return way.expires_at is not None and at >= way.expires_at


def _promising(standing: Standing, decision: Decision) -> Standing:
    """Return the standing in which a send, now or later, holds its place against rules of lower priority."""
    if decision.outcome not in (SEND, WAIT) or decision.channel is None:
        return standing
    promised = Send(
        at=decision.not_before or decision.at,
        purpose=decision.purpose,
        channel=decision.channel,
        rule=decision.rule,
    )
    return attrs.evolve(standing, sends=(*standing.sends, promised))


def _decision(rule: Rule, standing: Standing, weighed: Weighed) -> Decision:
    at = standing.profile.as_of
    outcome = outcome_of(weighed, at)
    return Decision(
        outcome=outcome,
        rule=rule.name,
        customer_id=standing.profile.customer.id,
        purpose=rule.purpose,
        template=rule.template,
        channel=weighed.channel,
        occurrence=weighed.entrance.occurrence,
        key=decision_key(
            customer_id=ids_of(standing.profile)[0],
            rule=rule.name,
            occurrence=weighed.entrance.occurrence,
            channel=weighed.channel,
        ),
        at=at,
        not_before=weighed.release if outcome == WAIT else None,
        reasons=weighed.reasons,
    )
