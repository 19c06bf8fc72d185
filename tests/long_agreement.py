"""Every way of asking, compared over millions of drawn definitions, histories and instants.

    uv run python tests/long_agreement.py --triples 10_000_000

One definition on n histories at k instants counts n times k.  The scalar
functions are right; each other way is asked what it can be asked, and its share
is printed.  Ends with 1 if any verdict or stage differs.
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, available_timezones

import attrs
import duckdb
import polars as pl
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

import conditions_pools as pools
import lifecycle_pools
import test_conditions_frames as frames
import test_conditions_sql as sql
from crmkit import lifecycle
from crmkit.conditions import Condition, bulk, compiled
from crmkit.conditions.columns import profile_columns_of
from crmkit.conditions.evaluate import verdict
from crmkit.conditions.frames import matching
from crmkit.conditions.sql import Dialect, select
from crmkit.conditions.subject import subject_of
from crmkit.errors import Contradiction, InvalidValue
from crmkit.lifecycle import Lifecycle
from crmkit.model import Activity, ActivityId, CustomerId, columns_of, in_fact_order

T = TypeVar("T")
VERDICTS = {1: True, 0: None, -1: False}
FIELDS = ("tier", "stage", "born_on", "since", "tags")
ZONES = sorted(available_timezones())
DIALECTS: tuple[Dialect, Dialect] = ("duckdb", "sqlite")
BATCH = 50
"""So many definitions are asked of the same histories."""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--triples", type=int, default=100_000, help="of conditions, and as many of lifecycles"
    )
    parser.add_argument("--histories", type=int, default=500)
    parser.add_argument("--instants", type=int, default=10)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--workers", type=int, default=2)
    given_ = parser.parse_args()
    definitions = -(-given_.triples // (given_.histories * given_.instants))
    batches = -(-definitions // BATCH)
    told: Counter[str] = Counter()
    begun = time.perf_counter()
    with ProcessPoolExecutor(given_.workers) as workers:
        for what in (conditions_batch, lifecycles_batch):
            seeds = [given_.seed * 1_000_003 + place for place in range(batches)]
            sizes = [given_.histories] * batches, [given_.instants] * batches
            for done, one in enumerate(workers.map(what, seeds, *sizes), 1):
                told += one
                print(f"\r{what.__name__} {done} of {batches}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return show(told, time.perf_counter() - begun)


def show(told: Counter[str], seconds: float) -> int:
    """Print the table, and return how the program ends."""
    print(f"{'what':12} {'way':14} {'triples':>14} {'share':>7} {'differ':>7}")
    for what, ways in (
        ("conditions", ("compiled", "numpy", "polars", "DuckDB", "SQLite")),
        ("lifecycles", ("fold", "bulk.stages", "stage_history")),
    ):
        whole = told[f"{what} scalar"]
        print(f"{what:12} {'scalar':14} {whole:14,} {'':7} {'':7}")
        for way in ways:
            asked = told[f"{what} {way}"]
            print(
                f"{what:12} {way:14} {asked:14,} {asked / max(whole, 1):7.1%} {told[f'{what} {way} differ']:7,}"
            )
    true, unknown = told["conditions true"], told["conditions unknown"]
    scalar = max(told["conditions scalar"], 1)
    print(f"verdicts: {true / scalar:.1%} true, {unknown / scalar:.1%} unknown; {seconds:,.0f} s")
    return int(any(count for name, count in told.items() if name.endswith("differ")))


def drawn(strategy: st.SearchStrategy[T], count: int, number: int) -> list[T]:
    """Return *count* values of a strategy, drawn as a law would draw them."""
    found: list[T] = []

    @seed(number)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def draw(value: T) -> None:
        found.append(value)

    draw()
    return found


# --- what is drawn beside definitions


def instants(rng: random.Random, count: int) -> list[dt.datetime]:
    """Return instants on the histories' grid, on wall clocks of any zone, and just beside these."""
    found = []
    for _ in range(count):
        at = pools.START + dt.timedelta(hours=12 * rng.randrange(-100, 900))
        if rng.random() < 0.5:
            wall = at.replace(tzinfo=None) + dt.timedelta(minutes=15 * rng.randrange(0, 16))
            at = wall.replace(tzinfo=ZoneInfo(rng.choice(ZONES))).astimezone(dt.UTC)
        if rng.random() < 0.2:
            at = dt.datetime(2024, 2, 29, rng.randrange(24), tzinfo=dt.UTC)
        found.append(at + rng.choice((-1, 0, 0, 1)) * dt.timedelta(microseconds=1))
    return found


def history(rng: random.Random, name: str, kinds: Sequence[str]) -> list[Activity]:
    """Return one customer's activities in fact order, on a coarse grid and beside it."""
    facts = []
    for place in range(rng.randrange(9)):
        at = pools.START + rng.randrange(41) * dt.timedelta(days=10)
        if rng.random() < 0.3:
            at += rng.choice((-1, 1)) * rng.choice((dt.timedelta(hours=1), dt.timedelta(microseconds=1)))
        amount = rng.choice((None, 0, 100, 100, 250))
        facts.append(
            Activity(
                ActivityId(f"{name}-{place}"),
                CustomerId(name),
                rng.choice(kinds),
                at,
                amount_minor=amount,
                currency=None if amount is None else rng.choice(("CNY", "CNY", "CNY", "EUR")),
                channel=rng.choice((None, "store", "web")),
                sequence=rng.randrange(2),
            )
        )
    return in_fact_order(facts)


def customer(rng: random.Random) -> dict[str, object]:
    """Return fields, each known of most."""
    fields: dict[str, object] = {
        "tier": rng.randrange(-1, 4),
        "stage": rng.choice(("", "new", "silent", "新")),
        "born_on": rng.choice(
            (dt.date(2024, 2, 29), dt.date(2024, 7, 19), dt.date(2024, 7, 20), dt.date(2023, 1, 31))
        ),
        "since": pools.START + dt.timedelta(hours=rng.randrange(401 * 24)),
        "tags": frozenset(tag for tag in "abc" if rng.random() < 0.5),
    }
    return {name: value for name, value in fields.items() if name == "tags" or rng.random() < 0.8}


# --- conditions


def conditions_batch(number: int, histories: int, count: int) -> Counter[str]:
    rng, told = random.Random(number), Counter[str]()
    people = [
        customer(rng) | {"activities": history(rng, f"c{place}", ("purchase", "use", "signup"))}
        for place in range(histories)
    ]
    moments = instants(rng, count)
    subjects = [[person | {"as_of": at} for person in people] for at in moments]
    read = [[subject_of(one) for one in moment] for moment in subjects]
    definitions = drawn(pools.conditions(), BATCH, number)
    columns = profile_columns_of(people, *definitions, as_of=max(moments))
    engines = Engines.holding(people)
    for condition in definitions:
        ask = compiled(condition)
        for at, moment, reads in zip(moments, subjects, read, strict=True):
            scalar = [verdict(condition, one) for one in reads]
            told["conditions scalar"] += len(scalar)
            told["conditions true"] += scalar.count(True)
            told["conditions unknown"] += scalar.count(None)
            compare(told, "conditions compiled", [ask(one) for one in moment], scalar, condition, at)
            by_columns = bulk.evaluate(condition, attrs.evolve(columns, as_of=at)).tolist()
            compare(told, "conditions numpy", [VERDICTS[code] for code in by_columns], scalar, condition, at)
            true = [one is True for one in scalar]
            for way, found in engines.ask(condition, at):
                compare(told, f"conditions {way}", found, true, condition, at)
    engines.close()
    return told


def compare(
    told: Counter[str],
    what: str,
    found: Sequence[object],
    right: Sequence[object],
    asked: object,
    at: dt.datetime,
) -> None:
    """Count what was asked, and what differs; the first differences are shown."""
    told[what] += len(right)
    for place, (one, other) in enumerate(zip(found, right, strict=True)):
        if one != other:
            told[f"{what} differ"] += 1
            if told[f"{what} differ"] <= 3:
                print(f"\n{what}: row {place} at {at} says {one}, not {other}: {asked!r}", file=sys.stderr)


@attrs.frozen(kw_only=True)
class Engines:
    """The same customers in polars, DuckDB and SQLite."""

    size: int
    customers: pl.DataFrame
    activities: pl.DataFrame
    duckdb: Any
    sqlite: sqlite3.Connection

    @classmethod
    def holding(cls, people: Sequence[dict[str, Any]]) -> Engines:
        customers, activities = (pl.DataFrame(table) for table in frames.tables(people))
        in_duckdb, in_sqlite = duckdb.connect(config={"threads": 1}), sqlite3.connect(":memory:")
        connections: tuple[Any, Any] = (in_duckdb, in_sqlite)
        for dialect, connection in zip(DIALECTS, connections, strict=True):
            for statement in sql.created(dialect, micros=False):
                connection.execute(statement)
            for statement, rows in sql.filled(people, dialect, micros=False):
                connection.executemany(statement, rows)
        return cls(
            size=len(people), customers=customers, activities=activities, duckdb=in_duckdb, sqlite=in_sqlite
        )

    def ask(self, condition: Condition, at: dt.datetime) -> Iterator[tuple[str, list[bool]]]:
        """Yield of whom each engine says that a condition is true; nothing if engines are not trusted with it."""
        try:
            frame = matching(condition, self.customers, activities=self.activities, as_of=at)
            in_duckdb, in_sqlite = (select(condition, sql.STORE, dialect=one, as_of=at) for one in DIALECTS)
        except InvalidValue as error:
            if "conditions.bulk" not in str(error):
                raise
            return
        yield "polars", self.marked(frame["id"].to_list())
        yield "DuckDB", self.marked([row[0] for row in self.duckdb.execute(in_duckdb).fetchall()])
        yield "SQLite", self.marked([row[0] for row in self.sqlite.execute(in_sqlite)])

    def marked(self, ids: Sequence[str]) -> list[bool]:
        """Return of each customer whether they were found; who is found twice is no bool."""
        found = Counter(ids)
        return [bool(found[f"c{place}"]) if found[f"c{place}"] < 2 else None for place in range(self.size)]  # type: ignore[misc]

    def close(self) -> None:
        self.duckdb.close()
        self.sqlite.close()


# --- lifecycles


def lifecycles_batch(number: int, histories: int, count: int) -> Counter[str]:
    rng, told = random.Random(number), Counter[str]()
    told_of = {
        f"c{place:05d}": history(rng, f"c{place:05d}", lifecycle_pools.KINDS) for place in range(histories)
    }
    told_of = {name: facts for name, facts in told_of.items() if facts}
    moments = sorted(instants(rng, count))
    columns = columns_of(fact for facts in told_of.values() for fact in facts)
    assert list(columns.customers) == sorted(told_of)
    people = [told_of[name] for name in columns.customers]
    for machine in drawn(lifecycle_pools.machines(), BATCH, number):
        try:
            whole = lifecycle.bulk.stage_history(machine, columns, as_of=moments)
        except Contradiction:
            told["lifecycles contradicted"] += 1
            assert contradicted(machine, people, moments)
            continue
        for place, at in enumerate(moments):
            scalar = [lifecycle.stage_at(machine, facts, as_of=at) for facts in people]
            told["lifecycles scalar"] += len(scalar)
            compare(told, "lifecycles stage_history", whole[:, place].tolist(), scalar, machine, at)
            if place == len(moments) // 2:
                folded = [lifecycle.fold(machine, facts, as_of=at).stage for facts in people]
                compare(told, "lifecycles fold", folded, scalar, machine, at)
                one = lifecycle.bulk.stages(machine, columns, as_of=at)
                compare(told, "lifecycles bulk.stages", one.tolist(), scalar, machine, at)
    return told


def contradicted(
    machine: Lifecycle, people: Sequence[Sequence[Activity]], moments: Sequence[dt.datetime]
) -> bool:
    """Return whether one by one a customer's moves contradict each other too."""
    for facts in people:
        try:
            lifecycle.stage_at(machine, facts, as_of=max(moments))
        except Contradiction:
            return True
    return False


if __name__ == "__main__":
    sys.exit(main())
