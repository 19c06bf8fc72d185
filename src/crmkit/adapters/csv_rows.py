"""CSV rows: delimited text read line by line, so that one broken row costs that row only."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Final

from crmkit.errors import Problem
from crmkit.workflows.intake import Table

DELIMITERS: Final = (",", ";", "\t", "|")

_SAMPLE: Final = 20
_LONGEST: Final = 200  # lines a cell may run over; more is a quote that was never closed
_NO_TEXT = re.compile("[\0\ud800-\udfff]")  # a lone surrogate stands for a byte that could not be decoded
_VALUE = re.compile(r"[^@\s]+@[^@\s]+\.\w{2,}|[+-]?([.,:/\-\s]*\d){6,}")
_UNCLOSED: Final = "a quote stands where none may, or is not closed; double the quotes within a cell"
_BYTES: Final = "the row has bytes that are not UTF-8; save the file as UTF-8"
_NULS: Final = "the row has a NUL, which is no text; take it out"
_TOO_LONG: Final = "a cell is longer than 131,072 characters"


def csv_table(text: str, *, source: str, problems: Iterable[Problem] = ()) -> Table:
    """Return delimited *text* as a table of text cells, the broken rows as its problems.

    The first row names the columns, unless it holds values: then they are
    ``column_1``, ``column_2`` and so on.  Cells are stripped; an empty one is None.
    """
    lines = list(io.StringIO(text, newline=""))
    records = _records(lines, delimiter_of(lines[:_SAMPLE]))
    head = None if text.isspace() else next(records, None)
    if head is None or head[2]:
        reason = f"the first row cannot be read: {head[2]}" if head else "the file is empty"
        unread = Problem(source=source, reason=reason)
        return Table(source=source, columns=(), numbers=(), cells=(), problems=(*problems, unread))
    columns, named, renamed = _names(head[1], source)
    rows = records if named else chain((head,), records)
    numbers, kept, broken = _sifted(rows, len(columns), source, undecoded=_NO_TEXT.search(text) is not None)
    found = [*problems, *renamed, *broken]
    if not numbers and not broken:
        found.append(Problem(source=source, reason="the file has a heading but no rows"))
    cells_by_column = zip(*kept, strict=True) if kept else [()] * len(columns)
    return Table(
        source=source,
        columns=columns,
        numbers=numbers,
        cells=tuple([cell.strip() or None for cell in column] for column in cells_by_column),
        problems=tuple(found),
    )


def delimiter_of(lines: Sequence[str]) -> str:
    """Return the delimiter that cuts most of *lines* into as many cells as the first, and that into most.

    >>> delimiter_of(["name;note", "Li;a, b", "Wu;c"])
    ';'
    """

    def evenness(delimiter: str) -> tuple[int, int]:
        counts = [len(cells) for _, cells, reason in _records(lines, delimiter) if cells and not reason]
        if not counts or counts[0] < 2:
            return 0, 0
        return sum(count == counts[0] for count in counts), counts[0]

    return max(DELIMITERS, key=evenness)


def _records(lines: Sequence[str], delimiter: str) -> Iterator[tuple[int, list[str], str]]:
    """Yield each row: the place of its first line, its cells, and why it cannot be read, if so.

    A row that breaks costs its first line only; reading goes on with the next.
    Blank lines are no rows.
    """
    start = 0
    width = 0
    while start < len(lines):
        begin = [start]
        reader = csv.reader(
            _feed(lines, begin), delimiter=delimiter, strict=True, skipinitialspace=delimiter != "\t"
        )
        broken = ""
        while not broken:
            first = begin[0]
            cells, broken = _next(reader)
            if cells is None and not broken:
                return
            begin[0] = start + reader.line_num
            width = width or len(cells or ())
            if cells and begin[0] - first > 1 and _misfit(cells, width):
                broken = _UNCLOSED
            if cells or broken:
                yield first, [] if broken else cells or [], broken
        start = first + 1


def _next(reader: Iterator[list[str]]) -> tuple[list[str] | None, str]:
    """Return the cells of the next row, None at the end, and why it cannot be read, if so."""
    try:
        return next(reader, None), ""
    except csv.Error as error:
        return None, _TOO_LONG if "field larger" in str(error) else _UNCLOSED


def _feed(lines: Sequence[str], begin: Sequence[int]) -> Iterator[str]:
    """Yield lines from ``begin[0]`` on, until a row runs on for longer than any row does."""
    for place in range(begin[0], len(lines)):
        if place - begin[0] > _LONGEST:
            return
        yield lines[place]


def _sifted(
    rows: Iterable[tuple[int, list[str], str]], width: int, source: str, *, undecoded: bool
) -> tuple[list[int], list[list[str]], list[Problem]]:
    """Return the numbers and the cells of the good rows, and a problem for each other."""
    numbers: list[int] = []
    kept: list[list[str]] = []
    problems: list[Problem] = []
    for number, (line, cells, broken) in enumerate(rows, start=1):
        reason = broken or _misfit(cells, width)
        if undecoded and not reason and (found := _NO_TEXT.search("".join(cells))):
            reason = _NULS if found[0] == "\0" else _BYTES
        if reason:
            problems.append(Problem(source=source, row=number, reason=f"{reason} (line {line + 1})"))
        else:
            numbers.append(number)
            kept.append(cells[:width])
    return numbers, kept, problems


def _misfit(cells: Sequence[str], width: int) -> str:
    if len(cells) != width and (len(cells) < width or any(map(str.strip, cells[width:]))):
        return f"the row has {len(cells)} cells where the heading has {width}"
    return "" if any(map(str.strip, cells)) else "the row is empty"


def _names(head: Sequence[str], source: str) -> tuple[tuple[str, ...], bool, list[Problem]]:
    """Return the names of the columns, whether the first row held them, and what had to be renamed."""
    texts = [_NO_TEXT.sub("\ufffd", cell.strip()) for cell in head]
    if any(_VALUE.fullmatch(text) for text in texts):
        reason = "the first row holds values, not names; the columns are called column_1, column_2 and so on"
        unnamed = tuple(f"column_{place}" for place in range(1, len(texts) + 1))
        return unnamed, False, [Problem(source=source, reason=reason, kept=True)]
    while len(texts) > 1 and not texts[-1]:
        texts.pop()
    names: list[str] = []
    problems: list[Problem] = []
    for place, text in enumerate(texts, start=1):
        name = text or f"column_{place}"
        if name in names:
            name = f"{name}_{place}"
            reason = f"two columns have this name; the later one is called {name!r}"
            problems.append(Problem(source=source, field=text, reason=reason, kept=True))
        names.append(name)
    return tuple(names), True, problems
