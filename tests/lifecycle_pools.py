"""Small pools of lifecycles: four stages, a few kinds, timeouts on the grid of the histories."""

from __future__ import annotations

import datetime as dt

from hypothesis import assume
from hypothesis import strategies as st

from conditions_pools import START
from crmkit import lifecycle
from crmkit.calendars import Duration
from crmkit.conditions import A, Condition, F, days, local_days, months, true_for
from crmkit.errors import Contradiction, InvalidValue
from crmkit.lifecycle import Lifecycle, Move, Role

STAGES = ("s0", "s1", "s2", "s3")
KINDS = ("purchase", "use", "signup")
GRID = dt.timedelta(days=10)
ELAPSED: st.SearchStrategy[Duration] = st.integers(1, 6).map(lambda steps: steps * GRID)
CALENDAR: st.SearchStrategy[Duration] = st.sampled_from(
    (months(1), months(2, "America/New_York"), local_days(20, "Europe/Berlin"))
)
GUARDS: tuple[Condition, ...] = (
    A("purchase").count() >= 2,
    A("purchase").within(days(60)).count() <= 1,
    A().where(channel="store").last() >= START + 15 * GRID,
    A("use").sum() > 100,
    true_for(A("purchase").within(days(60)).count() >= 1) >= 2 * GRID,
)
SIDE_BY_SIDE: tuple[tuple[Move, ...], ...] = (
    (
        lifecycle.after(days(30), "s1", "s2", priority=1),
        lifecycle.after(months(1), "s1", "s3", priority=2),
    ),
    (
        lifecycle.after(months(1), "s1", "s2", priority=2),
        lifecycle.after(local_days(30, "Asia/Shanghai"), "s1", "s3", priority=1),
    ),
)
INSTANTS = st.integers(0, 90).map(lambda step: START + step * GRID / 2)


@st.composite
def machines(draw: st.DrawFn, *, calendar: bool = True, guards: bool = True) -> Lifecycle:
    """Return lifecycles that pass the checks; a chain of stages, and more moves of any kind."""
    moves: list[Move] = [
        lifecycle.on(draw(st.sampled_from(KINDS)), STAGES[place], STAGES[place + 1], priority=-place)
        for place in range(3)
    ]
    moves += [
        lifecycle.on(
            draw(st.sampled_from(KINDS)),
            draw(st.sampled_from((*STAGES, lifecycle.ANY))),
            draw(st.sampled_from(STAGES)),
            when=draw(st.none() | st.sampled_from(GUARDS)) if guards else None,
            priority=priority,
        )
        for priority in range(1, draw(st.integers(0, 6)) + 1)
    ]
    durations = ELAPSED | CALENDAR if calendar else ELAPSED
    for source, target in draw(
        st.lists(st.sampled_from((("s1", "s2"), ("s1", "s3"), ("s2", "s3"), ("s3", "s0"))), max_size=4)
    ):
        moves.append(lifecycle.after(draw(durations), source, target, priority=len(moves)))
    if calendar and draw(st.booleans()):
        kept = [move for move in moves if move.after is None or move.sources != ("s1",)]
        moves = [*kept, *draw(st.sampled_from(SIDE_BY_SIDE))]
    try:
        return Lifecycle("drawn", "s0", moves=moves, roles=ROLES, ends=STAGES, lapsed=("s3",))
    except (InvalidValue, Contradiction):
        assume(False)
        raise


ROLES = (
    Role(name="buyer", begins="purchase"),
    Role(name="user", begins="use", ends="signup", lapses_after=3 * GRID),
    Role(name="guest", begins=("signup", "use"), ends="purchase", lapses_after=months(1)),
)
FIELD_GUARD = F.vip.is_true()
