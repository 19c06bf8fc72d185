"""Replay: where a history leads, the meaning of every lifecycle.

Time is worked out from the history.  Before an activity, every timeout due
before it is applied at its own instant, in order; an activity exactly at the
deadline comes first.  Timeouts due up to ``as_of`` are applied to the answer.
"""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Final

from crmkit.errors import InvalidValue, UnknownName
from crmkit.lifecycle.compiled import NOT_HELD, Table, table_of
from crmkit.lifecycle.machine import Lifecycle
from crmkit.lifecycle.running import Read, elapsed, run
from crmkit.lifecycle.stays import Stay
from crmkit.lifecycle.timeline import Standing, State, Timeline, read_from
from crmkit.model import Activity, fact_order, in_fact_order, instant

LAPSE_CAUSES: Final = ("competitor", "value_not_found", "other")
"""Why customers leave: to a competitor, because they did not find the value, or for another reason."""


def fold(
    machine: Lifecycle,
    activities: Iterable[Activity],
    *,
    as_of: dt.datetime,
    start: State | None = None,
    history: Iterable[Activity] | None = None,
    fields: Mapping[str, object] | None = None,
) -> Timeline:
    """Return one customer's way through *machine*, up to *as_of*.

    Activities may come in any order; a repeated id counts once, and those after
    *as_of* are ignored.  Whose they are is not looked at: give those of one customer.
    A late fact needs no care: fold again, and ask the new timeline for its ``.corrections(old)``.

    >>> from crmkit.lifecycle import RETAIL
    >>> bought = Activity("1", "ann", "purchase", dt.datetime(2024, 1, 1, tzinfo=dt.UTC))
    >>> way = fold(RETAIL, [bought], as_of=dt.datetime(2024, 9, 1, tzinfo=dt.UTC))
    >>> print(way)
    … – 2024-01-01 00:00  potential
    2024-01-01 00:00 – 2024-06-29 00:00  new (purchase)
    2024-06-29 00:00 – now  silent (after 180 days)
    >>> way.stage, way.since.date().isoformat(), way.spans[1].stage
    ('silent', '2024-06-29', 'new')

    Args:
        machine: The lifecycle.
        activities: The customer's activities.
        as_of: The instant to answer for.
        start: Go on from here instead of from the beginning; every activity
            then comes after ``start.last``, and the spans begin with the stage there.
        history: The activities up to *start*; needed only if the guard of a kind that is
            among *activities* asks about activities.
        fields: The record's fields, by name, for guards that read them.

    Raises:
        InvalidValue: If *as_of* is naive, an activity comes before ``start.last``, or
            a guard needs *history*.
        Contradiction: If moves of equal priority could be made at once.
    """
    at = instant(as_of)
    if start is not None and start.last is not None and at < start.last[0]:
        raise InvalidValue(
            f"as_of {at.isoformat()} is before the state's last activity; fold the history again"
        )
    told, begin = _told(machine, activities, start, history)
    facts = told if told and told[-1].at <= at else [fact for fact in told if fact.at <= at]
    if not facts and start is None:
        return _untouched(machine, at)
    told_from = start.last[0] if start is not None and start.last is not None else None
    table = table_of(machine)
    return _timeline(table, at, *_run_all(table, start or _start(machine), facts, begin, fields), told_from)


@lru_cache(maxsize=64)
def _untouched(machine: Lifecycle, at: dt.datetime) -> Timeline:
    """Return the way of all who have done nothing up to *at*: there are many of them, and it is one."""
    return _timeline(table_of(machine), at, _start(machine), (), ())


def _timeline(
    table: Table,
    at: dt.datetime,
    state: State,
    closed: Iterable[Stay],
    role_stays: Sequence[Stay],
    told_from: dt.datetime | None = None,
) -> Timeline:
    """Return the way that led to *state*, and on from there up to *at*."""
    stays = [*closed, *elapsed(table, state.standing, at)]
    return Timeline(
        machine=table.name,
        as_of=at,
        spans=read_from(stays),
        role_spans=read_from(partial(_role_periods, table, state.roles, role_stays, at)),
        lapse_cause=state.lapse_cause if stays[-1][0] in table.lapsed else None,
        state=state,
        told_from=told_from,
    )


def stage_at(
    machine: Lifecycle,
    activities: Iterable[Activity],
    *,
    as_of: dt.datetime,
    fields: Mapping[str, object] | None = None,
) -> str:
    """Return the stage of one customer at *as_of*: that of `fold`, without the rest.

    *fields* are those of the record, by name, for guards that read them.

    >>> from crmkit.lifecycle import RETAIL
    >>> new_year = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    >>> bought = Activity("1", "ann", "purchase", new_year)
    >>> [stage_at(RETAIL, [bought], as_of=new_year + dt.timedelta(days=days)) for days in (-1, 0, 180)]
    ['potential', 'new', 'silent']

    Raises:
        InvalidValue: If *as_of* is naive.
        Contradiction: If moves of equal priority could be made at once.
    """
    at, table = instant(as_of), table_of(machine)
    facts = in_fact_order(activities)
    if facts and facts[-1].at > at:
        facts = [fact for fact in facts if fact.at <= at]
    standing, _, _ = run(table, Standing(stage=table.initial), facts, 0, _reader(fields))
    return elapsed(table, standing, at)[-1][0]


def step(
    machine: Lifecycle,
    state: State | None,
    activity: Activity,
    *,
    history: Iterable[Activity] | None = None,
    fields: Mapping[str, object] | None = None,
) -> State:
    """Return where a customer stands after one more activity; None is the state before the first.

    The last activity told again changes nothing.  For the stage at an
    instant ask ``fold(machine, (), as_of=…, start=state).stage``.  For hosts that
    keep a state for each customer; whoever has the history asks `stage_at`.

    >>> from crmkit.lifecycle import RETAIL
    >>> bought = Activity("1", "ann", "purchase", dt.datetime(2024, 1, 1, tzinfo=dt.UTC))
    >>> state = step(RETAIL, None, bought)
    >>> state.standing.stage
    'new'
    >>> fold(RETAIL, (), as_of=dt.datetime(2024, 9, 1, tzinfo=dt.UTC), start=state).stage
    'silent'

    Raises:
        InvalidValue: If the activity comes before the last one, or a guard needs *history*.
        Contradiction: If moves of equal priority could be made at once.
    """
    facts, begin = _told(machine, (activity,), state, history)
    return _run_all(table_of(machine), state or _start(machine), facts, begin, fields)[0]


def next_deadline(state: State) -> dt.datetime | None:
    """Return when time alone could next change a stage or role, or None if it cannot.

    It is a hint when to look again: looking late, twice or never changes no answer.

    >>> from crmkit.lifecycle import RETAIL
    >>> bought = Activity("1", "ann", "purchase", dt.datetime(2024, 1, 1, tzinfo=dt.UTC))
    >>> next_deadline(step(RETAIL, None, bought)).isoformat()
    '2024-06-29T00:00:00+00:00'
    """
    return min((one.due for one in (state.standing, *state.roles) if one.due is not None), default=None)


def check_stage(machine: Lifecycle, stage: str) -> None:
    """Check that *stage* is one of the machine's.

    Raises:
        UnknownName: If it is not; the closest is offered.
    """
    if stage not in machine.stages:
        raise UnknownName("stage", stage, machine.stages)


@lru_cache(maxsize=256)
def _start(machine: Lifecycle) -> State:
    return State(
        standing=Standing(stage=machine.initial), roles=tuple(Standing(stage=NOT_HELD) for _ in machine.roles)
    )


def _told(
    machine: Lifecycle,
    activities: Iterable[Activity],
    start: State | None,
    history: Iterable[Activity] | None,
) -> tuple[list[Activity], int]:
    """Return history and activities in fact order, and where the activities that are new begin."""
    facts = in_fact_order(activities)
    if start is None or start.last is None:
        return facts, 0
    facts = [fact for fact in facts if fact_order(fact) != start.last]
    if facts and fact_order(facts[0]) < start.last:
        raise InvalidValue(
            f"an activity of {facts[0].at.isoformat()} comes before the state's last one, of "
            f"{start.last[0].isoformat()}; fold the whole history again, and see Timeline.corrections"
        )
    if all(fact.kind not in table_of(machine).asking for fact in facts):
        return facts, 0
    if history is None:
        raise InvalidValue(
            f"guards of {machine.name!r} ask about activities: give those up to the state as history="
        )
    before = [fact for fact in in_fact_order(history) if fact_order(fact) <= start.last]
    return [*before, *facts], len(before)


def _run_all(
    table: Table,
    state: State,
    facts: Sequence[Activity],
    begin: int,
    fields: Mapping[str, object] | None,
) -> tuple[State, list[Stay], list[Stay]]:
    """Return the state after *facts*, the stages that ended, and the periods of roles that ended."""
    if begin == len(facts):
        return state, [], []
    read = _reader(fields)
    standing, stays, active = run(table, state.standing, facts, begin, read)
    roles, role_stays = _run_roles(table, state.roles, facts, begin, read)
    told = state.lapse_cause if active is None else None
    new = State(
        standing=standing,
        roles=roles,
        lapse_cause=_cause_of_leaving(facts[begin if active is None else active + 1 :], told),
        last=fact_order(facts[-1]),
    )
    return new, stays, role_stays


def _run_roles(
    table: Table, roles: tuple[Standing, ...], facts: Sequence[Activity], begin: int, read: Read
) -> tuple[tuple[Standing, ...], list[Stay]]:
    """Return where the roles stand after *facts* from *begin* on, and their periods that ended."""
    if not roles:
        return roles, []
    new = facts[begin:]
    kinds = {fact.kind for fact in new}
    after, stays = list(roles), []
    for place, role in enumerate(table.roles):
        if not role.kinds.isdisjoint(kinds):
            own = [fact for fact in new if fact.kind in role.kinds]
            after[place], ended, _ = run(role, roles[place], own, 0, read)
            stays += ended
    return tuple(after), stays


def _role_periods(
    table: Table, roles: tuple[Standing, ...], ended: Sequence[Stay], as_of: dt.datetime
) -> list[Stay]:
    """Return every period of a role, those that time ended and those still held included."""
    stays = list(ended)
    for role, place in zip(table.roles, roles, strict=True):
        if place.stage != NOT_HELD:
            stays += elapsed(role, place, as_of)
    held = [stay for stay in stays if stay[0] != NOT_HELD and stay[1]]
    return sorted(held, key=operator.itemgetter(1, 0))


def _cause_of_leaving(facts: Sequence[Activity], told: str | None) -> str | None:
    """Return the last cause that *facts* tell, else the one *told* before."""
    for fact in reversed(facts):
        if fact.props and isinstance(cause := fact["cause"], str):
            return cause if cause in LAPSE_CAUSES else "other"
    return told


_NOTHING: Final[Mapping[str, object]] = {}


def _reader(fields: Mapping[str, object] | None) -> Read:
    return _NOTHING.get if fields is None else fields.get
