"""Conditions in Spark, as frames and as SQL: the same customers as one by one; slow, see CONTRIBUTING.md."""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import conditions_pools as pools
from crmkit.conditions import A, Condition, F, matches
from crmkit.conditions.frames import matching
from crmkit.conditions.sql import Items, Store, select
from crmkit.errors import InvalidValue
from crmkit.model import Activity

pyspark = pytest.importorskip("pyspark", reason="PySpark is not here: uv run --group spark …")

CUSTOMERS = "id string, tier bigint, stage string, born_on date, since timestamp, tags array<string>"
ACTIVITIES = (
    "id string, customer_id string, kind string, at timestamp, "
    "channel string, amount_minor bigint, currency string"
)
STORE = Store(
    fields={"tier": "number", "stage": "text", "born_on": "date", "since": "instant"},
    sets={"tags": Items(table="tags")},
)
NASTY = ("o'clock", "a\\b", "\\", 'say "hi"', "%", "_", "新", "😀", "\uffee", "a;--", "", "Z", "a", "é", "\n")
VARIABLES = ("${spark.app.id}", "a${env:HOME}${b", "${", "$")


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    """Yield a session on this machine, whose clock stands elsewhere than customers' do."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it has opinions on versions of pandas
        from pyspark.sql import SparkSession

        session = (
            SparkSession.builder.master("local[1]")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "1")
            .config("spark.sql.session.timeZone", "America/New_York")
            .getOrCreate()
        )
        yield session
        session.stop()


def tables(spark: Any, subjects: Sequence[dict[str, Any]]) -> tuple[Any, Any]:
    """Return drawn subjects as frames of customers and their activities, and name them, and their tags, for SQL."""
    names = [part.split()[0] for part in CUSTOMERS.split(", ")]
    told = [part.split()[0] for part in ACTIVITIES.split(", ")]
    rows, tags, facts = [], [], []
    for place, subject in enumerate(subjects):
        known = {"id": f"c{place}"} | subject
        items = known.get("tags")
        known["tags"] = None if items is None else sorted(items)
        rows.append(tuple(known.get(name) for name in names))
        tags += [(f"c{place}", tag) for tag in known["tags"] or ()]
        facts += [
            tuple(f"c{place}" if name == "customer_id" else getattr(fact, name) for name in told)
            for fact in {fact.id: fact for fact in subject["activities"]}.values()
        ]
    customers, activities = spark.createDataFrame(rows, CUSTOMERS), spark.createDataFrame(facts, ACTIVITIES)
    customers.createOrReplaceTempView("customers")
    activities.createOrReplaceTempView("activities")
    spark.createDataFrame(tags, "customer_id string, name string").createOrReplaceTempView("tags")
    return customers, activities


def ids(frame: Any) -> list[str]:
    return sorted(row["id"] for row in frame.select("id").collect())


def agreed(
    spark: Any, conditions: Sequence[Condition], subjects: Sequence[dict[str, Any]], as_of: dt.datetime
) -> int:
    """Check that Spark finds the same customers twice, and return for how many of *conditions* it was asked."""
    asked = 0
    customers, activities = tables(spark, subjects)
    # In SQL a customer without any tags has the empty set.
    with_tags = [{"tags": frozenset[str]()} | subject for subject in subjects]
    for condition in conditions:
        try:
            statement = select(condition, STORE, dialect="spark", as_of=as_of)
            found = matching(condition, customers, activities=activities, as_of=as_of)
        except InvalidValue as error:
            assert "conditions.bulk" in str(error)  # noqa: PT017
            continue
        asked += 1
        assert ids(found) == _true_of(condition, subjects, as_of), condition
        assert ids(spark.sql(statement)) == _true_of(condition, with_tags, as_of), condition
    return asked


def _true_of(condition: Condition, subjects: Sequence[dict[str, Any]], as_of: dt.datetime) -> list[str]:
    return sorted(f"c{place}" for place, one in enumerate(subjects) if matches(condition, one, as_of=as_of))


def test_spark_finds_the_same_customers(spark: Any) -> None:
    """Batches of conditions, each of as many customers."""
    asked = 0

    @settings(max_examples=8, deadline=None)
    @given(
        st.lists(pools.conditions(), min_size=4, max_size=4),
        st.lists(pools.subjects(), min_size=6, max_size=12),
    )
    def law(conditions: list[Condition], subjects: list[dict[str, Any]]) -> None:
        nonlocal asked
        asked += agreed(spark, conditions, subjects, pools.AS_OF)

    law()
    assert asked


def test_no_text_is_taken_for_something_else(spark: Any) -> None:
    """Quotes, backslashes and variables are letters, and the order is by code point."""
    subjects = [{"stage": text, "activities": []} for text in NASTY + VARIABLES]
    conditions: list[Condition] = [F.stage.is_in([text, "a"]) & (F.stage >= text) for text in NASTY]
    conditions += [(F.stage == text) | F.stage.contains(text + "}") for text in VARIABLES]
    conditions += [(F.stage < "\uffee") & ~F.stage.contains("\\")]
    assert agreed(spark, conditions, subjects, pools.AS_OF) == len(conditions)


def test_sums_beyond_64_bits_and_the_ends_of_the_calendar_are_exact(spark: Any) -> None:
    """Whether or not Spark minds numbers that overflow."""
    far = {"tier": 2**63 - 1, "since": dt.datetime(1, 1, 2, tzinfo=dt.UTC), "born_on": dt.date(9999, 12, 31)}
    facts = [
        Activity(f"a{place}", "c0", "purchase", pools.START, amount_minor=2**63 - 1, currency="CNY")
        for place in range(3)
    ]
    subjects: list[dict[str, Any]] = [
        {**far, "activities": facts},
        {"tier": -(2**63), "since": dt.datetime(1969, 12, 31, 23, tzinfo=dt.UTC), "activities": facts[:1]},
    ]
    conditions: list[Condition] = [
        A().sum() > 2**63 - 2,
        A().sum() > A().max(),
        F.tier <= -(2**63),
        F.tier.is_in([2**63 - 1, 2**70]),
        F.since < dt.datetime(1582, 10, 15, tzinfo=dt.UTC),
        F.born_on > dt.date(9999, 12, 30),
    ]
    for ansi in ("true", "false"):
        spark.conf.set("spark.sql.ansi.enabled", ansi)
        assert agreed(spark, conditions, subjects, pools.AS_OF) == len(conditions)
    spark.conf.set("spark.sql.ansi.enabled", "true")
