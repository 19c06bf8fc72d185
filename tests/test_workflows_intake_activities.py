"""Activities from rows: every row is a fact, a line of one, or a problem."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.errors import InvalidValue, Problem, UnknownName
from crmkit.model import Activity, format_minor
from crmkit.workflows.intake import Table, activities_of, map_activities, table_of

SECRET = "Zhang-13800138000"
ZONE = "Asia/Shanghai"
GOOD = st.fixed_dictionaries(
    {
        "customer_id": st.sampled_from(("1", "2", 1)),
        "at": st.sampled_from(("2024-01-05 10:00", "2024-01-05 09:00", "2024-01-05T10:00Z")),
        "amount": st.sampled_from(("10.00", "0.05", "7", 2.5, Decimal("1.10"))),
    },
    optional={
        "order_id": st.sampled_from(("o1", "o2", "")),
        "sku": st.sampled_from(("p", "q", "")),
        "note": st.sampled_from(("x", "y", "", SECRET)),
        "channel": st.sampled_from(("store", "web", "")),
        "quantity": st.sampled_from(("1", "2", "")),
    },
)
ANY = st.fixed_dictionaries(
    {},
    optional={
        "id": st.sampled_from(("a", "b", "")),
        "customer_id": st.sampled_from(("1", "2", "", None)),
        "kind": st.sampled_from(("purchase", "refund", "Order", "", SECRET, "use")),
        "at": st.sampled_from(("2024-01-05 10:00", "2024-01-05T10:00Z", SECRET, "", dt.date(2024, 1, 5))),
        "amount": st.sampled_from(("10.00", "-3", "0.001", SECRET, "", 2.5, float("nan"))),
        "order_total": st.sampled_from(("", "5", "6")),
        "quantity": st.sampled_from(("2", "-1", SECRET, "")),
        "price": st.sampled_from(("0.005", "3", "")),
        "currency": st.sampled_from(("CNY", "EUR", SECRET, "")),
        "order_id": st.sampled_from(("o1", "o2", "")),
        "sequence": st.sampled_from(("1", "-1", SECRET, "")),
        "cost": st.sampled_from(("1", "-1", SECRET, "")),
        "note": st.sampled_from(("x", "", "\ud800", SECRET)),
    },
)


def _table(*rows: dict[str, object], source: str = "s.csv") -> Table:
    return table_of(enumerate(rows, start=1), source=source)


def _read(*rows: dict[str, object], **options: str | None) -> tuple[list[Activity], list[Problem]]:
    return activities_of(_table(*rows), **{"zone": ZONE, "currency": "CNY", **options})  # type: ignore[arg-type]


def _row(**cells: object) -> dict[str, object]:
    return {"customer_id": "1", "at": "2024-01-05 10:00", "amount": "10.00", **cells}


def _reasons(problems: list[Problem]) -> list[tuple[int, str, bool]]:
    return [(one.row, one.field, one.kept) for one in problems]


@given(st.lists(ANY, max_size=6), st.sampled_from((None, ZONE)), st.sampled_from((None, "CNY")))
def test_every_row_is_in_a_fact_or_a_problem(
    rows: list[dict[str, object]], zone: str | None, currency: str | None
) -> None:
    """Nothing is lost: the lines of the facts and the rows left out add up to the rows."""
    columns = {"customer_id": "", "at": ""}
    table = _table(*({**columns, **row} for row in rows))
    facts, problems = activities_of(table, zone=zone, currency=currency)
    lines = sum(int(str(fact["lines"] or 1)) for fact in facts)
    left_out = {problem.row for problem in problems if not problem.kept}

    assert lines + len(left_out) == len(rows)
    assert len({fact.id for fact in facts}) == len(facts)


@given(st.lists(ANY, max_size=6))
def test_problems_repeat_no_value(rows: list[dict[str, object]]) -> None:
    """A problem, and the repr of a fact, can be logged."""
    facts, problems = _read(*({"customer_id": "", "at": "", **row} for row in rows))

    assert not any(SECRET in str(problem) for problem in problems)
    assert not any(SECRET in repr(fact) for fact in facts if fact.id != SECRET)


@given(st.lists(GOOD, max_size=8))
def test_the_sum_of_the_facts_is_the_sum_of_the_rows(rows: list[dict[str, object]]) -> None:
    """Not a cent is lost or made by putting lines together."""
    facts, problems = _read(*rows)

    assert [problem for problem in problems if not problem.kept] == []
    assert sum(fact.amount_minor or 0 for fact in facts) == 100 * sum(
        Decimal(str(row["amount"])) for row in rows
    )


@given(st.lists(GOOD, max_size=8))
def test_rows_of_one_order_are_one_purchase(rows: list[dict[str, object]]) -> None:
    """One fact for each customer and order number, with its lines summed, at its earliest time."""
    facts, _ = _read(*rows)
    lines = Counter((str(row["customer_id"]), row.get("order_id")) for row in rows if row.get("order_id"))
    orders = {(fact.customer_id, fact["order_id"]): fact for fact in facts if fact["order_id"]}
    alone = sum(not row.get("order_id") for row in rows)

    assert {key: fact["lines"] for key, fact in orders.items()} == lines
    assert len(facts) == len(lines) + alone
    for (customer, number), fact in orders.items():
        own = [row for row in rows if (str(row["customer_id"]), row.get("order_id")) == (customer, number)]
        assert fact.amount_minor == 100 * sum(Decimal(str(row["amount"])) for row in own)
        assert fact.at == min(one.at for row in own for one in _read(row)[0])


@given(st.lists(GOOD, max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter_to_orders(
    rows: list[dict[str, object]], random: object
) -> None:
    """Shuffled, with their numbers, rows give the same facts, each with the same id, time and amount."""
    numbered = list(enumerate(rows, start=1))
    random.shuffle(numbered)  # type: ignore[attr-defined]
    names = dict.fromkeys(name for row in rows for name in row)
    shuffled = table_of(
        [(number, {name: row.get(name) for name in names}) for number, row in numbered], source="s.csv"
    )
    straight = table_of(
        [(number, {name: row.get(name) for name in names}) for number, row in enumerate(rows, start=1)],
        source="s.csv",
    )

    def told(table: Table) -> set[tuple[object, ...]]:
        facts, _ = activities_of(table, zone=ZONE, currency="CNY")
        return {
            (one.id, one.customer_id, one.at, one.amount_minor, one["lines"], one["quantity"])
            for one in facts
        }

    assert told(shuffled) == told(straight)


@given(st.lists(GOOD, max_size=6), st.lists(GOOD, max_size=6))
def test_customers_do_not_touch_each_other(
    ours: list[dict[str, object]], theirs: list[dict[str, object]]
) -> None:
    """The facts of one customer are the same whoever else is in the file."""
    own = [{**row, "customer_id": "A"} for row in ours]
    others = [{**row, "customer_id": "B"} for row in theirs]

    assert [fact for fact in _read(*own, *others)[0] if fact.customer_id == "A"] == _read(*own)[0]


@given(st.lists(GOOD, max_size=6))
def test_reading_again_gives_the_same_ids(rows: list[dict[str, object]]) -> None:
    """Derived ids hang on content and place only, not on options."""
    once, _ = _read(*rows)
    again, _ = _read(*rows, zone="Europe/Berlin", currency="EUR")

    assert [fact.id for fact in once] == [fact.id for fact in again]


def test_a_row_becomes_a_fact() -> None:
    """Each field has its type, and what is not recognised is a prop."""
    [fact], problems = _read(
        {
            "流水号": "t1",
            "会员号": 7.0,
            "事件": "购买",
            "下单时间": "2024年1月5日 08:00",
            "金额": "¥1,234.50",
            "渠道": "门店",
            "company_id": "firm",
            "来源系统": "till",
            "sequence": "2",
            "入库时间": "2024-01-06 08:00",
            "成本": "1000",
            "人数": 4,
            "sku": "A1",
            "数量": "3",
            "店员": "Wu",
        }
    )

    assert problems == []
    assert (fact.id, fact.customer_id, fact.kind, fact.channel) == ("t1", "7", "purchase", "门店")
    assert fact.at == dt.datetime(2024, 1, 5, tzinfo=dt.UTC)
    assert fact.recorded_at == dt.datetime(2024, 1, 6, tzinfo=dt.UTC)
    assert (fact.amount_minor, fact.currency) == (123450, "CNY")
    assert (fact.account_id, fact.source, fact.sequence) == ("firm", "till", 2)
    assert dict(fact.props) == {
        "cost_minor": 100000,
        "guests": 4,
        "product_id": "A1",
        "quantity": 3,
        "店员": "Wu",
    }


def test_lines_of_one_order_are_put_together() -> None:
    """Amounts and quantities are summed, what differs is told once each, the rest is the order's."""
    rows = [
        _row(
            order_id="o1",
            amount="10.00",
            sku="p",
            quantity="2",
            at="2024-01-05 11:00",
            shop="north",
            cost="1.5",
        ),
        _row(
            order_id="o1",
            amount="0.05",
            sku="q",
            quantity="0.5",
            at="2024-01-05 10:00",
            shop="north",
            cost="2.5",
        ),
        _row(order_id="o1", amount="", sku="p", quantity="", at="2024-01-05 12:00", shop="north"),
    ]
    [order], problems = _read(*rows)

    assert problems == []
    assert (order.amount_minor, order.at) == (1005, dt.datetime(2024, 1, 5, 2, tzinfo=dt.UTC))
    assert dict(order.props) == {
        "order_id": "o1",
        "lines": 3,
        "product_id": ("p", "q"),
        "quantity": 2.5,
        "shop": "north",
        "cost_minor": 400,
    }


def test_an_order_number_at_two_customers_is_told_once() -> None:
    """Each customer keeps a purchase of their own; the number is named where it first disagrees."""
    facts, problems = _read(
        _row(order_id="o1"), _row(order_id="o1", customer_id="2"), _row(order_id="o1", customer_id="3")
    )

    assert [(fact.customer_id, fact["lines"]) for fact in facts] == [("1", 1), ("2", 1), ("3", 1)]
    assert len({fact.id for fact in facts}) == 3
    assert _reasons(problems) == [(2, "order_id", True)]
    assert "row 1 has the same order number at another customer" in problems[0].reason


def test_refunds_of_an_order_stay_apart() -> None:
    """Money that goes back is a fact of its own, with or without a sign."""
    facts, problems = _read(
        _row(order_id="o1", kind="purchase"),
        _row(order_id="o1", kind="refund", amount="-4.00"),
        _row(order_id="o1", kind="退款", amount="1.00"),
    )

    assert [(fact.kind, fact.amount_minor, fact["order_id"], fact["lines"]) for fact in facts] == [
        ("purchase", 1000, "o1", 1),
        ("refund", 400, "o1", None),
        ("refund", 100, "o1", None),
    ]
    assert problems == []


def test_a_negative_amount_is_a_problem() -> None:
    """The way out, kind refund, is in the message; the other rows come in."""
    facts, problems = _read(_row(), _row(amount="-10.00"), _row(kind="use", amount="-1"))

    assert len(facts) == 1
    assert _reasons(problems) == [(2, "amount", False), (3, "amount", False)]
    assert "give the kind 'refund'" in problems[0].reason


def test_a_discount_line_lowers_its_order() -> None:
    """A negative line is summed; only an order that is negative as a whole is a problem, line by line."""
    facts, problems = _read(
        _row(order_id="o1"),
        _row(order_id="o1", amount="-2.50"),
        _row(order_id="o2", amount="1"),
        _row(order_id="o2", amount="-2"),
    )

    assert [fact.amount_minor for fact in facts] == [750]
    assert _reasons(problems) == [(3, "amount", False), (4, "amount", False)]


def test_without_a_kind_money_or_an_order_is_a_purchase() -> None:
    """Else nothing says what happened, and the row is a problem."""
    facts, problems = _read(
        _row(kind=""), _row(amount="", order_id="o1"), _row(amount=""), _row(amount="", kind="visit")
    )

    assert [fact.kind for fact in facts] == ["purchase", "purchase", "page_view"]
    assert facts[1].amount_minor is None
    assert facts[1].currency is None
    assert _reasons(problems) == [(3, "kind", False)]
    assert "--map kind=COLUMN" in problems[0].reason


def test_an_unknown_kind_offers_the_closest() -> None:
    """The row is left out, its neighbours are not; a host's kinds are taken when told."""
    rows = [_row(kind="purchse"), _row(kind="purchase"), _row(kind="Tasting")]
    facts, problems = _read(*rows)
    own, _ = activities_of(_table(*rows), zone=ZONE, currency="CNY", kinds=("purchase", "Tasting"))

    assert len(facts) == 1
    assert _reasons(problems) == [(1, "kind", False), (3, "kind", False)]
    assert "Did you mean 'purchase'?" in problems[0].reason
    assert [fact.kind for fact in own] == ["purchase", "Tasting"]


def test_a_naive_time_needs_a_zone() -> None:
    """Without --zone its row is a problem that names the option; a time with a zone comes in."""
    facts, problems = _read(
        _row(), _row(at="2024-01-05T10:00+08:00"), _row(at=dt.datetime(2024, 1, 5)), zone=None
    )

    assert [fact.at for fact in facts] == [dt.datetime(2024, 1, 5, 2, tzinfo=dt.UTC)]
    assert _reasons(problems) == [(1, "at", False), (3, "at", False)]
    assert all("--zone Asia/Shanghai" in problem.reason for problem in problems)


def test_an_amount_needs_a_currency() -> None:
    """Without --currency its row is a problem; the column's own currency comes first."""
    rows = [_row(), _row(currency="jpy", amount="10"), _row(amount="", kind="use")]
    facts, problems = _read(*rows, currency=None)

    assert [(fact.amount_minor, fact.currency) for fact in facts] == [(10, "JPY"), (None, None)]
    assert _reasons(problems) == [(1, "currency", False)]
    assert "--currency CNY" in problems[0].reason
    assert [fact.currency for fact in _read(*rows)[0]] == ["CNY", "JPY", None]
    assert _reasons(_read(_row(currency="RMB元"))[1]) == [(1, "currency", False)]


def test_who_and_when_are_needed() -> None:
    """A row without them is a problem that says which is missing."""
    facts, problems = _read(_row(customer_id=""), _row(at=None), _row(at="soon"), _row())

    assert len(facts) == 1
    assert _reasons(problems) == [(1, "customer_id", False), (2, "at", False), (3, "at", False)]


def test_a_file_without_customers_or_times_is_refused() -> None:
    """The option that names the column, and the columns there are, stand in the message."""
    with pytest.raises(
        InvalidValue, match=r"s\.csv: no column says whose .*--map customer_id=COLUMN.*Columns: at, x"
    ):
        _read({"at": "2024-01-05", "x": "1"})
    with pytest.raises(InvalidValue, match=r"when it happened.*--map at=COLUMN"):
        _read({"customer_id": "1", "x": "1"})


def test_options_are_checked_at_once() -> None:
    """Not row by row."""
    with pytest.raises(UnknownName, match="Asia/Shanghai"):
        _read(_row(), zone="Asia/Shangai")
    with pytest.raises(InvalidValue, match="three letters"):
        _read(_row(), currency="yuan")


@pytest.mark.parametrize(
    ("cells", "amount_minor"),
    [
        ({"amount": "19.99"}, 1999),
        ({"amount": 19.99}, 1999),
        ({"amount": "", "amount_minor": "1999"}, 1999),
        ({"amount": "5", "amount_minor": 1999}, 1999),
        ({"amount": "", "quantity": "3", "price": "6.55"}, 1965),
        ({"amount": "", "quantity": "3", "price": "0.005"}, 2),
        ({"amount": "", "quantity": "1", "price": "0.005"}, 1),
        ({"amount": "", "quantity": "1", "price": "0.004"}, 0),
        ({"amount": "5", "quantity": "3", "price": "6.55"}, 500),
        ({"amount": "0.015", "quantity": "3", "price": "0.005"}, 2),
        ({"amount": "", "order_total": "7"}, 700),
        ({"amount": "", "quantity": "3"}, None),
        ({"amount": "92233720368547758.07"}, 2**63 - 1),
    ],
)
def test_what_a_row_was_worth(cells: dict[str, object], amount_minor: int | None) -> None:
    """Its own amount, its order's, or quantity times unit price, in this order; only products are rounded."""
    [fact], problems = _read(_row(kind="purchase", **cells))

    assert fact.amount_minor == amount_minor
    assert problems == []


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        ({"amount": "0.001"}, "amount"),
        ({"amount": "10.5", "currency": "JPY"}, "amount"),
        ({"amount": "ten"}, "amount"),
        ({"amount": "92233720368547758.08"}, "amount"),
        ({"amount": "", "quantity": "two", "price": "1"}, "quantity"),
        ({"amount": "", "quantity": "2", "price": "one"}, "unit_price"),
        ({"amount": "", "amount_minor": "1.5"}, "amount_minor"),
        ({"amount": "", "order_total": "x"}, "order_amount"),
    ],
)
def test_what_cannot_be_an_amount_is_a_problem(cells: dict[str, object], field: str) -> None:
    """Nothing is rounded or guessed, and the row is named with its field."""
    facts, problems = _read(_row(**cells))

    assert facts == []
    assert _reasons(problems) == [(1, field, False)]


def test_a_cell_beside_the_point_costs_itself_only() -> None:
    """The fact stands without it, and the field is named."""
    [fact], problems = _read(
        _row(quantity="two", sequence="-1", cost="-5", guests="many", recorded_at="soon", order_id="o1")
    )

    assert (fact.amount_minor, fact.sequence, fact["quantity"], fact["cost_minor"]) == (1000, 0, None, None)
    assert sorted(_reasons(problems)) == [
        (1, field, True) for field in ("cost", "guests", "quantity", "recorded_at", "sequence")
    ]


def test_a_bad_cell_that_nothing_needs_costs_itself_only() -> None:
    """A complaint needs no quantity, a visit no currency, and no row an id of its own."""
    complaint = {"customer_id": "1", "at": "2024-01-05 10:00", "kind": "complaint"}
    for field, cell in (
        ("quantity", "many"),
        ("currency", "nonsense"),
        ("id", "1.38E+10"),
        ("sku", "1.38E+10"),
    ):
        [fact], problems = _read({**complaint, field: cell})
        assert fact.kind == "complaint"
        assert _reasons(problems) == [(1, {"sku": "product_id"}.get(field, field), True)]


def test_decimal_commas_are_read_where_the_column_proves_them() -> None:
    """1.234,50 in one row tells what 12,5 is in the next."""
    facts, problems = _read(_row(amount="1.234,50"), _row(amount="12,5"), _row(amount="1.000"))

    assert [fact.amount_minor for fact in facts] == [123450, 1250, 100000]
    assert problems == []


def test_the_sum_of_an_order_is_rounded_once() -> None:
    """Three thirds of a cent are a cent."""
    rows = [_row(order_id="o1", amount="", quantity="1", price="0.0034") for _ in range(3)]
    [order], _ = _read(*rows)

    assert order.amount_minor == 1
    assert format_minor(order.amount_minor, "CNY") == "0.01"


def test_an_order_total_counts_once() -> None:
    """Said again on every line it is still one total; a line that says another is a problem."""
    rows = [_row(amount="", order_total=total, order_id="o1") for total in ("30", "30", "", "31")]
    [order], problems = _read(*rows)

    assert (order.amount_minor, order["lines"]) == (3000, 3)
    assert _reasons(problems) == [(4, "order_amount", False)]
    assert "--map amount=COLUMN" in problems[0].reason


def test_an_order_has_one_currency() -> None:
    """A line in another one is a problem, and its total is not the order's."""
    rows = [
        _row(order_id="o1", currency="CNY", amount="1"),
        _row(order_id="o1", currency="EUR", amount="", order_total="5"),
        _row(order_id="o1", currency="CNY", amount="", order_total="7"),
    ]
    [order], problems = _read(*rows)

    assert (order.amount_minor, order.currency, order["lines"]) == (100, "CNY", 2)
    assert _reasons(problems) == [(2, "currency", False)]


def test_given_ids_are_kept_and_repeats_are_told() -> None:
    """The same fact twice counts once; two facts with one id are named, with what may be meant."""
    facts, problems = _read(
        _row(id="a"),
        _row(id="a"),
        _row(id="a", amount="5"),
        _row(id="b", order_id="o1"),
        _row(id="b", order_id="o1"),
    )

    assert [(fact.id, fact["lines"]) for fact in facts] == [("a", None), ("b", 2)]
    assert _reasons(problems) == [(2, "id", False), (3, "id", False)]
    assert problems[0].reason == "the row repeats row 1"
    assert "--map order_id=COLUMN" in problems[1].reason


def test_lines_with_ids_of_their_own_get_the_id_of_their_order() -> None:
    """It is derived from the number of the order, so one more line does not change it."""
    two, _ = _read(_row(id="a", order_id="o1"), _row(id="b", order_id="o1"))
    three, _ = _read(_row(id="a", order_id="o1"), _row(id="b", order_id="o1"), _row(id="c", order_id="o1"))

    assert two[0].id == three[0].id
    assert two[0].id.startswith("act-")


def test_a_prop_that_intake_writes_is_not_overwritten() -> None:
    """A column called "lines" is kept beside the count of lines."""
    [order], _ = _read(_row(order_id="o1", lines="9"))

    assert (order["lines"], order["lines (as given)"]) == (1, "9")


def test_costs_in_minor_units_come_before_costs_in_major_ones() -> None:
    """They are summed as they are."""
    [order], _ = _read(
        _row(order_id="o1", cost_minor="7", cost="1"), _row(order_id="o1", cost_minor="5", cost="1")
    )

    assert order["cost_minor"] == 12


def test_lists_of_several_lines_are_told_flat() -> None:
    """Several values of several rows are one list, each value once."""
    [order], _ = _read(_row(order_id="o1", tags=["a", "b"]), _row(order_id="o1", tags=["b", "c"]))

    assert order["tags"] == ("a", "b", "c")


def test_text_that_is_no_unicode_costs_its_row_only() -> None:
    """What the model refuses becomes a problem."""
    facts, problems = _read(_row(note="\ud800"), _row())

    assert len(facts) == 1
    assert _reasons(problems) == [(1, "", False)]


def test_an_uncertain_order_of_day_and_month_is_said() -> None:
    """Once for the column."""
    facts, problems = _read(_row(at="5/3/2024 10:00"))

    assert facts[0].at == dt.datetime(2024, 5, 3, 2, tzinfo=dt.UTC)
    assert _reasons(problems) == [(0, "at", True)]


def test_no_rows_are_no_facts() -> None:
    """An empty file has its own problem and no other."""
    empty = Problem(source="s.csv", reason="the file is empty")
    table = table_of([], source="s.csv", problems=[empty])

    assert activities_of(table) == ([], [empty])


def test_columns_may_be_given() -> None:
    """What was mapped, and perhaps shown to the user first, is what is read."""
    table = _table({"who": "1", "when": "2024-01-05T10:00Z", "amount": "1"})
    columns = map_activities(table, overrule={"customer_id": "who", "at": "when"})
    [fact], _ = activities_of(table, columns, currency="CNY")

    assert fact.customer_id == "1"
