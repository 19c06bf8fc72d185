"""A small world for the laws of care: customers, facts, rules, and oracles that look at everything."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from hypothesis import strategies as st

from crmkit.calendars import days, hours, local
from crmkit.care import (
    HOLDOUT,
    SEND,
    Cap,
    Decision,
    LedgerEntry,
    Policy,
    Quiet,
    Rule,
    Window,
    calendar_day,
    calendar_week,
    every,
    every_rematch,
    ledger_entry,
    once,
    plan,
    rolling,
)
from crmkit.conditions import ALWAYS, A, F
from crmkit.model import (
    Activity,
    ActivityId,
    Consent,
    ContactPoint,
    Customer,
    CustomerId,
    Profile,
    consents_of,
    in_fact_order,
)
from nasty_zones import ZONES

START = dt.datetime(2024, 3, 28, tzinfo=dt.UTC)
UPSET = A("complaint").within(days(7)).count() >= 1
YES = Consent(purpose="*", granted=True, at=START - days(900))


def at(day: float) -> dt.datetime:
    return START + days(1) * day


def fact(kind: str, day: float, customer: str = "c1", *, channel: str | None = None) -> Activity:
    name = ActivityId(f"{customer}/{kind}/{day}")
    return Activity(name, CustomerId(customer), kind, at(day), channel=channel)


def customer(
    customer_id: str = "c1", *, zone: str | None = "Asia/Shanghai", reach: Iterable[str] = ("email", "phone")
) -> Customer:
    return Customer(
        id=CustomerId(customer_id),
        fields={"zone": zone},
        contact_points=tuple(ContactPoint(kind=kind, value=f"{kind}-of-{customer_id}") for kind in reach),
    )


def profile(
    who: Customer, facts: Iterable[Activity], as_of: dt.datetime, *, consents: Sequence[Consent] = (YES,)
) -> Profile:
    """Return what is known of *who* at *as_of*; without a lifecycle."""
    history = tuple(one for one in in_fact_order(facts) if one.customer_id == who.id and one.at <= as_of)
    said = tuple(sorted((*consents, *consents_of(history)), key=lambda one: one.at))
    return Profile(customer=who, as_of=as_of, activities=history, consents=said)


def rule(name: str = "rule", **changes: object) -> Rule:
    values: dict[str, object] = {
        "name": name,
        "when": ALWAYS,
        "channel": "email",
        "template": name,
        **changes,
    }
    return Rule(**values)  # type: ignore[arg-type]


RULES = (
    rule(
        "apology", when=UPSET, purpose="service", entry=every_rematch(), priority=9, channel=("call", "email")
    ),
    rule("news", entry=every(days(2)), priority=1),
    rule("offer", entry=every(days(1)), priority=1, channel=("sms", "email")),
    rule("welcome", entry=once(), priority=5, holdout=0.5),
    rule(
        "winback", when=UPSET & (F.id != "c3"), entry=every_rematch(days(3)), expires=days(2), channel="sms"
    ),
)
POLICIES = st.builds(
    Policy,
    caps=st.lists(
        st.sampled_from(
            (
                Cap(1, calendar_day()),
                Cap(2, rolling(days(3))),
                Cap(3, calendar_week("UTC")),
                Cap(1, rolling(hours(30)), channels=("sms",)),
                Cap(1, rolling(days(2)), purposes=("marketing",)),
            )
        ),
        max_size=3,
    ),
    quiet=st.sampled_from((None, Quiet("21:00", "09:00"), Quiet("02:30", "14:00"))),
    min_gap=st.sampled_from((hours(0), hours(5))),
    salt=st.sampled_from(("", "a")),
)
FACTS = st.lists(
    st.builds(
        fact,
        st.sampled_from(("complaint", "complaint", "purchase", "unsubscribed")),
        st.sampled_from((0, 0.5, 1, 2, 3.25, 9, 11, 20)),
        st.sampled_from(("c1", "c2", "c3")),
        channel=st.sampled_from((None, "email", "sms")),
    ),
    max_size=8,
)
CUSTOMERS = st.lists(st.sampled_from(ZONES), min_size=3, max_size=3).map(
    lambda zones: [customer(f"c{place}", zone=zone) for place, zone in enumerate(zones, 1)]
)
RUNS = st.lists(st.integers(0, 28 * 4), min_size=1, max_size=8).map(
    lambda places: sorted({at(place / 4) for place in places})
)


def simulate(
    rules: Sequence[Rule],
    customers: Sequence[Customer],
    facts: Sequence[Activity],
    policy: Policy,
    runs: Iterable[dt.datetime],
) -> tuple[list[Decision], list[LedgerEntry]]:
    """Return every decision of planning at *runs*, each plan fed back into the ledger, and the ledger."""
    decisions: list[Decision] = []
    ledger: list[LedgerEntry] = []
    for as_of in runs:
        profiles = [profile(who, facts, as_of) for who in customers]
        found = plan(rules, profiles, ledger=ledger, policy=policy, as_of=as_of)
        decisions += found
        ledger += [ledger_entry(one) for one in found if one.outcome in (SEND, HOLDOUT)]
    return decisions, ledger


def exceeded(cap: Cap, sends: Sequence[dt.datetime], zone: str) -> bool:
    """Return whether *sends* break *cap*, worked out by looking at every one of them."""
    if cap.window.kind == "rolling":
        return any(sum(end - cap.window.length < one <= end for one in sends) > cap.limit for end in sends)
    return any(sum(same_period(cap.window, one, other, zone) for other in sends) > cap.limit for one in sends)


def same_period(window: Window, a: dt.datetime, b: dt.datetime, zone: str) -> bool:
    """Return whether two instants lie in one tumbling or calendar window, by the wall."""
    if window.kind == "tumbling":
        return (a - window.start) // window.length == (b - window.start) // window.length
    one, other = (local(instant, window.zone or zone).date() for instant in (a, b))
    if window.kind == "month":
        return (one.year, one.month) == (other.year, other.month)
    if window.kind == "week":
        shift = dt.timedelta(days=1 if window.week_start == "sun" else 0)
        return (one + shift).isocalendar()[:2] == (other + shift).isocalendar()[:2]
    return one == other


def wall_says_quiet(quiet: Quiet, instant: dt.datetime, zone: str) -> bool:
    """Return whether the wall alone says quiet: what no clock change may contradict."""
    shown = f"{local(instant, zone):%H:%M}"
    if quiet.start < quiet.end:
        return quiet.start <= shown < quiet.end
    return shown >= quiet.start or shown < quiet.end
