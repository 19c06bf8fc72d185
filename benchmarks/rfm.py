"""RFM with scores and tiers over columns, beside raw Polars written by hand, in one run (bar s1).

    python benchmarks/rfm.py --purchases 10_000_000 --customers 440_000

Both start from columns in memory and end with recency, frequency, money, three
scores and a tier for each customer; the run fails if they differ.  Medians of
``--repeats`` runs; the bar is 1.3 times Polars.
"""

from __future__ import annotations

import argparse
import datetime as dt
import statistics
import time
from collections.abc import Callable

import numpy as np
import polars as pl

from crmkit.model import ActivityColumns, to_micros
from crmkit.segmentation import TIERS, bulk

AS_OF = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
DAY = 86_400_000_000
LINES_OF_AN_ORDER = 3
FLOORS = (6, 9, 12, 14)


def shop(purchases: int, customers: int, *, with_orders: bool) -> ActivityColumns:
    """Return purchases of two years, a few customers with many of them; with orders, lines share one."""
    drawn = np.random.default_rng(7)
    at = to_micros(AS_OF) - drawn.integers(0, 730 * DAY, purchases)
    customer = np.minimum(drawn.exponential(customers / 4, purchases).astype(np.int64), customers - 1)
    customer = np.sort((customer * 7_919) % customers)
    order = None
    if with_orders:
        starts = np.flatnonzero(np.diff(customer, prepend=-1))
        within = np.arange(purchases) - np.repeat(starts, np.diff(np.append(starts, purchases)))
        heads = within % LINES_OF_AN_ORDER == 0
        order = np.cumsum(heads) - 1
        at = at[heads][order]
    rows = np.lexsort((at, customer))
    present, code = np.unique(customer, return_inverse=True)
    none = np.broadcast_to(np.int64(-1), purchases)
    return ActivityColumns(
        customer=code[rows],
        kind=np.zeros(purchases, np.int64),
        at=at[rows],
        amount_minor=drawn.integers(100, 50_000, purchases),
        currency=np.zeros(purchases, np.int64),
        channel=none,
        account=none,
        id=np.broadcast_to(np.array("", object), purchases),
        customers=tuple(f"c{place:07}" for place in present.tolist()),
        kinds=("purchase",),
        currencies=("EUR",),
        order=None if order is None else order[rows],
        orders=() if order is None else tuple(map(str, range(int(order.max()) + 1))),
    )


def by_crmkit(columns: ActivityColumns) -> tuple[np.ndarray, ...]:
    rfm = bulk.rfm(columns, as_of=AS_OF)
    scale = bulk.fit_scale(rfm)
    scores = bulk.score(rfm, scale)
    tiers = bulk.tier_of(rfm, scale, table=TIERS)
    return (
        rfm.recency_days,
        rfm.frequency,
        rfm.monetary_minor,
        scores.recency,
        scores.frequency,
        scores.monetary,
        tiers,
    )


def by_polars(frame: pl.DataFrame) -> tuple[np.ndarray, ...]:
    visits = pl.col("order").n_unique() if "order" in frame.columns else pl.len()
    as_of = to_micros(AS_OF)
    measures = (
        frame.lazy()
        .filter(pl.col("at") <= as_of)
        .group_by("customer")
        .agg(
            recency=(as_of - pl.col("at").max()) // DAY,
            frequency=visits.cast(pl.Int64),
            money=pl.col("amount").sum(),
        )
    )
    scored = measures.with_columns(
        r=_score(-pl.col("recency")), f=_score(pl.col("frequency")), m=_score(pl.col("money"))
    )
    points = pl.col("r") + pl.col("f") + pl.col("m")
    tier = pl.sum_horizontal([(points >= floor).cast(pl.Int64) for floor in FLOORS]) + 1
    found = scored.with_columns(tier=tier).sort("customer").collect()
    return tuple(found[name].to_numpy() for name in ("recency", "frequency", "money", "r", "f", "m", "tier"))


def _score(measure: pl.Expr) -> pl.Expr:
    return ((measure.rank("min").cast(pl.Int64) - 1) * 5 // pl.len() + 1).clip(upper_bound=5)


def median_ms(call: Callable[[], object], repeats: int) -> float:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


def race(purchases: int, customers: int, repeats: int, *, with_orders: bool) -> None:
    columns = shop(purchases, customers, with_orders=with_orders)
    frame = pl.DataFrame({"customer": columns.customer, "at": columns.at, "amount": columns.amount_minor})
    if columns.order is not None:
        frame = frame.with_columns(order=pl.Series(columns.order))
    for ours, theirs in zip(by_crmkit(columns), by_polars(frame), strict=True):
        if not np.array_equal(ours, theirs):
            raise SystemExit("crmkit and Polars differ")
    crmkit = median_ms(lambda: by_crmkit(columns), repeats)
    polars = median_ms(lambda: by_polars(frame), repeats)
    what = (
        f"{purchases:,} {'order lines' if with_orders else 'purchases'}, {len(columns.customers):,} customers"
    )
    print(f"{what}: crmkit {crmkit:,.0f} ms, polars {polars:,.0f} ms, ratio {crmkit / polars:.2f} (bar 1.30)")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--purchases", type=int, default=10_000_000)
    parser.add_argument("--customers", type=int, default=440_000)
    parser.add_argument("--repeats", type=int, default=5)
    asked = parser.parse_args()
    for with_orders in (False, True):
        race(asked.purchases, asked.customers, asked.repeats, with_orders=with_orders)


if __name__ == "__main__":
    main()
