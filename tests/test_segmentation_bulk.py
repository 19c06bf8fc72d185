"""Bulk is scalar, row by row, to the bit."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit import segmentation as seg
from crmkit.errors import InvalidValue
from crmkit.model import Activity, ActivityId, CustomerId, columns_from, columns_of
from crmkit.segmentation import RELATION_TIERS, TIERS, Preset, Rfm, TierTable, bulk
from segmentation_pools import AS_OF, PRESETS, histories, measured

UCI = Path(__file__).parents[1] / "../shared/data/seg/uci_online_retail_clean_397884.parquet"


def columns_with(rfm: list[Rfm]) -> bulk.RfmColumns:
    def column(name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
        return np.array([getattr(one, name) for one in rfm], np.int64)

    return bulk.RfmColumns(
        customers=tuple(one.customer_id for one in rfm),
        recency_days=column("recency_days"),
        frequency=column("frequency"),
        monetary_minor=column("monetary_minor"),
        length_days=None if rfm[0].length_days is None else column("length_days"),
        amounts_unknown=column("amounts_unknown"),
        costs_unknown=column("costs_unknown"),
        currency=rfm[0].currency,
    )


@given(histories(), st.sampled_from(PRESETS), st.sampled_from((None, True, False)))
def test_rfm_is_summarize_row_by_row(history: list[Activity], preset: Preset, length: bool | None) -> None:
    """Every history, every choice: the same customers in the same order with the same measures."""
    found = bulk.rfm(columns_of(history), as_of=AS_OF, preset=preset, length=length)

    assert found.rows() == seg.summarize(history, as_of=AS_OF, preset=preset, length=length)


@given(measured(), st.integers(2, 6))
def test_fit_scale_and_score_agree(rfm: list[Rfm], bins: int) -> None:
    """The two fit the same scale, hash included, and score the same."""
    scale = seg.fit_scale(rfm, bins=bins)

    assert bulk.fit_scale(columns_with(rfm), bins=bins) == scale
    assert bulk.fit_scale(columns_with(rfm), bins=bins).digest == scale.digest
    assert bulk.score(columns_with(rfm), scale).rows() == seg.score(rfm, scale)


@given(measured(length=False), measured(length=False))
def test_anyone_is_scored_alike_without_lengths(fitted: list[Rfm], others: list[Rfm]) -> None:
    """A scale is used on others than it was fitted on."""
    scale = bulk.fit_scale(columns_with(fitted))

    assert scale == seg.fit_scale(fitted)
    assert bulk.score(columns_with(others), scale).rows() == seg.score(others, scale)


@given(measured(), measured(), st.sampled_from((TIERS, RELATION_TIERS)))
def test_tiers_and_grids_agree(fitted: list[Rfm], others: list[Rfm], table: TierTable) -> None:
    """Tiers and their grid are those of the scalar functions."""
    scale = seg.fit_scale(fitted)

    assert bulk.tier_of(columns_with(others), scale, table=table).tolist() == seg.tier_of(
        others, scale, table=table
    )
    assert bulk.tier_grid(columns_with(others), scale, table=table) == seg.tier_grid(
        others, scale, table=table
    )


def test_bulk_refuses_what_scalar_refuses() -> None:
    """Several currencies, a naive as_of, no customers, no lengths, foreign money."""
    at = AS_OF - dt.timedelta(days=1)
    history = [
        Activity(ActivityId(who), CustomerId(who), "purchase", at, amount_minor=1, currency=currency)
        for who, currency in (("c1", "CNY"), ("c2", "EUR"))
    ]
    with pytest.raises(InvalidValue, match="CNY and EUR; convert it"):
        bulk.rfm(columns_of(history), as_of=AS_OF)
    with pytest.raises(InvalidValue, match="no time zone"):
        bulk.rfm(columns_of([]), as_of=dt.datetime(2024, 1, 1))
    nobody = bulk.rfm(columns_of([]), as_of=AS_OF)
    with pytest.raises(InvalidValue, match="at least one customer"):
        bulk.fit_scale(nobody)
    yuan = bulk.rfm(columns_of(history[:1]), as_of=AS_OF)
    euro = bulk.rfm(columns_of(history[1:]), as_of=AS_OF)
    with pytest.raises(InvalidValue, match="bins must be 2 or more"):
        bulk.fit_scale(yuan, bins=1)
    with pytest.raises(InvalidValue, match="fitted on CNY, the money is in EUR"):
        bulk.score(euro, bulk.fit_scale(yuan))
    with pytest.raises(InvalidValue, match="a length is needed"):
        bulk.tier_of(yuan, bulk.fit_scale(yuan), table=RELATION_TIERS)
    with_length = bulk.fit_scale(bulk.rfm(columns_of(history[:1]), as_of=AS_OF, length=True))
    with pytest.raises(InvalidValue, match="a length is needed"):
        bulk.tier_of(yuan, with_length)
    with pytest.raises(InvalidValue, match="the scale goes up to 3"):
        bulk.tier_grid(yuan, bulk.fit_scale(yuan, bins=3))


def test_an_unknown_amount_has_no_currency_that_counts() -> None:
    """Both say so: of money that is unknown, the currency does not matter."""
    history = [
        Activity(ActivityId("a"), CustomerId("c1"), "purchase", AS_OF, amount_minor=5, currency="CNY"),
        Activity(ActivityId("b"), CustomerId("c1"), "purchase", AS_OF, currency="EUR"),
    ]
    found = bulk.rfm(columns_of(history), as_of=AS_OF)

    assert found.currency == "CNY"
    assert found.rows() == seg.summarize(history, as_of=AS_OF)
    nothing_known = bulk.rfm(columns_of(history[1:]), as_of=AS_OF)
    assert nothing_known.currency is None
    assert nothing_known.rows() == seg.summarize(history[1:], as_of=AS_OF)


def test_profit_without_any_cost_is_the_money() -> None:
    """Where no fact tells a cost, each is said to be unknown."""
    history = [
        Activity(ActivityId(place), CustomerId("c1"), "purchase", AS_OF, amount_minor=5, currency="CNY")
        for place in "ab"
    ]
    profit = Preset(name="profit", monetary="profit")
    found = bulk.rfm(columns_of(history), as_of=AS_OF, preset=profit)

    assert found.rows() == seg.summarize(history, as_of=AS_OF, preset=profit)
    assert (found.monetary_minor.tolist(), found.costs_unknown.tolist()) == ([10], [2])


def test_columns_show_themselves_without_telling_who() -> None:
    """A repr says how many; a notebook shows the first ten."""
    rfm = [Rfm(CustomerId(f"c{place:02}"), place, 1, 1, 5) for place in range(12)]
    columns = columns_with(rfm)

    assert repr(columns) == "RfmColumns(12 customers)"
    assert repr(bulk.score(columns, seg.fit_scale(rfm))) == "ScoreColumns(12 customers)"
    html = columns._repr_html_()
    assert "c09" in html
    assert "c10" not in html
    assert "length_days" in html
    assert "length_days" not in attrs.evolve(columns, length_days=None)._repr_html_()


@pytest.mark.skipif(not UCI.exists(), reason="the UCI retail file is not at hand")
def test_a_year_of_a_real_shop() -> None:
    """UCI online retail: 4,338 customers, 18,532 orders, every penny, beside sums made by hand."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    lines = pq.read_table(UCI).to_pydict()
    pence = [round(100 * one) for one in lines["Revenue"]]
    at = [one.to_pydatetime().replace(tzinfo=dt.UTC) for one in lines["InvoiceDate"]]
    table = pa.table(
        {
            "customer_id": [str(one) for one in lines["CustomerID"]],
            "kind": ["purchase"] * len(at),
            "at": at,
            "amount_minor": pence,
            "currency": ["GBP"] * len(at),
            "order_id": lines["InvoiceNo"],
        }
    )
    as_of = max(at) + dt.timedelta(days=1)
    rfm = bulk.rfm(columns_from(table), as_of=as_of)
    money: dict[str, int] = {}
    orders: dict[str, set[str]] = {}
    last: dict[str, dt.datetime] = {}
    for who, amount, order, when in zip(lines["CustomerID"], pence, lines["InvoiceNo"], at, strict=True):
        money[str(who)] = money.get(str(who), 0) + amount
        orders.setdefault(str(who), set()).add(order)
        last[str(who)] = max(last.get(str(who), when), when)

    assert len(rfm) == 4_338
    assert rfm.customers == tuple(sorted(money))
    assert rfm.monetary_minor.tolist() == [money[who] for who in rfm.customers]
    assert rfm.frequency.tolist() == [len(orders[who]) for who in rfm.customers]
    assert rfm.recency_days.tolist() == [(as_of - last[who]).days for who in rfm.customers]
    assert int(rfm.frequency.sum()) == 18_532
    assert rfm.currency == "GBP"
    grid = bulk.tier_grid(rfm, bulk.fit_scale(rfm))
    assert grid.customers == 4_338
    assert all(count > 200 for _, count in grid.tiers)
