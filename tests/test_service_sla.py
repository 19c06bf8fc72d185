"""Laws of the SLA clock: pauses, reopening, business hours, escalation."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from crmkit.calendars import Calendar, Quiet, deadline, hours, is_quiet, minutes
from crmkit.conditions import from_json, to_json
from crmkit.errors import Contradiction, InvalidValue, UnknownName
from crmkit.service import (
    Case,
    CaseEvent,
    Escalation,
    SlaPolicy,
    Target,
    open_case,
    record,
    sla_clock,
    status_at,
)
from crmkit.service.cases import EVENT_KINDS

OFFICE = Calendar(
    zone="Asia/Shanghai", hours={"mon-fri": ("09:00-12:00", "13:00-18:00"), "sat": "10:00-16:00"}
)
ALWAYS = Calendar(zone="UTC", hours={"mon-sun": "00:00-24:00"})
START = dt.datetime(2024, 5, 8, 2, tzinfo=dt.UTC)  # Wednesday, 10:00 in Shanghai
POLICY = SlaPolicy(name="office", calendar=OFFICE, answer=hours(4), solve=hours(16))


def at(hour: float) -> dt.datetime:
    return START + hours(1) * hour


def event(kind: str, hour: float, note: str = "") -> CaseEvent:
    return CaseEvent(id=f"{kind}@{hour}{note}", kind=kind, at=at(hour), note=note)


EVENTS = st.lists(
    st.builds(event, st.sampled_from(EVENT_KINDS[1:]), st.sampled_from((0, 1, 2, 6, 8, 9, 26, 30, 60))),
    max_size=6,
)
HOURS = st.sampled_from((0, 1, 2, 5, 6, 8, 24, 27, 31, 70, 100))


def case_of(*events: CaseEvent, priority: str = "normal") -> Case:
    case = open_case("c1", START, case_id="case-1", priority=priority)
    for one in events:
        case = record(case, one)
    return case


@given(EVENTS, HOURS, HOURS)
def test_pausing_and_resuming_at_once_changes_nothing(
    events: list[CaseEvent], paused_at: int, asked_at: int
) -> None:
    """A pause of no length moves no due instant, meets nothing and breaches nothing."""
    case = case_of(*events)
    paused = record(record(case, event("paused", paused_at, "p")), event("resumed", paused_at, "p"))
    as_of = at(asked_at)
    assume(all(one.at != at(paused_at) for one in case.events))
    assume(status_at(case, as_of=at(paused_at)) == "open")
    clock, again = sla_clock(case, POLICY, as_of=as_of), sla_clock(paused, POLICY, as_of=as_of)

    assert again == clock


@given(EVENTS, HOURS, HOURS)
def test_breaches_are_for_good_and_due_never_comes_nearer(events: list[CaseEvent], a: int, b: int) -> None:
    """Of one goal, what is breached stays so, and asking later never gives an earlier due instant."""
    case = case_of(*(one for one in events if one.kind != "resumed"))
    first, second = (sla_clock(case, POLICY, as_of=at(hour)) for hour in sorted((a, b)))
    for before, after in zip(first.goals, second.goals, strict=True):
        if before.met_at is None or after.met_at == before.met_at:
            assert before.due <= after.due
            assert after.breached or not before.breached
        assert before.used <= after.used


@given(EVENTS, HOURS)
def test_a_goal_is_breached_exactly_when_more_time_was_used_than_there_is(
    events: list[CaseEvent], hour: int
) -> None:
    """Around the clock, breached means used > within: the due instant itself is in time."""
    policy = SlaPolicy(name="always", calendar=ALWAYS, answer=hours(2), solve=hours(8))
    for goal in sla_clock(case_of(*events), policy, as_of=at(hour)).goals:
        assert goal.breached == (goal.used > goal.within)


@given(EVENTS, HOURS)
def test_without_pauses_due_is_the_deadline_of_the_opening(events: list[CaseEvent], hour: int) -> None:
    """A case that is open all the time is due when the calendar says so."""
    case = case_of(*(one for one in events if one.kind in ("agent_message", "customer_message", "escalated")))
    answer, solve = sla_clock(case, POLICY, as_of=at(hour)).goals

    assert answer.due == deadline(OFFICE, START, hours(4))
    assert solve.due == deadline(OFFICE, START, hours(16))


@given(EVENTS, HOURS)
def test_what_happens_later_is_not_seen(events: list[CaseEvent], hour: int) -> None:
    """The clock at an instant is that of the case as it was told up to then."""
    told = case_of(*(one for one in events if one.at <= at(hour)))

    assert sla_clock(case_of(*events), POLICY, as_of=at(hour)) == sla_clock(told, POLICY, as_of=at(hour))


def test_a_case_from_opening_to_closing() -> None:
    """Answered in time, paused over night, reopened, solved too late."""
    case = case_of(
        event("agent_message", 3),  # Wednesday 13:00
        event("paused", 4),  # Wednesday 14:00: three hours used
        event("customer_message", 24),  # Thursday 10:00
        event("closed", 26),  # Thursday 12:00: five hours used
        event("customer_message", 50),  # Friday 12:00
    )
    fresh = sla_clock(case, POLICY, as_of=at(2))
    assert (fresh.due, fresh.breached, fresh.paused) == (at(5), False, False)
    waiting = sla_clock(case, POLICY, as_of=at(10))
    assert (waiting.paused, waiting.status) == (True, "waiting")
    assert waiting.goals[0].met_at == at(3)
    assert waiting.goals[1].used == hours(3)
    assert waiting.due == deadline(OFFICE, at(10), hours(13))  # as if it went on now
    solved = sla_clock(case, POLICY, as_of=at(30))
    assert (solved.due, solved.status, solved.paused, solved.breached) == (None, "closed", False, False)
    assert solved.goals[1].met_at == at(26)
    reopened = sla_clock(case, POLICY, as_of=at(50))
    assert reopened.due == deadline(OFFICE, at(50), hours(11))
    late = sla_clock(case, POLICY, as_of=at(24 * 7))
    assert late.breached
    assert not late.goals[0].breached
    assert late.due == reopened.due


def test_the_due_instant_itself_is_in_time() -> None:
    """A microsecond later it is not."""
    due = deadline(OFFICE, START, hours(16))

    assert not sla_clock(case_of(), POLICY, as_of=due).goals[1].breached
    assert sla_clock(case_of(), POLICY, as_of=due + dt.timedelta(microseconds=1)).goals[1].breached


def test_closing_without_a_word_is_the_answer() -> None:
    """A case that is solved at once needs no message of ours."""
    clock = sla_clock(case_of(event("closed", 1)), POLICY, as_of=at(9))

    assert [goal.met_at for goal in clock.goals] == [at(1), at(1)]
    assert clock.due is None


def test_priorities_have_targets_of_their_own() -> None:
    """An urgent case is due earlier, and a goal without a limit has no clock."""
    policy = SlaPolicy(
        name="desk",
        calendar=OFFICE,
        solve=hours(16),
        by_priority={"urgent": Target(answer=minutes(30), solve=hours(4))},
    )

    assert [goal.goal for goal in sla_clock(case_of(), policy, as_of=START).goals] == ["solve"]
    urgent = sla_clock(case_of(priority="urgent"), policy, as_of=START)
    assert [goal.due for goal in urgent.goals] == [at(0.5), at(5)]
    assert urgent.due == at(0.5)


LADDER = SlaPolicy(
    name="ladder",
    calendar=OFFICE,
    answer=hours(4),
    solve=hours(16),
    ladder=(
        Escalation(name="remind", to="anna", percent=50, goal="answer"),
        Escalation(name="lead", to="bo", percent=100),
        Escalation(name="boss", to="chen", percent=150, quiet=Quiet("12:00", "20:00"), zone="Europe/Berlin"),
    ),
)


def test_the_ladder_is_climbed_step_by_step() -> None:
    """Each step comes when its share of open time is used, is done once, and not for a goal that is met."""
    due = deadline(OFFICE, START, hours(16))
    steps: list[tuple[str, dt.datetime]] = []
    for _ in LADDER.ladder:
        case = case_of(*(event("escalated", 0, name) for name, _ in steps))
        step = sla_clock(case, LADDER, as_of=at(100)).next_escalation
        assert step is not None
        later_done = record(case, event("escalated", 101, step.step.name))
        assert sla_clock(later_done, LADDER, as_of=at(100)).next_escalation == step
        steps.append((step.step.name, step.at))
    done = case_of(*(event("escalated", 0, name) for name, _ in steps))
    assert sla_clock(done, LADDER, as_of=at(100)).next_escalation is None

    assert [name for name, _ in steps] == ["remind", "lead", "boss"]
    assert steps[0][1] == deadline(OFFICE, START, hours(2))
    assert steps[1][1] == due
    assert steps[2][1] >= deadline(OFFICE, START, hours(24))
    answered = case_of(event("agent_message", 1))
    following = sla_clock(answered, LADDER, as_of=at(2)).next_escalation
    assert following is not None
    assert following.step.name == "lead"
    solved = case_of(event("closed", 1))
    assert sla_clock(solved, LADDER, as_of=at(2)).next_escalation is None


@given(EVENTS, HOURS)
def test_nobody_is_told_in_their_quiet_hours(events: list[CaseEvent], hour: int) -> None:
    """A step for someone with quiet hours is never due in them."""
    quiet = Quiet("12:00", "20:00")
    policy = SlaPolicy(
        name="q", calendar=OFFICE, solve=hours(7), ladder=(Escalation(name="s", to="chen", quiet=quiet),)
    )
    clock = sla_clock(case_of(*events), policy, as_of=at(hour))
    if clock.next_escalation is not None:
        assert not is_quiet(quiet, clock.next_escalation.at, zone="Asia/Shanghai")
        assert clock.next_escalation.at >= clock.goals[0].due


def test_before_the_opening_there_is_no_clock() -> None:
    """Asking too early is an error that says when the case was opened."""
    with pytest.raises(InvalidValue, match="was opened at 2024-05-08"):
        sla_clock(case_of(), POLICY, as_of=at(-1))


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: SlaPolicy(name="x", calendar=OFFICE, answer=hours(0)), InvalidValue, "longer than nothing"),
        (lambda: Target(solve=hours(-1)), InvalidValue, "longer than nothing"),
        (lambda: Escalation(name="x", to="a", percent=0), InvalidValue, "more than 0"),
        (lambda: Escalation(name="x", to="a", goal="anser"), UnknownName, "Did you mean 'answer'"),
        (lambda: Escalation(name="x", to="a", zone="Asia/Shanghia"), UnknownName, "Asia/Shanghai"),
        (
            lambda: SlaPolicy(name="x", calendar=OFFICE, by_priority={"urgnt": Target()}),
            UnknownName,
            "Did you mean 'urgent'",
        ),
        (
            lambda: SlaPolicy(
                name="x", calendar=OFFICE, ladder=[Escalation(name="x", to="a"), Escalation(name="x", to="b")]
            ),
            Contradiction,
            "one name: x, x",
        ),
    ],
)
def test_bad_policies_are_refused(make: object, error: type[Exception], says: str) -> None:
    """Each message says what to do."""
    assert callable(make)
    with pytest.raises(error, match=says):
        make()


def test_a_policy_survives_json() -> None:
    """The JSON round trip is identity."""
    assert from_json(to_json(LADDER), SlaPolicy) == LADDER


def test_the_clock_shows_itself() -> None:
    """As text and as a table: what is due, met, missed and next."""
    case = case_of(event("agent_message", 1))
    text = str(sla_clock(case, LADDER, as_of=at(100)))

    assert text.splitlines() == [
        "case case-1, open at 2024-05-12 06:00",
        "  answer  within 4 hours  due 2024-05-08 07:00  met 2024-05-08 03:00",
        "  solve  within 16 hours  due 2024-05-10 02:00  missed",
        "  next: lead at 2024-05-10 02:00",
    ]
    running = sla_clock(case_of(), POLICY, as_of=START)
    assert "<td style='text-align:left'>running</td>" in running._repr_html_()
    assert "next" not in str(running)
