"""Lifecycles as sheets: what is written is read as it was, and every bad cell is named."""

from __future__ import annotations

import csv
import datetime as dt
import io

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit import lifecycle
from crmkit.calendars import Duration, LocalDays, Months
from crmkit.conditions import A, F, days, to_json
from crmkit.display import FORMULA, SPACE, uninert
from crmkit.errors import InvalidValue, UnknownName
from crmkit.lifecycle import ANY, B2B, MEMBERSHIP, RETAIL, Invariant, Lifecycle, Role
from crmkit.lifecycle.cells import duration, one, read_duration, read_one, read_several, several
from crmkit.lifecycle.sheet import COLUMNS
from crmkit.model import KINDS
from lifecycle_pools import machines

SHIPPED = (RETAIL, MEMBERSHIP, B2B)
ODD = (
    "=1+1",
    "'=x",
    "-2",
    "@now",
    '"',
    'a"b',
    '"a"',
    "a;b",
    ";",
    " a ",
    "a, b",
    "新客户",
    "＝",
    "a\nb",
    "\\",
    "''",
    "\x00",
    "*a",
)
NAMES = st.sampled_from(ODD) | st.text(min_size=1, max_size=4).filter(
    lambda text: text.isprintable() and text != ANY
)
MICROSECONDS = st.integers(1, 10**15) | st.integers(1, 400).map(lambda count: count * 86_400_000_000)
DURATIONS: st.SearchStrategy[Duration] = st.one_of(
    MICROSECONDS.map(lambda count: dt.timedelta(microseconds=count)),
    st.builds(Months, count=st.integers(1, 40), zone=st.sampled_from(("UTC", "Asia/Tokyo"))),
    st.builds(LocalDays, count=st.integers(1, 40), zone=st.sampled_from(("UTC", "Asia/Tokyo"))),
)


def renamed(machine: Lifecycle, names: dict[str, str]) -> Lifecycle:
    """Return *machine* with other names of stages."""

    def new(stages: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(names.get(stage, stage) for stage in stages)

    return Lifecycle(
        machine.name,
        names.get(machine.initial, machine.initial),
        moves=[
            attrs.evolve(one, sources=new(one.sources), target=new((one.target,))[0]) for one in machine.moves
        ],
        roles=machine.roles,
        meanings=[(new((stage,))[0], meaning) for stage, meaning in machine.meanings],
        ends=new(machine.ends),
        lapsed=new(machine.lapsed),
        invariants=[attrs.evolve(one, stages=new(one.stages)) for one in machine.invariants],
    )


@given(st.sampled_from(SHIPPED) | machines(), st.sampled_from(",;\t"))
def test_what_is_written_is_read_as_it_was(machine: Lifecycle, separator: str) -> None:
    """Whatever the definition says, and with whatever the spreadsheet separates cells."""
    written = lifecycle.to_csv(machine)
    file = io.StringIO()
    csv.writer(file, delimiter=separator).writerows(csv.reader(io.StringIO(written)))

    assert lifecycle.from_csv(written) == (machine, [])
    assert lifecycle.from_csv("\ufeff" + file.getvalue()) == (machine, [])


@given(
    st.sampled_from(SHIPPED), st.lists(NAMES, min_size=6, max_size=6, unique=True), NAMES, NAMES, DURATIONS
)
def test_no_name_is_too_odd(
    machine: Lifecycle, names: list[str], title: str, kind: str, wait: Duration
) -> None:
    """Formulas, quotes, semicolons and line breaks come back, and nothing is written that a program computes."""
    odd = renamed(machine, dict(zip(machine.stages, names, strict=True)))
    odd = attrs.evolve(
        odd,
        name=title,
        meanings=[(stage, place) for (stage, _), place in zip(odd.meanings, names, strict=True)],
        roles=(*odd.roles, Role(name=f"{title}!", meaning=title, begins=kind, lapses_after=wait)),
        invariants=(*odd.invariants, Invariant(stages=odd.stages[-1:], role="fan", held=False)),
    )

    written = lifecycle.to_csv(odd)

    assert lifecycle.from_csv(written, kinds=[kind]) == (odd, [])
    for row in csv.reader(io.StringIO(written)):
        for column, cell in zip(COLUMNS, row, strict=True):
            plain = cell.rstrip(SPACE)
            assert column == "priority" or plain[:1] == "'" or not FORMULA.match(plain)


@given(DURATIONS)
def test_durations_come_back_to_the_microsecond(wait: Duration) -> None:
    """As people say them."""
    assert read_duration(duration(wait)) == wait


@given(st.lists(NAMES, min_size=1, max_size=4))
def test_names_in_a_cell_come_back(names: list[str]) -> None:
    """One or several; the spreadsheet may put space around."""
    assert read_several(uninert(several(tuple(names)))) == tuple(names)
    assert [read_one(uninert(one(name))) for name in names] == names


@given(
    st.text(max_size=80)
    | st.lists(st.sampled_from(("what", "name", "to", "move", ",", "\n", '"', ";", "lifecycle"))).map("".join)
)
def test_any_text_is_answered(text: str) -> None:
    """With a lifecycle, or with problems; never with an error or with neither."""
    found, problems = lifecycle.from_csv(text)

    assert (found is None) is bool(problems)


@given(
    st.sampled_from(SHIPPED),
    st.data(),
    st.sampled_from(("", "?", ";", '""', '"', "1.5", "days", "{}", "*", "potential", "buyer")),
)
def test_a_broken_cell_is_named_or_means_something(
    machine: Lifecycle, data: st.DataObject, broken: str
) -> None:
    """Whatever stands in one cell: a problem in that row or of the whole, or another lifecycle."""
    rows = list(csv.reader(io.StringIO(lifecycle.to_csv(machine))))
    number, place = data.draw(st.integers(1, len(rows) - 1)), data.draw(st.integers(0, len(COLUMNS) - 1))
    rows[number][place] = broken
    file = io.StringIO()
    csv.writer(file).writerows(rows)

    found, problems = lifecycle.from_csv(file.getvalue())

    assert (found is None) is bool(problems)
    # other rows use what these say, and of two moves that are made at once the later row is told
    told_apart = COLUMNS[place] in ("what", "name") or any(
        f"can be made at once with the move of row {number}:" in problem.reason for problem in problems
    )
    assert told_apart or {problem.row for problem in problems} <= {0, number}


GUARD = to_json(A("purchase").count() >= 2).replace('"', '""')
HEAD = "what,name,meaning,from,on,off,after,to,only if,priority\n"
SHEET = f"""{HEAD}lifecycle,shop,,,,,,stranger,,
stage,stranger,nobody yet,,,,,,,
stage,regular,buys,,,,,,,
stage,gone,left,,,,,,,
move,,,stranger; gone,purchase,,,regular,,
move,,,regular,,,90 days,gone,,
role,buyer,,,purchase,refund,1 year,,,
always,buyer,,regular,,,,,,
ends,,,gone,,,,,,
"""


def test_a_sheet_is_read() -> None:
    """Every sort of row, and none that another would need."""
    assert lifecycle.from_csv(SHEET) == (
        Lifecycle(
            "shop",
            "stranger",
            moves=(
                lifecycle.on("purchase", ("stranger", "gone"), "regular"),
                lifecycle.after(days(90), "regular", "gone"),
            ),
            meanings={"stranger": "nobody yet", "regular": "buys", "gone": "left"},
            roles=(Role(name="buyer", begins="purchase", ends="refund", lapses_after=Months(count=12)),),
            invariants=(Invariant(stages="regular", role="buyer"),),
            ends=("gone",),
        ),
        [],
    )


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("stage,gone", "stge,gone", "row 4, what: no row says such a thing. Did you mean 'stage'?"),
        ("; gone,pur", "; gnoe,pur", "row 5, from: no stage is called so. Did you mean 'gone'?"),
        (",regular,,\n", ",reglar,,\n", "row 5, to: no stage is called so. Did you mean 'regular'?"),
        (
            "gone,purchase",
            "gone,purchse",
            "row 5, on: no kind of activity is called so. Did you mean 'purchase'?",
        ),
        (
            "90 days",
            "90 dayz",
            "row 6, after: is no duration: no unit of time is called so. Did you mean 'day'?",
        ),
        ("90 days", "ninety", 'row 6, after: is no duration. Write "180 days", '),
        ("90 days", "0 days", "row 6, after: must be a duration longer than nothing"),
        ("90 days", "1.5 months", "row 6, after: is no duration. Write"),
        ("90 days", "2 calendar days", "row 6, after: is no duration. Write"),
        ("90 days", "9 days in UTC", "row 6, after: is no duration. Write"),
        ("90 days", "0.0000001 days", "row 6, after: is no duration. Write"),
        (
            "90 days",
            "0.000001 seconds,gone,,\nmove,,,stranger,,,0.0000005 seconds",
            "row 7, after: is no duration. Write",
        ),
        ("90 days", "99999999999 weeks", "row 6, after: is a duration too long or too fine"),
        ("90 days", "2 months in Asia/Tokio", "Did you mean 'Asia/Tokyo'?"),
        (",90 days", ",", "row 6, on: a move is made on a kind of activity or after a time"),
        (",,90 days", "purchase,,90 days", "row 6, "),
        ("gone,,\nrole", 'gone,"{""x"": 1}",\nrole', "row 6, only if: "),
        (
            "gone,,\nrole",
            "gone,,high\nrole",
            "row 6, priority: must be a whole number; the highest goes first",
        ),
        ("gone,,\nrole", f'gone,"{GUARD}",\nrole', "row 6, only if: a move that time makes has no guard"),
        ("stranger; gone,", "*; gone,", "row 5, from: a move needs the stages it leads out of"),
        ("stranger; gone,", ",", "row 5, from: is empty; a row that says move needs it"),
        ("stranger; gone,", ";,", "row 5, from: names nothing; write names with semicolons between"),
        ("stranger; gone,", '"""gone",', "row 5, from: begins with a double quote and is no text"),
        ("stage,gone,left,", "stage,gone,left,gone", "row 4, from: means nothing in a row that says stage"),
        ("stage,gone,", "stage,regular,", "row 4, name: row 3 says it already"),
        (
            "gone,,\nrole",
            "gone,,\nmove,,,regular,,,90 days,gone,,4\nrole",
            "rows 6 and 7 say the same move; leave one of them out",
        ),
        ("ends,,,gone", "lifecycle,shop,,,,,,gone,,\nends,,,gone", "row 9, what: row 1 says it already"),
        ("lifecycle,shop,,,,,,stranger,,\n", "", "sheet, what: a row must say lifecycle"),
        ("refund", "purchase", "row 7, off: the role 'buyer' both begins and ends with purchase"),
        ("always,buyer", "always,byer", "row 8, name: no role is called so. Did you mean 'buyer'?"),
        ("always,buyer", "always,", "row 8, name: is empty"),
        ("role,buyer", "role,", "row 7, name: is empty; a row that says role needs it"),
        ("role,buyer", 'role,""""""', "row 7, off: a role needs a name"),
        ("ends,,,gone,,,,,,", "ends,,,gone,,,,,,,more", "row 9: has more cells than there are headings"),
        (
            "what,name",
            "what,nmae",
            "sheet: column 2 has a heading that means nothing here. Did you mean 'name'?",
        ),
        ("off,after", "off,off", "sheet, off: has two columns; leave one out"),
        ("what,name", "sort,name", "the first row must name the columns"),
        ("nobody yet", '"nobody"yet', "row 2: is no CSV from here on"),
    ],
)
def test_what_is_wrong_is_named(old: str, new: str, expected: str) -> None:
    """Row, column, and a sentence with the closest name, without what stands in the cell."""
    found, problems = lifecycle.from_csv(SHEET.replace(old, new, 1))

    assert found is None
    assert any(expected in str(problem) for problem in problems), [*map(str, problems)]


def test_what_is_wrong_with_the_whole_is_told_too() -> None:
    """The checks of every lifecycle, once each row for itself is right."""
    sheet = SHEET.replace("stranger; gone", "stranger").replace("ends,,,gone,,,,,,\n", "")
    found, problems = lifecycle.from_csv(sheet)

    assert found is None
    assert [one.reason.partition(":")[0] for one in problems] == ["the stage 'gone' is a trap"]


def test_moves_that_could_be_made_at_once_are_named_by_row() -> None:
    """The later one, with the row of the earlier; the same move twice too."""
    for target in ("gone", "regular"):
        sheet = SHEET + f"move,,,*,purchase,,,{target},,\n" + "move,,,regular,use,,,regular,,\n"
        found, problems = lifecycle.from_csv(sheet.replace("*,", "stranger,"))

        assert found is None
        assert [(one.row, one.field) for one in problems] == [(10, "priority")]
        assert problems[0].reason.startswith(
            "can be made at once with the move of row 5: in 'stranger' a 'purchase'"
        )


def test_all_that_is_wrong_is_told_at_once() -> None:
    """In the order of the rows, and the source has the name that it was given."""
    broken = (
        SHEET.replace("; gone", "; gnoe").replace("90 days", "soon").replace("always,buyer", "always,byer")
    )
    _, problems = lifecycle.from_csv(broken, source="moves.csv")

    assert [(problem.source, problem.row, problem.field) for problem in problems] == [
        ("moves.csv", 5, "from"),
        ("moves.csv", 6, "after"),
        ("moves.csv", 8, "name"),
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [("", "must name the columns"), (HEAD, "holds no rows"), (HEAD + ",,,\n", "holds no rows")],
)
def test_nothing_is_no_lifecycle(text: str, reason: str) -> None:
    """And that is said."""
    found, problems = lifecycle.from_csv(text)

    assert found is None
    assert reason in problems[0].reason


def test_a_sheet_of_hostile_size_is_refused() -> None:
    """Before anything is read."""
    found, problems = lifecycle.from_csv("x" * 4_000_001)

    assert found is None
    assert "4,000,000" in problems[0].reason


def test_columns_and_cells_are_read_with_patience() -> None:
    """Any order, capitals and space; without what nothing needs; priorities as a spreadsheet bends them."""
    sheet = "To , WHAT,on,From,after,name,Priority\n stranger,Lifecycle,,,,shop,\n"
    sheet += "regular,move, purchase ;;renewal ,stranger,,,2.0\n\ngone,Move,,regular, 2  Weeks ,,'-3\n,ends,,gone,,,\n"

    assert lifecycle.from_csv(sheet)[0] == Lifecycle(
        "shop",
        "stranger",
        moves=(
            lifecycle.on(("purchase", "renewal"), "stranger", "regular", priority=2),
            lifecycle.after(days(14), "regular", "gone", priority=-3),
        ),
        ends=("gone",),
    )


def test_guards_and_any_stage_are_read() -> None:
    """A guard is a condition as JSON; a star stands for every other stage."""
    guard = A("purchase").count() >= 2
    machine = Lifecycle("m", "a", moves=(lifecycle.on("purchase", ANY, "b", when=guard),), ends=("b",))

    written = lifecycle.to_csv(machine)

    assert to_json(guard).replace('"', '""') in written
    assert lifecycle.from_csv(written) == (machine, [])
    derived = written.replace(to_json(guard).replace('"', '""'), to_json(F.stage == "b").replace('"', '""'))
    assert "only if: a guard reads activities and fields of the record, never stage" in str(
        lifecycle.from_csv(derived)[1][0]
    )


def test_an_invariant_needs_stages() -> None:
    """One without says nothing, and a sheet could not say it."""
    with pytest.raises(InvalidValue, match="needs the stages"):
        Invariant(stages=(), role="fan")


def test_zones_of_durations_are_checked() -> None:
    """With the closest name."""
    with pytest.raises(UnknownName, match="Asia/Tokyo"):
        read_duration("3 calendar days in Asia/Tokio")


def test_own_kinds_are_allowed_where_they_are_given() -> None:
    """Beside those that ship."""
    sheet = SHEET.replace("gone,purchase", "gone,rented")

    assert "rented" not in KINDS
    assert lifecycle.from_csv(sheet)[0] is None
    assert lifecycle.from_csv(sheet, kinds=["rented"])[0] is not None
