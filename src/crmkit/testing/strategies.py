"""Strategies: values of the model for Hypothesis, drawn from small pools so that ties happen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from hypothesis import strategies as st

from crmkit.model import Activity, ActivityId, CustomerId

START = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
KIND_POOL = ("touch", "signup", "purchase", "refund", "use", "contract_start", "renewal", "contract_end")


def instants(*, days: int = 400, per_day: int = 2) -> st.SearchStrategy[dt.datetime]:
    """Return instants on a coarse grid of *per_day* instants over *days* days, so that they collide."""
    step = dt.timedelta(days=1) / per_day
    return st.integers(0, days * per_day).map(lambda place: START + place * step)


@st.composite
def activities(
    draw: st.DrawFn,
    *,
    customers: Sequence[str] = ("c1", "c2"),
    kinds: Sequence[str] = KIND_POOL,
    days: int = 400,
) -> Activity:
    """Return one activity; ids are derived from its content, so equal ids mean equal facts."""
    customer = draw(st.sampled_from(customers))
    kind = draw(st.sampled_from(kinds))
    at = draw(instants(days=days))
    sequence = draw(st.integers(0, 1))
    channel = draw(st.sampled_from((None, "store", "email")))
    amount = draw(st.sampled_from((None, 0, 100, 100, 2_50, 999)))
    return Activity(
        ActivityId(f"{customer}/{kind}/{at:%Y%m%dT%H}/{sequence}/{channel}/{amount}"),
        CustomerId(customer),
        kind,
        at,
        amount_minor=amount,
        currency=None if amount is None else "CNY",
        channel=channel,
        sequence=sequence,
    )


def histories(
    *,
    customers: Sequence[str] = ("c1", "c2"),
    kinds: Sequence[str] = KIND_POOL,
    days: int = 400,
    max_size: int = 20,
) -> st.SearchStrategy[list[Activity]]:
    """Return activities of a few customers, in any order, repeats included."""
    return st.lists(activities(customers=customers, kinds=kinds, days=days), max_size=max_size)
