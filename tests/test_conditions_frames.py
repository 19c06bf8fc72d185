"""Conditions in frames of every engine: the same customers as one by one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import conditions_pools as pools
from crmkit.conditions import A, Condition, F, matches
from crmkit.conditions.frames import matching
from crmkit.errors import InvalidValue, UnknownName

INSTANT = pa.timestamp("us", tz="UTC")
CUSTOMERS = pa.schema(
    [
        ("id", pa.string()),
        ("tier", pa.int64()),
        ("stage", pa.string()),
        ("born_on", pa.date32()),
        ("since", INSTANT),
        ("tags", pa.list_(pa.string())),
    ]
)
ACTIVITIES = pa.schema(
    [
        ("id", pa.string()),
        ("customer_id", pa.string()),
        ("kind", pa.string()),
        ("at", INSTANT),
        ("channel", pa.string()),
        ("amount_minor", pa.int64()),
        ("currency", pa.string()),
    ]
)
ENGINES: dict[str, Callable[[pa.Table], Any]] = {
    "pyarrow": lambda table: table,
    "polars": pl.from_arrow,
    "polars lazy": lambda table: pl.DataFrame(table).lazy(),
    "pandas": lambda table: table.to_pandas(types_mapper=pd.ArrowDtype),
    "duckdb": lambda table: duckdb.from_arrow(table),
}


def tables(subjects: Sequence[dict[str, Any]]) -> tuple[pa.Table, pa.Table]:
    """Return drawn subjects as a table of customers and one of their activities, each told once."""
    rows, facts = [], []
    for place, subject in enumerate(subjects):
        name = f"c{place}"
        rows.append({"id": name, **{key: subject.get(key) for key in CUSTOMERS.names[1:]}})
        rows[-1]["tags"] = None if subject.get("tags") is None else sorted(subject["tags"])
        facts += [
            {"customer_id": name}
            | {key: getattr(fact, key) for key in ACTIVITIES.names if key != "customer_id"}
            for fact in {fact.id: fact for fact in subject["activities"]}.values()
        ]
    return pa.Table.from_pylist(rows, CUSTOMERS), pa.Table.from_pylist(facts, ACTIVITIES)


def ids(frame: Any) -> list[str]:
    match frame:
        case pl.LazyFrame():
            return sorted(frame.collect()["id"].to_list())
        case duckdb.DuckDBPyRelation():
            return sorted(row[0] for row in frame.select("id").fetchall())
        case pa.Table():
            return sorted(frame["id"].to_pylist())
        case _:
            return sorted(frame["id"].to_list())


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=15)
@given(st.lists(pools.conditions(), min_size=5, max_size=5), st.lists(pools.subjects(), max_size=6))
def test_every_engine_finds_the_same_customers(
    engine: str, conditions: list[Condition], subjects: list[dict[str, Any]]
) -> None:
    customers, activities = map(ENGINES[engine], tables(subjects))
    for condition in conditions:
        try:
            found = matching(condition, customers, activities=activities, as_of=pools.AS_OF)
        except InvalidValue as error:
            assert "conditions.bulk" in str(error)  # noqa: PT017
            continue
        assert type(found) is type(customers)
        assert ids(found) == [f"c{place}" for place, one in enumerate(subjects) if matches(condition, one)]


ACTIVITY = {"kind": "purchase", "at": pools.START, "currency": "CNY"}
POLARS: dict[str, Callable[[pl.DataFrame], Any]] = {
    "polars": lambda frame: frame,
    "polars lazy": lambda frame: frame.lazy(),
}
OTHERS: dict[str, Callable[[pl.DataFrame], Any]] = {
    "pandas": lambda frame: frame.to_pandas(),
    "pyarrow": lambda frame: frame.to_arrow(),
    "duckdb": lambda frame: duckdb.from_arrow(frame.to_arrow()),
}


@pytest.mark.parametrize("engine", [*POLARS, *OTHERS])
@pytest.mark.parametrize("dtype", [pl.Int32, pl.Int64])
def test_a_sum_may_be_wider_than_its_column(engine: str, dtype: Any) -> None:
    """No engine's sum overflows unseen."""
    made = (POLARS | OTHERS)[engine]
    most = 2 ** (31 if dtype == pl.Int32 else 63) - 1
    facts = pl.DataFrame(
        [{"id": f"a{place}", "customer_id": "c", "amount_minor": most, **ACTIVITY} for place in range(3)]
    ).with_columns(pl.col("amount_minor").cast(dtype))
    customers, activities = made(pl.DataFrame({"id": ["c"]})), made(facts)
    for condition in (A().sum() > most, ~(A().sum() < A().max())):
        assert ids(matching(condition, customers, activities=activities, as_of=pools.AS_OF)) == ["c"]


@pytest.mark.parametrize("engine", [*POLARS, *OTHERS])
def test_strangers_and_what_is_yet_to_come_are_not_counted(engine: str) -> None:
    """Nor what nobody did; a customer without an id has no history."""
    made = (POLARS | OTHERS)[engine]
    customers = made(pl.DataFrame({"id": ["c1", None, "c3"]}))
    facts = made(
        pl.DataFrame(
            {
                "id": ["1", "2", "3", "4"],
                "customer_id": ["c1", "elsewhere", None, "c3"],
                "kind": ["use"] * 4,
                "at": [pools.AS_OF] * 3 + [pools.AS_OF + dt.timedelta(microseconds=1)],
            }
        )
    )
    found = matching(A().count() >= 1, customers, activities=facts, as_of=pools.AS_OF)
    assert ids(found) == ["c1"]


@pytest.mark.parametrize("engine", [*POLARS, *OTHERS])
def test_an_enumeration_is_its_texts(engine: str) -> None:
    """Whatever order an engine gives its categories."""
    made = (POLARS | OTHERS)[engine]
    stages = pl.Enum(["b", "a"])
    customers = made(pl.DataFrame({"id": ["c1", "c2"], "stage": pl.Series(["b", "a"], dtype=stages)}))
    facts = made(
        pl.DataFrame(
            {"id": ["1", "2"], "customer_id": ["c1"] * 2, "at": [pools.START] * 2, "kind": ["use"] * 2}
        ).with_columns(channel=pl.Series(["b", "a"], dtype=stages))
    )
    assert ids(matching(F.stage < "b", customers)) == ["c2"]
    assert ids(matching(A().min("channel") == "a", customers, activities=facts, as_of=pools.AS_OF)) == ["c1"]


@pytest.mark.parametrize("unit", ["ns", "us", "ms"])
@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai"])
@pytest.mark.parametrize("engine", [*POLARS, "pandas", "pyarrow"])
def test_instants_of_every_unit_and_zone_are_compared_exactly(engine: str, zone: str, unit: Any) -> None:
    customers = (POLARS | OTHERS)[engine](
        pl.DataFrame({"id": ["c"], "since": pl.Series([-1000 if unit == "ns" else -1])}).with_columns(
            pl.col("since").cast(pl.Datetime(unit, zone))
        )
    )
    epoch = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    step = dt.timedelta(milliseconds=1) if unit == "ms" else dt.timedelta(microseconds=1)
    assert ids(matching(F.since == epoch - step, customers)) == ["c"]
    last = epoch - dt.timedelta(microseconds=1)
    assert ids(matching(F.since >= last, customers)) == ([] if unit == "ms" else ["c"])


def test_what_engines_hold_otherwise_is_refused() -> None:
    far = pl.DataFrame({"id": ["c"], "x": pl.Series([2**64 - 1], dtype=pl.UInt64)})
    facts = pl.DataFrame(
        {"customer_id": ["c"], "at": [pools.START], "kind": ["use"], "products": [["a", "b"]]}
    )
    refused: dict[str, tuple[Condition, Any]] = {
        "64 bits with a sign": (F.x > 1, far),
        "no texts": (F.x == 3, pd.DataFrame({"id": ["c"], "x": pd.Categorical([3])})),
        "sets are compared": (A().distinct("products") == 1, far),
        "'customer_id'": (A().where(F.customer_id == "c").count() > 0, far),
        "half a character": (F.id == "\ud800", far),
        "the character NUL": (A("a\0").count() > 0, far),
    }
    for sentence, (condition, customers) in refused.items():
        with pytest.raises((InvalidValue, UnknownName), match=sentence):
            matching(condition, customers, activities=facts, as_of=pools.AS_OF)
