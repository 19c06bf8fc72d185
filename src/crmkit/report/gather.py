"""Gather: from a storage that the main job has filled to the rows the report shows."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Final, TypeAlias

from dateutil.relativedelta import relativedelta

from crmkit import care, dedup, funnel, lifecycle
from crmkit.model import PERSON, Activity, Customer, Profile, Record, fields_of, instant
from crmkit.playbook import Playbook
from crmkit.ports import Storage
from crmkit.report.data import (
    CareDay,
    CareExample,
    Figure,
    FunnelStep,
    IdentityExample,
    IdentityRecord,
    MatchEvidence,
    MatchPart,
    ProblemRow,
    ReportData,
    StageMonth,
    StageMove,
    TierCell,
)
from crmkit.workflows.history import History
from crmkit.workflows.identify import evidence

MONTHS: Final = 12
IDENTITIES: Final = 4
EXAMPLES: Final = 6
_USUAL: Final = 4
_ID_FIELDS: Final = ("name", "company", "born_on", "email", "phone", "wechat", "address", "city")

StagesThen: TypeAlias = list[tuple[dt.datetime, list[str | None]]]


def gather(
    storage: Storage,
    history: History,
    profiles: Sequence[Profile],
    playbook: Playbook,
    *,
    as_of: dt.datetime,
    title: str,
    figures: Iterable[Figure] = (),
) -> ReportData:
    """Return what a report on *storage* shows.

    Args:
        storage: What the main job has filled.
        history: The facts of *storage*, by customer.
        profiles: Its profiles.
        playbook: What it was filled by.
        as_of: The instant the report is true of.
        title: What the report is about.
        figures: Numbers to show after those that the storage gives.
    """
    until = instant(as_of)
    machine = playbook.definitions.lifecycle
    stages = _stages_by_month(profiles, history, machine, until)
    return ReportData(
        title=title,
        as_of=until,
        figures=(*_figures(storage, profiles, history), *figures),
        funnel=_funnel(playbook, history.facts, until),
        stages=machine.stages,
        lapsed=machine.lapsed,
        stage_months=_stage_months(stages, machine),
        stage_moves=_stage_moves(stages),
        tier_cells=_tier_cells(profiles),
        identities=_identities(storage, profiles),
        care_days=_care_days(storage.ledger.decisions(), until),
        care_examples=_care_examples(storage.ledger.decisions(), playbook),
        problems=_problems(storage),
    )


def _figures(storage: Storage, profiles: Sequence[Profile], history: History) -> tuple[Figure, ...]:
    records = sum(len(one.customer.record_ids) for one in profiles)
    accounts = sum(one.customer.kind != PERSON for one in profiles)
    sends = Counter(entry.state for entry in storage.ledger.entries())
    return (
        Figure(label="customers", value=f"{len(profiles):,}", note=f"{accounts:,} of them organisations"),
        Figure(label="records", value=f"{records:,}", note="from every source"),
        Figure(label="activities", value=f"{len(history.facts):,}", note="facts with a time"),
        Figure(
            label="messages sent", value=f"{sends[care.SENT]:,}", note=f"{sends[care.HELD_OUT]:,} held out"
        ),
    )


def _funnel(playbook: Playbook, facts: Iterable[Activity], as_of: dt.datetime) -> tuple[FunnelStep, ...]:
    if not playbook.funnels:
        return ()
    flow = funnel.report(facts, playbook.funnels[0], as_of=as_of).total
    steps = zip(playbook.funnels[0].steps, flow.reached, flow.pending_at, strict=True)
    return tuple(FunnelStep(name=name, reached=reached, pending=pending) for name, reached, pending in steps)


def _stages_by_month(
    profiles: Iterable[Profile], history: History, machine: lifecycle.Lifecycle, as_of: dt.datetime
) -> StagesThen:
    """Return, for each of the last months' ends up to *as_of*, the stage of every person in one order.

    Of whom nothing was known by then there is no stage but None.
    """
    ends = [as_of - relativedelta(months=back) for back in range(MONTHS, -1, -1)]
    people = [one.customer for one in profiles if one.customer.kind == PERSON]
    told = [history.of(one) for one in people]
    firsts = [min((fact.at for fact in facts), default=as_of) for facts in told]
    timelines = [
        lifecycle.fold(machine, facts, as_of=as_of, fields=fields_of(one))
        for one, facts in zip(people, told, strict=True)
    ]
    return [
        (
            end,
            [
                line.at(end).stage if first <= end else None
                for line, first in zip(timelines, firsts, strict=True)
            ],
        )
        for end in ends
    ]


def _stage_months(stages: StagesThen, machine: lifecycle.Lifecycle) -> tuple[StageMonth, ...]:
    return tuple(
        StageMonth(month=end.date(), stage=stage, customers=counts[stage])
        for end, then in stages
        for counts in (Counter(then),)
        for stage in machine.stages
    )


def _stage_moves(stages: StagesThen) -> tuple[StageMove, ...]:
    both = zip(stages[0][1], stages[-1][1], strict=True)
    moves = Counter((start, end) for start, end in both if start is not None and end is not None)
    return tuple(
        StageMove(start=start, end=end, customers=count) for (start, end), count in sorted(moves.items())
    )


def _tier_cells(profiles: Iterable[Profile]) -> tuple[TierCell, ...]:
    scored = [(dict(one.scores), one) for one in profiles if one.tier is not None]
    tiers: dict[tuple[int, int], Counter[tuple[int, str]]] = {}
    for scores, one in scored:
        cell = (scores["recency_days"], scores["frequency"])
        tiers.setdefault(cell, Counter())[one.tier or 0, one.tier_name or ""] += 1
    return tuple(
        TierCell(
            recency=recency,
            frequency=frequency,
            customers=counts.total(),
            tier=min(counts, key=lambda tier: (-counts[tier], tier))[0],
            tier_name=min(counts, key=lambda tier: (-counts[tier], tier))[1],
        )
        for (recency, frequency), counts in sorted(tiers.items())
    )


def _identities(storage: Storage, profiles: Iterable[Profile]) -> tuple[IdentityExample, ...]:
    """Return some customers made of several records, of the usual sizes, the most telling first.

    The larger of two customers tells more, and so does one whom more sources know.
    """
    usual = [one.customer for one in profiles if 1 < len(one.customer.record_ids) <= _USUAL]
    telling = sorted(usual, key=lambda one: (-len(one.record_ids), -_sources(one), one.id))
    return tuple(_identity(storage, one) for one in telling[:IDENTITIES])


def _sources(customer: Customer) -> int:
    """Return how differently the records speak of a customer: the number of values that were weighed."""
    return len({value.value for value in customer.provenance})


def _identity(storage: Storage, customer: Customer) -> IdentityExample:
    records = {record.id: record for record in storage.facts.records(customer.record_ids)}
    sources = sorted({record.source for record in records.values()})
    return IdentityExample(
        customer_id=customer.id,
        headline=f"{len(records)} records from {', '.join(sources)} are one customer",
        records=tuple(_identity_record(record) for record in records.values()),
        evidence=tuple(map(_evidence, evidence(storage, customer.id, records.values())[: len(records) - 1])),
    )


def _identity_record(record: Record) -> IdentityRecord:
    shown = ((name, ", ".join(record.texts(name))) for name in _ID_FIELDS)
    return IdentityRecord(
        record_id=record.id, source=record.source, fields=tuple((name, text) for name, text in shown if text)
    )


def _evidence(explained: dedup.Explanation) -> MatchEvidence:
    parts = tuple(
        MatchPart(field=part.name, verdict=part.finding, weight=round(10 * part.weight))
        for part in explained.parts
    )
    return MatchEvidence(left=str(explained.a), right=str(explained.b), parts=parts)


def _care_days(decisions: Iterable[care.Decision], as_of: dt.datetime) -> tuple[CareDay, ...]:
    counts = Counter(
        ((one.not_before or as_of).date(), one.rule, one.outcome)
        for one in decisions
        if one.outcome != care.DROP
    )
    return tuple(
        CareDay(day=day, rule=rule, outcome=outcome, decisions=count)
        for (day, rule, outcome), count in sorted(counts.items())
    )


def _care_examples(decisions: Iterable[care.Decision], playbook: Playbook) -> tuple[CareExample, ...]:
    """Return the first decision of each rule and outcome, the most urgent rules first."""
    priority = {rule.name: rule.priority for rule in playbook.rules}
    ordered = sorted(decisions, key=lambda one: (-priority.get(one.rule, 0), one.rule, one.outcome))
    firsts = [next(group) for _, group in groupby(ordered, key=lambda one: (one.rule, one.outcome))]
    telling = sorted(firsts, key=lambda one: care.OUTCOMES.index(one.outcome) == len(care.OUTCOMES) - 1)
    return tuple(
        CareExample(
            customer_id=one.customer_id,
            rule=one.rule,
            outcome=one.outcome,
            channel=one.channel or "",
            reasons=tuple(str(reason) for reason in one.reasons),
        )
        for one in telling[:EXAMPLES]
    )


def _problems(storage: Storage) -> tuple[ProblemRow, ...]:
    counts = Counter((one.source, one.field, one.reason, one.kept) for one in storage.facts.problems())
    return tuple(
        ProblemRow(source=source, field=field, reason=reason, rows=count, kept=kept)
        for (source, field, reason, kept), count in sorted(
            counts.items(), key=lambda pair: (-pair[1], pair[0])
        )
    )
