"""Funnels over columns agree with the scalar functions to the bit."""

import datetime as dt

import attrs
import numpy as np
from hypothesis import example, given

from crmkit import funnel
from crmkit.calendars import Months, days
from crmkit.funnel import FunnelSpec, bulk
from crmkit.model import Activity, columns_from, columns_of
from test_funnel_measure import SHOP, fact, in_every_order, specs, streams


@in_every_order
@given(streams(max_size=24), specs())
@example([fact("touch", days(0))], FunnelSpec(("touch", "signup"), dt.timedelta.max))
@example([], SHOP)
def test_bulk_levels_are_levels_customer_by_customer(
    order: str, stream: list[Activity], spec: FunnelSpec
) -> None:
    """The two interpreters never disagree, in any mode and by any calendar."""
    spec = attrs.evolve(spec, order=order)
    columns = columns_of(stream)
    found = bulk.levels(columns, spec)

    assert found.dtype == np.int64
    assert dict(zip(columns.customers, found.tolist(), strict=True)) == funnel.levels(stream, spec)


def test_a_calendar_may_close_a_later_entry_first() -> None:
    """From the end of January a month ends on 28 February; the earlier entry may last longer."""
    january = [dt.datetime(2025, 1, 30, 20, tzinfo=dt.UTC), dt.datetime(2025, 1, 31, 8, tzinfo=dt.UTC)]
    bought = dt.datetime(2025, 2, 28, 12, tzinfo=dt.UTC)
    stream = [Activity(f"t{place}", "a", "touch", at) for place, at in enumerate(january)]
    stream.append(Activity("p", "a", "purchase", bought))
    spec = FunnelSpec(("touch", "purchase"), Months(count=1))

    assert bulk.levels(columns_of(stream), spec).tolist() == [2]
    assert bulk.levels(columns_of(stream[1:]), spec).tolist() == [1]
    assert funnel.levels(stream, spec) == {"a": 2}


def test_columns_of_a_table_that_lacks_the_steps_give_zeros() -> None:
    """A kind that no row has is no error: nobody got there."""
    import polars as pl

    table = pl.DataFrame({"customer_id": ["a", "b"], "kind": ["use", "touch"], "at": [1, 2]})

    assert bulk.levels(columns_from(table), SHOP).tolist() == [0, 1]
    assert bulk.levels(columns_from(table[:1]), SHOP).tolist() == [0]
    assert bulk.levels(columns_from(table[:1]), FunnelSpec(("x",), days(1), order="any")).tolist() == [0]
