"""Timelines: corrections by late facts, and how they show themselves."""

from __future__ import annotations

import copy
import datetime as dt
import itertools

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conditions_pools import START, activities, histories
from crmkit import lifecycle
from crmkit.conditions import days
from crmkit.errors import InvalidValue
from crmkit.lifecycle import MEMBERSHIP, RETAIL, Correction, Lifecycle, RoleCorrection, Span, Timeline
from crmkit.model import Activity, ActivityId, CustomerId, in_fact_order
from crmkit.model.period import holds_at
from lifecycle_pools import GRID, INSTANTS, KINDS, machines

MACHINES = machines() | st.sampled_from((RETAIL, MEMBERSHIP))
LATE_FACTS = st.lists(activities(kinds=KINDS), max_size=3)
GRIDS = [START + step * GRID / 2 for step in range(91)]


def fact(key: str, day: int, kind: str = "purchase") -> Activity:
    return Activity(ActivityId(key), CustomerId("c"), kind, START + days(day))


@given(MACHINES, histories(kinds=KINDS), LATE_FACTS, INSTANTS, INSTANTS)
def test_corrections_are_the_instants_at_which_the_tellings_differ(
    machine: Lifecycle, facts: list[Activity], late: list[Activity], one: dt.datetime, other: dt.datetime
) -> None:
    """At every instant told by both: corrected if, and only if, the stages differ; as they say."""
    before = lifecycle.fold(machine, facts, as_of=one)
    now = lifecycle.fold(machine, [*facts, *late], as_of=other)
    corrections = now.corrections(before)

    for at in GRIDS:
        if at > min(one, other):
            break
        here = [
            fix
            for fix in corrections
            if (fix.since is None or fix.since <= at) and (fix.until is None or at < fix.until)
        ]
        was, is_now = before.at(at).stage, now.at(at).stage
        assert [(fix.was, fix.now) for fix in here] == ([] if was == is_now else [(was, is_now)])


@given(MACHINES, histories(kinds=KINDS), LATE_FACTS, INSTANTS)
def test_a_late_fact_gives_the_timeline_of_a_timely_one(
    machine: Lifecycle, facts: list[Activity], late: list[Activity], at: dt.datetime
) -> None:
    """Told last, it stands where it would have stood; told again, there is nothing to correct."""
    now = lifecycle.fold(machine, [*facts, *late], as_of=at)

    assert now == lifecycle.fold(machine, [*late, *facts], as_of=at)
    assert now.corrections(now) == ()


@given(MACHINES, histories(kinds=KINDS), INSTANTS)
def test_a_timeline_that_nobody_has_read_is_the_value_of_its_spans(
    machine: Lifecycle, facts: list[Activity], at: dt.datetime
) -> None:
    """Equal, printed, hashed, copied and asked alike, whichever is read first, and read twice it is one."""

    def unread() -> Timeline:
        return lifecycle.fold(machine, facts, as_of=at, fields={})

    fields = [field.name for field in attrs.fields(Timeline)]
    whole = Timeline(**{name: getattr(unread(), name) for name in fields})

    assert unread() == whole
    assert whole == unread()
    assert (hash(unread()), repr(unread())) == (hash(whole), repr(whole))
    assert copy.copy(unread()) == copy.deepcopy(unread()) == attrs.evolve(unread()) == whole
    assert attrs.asdict(unread(), recurse=False) == attrs.asdict(whole, recurse=False)
    fresh = unread()
    for line in (fresh, whole):
        last = whole.spans[-1]
        assert (line.stage, line.since, line.cause) == (last.stage, last.since, last.cause)
        assert line.roles == whole.roles
    assert type(fresh.spans) is type(fresh.role_spans) is tuple
    assert fresh.spans is fresh.spans
    assert fresh.role_spans is fresh.role_spans
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        fresh.spans = ()  # type: ignore[misc]


TICK = dt.timedelta(microseconds=1)


def borders(*lines: Timeline) -> list[dt.datetime]:
    """Return every instant at which something begins or ends in *lines*, with those right beside it."""
    spans = [span for line in lines for span in (*line.spans, *line.role_spans)]
    ends = {end for span in spans for end in (span.since, span.until) if end is not None}
    ends |= {line.as_of for line in lines}
    return sorted({at + beside for at in ends for beside in (-TICK, 0 * TICK, TICK)})


def roles_at(line: Timeline, at: dt.datetime) -> set[str]:
    return {span.stage for span in line.role_spans if holds_at(span.since, span.until, at)}


@st.composite
def tellings(draw: st.DrawFn) -> tuple[Timeline, Timeline]:
    """Return two tellings of one customer: the second with late facts, all of them shuffled and some twice."""
    machine, facts, late = draw(MACHINES), draw(histories(kinds=KINDS)), draw(LATE_FACTS)
    told = draw(st.permutations([*facts, *late, *facts[::2]]))
    one, other = draw(INSTANTS), draw(INSTANTS)
    return lifecycle.fold(machine, facts, as_of=one), lifecycle.fold(machine, told, as_of=other)


@given(tellings())
def test_corrections_written_over_the_earlier_telling_give_the_later_one(
    told: tuple[Timeline, Timeline],
) -> None:
    """Right up to the microsecond: stages and roles, and nothing is corrected twice."""
    before, now = told
    stages, roles = now.corrections(before), now.role_corrections(before)

    for at in borders(before, now):
        if at > min(before.as_of, now.as_of):
            break
        here = [fix for fix in stages if holds_at(fix.since, fix.until, at)]
        assert [(fix.was, fix.now) for fix in here] == (
            [] if before.at(at).stage == now.at(at).stage else [(before.at(at).stage, now.at(at).stage)]
        )
        held = roles_at(before, at)
        for fix in roles:
            if holds_at(fix.since, fix.until, at):
                assert (fix.role in held) is not fix.held
                held ^= {fix.role}
        assert held == roles_at(now, at)


@given(tellings())
def test_corrections_are_not_cut_in_pieces(told: tuple[Timeline, Timeline]) -> None:
    """None is empty, they stand in order, and where one ends as the next begins they say something else."""
    before, now = told
    stages, roles = now.corrections(before), now.role_corrections(before)

    for left, right in itertools.pairwise(stages):
        assert left.until is not None
        assert right.since is not None
        assert left.until <= right.since
        assert left.until < right.since or (left.was, left.now) != (right.was, right.now)
    for one, other in itertools.pairwise(roles):
        assert one.role < other.role or (
            one.until is not None and other.since is not None and one.until <= other.since
        )
        assert (one.role, one.held, one.until) != (other.role, other.held, other.since)
    for since, until in [(fix.since, fix.until) for fix in stages] + [
        (fix.since, fix.until) for fix in roles
    ]:
        assert since is None or until is None or since < until


@given(tellings())
def test_a_correction_undone_is_the_correction_backwards(told: tuple[Timeline, Timeline]) -> None:
    """The earlier telling corrects the later one in the same periods, the other way round."""
    before, now = told

    assert [(fix.since, fix.until, fix.was, fix.now) for fix in now.corrections(before)] == [
        (fix.since, fix.until, fix.now, fix.was) for fix in before.corrections(now)
    ]
    assert [(fix.since, fix.until, fix.role, fix.held) for fix in now.role_corrections(before)] == [
        (fix.since, fix.until, fix.role, not fix.held) for fix in before.role_corrections(now)
    ]


@given(MACHINES, histories(kinds=KINDS), INSTANTS, st.data())
def test_nothing_new_corrects_nothing(
    machine: Lifecycle, facts: list[Activity], at: dt.datetime, data: st.DataObject
) -> None:
    """Told twice, in another order, or up to a later instant: the same was said before."""
    before = lifecycle.fold(machine, facts, as_of=at)
    again = data.draw(st.permutations([*facts, *facts]))
    for later in (0 * days(1), days(15), days(1000)):
        now = lifecycle.fold(machine, again, as_of=at + later)
        assert now.corrections(before) == before.corrections(now) == ()
        assert now.role_corrections(before) == before.role_corrections(now) == ()


@given(MACHINES, histories(kinds=KINDS), LATE_FACTS, st.integers(0, 8), INSTANTS)
def test_a_telling_that_goes_on_from_a_state_is_corrected_from_there_on(
    machine: Lifecycle, facts: list[Activity], late: list[Activity], place: int, at: dt.datetime
) -> None:
    """What lies before the state's last fact is not told, so nothing is said of it."""
    ordered = in_fact_order(facts)
    first, second = ordered[:place], ordered[place:]
    at = max([at, *(one.at for one in first)])
    state = lifecycle.fold(machine, first, as_of=at).state
    rest = lifecycle.fold(machine, second, as_of=at, start=state, history=first)
    whole = lifecycle.fold(machine, facts, as_of=at)
    now = lifecycle.fold(machine, [*facts, *late], as_of=at)

    assert whole.corrections(rest) == rest.corrections(whole) == ()
    assert whole.role_corrections(rest) == rest.role_corrections(whole) == ()
    begin = rest.told_from or START - days(1)
    assert [(fix.until, fix.was, fix.now) for fix in now.corrections(rest)] == [
        (fix.until, fix.was, fix.now)
        for fix in now.corrections(whole)
        if fix.until is None or fix.until > begin
    ]
    assert [(fix.until, fix.role, fix.held) for fix in now.role_corrections(rest)] == [
        (fix.until, fix.role, fix.held)
        for fix in now.role_corrections(whole)
        if fix.until is None or fix.until > begin
    ]
    if rest.told_from is not None:
        assert all(fix.since and fix.since >= begin for fix in now.corrections(rest))
        assert all(fix.since and fix.since >= begin for fix in now.role_corrections(rest))


def test_what_goes_on_from_a_state_says_from_when_it_tells() -> None:
    """An instant before is an error, and a telling up to then has nothing in common with it."""
    state = lifecycle.fold(RETAIL, [fact("1", 10), fact("2", 20)], as_of=START + days(30)).state
    rest = lifecycle.fold(RETAIL, [fact("3", 40)], as_of=START + days(50), start=state)

    assert rest.told_from == START + days(20)
    with pytest.raises(InvalidValue, match=r"told from 2024-01-21T00:00:00\+00:00 on only"):
        rest.at(START + days(19))
    early = lifecycle.fold(RETAIL, [fact("0", 1)], as_of=START + days(15))
    assert rest.corrections(early) == ()
    assert rest.role_corrections(early) == ()


def test_roles_are_corrected_beside_the_stage() -> None:
    """Which, from when to when, and whether it is held now; neighbours that turn round stay two."""
    before = lifecycle.fold(RETAIL, [fact("1", 10, "use")], as_of=START + days(150))
    now = lifecycle.fold(RETAIL, [fact("1", 10, "use"), fact("2", 50, "use")], as_of=START + days(150))

    assert now.corrections(before) == ()
    assert now.role_corrections(before) == (
        RoleCorrection(since=START + days(100), until=START + days(140), role="user", held=True, cause="use"),
    )
    assert str(now.role_corrections(before)[0]) == "2024-04-10 00:00 – 2024-05-20 00:00  user held"
    assert str(before.role_corrections(now)[0]) == "2024-04-10 00:00 – 2024-05-20 00:00  user not held"

    spans = [
        Span(stage="user", since=START + days(a), until=START + days(b), cause="use")
        for a, b in ((0, 5), (5, 9))
    ]
    one, other = (
        Timeline(
            machine="m",
            as_of=START + days(20),
            spans=(Span(stage="a"),),
            role_spans=(span,),
            state=now.state,
        )
        for span in spans
    )
    never, whole = (attrs.evolve(one, role_spans=held) for held in ((), (*spans,)))
    assert [(fix.since, fix.until, fix.held) for fix in whole.role_corrections(never)] == [
        (START, START + days(9), True)
    ]
    assert [(fix.since, fix.held) for fix in other.role_corrections(one)] == [
        (START, False),
        (START + days(5), True),
    ]


def test_corrections_say_from_when_to_when_and_why() -> None:
    """Neighbouring periods of the same correction are one."""
    before = lifecycle.fold(RETAIL, [fact("1", 10), fact("3", 300)], as_of=START + days(310))
    now = lifecycle.fold(RETAIL, [fact("1", 10), fact("2", 20), fact("3", 300)], as_of=START + days(320))

    assert now.corrections(before) == (
        Correction(
            since=START + days(20), until=START + days(190), was="new", now="mature", cause="purchase"
        ),
        Correction(
            since=START + days(190), until=START + days(200), was="silent", now="mature", cause="purchase"
        ),
    )
    assert str(now.corrections(before)[0]) == "2024-01-21 00:00 – 2024-07-09 00:00  mature, not new"


def test_a_correction_may_be_open_at_either_end() -> None:
    """From the beginning, and up to now."""
    one = lifecycle.fold(RETAIL, [], as_of=START)
    other = lifecycle.fold(MEMBERSHIP, [fact("1", 0, "contract_start")], as_of=START)

    assert other.corrections(one) == (
        Correction(since=START, until=None, was="potential", now="new", cause="contract_start"),
    )
    b2b = lifecycle.fold(lifecycle.B2B, [], as_of=START)
    assert b2b.corrections(one) == (
        Correction(since=None, until=None, was="potential", now="target", cause=None),
    )
    assert str(b2b.corrections(one)[0]) == "… – now  target, not potential"


def test_pieces_of_one_correction_are_joined() -> None:
    """Even where one of the tellings has a move of its own between."""
    spans = (Span(stage="a"), Span(stage="b", since=START), Span(stage="c", since=START + days(2)))
    state = lifecycle.fold(RETAIL, [], as_of=START).state
    one = lifecycle.Timeline(machine="m", as_of=START + days(3), spans=spans, state=state)
    other = lifecycle.Timeline(
        machine="m",
        as_of=START + days(3),
        spans=(
            Span(stage="a"),
            Span(stage="x", since=START, until=START + days(1), cause="first"),
            Span(stage="x", since=START + days(1), cause="second"),
        ),
        state=state,
    )

    assert other.corrections(one) == (
        Correction(since=START, until=START + days(2), was="b", now="x", cause="first"),
        Correction(since=START + days(2), until=None, was="c", now="x", cause="second"),
    )


def test_a_timeline_reads_as_lines() -> None:
    """One line a stage: from when, to when, which, why."""
    line = lifecycle.fold(RETAIL, [fact("1", 0, "signup"), fact("2", 1)], as_of=START + days(200))

    assert str(line) == (
        "… – 2024-01-01 00:00  potential\n"
        "2024-01-01 00:00 – 2024-01-02 00:00  responder (signup)\n"
        "2024-01-02 00:00 – 2024-06-30 00:00  new (purchase)\n"
        "2024-06-30 00:00 – now  silent (after 180 days)"
    )


def test_a_timeline_shows_itself_in_notebooks() -> None:
    """Stages, then roles."""
    html = lifecycle.fold(RETAIL, [fact("1", 0, "signup")], as_of=START)._repr_html_()

    assert html.index("responder") < html.index("member")
    assert "retail" in html


def test_at_finds_the_span_in_force() -> None:
    """A span begins at its instant and ends before the next."""
    line = lifecycle.fold(RETAIL, [fact("1", 0, "signup"), fact("2", 1)], as_of=START + days(5))

    assert [line.at(START + days(day)).stage for day in (-1, 0, 1, 5)] == [
        "potential",
        "responder",
        "new",
        "new",
    ]
    assert line.at(START + days(1) - dt.timedelta(microseconds=1)).stage == "responder"
    with pytest.raises(InvalidValue, match="fold the history up to"):
        line.at(START + days(6))
    with pytest.raises(InvalidValue, match="time zone"):
        line.at(dt.datetime(2024, 1, 2))
