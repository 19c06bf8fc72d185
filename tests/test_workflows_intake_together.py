"""Several sources together: nothing is lost, nothing counts twice, and an id is that of one record."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from crmkit.model import Activity, Record, RecordId
from crmkit.workflows.intake import all_activities, all_records, at_home

NOON = dt.datetime(2024, 5, 1, 12, tzinfo=dt.UTC)
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
FACT_BATCHES = st.lists(
    st.lists(
        st.builds(
            lambda one, who, source, kind, amount, order, hours: Activity(
                one,
                who,
                kind,
                NOON + dt.timedelta(hours=hours),
                amount_minor=amount,
                currency=None if amount is None else "CNY",
                source=source,
                props={"order_id": order, "lines": 1} if order else {},
            ),
            IDS,
            st.sampled_from(("c", "d")),
            SOURCES,
            st.sampled_from(("purchase", "use")),
            st.sampled_from((None, 5, 7)),
            st.sampled_from((None, "o1", "o2")),
            st.integers(0, 1),
        ),
        max_size=4,
        unique_by=lambda fact: fact.id,
    ),
    max_size=3,
)


def _fact(one: str, who: str, source: str, **rest: object) -> Activity:
    return Activity(one, who, "purchase", NOON, source=source, **rest)  # type: ignore[arg-type]


def _bought(one: str, source: str, amount: int, order: str | None, **props: object) -> Activity:
    told = {} if order is None else {"order_id": order, "lines": 1}
    return _fact(one, "c", source, amount_minor=amount, currency="CNY", props={**told, **props})


@given(RECORD_BATCHES)
def test_no_record_is_lost(batches: list[list[Record]]) -> None:
    """Every different record stays, each under an id of its own, and each renamed one is named."""
    told = list(dict.fromkeys(chain(*batches)))
    together, problems = all_records(batches)

    assert [(one.source, one.fields) for one in together] == [(one.source, one.fields) for one in told]
    assert len({one.id for one in together}) == len(together)
    assert len(problems) == sum(one.id != before.id for one, before in zip(together, told, strict=True))
    assert all(problem.kept for problem in problems)


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


def test_an_id_means_the_record_of_its_own_source() -> None:
    """A source that shares ids with another means its own records, also one of whom it has no record."""
    records, _ = all_records([[Record("1", "s"), Record("2", "s")], [Record("1", "t")]])
    told = [
        _fact("a", "1", "s", account_id="1"),
        _fact("b", "1", "t"),
        _fact("c", "1", "orders.csv"),
        _fact("d", "2", "t"),
        _fact("e", "2", "orders.csv"),
        _fact("f", "3", "t"),
    ]
    home = at_home(told, records)

    assert [fact.customer_id for fact in home] == ["s:1", "t:1", "1", "t:2", "2", "3"]
    assert home[0].account_id == "s:1"
    assert [fact.id for fact in home] == list("abcdef")


def test_ids_that_no_two_sources_share_are_everyones() -> None:
    """Where ids are unique, a web order may well be that of a customer the store registered."""
    records, _ = all_records([[Record("1", "store")], [Record("2", "web")]])
    told = [_fact("a", "1", "web"), _fact("b", "2", "store")]

    assert at_home(told, records) == told


@given(FACT_BATCHES)
def test_every_fact_is_kept_or_named(batches: list[list[Activity]]) -> None:
    """Facts kept, put together and left out add up; no two share an id, no two purchases an order."""
    told = list(chain(*batches))
    together, problems = all_activities(batches)
    merged = [one for one in problems if "put together" in one.reason]
    left_out = [one for one in problems if not one.kept]
    orders = [
        (fact.customer_id, fact["order_id"])
        for fact in together
        if fact.kind == "purchase" and fact["order_id"]
    ]

    assert len(together) + len(merged) + len(left_out) == len(told)
    assert len({fact.id for fact in together}) == len(together)
    assert len(set(orders)) == len(orders)


@given(FACT_BATCHES)
def test_only_what_is_told_twice_does_not_add_up(batches: list[list[Activity]]) -> None:
    """The money that is kept is the money that was told, but for facts that another source told as well."""
    together, _ = all_activities(batches)
    kept = sum(fact.amount_minor or 0 for fact in together)
    every = [fact for batch in batches for fact in batch]
    distinct = {(fact.customer_id, fact["order_id"] if fact.kind == "purchase" else None) for fact in every}

    assert kept <= sum(fact.amount_minor or 0 for fact in every)
    assert {
        (fact.customer_id, fact["order_id"] if fact.kind == "purchase" else None) for fact in together
    } == distinct
    if len({fact.id for fact in every}) == len(every) and not any(fact["order_id"] for fact in every):
        assert together == every


def test_a_fact_that_two_files_tell_counts_once() -> None:
    """Exports overlap; whoever told it, and when, makes no other fact of it."""
    early = _fact("7", "c", "jan.csv")
    late = _fact("7", "c", "feb.csv", recorded_at=NOON)
    together, problems = all_activities([[early], [late]])

    assert together == [early]
    assert [(str(one), one.kept) for one in problems] == [
        ("feb.csv, id: activity '7' is told by jan.csv too; it counts once", False)
    ]


def test_facts_that_share_no_more_than_an_id_stay_apart() -> None:
    """Two tills that both count from 1 took money twice."""
    together, problems = all_activities(
        [[_bought("7", "s", 5, None), _bought("t:7", "s", 6, None)], [_bought("7", "t", 7, None)]]
    )

    assert [(fact.id, fact.amount_minor) for fact in together] == [("7", 5), ("t:7", 6), ("t:7#2", 7)]
    assert [(one.source, one.kept) for one in problems] == [("t", True)]
    assert "it is kept as 't:7#2'" in problems[0].reason


def test_an_order_in_two_files_is_one_purchase() -> None:
    """Lines told apart are put together; what both files tell with one sum counts once."""
    lines = [_bought("a", "s", 5, "100", product_id="p", quantity=1, guests=2, cost_minor=3)]
    more = [
        _bought("b", "t", 7, "100", product_id=("p", "q"), quantity=2, guests=4, cost_minor=1),
        _bought("c", "t", 9, "200"),
    ]
    totals = [_bought("d", "u", 9, "200", note="x")]
    together, problems = all_activities([lines, more, totals])

    assert [(fact.id, fact.amount_minor) for fact in together] == [("a", 12), ("c", 9)]
    assert dict(together[0].props) == {
        "order_id": "100",
        "lines": 2,
        "product_id": ("p", "q"),
        "quantity": 3,
        "guests": 4,
        "cost_minor": 4,
    }
    assert [(str(one), one.kept) for one in problems] == [
        ("t, id: order '100' also has lines in s; they are put together", True),
        ("u, id: order '200' is told by t too; it counts once", False),
    ]


def test_an_order_in_two_currencies_stays_two() -> None:
    """What cannot be added is kept apart and named; what is unknown adds nothing."""
    euro = Activity(
        "b", "c", "purchase", NOON, amount_minor=7, currency="EUR", source="t", props={"order_id": "1"}
    )
    bare = Activity("d", "c", "purchase", NOON, source="u", props={"order_id": "1"})
    together, problems = all_activities([[_bought("a", "s", 5, "1")], [euro], [bare]])

    assert [(fact.id, fact.amount_minor, fact.currency) for fact in together] == [
        ("a", 5, "CNY"),
        ("t:b", 7, "EUR"),
    ]
    assert [one.kept for one in problems] == [True, True]


def test_a_sum_that_is_no_amount_stays_two() -> None:
    """Money larger than any column holds is not made by adding."""
    most = 2**63 - 1
    together, _ = all_activities([[_bought("a", "s", most, "1")], [_bought("b", "t", most - 1, "1")]])

    assert [fact.amount_minor for fact in together] == [most, most - 1]
