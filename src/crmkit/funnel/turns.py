"""Turns: leads dealt out to reps so that everybody gets their share at every moment."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import final

import attrs

from crmkit.display import html_table, text_table
from crmkit.errors import InvalidValue
from crmkit.funnel.leads import Lead
from crmkit.funnel.routing import Rep, known_reps
from crmkit.model import CustomerId


@final
@attrs.frozen(kw_only=True)
class RoundRobinState:
    """Who is how far behind or ahead of their share; a value that the host keeps between runs.

    Attributes:
        counters: By rep id, sorted: leads due less leads got, in parts of a
            lead; a rep without one is even.  They add up to 0.
        scale: How many parts a lead has.
    """

    counters: tuple[tuple[str, int], ...] = ()
    scale: int = attrs.field(default=1)

    @scale.validator
    def _positive(self, _: object, scale: int) -> None:
        if scale < 1:
            raise InvalidValue(f"scale must be 1 or more, got {scale}")

    def behind(self, rep_id: str) -> Fraction:
        """Return how many leads the rep is behind their share; below 0 they are ahead."""
        return Fraction(dict(self.counters).get(rep_id, 0), self.scale)


@final
@attrs.frozen(kw_only=True)
class Assignment:
    """Who gets a lead, and why.

    Attributes:
        lead_id: The lead.
        rep_id: The rep, or None if nobody gets it.
        reason: Why, in a sentence.
    """

    lead_id: str
    rep_id: str | None
    reason: str


@final
@attrs.frozen(kw_only=True)
class RoundRobin:
    """Leads dealt out.

    Attributes:
        assignments: One for each lead, in the order given.
        state: The counters to go on with.
    """

    assignments: tuple[Assignment, ...]
    state: RoundRobinState

    def __str__(self) -> str:
        return text_table(_COLUMNS, self._rows())

    def _repr_html_(self) -> str:
        return html_table(_COLUMNS, self._rows())

    def _rows(self) -> list[tuple[str, str, str]]:
        return [(one.lead_id, one.rep_id or "nobody", one.reason) for one in self.assignments]


_COLUMNS = ("lead", "rep", "reason")


def round_robin(
    leads: Iterable[Lead], reps: Iterable[Rep], state: RoundRobinState | None = None
) -> RoundRobin:
    """Deal *leads* out to the active ones of *reps*, by weight, and return who gets which.

    While reps and weights stay the same, every rep is at every moment less
    than one lead away from their weighted share of all leads so far, however
    the run is split.  Whoever is not active gets nothing and is owed nothing;
    what they were owed before is kept for them.  The order of *reps* makes no
    difference.

    A lead that somebody works keeps its rep and takes nobody's turn.  Two open
    leads of one customer never both go out: the later one is left to be
    merged.  Hand over the leads that are being worked together with the new
    ones.  A lead that is given twice counts once.

    Args:
        leads: Leads in the order in which they are to go out.
        reps: Everybody who may get one, active or not.
        state: What the last run returned; None begins evenly.

    Raises:
        Contradiction: If two reps share an id.

    Source: Tijdeman (1980), The chairman assignment problem.
    """
    active = [rep for rep in known_reps(reps) if rep.active]
    given = _once(leads)
    before = state or RoundRobinState()
    scale = math.lcm(before.scale, sum(rep.weight for rep in active) or 1)
    behind = {rep_id: parts * (scale // before.scale) for rep_id, parts in before.counters}
    holders = {lead.customer_id: lead.id for lead in reversed(given) if lead.rep_id and lead.status == "open"}
    assignments = []
    for lead in given:
        found = _settled(lead, holders, active)
        if found is None:
            found = _deal(lead, active, behind, scale)
            holders[lead.customer_id] = lead.id
        assignments.append(found)
    return RoundRobin(assignments=tuple(assignments), state=_state(behind, scale))


def _once(leads: Iterable[Lead]) -> list[Lead]:
    first: dict[str, Lead] = {}
    for lead in leads:
        first.setdefault(lead.id, lead)
    return list(first.values())


def _settled(
    lead: Lead, holders: Mapping[CustomerId | None, str], active: Sequence[Rep]
) -> Assignment | None:
    """Return what becomes of a lead that is not to be dealt out, or None if it is."""

    def left(reason: str) -> Assignment:
        return Assignment(lead_id=lead.id, rep_id=None, reason=reason)

    if lead.status != "open":
        return left(f"the lead is {lead.status}")
    if lead.rep_id is not None:
        return Assignment(lead_id=lead.id, rep_id=lead.rep_id, reason="they work it already")
    if lead.customer_id is not None and lead.customer_id in holders:
        return left(f"the same customer's lead {holders[lead.customer_id]} is open; merge the two")
    return None if active else left("no rep is active")


def _deal(lead: Lead, active: Sequence[Rep], behind: dict[str, int], scale: int) -> Assignment:
    """Give everybody their share of one lead, and the lead to the one whose turn it is."""
    total = sum(rep.weight for rep in active)
    for rep in active:
        behind[rep.id] = behind.get(rep.id, 0) + scale * rep.weight // total
    chosen = _next(active, behind, scale).id
    owed = Fraction(behind[chosen], scale)
    behind[chosen] -= scale
    return Assignment(
        lead_id=lead.id, rep_id=chosen, reason=f"next of {len(active)} in turn, with {owed} of a lead due"
    )


def _next(active: Sequence[Rep], behind: Mapping[str, int], scale: int) -> Rep:
    """Return the rep who must get a lead soonest to stay within their share, of those who may by now.

    With k reps, one may get a lead when at least 1/(2k-2) of it is due, and
    must before more than 1 - 1/(2k-2) is.  After someone has come or gone it can be
    that nobody may yet; then all are asked.
    """
    parts = 2 * len(active) - 2
    wide = math.lcm(*(rep.weight for rep in active))
    ready = [rep for rep in active if behind[rep.id] * parts >= scale] or active
    return min(
        ready,
        key=lambda rep: ((scale * (parts - 1) - parts * behind[rep.id]) * (wide // rep.weight), rep.id),
    )


def _state(behind: Mapping[str, int], scale: int) -> RoundRobinState:
    shared = math.gcd(scale, *behind.values())
    counters = sorted((rep_id, parts // shared) for rep_id, parts in behind.items() if parts)
    return RoundRobinState(counters=tuple(counters), scale=scale // shared)
