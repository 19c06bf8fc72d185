"""Timelines: which stage and roles a customer had, from when to when, and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Final, TypeAlias, cast, final

import attrs

from crmkit.conditions.text import value_text
from crmkit.display import html_table
from crmkit.errors import InvalidValue
from crmkit.lifecycle.stays import ReadFromStays, Stay, Stays
from crmkit.model import ActivityId
from crmkit.model import instant as aware
from crmkit.model.period import holds_at

FactKey: TypeAlias = tuple[dt.datetime, int, int, str]


@final
@attrs.frozen(kw_only=True)
class Span:
    """One stage, or one role, from one instant up to another.

    Attributes:
        stage: Name of the stage or role.
        since: When it began, or None for the initial stage, which always was.
        until: When it ended, exclusive, or None if it holds at ``as_of``.
        cause: The kind of activity that began it, or the time that passed:
            "after 180 days"; None for the initial stage.
        activity_id: The activity that began it, or None if none did.
    """

    stage: str
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    cause: str | None = None
    activity_id: ActivityId | None = None

    def __str__(self) -> str:
        period = f"{_shown(self.since, '…')} – {_shown(self.until, 'now')}"
        return f"{period}  {self.stage}{f' ({self.cause})' if self.cause else ''}"


@final
@attrs.frozen(kw_only=True)
class Standing:
    """Where a customer stands in one machine after the last activity.

    Attributes:
        stage: Name of the stage.
        since: When it began, or None for the initial stage.
        cause: What began it.
        activity_id: The activity that began it.
        anchor: When the last move led into it, the stage itself included: timeouts count from here.
        due: When the next timeout is due, or None if none is.
    """

    stage: str
    since: dt.datetime | None = None
    cause: str | None = None
    activity_id: ActivityId | None = None
    anchor: dt.datetime | None = None
    due: dt.datetime | None = None


@final
@attrs.frozen(kw_only=True)
class State:
    """What a host may keep of a customer instead of the history: all after the last activity.

    Timeouts that fell due since are not in it: they are worked out whenever
    someone asks, so it does not matter when or how often that is.

    Attributes:
        standing: Where they stand in the lifecycle.
        roles: Where they stand in each role, in the lifecycle's order of roles.
        lapse_cause: The last cause of leaving that was told since they were last active.
        last: The last activity's place in fact order, or None before the first.
    """

    standing: Standing
    roles: tuple[Standing, ...] = ()
    lapse_cause: str | None = None
    last: FactKey | None = None


@final
@attrs.frozen(kw_only=True)
class Correction:
    """A period of which a later telling says something else.

    Attributes:
        since: From when, or None if from the beginning.
        until: Up to when, exclusive, or None if up to the last instant that both tell.
        was: The stage as it was told before.
        now: The stage as it is told now.
        cause: What led to the stage of now.
    """

    since: dt.datetime | None
    until: dt.datetime | None
    was: str
    now: str
    cause: str | None

    def __str__(self) -> str:
        return f"{_shown(self.since, '…')} – {_shown(self.until, 'now')}  {self.now}, not {self.was}"


@final
@attrs.frozen(kw_only=True)
class RoleCorrection:
    """A period in which a role was held by one telling and not by the other.

    Attributes:
        since: From when.
        until: Up to when, exclusive, or None if up to the last instant that both tell.
        role: The role.
        held: Whether it is held as it is told now.
        cause: What began it, or None where it is not held.
    """

    since: dt.datetime | None
    until: dt.datetime | None
    role: str
    held: bool
    cause: str | None

    def __str__(self) -> str:
        held = "held" if self.held else "not held"
        return f"{_shown(self.since, '…')} – {_shown(self.until, 'now')}  {self.role} {held}"


@final
@attrs.frozen(kw_only=True)
class Timeline:
    """A customer's way through a lifecycle, up to an instant: what `fold` returns.

    ``.stage`` and ``.since`` are where they stand and from when on, ``.roles`` what they
    are beside it, ``.at(instant)`` the span in force then, printed it is a line for each span.

    >>> from crmkit.lifecycle import RETAIL, fold
    >>> from crmkit.model import Activity
    >>> january, june, now = (dt.datetime(2024, month, 1, tzinfo=dt.UTC) for month in (1, 6, 7))
    >>> bought = Activity("1", "ann", "purchase", january)
    >>> again = Activity("2", "ann", "purchase", june)
    >>> way = fold(RETAIL, [bought], as_of=now)
    >>> way.stage, way.at(june).stage
    ('silent', 'new')
    >>> for correction in fold(RETAIL, [bought, again], as_of=now).corrections(way):  # it was told late
    ...     print(correction)
    2024-06-01 00:00 – 2024-06-29 00:00  mature, not new
    2024-06-29 00:00 – now  mature, not silent

    Attributes:
        machine: Name of the lifecycle.
        as_of: The instant up to which it is told.
        spans: Every stage, oldest first, without gaps; the last is the one in force.
            A move from a stage to itself does not begin another.
        role_spans: Every period of a role, by beginning, then by name.
        lapse_cause: Why they left: "competitor", "value_not_found", "other"; None
            while they have not, or if it is unknown.
        state: What to keep to go on from here.
        told_from: From when all is told: the last activity of the state that it goes on
            from, or None if it is told from the beginning.
    """

    machine: str
    as_of: dt.datetime
    spans: tuple[Span, ...]
    role_spans: tuple[Span, ...] = ()
    lapse_cause: str | None = None
    state: State
    told_from: dt.datetime | None = None

    @property
    def stage(self) -> str:
        """The stage at ``as_of``."""
        return _last_stay(self)[0]

    @property
    def since(self) -> dt.datetime | None:
        """When that stage began, or None for the initial stage."""
        return _last_stay(self)[1]

    @property
    def cause(self) -> str | None:
        """What began that stage: a kind of activity, or the time that passed."""
        return _last_stay(self)[3]

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles held at ``as_of``, sorted."""
        return tuple(sorted(span.stage for span in self.role_spans if span.until is None))

    def at(self, instant: dt.datetime) -> Span:
        """Return the span in force at *instant*.

        Raises:
            InvalidValue: If it is naive, after ``as_of``, or before the first span of a
                timeline that goes on from a state.
        """
        when = aware(instant)
        if when > self.as_of:
            raise InvalidValue(
                f"told up to {self.as_of.isoformat()} only; fold the history up to that instant"
            )
        began = self.spans[0].since
        if began is not None and when < began:
            raise InvalidValue(f"told from {began.isoformat()} on only; fold the history from its beginning")
        return next(span for span in reversed(self.spans) if span.since is None or span.since <= when)

    def corrections(self, earlier: Timeline) -> tuple[Correction, ...]:
        """Return where this tells another stage than *earlier* did, oldest first, as far as both are told.

        Written over the stages of *earlier* they give the stages of this.
        """
        found: list[Correction] = []
        starts = (span.since for line in (self, earlier) for span in line.spans)
        for since, until in _told_by_both(self, earlier, starts):
            was, now = _in_force(earlier, since), _in_force(self, since)
            if was.stage == now.stage:
                continue
            last = found[-1] if found else None
            if last and (last.until, last.was, last.now) == (since, was.stage, now.stage):
                found[-1] = attrs.evolve(last, until=until)
            else:
                found.append(
                    Correction(since=since, until=until, was=was.stage, now=now.stage, cause=now.cause)
                )
        return tuple(found)

    def role_corrections(self, earlier: Timeline) -> tuple[RoleCorrection, ...]:
        """Return where this tells of other roles than *earlier* did, by role, oldest first, as `corrections`."""
        spans = (*self.role_spans, *earlier.role_spans)
        return tuple(
            correction
            for role in sorted({span.stage for span in spans})
            for correction in _role_corrections(role, self, earlier)
        )

    def __str__(self) -> str:
        return "\n".join(str(span) for span in self.spans)

    def _repr_html_(self) -> str:
        rows = [
            (span.stage, _shown(span.since, "…"), _shown(span.until, "now"), span.cause or "")
            for span in (*self.spans, *self.role_spans)
        ]
        return html_table(("stage or role", "since", "until", "cause"), rows, caption=self.machine)


def read_from(stays: Stays) -> tuple[Span, ...]:
    """Return *stays* for a field of a `Timeline`: they are spans to whoever reads it."""
    return cast("tuple[Span, ...]", stays)


def _span_of(stay: Stay) -> Span:
    stage, since, until, cause, activity_id = stay
    return Span(stage=stage, since=since, until=until, cause=cause, activity_id=activity_id)


# They stay fields of attrs: equality, hash, repr and copies read them as they read any other.
_SPANS: Final = ReadFromStays(Timeline.spans, _span_of)
Timeline.spans = _SPANS  # type: ignore[assignment]
Timeline.role_spans = ReadFromStays(Timeline.role_spans, _span_of)  # type: ignore[assignment]


def _last_stay(line: Timeline) -> Stay:
    """Return the stay in force, and make no spans for it."""
    told: list[Stay] | tuple[Span, ...] = _SPANS.slot.__get__(line)
    if isinstance(told, list):
        return told[-1]
    last = told[-1]
    return last.stage, last.since, last.until, last.cause, last.activity_id


def _told_by_both(
    one: Timeline, other: Timeline, borders: Iterable[dt.datetime | None]
) -> Iterator[tuple[dt.datetime | None, dt.datetime | None]]:
    """Return the periods between *borders*, as far as both are told; the last is open."""
    begin = max((from_ for from_ in (one.told_from, other.told_from) if from_), default=None)
    end = min(one.as_of, other.as_of)
    if begin is not None and begin > end:
        return iter(())
    within = {at for at in borders if at is not None and at <= end and (begin is None or begin < at)}
    return pairwise((begin, *sorted(within), None))


def _role_corrections(role: str, now: Timeline, earlier: Timeline) -> list[RoleCorrection]:
    periods = [[span for span in line.role_spans if span.stage == role] for line in (earlier, now)]
    borders = (border for spans in periods for span in spans for border in (span.since, span.until))
    found: list[RoleCorrection] = []
    for since, until in _told_by_both(now, earlier, borders):
        was, held = (_held(spans, since) for spans in periods)
        if (was is None) is (held is None):
            continue
        last = found[-1] if found else None
        if last and (last.until, last.held) == (since, held is not None):
            found[-1] = attrs.evolve(last, until=until)
        else:
            cause = held.cause if held else None
            found.append(
                RoleCorrection(since=since, until=until, role=role, held=held is not None, cause=cause)
            )
    return found


def _held(periods: Iterable[Span], at: dt.datetime | None) -> Span | None:
    """Return the period that holds at an instant; none holds at the beginning."""
    return next((one for one in periods if at is not None and holds_at(one.since, one.until, at)), None)


def _in_force(timeline: Timeline, at: dt.datetime | None) -> Span:
    return timeline.spans[0] if at is None else timeline.at(at)


def _shown(at: dt.datetime | None, otherwise: str) -> str:
    return otherwise if at is None else value_text(at).removesuffix("+00:00")
