"""Small pools for the tests of segmentation: facts with orders, costs and refunds; measures that tie."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from hypothesis import strategies as st

from crmkit.calendars import days, months
from crmkit.model import Activity, ActivityId, CustomerId
from crmkit.segmentation import LRFM, RELATION, RFM, Preset, Rfm

START = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
AS_OF = START + dt.timedelta(days=6)
MICRO = dt.timedelta(microseconds=1)
INSTANTS = (
    dt.datetime(2023, 12, 7, tzinfo=dt.UTC),  # a month before as_of
    dt.datetime(2023, 12, 7, tzinfo=dt.UTC) + MICRO,
    START,
    AS_OF - dt.timedelta(days=3),
    AS_OF - dt.timedelta(days=3) + MICRO,
    AS_OF - dt.timedelta(hours=30),
    AS_OF,
    AS_OF + MICRO,
    AS_OF + dt.timedelta(days=2),
)
KINDS = ("touch", "purchase", "purchase", "refund", "renewal", "send", "visit of the host's")
PRESETS = tuple(
    Preset(
        name=f"{base.name} {monetary} {window}",
        visits=base.visits,
        length=base.length,
        monetary=monetary,
        window=window,
    )
    for base in (RFM, LRFM, RELATION)
    for monetary in ("total", "mean", "profit")
    for window in (None, days(3), months(1))
)


@st.composite
def facts(draw: st.DrawFn, *, kinds: Sequence[str] = KINDS) -> Activity:
    """Return a fact of one of three customers, often at the very end of a window; some are told twice."""
    amount = draw(st.sampled_from((None, 0, 1, 5, 5, 1_001)))
    props = {
        "order_id": draw(st.sampled_from((None, None, "o1", "o2", 1, "1"))),
        "cost_minor": draw(st.sampled_from((None, 0, 3, 2_000, "3", 1.5))),
    }
    return Activity(
        ActivityId(draw(st.sampled_from([f"a{place}" for place in range(30)]))),
        CustomerId(draw(st.sampled_from(("c1", "c2", "c3")))),
        draw(st.sampled_from(kinds)),
        draw(st.sampled_from(INSTANTS)),
        amount_minor=amount,
        currency=draw(st.sampled_from((None, "EUR"))) if amount is None else "CNY",
        sequence=draw(st.integers(0, 1)),
        props=props,
    )


def histories(*, kinds: Sequence[str] = KINDS) -> st.SearchStrategy[list[Activity]]:
    """Return facts in any order."""
    return st.integers(0, 12).flatmap(
        lambda least: st.lists(facts(kinds=kinds), min_size=least, max_size=least + 12)
    )


def measured(*, length: bool = True) -> st.SearchStrategy[list[Rfm]]:
    """Return one to twelve customers whose measures tie often."""
    one = st.tuples(
        st.integers(0, 5),
        st.integers(1, 4),
        st.integers(-2, 4).map(lambda money: money * 100),
        st.integers(0, 3) if length else st.none(),
    )
    return st.lists(one, min_size=1, max_size=12).map(
        lambda rows: [Rfm(CustomerId(f"c{place:02}"), *row) for place, row in enumerate(rows)]
    )
