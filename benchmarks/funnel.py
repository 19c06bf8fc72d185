"""Funnels over columns: how long `funnel.bulk.levels` takes on generated activities.

python benchmarks/funnel.py              10 M activities of 1 M customers
python benchmarks/funnel.py 1000000      so many activities, a tenth as many customers
"""

from __future__ import annotations

import statistics
import sys
import time

import numpy as np

from crmkit.calendars import days
from crmkit.display import text_table
from crmkit.funnel import ORDERS, FunnelSpec, bulk
from crmkit.model import ActivityColumns

STEPS = ("touch", "page_view", "signup", "cart", "purchase")
OTHERS = ("clicked", "opened", "use")
MICROS_A_DAY = 86_400_000_000
RUNS = 5


def generated(activities: int, *, seed: int = 2) -> ActivityColumns:
    """Return *activities* over two years, to the second, of a tenth as many customers."""
    draw = np.random.default_rng(seed)
    customers = activities // 10
    customer = draw.integers(0, customers, activities)
    at = draw.integers(0, 730 * 86_400, activities) * 1_000_000 + 19_723 * MICROS_A_DAY
    rows = np.lexsort((at, customer))
    kinds = tuple(sorted((*STEPS, *OTHERS)))
    unknown = np.full(activities, -1, np.int64)
    return ActivityColumns(
        customer=customer[rows],
        kind=draw.integers(0, len(kinds), activities),
        at=at[rows],
        amount_minor=np.full(activities, np.iinfo(np.int64).min),
        currency=unknown,
        channel=unknown,
        account=unknown,
        id=np.empty(activities, object),
        customers=tuple(f"c{place:09d}" for place in range(customers)),
        kinds=kinds,
    )


def seconds(columns: ActivityColumns, spec: FunnelSpec) -> float:
    """Return the median time of a few runs."""
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        bulk.levels(columns, spec)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main(activities: int) -> None:
    columns = generated(activities)
    rows = [
        (order, f"{seconds(columns, FunnelSpec(steps=STEPS, window=days(90), order=order)):.3f}")
        for order in ORDERS
    ]
    people = len(columns.customers)
    print(f"{activities:,} activities, {people:,} customers, {len(STEPS)} steps in 90 days, s per call")
    print(text_table(("order", f"median of {RUNS}"), rows))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000)
