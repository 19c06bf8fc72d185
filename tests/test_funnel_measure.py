"""How deep each customer got: the one-pass algorithms against the definition, searched out."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations
from random import Random

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.calendars import Duration, LocalDays, Months, days, hours
from crmkit.errors import InvalidValue, UnknownName
from crmkit.funnel.measure import facts_by_customer, levels, open_entry, paths
from crmkit.funnel.spec import ORDERS, FunnelSpec, closes_at
from crmkit.model import Activity, ActivityId, CustomerId, fact_order

# 27 October 2024 has the hour from one to two twice in London; in March one hour is skipped.
START = dt.datetime(2024, 10, 26, 22, 30, tzinfo=dt.UTC)
KINDS = ("touch", "signup", "purchase", "cart")
WINDOWS: tuple[Duration, ...] = (
    days(30),
    hours(1),
    hours(2),
    days(1),
    days(0),
    dt.timedelta.max,
    LocalDays(count=0, zone="Europe/London"),
    LocalDays(count=1, zone="Europe/London"),
    Months(count=1),
)
# Half hours around the clock change, and around the end of January and what is a month later.
INSTANTS = (
    *(START + place * dt.timedelta(minutes=30) for place in range(7)),
    *(START + dt.timedelta(days=1, minutes=30 * place) for place in range(5)),
    *(dt.datetime(2025, 1, 29, tzinfo=dt.UTC) + place * hours(18) for place in range(4)),
    *(dt.datetime(2025, 2, 28, tzinfo=dt.UTC) + place * hours(12) for place in range(3)),
)
PLACES = st.sampled_from(INSTANTS)


@st.composite
def specs(draw: st.DrawFn) -> FunnelSpec:
    """Return a funnel of up to four steps, kinds repeated, in any mode and window."""
    size = draw(st.sampled_from((3, 2, 4, 1)))
    steps = draw(st.lists(st.sampled_from(KINDS[:3]), min_size=size, max_size=size))
    return FunnelSpec(steps, draw(st.sampled_from(WINDOWS)), order=draw(st.sampled_from(ORDERS)))


def streams(*, max_size: int = 8) -> st.SearchStrategy[list[Activity]]:
    """Return a few customers' activities at a few instants, in any order, repeats included.

    Half of them are drawn by a seed, evenly, since deep levels are rare among the others.
    """
    told = st.builds(told_at, *map(st.sampled_from, ("aaab", (*KINDS[:3], *KINDS), INSTANTS, (0, 1))))
    seeded = st.integers(0, 2**32).map(lambda seed: stream_of(Random(seed), max_size))
    return seeded | st.lists(told, max_size=max_size)


def stream_of(random: Random, size: int) -> list[Activity]:
    """Return *size* activities, drawn evenly."""
    pools = ("aaab", (*KINDS[:3], *KINDS), INSTANTS, (0, 1))
    return [told_at(*map(random.choice, pools)) for _ in range(size)]  # type: ignore[arg-type]


def told_at(who: str, kind: str, at: dt.datetime, sequence: int) -> Activity:
    name = ActivityId(f"{who}{kind}{at:%m%d%H%M}{sequence}")
    return Activity(name, CustomerId(who), kind, at, sequence=sequence)


in_every_order = pytest.mark.parametrize("order", ORDERS)


def bears_out(rows: tuple[int, ...], facts: Sequence[Activity], spec: FunnelSpec) -> bool:
    """Say whether the activities at *rows* reach step ``len(rows)``: the definition, word for word."""
    kinds = tuple(facts[row].kind for row in rows)
    in_time = facts[rows[-1]].at <= closes_at(facts[rows[0]].at, spec.window)
    if spec.order == "any":
        return in_time and not Counter(kinds) - Counter(spec.steps)
    unbroken = rows[-1] - rows[0] == len(rows) - 1
    return in_time and kinds == spec.steps[: len(rows)] and (spec.order == "ordered" or unbroken)


def search(facts: Sequence[Activity], spec: FunnelSpec) -> Iterator[tuple[int, ...]]:
    """Return every set of rows that reaches some step, by trying all there are."""
    for depth in range(1, len(spec.steps) + 1):
        for rows in combinations(range(len(facts)), depth):
            if bears_out(rows, facts, spec):
                yield rows


def deepest(facts: Sequence[Activity], spec: FunnelSpec) -> int:
    return max(map(len, search(facts, spec)), default=0)


@in_every_order
@given(streams(), specs())
def test_levels_equal_the_exhaustive_search(order: str, stream: list[Activity], spec: FunnelSpec) -> None:
    """The level is the deepest step that any choice of activities bears out."""
    spec = attrs.evolve(spec, order=order)
    wanted = {customer: deepest(facts, spec) for customer, facts in facts_by_customer(stream).items()}

    assert levels(stream, spec) == wanted


@in_every_order
@given(streams(), specs())
def test_a_path_is_the_first_complete_then_the_latest_opened_then_the_earliest(
    order: str, stream: list[Activity], spec: FunnelSpec
) -> None:
    """Among all witnesses of the level, one is chosen, and by the stated rule."""
    spec = attrs.evolve(spec, order=order)
    for customer, path in paths(stream, spec).items():
        facts = facts_by_customer(stream)[customer]
        level = deepest(facts, spec)
        witnesses = [rows for rows in search(facts, spec) if len(rows) == level]
        ends = min((rows[-1] for rows in witnesses), default=0)
        first = [rows for rows in witnesses if rows[-1] == ends]
        closings = [closes_at(facts[rows[0]].at, spec.window) for rows in first]
        best = min(
            (rows for rows, closes in zip(first, closings, strict=True) if closes == max(closings)),
            default=(),
        )

        assert path == tuple(facts[row] for row in best)


@given(streams(max_size=20), specs())
def test_everyone_with_an_activity_has_a_level(stream: list[Activity], spec: FunnelSpec) -> None:
    """Customers come sorted, levels lie within the funnel, and a path is as long as the level."""
    found = levels(stream, spec)

    assert list(found) == sorted({fact.customer_id for fact in stream})
    assert all(0 <= level <= len(spec.steps) for level in found.values())
    assert {customer: len(path) for customer, path in paths(stream, spec).items()} == found


@given(streams(), specs(), st.randoms(use_true_random=False))
def test_neither_order_nor_repetition_matters(
    stream: list[Activity], spec: FunnelSpec, random: Random
) -> None:
    """A shuffled stream, every fact told twice, gives the same paths."""
    shuffled = stream * 2
    random.shuffle(shuffled)

    assert paths(shuffled, spec) == paths(stream, spec)


@given(streams(), specs())
def test_customers_do_not_disturb_each_other(stream: list[Activity], spec: FunnelSpec) -> None:
    """The funnel of one customer is the same with and without the others."""
    alone = [fact for fact in stream if fact.customer_id == "a"]

    assert levels(alone, spec).get(CustomerId("a")) == levels(stream, spec).get(CustomerId("a"))


@given(streams(), specs(), st.sampled_from(WINDOWS[:6]), st.sampled_from(WINDOWS[:6]))
def test_a_wider_window_never_lowers_a_level(
    stream: list[Activity], spec: FunnelSpec, one: dt.timedelta, other: dt.timedelta
) -> None:
    """What was reached in less time is reached in more."""
    narrow, wide = (attrs.evolve(spec, window=window) for window in sorted((one, other)))

    wider = levels(stream, wide)
    assert all(level <= wider[customer] for customer, level in levels(stream, narrow).items())


@given(streams(), specs())
def test_any_order_is_never_shallower_than_order_and_order_than_strict_order(
    stream: list[Activity], spec: FunnelSpec
) -> None:
    """Each mode asks for less than the one before."""
    strict, ordered, free = (
        levels(stream, attrs.evolve(spec, order=order)) for order in ("strict", "ordered", "any")
    )

    assert all(strict[who] <= ordered[who] <= free[who] for who in strict)


@given(streams(), specs())
def test_merging_two_customers_never_lowers_a_level_unless_the_order_is_strict(
    stream: list[Activity], spec: FunnelSpec
) -> None:
    """The funnel of merged customers is that of the union of their activities."""
    merged = levels((attrs.evolve(fact, customer_id="a") for fact in stream), spec)
    facts = sorted({fact.id: fact for fact in stream}.values(), key=fact_order)

    assert list(merged.values()) == ([deepest(facts, spec)] if facts else [])
    if spec.order != "strict" and merged:
        assert merged[CustomerId("a")] >= max(levels(stream, spec).values())


@in_every_order
@given(streams(max_size=6), specs(), PLACES)
def test_an_entry_is_open_while_the_future_can_complete_it(
    order: str, stream: list[Activity], spec: FunnelSpec, as_of: dt.datetime
) -> None:
    """It is open if, and only if, some facts right after *as_of* would complete a way begun before."""
    spec = attrs.evolve(spec, order=order)
    for facts in facts_by_customer(fact for fact in stream if fact.at <= as_of).values():
        if deepest(facts, spec) == len(spec.steps):
            continue
        soon = [
            Activity(f"z{place}", "a", step, as_of + (place + 1) * dt.timedelta.resolution)
            for place, step in enumerate(spec.steps)
        ]
        starts = {
            facts[rows[0]].at
            for begun in range(len(spec.steps))
            for rows in search([*facts, *_again(soon[begun:], as_of)], spec)
            if len(rows) == len(spec.steps) and rows[0] < len(facts)
        }
        found = open_entry(facts, spec, as_of=as_of)

        assert (found.at if found else None) == max(starts, default=None)


def _again(facts: list[Activity], as_of: dt.datetime) -> list[Activity]:
    """Return *facts* one microsecond after another from *as_of* on, so that short windows hold them."""
    return [
        attrs.evolve(fact, at=as_of + place * dt.timedelta.resolution)
        for place, fact in enumerate(facts, start=1)
    ]


def fact(kind: str, after: dt.timedelta, who: str = "a") -> Activity:
    return Activity(f"{who}-{kind}-{after}", who, kind, START + after)


SHOP = FunnelSpec(steps=("touch", "signup", "purchase"), window=days(7))


def test_exactly_at_the_end_of_the_window_counts_and_a_microsecond_later_does_not() -> None:
    """The window is closed on the right."""
    stream = [fact("touch", days(0)), fact("signup", days(1)), fact("purchase", days(7))]
    late = [*stream[:2], fact("purchase", days(7) + dt.timedelta.resolution)]

    assert levels(stream, SHOP) == {"a": 3}
    assert levels(late, SHOP) == {"a": 2}


def test_a_later_entry_saves_a_conversion_that_the_first_one_would_miss() -> None:
    """The latest entry that can reach a step is kept, not the first."""
    stream = [
        fact("touch", days(0)),
        fact("signup", days(1)),
        fact("touch", days(5)),
        fact("signup", days(6)),
        fact("purchase", days(9)),
    ]

    assert levels(stream, SHOP) == {"a": 3}
    assert paths(stream, SHOP) == {"a": tuple(stream[2:])}


def test_an_entry_that_has_no_signup_does_not_replace_one_that_has() -> None:
    """A new touch between signup and purchase loses nothing."""
    stream = [
        fact("touch", days(0)),
        fact("signup", days(1)),
        fact("touch", days(2)),
        fact("purchase", days(3)),
    ]

    assert paths(stream, SHOP) == {"a": (stream[0], stream[1], stream[3])}


def test_of_equal_ways_the_one_with_the_earliest_activities_is_told() -> None:
    """A second signup changes nothing, nor does a second touch of the same instant."""
    touches = [fact("touch", days(0)), attrs.evolve(fact("touch", days(0)), id="again", sequence=1)]
    signups = [fact("signup", days(1)), fact("signup", days(2))]
    bought = fact("purchase", days(3))
    path = (touches[0], signups[0], bought)

    assert paths([*touches, *signups, bought], SHOP) == {"a": path}
    assert paths([*touches, *signups, bought], attrs.evolve(SHOP, order="any")) == {"a": path}


def test_one_activity_never_serves_two_steps() -> None:
    """A repeat purchase needs two purchases."""
    repeat = FunnelSpec(("purchase", "purchase"), days(7))

    for order in ORDERS:
        spec = attrs.evolve(repeat, order=order)
        assert levels([fact("purchase", days(0))], spec) == {"a": 1}
        assert levels([fact("purchase", days(0)), fact("purchase", days(1))], spec) == {"a": 2}


def test_strict_order_bears_nothing_in_between() -> None:
    """Anything between two steps breaks a strict way, and only a strict one."""
    stream = [
        fact("touch", days(0)),
        fact("page_view", days(1)),
        fact("signup", days(1)),
    ]

    assert levels(stream, SHOP) == {"a": 2}
    assert levels(stream, attrs.evolve(SHOP, order="strict")) == {"a": 1}


def test_any_order_counts_the_steps_done_in_one_window() -> None:
    """Which step comes first is of no matter, when is."""
    free = attrs.evolve(SHOP, order="any")

    assert levels([fact("purchase", days(0)), fact("touch", days(7))], free) == {"a": 2}
    assert levels([fact("purchase", days(0)), fact("touch", days(8))], free) == {"a": 1}


def test_a_spec_says_what_it_counts() -> None:
    """It reads as a sentence, whatever its window."""
    assert str(SHOP) == "touch → signup → purchase within 7 days, in order"
    assert str(FunnelSpec(("touch",), days(1))) == "touch within 1 day, in order"
    assert str(FunnelSpec(("touch",), hours(30), order="any")) == "touch within 1 day, 6:00:00, in any order"
    assert str(FunnelSpec(("touch",), Months(count=2), order="strict")) == (
        "touch within 2 months (UTC), in strict order"
    )
    assert str(FunnelSpec(("touch",), LocalDays(count=2, zone="Asia/Shanghai"))) == (
        "touch within 2 calendar days (Asia/Shanghai), in order"
    )


def test_a_spec_refuses_what_it_cannot_mean() -> None:
    """Each mistake has a sentence of its own."""
    with pytest.raises(InvalidValue, match=r"write \('signup',\)"):
        FunnelSpec("signup", days(7))
    with pytest.raises(InvalidValue, match="at least one step"):
        FunnelSpec((), days(7))
    with pytest.raises(InvalidValue, match="name of a kind"):
        FunnelSpec(("touch", ""), days(7))
    with pytest.raises(InvalidValue, match="0 or more"):
        FunnelSpec(("touch",), days(-1))
    with pytest.raises(InvalidValue, match=r"such as days\(30\)"):
        FunnelSpec(("touch",), 7)  # type: ignore[arg-type]
    with pytest.raises(UnknownName, match="Did you mean 'ordered'"):
        FunnelSpec(("touch",), days(7), order="orderd")
    with pytest.raises(InvalidValue, match="leave policy out, got 'clickhouse'"):
        FunnelSpec(("touch",), days(7), policy="clickhouse")
