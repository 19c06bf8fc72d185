"""Laws of spells: the false-to-true edge in history is found exactly, whenever it is asked for."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.calendars import days, hours, local_days, months
from crmkit.care import LedgerEntry, Rule, every_rematch, ledger_entry, plan
from crmkit.care.past import history_of, profile_at
from crmkit.care.spells import Spell, change_points, spell
from crmkit.conditions import ALWAYS, A, Condition, F, matches, true_for
from crmkit.conditions.nodes import field_names
from crmkit.lifecycle import Lifecycle, Role, after, on
from crmkit.model import (
    Account,
    Activity,
    ActivityId,
    Consent,
    Contact,
    ContactPoint,
    Customer,
    Profile,
    Tag,
)
from crmkit.profiles import Definitions, portray
from crmkit.segmentation import LRFM, Rfm, TagRule, fit_scale, tiers_by_points
from crmkit.testing import histories
from crmkit.testing.strategies import START

STEP = hours(12)
TICK = dt.timedelta(microseconds=1)
SHOP = Lifecycle(
    "shop",
    "potential",
    moves=(
        on("signup", "potential", "responder"),
        on("purchase", ("potential", "responder"), "new"),
        on("purchase", ("new", "silent"), "mature"),
        on("purchase", "mature", "mature"),
        after(days(10), ("new", "mature"), "silent"),
    ),
    roles=(Role(name="user", begins=("use",), ends=("contract_end",), lapses_after=days(8)),),
    lapsed=("silent",),
)
CLUB = Lifecycle(
    "club", "target", moves=(on("purchase", "target", "first"), after(days(6), "first", "target"))
)
SAMPLE = [Rfm(f"s{n}", 7 * n % 40, 1 + n % 5, 100 * n, n) for n in range(30)]
DEFINITIONS = Definitions(
    lifecycle=SHOP,
    account_lifecycle=CLUB,
    preset=attrs.evolve(LRFM, window=days(60)),
    scale=fit_scale(SAMPLE, bins=3),
    tiers=tiers_by_points(("low", "middle", "high"), (3, 6, 8), bins=3),
    tag_rules=(
        TagRule("busy", when=A("purchase", "use").within(days(6)).count() >= 2),
        TagRule("fresh", when=A("purchase").count() >= 1, lasts=days(4)),
        TagRule("sleeper", when=(F.stage == "silent") & ~F.tags.contains("busy")),
    ),
    currency="CNY",
)
PERSON = Customer(
    id="c1", contact_points=(ContactPoint(kind="email", value="a@x.cn", since=START + days(9)),)
)
COMPANY = attrs.evolve(PERSON, party=Account())
CONDITIONS: tuple[Condition, ...] = (
    F.stage == "silent",
    F.stage.is_in(["new", "mature"]),
    A("purchase").within(days(7)).count() >= 1,
    (A("purchase").within(days(14)).count() >= 2) & ~(A("use").within(days(3)).count() >= 1),
    A("purchase").before(days(5)).count() >= 2,
    A("purchase").age() > days(5),
    (A("purchase").age() >= days(5)) & (A("purchase").age() < days(9)),
    A("use").streak(days(3)) >= 2,
    F.recency_days >= 10,
    F.recency_days == 4,
    F.recency_days < 6,
    F.recency_days.is_in([3, 5, 6]),
    F.recency_days + 2 > 9,
    F.length_days > 20,
    F.tier >= 2,
    (F.tier_name == "high") | (F.stage == "responder"),
    F.roles.contains("user"),
    F.stage_since.age() >= days(3),
    F.tags.contains("busy"),
    F.tags.contains("fresh"),
    F.tags.contains("sleeper") & (F.tier >= 1),
    F.tags == {"fresh"},
    F.lapse_cause == "competitor",
    F.email.is_known(),
    F.lapse_cause.is_unknown() & (F.stage == "silent"),
    A("purchase").within(months(1)).count() >= 1,
    A("purchase").last().age() > months(1),
    A("purchase").within(local_days(3, "UTC")).count() >= 1,
    A("contract_end").last().until() <= days(2),
    true_for(A("purchase").within(days(14)).count() >= 2) >= days(5),
    true_for(~(A("purchase", "use").within(days(4)).count() >= 1)) > days(3),
    true_for(A("use").age() > days(6)) < months(1),
)
HISTORIES = histories(
    customers=("c1",), kinds=("purchase", "purchase", "use", "signup", "contract_end"), days=70
)
ASKED = st.integers(0, 90).map(lambda place: START + place * STEP)


def seen(who: Customer, facts: list[Activity], at: dt.datetime) -> Profile:
    return portray(who, facts, DEFINITIONS, as_of=at)


def spell_by_looking(condition: Condition, who: Customer, facts: list[Activity], as_of: dt.datetime) -> Spell:
    """Return the spell found by evaluating at every half day, and a moment after it."""
    grid = [START + place * STEP for place in range(-3, 91) if START + place * STEP < as_of]
    points = [*(point for one in grid for point in (one, one + TICK)), as_of]
    verdicts = [matches(condition, seen(who, facts, point)) for point in points]
    verdicts[-1] = True
    since = left_at = None
    for (before, was), (at, now) in pairwise(zip(points, verdicts, strict=True)):
        assert before < at
        if now and not was:
            since = at
        if was and not now:
            left_at = at
    return Spell(since=since, left_at=left_at if since is not None else None)


@given(st.sampled_from(CONDITIONS), HISTORIES, ASKED, st.sampled_from((PERSON, COMPANY)))
def test_the_edge_is_what_looking_at_every_instant_finds(
    condition: Condition, facts: list[Activity], as_of: dt.datetime, who: Customer
) -> None:
    """With the definitions the beginning of a match, and the end of the one before, are exact."""
    found = spell(condition, seen(who, facts, as_of), definitions=DEFINITIONS)

    assert found == spell_by_looking(condition, who, facts, as_of)


@given(st.sampled_from(CONDITIONS), HISTORIES, ASKED, st.sampled_from((PERSON, COMPANY)))
def test_between_change_points_nothing_changes(
    condition: Condition, facts: list[Activity], as_of: dt.datetime, who: Customer
) -> None:
    """At every half day the verdict is that of the change point before it."""
    now = seen(who, facts, as_of)
    history = history_of(condition, now, DEFINITIONS)
    points = change_points(history)
    for place in range(0, 90, 7):
        at = START + place * STEP
        before = max((point for point in points if point <= at), default=None)
        if at < as_of and before is not None:
            assert matches(condition, seen(who, facts, at)) == matches(condition, seen(who, facts, before))


@given(st.sampled_from(CONDITIONS), HISTORIES, ASKED, st.sampled_from((PERSON, COMPANY)))
def test_the_past_is_what_was_seen_then(
    condition: Condition, facts: list[Activity], as_of: dt.datetime, who: Customer
) -> None:
    """Turned back, a profile gives every condition the verdict it had."""
    history = history_of(condition, seen(who, facts, as_of), DEFINITIONS)
    for place in range(0, 90, 11):
        at = START + place * STEP
        if at <= as_of:
            assert matches(condition, profile_at(history, at)) == matches(condition, seen(who, facts, at))


@given(st.sampled_from(CONDITIONS), HISTORIES, ASKED, st.integers(1, 6))
def test_without_definitions_too_asking_later_finds_the_same_edge(
    condition: Condition, facts: list[Activity], first: dt.datetime, later: int
) -> None:
    """As long as only time passes and the condition stays true, two askings agree: neither makes an entry."""
    early, late = (seen(PERSON, facts, first + count * STEP) for count in (0, later))
    told = ("stage", "stage_since", "tier", "roles", "tags", "activities")
    if field_names(condition) & {"recency_days", "length_days"} or any(
        getattr(early, name) != getattr(late, name) for name in told
    ):
        return
    between = [attrs.evolve(late, as_of=first + count * STEP) for count in range(later + 1)]
    if all(matches(condition, one) for one in between):
        found = spell(condition, late)
        assert spell(condition, early) == found
        assert found.since is None or found.since <= first


def test_a_stage_is_known_since_it_began() -> None:
    """Without definitions a condition on the stage is entered when the stage began, if not later."""
    now = START + days(30)
    silent = Profile(customer=PERSON, as_of=now, stage="silent", stage_since=START + days(20), tier=3)

    assert spell((F.stage == "silent") & (F.tier >= 3), silent) == Spell(since=START + days(20))
    assert spell(F.tier >= 3, silent) == Spell(since=None)
    assert (
        spell(F.stage == "potential", attrs.evolve(silent, stage="potential", stage_since=None)).since is None
    )
    assert spell(F.stage.is_known(), silent).since == START + days(20)


def test_a_tag_that_counts_from_the_asking_has_no_beginning() -> None:
    """A rule that rests on nothing with a time sets its tag anew each time; that is no edge."""
    now = START + days(30)
    timed = Tag(name="vip", since=START + days(3), rule="by hand")
    profile = Profile(customer=PERSON, as_of=now, tags=(timed, Tag(name="local", since=now, rule="city")))

    assert spell(F.tags.contains("local"), profile) == Spell(since=None)
    assert spell(F.tags.contains("vip"), profile) == Spell(since=START + days(3))
    with_rules = spell(F.tags.contains("vip"), profile, definitions=DEFINITIONS)
    assert with_rules == Spell(since=START + days(3))


def test_a_tag_that_rests_on_a_fact_of_this_instant_begins_with_it() -> None:
    """What a fact sets at the very instant of asking is an edge, as it will be when it is asked later."""
    now = START + days(30)
    fresh = Tag(name="fresh", since=now, rule="fresh", evidence=(ActivityId("a"),))
    profile = Profile(customer=PERSON, as_of=now, tags=(fresh,))

    assert spell(F.tags.contains("fresh"), profile) == Spell(since=now)
    of_stage = attrs.evolve(profile, tags=(attrs.evolve(fresh, evidence=()),), stage="new", stage_since=now)
    assert spell(F.tags.contains("fresh"), of_stage) == Spell(since=now)


def day(count: float) -> dt.datetime:
    return START + days(1) * count


@pytest.mark.parametrize(
    ("condition", "since", "left_at"),
    [
        (F.recency_days == 4, day(24), day(5)),
        (F.recency_days <= 6, day(20), day(7)),
        (F.recency_days < 6, day(20), day(6)),
        (F.roles.contains("user"), day(20), day(8)),
        (F.stage != "silent", day(20), day(10)),
        (A("use").within(days(7)).count() >= 1, day(20), day(7)),
        (A("use").age() <= days(7), day(20), day(7) + TICK),
        (A("use").streak(days(3)) >= 1, day(20), day(3)),
        (F.tags.contains("busy"), day(20), day(6)),
        (F.tags.contains("fresh"), day(20), day(4)),
        (F.tags == {"fresh", "busy"}, day(20), day(4)),
    ],
)
def test_stretches_worth_remembering(condition: Condition, since: dt.datetime, left_at: dt.datetime) -> None:
    """One visit on day 0 and one on day 20, asked about on day 24: when each match began, and ended before."""
    facts = [
        Activity(f"{kind}{count}", "c1", kind, day(count))
        for kind in ("purchase", "use")
        for count in (0, 20)
    ]
    as_of = day(24.25) if condition == (F.recency_days == 4) else day(20.25)

    found = spell(condition, seen(PERSON, facts, as_of), definitions=DEFINITIONS)
    assert found == Spell(since=since, left_at=left_at)


@pytest.mark.parametrize(
    ("condition", "since"),
    [
        (F.born_on.age() >= months(12 * 18, "Asia/Shanghai"), "2024-01-30T16:00"),
        (F.born_on.until() <= months(1, "UTC"), "2005-12-31T00:00"),
        (F.born_on.is_known(), None),
        (F.contract_ends.until() <= days(30), "2024-03-01T12:00"),
        (F.contract_ends.until() < days(30), "2024-03-01T12:00:00.000001"),
        (F.contract_ends.until() <= months(1), "2024-03-01T00:00"),
        (F.delivery_on.until() <= local_days(3, "Asia/Shanghai"), "2024-04-06T16:00"),
    ],
)
def test_dates_and_instants_of_the_customer_come_nearer(condition: Condition, since: str | None) -> None:
    """An age is reached and a deadline comes near at an instant of its own."""
    who = Customer(
        id="c1",
        party=Contact(born_on=dt.date(2006, 1, 31)),
        fields={
            "contract_ends": dt.datetime(2024, 3, 31, 12, tzinfo=dt.UTC),
            "delivery_on": dt.date(2024, 4, 10),
        },
    )
    as_of = dt.datetime(2024, 4, 8, tzinfo=dt.UTC)
    found = spell(condition, Profile(customer=who, as_of=as_of))

    assert found.since == (None if since is None else dt.datetime.fromisoformat(since + "+00:00"))


def test_months_of_unequal_length_end_a_window_at_midnight() -> None:
    """What happened on 31 December is within two months until 1 March begins."""
    bought = Activity("a", "c1", "purchase", dt.datetime(2023, 12, 31, 8, tzinfo=dt.UTC))
    as_of = dt.datetime(2024, 3, 5, tzinfo=dt.UTC)
    lapsed = A("purchase").within(months(2)).count() == 0

    found = spell(lapsed, Profile(customer=PERSON, as_of=as_of, activities=(bought,)))
    assert found == Spell(since=dt.datetime(2024, 3, 1, tzinfo=dt.UTC), left_at=bought.at)


def test_what_has_lasted_begins_as_long_after_as_it_had_to_last() -> None:
    """Four days without a visit, and three more: counted from when the window became empty."""
    facts = tuple(Activity(f"a{count}", "c1", "use", day(count)) for count in (0, 20))
    profile = Profile(customer=PERSON, as_of=day(30), activities=facts)
    away = A("use").within(days(4)).count() == 0

    assert spell(true_for(away) > days(3), profile) == Spell(since=day(27) + TICK, left_at=day(20))
    assert (
        spell(true_for(away & (A("use").age() < days(2_900_000))) > days(3), profile).since == day(27) + TICK
    )
    assert spell(true_for(away) <= days(3), attrs.evolve(profile, as_of=day(25))) == Spell(
        since=day(24), left_at=day(7) + TICK
    )


def test_a_streak_in_months_is_turned_back() -> None:
    """Each month that is over may end it."""
    facts = tuple(
        Activity(f"a{month}", "c1", "use", dt.datetime(2024, month, 31, tzinfo=dt.UTC)) for month in (1, 3, 5)
    )
    profile = Profile(customer=PERSON, as_of=dt.datetime(2024, 6, 5, tzinfo=dt.UTC), activities=facts)

    assert spell(A("use").streak(months(1)) >= 1, profile).since == facts[2].at


def test_a_streak_of_tiny_periods_is_turned_back_at_once() -> None:
    """Of two facts a streak is two periods long at most, however many periods there were since."""
    facts = tuple(Activity(f"a{place}", "c1", "use", START + place * TICK) for place in range(2))
    streak = A("use").streak(TICK)
    long_after = Profile(customer=PERSON, as_of=START + days(3650), activities=facts)
    just_now = attrs.evolve(long_after, as_of=START + TICK)

    assert len(change_points(history_of(streak >= 2, long_after, None))) < 20
    assert spell(streak < 2, long_after) == Spell(since=START + 2 * TICK, left_at=START + TICK)
    assert spell(streak >= 2, just_now).since == START + TICK


def test_nothing_at_all_has_no_beginning() -> None:
    """Of someone of whom nothing is known, a condition that is true always was."""
    assert spell(ALWAYS, Profile(customer=Customer(id="c1"), as_of=START)) == Spell(since=None)


@given(HISTORIES, st.lists(st.integers(0, 140), min_size=1, max_size=8), st.booleans())
def test_a_plan_enters_each_silence_once(facts: list[Activity], asked: list[int], exact: bool) -> None:
    """Every silence during which anyone asked gives one send, with the definitions and without."""
    yes = Consent(purpose="*", granted=True, at=START - days(900))
    winback = Rule(
        name="winback", when=F.stage == "silent", channel="store", template="x", entry=every_rematch()
    )
    ledger: list[LedgerEntry] = []
    silences = set()
    for place in sorted(set(asked)):
        at = START + place * STEP
        now = attrs.evolve(seen(PERSON, facts, at), consents=(yes,))
        silences |= {now.stage_since} if now.stage == "silent" else set()
        found = plan([winback], [now], ledger=ledger, as_of=at, definitions=DEFINITIONS if exact else None)
        ledger += [ledger_entry(one) for one in found]

    begun = sorted(since for since in silences if since is not None)
    assert [one.occurrence for one in ledger] == [f"since {since.isoformat()}" for since in begun]
