"""Small pools of conditions and subjects, so that ties, unknowns and collisions happen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from zoneinfo import available_timezones

from hypothesis import strategies as st

from crmkit.calendars import Duration
from crmkit.conditions import A, Condition, F, days, local_days, months, true_for, true_since
from crmkit.conditions.builder import Asked, Chosen
from crmkit.conditions.nodes import Always
from crmkit.model import Activity, ActivityId, CustomerId

START = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
AS_OF = START + dt.timedelta(days=200)

ZONES = st.sampled_from(sorted(available_timezones()))
DURATIONS: st.SearchStrategy[Duration] = st.one_of(
    st.sampled_from(
        (
            days(1),
            days(30),
            dt.timedelta(hours=12),
            months(1),
            months(6, "Asia/Shanghai"),
            local_days(3, "Europe/Berlin"),
        )
    ),
    st.builds(months, st.integers(1, 14), ZONES),
    st.builds(local_days, st.integers(1, 400), ZONES),
)
ELAPSED_TIMES = (
    days(1),
    days(10),
    days(30),
    days(60),
    dt.timedelta(hours=12),
    days(30) + dt.timedelta.resolution,
)
ELAPSED = st.sampled_from(ELAPSED_TIMES)
OPS = ("==", "!=", "<", "<=", ">", ">=")
NUMBERS = st.integers(-1, 3)
TEXTS = st.sampled_from(("", "new", "silent", "新"))
DATES = st.sampled_from((dt.date(2024, 2, 29), dt.date(2024, 7, 19), dt.date(2024, 7, 20)))
INSTANTS = st.integers(0, 400).map(lambda day: START + dt.timedelta(days=day))
TAGS = st.frozensets(st.sampled_from(("a", "b", "c")))


@st.composite
def activities(
    draw: st.DrawFn,
    *,
    customers: Sequence[str] = ("c1",),
    kinds: Sequence[str] = ("purchase", "use", "signup"),
    every: dt.timedelta = dt.timedelta(days=10),
) -> Activity:
    """Return one activity on a coarse grid of 40 instants; its id follows from its content."""
    customer, kind = draw(st.sampled_from(customers)), draw(st.sampled_from(kinds))
    at = START + draw(st.integers(0, 40)) * every
    sequence = draw(st.integers(0, 1))
    channel = draw(st.sampled_from((None, "store", "web")))
    amount = draw(st.sampled_from((None, 0, 100, 100, 250)))
    currency = None if amount is None else draw(st.sampled_from(("CNY", "CNY", "CNY", "USD")))
    cause = draw(st.sampled_from((None, None, None, "competitor", "price", 3)))
    due = draw(st.none() | st.just(at + dt.timedelta(days=40)))
    return Activity(
        ActivityId(
            f"{customer}/{kind}/{at:%y%m%dT%H}/{sequence}/{channel}/{amount}/{currency}/{cause}/{due}"
        ),
        CustomerId(customer),
        kind,
        at,
        amount_minor=amount,
        currency=currency,
        channel=channel,
        sequence=sequence,
        props={"cause": cause, "due": due},
    )


def histories(
    *,
    customers: Sequence[str] = ("c1",),
    kinds: Sequence[str] = ("purchase", "use", "signup"),
    every: dt.timedelta = dt.timedelta(days=10),
    max_size: int = 8,
) -> st.SearchStrategy[list[Activity]]:
    """Return activities in any order, repeats included."""
    return st.lists(activities(customers=customers, kinds=kinds, every=every), max_size=max_size)


def compare(op: str, left: Asked, right: object) -> Condition:
    """Return the comparison that *op* writes."""
    written: dict[str, Callable[[], Condition]] = {
        "==": lambda: left == right,
        "!=": lambda: left != right,
        "<": lambda: left < right,
        "<=": lambda: left <= right,
        ">": lambda: left > right,
        ">=": lambda: left >= right,
    }
    return written[op]()


def facts_choices(durations: st.SearchStrategy[Duration] = DURATIONS) -> st.SearchStrategy[Chosen]:
    """Return choices of activities, narrowed in every way, in windows of *durations*."""
    kinds = st.lists(st.sampled_from(("purchase", "use", "signup")), max_size=2)

    def chosen(
        names: list[str], within: Duration | None, before: Duration | None, where: Condition | None
    ) -> Chosen:
        choice = A(*names)
        choice = choice if within is None else choice.within(within)
        choice = choice if before is None else choice.before(before)
        return choice if where is None else choice.where(where)

    wheres: tuple[Condition, ...] = (
        F.channel == "store",
        F.amount_minor >= 100,
        F.amount_minor.is_known(),
        ~(F.channel < "web"),
        *(() if durations is ELAPSED else (F.at.age() > months(2),)),  # what can last has no such age in it
    )
    return st.builds(
        chosen, kinds, st.none() | durations, st.none() | durations, st.none() | st.sampled_from(wheres)
    )


@st.composite
def lasting_leaves(draw: st.DrawFn) -> Condition:
    """Return conditions without parts that can last: about activities, in elapsed time."""
    choice, op = draw(facts_choices(ELAPSED)), draw(st.sampled_from(OPS))
    marks = (choice.first(), choice.last(), choice.min("at"), choice.max("at"), choice.max("due"))
    mark = draw(st.sampled_from(marks))
    span = draw(st.sampled_from((mark.age(), mark.until())))
    length = draw(ELAPSED)
    written: tuple[Condition, ...] = (
        compare(op, choice.count() * draw(st.sampled_from((1, -1))), draw(NUMBERS)),
        compare(op, choice.sum(), draw(st.sampled_from((0, 100, 350)))),
        choice.max().is_known(),
        compare(op, choice.distinct("channel"), draw(NUMBERS)),
        compare(op, mark, draw(INSTANTS)),
        compare(op, span, draw(st.sampled_from((length, -length, dt.timedelta())))),
        span.is_in([length, -length]),
        span.is_known(),
    )
    return draw(st.sampled_from(written))


def lasting() -> st.SearchStrategy[Condition]:
    """Return conditions that can last, of every shape, some of them always true."""
    return st.recursive(
        lasting_leaves(),
        lambda inner: st.one_of(
            st.builds(lambda a, b: a & b, inner, inner),
            st.builds(lambda a, b: a | b, inner, inner),
            inner.map(lambda a: ~a),
            inner.map(lambda a: a | Always(verdict=True)),
        ),
        max_leaves=3,
    )


@st.composite
def leaves(draw: st.DrawFn, *, facts: bool = True) -> Condition:
    """Return conditions without parts; about the history too, with *facts*."""
    sort = draw(
        st.sampled_from(("number", "text", "date", "instant", "set", "age", "facts", "lasting", "always"))
    )
    op = draw(st.sampled_from(OPS))
    match sort:
        case "number":
            return compare(op, F.tier + draw(NUMBERS), draw(NUMBERS))
        case "text":
            field = draw(st.sampled_from((F.stage, F.tier)))
            written: tuple[Condition, ...] = (
                compare(op, field, draw(TEXTS)),
                field.is_in(draw(st.lists(TEXTS, max_size=2))),
                field.contains(draw(TEXTS)),
                field.is_known(),
                field.is_unknown(),
            )
            return draw(st.sampled_from(written))
        case "date":
            return compare(op, F.born_on, draw(DATES))
        case "instant":
            return compare(op, F.since, draw(INSTANTS))
        case "set":
            of_tags: tuple[Condition, ...] = (
                F.tags == draw(TAGS),
                F.tags.contains(draw(st.sampled_from("abc"))),
            )
            return draw(st.sampled_from(of_tags))
        case "age":
            span = draw(st.sampled_from((F.since.age(), F.born_on.age(), F.since.until(), F.born_on.until())))
            return compare(op, span, draw(DURATIONS))
        case "facts" if facts:
            choice = draw(facts_choices())
            terms = (
                choice.count(),
                choice.sum(),
                choice.min(),
                choice.max(),
                choice.distinct("channel"),
                choice.streak(draw(DURATIONS)),
            )
            return draw(
                st.sampled_from(
                    (
                        compare(op, draw(st.sampled_from(terms)), draw(st.sampled_from((0, 1, 2, 100, 350)))),
                        compare(op, choice.last(), draw(INSTANTS)),
                        compare(op, choice.min("channel"), draw(st.sampled_from(("store", "web", "x")))),
                        compare(op, draw(st.sampled_from(terms)), F.tier),
                        compare(op, choice.last(), F.since),
                        compare(op, choice.first().age(), draw(DURATIONS)),
                    )
                )
            )
        case "lasting" if facts:
            condition = draw(lasting())
            return draw(
                st.sampled_from(
                    (
                        compare(op, true_for(condition), draw(DURATIONS)),
                        compare(op, true_since(condition), draw(INSTANTS)),
                        true_for(condition).is_known(),
                    )
                )
            )
        case _:
            return Always(verdict=draw(st.sampled_from((True, False, None))))


def conditions(*, facts: bool = True) -> st.SearchStrategy[Condition]:
    """Return conditions of every shape."""
    return st.recursive(
        leaves(facts=facts),
        lambda inner: st.one_of(
            st.builds(lambda a, b: a & b, inner, inner),
            st.builds(lambda a, b: a | b, inner, inner),
            inner.map(lambda a: ~a),
        ),
        max_leaves=6,
    )


@st.composite
def subjects(draw: st.DrawFn) -> dict[str, object]:
    """Return mappings that know some fields, with a history and an instant."""
    fields: dict[str, st.SearchStrategy[object]] = {
        "tier": NUMBERS,
        "stage": TEXTS,
        "born_on": DATES,
        "since": INSTANTS,
        "tags": TAGS,
    }
    known = draw(st.fixed_dictionaries({}, optional=fields))
    return {
        **known,
        "as_of": AS_OF,
        "activities": draw(histories()),
    }
