"""Spells: since when a condition has been true of a customer, read from their history.

A condition changes only at certain instants: at a fact, when a fact grows too
old for a window, when a stage, a role or a tag begins or ends, when a whole
day is over.  Walking back over these finds the false-to-true edge, and finds
the same one whenever and however often it is asked for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final, final

import attrs

from crmkit.calendars import Duration, LocalDays, Months, earlier, later, local
from crmkit.calendars.durations import times
from crmkit.calendars.wall_times import midnight
from crmkit.care.past import WORTH_FIELDS, History, history_of, profile_at
from crmkit.conditions import Condition, lasting, matches
from crmkit.conditions.nodes import In
from crmkit.conditions.terms import Arithmetic, Constant, Facts, Streak, TrueSince, Until
from crmkit.model import Profile

if TYPE_CHECKING:
    from crmkit.profiles import Definitions

_TICK: Final = dt.timedelta(microseconds=1)
_DAY: Final = dt.timedelta(days=1)
_LONGEST: Final = 40_000
_IN_DAYS: Final = frozenset({"recency_days", "length_days"})
"""The measures that grow with time alone."""


@final
@attrs.frozen(kw_only=True)
class Spell:
    """A stretch of time in which a condition is true, up to now.

    Attributes:
        since: When it began, or None if it was true before all that is known.
        left_at: When the stretch before it ended, or None if there was none.
    """

    since: dt.datetime | None
    left_at: dt.datetime | None = None


def spell(
    condition: Condition,
    profile: Profile,
    *,
    definitions: Definitions | None = None,
    before: bool = True,
) -> Spell:
    """Return the spell that *condition* is in now; it is taken to be true at ``profile.as_of``.

    Without *before* the stretch before it is not looked for, which is quicker.

    With the *definitions* of the profile it is exact to the microsecond for
    conditions on facts, stage, roles, tiers, measures and tags (to the hour
    where a calendar duration meets a clock change); of fields of the customer
    only today's value is known, and it is taken to have been the same.
    Without definitions `care.past` says what is known.
    """
    history = history_of(condition, profile, definitions)
    changes = change_points(history)
    points = [min(changes, default=profile.as_of) - _TICK, *changes]  # the first: before all that is known
    last_false = _back_while(history, condition, points, len(points) - 1, wanted=True)
    if last_false < 0:
        return Spell(since=None)
    last_true = _back_while(history, condition, points, last_false, wanted=False) if before else -1
    after = [*points[1:], profile.as_of]
    return Spell(since=after[last_false], left_at=after[last_true] if last_true >= 0 else None)


def _back_while(
    history: History, condition: Condition, points: list[dt.datetime], place: int, *, wanted: bool
) -> int:
    """Return the last place, from *place* back, at which the verdict is not *wanted*; -1 if there is none."""
    while place >= 0 and matches(condition, profile_at(history, points[place])) is wanted:
        place -= 1
    return place


def change_points(history: History) -> list[dt.datetime]:
    """Return every instant before now at which what *history* reads may change, in order, each once."""
    now, nodes = history.profile.as_of, history.nodes
    facts = sorted(set(_fact_marks(history)))
    marks = sorted({*facts, *_other_marks(history)})
    found = {*marks, *_dates(history)}
    looks_ahead = any(isinstance(node, Until) for node in nodes)
    for duration in _windows(history):
        found.update(point for mark in facts for point in _shifts(mark, duration))
    for duration in _lengths(history):
        found.update(point for mark in marks for point in _shifts(mark, duration, ahead=looks_ahead))
    for every in {node.every for node in nodes if isinstance(node, Streak)}:
        found.update(point for mark in facts for point in _repeats(mark, every, now, most=len(facts)))
    whole_days = _whole_days(history)
    for mark in facts:
        found.update(mark + count * _DAY for count in whole_days if count <= (now - mark).days)
    return sorted(point for point in found if point < now)


def _fact_marks(history: History) -> Iterator[dt.datetime]:
    """Yield the instants of the facts that are read."""
    asked = [node.kinds for node in history.nodes if isinstance(node, Facts)]
    every = () in asked or "lapse_cause" in history.reads
    kinds = {kind for some in asked for kind in some}
    preset = history.definitions.preset if history.definitions and history.reads & WORTH_FIELDS else None
    for fact in history.profile.activities:
        counts = preset is not None and (preset.is_visit(fact.kind) or preset.money_sign(fact.kind))
        if every or counts or fact.kind in kinds:
            yield fact.at


def _other_marks(history: History) -> Iterator[dt.datetime]:
    """Yield when stages, roles, tags, contact points, fields and lasting conditions that are read begin and end."""
    profile, timeline, reads = history.profile, history.timeline, history.reads
    spans = () if timeline is None else (*timeline.spans, *timeline.role_spans)
    periods = [(span.since, span.until) for span in spans]
    if "tags" in reads:
        periods += [(tag.since, tag.until) for tag in profile.tags]
    periods += [
        (point.since, point.until) for point in profile.customer.contact_points if point.kind in reads
    ]
    yield from (end for end in (profile.stage_since, *(end for period in periods for end in period)) if end)
    values = (profile[name] for name in reads)
    yield from (value for value in values if isinstance(value, dt.datetime))
    for node in history.nodes:
        if isinstance(node, TrueSince):
            changes = lasting.change_points(node.condition, profile.activities)
            yield from (change for change in changes if change < profile.as_of)


def _windows(history: History) -> set[Duration]:
    """Return the lengths of the windows in which facts are read."""
    chosen = [node for node in history.nodes if isinstance(node, Facts)]
    windows = {window for facts in chosen for window in (facts.within, facts.before)}
    if history.definitions is not None and history.reads & WORTH_FIELDS:
        windows.add(history.definitions.preset.window)
    return {window for window in windows if window is not None}


def _lengths(history: History) -> set[Duration]:
    """Return the durations that ages are compared with, and that tags last."""
    values = (node.value for node in history.nodes if isinstance(node, Constant))
    lengths: set[Duration] = {one for one in values if isinstance(one, (dt.timedelta, LocalDays, Months))}
    rules = () if history.definitions is None else history.definitions.tag_rules
    return lengths | {rule.lasts for rule in rules if rule.lasts is not None}


def _shifts(mark: dt.datetime, duration: Duration, *, ahead: bool = False) -> Iterator[dt.datetime]:
    """Yield when something at *mark* becomes *duration* old and, with *ahead*, when it comes that near."""
    for moved in (later(mark, duration), *((earlier(mark, duration),) if ahead else ())):
        yield from (moved, moved + _TICK)
        if isinstance(duration, Months) and local(moved, duration.zone).day < local(mark, duration.zone).day:
            yield midnight(local(moved, duration.zone).date() + _DAY, duration.zone)


def _repeats(mark: dt.datetime, every: Duration, now: dt.datetime, *, most: int) -> Iterator[dt.datetime]:
    """Yield when something at *mark* moves on by a period, up to *now*.

    A streak has a fact in each of its periods, so of *most* facts it is no longer than that.
    """
    for count in range(1, most + 1):
        if later(mark, shifted := times(every, count)) > now:
            return
        yield from _shifts(mark, shifted)


def _dates(history: History) -> Iterator[dt.datetime]:
    """Yield the midnights at which dates that are read may become old or near enough."""
    values = (history.profile[name] for name in history.reads)
    dates = [value for value in values if isinstance(value, dt.date) and not isinstance(value, dt.datetime)]
    follow_a_calendar = [one for one in _lengths(history) if not isinstance(one, dt.timedelta)]
    for date in dates:
        start = dt.datetime.combine(date, dt.time(), dt.UTC)
        for duration in follow_a_calendar:
            plain = attrs.evolve(duration, zone="UTC")
            for moved in (later(start, plain), earlier(start, plain)):
                yield from (midnight(moved.date() + place * _DAY, duration.zone) for place in range(5))


def _whole_days(history: History) -> Iterable[int]:
    """Return after how many whole days since a fact a measure that is read may cross a threshold."""
    if not history.reads & WORTH_FIELDS:
        return ()
    stated: set[int] = set()
    for node in history.nodes:
        if isinstance(node, Arithmetic):
            return range(1, _LONGEST)
        values = node.options if isinstance(node, In) else (node.value,) if isinstance(node, Constant) else ()
        stated.update(value for value in values if isinstance(value, int))
    if history.definitions is not None and history.definitions.scale is not None:
        ladders = history.definitions.scale.ladders
        stated.update(cut for ladder in ladders if ladder.measure in _IN_DAYS for cut in ladder.cuts)
    return sorted({one + more for one in stated for more in (0, 1) if 0 <= one < _LONGEST})
