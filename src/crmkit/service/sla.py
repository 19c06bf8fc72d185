"""SLA clocks: how a case stands against its policy, counted in business hours, pauses left out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Final, final

import attrs

from crmkit.calendars import Calendar, deadline, elapsed, quiet_until
from crmkit.conditions.text import duration_text
from crmkit.display import html_table
from crmkit.errors import InvalidValue
from crmkit.model import instant
from crmkit.service.cases import AGENT_MESSAGE, DONE, ESCALATED, OPEN, Case, Phase, phases
from crmkit.service.sla_policy import ANSWER, GOALS, Escalation, SlaPolicy, Target

_NOTHING: Final = dt.timedelta()


@final
@attrs.frozen(kw_only=True)
class GoalClock:
    """How one target stands.

    Attributes:
        goal: "answer" or "solve".
        within: The open time there is for it.
        used: The open time that was used, pauses left out.
        due: When it is, or was, due; while the case is paused, as if it went on now.
        met_at: When it was met, or None if it is not.
    """

    goal: str
    within: dt.timedelta
    used: dt.timedelta
    due: dt.datetime
    met_at: dt.datetime | None
    as_of: dt.datetime

    @property
    def breached(self) -> bool:
        """Whether it was met after it was due, or is overdue; the due instant itself is in time."""
        return (self.met_at or self.as_of) > self.due


@final
@attrs.frozen(kw_only=True)
class NextEscalation:
    """The step of the ladder that comes next.

    Attributes:
        step: The step.
        at: When it is to be done, out of the quiet hours of whom it tells; it may be past.
    """

    step: Escalation
    at: dt.datetime


@final
@attrs.frozen(kw_only=True)
class SlaClock:
    """How a case stands against its targets.

    Attributes:
        case_id: Id of the case.
        as_of: The instant it is told for.
        status: Status of the case: "open", "waiting" or "closed".
        goals: How each target stands, "answer" first.
        next_escalation: What comes next, or None if nothing does.
    """

    case_id: str
    as_of: dt.datetime
    status: str
    goals: tuple[GoalClock, ...]
    next_escalation: NextEscalation | None

    @property
    def due(self) -> dt.datetime | None:
        """When the next target that is not met is due, or None if all are met."""
        return min((goal.due for goal in self.goals if goal.met_at is None), default=None)

    @property
    def breached(self) -> bool:
        """Whether any target was, or is, missed."""
        return any(goal.breached for goal in self.goals)

    @property
    def paused(self) -> bool:
        """Whether the case waits for the customer, so that no time counts."""
        return self.status not in (OPEN, DONE)

    def __str__(self) -> str:
        lines = [f"case {self.case_id}, {self.status} at {_shown(self.as_of)}"]
        lines += ["  " + "  ".join(str(cell) for cell in row) for row in self._rows()]
        if self.next_escalation is not None:
            lines.append(f"  next: {self.next_escalation.step.name} at {_shown(self.next_escalation.at)}")
        return "\n".join(lines)

    def _rows(self) -> list[tuple[str, str, str, str]]:
        return [
            (
                goal.goal,
                f"within {duration_text(goal.within)}",
                f"due {_shown(goal.due)}",
                ("missed" if goal.breached else "met" if goal.met_at else "running")
                + (f" {_shown(goal.met_at)}" if goal.met_at else ""),
            )
            for goal in self.goals
        ]

    def _repr_html_(self) -> str:
        return html_table(
            ("goal", "within", "due (UTC)", "stands"), self._rows(), caption=f"case {self.case_id}"
        )


def sla_clock(case: Case, policy: SlaPolicy, *, as_of: dt.datetime) -> SlaClock:
    """Return how *case* stands against *policy* at *as_of*; what happened after is not seen.

    Time counts while the case is open and the calendar is too: not while it
    waits for the customer, nor while it is closed before it is opened again.
    The first message of ours, or the closing, is the answer.

    Raises:
        InvalidValue: If *as_of* is before the case was opened.
    """
    at = instant(as_of)
    found = phases(case, as_of=at)
    if not found:
        raise InvalidValue(f"the case {case.id!r} was opened at {case.opened_at.isoformat()}, after as_of")
    goals = tuple(_goal_clock(case, policy, goal, found, at) for goal in _limited(case, policy))
    return SlaClock(
        case_id=case.id,
        as_of=at,
        status=found[-1].status,
        goals=goals,
        next_escalation=_next_escalation(case, policy, goals, found, at),
    )


def _target(case: Case, policy: SlaPolicy) -> Target:
    return dict(policy.by_priority).get(case.priority, Target(answer=policy.answer, solve=policy.solve))


def _limited(case: Case, policy: SlaPolicy) -> list[str]:
    """Return the goals that have a limit for *case*."""
    target = _target(case, policy)
    return [goal for goal in GOALS if getattr(target, goal) is not None]


def _goal_clock(
    case: Case, policy: SlaPolicy, goal: str, found: Sequence[Phase], as_of: dt.datetime
) -> GoalClock:
    met_at = _answered_at(case, found, as_of) if goal == ANSWER else _solved_at(found)
    within: dt.timedelta = getattr(_target(case, policy), goal)
    end = met_at or as_of
    runs = _runs(found, end)
    return GoalClock(
        goal=goal,
        within=within,
        used=sum((elapsed(policy.calendar, start, stop) for start, stop in runs), _NOTHING),
        due=_due(policy.calendar, runs, within, end),
        met_at=met_at,
        as_of=as_of,
    )


def _answered_at(case: Case, found: Sequence[Phase], as_of: dt.datetime) -> dt.datetime | None:
    answers = [event.at for event in case.events if event.kind == AGENT_MESSAGE and event.at <= as_of]
    closings = [phase.since for phase in found if phase.status == DONE]
    return min((*answers, *closings), default=None)


def _solved_at(found: Sequence[Phase]) -> dt.datetime | None:
    return found[-1].since if found[-1].status == DONE else None


def _runs(found: Iterable[Phase], end: dt.datetime) -> list[tuple[dt.datetime, dt.datetime]]:
    """Return the stretches up to *end* in which time counts."""
    return [
        (phase.since, min(phase.until or end, end))
        for phase in found
        if phase.status == OPEN and phase.since <= end
    ]


def _due(
    calendar: Calendar,
    runs: Iterable[tuple[dt.datetime, dt.datetime]],
    within: dt.timedelta,
    end: dt.datetime,
) -> dt.datetime:
    """Return when *within* is used up by *runs*, or will be if time counts from *end* on."""
    for start, stop in runs:
        due = deadline(calendar, start, within)
        if due < stop:
            return due
        within -= elapsed(calendar, start, stop)
    return deadline(calendar, end, within)


def _next_escalation(
    case: Case,
    policy: SlaPolicy,
    goals: Iterable[GoalClock],
    found: Sequence[Phase],
    as_of: dt.datetime,
) -> NextEscalation | None:
    done = {event.note for event in case.events if event.kind == ESCALATED and event.at <= as_of}
    unmet = {clock.goal: clock for clock in goals if clock.met_at is None}
    steps = [
        NextEscalation(
            step=step, at=_escalation_at(step, unmet[step.goal].within, policy.calendar, found, as_of)
        )
        for step in policy.ladder
        if step.goal in unmet and step.name not in done
    ]
    return min(steps, key=lambda step: step.at, default=None)


def _escalation_at(
    step: Escalation,
    within: dt.timedelta,
    calendar: Calendar,
    found: Sequence[Phase],
    as_of: dt.datetime,
) -> dt.datetime:
    share = within * step.percent // 100
    at = _due(calendar, _runs(found, as_of), share, as_of)
    return at if step.quiet is None else quiet_until(step.quiet, at, zone=step.zone or calendar.zone)


def _shown(at: dt.datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
