"""Activity columns: the same facts as arrays, whatever they were made from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit import model
from crmkit.errors import InvalidValue, MissingExtra, UnknownName
from crmkit.model import Activity, ActivityColumns, columns_from, columns_of, in_fact_order, to_micros
from crmkit.model.columns import UNKNOWN_AMOUNT
from model_values import ACTIVITIES, AT

HISTORIES = st.lists(ACTIVITIES, max_size=8)
ARRAYS = ("customer", "kind", "at", "amount_minor", "currency", "channel", "account", "id")
CODES = (("customer", "customers"), ("kind", "kinds"), ("currency", "currencies"), ("channel", "channels"))
SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("customer_id", pa.string()),
        ("kind", pa.string()),
        ("at", pa.timestamp("us", "UTC")),
        ("amount_minor", pa.int64()),
        ("currency", pa.string()),
        ("channel", pa.string()),
        ("account_id", pa.string()),
        ("sequence", pa.int64()),
    ]
)


class Stream:
    """An object that offers an Arrow stream and nothing else."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._table.__arrow_c_stream__(requested_schema)


def table_of(history: list[Activity]) -> Any:
    """Return activities as an Arrow table, one row each, repeats included."""
    rows = [{name: getattr(fact, name) for name in SCHEMA.names} for fact in history]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def same(left: ActivityColumns, right: ActivityColumns) -> bool:
    """Return whether two columns are equal to the bit."""
    return all(np.array_equal(getattr(left, name), getattr(right, name)) for name in ARRAYS) and all(
        getattr(left, name) == getattr(right, name)
        for name in ("customers", "kinds", "currencies", "channels", "accounts")
    )


@given(HISTORIES)
def test_columns_are_the_facts_in_fact_order(history: list[Activity]) -> None:
    """Sorted by customer and within one in fact order, each column says what the fact says."""
    columns = columns_of(history)
    facts = sorted(in_fact_order(history), key=lambda fact: fact.customer_id)

    assert columns.id.tolist() == [fact.id for fact in facts]
    assert columns.at.tolist() == [to_micros(fact.at) for fact in facts]
    assert columns.amount_minor.tolist() == [
        UNKNOWN_AMOUNT if fact.amount_minor is None else fact.amount_minor for fact in facts
    ]
    for name, expected in (
        ("customer", [fact.customer_id for fact in facts]),
        ("kind", [fact.kind for fact in facts]),
        ("currency", [fact.currency for fact in facts]),
        ("channel", [fact.channel for fact in facts]),
        ("account", [fact.account_id for fact in facts]),
    ):
        words = {**dict(CODES), "account": "accounts"}[name]
        dictionary = (*getattr(columns, words), None)
        assert [dictionary[code] for code in getattr(columns, name)] == expected
        assert list(dictionary[:-1]) == sorted(set(dictionary[:-1]))


@given(HISTORIES)
def test_a_table_gives_the_columns_of_its_activities(history: list[Activity]) -> None:
    """columns_from(table of activities) is columns_of(activities), contradicting repeats included."""
    plain = [
        Activity(
            fact.id,
            fact.customer_id,
            fact.kind,
            fact.at,
            amount_minor=fact.amount_minor,
            currency=fact.currency,
            channel=fact.channel,
            account_id=fact.account_id,
            sequence=fact.sequence,
        )
        for fact in history
    ]

    assert same(columns_from(table_of(plain)), columns_of(plain))
    assert same(columns_from(table_of(plain[::-1])), columns_of(plain))


@pytest.mark.parametrize(
    "other",
    [
        {"customer_id": "b"},
        {"kind": "renewal"},
        {"amount_minor": 2},
        {"currency": "EUR"},
        {"channel": "store"},
        {"account_id": "x"},
    ],
)
def test_one_column_is_enough_to_choose_between_repeats(other: dict[str, Any]) -> None:
    """Two rows that share an id and differ in one column: whatever their order, the same one stays."""
    parts: dict[str, Any] = {"customer_id": "a", "kind": "purchase", "amount_minor": 1, "currency": "CNY"}
    rest = ("amount_minor", "currency", "channel", "account_id")
    history = [
        Activity(
            model.ActivityId("f"),
            given["customer_id"],
            given["kind"],
            AT,
            **{name: given[name] for name in rest if name in given},
        )
        for given in (parts, {**parts, **other})
    ]

    for told in (history, history[::-1]):
        assert in_fact_order(told) == [history[0]] or in_fact_order(told) == [history[1]]
        assert in_fact_order(told) == in_fact_order(history)
        assert same(columns_from(table_of(told)), columns_of(history))


@pytest.mark.parametrize(
    "made",
    [
        lambda table: pd.DataFrame(table.to_pylist()),
        lambda table: pd.DataFrame(table.to_pylist()).convert_dtypes(),
        lambda table: pd.DataFrame(table.to_pylist()).convert_dtypes(dtype_backend="pyarrow"),
        pl.from_arrow,
        lambda table: pl.DataFrame(table).lazy(),
        lambda table: table.to_reader(),
        Stream,
    ],
    ids=[
        "pandas",
        "pandas-nullable",
        "pandas-arrow",
        "polars",
        "polars-lazy",
        "arrow-reader",
        "arrow-stream",
    ],
)
def test_every_frame_gives_the_same_columns(made: Callable[[Any], Any]) -> None:
    """Whichever library holds the table, and however it writes unknown, the columns are the same."""
    history = [
        Activity(f"f{place}", customer, kind, AT + dt.timedelta(hours=place % 2), **rest)  # type: ignore[arg-type]
        for place, (customer, kind, rest) in enumerate(
            (
                ("b", "purchase", {"amount_minor": 5, "currency": "CNY"}),
                ("a", "touch", {"channel": "store"}),
                ("a", "purchase", {"amount_minor": 0, "currency": "EUR", "account_id": "x", "sequence": 1}),
            )
        )
    ]

    assert same(columns_from(made(table_of(history))), columns_of(history))


def test_only_three_columns_are_needed() -> None:
    """Without ids rows are numbered, and every row is a fact of its own."""
    table = pl.DataFrame({"customer_id": ["a", "a"], "kind": ["use", "use"], "at": [5, 5], "other": [1, 2]})
    columns = columns_from(table)

    assert columns.id.tolist() == ["000000000000", "000000000001"]
    assert columns.at.tolist() == [5, 5]
    assert columns.amount_minor.tolist() == [UNKNOWN_AMOUNT] * 2
    assert columns.currency.tolist() == columns.channel.tolist() == columns.account.tolist() == [-1, -1]


@given(HISTORIES)
def test_offsets_cut_the_columns_into_customers(history: list[Activity]) -> None:
    """Between two offsets lie the facts of one customer and no others."""
    columns = columns_of(history)
    offsets = columns.offsets().tolist()

    assert (offsets[0], offsets[-1]) == (0, len(columns))
    for code, (start, end) in enumerate(pairwise(offsets)):
        assert set(columns.customer[start:end].tolist()) == {code}


@given(HISTORIES)
def test_a_history_is_the_facts_again(history: list[Activity]) -> None:
    """Customer by customer in fact order, whole where the columns hold every prop that there is."""
    names = {name for fact in history for name, _ in fact.props}
    columns = columns_of(history, props=(*names, "source", "sequence", "recorded_at"))
    facts = in_fact_order(history)

    for customer, (start, stop) in zip(columns.customers, pairwise(columns.offsets()), strict=True):
        assert columns.history(start, stop) == [one for one in facts if one.customer_id == customer]


def test_a_kind_has_a_code_that_no_other_has() -> None:
    """A kind that no fact is of matches no row, unknown ones neither."""
    columns = columns_of([Activity("f", "c", "use", AT)])

    assert columns.kind_code("use") == 0
    assert columns.kind_code("purchase") not in (0, -1)


def test_orders_and_costs_are_columns_where_there_are_any() -> None:
    """The props that bulk functions read; None where no fact tells them."""
    told = Activity("f", "c", "purchase", AT, props={"order_id": 7, "cost_minor": 12})
    silent = Activity("g", "c", "use", AT)
    columns = columns_of([silent, told])

    assert columns.orders == ("7",)
    assert columns.order is not None
    assert columns.order.tolist() == [0, -1]
    assert columns.cost_minor is not None
    assert columns.cost_minor.tolist() == [12, UNKNOWN_AMOUNT]
    assert (columns_of([silent]).order, columns_of([silent]).cost_minor) == (None, None)
    table = pl.DataFrame(
        {"customer_id": ["c"], "kind": ["purchase"], "at": [1], "order_id": [7], "cost_minor": [12]}
    )
    assert columns_from(table).orders == ("7",)


def test_no_facts_are_columns_too() -> None:
    """Nothing in, nothing out."""
    columns = columns_of([])

    assert len(columns) == 0
    assert columns.offsets().tolist() == [0]
    assert repr(columns) == "ActivityColumns(0 activities of 0 customers)"
    assert same(columns_from(table_of([])), columns)


@pytest.mark.parametrize(
    ("change", "error", "reason"),
    [
        ({"at": [dt.datetime(2024, 1, 1)]}, InvalidValue, "'at' carries no time zone"),
        ({"at": [dt.date(2024, 1, 1)]}, InvalidValue, "time zone"),
        ({"kind": [None]}, InvalidValue, "'kind' has unknown values"),
        ({"amount_minor": [-1]}, InvalidValue, "whole minor units, 0 or more"),
        ({"amount_minor": [1.5]}, InvalidValue, "whole minor units, 0 or more"),
        ({"amount_minor": ["1"]}, InvalidValue, "whole minor units, 0 or more"),
    ],
)
def test_a_table_that_says_no_facts_is_refused(
    change: dict[str, list[object]], error: type[Exception], reason: str
) -> None:
    """The columns' promises are checked at the door."""
    parts: dict[str, list[object]] = {"customer_id": ["a"], "kind": ["use"], "at": [AT], "amount_minor": [1]}
    with pytest.raises(error, match=reason):
        columns_from(pl.DataFrame({**parts, **change}))


def test_a_missing_column_is_named_with_the_closest() -> None:
    """What is needed and what is there stand in one sentence."""
    with pytest.raises(UnknownName, match=r"'customer_id'\. Did you mean 'customerid'"):
        columns_from(pl.DataFrame({"customerid": ["a"], "kind": ["use"], "at": [AT]}))


def test_what_is_no_table_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """An Arrow stream is needed, and for a bare one the extra that reads it."""
    with pytest.raises(InvalidValue, match="which int lacks"):
        columns_from(5)  # type: ignore[arg-type]
    stream = Stream(table_of([]))

    def absent(*_: object, **__: object) -> None:
        raise ModuleNotFoundError("No module named 'pyarrow'")

    monkeypatch.setattr(nw.DataFrame, "from_arrow", absent)
    with pytest.raises(MissingExtra, match=r"crmkit\[frames\]"):
        columns_from(stream)


def test_columns_are_loaded_on_first_use() -> None:
    """The model offers them by name; a name it lacks is an ordinary error."""
    assert model.ActivityColumns is ActivityColumns
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = model.nothing
