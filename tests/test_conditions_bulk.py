"""Conditions over columns: verdict for verdict what is said of one customer."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import conditions_pools as pools
import nasty_zones
from crmkit.calendars import Duration, earlier, later
from crmkit.conditions import A, Condition, F, bulk, evaluate, local_days, matches, months
from crmkit.conditions.builder import Asked
from crmkit.conditions.columns import profile_columns_from, profile_columns_of
from crmkit.errors import CrmkitError, InvalidValue
from crmkit.model import Activity, columns_of

VERDICT = {1: True, 0: None, -1: False}

ANYTHING: tuple[object, ...] = (
    *(None, True, False, 0, 1, 1.0, 2.5, -3, 2**63 - 1, -(2**63), 2**70, "", "1", "新"),
    *(dt.date(2024, 2, 29), dt.date(9999, 12, 31), dt.timedelta(days=30), dt.timedelta.max),
    *(
        dt.datetime(2024, 2, 29, 8 * east, tzinfo=dt.timezone(dt.timedelta(hours=8 * east - 8)))
        for east in (1, 2)
    ),
    *([], ["a"], {"a", "b"}, [1], [True], ["b", "a"], [[1]], [{}], ([1],)),
)
OPERANDS = st.sampled_from(
    [one for one in ANYTHING if one is not None and type(one) not in (float, list, set)]
)
SETS = st.sampled_from(
    (frozenset[object](), frozenset({"a"}), frozenset({"a", "b"}), frozenset({1}), frozenset({True}))
)
OPTIONS = st.sampled_from(
    ((), (1, 2**63 - 1), (True,), ("1", "新"), (dt.date(2024, 2, 29),), tuple(range(12)), (dt.timedelta.max,))
)
NUMBERS = st.sampled_from((0, 1, -1, 3, 2**62, 2**63, -(2**64)))
SPANS: st.SearchStrategy[Duration] = st.sampled_from(
    (dt.timedelta(days=90), dt.timedelta.max, months(5, "Asia/Shanghai"), local_days(142, "Asia/Shanghai"))
)


def agreed(
    condition: Condition, subjects: Sequence[dict[str, Any]], as_of: dt.datetime = pools.AS_OF
) -> None:
    """Check that columns of *subjects* are told what each of them is told."""
    columns = profile_columns_of(subjects, condition, as_of=as_of)
    one_by_one = [evaluate(condition, subject, as_of=as_of) for subject in subjects]
    assert [VERDICT[code] for code in bulk.evaluate(condition, columns).tolist()] == one_by_one
    assert bulk.matches(condition, columns).tolist() == [
        matches(condition, subject, as_of=as_of) for subject in subjects
    ]


@given(pools.conditions(), st.lists(pools.subjects(), max_size=4))
def test_bulk_verdicts_are_the_scalar_verdicts(condition: Condition, subjects: list[dict[str, Any]]) -> None:
    agreed(condition, subjects)


@st.composite
def wild_leaves(draw: st.DrawFn) -> Condition:
    """Return comparisons of anything with anything, as far as they can be written."""
    field, other = (draw(st.sampled_from((F.x, F.y, F.z))) for _ in range(2))
    op, number, operand = draw(st.sampled_from(pools.OPS)), draw(NUMBERS), draw(OPERANDS)
    reckoned = draw(
        st.sampled_from(
            (
                field + number,
                field - other,
                number * field,
                field * other,
                field // other,
                (field // other) * number,
            )
        )
    )
    ways: tuple[Callable[[], Condition], ...] = (
        lambda: pools.compare(op, field, operand),
        lambda: pools.compare(op, field, other),
        lambda: pools.compare("==", field, draw(SETS)),
        lambda: field.is_in(draw(OPTIONS)),
        lambda: field.contains(operand),
        lambda: field.is_known(),
        lambda: pools.compare(op, reckoned, number),
        lambda: pools.compare(op, reckoned, other),
        lambda: pools.compare(op, field.age(), draw(SPANS)),
        lambda: pools.compare(op, field.until(), draw(SPANS)),
        lambda: (field - other).is_known() | field.age().is_known(),
    )
    try:
        return draw(st.sampled_from(ways))()
    except InvalidValue:
        return field.is_unknown()


def wild_subjects(anything: Sequence[object] = ANYTHING) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Return mappings with three fields that hold anything."""
    values = st.sampled_from(anything)
    return st.lists(st.fixed_dictionaries({}, optional={"x": values, "y": values, "z": values}), max_size=6)


@given(
    wild_leaves(), wild_subjects() | wild_subjects([0, 1, -7, None]) | wild_subjects([2**63 - 1, -(2**63), 3])
)
def test_columns_of_anything_agree(condition: Condition, subjects: list[dict[str, Any]]) -> None:
    agreed(condition, subjects)


@given(
    st.sampled_from(pools.OPS),
    st.sampled_from((F.x.age(), F.x.until())),
    nasty_zones.instants_near_changes(),
    st.integers(0, 40),
    st.booleans(),
    st.data(),
)
def test_calendar_ages_agree_around_clock_changes(
    op: str, span: Asked, near: tuple[str, dt.datetime], count: int, by_month: bool, data: st.DataObject
) -> None:
    zone, as_of = near
    duration: Duration = months(count, zone) if by_month else local_days(count, zone)
    centre = data.draw(st.sampled_from((earlier, later)))(as_of, duration)
    grid = st.integers(-15 * 96, 15 * 96).map(lambda quarters: centre + quarters * dt.timedelta(minutes=15))
    marks = data.draw(st.lists(grid | grid.map(lambda at: at.date()), max_size=8))
    agreed(pools.compare(op, span, duration), [{"x": mark} for mark in marks], as_of)


TYPED: dict[str, list[object]] = {
    "id": ["c1", "c2", "c3"],
    "tier": [4, None, 2],
    "vip": [True, False, None],
    "stage": ["new", None, "新"],
    "since": [pools.START, None, pools.AS_OF],
    "born_on": [dt.date(2024, 2, 29), dt.date(1969, 12, 31), None],
    "waited": [dt.timedelta(days=1, microseconds=1), None, dt.timedelta(0)],
    "tags": [["a", "b"], [], None],
    "share": [0.5, None, 1.0],
    "price": [Decimal("1.50"), None, Decimal(2)],
}
ASKED = (
    F.tier >= 3,
    F.vip.is_true(),
    F.stage == "new",
    F.stage.contains("新"),
    F.since > pools.START,
    F.since.age() >= months(6, "Europe/Berlin"),
    F.born_on <= dt.date(2024, 2, 29),
    F.born_on.age() > months(1),
    F.waited > dt.timedelta(days=1),
    F.tags.contains("a"),
    F.tags == {"a", "b"},
    F.share == 1,
    F.share.is_known(),
    F.price.is_known(),
    F.nobody_has_it.is_unknown(),
)


def frames() -> dict[str, Any]:
    """Return the same customers in every kind of table."""
    arrow = pa.table(TYPED)
    frame = pl.DataFrame(TYPED)
    return {
        "lists": TYPED,
        "pyarrow": arrow,
        "polars": frame,
        "polars lazy": frame.lazy(),
        "polars categorical": frame.with_columns(pl.col("stage").cast(pl.Categorical)),
        "polars nanoseconds": frame.with_columns(pl.col("since").cast(pl.Datetime("ns", "Asia/Shanghai"))),
        "pandas": arrow.to_pandas(types_mapper=pd.ArrowDtype),
        "pandas of old": arrow.to_pandas().astype({"tier": "Int64"}),
    }


@pytest.mark.parametrize("kind", frames())
@pytest.mark.parametrize("condition", ASKED, ids=str)
def test_tables_of_every_kind_agree_with_their_rows(kind: str, condition: Condition) -> None:
    rows = [dict(zip(TYPED, row, strict=True)) for row in zip(*TYPED.values(), strict=True)]
    found = bulk.evaluate(condition, frames()[kind], as_of=pools.AS_OF)
    assert [VERDICT[code] for code in found.tolist()] == [
        evaluate(condition, row, as_of=pools.AS_OF) for row in rows
    ]


def test_numbers_wider_than_64_bits_are_read() -> None:
    table = pl.DataFrame({"x": pl.Series([2**70, 1, None], dtype=pl.Int128)})
    assert bulk.evaluate(F.x == 2**70, table).tolist() == [1, -1, 0]


def test_activities_are_found_by_the_customers_id() -> None:
    """Customers may stand in any order, and have no history."""
    facts = [
        Activity(id=f"{who}-{day}", customer_id=who, kind="purchase", at=pools.START + dt.timedelta(days=day))
        for who, day in (("c1", 1), ("c1", 2), ("c3", 5), ("elsewhere", 1))
    ]
    columns = profile_columns_from(
        pl.DataFrame({"id": ["c3", "c2", "c1"]}), activities=columns_of(facts), as_of=pools.AS_OF
    )
    assert bulk.matches(A("purchase").count() >= 1, columns).tolist() == [True, False, True]
    assert bulk.matches(A("purchase").count() >= 2, columns).tolist() == [False, False, True]


def test_what_columns_cannot_answer_is_refused_in_a_sentence() -> None:
    naive = dt.datetime(2024, 1, 1)
    facts = columns_of([])
    refused: dict[str, Callable[[], object]] = {
        "'share': a value is NaN; leave it out": lambda: bulk.matches(F.share == 1, {"share": [math.nan]}),
        "'share': a value is NaN; leave it null": lambda: bulk.matches(
            F.share == 1, pl.DataFrame({"share": [math.nan]})
        ),
        "'since': .* no time zone": lambda: bulk.matches(F.since > pools.START, {"since": [naive]}),
        "'since': its instants carry no time zone": lambda: bulk.matches(
            F.since > pools.START, pl.DataFrame({"since": [naive]})
        ),
        "'since': numpy's instants carry no time zone": lambda: bulk.matches(
            F.since > pools.START, {"since": np.array(["2024-01-01"], "datetime64[us]")}
        ),
        "give the columns the customers' activities": lambda: bulk.matches(
            A().count() > 0, {"id": ["c1"]}, as_of=pools.AS_OF
        ),
        "asks about time": lambda: bulk.matches(F.since.age() > dt.timedelta(0), {"since": [pools.START]}),
        r"reads the activities' 'cause', .* props=\('cause',\)": lambda: bulk.matches(
            A().where(cause="price").count() > 0,
            profile_columns_from({"id": ["c1"]}, activities=facts, as_of=pools.AS_OF),
        ),
        "differ in length: 1, 2 rows": lambda: profile_columns_from({"id": ["c1"], "tier": [1, 2]}),
        "no column is called 'id'. Known: di": lambda: profile_columns_from({"di": ["c1"]}, activities=facts),
        "'stage': it is no list or array": lambda: bulk.matches(F.stage == "new", {"stage": "new"}),
        "'tier': it is no list or array": lambda: bulk.matches(F.tier > 1, {"tier": 1}),
        "'grid': it is no list or array": lambda: bulk.matches(F.grid > 1, {"grid": np.ones((2, 2))}),
        "some profiles have no instant": lambda: profile_columns_of(
            [{"as_of": pools.START}, {}], F.since.age() > dt.timedelta(0)
        ),
        r"'tier': its whole numbers have become decimal ones, .*astype\('Int64'\)": lambda: bulk.matches(
            F.tier > 1, pd.DataFrame({"tier": [4, None]})
        ),
        "got a list": lambda: bulk.matches(F.tier > 1, [{"tier": 1}]),
        "expected a condition": lambda: bulk.matches(F.tier, {"tier": [1]}),  # type: ignore[arg-type]
        "true as of": lambda: bulk.matches(
            F.tier > 1, profile_columns_from({"tier": [1]}, as_of=pools.START), as_of=pools.AS_OF
        ),
        "different instants": lambda: profile_columns_of(
            [{"as_of": pools.START}, {"as_of": pools.AS_OF}], F.tier > 1
        ),
    }
    for sentence, ask in refused.items():
        with pytest.raises(CrmkitError, match=sentence):
            ask()


def test_sums_and_choices_at_the_edge_of_64_bits_agree() -> None:
    """Three numbers whose sum a decimal number of 53 bits takes for one that fits; and choices that do not fit."""
    third = (2**63 + 1) // 3
    facts = [
        Activity(
            f"a{place}",
            "c1",
            "purchase",
            pools.START,
            amount_minor=third,
            currency="CNY",
            props={"points": -third},
        )
        for place in range(3)
    ]
    for condition in (A().sum() > 0, A().sum("points") < 0):
        agreed(condition, [{"activities": facts}, {"activities": facts[:2]}, {"activities": []}])
    choices = F.x.is_in([-1, 2**63, 2**53, *range(7)])
    agreed(choices, [{"x": 2**53}, {"x": 2**53 + 1}, {"x": 2**63 - 1}, {}])
    agreed(choices, [{"x": 2**63}, {"x": 2**53 + 1}])


def test_a_streak_of_short_periods_over_a_long_history_is_quick() -> None:
    """No more periods are looked at than can have an activity each."""
    told = [pools.AS_OF - dt.timedelta(seconds=2) * place for place in range(3)]
    facts = [
        Activity(f"a{place}", "c1", "use", at)
        for place, at in enumerate([*told, dt.datetime(1, 2, 1, tzinfo=dt.UTC)])
    ]
    for seconds in (1, 2, 3, 10):
        streak = A().streak(dt.timedelta(seconds=seconds))
        agreed(streak == 1, [{"activities": facts}, {"activities": facts[:2]}, {"activities": []}])
        agreed(streak >= 3, [{"activities": facts}, {"activities": facts[1:]}])


@given(
    st.sampled_from(pools.OPS),
    st.sampled_from((F.x.age(), F.x.until())),
    nasty_zones.edges(),
    st.sampled_from(nasty_zones.ZONES),
    st.integers(0, 2) | st.just(108_000),
    st.booleans(),
    st.lists(nasty_zones.edges() | nasty_zones.edges().map(lambda at: at.date()), max_size=6),
)
def test_calendar_ages_agree_at_the_ends_of_the_calendar(
    op: str, span: Asked, as_of: dt.datetime, zone: str, count: int, by_month: bool, marks: list[dt.date]
) -> None:
    """Where a clock shows no time that there is, columns may refuse; they are never silently wrong."""
    duration: Duration = months(count, zone) if by_month else local_days(count, zone)
    condition = pools.compare(op, span, duration)
    for some in (marks, [mark for mark in marks if isinstance(mark, dt.datetime)]):
        try:
            agreed(condition, [{"x": mark} for mark in some], as_of)
        except InvalidValue as error:
            assert "the year 1" in str(error) or "the years 1" in str(error)  # noqa: PT017


def test_numpy_arrays_are_read_as_they_are() -> None:
    table = {
        "tier": np.array([1, 4], np.int32),
        "vip": np.array([True, False]),
        "big": np.array([2**64 - 1, 1], np.uint64),
        "stage": np.array(["new", None], object),
        "seen": np.ma.MaskedArray([1, 1], mask=[False, True]),
        "chunked": pa.chunked_array([[1], [None]]),
        "series": pd.Series([1, None], dtype="Int64"),
    }
    for field in (F.seen, F.chunked, F.series):
        assert bulk.evaluate(field == 1, table).tolist() == [1, 0]
    assert bulk.matches(F.tier >= 3, table).tolist() == [False, True]
    assert bulk.matches(F.vip.is_true(), table).tolist() == [True, False]
    assert bulk.matches(F.big == 2**64 - 1, table).tolist() == [True, False]
    assert bulk.evaluate(F.stage == "new", table).tolist() == [1, 0]
    assert bulk.matches(F.tier >= 3, {}).tolist() == []


@pytest.mark.parametrize("zone", ["America/New_York", "UTC", "Asia/Shanghai"])
def test_the_first_instant_there_is_grows_old_in_every_zone(zone: str) -> None:
    """Though in the west no clock shows it; what many programs write for no time at all is such an instant."""
    subject = {"since": dt.datetime.min.replace(tzinfo=dt.UTC)}
    for duration, reached in ((months(1, zone), True), (months(12 * 2_500, zone), False)):
        condition = F.since.age() >= duration
        agreed(condition, [subject])
        assert evaluate(condition, subject, as_of=pools.AS_OF) is reached
