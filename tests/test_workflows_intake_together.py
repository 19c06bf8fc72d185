"""Several sources together: nothing is lost, nothing counts twice, and an id is that of one record."""

from __future__ import annotations

from collections import Counter
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.errors import Problem
from crmkit.model import Activity, Record, RecordId
from crmkit.workflows.intake import Line, all_activities, all_records, at_home, lines_of, table_of

IDS = st.sampled_from(("1", "2", "s:1", "s:1#2", "t:1", "1#2"))
SOURCES = st.sampled_from(("s", "t"))
RECORD_BATCHES = st.lists(
    st.lists(
        st.builds(
            lambda one, source, name, aliases: Record(
                RecordId(one), source, {"name": name}, aliases=[alias for alias in aliases if alias != one]
            ),
            IDS,
            SOURCES,
            st.sampled_from(("Li", "Lu")),
            st.lists(IDS.map(RecordId), max_size=1),
        ),
        max_size=4,
        unique_by=lambda record: record.id,
    ),
    max_size=3,
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "customer_id": st.sampled_from(("c", "d")),
            "at": st.sampled_from(("2024-05-01T12:00Z", "2024-05-01T13:00Z", "2024-05-03T12:00Z")),
            "amount": st.sampled_from(("5", "7", "12")),
        },
        optional={
            "id": st.sampled_from(("1", "2", "f0:1", "f1:1")),
            "kind": st.sampled_from(("purchase", "refund", "use")),
            "order_id": st.sampled_from(("o1", "o2")),
            "product_id": st.sampled_from(("p", "q")),
        },
    ),
    max_size=4,
)
FILES = st.lists(ROWS, max_size=3)


def _lines(rows: list[dict[str, object]], file: str, source: str | None = None) -> list[Line]:
    lines, problems = lines_of(table_of(enumerate(rows, start=1), source=file), currency="CNY", source=source)
    assert problems == []
    return lines


def _together(*files: list[dict[str, object]]) -> tuple[list[Activity], list[Problem]]:
    return all_activities([_lines(rows, f"f{n}") for n, rows in enumerate(files)])


def _bought(amount: object, order: str | None = None, **cells: object) -> dict[str, object]:
    told = {} if order is None else {"order_id": order}
    return {"customer_id": "c", "at": "2024-05-01T12:00Z", "amount": amount, **told, **cells}


def _money(facts: list[Activity]) -> list[int | None]:
    return [fact.amount_minor for fact in facts]


@given(RECORD_BATCHES)
def test_no_record_is_lost(batches: list[list[Record]]) -> None:
    """Every different record stays, under an id of its own; every other, and every new name, is named."""
    every = list(chain(*batches))
    told = list(dict.fromkeys(every))
    together, problems = all_records(batches)
    renamed = [one for one in problems if one.kept]

    assert [(one.source, one.fields) for one in together] == [(one.source, one.fields) for one in told]
    assert len({one.id for one in together}) == len(together)
    assert len(renamed) == sum(one.id != before.id for one, before in zip(together, told, strict=True))
    assert len(problems) - len(renamed) == len(every) - len(told)


@given(RECORD_BATCHES)
def test_an_id_that_several_records_were_given_is_that_of_none(batches: list[list[Record]]) -> None:
    """It leads to all of them or to its one record, never to one of several."""
    told = list(dict.fromkeys(chain(*batches)))
    together, _ = all_records(batches)
    for before, after in zip(told, together, strict=True):
        assert {before.id, *before.aliases} <= {after.id, *after.aliases}
    claims = Counter(name for one in told for name in {one.id, *one.aliases})
    for name, count in claims.items():
        if count > 1:
            assert name not in {one.id for one in together}
            assert sum(name in one.aliases for one in together) == count


@given(RECORD_BATCHES)
def test_together_again_changes_nothing(batches: list[list[Record]]) -> None:
    """Records that are together already stay as they are."""
    together, _ = all_records(batches)

    assert all_records([together]) == (together, [])


def test_two_sources_that_count_from_one_stay_apart() -> None:
    """Whoever wrote "1" meant their own first record."""
    together, problems = all_records(
        [[Record("1", "s", {"name": "Li"})], [Record("1", "t", {"name": "Li"}), Record("2", "t")]]
    )

    assert [(one.id, one.aliases) for one in together] == [("s:1", ("1",)), ("t:1", ("1",)), ("2", ())]
    assert [str(one) for one in problems] == [
        f"{source}, id: the id '1' is that of 2 records; this one is kept as '{source}:1'. "
        "Facts told of that id are theirs where they all turn out to be one customer"
        for source in ("s", "t")
    ]


def test_two_exports_of_a_source_lose_nothing() -> None:
    """What it told before and tells otherwise now stays beside it; what it tells again counts once."""
    before, now = Record("1", "s", {"email": "a@x.pt"}), Record("1", "s", {"email": "b@x.pt"})
    together, problems = all_records([[before], [now], [now]])

    assert [(one.id, one.aliases, one["email"]) for one in together] == [
        ("s:1", ("1",), "a@x.pt"),
        ("s:1#2", ("1",), "b@x.pt"),
    ]
    assert [one.kept for one in problems] == [False, True, True]


def test_an_id_means_the_record_of_its_own_source() -> None:
    """A source that shares ids with another means its own records, also one of whom it has no record."""
    records, _ = all_records([[Record("1", "s"), Record("2", "s")], [Record("1", "t")]])
    told = [
        *_lines([_bought(1, customer_id="1", account_id="1")], "orders.csv", "s"),
        *_lines([_bought(1, customer_id=one) for one in ("1", "2", "3")], "t"),
        *_lines([_bought(1, customer_id=one) for one in ("1", "2")], "orders.csv"),
    ]
    home = at_home(told, records)

    assert [line.customer_id for line in home] == ["s:1", "t:1", "t:2", "3", "1", "2"]
    assert home[0].account_id == "s:1"


def test_an_id_that_a_source_gives_twice_means_neither() -> None:
    """Which of its two the source means it does not say; what no one can tell stays as it is."""
    twice = [Record("1", "s", {"name": "Li"}), Record("1#2", "s", {"name": "Lu"}, aliases=[RecordId("1")])]
    records, _ = all_records([twice])
    told = _lines([_bought(1, customer_id="1")], "orders.csv", "s")

    assert at_home(told, records) == told


def test_ids_that_no_two_sources_share_are_everyones() -> None:
    """Where ids are unique, a web order may well be that of a customer the store registered."""
    records, _ = all_records([[Record("1", "store")], [Record("2", "web")]])
    told = _lines([_bought(1, customer_id="1"), _bought(1, customer_id="2")], "web")

    assert at_home(told, records) == told


@given(FILES)
def test_every_row_is_in_a_fact_or_named(files: list[list[dict[str, object]]]) -> None:
    """Rows in facts and rows left out add up; no two facts share an id, no two purchases an order."""
    facts, problems = _together(*files)
    left_out = {(one.source, one.row) for one in problems if not one.kept}
    orders = [
        (fact.customer_id, fact["order_id"]) for fact in facts if fact.kind == "purchase" and fact["order_id"]
    ]

    assert sum(int(str(fact["lines"] or 1)) for fact in facts) + len(left_out) == sum(map(len, files))
    assert len({fact.id for fact in facts}) == len(facts)
    assert len(set(orders)) == len(orders)
    assert all(one.row for one in problems)


@given(ROWS, st.sampled_from((None, "p")), st.integers(0, 4), st.integers(0, 4))
def test_exports_that_overlap_tell_what_one_export_would(
    rows: list[dict[str, object]], product: str | None, first_end: int, second_start: int
) -> None:
    """Cut in two with any overlap, also in the middle of an order, a file tells what it told whole.

    Its rows name the goods, or none does: a row that does not is what a total looks like.
    """
    bare: list[dict[str, object]] = [
        {"kind": "purchase", **{name: cell for name, cell in row.items() if name not in ("id", "product_id")}}
        for row in rows
    ]
    if product is not None:
        bare = [{**row, "product_id": rows[n].get("product_id", product)} for n, row in enumerate(bare)]
    distinct = [row for place, row in enumerate(bare) if row not in bare[:place]]
    whole, _ = _together(distinct)
    start = min(first_end, second_start)
    parts, problems = _together(distinct[:first_end], distinct[start:])
    overlap = len(distinct[start:first_end])

    assert [(one.customer_id, one.kind, one.at, one.amount_minor) for one in parts] == [
        (one.customer_id, one.kind, one.at, one.amount_minor) for one in whole
    ]
    assert sum("counts once" in one.reason for one in problems) == overlap


@given(ROWS)
def test_a_copy_in_another_form_adds_nothing(rows: list[dict[str, object]]) -> None:
    """Numbers written otherwise, columns in another order: the same facts, and every row named."""
    bare = [{name: cell for name, cell in row.items() if name != "id"} for row in rows]
    again = [{**dict(reversed(row.items())), "amount": float(str(row["amount"]))} for row in bare]
    once, before = _together(bare)
    twice, problems = _together(bare, again)

    assert twice == once
    assert [one for one in problems if "counts once" not in one.reason][: len(before)] == before
    assert sum("counts once" in one.reason for one in problems) == len(rows)


def test_a_fact_that_two_files_tell_counts_once() -> None:
    """Exports overlap, with ids or without; when it became known makes no other fact of it."""
    seen: dict[str, object] = {"customer_id": "c", "at": "2024-05-01T12:00Z", "kind": "page_view"}
    back = _bought("7", "o1", kind="refund")
    for row in ({**seen, "id": "7"}, seen, back):
        facts, problems = _together([row], [{**row, "recorded_at": "2024-06-01T00:00Z"}])
        assert len(facts) == 1
        assert [(str(one), one.kept) for one in problems] == [
            ("f1, row 1: the row is told by f0 too; it counts once", False)
        ]


def test_as_often_as_the_file_that_tells_it_most() -> None:
    """The same coffee twice in one file is two coffees, and in the next file no more of them."""
    coffee = _bought("3")
    facts, problems = _together([coffee, coffee], [coffee], [coffee, coffee, coffee])

    assert _money(facts) == [300, 300, 300]
    assert [(one.source, one.row) for one in problems] == [("f1", 1), ("f2", 1), ("f2", 2)]


def test_sources_that_are_named_tell_facts_of_their_own() -> None:
    """The tills of two shops may well take the same money at the same time."""
    facts, problems = all_activities([_lines([_bought("3")], one, one) for one in ("north", "south")])

    assert _money(facts) == [300, 300]
    assert len({fact.id for fact in facts}) == 2
    assert problems == []


def test_facts_that_share_no_more_than_an_id_stay_apart() -> None:
    """Two tills that both count from 1 took money twice."""
    facts, problems = _together([_bought("5", id="7"), _bought("6", id="f1:7")], [_bought("7", id="7")])

    assert [(fact.id, fact.amount_minor) for fact in facts] == [("7", 500), ("f1:7", 600), ("f1:7#2", 700)]
    assert [(one.source, one.row, one.field, one.kept) for one in problems] == [("f1", 1, "id", True)]
    assert "kept as 'f1:7#2'" in problems[0].reason


def test_an_order_in_several_files_is_one_purchase() -> None:
    """Lines told apart are put together; a line that is told again, in whichever file, counts once."""
    a = _bought("10", "o1", product_id="p", quantity=1, guests=2, cost=3)
    b = _bought("15", "o1", product_id="q", quantity=2, guests=4, cost=1)
    [fact], problems = _together([a], [b], [a], [a, b])

    assert fact.amount_minor == 2500
    assert dict(fact.props) == {
        "order_id": "o1",
        "lines": 2,
        "product_id": ("p", "q"),
        "quantity": 3,
        "guests": 4,
        "cost_minor": 400,
    }
    assert sorted((one.source, one.row, one.kept) for one in problems) == [
        ("f1", 1, True),
        ("f2", 1, False),
        ("f3", 1, False),
        ("f3", 2, False),
    ]


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("at", ["2024-05-01T12:00Z", "2024-05-01T00:00Z"])
def test_a_total_in_another_file_counts_once(first: bool, at: str) -> None:
    """Whichever comes first and however fine its time, the lines are kept and the total only sums them up."""
    lines = [_bought("10", "o1", product_id="p"), _bought("15", "o1", product_id="q")]
    total = [_bought("25", "o1", at=at, note="paid")]
    [fact], problems = _together(*((total, lines) if first else (lines, total)))

    assert (fact.amount_minor, fact["product_id"]) == (2500, ("p", "q"))
    assert [(one.source, one.row, one.kept) for one in problems] == [("f0" if first else "f1", 1, False)]


def test_a_total_of_another_week_is_another_purchase() -> None:
    """The same number and the same money, but not within a day: both were paid."""
    lines = [_bought("10", "o1", product_id="p"), _bought("15", "o1", product_id="q")]
    [fact], _ = _together(lines, [_bought("25", "o1", at="2024-05-09T12:00Z")])

    assert fact.amount_minor == 5000


@pytest.mark.parametrize("other", [{"product_id": "q"}, {"at": "2024-05-09T12:00Z"}, {"amount": "11"}])
def test_what_differs_in_goods_days_or_money_is_no_repetition(other: dict[str, object]) -> None:
    """Another product at the same price, another day, another price: all of it was bought."""
    one = _bought("10", "o1", product_id="p")
    [fact], problems = _together([one], [{**one, **other}])

    assert fact.amount_minor == (2100 if "amount" in other else 2000)
    assert [(str(one), one.kept) for one in problems] == [
        ("f1, row 1, order_id: the order also has lines in f0; they are put together", True)
    ]


def test_an_order_in_two_currencies_stays_in_one() -> None:
    """What cannot be added is left out and named."""
    [fact], problems = _together([_bought("5", "o1")], [_bought("7", "o1", currency="EUR")])

    assert (fact.amount_minor, fact.currency) == (500, "CNY")
    assert [(one.source, one.field, one.kept) for one in problems] == [
        ("f1", "order_id", True),
        ("f1", "currency", False),
    ]
