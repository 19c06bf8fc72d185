"""Conditions in SQL: real data bases find the same customers as one by one."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import Any

import attrs
import duckdb
import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import conditions_pools as pools
import real_postgres
from crmkit.conditions import A, Condition, F, matches
from crmkit.conditions.sql import Dialect, Items, Store, select
from crmkit.errors import InvalidValue, UnknownName
from crmkit.model import to_micros

FIELDS = {"tier": "number", "stage": "text", "born_on": "date", "since": "instant"}
STORE = Store(fields=FIELDS, sets={"tags": Items(table="tags")})
TYPES: dict[Dialect, dict[str, str]] = {
    "sqlite": {"number": "INTEGER", "text": "TEXT", "date": "TEXT", "instant": "TEXT"},
    "duckdb": {"number": "BIGINT", "text": "VARCHAR", "date": "DATE", "instant": "TIMESTAMPTZ"},
    "postgres": {"number": "BIGINT", "text": "TEXT", "date": "DATE", "instant": "TIMESTAMPTZ"},
}


def rows_of(subjects: Sequence[dict[str, Any]]) -> dict[str, list[tuple[object, ...]]]:
    """Return drawn subjects as rows by table; of each the tags, the empty set where they are unknown."""
    customers: list[tuple[object, ...]] = []
    tags: list[tuple[object, ...]] = []
    facts: list[tuple[object, ...]] = []
    for place, subject in enumerate(subjects):
        name = f"c{place}"
        customers.append((name, *(subject.get(field) for field in FIELDS)))
        tags += [(name, tag) for tag in subject.get("tags", ())]
        facts += [
            (name, *(getattr(fact, field) for field in STORE.activity_fields))
            for fact in {fact.id: fact for fact in subject["activities"]}.values()
        ]
    return {"customers": customers, "tags": tags, "activities": facts}


def created(dialect: Dialect, micros: bool) -> list[str]:
    """Return what makes the tables."""
    types = TYPES[dialect] | ({"instant": "BIGINT"} if micros else {})
    columns = {
        "customers": {"id": "text"} | FIELDS,
        "tags": {"customer_id": "text", "name": "text"},
        "activities": {"customer_id": "text"} | dict(STORE.activity_fields),
    }
    return [
        f"CREATE TABLE {table} ({', '.join(f'{chr(34)}{name}{chr(34)} {types[sort]}' for name, sort in held.items())})"
        for table, held in columns.items()
    ]


def stored(value: object, dialect: Dialect, micros: bool) -> object:
    if isinstance(value, dt.datetime):
        if micros:
            return to_micros(value)
        return value if dialect != "sqlite" else value.replace(tzinfo=None).isoformat(" ", "microseconds")
    return value.isoformat() if isinstance(value, dt.date) and dialect == "sqlite" else value


def filled(
    subjects: Sequence[dict[str, Any]], dialect: Dialect, micros: bool
) -> Iterator[tuple[str, list[Any]]]:
    """Yield the statements, with their rows, that fill the tables."""
    for table, rows in rows_of(subjects).items():
        if rows:
            mark = "%s" if dialect == "postgres" else "?"
            marks = ", ".join([mark] * len(rows[0]))
            told = [tuple(stored(value, dialect, micros) for value in row) for row in rows]
            yield f"INSERT INTO {table} VALUES ({marks})", told


def found_in_sqlite(
    subjects: Sequence[dict[str, Any]], statements: Sequence[str], micros: bool
) -> list[list[str]]:
    with closing(sqlite3.connect(":memory:")) as connection:
        for statement in created("sqlite", micros):
            connection.execute(statement)
        for statement, rows in filled(subjects, "sqlite", micros):
            connection.executemany(statement, rows)
        return [sorted(row[0] for row in connection.execute(statement)) for statement in statements]


def found_in_duckdb(
    subjects: Sequence[dict[str, Any]], statements: Sequence[str], micros: bool
) -> list[list[str]]:
    with duckdb.connect() as connection:
        for statement in created("duckdb", micros):
            connection.execute(statement)
        for statement, rows in filled(subjects, "duckdb", micros):
            connection.executemany(statement, rows)
        return [
            sorted(row[0] for row in connection.execute(statement).fetchall()) for statement in statements
        ]


def found_in_postgres(
    subjects: Sequence[dict[str, Any]], statements: Sequence[str], micros: bool
) -> list[list[str]]:
    with psycopg.connect(real_postgres.url()) as connection, connection.cursor() as cursor:
        for statement in created("postgres", micros):
            cursor.execute(statement.replace("CREATE TABLE", "CREATE TEMPORARY TABLE"))
        for statement, rows in filled(subjects, "postgres", micros):
            cursor.executemany(statement, rows)
        found = [sorted(row[0] for row in cursor.execute(statement).fetchall()) for statement in statements]
        connection.rollback()
    return found


FOUND: dict[Dialect, Callable[[Sequence[dict[str, Any]], Sequence[str], bool], list[list[str]]]] = {
    "sqlite": found_in_sqlite,
    "duckdb": found_in_duckdb,
    "postgres": found_in_postgres,
}


@pytest.mark.parametrize(
    "dialect",
    [
        "sqlite",
        "duckdb",
        pytest.param(
            "postgres", marks=pytest.mark.skipif(not real_postgres.is_here(), reason="there is no PostgreSQL")
        ),
    ],
)
@settings(max_examples=25)
@given(
    st.lists(pools.conditions(), min_size=5, max_size=5),
    st.lists(pools.subjects(), max_size=6),
    st.booleans(),
)
def test_every_data_base_finds_the_same_customers(
    dialect: Dialect, conditions: list[Condition], subjects: list[dict[str, Any]], micros: bool
) -> None:
    store = attrs.evolve(STORE, instants="micros" if micros else "timestamps")
    asked, statements = [], []
    for condition in conditions:
        try:
            statements.append(select(condition, store, dialect=dialect, as_of=pools.AS_OF))
        except InvalidValue as error:
            assert "conditions.bulk" in str(error)  # noqa: PT017
            continue
        asked.append(condition)
    known = [{"tags": frozenset[str]()} | subject for subject in subjects]
    assert FOUND[dialect](subjects, statements, micros) == [
        [f"c{place}" for place, one in enumerate(known) if matches(condition, one)] for condition in asked
    ]


NASTY = ("o'clock", "a\\b", 'say "hi"', "%", "_", "新", "😀", "a;--", "", "Z", "a", "é", "\n")


@pytest.mark.parametrize("dialect", ["sqlite", "duckdb", "postgres"])
def test_no_text_breaks_out_of_a_statement_or_is_ordered_otherwise(dialect: Dialect) -> None:
    """Quotes, backslashes, wild cards and letters beyond ASCII are what they are."""
    if dialect == "postgres" and not real_postgres.is_here():
        pytest.skip("there is no PostgreSQL")
    subjects: list[dict[str, Any]] = [{"stage": text, "activities": []} for text in NASTY]
    asked = [
        condition
        for text in NASTY
        for condition in (
            F.stage == text,
            F.stage < text,
            F.stage.contains(text),
            ~F.stage.is_in([text, "a"]),
        )
    ]
    statements = [select(one, STORE, dialect=dialect) for one in asked]
    assert FOUND[dialect](subjects, statements, False) == [
        sorted(f"c{place}" for place, one in enumerate(subjects) if matches(condition, one))
        for condition in asked
    ]


EDGES: list[dict[str, Any]] = [
    {"tier": -(2**63), "since": dt.datetime(1, 1, 1, tzinfo=dt.UTC), "born_on": dt.date(1, 1, 1)},
    {
        "tier": 2**63 - 1,
        "since": dt.datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=dt.UTC),
        "born_on": dt.date(9999, 12, 31),
    },
    {
        "since": dt.datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=dt.UTC),
        "born_on": dt.date(1969, 12, 31),
    },
    {"since": dt.datetime(1582, 10, 10, tzinfo=dt.UTC), "born_on": dt.date(1582, 10, 10)},
    {},
]


@pytest.mark.parametrize("micros", [True, False])
@pytest.mark.parametrize("dialect", ["sqlite", "duckdb", "postgres"])
def test_the_ends_of_numbers_and_of_the_calendar_are_stored_and_compared(
    dialect: Dialect, micros: bool
) -> None:
    if dialect == "postgres" and not real_postgres.is_here():
        pytest.skip("there is no PostgreSQL")
    subjects = [{**one, "activities": []} for one in EDGES]
    asked = [
        condition
        for one in EDGES
        for name, value in one.items()
        for condition in (F[name] == value, F[name] < value, ~(F[name] > value), F[name].is_in([value]))
    ]
    store = attrs.evolve(STORE, instants="micros" if micros else "timestamps")
    statements = [select(one, store, dialect=dialect) for one in asked]
    assert FOUND[dialect](subjects, statements, micros) == [
        [f"c{place}" for place, one in enumerate(subjects) if matches(condition, one)] for condition in asked
    ]


def test_spark_finds_no_variable_in_a_text() -> None:
    """What it would put in their place is not what was asked."""
    found = select(F.stage == "a${env:HOME}${b", STORE, dialect="spark")
    assert "CONCAT('a$', '{env:HOME}$', '{b')" in found
    assert "${" in select(F.stage == "${", STORE, dialect="duckdb")


def test_names_of_tables_and_columns_are_quoted() -> None:
    store = Store(
        fields={'ti"er': "number"},
        customers='crm.cus"tomers',
        key="the id",
        activities="x",
        customer_key="who",
    )
    found = select((F['ti"er'] >= 3) & (A().count() > 0), store, dialect="postgres", as_of=pools.AS_OF)
    assert 'FROM "crm"."cus""tomers" AS "c"' in found
    assert '"c"."ti""er" >= 3' in found
    assert '"t0"."customer" = "c"."the id"' in found


def test_what_cannot_be_written_is_refused() -> None:
    with pytest.raises(UnknownName, match=r"'postgresql'\. Did you mean 'postgres'"):
        select(F.tier > 1, STORE, dialect="postgresql")  # type: ignore[arg-type]
    with pytest.raises(InvalidValue, match="asks about time"):
        select(A().count() > 1, STORE, dialect="sqlite")
    with pytest.raises(InvalidValue, match=r"fields: 'tags' holds sets, .* say in sets="):
        Store(fields={"tags": "set"})
    with pytest.raises(UnknownName, match=r"'teir'\. Did you mean 'tier'"):
        select(F.teir > 1, STORE, dialect="sqlite")
    with pytest.raises(InvalidValue, match="holds jsonb; a condition can ask about date"):
        select(F.x > 1, Store(fields={"x": "jsonb"}), dialect="sqlite")
