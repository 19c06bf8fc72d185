"""Resolving: from records to customers, on any table, with any decision, whatever comes in."""

from __future__ import annotations

from random import Random

import attrs
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmkit.dedup import (
    ADDRESS,
    DATE,
    DISTINCT,
    EMAIL,
    ID,
    NAME,
    PHONE,
    SAME,
    Block,
    Comparison,
    Decision,
    Kind,
    Model,
    Policy,
    RareTokens,
    Resolution,
    explain,
    prepare,
    resolve,
    train,
)
from crmkit.dedup.arrays import prepared
from crmkit.dedup.model import Population
from crmkit.dedup.table import RecordKey, read_table, texts_of_value
from crmkit.errors import InvalidValue, UnknownName
from crmkit.model import Record
from crmkit.testing.resolver_contract import partition

POLICY = Policy(
    comparisons=(
        Comparison("name", Kind.FULL_NAME, term_frequency=True),
        Comparison("email", EMAIL),
        Comparison("phone", PHONE),
        Comparison("born_on", DATE),
        Comparison("address", ADDRESS),
        Comparison("passport", ID),
    ),
    blocking=(Block("name"), Block("email"), Block("phone"), Block("address"), RareTokens("name")),
)
FIRST = ("Ann", "Zoe", "Max", "Leo", "Ida", "Tom", "Eva", "Jan", "王芳", "李娜", "张伟", "刘洋")
LAST = ("Bell", "Ford", "Hall", "Kerr", "Long", "Moss", "Nash", "Page")


def people(size: int = 60, *, seed: int = 1) -> list[dict[str, object]]:
    """Return two records of each of *size* people, who are easy to tell apart, with a slip here and there."""
    rng = Random(seed)
    rows: list[dict[str, object]] = []
    for number in range(size):
        first = rng.choice(FIRST)
        name = first if first > "z" else f"{first} {rng.choice(LAST)}"
        row: dict[str, object] = {
            "name": name,
            "email": f"p{number:03d}.{rng.randrange(999)}@x.pt",
            "phone": f"138{rng.randrange(10**8):08d}",
            "born_on": f"19{rng.randrange(40, 99)}-{rng.randrange(1, 12):02d}-{rng.randrange(1, 28):02d}",
            "address": f"{rng.randrange(1, 300)} {rng.choice(LAST)} Road",
        }
        for turn in range(2):
            told = {field: value for field, value in row.items() if turn == 0 or rng.random() < 0.8}
            rows.append({**told, "id": f"{turn}-{number:03d}", "truth": number})
    return rows


ROWS = people()
MODEL = train(ROWS, POLICY)
FEW = st.lists(
    st.fixed_dictionaries(
        {
            "name": st.sampled_from(("Ann Bell", "A. Bell", "Bell, Ann", "王芳", "wang fang", None)),
            "email": st.sampled_from(("ann@x.pt", "an@x.pt", "wf@x.cn", None)),
            "phone": st.sampled_from(("13812345678", "13812345687", None)),
            "born_on": st.sampled_from(("1980-05-06", "1980-06-05", "1999-01-02", None)),
            "passport": st.sampled_from(("AB12345", "XY98765", None, None)),
            "kind": st.sampled_from((None, "person", "person", "organisation")),
            "source": st.sampled_from(("shop", "web")),
        }
    ),
    min_size=2,
    max_size=7,
)


def with_ids(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    return [{**row, "id": f"r{place}"} for place, row in enumerate(rows)]


def test_easy_people_are_told_apart_without_labels() -> None:
    """Two records each, found by what they share."""
    result = resolve(ROWS, MODEL)
    truth = {row["id"]: row["truth"] for row in ROWS}

    assert partition(result.clusters) == partition(truth)  # type: ignore[arg-type]
    assert all(customer == f"0-{record[2:]}" for record, customer in result.clusters.items())  # type: ignore[index]
    assert result.refused == ()


@settings(max_examples=40)
@given(FEW)
def test_a_customer_is_known_by_the_smallest_id_of_its_records(rows: list[dict[str, object]]) -> None:
    """And every record is in exactly one."""
    result = resolve(with_ids(rows), MODEL)

    assert list(result.clusters) == [f"r{place}" for place in range(len(rows))]
    for customer, records in result.members().items():
        assert customer == min(records, key=str)
    assert sum(size * count for size, count in result.sizes().items()) == len(rows)


def test_an_explanation_shows_itself() -> None:
    """In a terminal without values, in a notebook with them, escaped."""
    one = {"id": 1, "name": "Ann <b>Bell</b>", "email": "ann@x.pt", "kind": "person"}
    other = {"id": 2, "name": "Ann Bell", "email": "zoe@x.pt", "kind": "organisation"}
    why = explain(one, other, MODEL)

    assert not why.speaks_for
    assert why.never == "a person and an organisation are never one"
    assert "ann@x.pt" not in str(why)
    assert "ann@x.pt" not in repr(why)
    assert "ann@x.pt" in why._repr_html_()
    assert "<b>Bell" not in why._repr_html_()
    assert "1 and 2" in str(why)
    assert explain(ROWS[0], ROWS[1], MODEL).speaks_for
    assert "over the threshold" in str(explain(ROWS[0], ROWS[1], MODEL))


def test_hubs_are_unknown_to_an_explanation() -> None:
    """What links nothing in a resolution speaks for nothing in its explanation."""
    one, other = ({"id": place, "email": "hub@x.pt"} for place in (1, 2))

    assert (
        explain(one, other, MODEL).weight > explain(one, other, MODEL, hubs=[("email", ("hub@x.pt",))]).weight
    )


def test_decisions_on_records_that_are_not_here_are_reported() -> None:
    """They hold again once both are."""
    result = resolve(ROWS[:4], MODEL, decisions=[Decision("0-000", "gone", SAME, by="ann")])

    assert "not here" in result.problems[-1].reason
    assert "'gone'" in result.problems[-1].reason


@pytest.mark.parametrize(
    "make",
    [
        pl.DataFrame,
        pd.DataFrame,
        pa.Table.from_pylist,
        list,
        iter,
        pl.LazyFrame,
    ],
)
def test_any_table_will_do(make: object) -> None:
    """A frame of any library, lazy or not, mappings, an iterator."""
    rows = [
        {key: row.get(key) for key in ("id", "name", "email", "phone", "born_on", "address")} for row in ROWS
    ]

    assert dict(resolve(make(rows), MODEL).clusters) == dict(resolve(ROWS, MODEL).clusters)  # type: ignore[operator]


def test_records_of_the_model_are_a_table() -> None:
    """Their id, source and kind are columns like any other; an organisation's name is its company."""
    records = [
        Record("a", "shop", {"name": "Ann Bell"}, kind="person"),
        Record("b", "web", {"name": "Bell Ltd"}, kind="organisation"),
        Record("c", "web", {"company": "Bell Ltd", "name": "reception"}, kind="organisation"),
    ]
    table = read_table(records, source="source", kind="kind")

    assert table.ids == ("a", "b", "c")
    assert table.sources == ("shop", "web", "web")
    assert table.column("company") == [None, "Bell Ltd", "Bell Ltd"]
    assert table.column("name") == ["Ann Bell", None, None]
    assert table.column("nothing") == [None, None, None]
    assert repr(table) == "Table(3 records, 5 columns)"


def test_ids_stay_as_they_are_given() -> None:
    """Whole numbers are ordered as numbers."""
    rows = [
        {"id": number, "email": "same.one@x.pt", "name": "Ann Bell", "phone": "13812345678"}
        for number in (10, 9)
    ]

    assert resolve(rows, MODEL).clusters == {10: 9, 9: 9}


@pytest.mark.parametrize(
    ("ids", "kept"),
    [
        ([10, 9], [10, 9]),
        (["10", "9"], ["10", "9"]),
        (["a-1", "a-2"], ["a-1", "a-2"]),
        ([np.int64(10), np.int32(9)], [10, 9]),
        ([10.0, 9.0], [10, 9]),
        ([True, "b"], ["True", "b"]),
    ],
)
def test_matches_and_customers_are_known_by_the_ids_as_given(
    ids: list[object], kept: list[RecordKey]
) -> None:
    """A whole number is one in every place, and never the text of one; text stays text."""
    rows = [{**ROWS[0], "id": one} for one in ids]
    result = resolve(rows, MODEL)
    (match,) = result.pairs

    assert (match.a, match.b) == tuple(kept)
    assert [*map(type, (match.a, match.b))] == [*map(type, kept)]
    assert [*map(type, result.clusters)] == [*map(type, kept)]
    assert list(result.clusters) == kept
    assert set(result.clusters.values()) <= set(kept)
    assert {*map(type, result.clusters.values())} <= {*map(type, kept)}
    assert (explain(rows[0], rows[1], MODEL).a, result.members()) == (kept[0], {min(kept): tuple(kept)})


@pytest.mark.parametrize("ids", [[10, None, 9], pd.array([10, None, 9], dtype="Int64")])
def test_a_gap_among_whole_numbers_leaves_them_whole(ids: object) -> None:
    """Pandas makes floats of them, or has a sign of its own for the gap; the row without an id is named."""
    result = resolve(pd.DataFrame({"id": ids, "name": ["Ann Bell", "Zoe Ford", "Max Hall"]}), MODEL)

    assert list(result.clusters) == [10, 9]
    assert {type(one) for one in result.clusters} == {int}
    assert (result.problems[0].row, result.problems[0].kept) == (2, False)
    assert "has no id" in result.problems[0].reason


def test_problems_lead_back_to_the_record() -> None:
    """By the row of the table that was handed over; where records were, by their source and id."""
    told = [("a", "shop", "ann@x.pt"), ("b", "web", "test@test.com"), ("b", "web", "zoe@x.pt")]
    rows = [{"id": one, "source": source, "email": email} for one, source, email in told]
    records = [Record(one, source, {"email": email}) for one, source, email in told]
    twice, placeholder = resolve(rows, MODEL).problems[:2]
    assert (twice.source, twice.row, placeholder.source, placeholder.row) == ("records", 3, "records", 2)
    assert "row 2 already" in twice.reason

    twice, placeholder = resolve(records, MODEL).problems[:2]
    assert (twice.source, twice.row, twice.kept) == ("web", 0, False)
    assert "'b'" in twice.reason
    assert (placeholder.source, placeholder.row, placeholder.field) == ("web", 0, "email")
    assert placeholder.reason.endswith("counts as unknown (record 'b')")

    linked = resolve([rows[:1], [{**rows[1], "phone": "call me"}]], MODEL).problems
    assert {(one.source, one.row) for one in linked if one.row} == {("table 2", 1)}
    assert resolve(records[1::-1], MODEL).problems == (placeholder,)


def test_rows_without_an_id_of_their_own_are_left_out_and_named() -> None:
    """The others are resolved."""
    ids: list[object] = ["a", None, "a", "", "b"]
    result = resolve([{"id": one, "name": "Ann Bell"} for one in ids], MODEL)

    assert list(result.clusters) == ["a", "b"]
    assert [(problem.row, problem.kept) for problem in result.problems[:3]] == [
        (2, False),
        (3, False),
        (4, False),
    ]
    assert "stands in row 1" in result.problems[1].reason


def test_what_is_no_table_is_refused() -> None:
    """With what to give instead."""
    with pytest.raises(InvalidValue, match="read the file"):
        resolve("people.csv", MODEL)  # type: ignore[arg-type]
    with pytest.raises(InvalidValue, match="mapping"):
        resolve([{"id": 1}, 5], MODEL)  # type: ignore[arg-type]
    with pytest.raises(UnknownName, match="'id'"):
        resolve([{"idd": 1, "name": "x"}], MODEL)
    with pytest.raises(UnknownName):
        explain({"name": "x"}, {"id": 1}, MODEL)


def test_linked_tables_join_across_only() -> None:
    """And an id may not stand in both."""
    left, right = (
        [row for row in ROWS if str(row["id"]) < "1"],
        [row for row in ROWS if str(row["id"]) >= "1"],
    )
    result = resolve([left, right], MODEL)

    assert partition(result.clusters) == partition(resolve(ROWS, MODEL).clusters)
    with pytest.raises(InvalidValue, match="two of the tables"):
        resolve([left, left], MODEL)


def test_what_was_prepared_can_be_used_again() -> None:
    """Training and resolving share the work; another policy prepares anew."""
    ready = prepare(ROWS, POLICY)
    other = Policy(comparisons=(Comparison("email", EMAIL),), blocking=(Block("email"),))

    assert prepare(ready, POLICY) is ready
    assert train(ready, POLICY) == MODEL
    assert dict(resolve(ready, MODEL).clusters) == dict(resolve(ROWS, MODEL).clusters)
    assert prepare(ready, other).policy == other
    assert repr(ready).startswith("Prepared(120 records")


def test_chinese_names_without_the_extra_are_reported_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are compared as they stand."""
    monkeypatch.setattr(prepared, "has_readings", lambda: False)
    problems = [problem for problem in prepare(ROWS, POLICY).problems if "zh" in problem.reason]

    assert len(problems) == 1
    assert not [problem for problem in prepare(ROWS[:0], POLICY).problems if "zh" in problem.reason]


def test_values_that_say_nothing_are_named_with_their_row() -> None:
    """With the field and the reason, never with the value."""
    rows = [{**ROWS[0], "email": "test@test.com"}, {**ROWS[1], "phone": "call me", "born_on": "1970-01-01"}]
    problems = resolve(rows, MODEL).problems

    assert [(one.row, one.field, one.kept) for one in problems] == [
        (1, "email", True),
        (2, "phone", True),
        (2, "born_on", True),
    ]
    assert "test@test" not in " ".join(map(str, problems))


def test_a_value_that_just_few_enough_share_still_links() -> None:
    """The limit itself is not over the limit."""
    for shared, customers in ((50, 1), (51, 51)):
        rows = [{"id": place, "name": "Ann Bell", "email": "ann@x.pt"} for place in range(shared)]
        policy = Policy(comparisons=(Comparison("email", EMAIL),), blocking=(Block("name"),))
        model = attrs.evolve(MODEL, policy=policy, terms=(), common=(), populations=_only_email(MODEL))
        assert len(set(resolve(rows, model).clusters.values())) == customers


def _only_email(model: Model) -> tuple[Population, ...]:
    return tuple(
        attrs.evolve(one, fits=one.fits[2:3], known=one.known[2:3], ties=(), same=0.01)
        for one in model.populations
    )


def test_one_key_that_everyone_shares_costs_nothing() -> None:
    """Ten thousand people of one address are not compared, and it is said."""
    rows = [
        {"id": place, "address": "1 Home Road", "name": f"A{place}x B{place}y"} for place in range(10_000)
    ]
    result = resolve(rows, MODEL)

    assert len(set(result.clusters.values())) == 10_000
    assert any("the largest by 10,000" in one.reason for one in result.problems)


HOSTILE: list[object] = ["x" * 1_000_000, "🌸" * 300, "\u202eabc\u200b", "", "   ", "\x00"]
HOSTILE += [3.5, float("nan"), True, ["a", None], {"b"}]
FIELDS = ("name", "email", "phone", "born_on", "address")


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: repr(value)[:12])
def test_hostile_values_are_read_or_left_out(value: object) -> None:
    """In every field, in records that are otherwise good."""
    rows = [{**row, **dict.fromkeys(FIELDS, value)} for row in ROWS[:2]]
    result = resolve([*rows, *ROWS[2:6]], MODEL)

    assert len(result.clusters) == 6
    assert result.clusters[ROWS[3]["id"]] == ROWS[2]["id"]  # type: ignore[index]


def test_values_become_texts() -> None:
    """Each of several, sets in a fixed order, nothing for what is unknown."""
    assert texts_of_value(None) == texts_of_value(float("nan")) == ()
    assert texts_of_value(("a", None, ["b", 2])) == ("a", "b", "2")
    assert texts_of_value({"b", "a"}) == ("a", "b")
    assert texts_of_value(7.0) == ("7",)
    assert texts_of_value(pd.Timestamp("2024-05-06T10:00Z").to_pydatetime()) == ("2024-05-06",)


def test_nothing_to_resolve_is_no_error() -> None:
    """No record is no customer, one record is one."""
    empty = resolve([], MODEL)

    assert dict(empty.clusters) == {}
    assert len(empty.pairs) == 0
    assert resolve([{"id": "a", "name": "Ann"}], MODEL).clusters == {"a": "a"}


def test_a_resolution_shows_itself() -> None:
    """Counts in the terminal, a picture in a notebook, refused merges with their reason."""
    decision = Decision("0-000", "1-000", DISTINCT, by="<ann>", why="twins")
    result = resolve(ROWS, MODEL, decisions=[decision])
    page = result._repr_html_()

    assert isinstance(result, Resolution)
    assert repr(result).startswith("Resolution(120 records are 61 customers")
    assert "&lt;ann&gt; says" in page
    assert "1 record" in page
    assert [(one.a, one.b) for one in result.refused] == [("0-000", "1-000")]
    assert "twins" in result.refused[0].reason
    assert repr(result.pairs) == f"<{len(result.pairs)} pairs>"
    assert next(iter(result.pairs)) == result.pairs[0]


def test_a_smaller_table_is_resolved_as_part_of_the_larger_one() -> None:
    """Rarity and frequency are the model's, so that a few records score as they did among many."""
    few, all_ = resolve(ROWS[:10], MODEL), resolve(ROWS, MODEL)
    weights = {(one.a, one.b): one.weight for one in all_.pairs}

    assert len(few.pairs) > 0
    for match in few.pairs:
        assert weights[match.a, match.b] == match.weight


def test_names_alone_are_enough_to_be_compared() -> None:
    """A policy may have a single comparison, of any kind."""
    policy = Policy(comparisons=(Comparison("nick", NAME),), blocking=(Block("nick"),))
    rows = [{"id": place, "nick": nick} for place, nick in enumerate(["bob", "rob", "zoe", "zoe"] * 3)]

    assert len(resolve(rows, train(rows, policy)).clusters) == 12
