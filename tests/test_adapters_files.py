"""Files: whatever is in them, good rows come in and bad ones are named."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import os
import sys
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.adapters import files
from crmkit.adapters.csv_rows import csv_table, delimiter_of
from crmkit.display import SPACE
from crmkit.errors import CrmkitError, InvalidValue, MissingExtra, Problem, UnknownName
from crmkit.workflows.intake import Table, records_of
from crmkit.workflows.intake.cells import text_of

SECRET = "Zhang-13800138000"
CELLS = st.sampled_from(
    (
        "a",
        "张伟",
        "x,y",
        'say "hi"',
        "two\nlines",
        "\ttab",
        "=1+1",
        "'=x",
        "''@y",
        "+86 1",
        "-5",
        "a;b|c",
        "b\rc",
    )
)
TEXTS = st.text(st.sampled_from("=+-@＝＋－＠﹣'\" \t\r\n\u3000\u200b\ufeff\x0b\x1f\x85a张1,;|"), max_size=6)
LINES = st.sampled_from(
    (
        "1,a",
        "2,b",
        "3,张",
        '4,"c, d"',
        '5,"e\nf"',
        '6,"open',
        '7,x"y',
        '8,"z"w',
        "9",
        "9,a,b",
        "",
        ",",
        '"',
        '"",""',
    )
)


def problems_of(table: Table) -> list[tuple[int, str]]:
    return [(problem.row, problem.reason) for problem in table.problems]


def rows_of(table: Table) -> list[tuple[int, list[object]]]:
    return [(number, list(cells)) for number, *cells in zip(table.numbers, *table.cells, strict=True)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=5))
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    """read(write_csv(rows)) is the rows, formulas and line breaks included, up to space around a cell."""
    path = tmp_path_factory.getbasetemp() / "round.csv"
    files.write_csv(path, ("name", "note"), rows)
    table = files.read(path)
    again = [[text_of(cell) for cell in cells] for _, cells in rows_of(table)]
    assert again == [[cell.strip() for cell in row] for row in rows]
    assert table.columns == ("name", "note")


@given(st.lists(TEXTS, min_size=1, max_size=5))
def test_any_text_is_read_back(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    """Quotes, spaces of every kind, separators and formulas in any mixture: what was meant comes back."""
    path = tmp_path_factory.getbasetemp() / "texts.csv"
    files.write_csv(path, ("id", "note"), [("x", text) for text in texts])
    table = files.read(path)

    assert table.problems == ()
    assert [text_of(cell) or "" for cell in table.column("note")] == [text.strip(SPACE) for text in texts]


@given(st.lists(st.lists(CELLS | TEXTS, min_size=2, max_size=2), min_size=1, max_size=5))
def test_no_written_cell_is_a_formula(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    """A spreadsheet that opens the file computes nothing, whatever it trims."""
    path = tmp_path_factory.getbasetemp() / "formula.csv"
    files.write_csv(path, ("=name", "note"), rows)
    written = list(csv.reader(io.StringIO(path.read_bytes().decode(), newline="")))

    cells = [cell.strip(SPACE) for row in written for cell in row]
    assert not any(cell.startswith(tuple("=+-@＝＋－＠﹦﹢﹣﹫")) for cell in cells)
    assert not path.read_bytes().startswith(b"\xef\xbb\xbf")


def test_every_way_into_a_formula_is_closed(folder: Path) -> None:
    """Full width, small forms, and whatever stands before."""
    before = ("", " ", "\n", "\x0b", "\u3000", "\ufeff", "\u200b", "\x01", " ' \t")
    formulas = [f"{space}{sign}1" for space in before for sign in "=+-@＝＋－＠﹦﹢﹣﹫"]
    files.write_csv(folder / "a.csv", ("note",), [(one,) for one in formulas])
    text = (folder / "a.csv").read_bytes().decode()

    assert [cell for (cell,) in csv.reader(io.StringIO(text, newline=""))][1:] == [
        f"'{one}" for one in formulas
    ]


def test_a_row_of_one_empty_cell_is_written(folder: Path) -> None:
    """It is no empty line, which would be no row."""
    files.write_csv(folder / "a.csv", ("note",), [(None,), ("a\0b",)])
    assert (folder / "a.csv").read_bytes() == 'note\r\n""\r\na\ufffdb\r\n'.encode()


@given(st.lists(LINES, max_size=8))
def test_no_line_is_lost_without_a_word(lines: list[str]) -> None:
    """Rows are numbered without a gap: each is in the table or is a problem."""
    table = csv_table("\n".join(["id,note", *lines]), source="s")
    told = [problem.row for problem in table.problems if problem.row]

    assert sorted([*table.numbers, *told]) == list(range(1, len(table) + len(told) + 1))
    assert all(len(cells) == len(table) for cells in table.cells)


@given(st.lists(LINES, max_size=8))
def test_good_lines_survive_any_neighbour(lines: list[str]) -> None:
    """A line that stands on its own is read wherever a broken one stands, unless it lies within a quote."""
    good = [line for line in lines if line in ("1,a", "2,b", "3,张")]
    if not any(line.count('"') % 2 for line in lines):
        table = csv_table("\n".join(["id,note", *lines]), source="s")
        read = [f"{one},{two}" for _, (one, two) in rows_of(table) if one in ("1", "2", "3")]
        assert read == good


def test_an_open_quote_costs_its_own_row_only() -> None:
    """The rows after a quote that never closes are read."""
    text = 'id,note\n1,a\n2,"open\n3,c\n4,"d ""x"""\n5,e\n'
    table = csv_table(text, source="s.csv")

    assert rows_of(table) == [(1, ["1", "a"]), (3, ["3", "c"]), (4, ["4", 'd "x"']), (5, ["5", "e"])]
    assert problems_of(table) == [
        (2, "a quote stands where none may, or is not closed; double the quotes within a cell (line 3)")
    ]


def test_an_open_quote_at_the_start_of_a_long_file_costs_one_row() -> None:
    """A quote that would swallow the whole file does not."""
    text = 'id,note\n1,"open\n' + "".join(f"{n},x\n" for n in range(2, 2000))
    table = csv_table(text, source="s.csv")

    assert len(table) == 1998
    assert [row for row, _ in problems_of(table)] == [1]


def test_a_cell_may_run_over_many_lines_but_not_over_a_file() -> None:
    """Two hundred lines are a long note; more is a quote that was never closed."""
    notes = {lines: "\n".join(["x"] * lines) for lines in (200, 202)}
    tables = {lines: csv_table(f'id,note\n1,"{note}"\n2,b\n', source="s") for lines, note in notes.items()}

    assert rows_of(tables[200]) == [(1, ["1", notes[200]]), (2, ["2", "b"])]
    assert rows_of(tables[202])[-1][1] == ["2", "b"]
    assert tables[202].problems[0].row == 1


def test_rows_of_a_wrong_length_are_named() -> None:
    """Too few and too many cells are problems; empty cells beyond the heading are not."""
    table = csv_table("id,note\n1\n2,b,c\n3,c,,\n,\n\n4,d\n", source="s.csv")

    assert rows_of(table) == [(3, ["3", "c"]), (5, ["4", "d"])]
    assert problems_of(table) == [
        (1, "the row has 1 cells where the heading has 2 (line 2)"),
        (2, "the row has 3 cells where the heading has 2 (line 3)"),
        (4, "the row is empty (line 5)"),
    ]


def test_a_cell_that_is_too_long_costs_its_row_only() -> None:
    """A megabyte in one cell is a problem, not a crash."""
    table = csv_table(f"id,note\n1,{'x' * 200_000}\n2,b\n", source="s.csv")

    assert rows_of(table) == [(2, ["2", "b"])]
    assert problems_of(table) == [(1, "a cell is longer than 131,072 characters (line 2)")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    """Each usual delimiter is recognised, others in the cells or not."""
    other = next(one for one in ",;" if one != delimiter)
    lines = [
        delimiter.join(cells) for cells in (("id", "note", "x"), ("1", f"a{other}b", ""), ("2", "c", "d"))
    ]
    table = csv_table("\r\n".join(lines), source="s")

    assert delimiter_of(lines) == delimiter
    assert rows_of(table) == [(1, ["1", f"a{other}b", None]), (2, ["2", "c", "d"])]


def test_one_column_needs_no_delimiter() -> None:
    """A list of addresses is a table of one column."""
    assert rows_of(csv_table("email\na@x.com\nb@x.com\n", source="s")) == [(1, ["a@x.com"]), (2, ["b@x.com"])]


def test_headings_are_made_whole() -> None:
    """An unnamed column gets its place, a repeated name its place too, trailing empty ones go."""
    table = csv_table("id,,note,note,,\n1,2,3,4,,\n", source="s.csv")

    assert table.columns == ("id", "column_2", "note", "note_4")
    assert [str(problem) for problem in table.problems] == [
        "s.csv, note: two columns have this name; the later one is called 'note_4'"
    ]
    assert table.problems[0].kept


@pytest.mark.parametrize("first", ["a@x.com,Li", "13800138000,Li", "2024-01-05,Li", "Li,1990/01/31 10:00"])
def test_a_file_without_headings_loses_no_row(first: str) -> None:
    """Where the first row holds values, it is a row."""
    table = csv_table(f"{first}\nb@x.com,Wu\n", source="s.csv")

    assert len(table) == 2
    assert table.columns == ("column_1", "column_2")
    assert table.problems[0].kept
    assert "holds values, not names" in table.problems[0].reason


def test_a_broken_heading_is_said() -> None:
    """Without names no row means anything; nothing is guessed."""
    table = csv_table('id,"note\n', source="s.csv")

    assert len(table) == 0
    assert problems_of(table)[0][1].startswith("the first row cannot be read: a quote")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.csv", b"", "the file is empty"),
        ("a.csv", b"\n\n", "the file is empty"),
        ("a.csv", b"\n\n ", "the file is empty"),
        ("a.csv", b"\xef\xbb\xbf", "the file is empty"),
        ("a.csv", b"id,note\n", "the file has a heading but no rows"),
        ("a.jsonl", b"", "the file is empty"),
        ("a.jsonl", b"\n \n", "the file is empty"),
    ],
)
def test_an_empty_file_is_a_table_with_one_problem(
    folder: Path, name: str, content: bytes, reason: str
) -> None:
    """Nothing to read is said, and no error."""
    path = folder / name
    path.write_bytes(content)
    table = files.read(path)

    assert len(table) == 0
    assert table.problems == (Problem(source=name, reason=reason),)


def test_a_missing_file_offers_the_closest(folder: Path) -> None:
    """A typing error is met with the name that was meant."""
    (folder / "customers.csv").write_text("id\n1\n")
    with pytest.raises(UnknownName, match=r"Did you mean '.*customers\.csv'"):
        files.read(folder / "custmers.csv")
    with pytest.raises(UnknownName, match="no file is called"):
        files.read(folder / "nowhere" / "customers.csv")


def test_what_is_no_readable_file_is_refused(folder: Path) -> None:
    """A folder, an unknown kind and a binary file are each told apart."""
    (folder / "a.csv").write_text("id\n1\n")
    (folder / "a.xlsx").write_bytes(b"PK")
    (folder / "b.csv").write_bytes(b"PK\x03\x04\x00\x00")
    (folder / "c.parquet").write_bytes(b"no parquet")
    with pytest.raises(InvalidValue, match=r"is a folder; name a file in it: a\.csv"):
        files.read(folder)
    with pytest.raises(InvalidValue, match=r"save it as CSV, JSON lines or Parquet \(\.csv"):
        files.read(folder / "a.xlsx")
    with pytest.raises(InvalidValue, match="no text file but a ZIP archive or an Excel workbook"):
        files.read(folder / "b.csv")
    with pytest.raises(InvalidValue, match="no Parquet file"):
        files.read(folder / "c.parquet")
    (folder / "empty").mkdir()
    with pytest.raises(InvalidValue, match="none that is read"):
        files.read(folder / "empty")


BINARY = [
    (b"PK\x03\x04\x14\0", "Excel workbook"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1", "old Office file"),
    (b"%PDF-1.7\n", "a PDF"),
    (b"\x89PNG\r\n", "a picture"),
    (b"\xff\xd8\xff\xe0", "a picture"),
    (b"SQLite format 3\0", "SQLite"),
    (b"PAR1\x15\0", "name it .parquet"),
    (b"\x1f\x8b\x08", "gzip"),
    ("id,name\n1,Li\n".encode("utf-16-le"), "UTF-16"),
    (bytes(100), "binary"),
]


@pytest.mark.parametrize(("content", "kind"), BINARY, ids=[kind for _, kind in BINARY])
@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_a_binary_file_is_told_for_what_it_is(folder: Path, name: str, content: bytes, kind: str) -> None:
    """What it is, and what to do."""
    (folder / name).write_bytes(content)
    with pytest.raises(
        InvalidValue, match=rf"'{name}' is no text file but .*{kind}.*; save what is in it as CSV"
    ):
        files.read(folder / name)


def test_a_nul_costs_its_row_only(folder: Path) -> None:
    """A stray NUL, early or late, is no reason to refuse a file."""
    good = "".join(f"{number},Li\n" for number in range(3, 3000))
    (folder / "a.csv").write_bytes(f"id,name\n1,a\0b\n2,Wu\n{good}3000,\0\n".encode())
    table = files.read(folder / "a.csv")
    assert list(table.numbers) == list(range(2, 3000))
    assert problems_of(table) == [
        (1, "the row has a NUL, which is no text; take it out (line 2)"),
        (3000, "the row has a NUL, which is no text; take it out (line 3001)"),
    ]

    lines = ('{"id": 1}', '{"id": "a\\u0000b"}', '{"id": "a\0b", "x": 1}', '{"id": "a\\\\u0000b"}')
    (folder / "a.jsonl").write_bytes("\n".join(lines).encode())
    table = files.read(folder / "a.jsonl")
    assert rows_of(table) == [(1, [1]), (4, ["a\\u0000b"])]
    assert problems_of(table) == [
        (2, "the line has a NUL, which is no text; take it out"),
        (3, "the line is no JSON"),
    ]


def test_a_file_one_may_not_read_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the system refuses becomes a clear error."""
    path = folder / "a.csv"
    path.write_text("id\n1\n")

    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(InvalidValue, match=r"cannot read .*Permission denied"):
        files.read(path)
    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(UnknownName):
        files.read(folder / "other.csv")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_marks_at_the_start_are_understood(folder: Path, encoding: str) -> None:
    """With a byte order mark or without, the first heading is clean."""
    path = folder / "a.csv"
    path.write_text("姓名,email\n张伟,a@x.com\n", encoding=encoding)
    table = files.read(path)

    assert table.columns == ("姓名", "email")
    assert rows_of(table) == [(1, ["张伟", "a@x.com"])]
    assert table.problems == ()


def test_gb18030_is_read_and_said(folder: Path) -> None:
    """Excel in China writes GB18030; it is read, and the user told."""
    path = folder / "a.csv"
    path.write_text("姓名,城市\n张伟,深圳\n李娜,北京\n", encoding="gb18030")
    table = files.read(path)

    assert rows_of(table) == [(1, ["张伟", "深圳"]), (2, ["李娜", "北京"])]
    assert [(one.row, one.kept) for one in table.problems] == [(0, True)]
    assert "GB18030" in table.problems[0].reason


def test_one_bad_byte_costs_one_row(folder: Path) -> None:
    """A UTF-8 file with one broken line is not taken for another encoding."""
    path = folder / "a.csv"
    path.write_bytes("姓名,城市\n张伟,深圳\n".encode() + b"\xb0\xa1\xff,x\n" + "李娜,北京\n".encode())
    table = files.read(path)

    assert rows_of(table) == [(1, ["张伟", "深圳"]), (3, ["李娜", "北京"])]
    assert problems_of(table) == [
        (2, "the row has bytes that are not UTF-8; save the file as UTF-8 (line 3)")
    ]


def test_western_bytes_are_not_taken_for_chinese(folder: Path) -> None:
    """Latin-1 breaks UTF-8 too, but would be nonsense as GB18030: its rows are problems."""
    path = folder / "a.csv"
    path.write_bytes("name,Größe\nMüller,1\nMeyer,2\n".encode("latin-1"))
    table = files.read(path)

    assert rows_of(table) == [(2, ["Meyer", "2"])]
    assert [row for row, _ in problems_of(table)] == [1]
    assert table.columns == ("name", "Gr\ufffd\ufffde")


def test_json_lines_are_rows(folder: Path) -> None:
    """Typed values stay typed; what lies deeper gets a name with dots; a name may be missing."""
    path = folder / "a.jsonl"
    path.write_text(
        '{"id": 1, "email": ["a@x.com", "b@x.com"], "utm": {"source": "x", "at": {"y": 2}}}\n\n'
        '{"id": "2", "ok": true, "none": null, "nan": NaN}\n',
        encoding="utf-8",
    )
    table = files.read(path)

    assert list(table.rows()) == [
        (1, {"id": 1, "email": ("a@x.com", "b@x.com"), "utm.source": "x", "utm.at.y": 2}),
        (2, {"id": "2", "ok": True}),
    ]
    assert table.problems == ()


def test_bad_json_lines_are_named(folder: Path) -> None:
    """Each bad line is a problem of its own, and the good ones come in."""
    bad = [
        b"{",
        b"[1]",
        b"5",
        b'{"a": 1} {"b": 2}',
        b'{"a": Infinity}',
        b'{"a": "\\ud800"}',
        b'{"a": "\xff"}',
        b"[" * 100_000,
        b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
        b'{"a": ' + b"9" * 5_000 + b"}",
    ]
    path = folder / "a.ndjson"
    path.write_bytes(b"\n".join([b'{"id": 0}', *bad, b'{"id": 1}']))
    table = files.read(path)

    assert rows_of(table) == [(1, [0]), (len(bad) + 2, [1])]
    assert [row for row, _ in problems_of(table)] == list(range(2, len(bad) + 2))
    assert [reason for _, reason in problems_of(table)][:7] == [
        "the line is no JSON",
        "the line is no JSON object",
        "the line is no JSON object",
        "the line is no JSON",
        "the line has an infinite number",
        "the line has text that is no Unicode",
        "the line has bytes that are not UTF-8",
    ]


def test_json_names_are_made_whole(folder: Path) -> None:
    """A key without a name is a column without one; a key that stands twice says two things."""
    path = folder / "a.jsonl"
    path.write_text(
        '{"id": 1, "": "x", " note ": "y", "a": {"": 2}}\n{"id": 2, "id": 3}\n{"a": {"b": 1}, "a.b": 2}\n'
    )
    table = files.read(path)

    assert list(table.rows()) == [(1, {"id": 1, "column": "x", "note": "y", "a.column": 2})]
    assert problems_of(table) == [(2, "the line says one name twice"), (3, "the line says one name twice")]
    assert len(records_of(table)[0]) == 1


@pytest.mark.parametrize("depth", [21, 400, 900, 5_000])
@pytest.mark.parametrize(("opens", "closes"), [("[", "]"), ('{"x":', "}"), ('[{"x":', "}]")])
def test_json_that_is_nested_deeply_costs_its_own_row_at_most(
    folder: Path, depth: int, opens: str, closes: str
) -> None:
    """Lists in lists, objects in objects: no good row is lost, and no stack runs over."""
    path = folder / "a.jsonl"
    path.write_text(f'{{"id": 1}}\n{{"id": 2, "x": {opens * depth}1{closes * depth}}}\n{{"id": 3}}\n')
    table = files.read(path)
    records, problems = records_of(table)

    assert {record.id for record in records} >= {"1", "3"}
    assert {problem.row for problem in problems} <= {2}
    assert problems or depth == 21


def test_a_json_array_is_refused_with_the_way_out(folder: Path) -> None:
    """One object a line is what is read."""
    path = folder / "a.json"
    path.write_text('[{"id": 1}]')
    with pytest.raises(InvalidValue, match="write one object a line"):
        files.read(path)


def test_parquet_columns_become_plain_values(folder: Path) -> None:
    """Every type a field can hold comes over; what it cannot hold is left out and named."""
    path = folder / "a.parquet"
    at = dt.datetime(2024, 1, 1, 8, 0, 0, 1)
    table = pa.table(
        {
            "text": ["a", None],
            "coded": pa.array(["x", "y"]).dictionary_encode(),
            "whole": [1, 2],
            "real": [0.5, None],
            "truth": [True, False],
            "money": pa.array([Decimal("1.50"), None], pa.decimal128(10, 2)),
            "day": pa.array([dt.date(2024, 1, 1), None]),
            "wall": pa.array([at, None], pa.timestamp("ns")),
            "instant": pa.array([at, None], pa.timestamp("us", "UTC")),
            "bytes": pa.array([b"a", b"b"]),
            "several": pa.array([["a", "b"], None]),
            "nested": pa.array([{"x": 1}, None]),
            "broken": pa.array([b"\xff", b"b"]),
        }
    )
    pq.write_table(table, path)
    read = files.read(path)

    assert dict(next(iter(read.rows()))[1]) == {
        "text": "a",
        "coded": "x",
        "whole": 1,
        "real": 0.5,
        "truth": True,
        "money": Decimal("1.50"),
        "day": dt.date(2024, 1, 1),
        "wall": at,
        "instant": at.replace(tzinfo=dt.UTC),
        "bytes": "a",
        "several": ("a", "b"),
    }
    assert type(read.column("wall")[0]) is dt.datetime
    assert list(read.numbers) == [1, 2]
    assert [(one.field, one.kept) for one in read.problems] == [("nested", True), ("broken", True)]


BEYOND = [
    (pa.timestamp("us"), 2**62),
    (pa.timestamp("us"), -(2**62)),
    (pa.timestamp("ms"), 2**62),  # a cast to microseconds would wrap around
    (pa.timestamp("ms", "UTC"), 2**52),
    (pa.timestamp("us", "Asia/Shanghai"), 253_402_300_799_000_000),  # within 9999 in UTC only
    (pa.date32(), 2**30),
    (pa.date32(), -(2**30)),
    (pa.duration("ms"), 2**62),
    (pa.list_(pa.timestamp("us")), [0, 2**62]),
]


@pytest.mark.parametrize(("kind", "beyond"), BEYOND, ids=[f"{kind} {beyond}" for kind, beyond in BEYOND])
def test_a_time_beyond_the_calendar_costs_its_cell_only(folder: Path, kind: pa.DataType, beyond: Any) -> None:
    """Python's years end at 9999 and begin at 1; Parquet's do not."""
    path = folder / "a.parquet"
    plain = (
        pa.list_(pa.int64()) if pa.types.is_list(kind) else pa.int32() if kind == pa.date32() else pa.int64()
    )
    fine = [0] if pa.types.is_list(kind) else 0
    pq.write_table(
        pa.table({"id": ["1", "2", "3"], "seen": pa.array([fine, beyond, None], plain).cast(kind)}), path
    )
    table = files.read(path)
    records, problems = records_of(table)

    assert [record.id for record in records] == ["1", "2", "3"]
    assert [sorted(dict(record.fields)) for record in records] == [["seen"], [], []]
    assert [(one.row, one.field, one.kept) for one in problems] == [(2, "seen", True)]
    assert "a time lies in the years 1 to 9999" in problems[0].reason


def test_a_parquet_column_of_which_nothing_can_be_read_is_said_once(folder: Path) -> None:
    """A million bad cells are one problem; the column keeps its name."""
    path = folder / "a.parquet"
    pq.write_table(pa.table({"id": ["1", "2"], "at": pa.array([2**62, 2**62], pa.timestamp("us"))}), path)
    table = files.read(path)

    assert table.columns == ("id", "at")
    assert [(one.row, one.field) for one in table.problems] == [(0, "at")]


def test_everything_parquet_holds_is_read_or_named(folder: Path) -> None:
    """Spans, times of day, decimals of any width, whole numbers of any size, bytes of a fixed length."""
    path = folder / "a.parquet"
    columns = {
        "span": pa.array([2**40, None], pa.duration("ns")),
        "clock": pa.array([1, None], pa.time64("ns")),
        "wide": pa.array([Decimal(10) ** 60, None], pa.decimal256(76, 2)),
        "whole": pa.array([2**64 - 1, None], pa.uint64()),
        "endless": pa.array([float("inf"), None]),
        "fixed": pa.array([b"ab", None], pa.binary(2)),
        "spans": pa.array([[1, None], None], pa.list_(pa.duration("ns"))),
        "coded": pa.array([["a"], None], pa.list_(pa.dictionary(pa.int32(), pa.string()))),
        "nothing": pa.nulls(2),
    }
    pq.write_table(pa.table({"id": ["1", "2"], **columns}), path)
    records, problems = records_of(files.read(path))

    assert problems == []
    assert dict(records[0].fields) == {
        "span": "0:18:19.511627",
        "clock": "00:00:00",
        "wide": 10**60,
        "whole": 2**64 - 1,
        "endless": "inf",
        "fixed": "ab",
        "spans": "0:00:00",
        "coded": "a",
    }


@given(st.data())
def test_a_broken_parquet_file_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Whichever byte is wrong, nothing but our own errors comes out."""
    path = tmp_path_factory.getbasetemp() / "broken.parquet"
    pq.write_table(pa.table({"id": ["1", "2"], "at": pa.array([0, 1], pa.timestamp("us"))}), path)
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.sampled_from((len(content), place)))])
    with suppress(CrmkitError):
        records_of(files.read(path))


def test_parquet_names_are_made_whole(folder: Path) -> None:
    """Names that stand twice, or are nothing but space, get a counter."""
    path = folder / "a.pq"
    pq.write_table(pa.Table.from_arrays([pa.array([1])] * 4, names=["a", " a", " ", ""]), path)

    assert files.read(path).columns == ("a", "a_2", "column", "column_2")


def test_parquet_without_rows_is_said(folder: Path) -> None:
    """Nothing to read is a problem, and no error."""
    path = folder / "a.parquet"
    pq.write_table(pa.table({"a": pa.array([], pa.int64())}), path)

    assert [str(one) for one in files.read(path).problems] == ["a.parquet: the file has no rows"]


def test_parquet_without_its_extra_says_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command that brings pyarrow is in the message."""
    path = folder / "a.parquet"
    path.write_bytes(b"PAR1")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtra, match=r"pip install 'crmkit\[frames\]'"):
        files.read(path)


def test_a_source_may_be_named(folder: Path) -> None:
    """Problems and records lead back to the name the user gives."""
    path = folder / "a.csv"
    path.write_text("id,note\n1\n")

    assert files.read(path).source == "a.csv"
    assert files.read(path, source="shop").problems[0].source == "shop"
    assert files.read(str(path)).source == "a.csv"


def test_problems_repeat_no_cell(folder: Path) -> None:
    """Whatever is wrong with a row, its content stays out of the problem."""
    path = folder / "a.csv"
    path.write_bytes(f'id,note\n{SECRET}\n"{SECRET}\n1,{SECRET},{SECRET}\n1,{SECRET}'.encode() + b"\xff\n")
    lines = folder / "a.jsonl"
    lines.write_text(f'{SECRET}\n"{SECRET}"\n')

    for table in (files.read(path), files.read(lines)):
        assert len(table.problems) >= 2
        assert not any(SECRET in str(problem) for problem in table.problems)
        assert SECRET not in repr(table)


def test_csv_cells_are_written_as_people_expect(folder: Path) -> None:
    """Nothing for unknown, ISO for times, numbers as numbers."""
    path = folder / "deep" / "a.csv"
    at = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    row = [None, True, -5, Decimal("-1.50"), dt.date(2024, 1, 2), at, ("a", "-b"), ("-a",), 0.5]
    files.write_csv(path, [str(n) for n in range(len(row))], [row])

    assert path.read_text(encoding="utf-8").splitlines()[1] == (
        ",true,-5,-1.50,2024-01-02,2024-01-01T00:00:00+00:00,a; -b,'-a,0.5"
    )


def test_json_lines_are_written_whole(folder: Path) -> None:
    """One object a line, readable again, times in ISO 8601."""
    path = folder / "a.jsonl"
    rows: list[dict[str, object]] = [
        {"name": "张伟", "at": dt.datetime(2024, 1, 1, tzinfo=dt.UTC), "n": 1},
        {"name": "\ud800"},
    ]
    files.write_json_lines(path, rows)
    first, second = path.read_text(encoding="utf-8").splitlines()

    assert first == '{"name": "张伟", "at": "2024-01-01T00:00:00+00:00", "n": 1}'
    assert json.loads(second) == {"name": "\ud800"}
    with pytest.raises(ValueError, match="JSON"):
        files.write_json_lines(path, [{"n": float("nan")}])


def test_a_write_that_fails_leaves_the_old_file(folder: Path) -> None:
    """A file is replaced whole, or not at all, and nothing else is left behind."""
    path = folder / "a.csv"
    files.write_text(path, "old")

    def rows() -> list[list[object]]:
        raise RuntimeError("half way")

    with pytest.raises(RuntimeError):
        files.write_csv(path, ("a",), (row for row in rows()))
    assert path.read_text() == "old"
    assert [one.name for one in folder.iterdir()] == ["a.csv"]
    files.write_text(path, "new")
    assert path.read_text() == "new"
    assert [one.name for one in folder.iterdir()] == ["a.csv"]


def test_what_cannot_be_written_is_said(folder: Path) -> None:
    """A file where a folder should be is a clear error."""
    (folder / "a").write_text("")
    with pytest.raises(InvalidValue, match="cannot write"):
        files.write_text(folder / "a" / "b.csv", "x")
    (folder / "c").mkdir()
    with pytest.raises(InvalidValue, match="cannot write"):
        files.write_text(folder / "c", "x")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no pipes with a name")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    """What can be read only once cannot be read and told apart from others."""
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(InvalidValue, match="is a pipe or a device; save what comes out of it"):
        files.read(tmp_path / "pipe.csv")
