"""Invariants: stages and roles checked against each other."""

from __future__ import annotations

import datetime as dt

from crmkit.conditions.text import value_text
from crmkit.errors import Problem
from crmkit.lifecycle.machine import Invariant, Lifecycle
from crmkit.lifecycle.timeline import Span, Timeline
from crmkit.model.period import holds_at


def violations(machine: Lifecycle, timeline: Timeline) -> list[Problem]:
    """Return a problem for each stage in which a role is not as the machine's invariants say, oldest first.

    The facts are to blame, or the definition: a stage and a role that were meant
    to go together were moved by different kinds of activity.
    """
    return [
        Problem(source=machine.name, field=invariant.role, reason=_breach(invariant, span, at), kept=True)
        for span in timeline.spans
        for invariant in machine.invariants
        if span.stage in invariant.stages and (at := _broken_at(invariant, span, timeline)) is not None
    ]


def _broken_at(invariant: Invariant, span: Span, timeline: Timeline) -> dt.datetime | None:
    """Return the first instant of *span* at which the role is not as it should be, or None."""
    periods = [one for one in timeline.role_spans if one.stage == invariant.role]
    borders = {span.since, *(border for one in periods for border in (one.since, one.until))}
    for at in sorted(border for border in borders if border is not None):
        if not holds_at(span.since, span.until, at) or at > timeline.as_of:
            continue
        if any(holds_at(one.since, one.until, at) for one in periods) is not invariant.held:
            return at
    return None


def _breach(invariant: Invariant, span: Span, at: dt.datetime) -> str:
    held = "is not held" if invariant.held else "is held"
    return f"in the stage {span.stage!r} the role {invariant.role!r} {held} on {value_text(at)}"
