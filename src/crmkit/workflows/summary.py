"""Summary: what a person wants to see after the job, as one value."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final, final

import attrs

from crmkit import care, funnel
from crmkit.display import html_bars, text_bar
from crmkit.lifecycle import Lifecycle
from crmkit.model import ORGANISATION, PERSON, Activity, Profile
from crmkit.playbook import Playbook
from crmkit.ports import Storage
from crmkit.service import cases_of, sla_clock, status_at
from crmkit.workflows.history import History

SHOWN: Final = 5

Counts = tuple[tuple[str, int], ...]


@final
@attrs.frozen(kw_only=True, repr=False)
class Summary:
    """What the storage holds, counted.

    Attributes:
        as_of: The instant it is true of.
        counts: Records, customers, organisations, activities and problems.
        stages: Persons by stage, in the lifecycle's order.
        account_stages: Organisations by stage, in their lifecycle's order.
        tiers: Customers by value tier, lowest first.
        funnels: What the playbook's funnels say.
        outcomes: Decisions by outcome.
        decisions: The first few decisions to send, the most urgent rule first.
        case: The open case that is due first, in a sentence; None if none is open.
    """

    as_of: dt.datetime
    counts: Counts
    stages: Counts
    account_stages: Counts
    tiers: Counts
    funnels: tuple[funnel.FunnelReport, ...]
    outcomes: Counts
    decisions: tuple[care.Decision, ...]
    case: str | None

    def __repr__(self) -> str:
        return f"Summary({', '.join(f'{count:,} {name}' for name, count in self.counts)})"

    def __str__(self) -> str:
        blocks = [
            "  ".join(f"{count:,} {name}" for name, count in self.counts),
            _bars("Stages", self.stages),
            _bars("Stages of organisations", self.account_stages),
            _bars("Value tiers", self.tiers),
            *map(_funnel, self.funnels),
            "Care decided: " + (", ".join(f"{count:,} {name}" for name, count in self.outcomes) or "nothing"),
            *(str(decision) for decision in self.decisions),
            f"First case due: {self.case}" if self.case else "",
        ]
        return "\n\n".join(block for block in blocks if block)

    def _repr_html_(self) -> str:
        charts = (
            ("Stages", self.stages),
            ("Organisations", self.account_stages),
            ("Value tiers", self.tiers),
        )
        return "".join(html_bars(counts, caption=caption) for caption, counts in charts)


def summarise(
    storage: Storage,
    history: History,
    profiles: Sequence[Profile],
    playbook: Playbook,
    *,
    as_of: dt.datetime,
) -> Summary:
    """Return what *storage*, with these facts and profiles, holds at *as_of*, counted."""
    persons = [one for one in profiles if one.customer.kind == PERSON]
    organisations = [one for one in profiles if one.customer.kind == ORGANISATION]
    facts = history.facts
    decisions = list(storage.ledger.decisions())
    definitions = playbook.definitions
    return Summary(
        as_of=as_of,
        counts=(
            ("records", sum(len(one.customer.record_ids) for one in profiles)),
            ("customers", len(profiles)),
            ("of them organisations", len(organisations)),
            ("activities", len(facts)),
            ("problems", sum(1 for _ in storage.facts.problems())),
        ),
        stages=_by_stage(persons, definitions.lifecycle),
        account_stages=_by_stage(organisations, definitions.account_lifecycle or definitions.lifecycle),
        tiers=_by_tier(profiles, definitions.tiers.names),
        funnels=tuple(funnel.report(facts, spec, as_of=as_of) for spec in playbook.funnels),
        outcomes=_in_order(Counter(one.outcome for one in decisions), care.OUTCOMES),
        decisions=_most_urgent(decisions, playbook),
        case=_first_case(facts, playbook, as_of),
    )


def _by_stage(profiles: Iterable[Profile], lifecycle: Lifecycle) -> Counts:
    return _in_order(Counter(str(one.stage) for one in profiles), lifecycle.stages)


def _by_tier(profiles: Iterable[Profile], names: Sequence[str]) -> Counts:
    return _in_order(Counter(one.tier_name or "no purchase" for one in profiles), (*names, "no purchase"))


def _in_order(counts: Counter[str], names: Iterable[str]) -> Counts:
    return tuple((name, counts[name]) for name in names if counts[name])


def _most_urgent(decisions: Iterable[care.Decision], playbook: Playbook) -> tuple[care.Decision, ...]:
    """Return the first decision to send of each rule, the rules by priority, a few at most."""
    priority = {rule.name: rule.priority for rule in playbook.rules}
    sends = sorted(
        (one for one in decisions if one.outcome == care.SEND),
        key=lambda one: (-priority.get(one.rule, 0), one.rule, one.customer_id, one.key),
    )
    first = {one.rule: one for one in reversed(sends)}
    return tuple(sorted(first.values(), key=sends.index))[:SHOWN]


def _first_case(facts: Iterable[Activity], playbook: Playbook, as_of: dt.datetime) -> str | None:
    """Return which open case is due first, in a sentence, or None if none is open."""
    open_cases = [case for case in cases_of(facts) if status_at(case, as_of=as_of) == "open"]
    clocks = [sla_clock(case, playbook.sla, as_of=as_of) for case in open_cases]
    clocks = [clock for clock in clocks if clock.due is not None]
    return str(min(clocks, key=lambda clock: (clock.due, clock.case_id))) if clocks else None


def _funnel(report: funnel.FunnelReport) -> str:
    if report.entered:
        return f"Funnel {report}"
    return f"Funnel {report.spec}: nobody entered, the data has no {report.spec.steps[0]!r}"


def _bars(title: str, counts: Counts) -> str:
    if not counts:
        return ""
    longest = max(count for _, count in counts)
    width = max(len(name) for name, _ in counts)
    lines = [f"  {name:<{width}}  {count:>8,}  {text_bar(count, longest)}" for name, count in counts]
    return "\n".join([title, *lines])
