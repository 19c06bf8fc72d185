"""Laws of planning: nothing twice, no cap exceeded, no send in quiet hours, every cause named."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from itertools import pairwise

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from care_world import (
    CUSTOMERS,
    FACTS,
    POLICIES,
    RULES,
    RUNS,
    UPSET,
    YES,
    at,
    customer,
    exceeded,
    fact,
    profile,
    rule,
    simulate,
    wall_says_quiet,
)
from crmkit.calendars import days, hours, is_quiet
from crmkit.care import (
    DROP,
    FAILED,
    GATES,
    HELD_OUT,
    HOLDOUT,
    PLANNED,
    SEND,
    SENT,
    WAIT,
    Cap,
    Decision,
    Exempt,
    LedgerEntry,
    Policy,
    Quiet,
    Reason,
    Rule,
    Suppression,
    after_exit,
    calendar_day,
    each_anniversary,
    every,
    every_rematch,
    ledger_entry,
    once,
    plan,
    rolling,
    why_not,
)
from crmkit.conditions import ALWAYS, NEVER, F
from crmkit.errors import Contradiction, InvalidValue, UnknownName
from crmkit.model import Activity, Consent, Contact, ContactPoint, Customer, CustomerId, from_json, to_json

NOON = at(10) + hours(4)  # noon in Shanghai


def plan_one(
    rules: Rule | Sequence[Rule],
    who: Customer | None = None,
    *,
    facts: Sequence[Activity] = (),
    ledger: Sequence[LedgerEntry] = (),
    policy: Policy | None = None,
    as_of: dt.datetime = NOON,
    consents: Sequence[Consent] = (YES,),
) -> list[Decision]:
    known = profile(who or customer(), facts, as_of, consents=consents)
    listed = [rules] if isinstance(rules, Rule) else rules
    return plan(listed, [known], ledger=ledger, policy=policy, as_of=as_of)


def entry(name: str = "rule", day: float = 0, **changes: object) -> LedgerEntry:
    values: dict[str, object] = {
        "key": f"{name}/{day}/{changes}",
        "customer_id": "c1",
        "rule": name,
        "occurrence": "elsewhere",
        "channel": "email",
        "purpose": "marketing",
        "template": name,
        "state": SENT,
        "at": at(day),
        **changes,
    }
    return LedgerEntry(**values)  # type: ignore[arg-type]


def gist(decisions: Sequence[Decision]) -> list[tuple[object, ...]]:
    return [
        (one.customer_id, one.rule, one.outcome, one.channel, one.not_before, one.key) for one in decisions
    ]


# ---------------------------------------------------------------- laws


@given(CUSTOMERS, FACTS, POLICIES, RUNS)
def test_planning_twice_plans_nothing_new(
    customers: list[Customer], facts: list[Activity], policy: Policy, runs: list[dt.datetime]
) -> None:
    """Fed back, a plan leaves only what it made wait or dropped, word for word."""
    _, ledger = simulate(RULES, customers, facts, policy, runs[:-1])
    profiles = [profile(who, facts, runs[-1]) for who in customers]
    first = plan(RULES, profiles, ledger=ledger, policy=policy, as_of=runs[-1])
    ledger += [ledger_entry(one) for one in first if one.outcome in (SEND, HOLDOUT)]
    second = plan(RULES, profiles, ledger=ledger, policy=policy, as_of=runs[-1])

    assert gist(second) == gist([one for one in first if one.outcome in (WAIT, DROP)])


@given(CUSTOMERS, FACTS, POLICIES, RUNS, st.randoms(use_true_random=False))
def test_the_order_of_rules_customers_and_ledger_does_not_matter(
    customers: list[Customer],
    facts: list[Activity],
    policy: Policy,
    runs: list[dt.datetime],
    order: random.Random,
) -> None:
    """Shuffled input gives the same decisions in the same order, reasons included."""
    _, ledger = simulate(RULES, customers, facts, policy, runs[:-1])
    profiles = [profile(who, facts, runs[-1]) for who in customers]
    expected = plan(RULES, profiles, ledger=ledger, policy=policy, as_of=runs[-1])
    rules, people, entries = list(RULES), profiles[:], [*ledger, *ledger[:2]]
    order.shuffle(rules)
    order.shuffle(people)
    order.shuffle(entries)

    assert plan(rules, people, ledger=entries, policy=policy, as_of=runs[-1]) == expected
    assert expected == sorted(expected, key=lambda one: one.customer_id)


@given(CUSTOMERS, FACTS, POLICIES, RUNS)
def test_customers_do_not_disturb_each_other(
    customers: list[Customer], facts: list[Activity], policy: Policy, runs: list[dt.datetime]
) -> None:
    """The decisions of a customer are the same whoever else is planned for."""
    together, _ = simulate(RULES, customers, facts, policy, runs)
    for who in customers:
        alone, _ = simulate(RULES, [who], facts, policy, runs)
        assert alone == [one for one in together if one.customer_id == who.id]


@given(CUSTOMERS, FACTS, POLICIES, RUNS)
def test_no_cap_is_exceeded_under_any_split_of_runs(
    customers: list[Customer], facts: list[Activity], policy: Policy, runs: list[dt.datetime]
) -> None:
    """Whenever the host plans, no cap's window holds more sends than allowed, nor are two within the gap."""
    _, ledger = simulate(RULES, customers, facts, policy, runs)
    for who in customers:
        sent = [one for one in ledger if one.customer_id == who.id and one.state == PLANNED]
        for cap in policy.caps:
            counted = [one.at for one in sent if cap.covers(purpose=one.purpose, channel=one.channel)]
            assert not exceeded(cap, counted, str(who["zone"]))
        times = sorted(one.at for one in sent)
        assert all(b - a >= policy.min_gap for a, b in pairwise(times))


@given(CUSTOMERS, FACTS, POLICIES, RUNS)
def test_no_send_in_quiet_hours_and_release_is_the_first_instant_allowed(
    customers: list[Customer], facts: list[Activity], policy: Policy, runs: list[dt.datetime]
) -> None:
    """What is sent is not sent while the wall says quiet, and nothing waits without a cause."""
    zones = {who.id: str(who["zone"]) for who in customers}
    decisions, _ = simulate(RULES, customers, facts, policy, runs)
    for one in decisions:
        release = one.at if one.outcome in (SEND, HOLDOUT) else one.not_before
        if release is not None and policy.quiet is not None:
            assert not is_quiet(policy.quiet, release, zone=zones[one.customer_id])
            assert not wall_says_quiet(policy.quiet, release, zones[one.customer_id])
        if one.outcome == WAIT:
            closed = [reason.not_before for reason in one.reasons if reason.closed and reason.not_before]
            assert one.not_before is not None
            assert max(closed) <= one.not_before


@given(CUSTOMERS, FACTS, POLICIES, RUNS)
def test_what_waits_is_sent_at_its_release(
    customers: list[Customer], facts: list[Activity], policy: Policy, runs: list[dt.datetime]
) -> None:
    """If nothing happens in between, planning at the release sends, and a moment before it waits."""
    decisions, ledger = simulate(RULES, customers, [], policy, runs)
    waits = [one for one in decisions if one.outcome == WAIT and one.at == runs[-1]]
    for one in waits[:2]:
        assert one.not_before is not None
        who = next(person for person in customers if person.id == one.customer_id)
        alone = [named for named in RULES if named.name == one.rule]
        before = one.not_before - dt.timedelta(microseconds=1)
        same = [
            decision for decision in decisions if decision.at == one.at and decision.customer_id == who.id
        ]
        if any(decision.outcome == WAIT and decision.rule != one.rule for decision in same):
            continue  # what it waits for may be another that waits
        released = plan_one(alone, who, ledger=ledger, policy=policy, as_of=one.not_before)
        waiting = plan_one(alone, who, ledger=ledger, policy=policy, as_of=before)
        assert [decision.outcome for decision in released] in ([SEND], [HOLDOUT])
        assert [decision.outcome for decision in waiting] == [WAIT]


CAUSES = (
    "suppression",
    "consent",
    "eligibility",
    "entry",
    "holdout",
    "quiet hours",
    "caps",
    "minimum gap",
    "channel",
    "idempotency",
    "expiry",
)


def hindered(causes: frozenset[str]) -> tuple[Rule, dict[str, object]]:
    """Return a rule, and what to ask about it with, such that exactly *causes* stand in the way."""
    who = customer(reach=() if "channel" in causes else ("email",))
    tags = {"dnd": "yes"} if "suppression" in causes else {}
    city = {"city": "Rome" if "eligibility" in causes else "Paris"}
    who = attrs.evolve(who, fields={"zone": "Asia/Shanghai", **tags, **city})
    wanted = rule(
        when=UPSET & (F.city == "Paris"),
        entry=once(uses="delivered"),
        expires=days(3),
        holdout=1 if "holdout" in causes else 0,
    )
    ledger = [entry("other", at=NOON - hours(1), purpose="service")] if "caps" in causes else []
    ledger += [entry("other", at=NOON - hours(7))] if "minimum gap" in causes else []
    ledger += [entry(at=at(-300))] if "entry" in causes else []
    ledger += [entry(occurrence="once", state=PLANNED, at=at(-300))] if "idempotency" in causes else []
    policy = Policy(
        caps=[Cap(1, rolling(hours(6)))],
        min_gap=hours(8) if "minimum gap" in causes else hours(0),
        quiet=Quiet("11:00", "14:00") if "quiet hours" in causes else None,
        suppressions=[Suppression(name="do-not-disturb", when=F.dnd == "yes")],
    )
    said = [attrs.evolve(YES, granted="consent" not in causes)]
    complained = fact("complaint", 10 - (5 if "expiry" in causes else 1))
    known = profile(who, [complained], NOON, consents=said)
    return wanted, {"profile": known, "ledger": ledger, "policy": policy, "as_of": NOON}


# held out is remembered from the ledger, unmet conditions have no beginning, a gap of 8 hours is not
# independent of a cap of 6: these pairs cannot be chosen independently
TOGETHER = (
    {"holdout", "entry"},
    {"holdout", "idempotency"},
    {"eligibility", "expiry"},
    {"caps", "minimum gap"},
)


@given(
    st.frozensets(st.sampled_from(CAUSES)).filter(lambda causes: not any(pair <= causes for pair in TOGETHER))
)
def test_why_not_names_every_cause(causes: frozenset[str]) -> None:
    """With several causes all are named, and nothing else; without any the rule would send."""
    wanted, asked = hindered(causes)
    reasons = why_not(wanted, **asked)  # type: ignore[arg-type]

    assert {reason.gate for reason in reasons} == causes
    assert [GATES.index(reason.gate) for reason in reasons] == sorted(GATES.index(r.gate) for r in reasons)
    assert all(reason.closed for reason in reasons)
    known = asked.pop("profile")
    outcomes = [one.outcome for one in plan([wanted], [known], **asked)]  # type: ignore[arg-type, list-item]
    assert (outcomes == [SEND]) == (not causes)


@given(CUSTOMERS, FACTS, POLICIES, RUNS)
def test_why_not_is_silent_exactly_when_a_rule_alone_would_send(
    customers: list[Customer], facts: list[Activity], policy: Policy, runs: list[dt.datetime]
) -> None:
    """An empty list means that planning this rule sends now, and the other way round."""
    _, ledger = simulate(RULES, customers, facts, policy, runs[:-1])
    for one in RULES:
        for who in customers:
            known = profile(who, facts, runs[-1])
            found = plan([one], [known], ledger=ledger, policy=policy, as_of=runs[-1])
            reasons = why_not(one, known, ledger=ledger, policy=policy, as_of=runs[-1])
            assert (reasons == []) == ([decision.outcome for decision in found] == [SEND])


@given(FACTS, RUNS)
def test_asking_neither_creates_nor_loses_a_rematch(facts: list[Activity], runs: list[dt.datetime]) -> None:
    """Each stretch in which the condition is true gives one send, if anyone asked during it, and no other."""
    complaints = sorted({one.at for one in facts if one.kind == "complaint" and one.customer_id == "c1"})
    stretches: list[tuple[dt.datetime, dt.datetime]] = []
    for one in complaints:
        if (
            stretches and one <= stretches[-1][1]
        ):  # the next begins where this one ends: it is true throughout
            stretches[-1] = (stretches[-1][0], one + days(7))
        else:
            stretches.append((one, one + days(7)))
    wanted = rule(when=UPSET, entry=every_rematch(), purpose="service", channel="call")
    _, ledger = simulate([wanted], [customer()], facts, Policy(), runs)

    asked = [since for since, until in stretches if any(since <= run < until for run in runs)]
    assert [one.occurrence for one in ledger] == [f"since {since.isoformat()}" for since in asked]


# ---------------------------------------------------------------- entry


def outcomes(
    wanted: Rule, runs: Sequence[float], *, facts: Sequence[Activity] = ()
) -> list[tuple[float, str]]:
    """Return day and occurrence of every send when planning on the days *runs*."""
    _, ledger = simulate([wanted], [customer()], facts, Policy(), [at(day) for day in runs])
    return [((one.at - at(0)) / days(1), one.occurrence) for one in ledger]


def test_once_is_once() -> None:
    """However often they match again."""
    facts = [fact("complaint", 0), fact("complaint", 20)]

    assert outcomes(rule(when=UPSET, entry=once()), range(40), facts=facts) == [(0, "once")]


def test_a_period_counts_from_the_last_entry() -> None:
    """As long as the condition is true."""
    assert outcomes(rule(entry=every(days(10))), range(0, 30, 3)) == [
        (0, "every 1"),
        (12, "every 2"),
        (24, "every 3"),
    ]


def test_a_rematch_within_the_gap_waits_for_its_end() -> None:
    """The gap counts from the last entry; a stretch that is over by then is lost."""
    facts = [fact("complaint", day) for day in (0, 8, 30, 38)]
    wanted = rule(when=UPSET, entry=every_rematch(days(10)))

    assert [day for day, _ in outcomes(wanted, range(60), facts=facts)] == [0, 10, 30, 40]
    assert [
        day
        for day, _ in outcomes(attrs.evolve(wanted, entry=every_rematch(days(20))), range(60), facts=facts)
    ] == [
        0,
        30,
    ]


def test_after_exit_counts_from_leaving() -> None:
    """They left on day 7; the gap is over on day 9, and they match again from day 8 on."""
    facts = [fact("complaint", 0), fact("complaint", 8)]
    wanted = rule(when=UPSET, entry=after_exit(days(2)))

    assert [day for day, _ in outcomes(wanted, range(60), facts=facts)] == [0, 9]
    assert [day for day, _ in outcomes(attrs.evolve(wanted, entry=after_exit()), range(60), facts=facts)] == [
        0,
        8,
    ]
    assert [
        day for day, _ in outcomes(attrs.evolve(wanted, entry=after_exit(days(9))), range(60), facts=facts)
    ] == [0]


def test_a_late_fact_that_moves_the_edge_back_makes_no_new_entry() -> None:
    """A complaint told late moves the beginning; the entry that was made since then still counts."""
    wanted = rule(when=UPSET, entry=every_rematch())
    [sent] = plan_one(wanted, facts=[fact("complaint", 9)])
    earlier = [fact("complaint", 8), fact("complaint", 9)]

    assert plan_one(wanted, facts=earlier, ledger=[ledger_entry(sent)], as_of=NOON + hours(1)) == []


def test_true_before_all_that_is_known_is_one_entry() -> None:
    """A condition that never began is entered once, whenever it is asked."""
    assert outcomes(rule(entry=every_rematch()), range(20)) == [(0, "since before all that is known")]


BORN = attrs.evolve(customer(), party=Contact(born_on=dt.date(1992, 2, 29)))
BIRTHDAY = rule(entry=each_anniversary("born_on"))


@pytest.mark.parametrize(
    ("as_of", "sends"),
    [
        ("2025-02-27T15:59", False),
        ("2025-02-27T16:00", True),  # midnight in Shanghai
        ("2025-02-28T15:59", True),
        ("2025-02-28T16:00", False),
        ("2028-02-28T15:59", False),
        ("2028-02-28T16:00", True),
    ],
)
def test_a_birthday_is_a_day_in_the_customers_zone(as_of: str, sends: bool) -> None:
    """29 February is 28 February in a common year, and the day is that of the customer's wall."""
    told = dt.datetime.fromisoformat(as_of + "+00:00")
    found = plan_one(BIRTHDAY, BORN, as_of=told)

    assert [one.occurrence for one in found] == (
        [f"on {told.year}-02-{29 if told.year == 2028 else 28}"] if sends else []
    )
    assert "02-2" not in str(found[0].reasons if found else "")


def test_a_birthday_comes_once_a_year() -> None:
    """The same day is not entered twice, the next year's is another occurrence; why_not says when."""
    day = dt.datetime(2025, 2, 28, 4, tzinfo=dt.UTC)
    [sent] = plan_one(BIRTHDAY, BORN, as_of=day)
    ledger = [ledger_entry(sent)]

    assert plan_one(BIRTHDAY, BORN, as_of=day + hours(1), ledger=ledger) == []
    assert [one.outcome for one in plan_one(BIRTHDAY, BORN, as_of=day + days(365), ledger=ledger)] == [SEND]
    known = profile(BORN, [], day + days(2))
    [reason] = why_not(BIRTHDAY, known, ledger=ledger, as_of=day + days(2))
    assert (reason.gate, reason.not_before) == ("entry", dt.datetime(2026, 2, 27, 16, tzinfo=dt.UTC))
    same_day = profile(BORN, [], day)
    assert [one.gate for one in why_not(BIRTHDAY, same_day, ledger=ledger, as_of=day)] == [
        "entry",
        "idempotency",
    ]


def test_a_longer_birthday_and_an_unknown_one() -> None:
    """With `expires` it may be kept later; without the date or the zone there is none."""
    day = dt.datetime(2025, 3, 2, 4, tzinfo=dt.UTC)
    longer = attrs.evolve(BIRTHDAY, expires=days(5))

    assert [one.occurrence for one in plan_one(longer, BORN, as_of=day)] == ["on 2025-02-28"]
    assert plan_one(longer, BORN, as_of=day + days(3)) == []
    short = attrs.evolve(BIRTHDAY, expires=hours(2))
    noon = dt.datetime(2025, 2, 28, 4, tzinfo=dt.UTC)
    [reason] = why_not(short, profile(BORN, [], noon), as_of=noon)
    assert reason.not_before == dt.datetime(2026, 2, 27, 16, tzinfo=dt.UTC)
    nobody = profile(customer(), [], day)
    assert [one.text for one in why_not(BIRTHDAY, nobody, as_of=day)] == ["the date born_on is unknown"]
    nowhere = profile(attrs.evolve(BORN, fields={}), [], day)
    assert [one.text for one in why_not(BIRTHDAY, nowhere, as_of=day)] == ["their time zone is unknown"]


def test_an_anniversary_may_be_of_an_instant() -> None:
    """Its day is that of the wall where the customer lives."""
    who = attrs.evolve(customer(), fields={"zone": "Asia/Shanghai", "joined": at(0) + hours(20)})
    wanted = rule(entry=each_anniversary("joined"))

    assert [one.occurrence for one in plan_one(wanted, who, as_of=at(366))] == ["on 2025-03-29"]
    assert plan_one(wanted, who, as_of=at(0) + hours(21)) == []


@pytest.mark.parametrize(
    ("uses", "state", "again"),
    [
        ("entered", FAILED, []),
        ("planned", FAILED, [SEND]),
        ("planned", PLANNED, []),
        ("planned", HELD_OUT, []),
        ("delivered", FAILED, [SEND]),
        ("delivered", PLANNED, [DROP]),
        ("delivered", SENT, []),
        ("delivered", "unknown", []),
    ],
)
def test_what_uses_up_an_entry_is_explicit(uses: str, state: str, again: list[str]) -> None:
    """A failure gives a planned entry back; what is on its way is never sent beside itself."""
    wanted = rule(entry=once(uses=uses))
    [sent] = plan_one(wanted)
    found = plan_one(wanted, ledger=[ledger_entry(sent, state=state)], as_of=NOON + hours(1))

    assert [one.outcome for one in found] == again
    assert all(one.key == sent.key for one in found)


# ---------------------------------------------------------------- gates


def test_marketing_needs_a_yes_and_service_needs_no_no() -> None:
    """Silence is a no to marketing and no hindrance to service; the latest word counts."""
    no = Consent(purpose="*", granted=False, at=at(5))
    for consents, marketing, service in (((), DROP, SEND), ((YES,), SEND, SEND), ((YES, no), DROP, DROP)):
        assert [one.outcome for one in plan_one(rule(), consents=consents)] == [marketing]
        assert [one.outcome for one in plan_one(rule(purpose="service"), consents=consents)] == [service]
    [dropped] = plan_one(rule(), consents=(YES, no))
    assert [str(one) for one in dropped.reasons if one.closed] == [
        "✗ consent on email: they said no to marketing on 2024-04-02"
    ]


def test_a_withdrawal_stops_what_waits() -> None:
    """Everything is checked again at release."""
    policy = Policy(quiet=Quiet("11:00", "14:00"))
    assert [one.outcome for one in plan_one(rule(), policy=policy)] == [WAIT]

    withdrawn = [fact("unsubscribed", 10.2)]
    assert [
        one.outcome for one in plan_one(rule(), policy=policy, facts=withdrawn, as_of=NOON + hours(3))
    ] == [DROP]


def test_the_first_channel_that_is_open_is_taken() -> None:
    """In the rule's order; consent, contact points and caps of a channel may close it."""
    wanted = rule(channel=("wecom", "sms", "email"))
    no_sms = Consent(purpose="marketing", channel="sms", granted=False, at=at(1))
    [by_sms] = plan_one(wanted)
    [by_email] = plan_one(wanted, consents=(YES, no_sms))
    capped = Policy(caps=[Cap(1, rolling(days(1)), channels=["sms"])])
    [earlier] = plan_one(wanted, policy=capped, ledger=[entry("other", at=NOON, channel="sms")])

    assert (by_sms.channel, by_email.channel, earlier.channel) == ("sms", "email", "email")
    assert {one.channel for one in by_email.reasons if one.closed} == {"wecom", "sms"}
    assert len({by_sms.key, by_email.key}) == 2
    nowhere = plan_one(wanted, customer(reach=()))
    assert [(one.outcome, one.channel) for one in nowhere] == [(DROP, None)]
    assert str(nowhere[0]).splitlines()[0] == "DROP rule to c1"
    store = plan_one(rule(channel="store"), customer(reach=()))
    assert [one.outcome for one in store] == [SEND]


def test_a_contact_point_reaches_them_while_it_is_valid() -> None:
    """An address that bounced, or is not theirs yet, is none."""
    moved = ContactPoint(kind="email", value="a@x.cn", since=at(8), until=at(10))
    who = attrs.evolve(customer(), contact_points=(moved,))

    for day, outcome in ((7.5, DROP), (8, SEND), (9.5, SEND), (10, DROP)):
        assert [one.outcome for one in plan_one(rule(), who, as_of=at(day))] == [outcome]


def test_larger_priority_goes_first_ties_by_name() -> None:
    """The others wait for the next free slot, and say who took the place."""
    rules = [rule("b"), rule("a"), rule("z", priority=5)]
    policy = Policy(caps=[Cap(1, calendar_day())])
    found = plan_one(rules, policy=policy)

    assert [(one.rule, one.outcome) for one in found] == [("z", SEND), ("a", WAIT), ("b", WAIT)]
    day = NOON - hours(12)
    assert [one.not_before for one in found[1:]] == [day + days(1), day + days(2)]
    [reason] = [one for one in found[2].reasons if one.closed]
    assert (reason.gate, reason.text) == ("priority", "z, a of higher priority takes the place")


def test_what_waits_holds_its_place_against_lower_priority() -> None:
    """A rule that quiet hours hold back until two does not lose its place to one they do not hold back."""
    policy = Policy(
        caps=[Cap(1, calendar_day())],
        quiet=Quiet("11:00", "14:00"),
        consent={"marketing": "needs_yes", "service": "needs_no_no", "alarm": "needs_no_no"},
        min_gap=hours(3),
    )
    found = plan_one([rule("first", priority=9), rule("second")], policy=policy)

    assert [one.outcome for one in found] == [WAIT, WAIT]
    assert found[1].not_before == NOON + hours(12)


def test_without_caps_several_rules_may_speak_at_once() -> None:
    """Priority decides who gets a place, not whether there is one."""
    assert [one.outcome for one in plan_one([rule("a"), rule("b")])] == [SEND, SEND]


def test_planned_and_unknown_hold_their_place_and_failed_gives_it_back() -> None:
    """Who is held out takes no place either."""
    policy = Policy(caps=[Cap(1, rolling(days(3)))])
    found = {
        state: plan_one(rule(), policy=policy, ledger=[entry("other", at=NOON - days(1), state=state)])[
            0
        ].outcome
        for state in (PLANNED, SENT, "unknown", FAILED, HELD_OUT)
    }

    assert found == {PLANNED: WAIT, SENT: WAIT, "unknown": WAIT, FAILED: SEND, HELD_OUT: SEND}


def test_a_cap_of_nothing_drops() -> None:
    """It will not open, so nobody waits for it."""
    [found] = plan_one(rule(), policy=Policy(caps=[Cap(0, rolling(days(1)))]))

    assert found.outcome == DROP
    assert "at most 0 in 1 day: none is allowed" in str(found)


def test_what_would_come_too_late_is_dropped() -> None:
    """The release is at or after the expiry, counted from entry; a moment earlier it waits."""
    policy = Policy(caps=[Cap(1, rolling(days(3)))])
    ledger = [entry("other", at=NOON)]
    wanted = rule(when=UPSET, expires=days(3))
    complained = [fact("complaint", (NOON - at(0)) / days(1))]
    [late] = plan_one(wanted, facts=complained, ledger=ledger, policy=policy)
    [waits] = plan_one(
        attrs.evolve(wanted, expires=days(3) + hours(1)), facts=complained, ledger=ledger, policy=policy
    )

    assert (late.outcome, waits.outcome, waits.not_before) == (DROP, WAIT, NOON + days(3))
    assert [one.gate for one in late.reasons if one.closed] == ["caps", "expiry"]
    assert plan_one(wanted, facts=[fact("complaint", 6)]) == []
    assert plan_one(wanted, facts=complained, as_of=NOON + days(3)) == []
    assert plan_one(wanted, facts=complained, as_of=NOON + days(3) - hours(1)) != []
    timeless = rule(expires=days(2))
    assert [one.outcome for one in plan_one(timeless, ledger=ledger, policy=policy)] == [DROP]
    assert [one.outcome for one in plan_one(timeless)] == [SEND]


@pytest.mark.parametrize(
    ("exempt", "service", "marketing_after"),
    [
        ((), WAIT, WAIT),
        ((Exempt(purpose="service"),), WAIT, SEND),
        ((Exempt(purpose="service", from_quiet=True),), SEND, SEND),
        ((Exempt(purpose="service", from_quiet=True, counts=True),), SEND, WAIT),
    ],
)
def test_exempt_purposes_say_whether_they_count(
    exempt: tuple[Exempt, ...], service: str, marketing_after: str
) -> None:
    """Out of caps and gap, out of quiet hours, and in the caps of others or not."""
    capped = Policy(caps=[Cap(1, rolling(days(1)))], min_gap=hours(1), exempt=exempt)
    quiet = attrs.evolve(capped, quiet=Quiet("11:00", "14:00"))
    ledger = [entry("other", at=NOON - hours(2), purpose="service")]

    assert [one.outcome for one in plan_one(rule(purpose="service"), policy=quiet, ledger=ledger)] == [
        service
    ]
    assert [one.outcome for one in plan_one(rule(), policy=capped, ledger=ledger)] == [marketing_after]


def test_an_unknown_zone_is_never_send_anyway() -> None:
    """Quiet hours and calendar caps need one; a default stands in, an exempt purpose needs none."""
    nowhere = customer(zone=None)
    quiet, capped = Policy(quiet=Quiet("21:00", "09:00")), Policy(caps=[Cap(1, calendar_day())])
    for policy, gate in ((quiet, "quiet hours"), (capped, "caps")):
        [found] = plan_one(rule(), nowhere, policy=policy)
        assert found.outcome == DROP
        assert [one.gate for one in found.reasons if one.closed] == [gate]
        placed = attrs.evolve(policy, default_zone="Asia/Shanghai")
        assert [one.outcome for one in plan_one(rule(), nowhere, policy=placed)] == [SEND]
        free = attrs.evolve(policy, exempt=(Exempt(purpose="service", from_quiet=True),))
        assert [one.outcome for one in plan_one(rule(purpose="service"), nowhere, policy=free)] == [SEND]
    assert [one.outcome for one in plan_one(rule(), nowhere)] == [SEND]


def test_suppression_is_for_its_purposes() -> None:
    """Who is not to be disturbed still hears about their contract."""
    one = Suppression(name="do-not-disturb", when=F.id == "c1", purposes=["marketing"])
    policy = Policy(suppressions=[one])
    [found] = plan_one(rule(), policy=policy)

    assert found.outcome == DROP
    assert "✗ suppression: do-not-disturb: id is 'c1'" in str(found)
    assert [one.outcome for one in plan_one(rule(purpose="service"), policy=policy)] == [SEND]
    everything = Policy(suppressions=[attrs.evolve(one, purposes=())])
    assert [one.outcome for one in plan_one(rule(purpose="service"), policy=everything)] == [DROP]


# ---------------------------------------------------------------- holdout


def held(share: float, *, salt: str = "", name: str = "rule") -> set[str]:
    people = [profile(customer(f"p{n}"), [], NOON) for n in range(400)]
    found = plan([rule(name, holdout=share)], people, policy=Policy(salt=salt), as_of=NOON)
    return {one.customer_id for one in found if one.outcome == HOLDOUT}


def test_holdout_takes_its_share_and_a_larger_share_only_adds() -> None:
    """None at 0, everyone at 1, about a quarter at a quarter; other salts and rules draw others."""
    few, more = held(0.25), held(0.5)

    assert (held(0), len(held(1))) == (set(), 400)
    assert 70 <= len(few) <= 130
    assert few < more
    assert held(0.25, salt="x") != few != held(0.25, name="other")


def test_holdout_is_sticky() -> None:
    """Recorded at first exposure, it stands whatever the share becomes, also under a former id."""
    wanted, more = rule(entry=every(days(1)), holdout=1), rule(entry=every(days(1)), holdout=0)
    [out] = plan_one(wanted)
    [told] = plan_one(more)
    later = NOON + days(2)

    assert ledger_entry(out).state == HELD_OUT
    assert [one.outcome for one in plan_one(more, ledger=[ledger_entry(out)], as_of=later)] == [HOLDOUT]
    assert [one.outcome for one in plan_one(wanted, ledger=[ledger_entry(told)], as_of=later)] == [SEND]
    merged = attrs.evolve(customer("a1"), aliases=(CustomerId("c1"),))
    assert [one.outcome for one in plan_one(more, merged, ledger=[ledger_entry(out)], as_of=later)] == [
        HOLDOUT
    ]


def test_who_is_held_out_runs_the_whole_rule() -> None:
    """They wait and drop like everyone, and `why_not` says that they are held out."""
    wanted = rule(holdout=1)
    assert [one.outcome for one in plan_one(wanted, policy=Policy(quiet=Quiet("11:00", "14:00")))] == [WAIT]
    assert [one.outcome for one in plan_one(wanted, consents=())] == [DROP]
    known = profile(customer(), [], NOON)
    assert [one.gate for one in why_not(wanted, known, as_of=NOON)] == ["holdout"]
    both = [attrs.evolve(wanted, priority=1), rule("other")]
    found = plan_one(both, policy=Policy(caps=[Cap(1, rolling(days(1)))]))
    assert [one.outcome for one in found] == [HOLDOUT, SEND]


# ---------------------------------------------------------------- keys, values, errors


def test_a_key_knows_no_clock_and_no_version() -> None:
    """It depends on who, which rule, which occurrence and which channel, on nothing else."""
    [first] = plan_one(rule())
    [later] = plan_one(rule(priority=7, template="other", purpose="service"), as_of=NOON + days(9))
    others = [
        plan_one(rule("other"))[0],
        plan_one(rule(channel="sms"))[0],
        plan_one(rule(), customer("c2"))[0],
        plan_one(rule(entry=every(days(1))))[0],
    ]

    assert first.key == later.key == "care-8292237968fca1b5"
    assert len({first.key, *(one.key for one in others)}) == 5


def test_former_ids_are_the_same_customer() -> None:
    """What was sent under an alias was sent, and the key is that of the first id."""
    merged = attrs.evolve(customer("c0"), aliases=(CustomerId("c1"),))
    [sent] = plan_one(rule())
    assert plan_one(rule(), merged, ledger=[ledger_entry(sent)]) == []

    renamed = attrs.evolve(customer("c9"), aliases=(CustomerId("c1"),))
    [again] = plan_one(rule(), renamed)
    assert (again.customer_id, again.key) == ("c9", sent.key)


def test_of_one_key_the_most_binding_state_counts() -> None:
    """Whatever order a ledger tells them in."""
    [sent] = plan_one(rule())
    told = [ledger_entry(sent, state=state) for state in (FAILED, PLANNED)]

    assert plan_one(rule(), ledger=told) == plan_one(rule(), ledger=told[::-1]) == []


def test_a_ledger_entry_keeps_what_was_decided() -> None:
    """It survives JSON; its state and time may be said otherwise; waiting leaves none."""
    [sent] = plan_one(rule())
    kept = ledger_entry(sent, state=SENT, at=NOON + hours(1))

    assert (kept.state, kept.at, kept.key, kept.occurrence) == (SENT, NOON + hours(1), sent.key, "once")
    assert from_json(to_json(kept), LedgerEntry) == kept
    [waits] = plan_one(rule(), policy=Policy(quiet=Quiet("11:00", "14:00")))
    [drops] = plan_one(rule(), consents=())
    for nothing in (waits, drops):
        with pytest.raises(InvalidValue, match="leaves nothing in the ledger"):
            ledger_entry(nothing)


def test_a_decision_shows_itself() -> None:
    """As text, as a table, and as JSON."""
    policy = Policy(quiet=Quiet("11:00", "14:00"))
    [waits] = plan_one(rule(when=F.id == "c1", entry=every_rematch()), policy=policy)

    assert str(waits).splitlines() == [
        "WAIT rule to c1 by email, not before 2024-04-07 06:00 UTC",
        "  ✓ consent on email: they said yes to marketing on 2021-10-10",
        "  ✓ eligibility: id is 'c1'",
        "  ✓ entry: matches since before all that is known",
        "  ✗ quiet hours: it is quiet from 11:00 to 14:00 in Asia/Shanghai, not before 2024-04-07 06:00 UTC",
        "  ✓ channel on email: there is a valid contact point of the kind email",
    ]
    assert "<td style='text-align:left'>quiet hours</td>" in waits._repr_html_()
    assert from_json(to_json(waits), Decision) == waits


def test_unmet_conditions_are_named_one_by_one() -> None:
    """With whether they are false or unknown, and without the values."""
    wanted = rule(when=(F.tier >= 3) & ~(F.id == "c1") & (F.stage == "silent"))
    reasons = why_not(wanted, profile(customer(), [], NOON), as_of=NOON)

    assert [one.text for one in reasons] == [
        "tier is at least 3: this is unknown",
        "id is 'c1': this is true",
        "stage is 'silent': this is unknown",
    ]
    assert [one.gate for one in why_not(rule(when=NEVER), profile(customer(), [], NOON), as_of=NOON)] == [
        "eligibility"
    ]


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: plan([rule(), rule()], [], as_of=NOON), Contradiction, "two rules are called 'rule'"),
        (lambda: plan([rule(purpose="sales")], [], as_of=NOON), UnknownName, "no purpose is called 'sales'"),
        (lambda: plan([rule(channel="emial")], [], as_of=NOON), UnknownName, "Did you mean 'email'"),
        (
            lambda: plan([], [profile(customer(), [], NOON)] * 2, as_of=NOON),
            Contradiction,
            "two profiles are of the customer 'c1'",
        ),
        (
            lambda: plan([], [profile(customer(), [], at(0))], as_of=NOON),
            Contradiction,
            "make profiles as of the plan's instant",
        ),
        (lambda: plan([], [], as_of=dt.datetime(2024, 1, 1)), InvalidValue, "carries no time zone"),
        (lambda: entry(state="snet"), UnknownName, "Did you mean 'sent'"),
        (lambda: Reason(gate="cap", text=""), UnknownName, "Did you mean 'caps'"),
        (lambda: attrs.evolve(plan_one(rule())[0], outcome="SNED"), UnknownName, "Did you mean 'SEND'"),
        (lambda: attrs.evolve(plan_one(rule())[0], outcome=WAIT), InvalidValue, "says not before when"),
    ],
)
def test_bad_questions_are_refused(make: object, error: type[Exception], says: str) -> None:
    """Each message says what to do."""
    assert callable(make)
    with pytest.raises(error, match=says):
        make()


def test_nobody_and_nothing_make_an_empty_plan() -> None:
    """No rules, no customers, no match: no decisions."""
    assert plan([], [], as_of=NOON) == plan_one([]) == plan([rule()], [], as_of=NOON) == []
    assert plan_one(rule(when=NEVER)) == []
    assert [one.outcome for one in plan_one(rule(when=ALWAYS))] == [SEND]
