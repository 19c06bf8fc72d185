"""Rows of a sheet: each with its cells by column, and what is wrong with them before they are read."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeVar, final

import attrs

from crmkit.conditions.documents import MAX_CHARACTERS
from crmkit.display import SPACE, uninert
from crmkit.errors import CrmkitError, Problem, suggestion
from crmkit.lifecycle.sheet import COLUMNS

T = TypeVar("T")

# what a row says -> the columns that it needs, and those that it may fill besides
_USES: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "lifecycle": (("name", "to"), ()),
    "stage": (("name",), ("meaning",)),
    "move": (("from", "to"), ("on", "after", "only if", "priority")),
    "role": (("name", "on"), ("meaning", "off", "after")),
    "always": (("name", "from"), ()),
    "never": (("name", "from"), ()),
    "ends": (("from",), ()),
    "lapsed": (("from",), ()),
}
_ONCE: Final = ("lifecycle", "ends", "lapsed")


@final
@attrs.frozen(kw_only=True, eq=False)
class Row:
    """One row: what it says, its cells by column, and where its faults are collected."""

    number: int
    what: str
    cells: Mapping[str, str]
    source: str
    faults: list[Problem]

    def fault(self, column: str, reason: str) -> None:
        """Note what is wrong with a cell."""
        self.faults.append(Problem(source=self.source, row=self.number, field=column, reason=reason))

    def read(self, column: str, read: Callable[[str], T], otherwise: T) -> T:
        """Return what a cell says, or *otherwise* if it is empty or says nothing that can be read."""
        cell = self.cells.get(column, "")
        try:
            return read(cell) if cell else otherwise
        except CrmkitError as error:
            self.fault(column, str(error))
            return otherwise

    def made(self, column: str, make: Callable[[], T]) -> T | None:
        """Return what is made of the cells, or note at *column* why it cannot be."""
        try:
            return make()
        except CrmkitError as error:
            self.fault(column, str(error))
            return None

    def known(self, column: str, names: Iterable[str], what: str, known: Iterable[str]) -> None:
        """Note the first of *names* that is not among the *known*."""
        known = {*known}
        wrong = next((name for name in names if name not in known), None)
        if wrong is not None:
            self.fault(column, f"no {what} is called so. {suggestion(wrong, known)}".rstrip())


def rows_of(text: str, source: str, faults: list[Problem]) -> list[Row]:
    """Return the rows that say something; a sheet whose headings are wrong has none."""
    if len(text) > MAX_CHARACTERS:
        faults.append(Problem(source=source, reason=f"is longer than {MAX_CHARACTERS:,} characters"))
        return []
    lines = _lines(text.removeprefix("\ufeff"), source, faults)
    headings = [_plain(cell).lower() for cell in next(iter(lines), ())]
    _check_headings(headings, source, faults)
    if faults:
        return []
    rows = []
    for number, line in enumerate(lines[1:], start=1):
        cells = [_plain(cell) for cell in line]
        if not any(cells):
            continue
        named = dict(zip(headings, cells, strict=False))
        row = Row(
            number=number, what=named.get("what", "").lower(), cells=named, source=source, faults=faults
        )
        if any(cells[len(headings) :]):
            row.fault("", "has more cells than there are headings; put text with commas in double quotes")
        rows.append(row)
    return rows


def _lines(text: str, source: str, faults: list[Problem]) -> list[list[str]]:
    """Return the cells of all lines, separated by what separates most headings."""
    first = text.partition("\n")[0]
    separator = max(",;\t", key=lambda one: len({*map(_plain, first.lower().split(one))} & {*COLUMNS}))
    lines: list[list[str]] = []
    try:
        lines.extend(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error:
        reason = "is no CSV from here on: a double quote is missing, or stands where none may"
        faults.append(Problem(source=source, row=len(lines), reason=reason))
    return lines


def _plain(cell: str) -> str:
    return uninert(cell.strip(SPACE))


def _check_headings(headings: Sequence[str], source: str, faults: list[Problem]) -> None:
    for place, heading in enumerate(headings, start=1):
        if heading and heading not in COLUMNS:
            reason = f"column {place} has a heading that means nothing here. {suggestion(heading, COLUMNS)}"
            faults.append(Problem(source=source, reason=reason))
        elif heading and headings.index(heading) != place - 1:
            faults.append(Problem(source=source, field=heading, reason="has two columns; leave one out"))
    if "what" not in headings:
        reason = f"the first row must name the columns, and one of them is what: {', '.join(COLUMNS)}"
        faults.append(Problem(source=source, field="what", reason=reason))


def check_rows(rows: Sequence[Row], source: str, faults: list[Problem]) -> None:
    """Note what rows lack, what means nothing in them, and what is said twice."""
    for row in rows:
        _check_cells(row)
    _check_repeats(rows, source, faults)


def _check_cells(row: Row) -> None:
    """Note a kind of row that there is not, what a row lacks, and what means nothing in it."""
    if row.what not in _USES:
        row.fault("what", f"no row says such a thing. {suggestion(row.what, _USES)}")
        return
    needed, possible = _USES[row.what]
    for column in needed:
        if not row.cells.get(column):
            row.fault(column, f"is empty; a row that says {row.what} needs it")
    for column in COLUMNS[1:]:
        if row.cells.get(column) and column not in (*needed, *possible):
            row.fault(column, f"means nothing in a row that says {row.what}; leave it empty")


def _check_repeats(rows: Sequence[Row], source: str, faults: list[Problem]) -> None:
    """Note what is said twice and may be said once only, and a sheet that gives no name."""
    said: dict[tuple[str, str], int] = {}
    for row in rows:
        if row.what in ("stage", "role") or row.what in _ONCE:
            key = (row.what, "" if row.what in _ONCE else row.cells.get("name", ""))
            if key in said:
                row.fault("what" if row.what in _ONCE else "name", f"row {said[key]} says it already")
            said.setdefault(key, row.number)
    if ("lifecycle", "") not in said:
        reason = "a row must say lifecycle, with its name and, in the column to, the stage to begin in"
        faults.append(Problem(source=source, field="what", reason=reason))
