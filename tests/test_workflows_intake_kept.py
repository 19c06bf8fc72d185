"""Nothing lost: whatever columns are called, each cell is where the map says, or is named."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from hypothesis import given
from hypothesis import strategies as st

from crmkit.errors import Problem
from crmkit.model import KINDS, Activity, Record
from crmkit.workflows.intake import (
    ColumnMap,
    Table,
    activities_of,
    map_activities,
    map_records,
    records_of,
    table_of,
)
from crmkit.workflows.intake.cells import id_of, number_of, text_of, texts_of, value_of
from crmkit.workflows.intake.kinds import activity_kind, party_kind
from crmkit.workflows.intake.mapping import PROPS

SECRET = "Zhang-13800138000"
AT = "2024-01-05T10:00Z"
MARK = "mark"
CELLS = st.sampled_from(
    (None, "", "person", "Company", "purchase", "?", SECRET, "VIP", AT, "12,50", "7", 7, 2.5, True, ("a", "a", 1))
)  # fmt: skip
RECORD_COLUMNS = (
    "id",
    "record_id",
    "kind",
    "party_kind",
    "kind (as given)",
    "kind (as given)#2",
    "source",
    "source_system",
    "recorded_at",
    "changed",
    "updated_at",
    "name",
    "full_name",
    "phone",
    "phone 2",
    "lines",
    "order_id",
    "amount",
)
ACTIVITY_COLUMNS = (
    "id",
    "activity_id",
    "kind",
    "type",
    "source",
    "source_system",
    "recorded_at",
    "loaded_at",
    "changed",
    "lines",
    "lines (as given)",
    "lines (as given)#2",
    "order_id",
    "order no",
    "sku",
    "product_id",
    "amount",
    "paid",
    "quantity",
    "guests",
)
Case = tuple[Table, ColumnMap, dict[str, str]]


def _cases(
    columns: Sequence[str], fields: Sequence[str], mapped: Callable[..., ColumnMap], **always: str
) -> st.SearchStrategy[Case]:
    """Draw a table of some of *columns*, whose rows are told apart by `MARK`, and how a hand maps it."""

    @st.composite
    def case(draw: st.DrawFn) -> Case:
        names = draw(st.lists(st.sampled_from(columns), unique=True, min_size=3, max_size=9))
        rows = draw(st.lists(st.fixed_dictionaries(dict.fromkeys(names, CELLS)), min_size=1, max_size=5))
        table = table_of(
            (
                (number, {MARK: f"m{number}", **{name: f"{one}{number}" for name, one in always.items()}, **row})
                for number, row in enumerate(rows, start=1)
            ),
            source="s.csv",
        )  # fmt: skip
        overrule = draw(
            st.dictionaries(st.sampled_from(fields), st.sampled_from([MARK, *names]), max_size=2)
            .map(lambda found: {column: field for field, column in found.items() if column != MARK})
            .map(lambda found: {field: column for column, field in found.items()})
        )
        return table, mapped(table, overrule=overrule), overrule

    return case()


RECORDS = _cases(RECORD_COLUMNS, ("id", "kind", "source", "recorded_at", "name", "phone"), map_records)
ACTIVITIES = _cases(
    ACTIVITY_COLUMNS,
    ("id", "kind", "source", "recorded_at", "order_id", "amount", "quantity"),
    map_activities,
    customer_id="c",
    at="2024-01-0",
)


def _told(problems: Sequence[Problem]) -> set[tuple[int, str]]:
    return {(problem.row, problem.field) for problem in problems}


def _by_mark(found: Sequence[Record] | Sequence[Activity]) -> dict[object, Record | Activity]:
    return {one[MARK]: one for one in found}


def _instant(value: object) -> dt.datetime | None:
    return dt.datetime(2024, 1, 5, 10, tzinfo=dt.UTC) if value == AT else None


def _in_record(record: Record, field: str, cell: object) -> bool:
    """Return whether *record* says what the recognised *cell* says."""
    if field == "id":
        return id_of(cell) in (record.id, *record.aliases)
    if field == "source":
        return record.source == text_of(cell)
    if field == "kind":
        return record.kind is not None and record.kind == party_kind(text_of(cell) or "")
    if field == "recorded_at":
        return record.recorded_at is not None and record.recorded_at == _instant(cell)
    if field == "phone":
        return set(texts_of(cell) or ()) <= set(record.texts("phone"))
    return record[field] == text_of(cell)


def _in_activity(fact: Activity, field: str, cell: object) -> bool:
    """Return whether *fact* says what the recognised *cell* says."""
    if field == "recorded_at":
        return fact.recorded_at is not None and fact.recorded_at == _instant(cell)
    if field == "kind":
        return fact.kind == activity_kind(text_of(cell) or "", KINDS)
    if field == "at":
        return f"{fact.at:%Y-%m-%d}" == cell
    if field in ("amount", "quantity", "guests"):
        # Of the pool only "12,50" has a comma, and it proves its column.
        number = number_of(cell, decimal_comma=True)
        said = fact.amount_minor if field == "amount" else fact[field]
        return said == (number * 100 if field == "amount" and number is not None else number)
    return (fact[field] if field in PROPS else getattr(fact, field)) == id_of(cell)


@given(RECORDS)
def test_every_cell_is_in_its_record_or_named(case: Case) -> None:
    """No column overwrites another, and no cell costs more than itself."""
    table, columns, _ = case
    records, problems = records_of(table, columns)
    told = _told(problems)
    by_mark = _by_mark(records)

    assert len(records) == len(table)
    for number, row in table.rows():
        record = by_mark[row[MARK]]
        assert isinstance(record, Record)
        for one in columns.recognised:
            cell = row.get(one.column)
            if text_of(cell) is not None:
                assert (number, one.field) in told or _in_record(record, one.field, cell)
        for name, column in columns.custom:
            assert record[name] == value_of(row.get(column))
    assert all(problem.kept for problem in problems)


@given(ACTIVITIES)
def test_every_cell_is_in_its_fact_or_named(case: Case) -> None:
    """A row that is no fact is a problem that says which field it lacks."""
    table, columns, _ = case
    facts, problems = activities_of(table, columns, zone="UTC", currency="CNY")
    told = _told(problems)
    by_mark = _by_mark(facts)
    left_out = {problem.row for problem in problems if not problem.kept and problem.field}

    for number, row in table.rows():
        if number in left_out:
            assert row[MARK] not in by_mark
            continue
        fact = by_mark[row[MARK]]
        assert isinstance(fact, Activity)
        for one in columns.recognised:
            cell = row.get(one.column)
            if text_of(cell) is not None:
                assert (number, one.field) in told or _in_activity(fact, one.field, cell)
        for name, column in columns.custom:
            assert fact[name] == value_of(row.get(column))


@given(st.one_of(RECORDS, ACTIVITIES))
def test_every_column_has_a_name_of_its_own(case: Case) -> None:
    """A hand wins, and what is left over takes no name that means something, and none twice."""
    table, columns, overrule = case
    names = [name for name, _ in columns.custom]

    assert all(columns.columns(field) == (column,) for field, column in overrule.items())
    assert sorted([*(one.column for one in columns.recognised), *(column for _, column in columns.custom)]) == (
        sorted(table.columns)
    )  # fmt: skip
    assert len(set(names)) == len(names)
    assert PROPS.isdisjoint(names) or columns.subject == "records"
    assert columns.subject == "activities" or not {one.field for one in columns.recognised} & set(names)


@given(RECORDS, ACTIVITIES)
def test_no_reason_repeats_a_value(of_records: Case, of_activities: Case) -> None:
    """A problem leads back to the row; it does not quote it."""
    _, problems = records_of(*of_records[:2])
    _, others = activities_of(*of_activities[:2], currency="CNY")

    for problem in (*problems, *others):
        assert not any(value in str(problem) for value in (SECRET, "VIP", "Company", AT))
