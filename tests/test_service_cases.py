"""Laws of cases: a case is the fold of its events, and a message lands in its case on any channel."""

from __future__ import annotations

import datetime as dt
import random
from itertools import pairwise

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.calendars import days, hours
from crmkit.errors import InvalidValue, UnknownName
from crmkit.model import Activity, ActivityId, CustomerId, from_json, to_json
from crmkit.service import CASE as DECLARED
from crmkit.service import Case, CaseEvent, Message, cases_of, open_case, phases, receive, record, status_at
from crmkit.service.cases import DONE, EVENT_KINDS, OPEN, PRIORITIES, WAITING

START = dt.datetime(2024, 5, 1, 9, tzinfo=dt.UTC)
CHANNELS = (None, "email", "call", "wecom")


def at(hour: float) -> dt.datetime:
    return START + hours(1) * hour


def event(kind: str, hour: float, name: str = "") -> CaseEvent:
    return CaseEvent(id=name or f"{kind}@{hour}", kind=kind, at=at(hour))


EVENTS = st.lists(
    st.builds(event, st.sampled_from(EVENT_KINDS[1:]), st.sampled_from((0, 1, 1, 2, 5, 30))), max_size=8
)
CASE = open_case("c1", START, channel="email", case_id="case-1")


def told(*events: CaseEvent) -> Case:
    case = CASE
    for one in events:
        case = record(case, one)
    return case


@given(EVENTS, st.randoms(use_true_random=False))
def test_the_order_of_telling_does_not_matter(events: list[CaseEvent], order: random.Random) -> None:
    """Shuffled and repeated events make the same case."""
    shuffled = [*events, *events[:2]]
    order.shuffle(shuffled)

    assert told(*shuffled) == told(*events)


@given(EVENTS, st.sampled_from((-1, 0, 1, 2, 4, 40)))
def test_what_happens_later_is_not_seen(events: list[CaseEvent], hour: int) -> None:
    """The status at an instant is that of the case as it was told up to then."""
    earlier = [one for one in events if one.at <= at(hour)]

    assert phases(told(*events), as_of=at(hour)) == phases(told(*earlier), as_of=at(hour))
    assert status_at(told(*events), as_of=at(hour)) == status_at(told(*earlier), as_of=at(hour))


@given(EVENTS)
def test_phases_follow_each_other_without_gaps(events: list[CaseEvent]) -> None:
    """Each phase begins where the one before ends, with another status; the last is open-ended."""
    found = phases(told(*events), as_of=at(100))

    assert found[0].since == START
    assert found[0].status == "open"
    assert found[-1].until is None
    for before, after in pairwise(found):
        assert before.until == after.since
        assert before.status != after.status


@pytest.mark.parametrize(
    ("kinds", "status"),
    [
        ((), "open"),
        (("agent_message",), "open"),
        (("paused",), "waiting"),
        (("paused", "resumed"), "open"),
        (("paused", "customer_message"), "open"),
        (("paused", "agent_message"), "waiting"),
        (("paused", "escalated"), "waiting"),
        (("closed",), "closed"),
        (("paused", "closed"), "closed"),
        (("closed", "customer_message"), "open"),
        (("closed", "resumed"), "open"),
        (("closed", "agent_message"), "closed"),
        (("closed", "paused"), "closed"),
        (("closed", "customer_message", "closed"), "closed"),
    ],
)
def test_what_leads_to_what(kinds: tuple[str, ...], status: str) -> None:
    """Pauses, replies, closing and opening again."""
    case = told(*(event(kind, hour + 1, f"e{hour}") for hour, kind in enumerate(kinds)))

    assert status_at(case, as_of=at(10)) == status


def test_before_its_opening_there_is_no_case() -> None:
    """No phase, no status, and nothing can have happened to it."""
    assert phases(CASE, as_of=at(-1)) == ()
    assert status_at(CASE, as_of=at(-1)) is None
    with pytest.raises(InvalidValue, match="after the event"):
        record(CASE, event("paused", -1))


@given(
    st.lists(st.sampled_from(CHANNELS), min_size=1, max_size=4),
    st.lists(st.sampled_from((None, "anna")), min_size=4, max_size=4),
)
def test_a_reply_on_any_channel_lands_in_its_case(
    channels: list[str | None], authors: list[str | None]
) -> None:
    """Whatever channel a message comes on, the customer's open case takes it."""
    cases = [CASE, open_case("c2", START, case_id="case-2")]
    for hour, channel in enumerate(channels):
        message = Message(
            id=f"m{hour}", customer_id=CustomerId("c1"), at=at(hour), channel=channel, by=authors[hour]
        )
        case = receive(cases, message)
        assert case.id == "case-1"
        cases[0] = case

    assert len(cases[0].events) == 1 + len(channels)
    assert set(cases[0].channels) == {"email", *channels} - {None}


@given(st.integers(0, 3), st.randoms(use_true_random=False))
def test_receiving_twice_changes_nothing(count: int, order: random.Random) -> None:
    """A message that was received is in its case, wherever a new one would go."""
    cases = [open_case("c1", at(hour), case_id=f"case-{hour}") for hour in range(count)]
    message = Message(id="m", customer_id=CustomerId("c1"), at=at(5))
    case = receive(cases, message)
    again = [*(one for one in cases if one.id != case.id), case, open_case("c1", at(4), case_id="newer")]
    order.shuffle(again)

    assert receive(again, message) == case


def message(**given_: object) -> Message:
    values: dict[str, object] = {"id": "m", "customer_id": "c1", "at": at(48), **given_}
    return Message(**values)  # type: ignore[arg-type]


def test_a_message_goes_where_it_says() -> None:
    """The case it names, then the case it answers in, come before the case touched last."""
    first = told(event("agent_message", 1, "a1"), event("closed", 2))
    second = open_case("c1", at(3), case_id="case-2", topic="delivery")

    assert receive([first, second], message()).id == "case-2"
    assert receive([first, second], message(case_id="case-1")).id == "case-1"
    assert receive([first, second], message(reply_to="a1")).id == "case-1"
    assert receive([first, second], message(topic="delivery")).id == "case-2"
    assert status_at(receive([first, second], message(reply_to="a1")), as_of=at(48)) == "open"


def test_an_open_case_comes_before_one_closed_lately() -> None:
    """Of the customer's cases the one that is not closed takes a message, even if touched earlier."""
    closed = told(event("closed", 40))
    waiting = record(open_case("c1", at(1), case_id="case-2"), event("paused", 2))

    case = receive([closed, waiting], message())
    assert case.id == "case-2"
    assert status_at(case, as_of=at(48)) == "open"


@pytest.mark.parametrize(
    ("closed_at", "reopens"), [(24, True), (48 - 7 * 24, True), (48 - 7 * 24 - 1, False)]
)
def test_a_case_closed_lately_is_opened_again(closed_at: int, reopens: bool) -> None:
    """Within seven days of its closing, the seventh included, a message belongs to it."""
    old = open_case("c1", at(-500), case_id="case-1")
    closed = record(old, event("closed", closed_at))

    assert (receive([closed], message()).id == "case-1") is reopens
    assert receive([closed], message(), reopen_within=days(0)).id != "case-1"


def test_otherwise_there_is_a_new_case() -> None:
    """Another topic, another customer, or a case that did not exist yet: a new one, named if named."""
    about_delivery = open_case("c1", START, case_id="case-1", topic="delivery")
    of_another = open_case("c2", START, case_id="case-9")
    later = open_case("c1", at(50), case_id="case-8")

    new = receive([about_delivery], message(topic="invoice", channel="call", subject="Invoice 7"))
    assert new.id not in ("case-1", "case-9")
    assert (new.topic, new.subject, new.channels, new.opened_at) == (
        "invoice",
        "Invoice 7",
        ("call",),
        at(48),
    )
    assert [one.kind for one in new.events] == ["opened", "customer_message"]
    assert receive([of_another], message()).customer_id == "c1"
    assert receive([of_another], message(case_id="case-9")).id not in ("case-9", None)
    assert receive([later], message(case_id="case-8")).id != "case-8"
    assert receive([about_delivery], message(case_id="case-5")).id == "case-5"


@given(st.permutations(["case-1", "case-2", "case-3"]))
def test_the_order_of_cases_does_not_matter(names: list[str]) -> None:
    """Equally good cases are told apart by id, not by position."""
    cases = [open_case("c1", START, case_id=name) for name in names]

    assert receive(cases, message()).id == "case-3"


def fact(kind: str, hour: float, customer: str = "c1", **props: object) -> Activity:
    name = ActivityId(f"{customer}/{kind}/{hour}")
    return Activity(name, CustomerId(customer), kind, at(hour), channel="call", props=props)


FACTS = st.lists(
    st.builds(
        fact,
        st.sampled_from(
            ("case_opened", "case_closed", "complaint", "support_request", "interaction", "purchase")
        ),
        st.sampled_from((0, 1, 2, 24, 24 * 20)),
        st.sampled_from(("c1", "c2")),
        case_id=st.sampled_from((None, "k1", "k2")),
    ),
    max_size=10,
)


@given(FACTS, st.randoms(use_true_random=False))
def test_cases_of_does_not_depend_on_order_or_repetition(facts: list[Activity], order: random.Random) -> None:
    """Shuffled and repeated activities tell of the same cases."""
    once = list({one.id: one for one in facts}.values())
    shuffled = [*once, *once[:3]]
    order.shuffle(shuffled)

    assert cases_of(shuffled) == cases_of(once)


@given(FACTS)
def test_customers_do_not_share_cases(facts: list[Activity]) -> None:
    """The cases of two customers are the cases of each, side by side; every complaint is in one."""
    once = list({one.id: one for one in facts}.values())
    found = cases_of(once)
    apart = [
        case for name in ("c1", "c2") for case in cases_of(one for one in once if one.customer_id == name)
    ]

    assert sorted(found, key=repr) == sorted(apart, key=repr)
    complaints = [one.id for one in once if one.kind in ("complaint", "support_request")]
    assert all(sum(name == e.id for case in found for e in case.events) == 1 for name in complaints)
    assert len({(case.customer_id, case.id) for case in found}) == len(found)


def test_a_complaint_is_registered_answered_and_closed() -> None:
    """The desk registers the case that a complaint began; all that follows is one case."""
    facts = [
        fact("complaint", 0, topic="damaged"),
        fact("case_opened", 1, case_id="k1", topic="damaged", priority="high"),
        fact("interaction", 2, case_id="k1", by="anna"),
        fact("interaction", 3, case_id="k1", by="customer"),
        fact("case_closed", 5, case_id="k1"),
        fact("purchase", 6),
        fact("interaction", 7),
    ]
    [case] = cases_of(facts)

    assert (case.id, case.topic, case.priority, case.opened_at) == ("k1", "damaged", "high", START)
    assert [one.kind for one in case.events] == [
        "opened",
        "customer_message",
        "agent_message",
        "customer_message",
        "closed",
    ]
    assert [one.by for one in case.events] == [None, None, "anna", None, None]
    assert status_at(case, as_of=at(10)) == "closed"


def test_cases_are_told_apart_by_name_topic_and_time() -> None:
    """Two names are two cases; a closing without a name closes the one touched last; one too many, none."""
    facts = [
        fact("case_opened", 0, case_id="k1", topic="late"),
        fact("case_opened", 1, case_id="k2", topic="taste", priority="no such"),
        fact("complaint", 2, topic="late"),
        fact("case_closed", 3),
        fact("case_closed", 4, case_id="k1"),
        fact("case_closed", 5),
        fact("case_closed", 6),
        fact("support_request", 24 * 30),
    ]
    first, second, third = cases_of(facts)

    assert (first.id, second.id) == ("k1", "k2")
    assert second.priority == "normal"
    assert [one.kind for one in first.events] == ["opened", "customer_message", "closed"]
    assert [one.at for one in second.events if one.kind == "closed"] == [at(5)]
    assert third.opened_at == at(24 * 30)
    assert status_at(third, as_of=at(24 * 31)) == "open"


def test_a_registration_of_another_topic_is_another_case() -> None:
    """What the desk registers as something else does not take over the complaint's case."""
    facts = [fact("complaint", 0, topic="late"), fact("case_opened", 1, topic="invoice")]
    again = [*facts, fact("case_opened", 2, case_id="c1/case_opened/1")]

    assert [case.topic for case in cases_of(facts)] == ["late", "invoice"]
    assert cases_of(again) == cases_of(facts)


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: event("opend", 1), UnknownName, "Did you mean 'opened'"),
        (lambda: open_case("c1", START, priority="hihg"), UnknownName, "Did you mean 'high'"),
        (lambda: attrs.evolve(CASE, events=()), InvalidValue, "begins with something other"),
        (
            lambda: attrs.evolve(CASE, events=(event("closed", 1),)),
            InvalidValue,
            "begins with something other",
        ),
        (lambda: open_case("c1", dt.datetime(2024, 5, 1)), InvalidValue, "carries no time zone"),
    ],
)
def test_bad_cases_are_refused(make: object, error: type[Exception], says: str) -> None:
    """Each message says what to do."""
    assert callable(make)
    with pytest.raises(error, match=says):
        make()


def test_a_case_has_an_id_of_its_own_and_tells_nothing_personal() -> None:
    """Ids are derived from content; subject and notes stay out of the representation."""
    case = open_case("c1", START, subject="My broken leg", topic="delivery")
    case = record(case, CaseEvent(id="n", kind="paused", at=at(1), note="broken leg"))

    assert case.id == open_case("c1", START, topic="delivery").id
    assert case.id != open_case("c1", START, topic="invoice").id != open_case("c2", START, topic="invoice").id
    assert "leg" not in repr(case)
    assert "leg" not in repr(message(subject="My broken leg"))
    assert "<td style='text-align:left'>paused</td>" in case._repr_html_()
    assert "leg" not in case._repr_html_()


@given(EVENTS)
def test_a_case_survives_json(events: list[CaseEvent]) -> None:
    """The JSON round trip is identity."""
    case = told(*events)

    assert from_json(to_json(case), Case) == case


def test_the_declared_statuses_are_those_that_cases_have() -> None:
    """The data dictionary says of a case what its code says."""
    status, priority = DECLARED.statuses
    assert [name for name, _ in status.statuses] == [OPEN, WAITING, DONE]
    assert tuple(name for name, _ in priority.statuses) == PRIORITIES
    assert {field.name for field in DECLARED.schema} - {"status"} <= {one.name for one in attrs.fields(Case)}
