"""The fold: the laws of time and history, then the edges one by one."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Sequence
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conditions_pools import START, histories
from crmkit import lifecycle
from crmkit.conditions import A, days, from_json, local_days, months, to_json
from crmkit.errors import Contradiction, InvalidValue
from crmkit.lifecycle import B2B, MEMBERSHIP, RETAIL, Lifecycle, Role, Span, State, Timeline
from crmkit.lifecycle.machine import sources_of
from crmkit.model import Activity, ActivityId, CustomerId, fact_order, in_fact_order
from lifecycle_pools import FIELD_GUARD, GRID, INSTANTS, KINDS, ROLES, machines

MACHINES = machines() | st.sampled_from((RETAIL, MEMBERSHIP, B2B))
HISTORIES = histories(kinds=(*KINDS, "contract_end", "renewal"), max_size=12)
LATE = START + 90 * GRID


def fact(key: str, day: int, kind: str = "purchase", **more: Any) -> Activity:
    return Activity(ActivityId(key), CustomerId("c"), kind, START + days(day), **more)


def as_of(day: int) -> dt.datetime:
    return START + days(day)


def told(line: Timeline) -> list[tuple[str, int | None]]:
    """Return the stages and the days on which they began."""
    return [(span.stage, None if span.since is None else (span.since - START).days) for span in line.spans]


def answers(line: Timeline) -> tuple[object, ...]:
    return line.stage, line.since, line.cause, line.roles, line.lapse_cause


# --- laws


@given(machines(calendar=False, guards=False), HISTORIES, INSTANTS)
def test_the_fold_is_what_watching_the_clock_would_see(
    machine: Lifecycle, facts: list[Activity], at: dt.datetime
) -> None:
    """Looking at every tick of the grid, facts first, then what is due: the same stage."""
    assert lifecycle.stage_at(machine, facts, as_of=at) == watched(machine, in_fact_order(facts), at)


def watched(machine: Lifecycle, facts: Sequence[Activity], at: dt.datetime) -> str:
    """Return the stage by going through time tick by tick."""
    stage, anchor, tick = machine.initial, None, START
    while tick <= at:
        for one in facts:
            if one.at == tick:
                doors = [
                    move
                    for move in machine.moves
                    if one.kind in move.kinds and stage in sources_of(machine, move)
                ]
                if doors:
                    stage, anchor = max(doors, key=lambda move: move.priority).target, tick
        ready = True
        while ready and anchor is not None:
            waits = [
                (move.after, -move.priority, move.target)
                for move in machine.moves
                if isinstance(move.after, dt.timedelta) and stage in sources_of(machine, move)
            ]
            ready = bool(waits) and anchor + min(waits)[0] <= tick
            if ready:
                stage, anchor = min(waits)[2], anchor + min(waits)[0]
        tick += GRID / 2
    return stage


@given(MACHINES, HISTORIES, INSTANTS, INSTANTS)
def test_tick_invariance(
    machine: Lifecycle, facts: list[Activity], one: dt.datetime, other: dt.datetime
) -> None:
    """A stage asked for at an instant is the stage a later telling has for that instant."""
    early, late = sorted((one, other))
    line = lifecycle.fold(machine, facts, as_of=late)

    assert line.at(early).stage == lifecycle.stage_at(machine, facts, as_of=early)
    assert line.at(late) == line.spans[-1]


@given(MACHINES, HISTORIES, INSTANTS)
def test_a_timeline_has_no_gaps_and_one_stage_at_a_time(
    machine: Lifecycle, facts: list[Activity], at: dt.datetime
) -> None:
    """Each span begins where the one before ends, in another stage; the last is open."""
    spans = lifecycle.fold(machine, facts, as_of=at).spans

    assert spans[0].since is None
    assert spans[0].stage == machine.initial
    assert spans[-1].until is None
    for left, right in itertools.pairwise(spans):
        assert left.until == right.since
        assert left.stage != right.stage
        assert right.cause


@given(MACHINES, HISTORIES, INSTANTS, st.randoms(use_true_random=False))
def test_order_and_repetition_of_telling_change_nothing(
    machine: Lifecycle, facts: list[Activity], at: dt.datetime, rng: Any
) -> None:
    """Shuffled and told twice, a history gives the same Timeline."""
    again = [*facts, *facts]
    rng.shuffle(again)

    assert lifecycle.fold(machine, again, as_of=at) == lifecycle.fold(machine, facts, as_of=at)


@given(MACHINES, HISTORIES, INSTANTS)
def test_prefix_causality(machine: Lifecycle, facts: list[Activity], at: dt.datetime) -> None:
    """Facts after ``as_of`` are ignored."""
    past = [one for one in facts if one.at <= at]

    assert lifecycle.fold(machine, facts, as_of=at) == lifecycle.fold(machine, past, as_of=at)


@given(MACHINES, HISTORIES, st.integers(0, 12), INSTANTS)
def test_split(machine: Lifecycle, facts: list[Activity], place: int, extra: dt.datetime) -> None:
    """Going on from the state after a first part is folding both parts at once, whenever one looked."""
    ordered = in_fact_order(facts)
    first, second = ordered[:place], ordered[place:]
    at = max([extra, *(one.at for one in ordered)])
    looked = max([START, *(one.at for one in first)]) + GRID
    half = lifecycle.fold(machine, first, as_of=looked)

    whole = lifecycle.fold(machine, ordered, as_of=at)
    rest = lifecycle.fold(machine, second, as_of=at, start=half.state, history=first)

    assert answers(rest) == answers(whole)
    assert rest.state == whole.state
    assert rest.spans == whole.spans[-len(rest.spans) :]


@given(MACHINES, HISTORIES)
def test_restart(machine: Lifecycle, facts: list[Activity]) -> None:
    """Stepping through a history, with the state written and read between, ends where the fold does."""
    ordered, state = in_fact_order(facts), None
    for place, one in enumerate(ordered):
        state = lifecycle.step(machine, state, one, history=ordered[:place])
        state = from_json(to_json(state), State)
        assert lifecycle.step(machine, state, one, history=ordered[:place]) == state

    whole = lifecycle.fold(machine, facts, as_of=LATE)
    if state is not None:
        assert state == whole.state
        assert answers(lifecycle.fold(machine, (), as_of=LATE, start=state, history=ordered)) == answers(
            whole
        )


@given(MACHINES, HISTORIES)
def test_nothing_changes_before_the_next_deadline(machine: Lifecycle, facts: list[Activity]) -> None:
    """Until a tick before it all answers stay; at it a stage or a role changes."""
    if not facts:
        return
    last = max(one.at for one in facts)
    state = lifecycle.fold(machine, facts, as_of=last).state
    due = lifecycle.next_deadline(state)
    stored = lifecycle.fold(machine, facts, as_of=max(last, (due or LATE) - dt.timedelta(microseconds=1)))

    assert stored.stage == state.standing.stage or (due is not None and due <= last)
    if due is None:
        assert lifecycle.fold(machine, facts, as_of=LATE).roles == stored.roles
    elif due > last:
        at_due = lifecycle.fold(machine, facts, as_of=due)
        assert (at_due.stage, at_due.roles) != (stored.stage, stored.roles)


@given(MACHINES, HISTORIES, INSTANTS)
def test_stage_at_is_the_stage_of_the_fold(
    machine: Lifecycle, facts: list[Activity], at: dt.datetime
) -> None:
    """The short way gives the same answer."""
    line = lifecycle.fold(machine, facts, as_of=at)

    assert lifecycle.stage_at(machine, facts, as_of=at) == line.stage == line.spans[-1].stage
    assert line.as_of == at
    assert line.machine == machine.name


@given(HISTORIES, INSTANTS)
def test_roles_are_what_their_facts_say(facts: list[Activity], at: dt.datetime) -> None:
    """A role is held from a fact that begins it until one that ends it, or until it lapses."""
    machine = attrs.evolve(RETAIL, roles=ROLES, invariants=())
    held = lifecycle.fold(machine, facts, as_of=at).roles
    past = [one for one in in_fact_order(facts) if one.at <= at]

    assert ("buyer" in held) is any(one.kind == "purchase" for one in past)
    relevant = [one for one in past if one.kind in {"use", "signup"}]
    assert ("user" in held) is bool(
        relevant and relevant[-1].kind == "use" and relevant[-1].at + 3 * GRID > at
    )


# --- timeouts


TWO = Lifecycle(
    "two timeouts",
    "a",
    moves=(
        lifecycle.on("purchase", lifecycle.ANY, "b"),
        lifecycle.on("purchase", "b", "b"),
        lifecycle.on("use", "b", "b"),
        lifecycle.after(days(10), "b", "c"),
        lifecycle.after(days(5), "c", "d"),
        lifecycle.on("signup", "d", "a"),
    ),
    ends=("d",),
)


def test_a_purchase_at_the_last_instant_saves() -> None:
    """An activity exactly at the deadline is applied first; a tick later it is too late."""
    saved = lifecycle.fold(TWO, [fact("1", 0), fact("2", 10)], as_of=as_of(19))
    late = fact("2", 10)
    late = attrs.evolve(late, at=late.at + dt.timedelta(microseconds=1))

    assert told(saved) == [("a", None), ("b", 0)]
    assert told(lifecycle.fold(TWO, [fact("1", 0), late], as_of=as_of(19))) == [
        ("a", None),
        ("b", 0),
        ("c", 10),
        ("b", 10),
    ]


def test_a_purchase_at_the_last_instant_of_a_cascade_saves() -> None:
    """The second timeout of one gap, due exactly at the activity, comes after it too."""
    saved = lifecycle.fold(TWO, [fact("1", 0), fact("2", 15)], as_of=as_of(15))

    assert told(saved) == [("a", None), ("b", 0), ("c", 10), ("b", 15)]


def test_an_activity_without_a_move_does_not_reset_the_clock() -> None:
    """Only a move into the stage does, a self-move too."""
    assert told(lifecycle.fold(TWO, [fact("1", 0), fact("2", 9, "touch")], as_of=as_of(10)))[-1] == ("c", 10)
    assert told(lifecycle.fold(TWO, [fact("1", 0), fact("2", 9, "use")], as_of=as_of(18)))[-1] == ("b", 0)
    assert told(lifecycle.fold(TWO, [fact("1", 0), fact("2", 9, "use")], as_of=as_of(19)))[-1] == ("c", 19)


def test_a_timeout_is_due_at_its_own_instant_and_cascades() -> None:
    """A long gap goes through every stage, each at its time, whoever looks when."""
    line = lifecycle.fold(TWO, [fact("1", 0), fact("2", 100)], as_of=as_of(100))

    assert told(line) == [("a", None), ("b", 0), ("c", 10), ("d", 15), ("b", 100)]
    assert [span.cause for span in line.spans] == [
        None,
        "purchase",
        "after 10 days",
        "after 5 days",
        "purchase",
    ]
    assert [span.activity_id for span in line.spans] == [None, "1", None, None, "2"]
    assert lifecycle.stage_at(TWO, [fact("1", 0)], as_of=as_of(10)) == "c"
    assert lifecycle.stage_at(TWO, [fact("1", 0)], as_of=as_of(10) - dt.timedelta(microseconds=1)) == "b"


def test_two_facts_of_one_instant_both_come_before_the_deadline() -> None:
    """Even when the first of them makes no move."""
    facts = [fact("1", 0), fact("2", 10, "touch"), fact("3", 10, "use")]

    assert told(lifecycle.fold(TWO, facts, as_of=as_of(15)))[-1] == ("b", 0)


def test_the_initial_stage_has_no_clock_until_a_move_leads_back() -> None:
    """Nobody moved there; after a return the timeout runs."""
    machine = Lifecycle(
        "back",
        "a",
        moves=(
            lifecycle.on("purchase", "a", "b"),
            lifecycle.on("use", "b", "a"),
            lifecycle.after(days(5), "a", "c"),
        ),
        ends=("c",),
    )

    assert lifecycle.stage_at(machine, [], as_of=as_of(1000)) == "a"
    facts = [fact("1", 0), fact("2", 1, "use")]
    assert told(lifecycle.fold(machine, facts, as_of=as_of(6))) == [("a", None), ("b", 0), ("a", 1), ("c", 6)]


def test_calendar_timeouts_follow_the_calendar() -> None:
    """A month from 31 January ends with February; a local day may have 23 hours."""
    machine = Lifecycle(
        "calendar",
        "a",
        moves=(
            lifecycle.on("purchase", "a", "b"),
            lifecycle.after(months(1), "b", "c"),
            lifecycle.after(local_days(1, "Europe/Berlin"), "c", "d"),
        ),
        ends=("d",),
    )
    start = attrs.evolve(fact("1", 0), at=dt.datetime(2024, 1, 31, 12, tzinfo=dt.UTC))
    line = lifecycle.fold(machine, [start], as_of=dt.datetime(2024, 3, 2, tzinfo=dt.UTC))

    assert [span.since for span in line.spans[1:]] == [
        dt.datetime(2024, 1, 31, 12, tzinfo=dt.UTC),
        dt.datetime(2024, 2, 29, 12, tzinfo=dt.UTC),
        dt.datetime(2024, 3, 1, 12, tzinfo=dt.UTC),
    ]


def test_a_deadline_beyond_the_calendar_never_comes() -> None:
    """Near the year 9999 nothing falls due and nothing fails."""
    end = attrs.evolve(fact("1", 0), at=dt.datetime(9999, 12, 30, tzinfo=dt.UTC))

    assert lifecycle.stage_at(TWO, [end], as_of=dt.datetime(9999, 12, 31, tzinfo=dt.UTC)) == "b"
    assert lifecycle.next_deadline(lifecycle.fold(TWO, [end], as_of=end.at).state) is None


def timeouts(*more: int) -> Lifecycle:
    """Return a machine in which a month and 29 days run side by side, with priorities."""
    first, second = more
    return Lifecycle(
        "side by side",
        "a",
        moves=(
            lifecycle.on("purchase", "a", "b"),
            lifecycle.after(days(29), "b", "c", priority=first),
            lifecycle.after(months(1), "b", "d", priority=second),
        ),
        ends=("c", "d"),
    )


def test_timeouts_at_one_instant_need_priorities() -> None:
    """29 days and a month fall together in February 2024, and only then."""
    february = attrs.evolve(fact("1", 0), at=dt.datetime(2024, 2, 1, tzinfo=dt.UTC))
    january, later = fact("1", 0), dt.datetime(2024, 6, 1, tzinfo=dt.UTC)

    assert lifecycle.stage_at(timeouts(0, 0), [january], as_of=later) == "c"
    assert lifecycle.stage_at(timeouts(1, 0), [february], as_of=later) == "c"
    assert lifecycle.stage_at(timeouts(0, 1), [february], as_of=later) == "d"
    with pytest.raises(Contradiction, match="equal priority"):
        lifecycle.stage_at(timeouts(0, 0), [february], as_of=later)


# --- moves


def guarded(*moves: lifecycle.Move) -> Lifecycle:
    return Lifecycle("guarded", "a", moves=moves, ends=("b", "c"))


def test_guards_read_the_facts_up_to_the_activity() -> None:
    """The activity itself is one of them; what comes after is not, even at the same instant."""
    machine = guarded(
        lifecycle.on("use", "a", "b", when=A("use").count() == 1),
        lifecycle.on("use", "a", "c", when=A("use").count() > 1),
    )
    both = [fact("1", 0, "use"), fact("2", 0, "use")]

    assert lifecycle.stage_at(machine, both, as_of=as_of(0)) == "b"
    late = guarded(
        lifecycle.on("signup", "a", "b", when=A("use").count() == 1),
        lifecycle.on("use", "b", "c", when=A("signup").within(days(1)).count() == 1),
    )
    assert lifecycle.stage_at(late, [fact("1", 5, "signup"), fact("2", 5, "use")], as_of=as_of(9)) == "a"
    assert lifecycle.stage_at(late, [fact("1", 5, "signup"), fact("2", 4, "use")], as_of=as_of(9)) == "b"


def test_guards_read_fields_of_the_record() -> None:
    """An unknown field opens nothing."""
    machine = guarded(
        lifecycle.on("use", "a", "b", when=FIELD_GUARD), lifecycle.on("use", "a", "c", when=~FIELD_GUARD)
    )
    facts = [fact("1", 0, "use")]

    for vip, stage in ((True, "b"), (False, "c"), (None, "a")):
        fields = {"vip": vip}
        assert lifecycle.stage_at(machine, facts, as_of=as_of(0), fields=fields) == stage
        assert lifecycle.fold(machine, facts, as_of=as_of(0), fields=fields).stage == stage
        assert lifecycle.step(machine, None, facts[0], fields=fields).standing.stage == stage
    assert lifecycle.stage_at(machine, facts, as_of=as_of(0)) == "a"


def test_the_highest_priority_moves() -> None:
    """Whatever the order in which the moves are written."""
    moves = (
        lifecycle.on("use", "a", "b", when=A().count() >= 1, priority=1),
        lifecycle.on("use", "a", "c", when=A().count() >= 0, priority=2),
    )
    for order in (moves, moves[::-1]):
        assert lifecycle.stage_at(guarded(*order), [fact("1", 0, "use")], as_of=as_of(0)) == "c"


def test_equal_priority_is_an_error_when_it_happens() -> None:
    """Guards that ask about different things may overlap or not; the error says which moves."""
    machine = guarded(
        lifecycle.on("use", "a", "b", when=A("use").count() >= 1),
        lifecycle.on("use", "a", "c", when=A().count() >= 2),
        lifecycle.on("signup", "a", "b"),
    )

    assert lifecycle.stage_at(machine, [fact("1", 0, "use")], as_of=as_of(0)) == "b"
    with pytest.raises(Contradiction, match="equal priority") as raised:
        lifecycle.stage_at(machine, [fact("1", 0, "touch"), fact("2", 1, "use")], as_of=as_of(1))
    assert "'a'" in str(raised.value)
    assert "at least 2 activities" in str(raised.value)


# --- keeping state


def test_a_state_needs_history_only_for_guards_that_ask_for_it() -> None:
    """And says so."""
    asks = guarded(
        lifecycle.on("use", "a", "b", when=A("use").count() == 2), lifecycle.on("signup", "a", "c")
    )
    one, two = fact("1", 0, "use"), fact("2", 1, "use")
    state = lifecycle.step(asks, None, one)

    with pytest.raises(InvalidValue, match="history="):
        lifecycle.step(asks, state, two)
    assert lifecycle.step(asks, state, fact("2", 1, "signup")).standing.stage == "c"
    assert lifecycle.step(asks, state, two, history=[one, two]).standing.stage == "b"
    assert lifecycle.fold(asks, [two], as_of=as_of(1), start=state, history=[one]).stage == "b"
    assert lifecycle.step(TWO, lifecycle.step(TWO, None, one), two).standing.stage == "a"


def test_a_late_fact_is_refused_by_step_and_welcome_to_fold() -> None:
    """A state cannot go back: the history is folded again, and the corrections are listed."""
    state = lifecycle.step(RETAIL, None, fact("2", 5))

    with pytest.raises(InvalidValue, match="fold the whole history"):
        lifecycle.step(RETAIL, state, fact("1", 4))
    with pytest.raises(InvalidValue, match="before the state's last"):
        lifecycle.fold(RETAIL, (), as_of=as_of(4), start=state)


def test_a_state_before_any_fact_is_the_beginning() -> None:
    """Going on from it is folding all."""
    empty = lifecycle.fold(RETAIL, (), as_of=as_of(0)).state

    assert empty.last is None
    assert lifecycle.fold(RETAIL, [fact("1", 1)], as_of=as_of(2), start=empty) == lifecycle.fold(
        RETAIL, [fact("1", 1)], as_of=as_of(2)
    )
    assert lifecycle.step(RETAIL, empty, fact("1", 1)) == lifecycle.step(RETAIL, None, fact("1", 1))


def test_next_deadline_looks_at_roles_too() -> None:
    """The earliest of all."""
    used = lifecycle.step(RETAIL, None, fact("1", 0, "use"))
    bought = lifecycle.step(RETAIL, used, fact("2", 1))

    assert lifecycle.next_deadline(used) == as_of(90)
    assert lifecycle.next_deadline(bought) == as_of(90)
    assert lifecycle.next_deadline(lifecycle.step(RETAIL, bought, fact("3", 100))) == as_of(90)
    assert lifecycle.next_deadline(lifecycle.step(RETAIL, None, fact("1", 0))) == as_of(180)
    assert lifecycle.next_deadline(lifecycle.step(RETAIL, None, fact("1", 0, "signup"))) is None


def test_naive_instants_are_refused() -> None:
    """No time zone is guessed."""
    for ask in (lifecycle.fold, lifecycle.stage_at):
        with pytest.raises(InvalidValue, match="time zone"):
            ask(RETAIL, [], as_of=dt.datetime(2024, 1, 1))


# --- why they left


@pytest.mark.parametrize(
    ("facts", "cause"),
    [
        ([], None),
        ([("touch", 10, "competitor")], "competitor"),
        ([("complaint", 10, "value_not_found")], "value_not_found"),
        ([("complaint", 10, "too far away")], "other"),
        ([("complaint", 10, "other")], "other"),
        ([("complaint", 10, 3)], None),
        ([("complaint", 10, "competitor"), ("complaint", 20, "value_not_found")], "value_not_found"),
        ([("complaint", 10, "competitor"), ("purchase", 20, None)], None),
        ([("complaint", 10, "competitor"), ("touch", 20, None)], "competitor"),
        ([("touch", 300, "competitor")], "competitor"),
        ([("purchase", 20, "competitor")], None),
    ],
)
def test_the_cause_of_leaving_is_the_last_told_since_they_were_active(
    facts: Iterable[tuple[str, int, object]], cause: str | None
) -> None:
    """From the prop "cause", once they have left."""
    history = [
        fact("first", 0),
        *(fact(str(day), day, kind, props={"cause": prop}) for kind, day, prop in facts),
    ]
    line = lifecycle.fold(RETAIL, history, as_of=as_of(340))

    assert line.stage == "silent"
    assert line.lapse_cause == cause
    assert lifecycle.fold(RETAIL, history[:1], as_of=as_of(40)).lapse_cause is None


def test_the_cause_of_leaving_is_kept_from_state_to_state() -> None:
    """Told in one part of a history, it holds in the next, until they come back."""
    told_one = lifecycle.step(
        RETAIL,
        lifecycle.step(RETAIL, None, fact("1", 0)),
        fact("2", 5, "complaint", props={"cause": "competitor"}),
    )
    touched = lifecycle.step(RETAIL, told_one, fact("3", 200, "touch"))
    back = lifecycle.step(RETAIL, touched, fact("4", 210))

    assert touched.lapse_cause == "competitor"
    assert lifecycle.fold(RETAIL, (), as_of=as_of(250), start=touched).lapse_cause == "competitor"
    assert lifecycle.fold(RETAIL, (), as_of=as_of(20), start=told_one).lapse_cause is None
    assert back.lapse_cause is None
    left = lifecycle.step(
        MEMBERSHIP,
        lifecycle.step(MEMBERSHIP, None, fact("1", 0, "contract_start")),
        fact("2", 5, "contract_end", props={"cause": "value_not_found"}),
    )
    assert lifecycle.fold(MEMBERSHIP, (), as_of=as_of(5), start=left).lapse_cause == "value_not_found"


# --- roles


def test_roles_have_their_own_validity() -> None:
    """Beginning again renews; ending or lapsing closes the period."""
    roles = (
        Role(name="fan", begins="follow", ends="unfollow"),
        Role(name="user", begins="use", lapses_after=days(30)),
    )
    machine = attrs.evolve(RETAIL, roles=roles, invariants=())
    history = [
        fact("1", 0, "follow"),
        fact("2", 1, "use"),
        fact("3", 20, "use"),
        fact("4", 30, "unfollow"),
        fact("5", 30, "unfollow"),
        fact("6", 40, "follow"),
    ]
    line = lifecycle.fold(machine, history, as_of=as_of(60))

    assert line.roles == ("fan",)
    assert line.role_spans == (
        Span(stage="fan", since=as_of(0), until=as_of(30), cause="follow", activity_id=ActivityId("1")),
        Span(stage="user", since=as_of(1), until=as_of(50), cause="use", activity_id=ActivityId("2")),
        Span(stage="fan", since=as_of(40), cause="follow", activity_id=ActivityId("6")),
    )
    assert lifecycle.fold(machine, history, as_of=as_of(45)).roles == ("fan", "user")


@given(HISTORIES)
def test_a_state_knows_its_last_fact(facts: list[Activity]) -> None:
    """In fact order, whether it made a move or not."""
    state = lifecycle.fold(RETAIL, facts, as_of=LATE).state

    assert state.last == (fact_order(in_fact_order(facts)[-1]) if facts else None)
