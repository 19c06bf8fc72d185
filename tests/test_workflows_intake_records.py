"""Records from rows: every row is a record or a problem."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.errors import Problem, UnknownName
from crmkit.model import Record, RecordId
from crmkit.workflows.intake import ColumnMap, Recognised, Table, map_records, records_of, table_of

SECRET = "Zhang-13800138000"
ROWS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "id": st.sampled_from(("1", "2", "3", "", 1, 2.0)),
            "name": st.sampled_from(("Li", "张伟", " ", None, SECRET)),
            "phone": st.sampled_from(("1; 2", "", 13800138000, 13800138000.0)),
            "dob": st.sampled_from(("1990-01-31", "31/01/1990", SECRET, "", dt.date(1990, 1, 31))),
            "updated_at": st.sampled_from(("2024-01-05 10:00", "2024-01-05T10:00Z", SECRET, "")),
            "employees": st.sampled_from(("50", SECRET, "1,200", "")),
            "colour": st.sampled_from(("red", 7, 0.5, None, True)),
        },
    ),
    max_size=6,
)


def _table(*rows: dict[str, object], source: str = "s.csv") -> Table:
    return table_of(enumerate(rows, start=1), source=source)


@given(ROWS, st.sampled_from((None, "Asia/Shanghai")))
def test_every_row_is_a_record_or_a_problem(rows: list[dict[str, object]], zone: str | None) -> None:
    """Nothing is lost: records and rows left out add up to the rows."""
    records, problems = records_of(_table(*rows), zone=zone)
    left_out = [problem.row for problem in problems if not problem.kept]

    assert len(records) + len(left_out) == len(rows)
    assert len({record.id for record in records}) == len(records)


@given(ROWS)
def test_every_cell_is_kept_or_named(rows: list[dict[str, object]]) -> None:
    """A cell that says something is in its record, or in a problem with its field."""
    named = {"dob": "born_on", "updated_at": "recorded_at", "employees": "size"}
    records, problems = records_of(_table(*rows))
    told = {(problem.row, problem.field) for problem in problems}
    kept = iter(records)
    for number, row in enumerate(rows, start=1):
        if any(problem.row == number and not problem.kept for problem in problems):
            continue
        record = next(kept)
        for column, value in row.items():
            field = named.get(column, column)
            if field != "id" and value is not None and str(value).strip():
                value_kept = record.recorded_at if field == "recorded_at" else record[field]
                assert (value_kept is not None) != ((number, field) in told)


@given(ROWS, ROWS)
def test_a_row_is_read_alike_whatever_stands_below(
    rows: list[dict[str, object]], more: list[dict[str, object]]
) -> None:
    """More rows change neither ids nor values of those before (dates apart, whose order a column proves)."""
    plain = [[{k: v for k, v in row.items() if k != "dob"} for row in part] for part in (rows, more)]
    short, _ = records_of(_table(*plain[0]))
    long, _ = records_of(_table(*plain[0], *plain[1]))

    assert long[: len(short)] == short


@given(ROWS)
def test_problems_repeat_no_value(rows: list[dict[str, object]]) -> None:
    """A problem, and the repr of a record, can be logged."""
    records, problems = records_of(_table(*rows))

    assert not any(SECRET in str(problem) for problem in problems)
    assert SECRET not in repr(records)


def test_a_row_becomes_a_record() -> None:
    """Standard fields have their types, the rest is kept under its own name."""
    [record], problems = records_of(
        _table(
            {
                "客户编号": 7.0,
                "姓名": " 张伟 ",
                "手机": 13800138000.0,
                "电话": "0755-12345678；13800138000",
                "邮箱": ["a@x.com"],
                "生日": "1990年1月31日",
                "更新时间": "2024-01-05 08:00",
                "street": "1 Main St",
                "address_2": "Flat 3",
                "员工数": "1,200",
                "客户性质": "个人",
                "来源系统": "crm",
                "等级": "gold",
                "points": 12,
            }
        ),
        zone="Asia/Shanghai",
    )

    assert problems == []
    assert record == Record(
        RecordId("7"),
        "crm",
        {
            "name": "张伟",
            "phone": ("13800138000", "0755-12345678"),
            "email": "a@x.com",
            "born_on": dt.date(1990, 1, 31),
            "address": "1 Main St Flat 3",
            "size": 1200,
            "等级": "gold",
            "points": 12,
        },
        kind="person",
        recorded_at=dt.datetime(2024, 1, 5, tzinfo=dt.UTC),
    )


def test_without_an_id_one_is_derived_from_content_and_row() -> None:
    """The same row of the same source has the same id, whatever is recognised in it; no two rows share one."""
    rows: list[dict[str, object]] = [{"name": "Li"}, {"name": "Li"}, {"name": "Li", "id": ""}]
    records, _ = records_of(_table(*rows))
    again, _ = records_of(_table(*rows), map_records(_table(*rows), overrule={"company": "name"}))
    elsewhere, _ = records_of(_table(*rows, source="t.csv"))

    assert [record.id for record in again] == [record.id for record in records]
    assert len({record.id for record in [*records, *elsewhere]}) == 6
    assert all(record.id.startswith("rec-") for record in records)
    assert records_of(_table({"name": "Lu"}))[0][0].id != records[0].id


def test_an_id_that_stands_twice_is_kept_apart() -> None:
    """The second row keeps its values under an id of its own, and a repeat is told once more."""
    records, problems = records_of(
        _table({"id": "1", "name": "Li"}, {"id": "1", "name": "Lu"}, {"id": "1", "name": "Li"})
    )

    assert [(record.id, record["name"]) for record in records] == [("1", "Li"), ("1#2", "Lu")]
    assert [(one.row, one.field, one.kept) for one in problems] == [(2, "id", True), (3, "id", False)]
    assert records[1].aliases == ("1",)
    assert problems[1].reason == "the row repeats row 1"


@given(st.lists(st.sampled_from(("1", "1#2", "1#3", "1#3#2", "1#4")), max_size=6))
def test_no_given_id_is_hit_by_a_made_one(ids: list[str]) -> None:
    """Whatever ids a file uses, each row keeps its values, and its id leads to it."""
    rows: list[dict[str, object]] = [{"id": one, "name": str(n)} for n, one in enumerate(ids)]
    records, _ = records_of(_table(*rows))

    assert [record["name"] for record in records] == [str(n) for n in range(len(ids))]
    assert len({record.id for record in records}) == len(ids)
    assert all(one in (record.id, *record.aliases) for one, record in zip(ids, records, strict=True))


def test_columns_of_one_field_are_told_together() -> None:
    """Values are told once, addresses are put together, and of what has one value the later column counts."""
    table = _table(
        {"id": "1", "a": "7; 8", "b": "8", "c": "1 Main St", "d": "Flat 3", "e": "Li", "f": "Lu"},
        {"id": "2", "a": "7", "b": "7", "d": "Flat 3", "e": "Li"},
        {"id": "3", "a": "1.38E+10", "b": "7", "c": "1 Main St", "f": "Lu"},
    )
    fields = {
        "id": "id",
        "a": "phone",
        "b": "phone",
        "c": "address",
        "d": "address",
        "e": "name",
        "f": "name",
    }
    by_hand = ColumnMap(
        subject="records", recognised=tuple(Recognised(fields[one], one, "by --map") for one in table.columns)
    )
    records, problems = records_of(table, by_hand)

    assert [dict(record.fields) for record in records] == [
        {"phone": ("7", "8"), "address": "1 Main St Flat 3", "name": "Lu"},
        {"phone": "7", "address": "Flat 3", "name": "Li"},
        {"phone": "7", "address": "1 Main St", "name": "Lu"},
    ]
    assert [(one.row, one.field, one.kept) for one in problems] == [(3, "phone", True)]


def test_a_value_that_cannot_be_read_costs_itself_only() -> None:
    """The record is kept without it, and the field is named."""
    [record], problems = records_of(
        _table(
            {"id": "1", "name": "Li", "dob": "soon", "employees": "many", "updated_at": "2024-01-05 10:00"}
        )
    )

    assert dict(record.fields) == {"name": "Li"}
    assert [(one.row, one.field, one.kept) for one in problems] == [
        (1, "born_on", True),
        (1, "size", True),
        (1, "recorded_at", True),
    ]
    assert "--zone" in problems[2].reason


def test_a_kind_that_is_none_is_named() -> None:
    """Overruled by hand, a column of kinds that means neither party is a problem of each row."""
    table = _table({"id": "1", "type": "robot"}, {"id": "2", "type": "企业"})
    records, problems = records_of(table, map_records(table, overrule={"kind": "type"}))

    assert [record.kind for record in records] == [None, "organisation"]
    assert problems == [
        Problem(source="s.csv", row=1, field="kind", reason="must be 'person' or 'organisation'", kept=True)
    ]


def test_a_kind_of_customer_costs_no_row() -> None:
    """A column "kind" that means something else is kept beside the kind of party."""
    grades = _table({"id": "1", "kind": "VIP"}, {"id": "2", "kind": "normal"})
    parties = _table({"id": "1", "kind": "person"}, {"id": "2", "kind": "公司"}, {"id": "3", "kind": "?"})
    both = _table({"id": "1", "party_kind": "person", "kind": "VIP"})

    records, problems = records_of(grades)
    assert [(one.kind, one["kind (as given)"]) for one in records] == [(None, "VIP"), (None, "normal")]
    assert problems == []
    records, problems = records_of(parties)
    assert [one.kind for one in records] == ["person", "organisation", None]
    assert [(one.row, one.field, one.kept) for one in problems] == [(3, "kind", True)]
    [record], problems = records_of(both)
    assert (record.kind, record["kind (as given)"], problems) == ("person", "VIP", [])


def test_what_is_recognised_is_not_overwritten() -> None:
    """Ids, sources and times are those of the columns that the map says."""
    table = _table(
        {
            "id": "1",
            "code": "a",
            "source_system": "crm",
            "source": "web",
            "recorded_at": "-",
            "changed": "2024-01-05T10:00Z",
        }
    )
    [record], problems = records_of(
        table, map_records(table, overrule={"id": "code", "recorded_at": "changed"})
    )

    assert (record.id, record.source) == ("a", "crm")
    assert record.recorded_at == dt.datetime(2024, 1, 5, 10, tzinfo=dt.UTC)
    assert dict(record.fields) == {
        "id (as given)": "1",
        "source (as given)": "web",
        "recorded_at (as given)": "-",
    }
    assert problems == []


def test_a_list_of_a_custom_column_stays_as_it_is() -> None:
    """Only contact points are told once; 1 and True are two values."""
    [record], _ = records_of(_table({"id": "1", "tags": ["a", "a", 1, True], "phone": ["7", "7"]}))

    assert record["tags"] == ("a", "a", 1, True)
    assert record["phone"] == "7"


def test_a_row_that_says_nothing_is_a_problem() -> None:
    """An id alone is a record; nothing at all is none."""
    records, problems = records_of(_table({"id": "1", "name": ""}, {"id": "", "name": "NULL"}))

    assert [record.id for record in records] == ["1"]
    assert [(one.row, one.reason) for one in problems] == [(2, "the row says nothing")]


def test_text_that_is_no_unicode_costs_its_row_only() -> None:
    """What the model refuses becomes a problem."""
    records, problems = records_of(_table({"id": "1", "note": "\ud800"}, {"id": "2", "note": "x"}))

    assert [record.id for record in records] == ["2"]
    assert [(one.row, one.kept) for one in problems] == [(1, False)]


def test_the_problems_of_the_table_come_first() -> None:
    """What could not be read at all is told with the rest."""
    before = Problem(source="s.csv", row=1, reason="broken")
    table = table_of([(2, {"id": "1", "dob": "x"})], source="s.csv", problems=[before])
    _, problems = records_of(table)

    assert problems[0] == before
    assert [one.row for one in problems] == [1, 2]


def test_a_zone_must_be_known() -> None:
    """The closest is offered at once, not row by row."""
    with pytest.raises(UnknownName, match="Asia/Shanghai"):
        records_of(_table(), zone="Asia/Shangai")
