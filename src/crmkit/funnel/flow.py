"""The funnel report: who entered, how far they got, who dropped out and who may still go on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from html import escape
from typing import Final, NamedTuple, final

import attrs

from crmkit.calendars import instant
from crmkit.display import html_bars, html_table, text_bar, text_table
from crmkit.errors import UnknownName
from crmkit.funnel.measure import facts_by_customer, open_entry, witness
from crmkit.funnel.spec import FunnelSpec, closes_at
from crmkit.funnel.survival import TimeToConvert, time_to_convert
from crmkit.model import Activity

BREAKDOWNS: Final = ("channel",)
UNKNOWN: Final = "unknown"


@final
@attrs.frozen(kw_only=True)
class FunnelFlow:
    """How the people of one group flow through a funnel.

    Whoever reached a step went on to the next, or is pending or dropped there:
    ``reached[k] == reached[k + 1] + pending_at[k] + dropped_at[k]``.

    Attributes:
        name: Name of the group, "" for everyone.
        reached: People who reached each step.
        pending_at: People whose deepest step is this one and who may still go
            on from an entry they have made.
        dropped_at: People whose deepest step is this one and whose entries are over.
        time_to_convert: How long it takes, the pending taken into account.
    """

    name: str = ""
    reached: tuple[int, ...]
    pending_at: tuple[int, ...]
    dropped_at: tuple[int, ...]
    time_to_convert: TimeToConvert

    @property
    def entered(self) -> int:
        """People who reached the first step."""
        return self.reached[0]

    @property
    def converted(self) -> int:
        """People who reached the last step."""
        return self.reached[-1]

    @property
    def pending(self) -> int:
        """People who entered, have not converted and still may."""
        return sum(self.pending_at)

    @property
    def dropped(self) -> int:
        """People who entered, have not converted and whose entries are over."""
        return sum(self.dropped_at)

    @property
    def matured(self) -> int:
        """People whose outcome is known: converted or dropped."""
        return self.converted + self.dropped


@final
@attrs.frozen(kw_only=True)
class FunnelReport:
    """What a funnel says at an instant.

    Attributes:
        spec: What was counted.
        as_of: When; activities after it are not in it.
        by: What the groups stand for: "channel", or None without groups.
        total: Everyone.
        groups: The same people by group, the largest first; they add up to the total.
    """

    spec: FunnelSpec
    as_of: dt.datetime = attrs.field(converter=instant)
    by: str | None = None
    total: FunnelFlow
    groups: tuple[FunnelFlow, ...] = ()

    @property
    def entered(self) -> int:
        """People who reached the first step."""
        return self.total.entered

    @property
    def reached(self) -> tuple[int, ...]:
        """People who reached each step."""
        return self.total.reached

    @property
    def converted(self) -> int:
        """People who reached the last step."""
        return self.total.converted

    @property
    def matured(self) -> int:
        """People whose outcome is known: converted or dropped."""
        return self.total.matured

    @property
    def pending(self) -> int:
        """People still inside their window."""
        return self.total.pending

    @property
    def dropped(self) -> int:
        """People who did not convert and whose entries are over."""
        return self.total.dropped

    @property
    def time_to_convert(self) -> TimeToConvert:
        """How long it takes to convert."""
        return self.total.time_to_convert

    def __str__(self) -> str:
        tables = [text_table(_STEP_COLUMNS, _step_rows(self))]
        if self.groups:
            tables.append(text_table((self.by or "", *_GROUP_COLUMNS), _group_rows(self)))
        return "\n\n".join((_headline(self), *tables, _outlook(self.total)))

    def _repr_html_(self) -> str:
        steps = _step_names(self.spec)
        bars = html_bars(zip(steps, self.reached, strict=True), caption=_headline(self))
        table = html_table(_STEP_COLUMNS[:-1], (row[:-1] for row in _step_rows(self)))
        groups = html_table((self.by or "", *_GROUP_COLUMNS), _group_rows(self)) if self.groups else ""
        return f"{bars}{table}{groups}<p>{escape(_outlook(self.total))}</p>"


def report(
    activities: Iterable[Activity], spec: FunnelSpec, *, as_of: dt.datetime, by: str | None = None
) -> FunnelReport:
    """Return what the funnel says at *as_of*; later activities are ignored.

    A group by ``"channel"`` holds those whose path (see `paths`) began there,
    under the name "unknown" where the activity tells none.  Time to convert
    runs from the first activity of the path; someone pending is followed from
    their latest open entry up to *as_of*, someone dropped to the end of the window.

    Raises:
        UnknownName: If *by* is no breakdown there is.
    """
    as_of = instant(as_of)
    if by is not None and by not in BREAKDOWNS:
        raise UnknownName("breakdown of a funnel", by, BREAKDOWNS)
    known = facts_by_customer(fact for fact in activities if fact.at <= as_of)
    people = [one for facts in known.values() if (one := _person(facts, spec, as_of)) is not None]
    channels = {one.channel for one in people} if by else set()
    groups = [_flow(channel, [one for one in people if one.channel == channel], spec) for channel in channels]
    return FunnelReport(
        spec=spec,
        as_of=as_of,
        by=by,
        total=_flow("", people, spec),
        groups=tuple(sorted(groups, key=lambda group: (-group.entered, group.name))),
    )


class _Person(NamedTuple):
    """One who entered: how deep they got, by which channel, for how long, and if they may still go on."""

    level: int
    channel: str
    took: dt.timedelta
    pending: bool


def _person(facts: Sequence[Activity], spec: FunnelSpec, as_of: dt.datetime) -> _Person | None:
    rows = witness(facts, spec)
    if not rows:
        return None
    first, last = facts[rows[0]], facts[rows[-1]]
    channel = first.channel or UNKNOWN
    if len(rows) == len(spec.steps):
        return _Person(len(rows), channel, last.at - first.at, pending=False)
    entry = open_entry(facts, spec, as_of=as_of)
    if entry is not None:
        return _Person(len(rows), channel, as_of - entry.at, pending=True)
    return _Person(len(rows), channel, closes_at(first.at, spec.window) - first.at, pending=False)


def _flow(name: str, people: Sequence[_Person], spec: FunnelSpec) -> FunnelFlow:
    depths = range(1, len(spec.steps) + 1)
    last = len(spec.steps)
    return FunnelFlow(
        name=name,
        reached=tuple(sum(one.level >= depth for one in people) for depth in depths),
        pending_at=tuple(sum(one.level == depth and one.pending for one in people) for depth in depths),
        dropped_at=tuple(
            sum(one.level == depth != last and not one.pending for one in people) for depth in depths
        ),
        time_to_convert=time_to_convert(
            (one.took for one in people if one.level == last),
            (one.took for one in people if one.level < last),
        ),
    )


_STEP_COLUMNS: Final = ("step", "reached", "of entered", "pending", "dropped", "")
_GROUP_COLUMNS: Final = ("entered", "converted", "of entered", "pending", "dropped", "expected")


def _headline(report: FunnelReport) -> str:
    return f"{report.spec}, as of {report.as_of:%Y-%m-%d %H:%M} UTC"


def _outlook(flow: FunnelFlow) -> str:
    typical = flow.time_to_convert.typical
    pace = f", half of those within {_rounded(typical)}" if typical is not None else ""
    return (
        f"{flow.converted:,} of {flow.entered:,} converted, {flow.pending:,} pending, "
        f"{flow.dropped:,} dropped; expected in the end: {_expected(flow)}{pace} (Kaplan-Meier)"
    )


def _step_names(spec: FunnelSpec) -> tuple[str, ...]:
    if spec.order == "any":
        return tuple(f"{count} of {len(spec.steps)}" for count in range(1, len(spec.steps) + 1))
    return tuple(f"{place} {step}" for place, step in enumerate(spec.steps, start=1))


def _step_rows(report: FunnelReport) -> list[tuple[object, ...]]:
    flow = report.total
    return [
        (step, reached, _share(reached, flow.entered), pending, dropped, text_bar(reached, flow.entered))
        for step, reached, pending, dropped in zip(
            _step_names(report.spec), flow.reached, flow.pending_at, flow.dropped_at, strict=True
        )
    ]


def _group_rows(report: FunnelReport) -> list[tuple[object, ...]]:
    return [
        (
            flow.name,
            flow.entered,
            flow.converted,
            _share(flow.converted, flow.entered),
            flow.pending,
            flow.dropped,
            _expected(flow),
        )
        for flow in report.groups
    ]


def _expected(flow: FunnelFlow) -> str:
    return f"{flow.time_to_convert.share:.0%}"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "–"


def _rounded(span: dt.timedelta) -> str:
    """Return *span* in the unit that people would take for it."""
    minutes = span // dt.timedelta(minutes=1)
    if minutes >= 2 * 24 * 60:
        return f"{span / dt.timedelta(days=1):.1f} days"
    return f"{span / dt.timedelta(hours=1):.1f} hours" if minutes >= 120 else f"{minutes} minutes"
