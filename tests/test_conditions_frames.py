"""Conditions in frames of every engine: the same customers as one by one."""

from __future__ import annotations

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
from crmkit.conditions import Condition, matches
from crmkit.conditions.frames import matching
from crmkit.errors import InvalidValue

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
