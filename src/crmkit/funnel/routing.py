"""Routing: which reps a lead is for, by rules, with a trace of every rule that was asked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import final

import attrs

from crmkit.conditions import Condition, describe, evaluate
from crmkit.display import html_table
from crmkit.errors import Contradiction, InvalidValue, UnknownName
from crmkit.funnel.channels import CHANNELS, Channels
from crmkit.funnel.leads import Lead, facts_of


@final
@attrs.frozen
class Rep:
    """Somebody who sells.

    Attributes:
        id: Id of the rep.
        team: The team they belong to, or None.
        weight: Their share of leads beside the others', 1 or more.
        active: False while they are away: they get nothing.
    """

    id: str
    team: str | None = attrs.field(default=None, kw_only=True)
    weight: int = attrs.field(default=1, kw_only=True)
    active: bool = attrs.field(default=True, kw_only=True)

    @weight.validator
    def _positive(self, _: object, weight: int) -> None:
        if type(weight) is not int or weight < 1:
            raise InvalidValue(
                f"a weight is a whole number, 1 or more, got {weight!r}; one who gets nothing is not active"
            )


@final
@attrs.frozen
class AssignmentRule:
    """Which leads go to whom.

    Attributes:
        name: Its name, for the trace.
        when: What must be true of the lead: of its fields, its source, its status.
        to: Ids of reps and names of teams.
    """

    name: str
    when: Condition = attrs.field(kw_only=True)
    to: tuple[str, ...] = attrs.field(converter=tuple[str, ...], kw_only=True)

    @to.validator
    def _somebody(self, _: object, to: tuple[str, ...]) -> None:
        if not to:
            raise InvalidValue(f"the rule {self.name!r} leads to nobody; name reps or teams")


@final
@attrs.frozen(kw_only=True)
class RuleTrace:
    """What one rule said of a lead.

    Attributes:
        rule: Name of the rule.
        verdict: True, False, or None where the lead does not tell enough.
        why: The reason, in a sentence.
    """

    rule: str
    verdict: bool | None
    why: str


@final
@attrs.frozen(kw_only=True)
class Route:
    """Where a lead goes.

    Attributes:
        lead_id: The lead.
        rule: The rule that decided, or None if none did.
        rep_ids: The active reps it may go to, sorted; none if no rule decided.
        trace: Every rule that was asked, in order, up to the one that decided.
    """

    lead_id: str
    rule: str | None
    rep_ids: tuple[str, ...]
    trace: tuple[RuleTrace, ...]

    def __str__(self) -> str:
        where = f"{', '.join(self.rep_ids)} by {self.rule!r}" if self.rule else "nobody: no rule decided"
        return "\n".join((f"lead {self.lead_id} → {where}", *(f"  {a.rule}: {a.why}" for a in self.trace)))

    def _repr_html_(self) -> str:
        where = ", ".join(self.rep_ids) or "nobody"
        rows = [(asked.rule, asked.why) for asked in self.trace]
        return html_table(("rule", "why"), rows, caption=f"lead {self.lead_id} → {where}")


def route(
    lead: Lead,
    rules: Iterable[AssignmentRule],
    reps: Iterable[Rep],
    *,
    as_of: dt.datetime | None = None,
    channels: Channels = CHANNELS,
) -> Route:
    """Return the reps that *lead* may go to: those of the first rule that is true of it.

    A rule that is true but leads to nobody active is passed over, so that no
    lead is lost, and so is one whose condition is unknown; the trace says so.
    What rules can ask of is told by `leads.facts_of`.

    Args:
        lead: The lead.
        rules: The rules, the first that is true and leads to somebody decides.
        reps: Everybody there is, active or not.
        as_of: The instant it is asked at, where a rule asks about time.
        channels: The channels by whose names rules know where a lead came from.

    Raises:
        UnknownName: If a rule names neither a rep nor a team.
        Contradiction: If two reps share an id.
    """
    asked, everybody = facts_of(lead, channels=channels), known_reps(reps)
    trace: list[RuleTrace] = []
    for rule in rules:
        verdict = evaluate(rule.when, asked, as_of=as_of)
        chosen = _active(rule, everybody)
        trace.append(RuleTrace(rule=rule.name, verdict=verdict, why=_why(rule, verdict, chosen)))
        if verdict is True and chosen:
            return Route(lead_id=lead.id, rule=rule.name, rep_ids=chosen, trace=tuple(trace))
    return Route(lead_id=lead.id, rule=None, rep_ids=(), trace=tuple(trace))


def known_reps(reps: Iterable[Rep]) -> list[Rep]:
    """Return *reps* sorted by id.

    Raises:
        Contradiction: If two of them share an id.
    """
    everybody = sorted(reps, key=lambda rep: rep.id)
    for one, other in pairwise(everybody):
        if one.id == other.id:
            raise Contradiction(f"two reps share the id {one.id!r}; give each an id of their own")
    return everybody


def _active(rule: AssignmentRule, reps: Sequence[Rep]) -> tuple[str, ...]:
    names = {rep.id for rep in reps} | {rep.team for rep in reps if rep.team is not None}
    for name in rule.to:
        if name not in names:
            raise UnknownName("rep or team", name, names)
    return tuple(rep.id for rep in reps if rep.active and (rep.id in rule.to or rep.team in rule.to))


def _why(rule: AssignmentRule, verdict: bool | None, chosen: Sequence[str]) -> str:  # noqa: FBT001
    said = describe(rule.when)
    if verdict is None:
        return f"unknown whether {said}"
    if not verdict:
        return f"not so: {said}"
    return said if chosen else f"{said}, but nobody of {', '.join(rule.to)} is active"
