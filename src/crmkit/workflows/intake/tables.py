"""Tables: what a file or a frame held, column by column, beside the rows that could not be read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, final

import attrs

from crmkit.errors import InvalidValue, Problem, UnknownName
from crmkit.workflows.intake.cells import text_of

DEEPEST: Final = 20
"""How deep lists and mappings may stand in each other in one cell."""

_NESTED: Final = (list, tuple, dict, set, frozenset)
_TOO_DEEP: Final = f"is nested more than {DEEPEST} deep; the cell is left out"


@final
@attrs.frozen(kw_only=True, eq=False, repr=False)
class Table:
    """Rows of one source, as text or typed values; None where a cell is empty.

    Attributes:
        source: Name of the file or system they came from.
        columns: Names of the columns, in order, each once.
        numbers: Number of each row in its source, the first data row being 1.
        cells: One sequence of values a column, each as long as *numbers*.
        problems: The rows, or parts of the source, that could not be read.
    """

    source: str
    columns: tuple[str, ...]
    numbers: Sequence[int]
    cells: tuple[Sequence[object], ...]
    problems: tuple[Problem, ...] = ()

    def __attrs_post_init__(self) -> None:
        if len(set(self.columns)) != len(self.columns) or "" in self.columns:
            raise InvalidValue("the columns of a table have different names, none of them empty")
        if [len(values) for values in self.cells] != [len(self.numbers)] * len(self.columns):
            raise InvalidValue("a table has one sequence of cells a column, as long as it has rows")

    def __len__(self) -> int:
        return len(self.numbers)

    def __repr__(self) -> str:
        return f"Table({self.source!r}: {len(self):,} rows, {len(self.columns)} columns)"

    def column(self, name: str) -> Sequence[object]:
        """Return the cells of the column *name*, in the order of the rows.

        Raises:
            UnknownName: If there is no such column; the closest is offered.
        """
        if name not in self.columns:
            raise UnknownName("column", name, self.columns)
        return self.cells[self.columns.index(name)]

    def rows(self) -> Iterator[tuple[int, dict[str, object]]]:
        """Yield each row's number and its cells by column, empty ones left out."""
        for place, number in enumerate(self.numbers):
            yield (
                number,
                {
                    name: values[place]
                    for name, values in zip(self.columns, self.cells, strict=True)
                    if values[place] is not None
                },
            )


def content_of(table: Table, place: int) -> list[str]:
    """Return what the row at *place* says, as text that does not depend on which columns were recognised."""
    return [
        f"{name}={text}"
        for name, cells in zip(table.columns, table.cells, strict=True)
        if (text := text_of(cells[place])) is not None
    ]


def table_of(
    rows: Iterable[tuple[int, Mapping[str, object]]], *, source: str, problems: Iterable[Problem] = ()
) -> Table:
    """Return numbered rows as a table; its columns are every name, in the order they first came.

    Lists become tuples and mappings text, so that equal cells are read once;
    a cell that is nested deeper than 20 is left out and named.
    """
    numbered = list(rows)
    columns = tuple(dict.fromkeys(name for _, row in numbered for name in row))
    deep: list[Problem] = []

    def cell(number: int, name: str, value: object) -> object:
        if not isinstance(value, _NESTED):
            return value
        if not _is_deep(value):
            return _hashable(value)
        deep.append(Problem(source=source, row=number, field=name, reason=_TOO_DEEP, kept=True))
        return None

    cells = tuple([cell(number, name, row.get(name)) for number, row in numbered] for name in columns)
    return Table(
        source=source,
        columns=columns,
        numbers=[number for number, _ in numbered],
        cells=cells,
        problems=(*problems, *deep),
    )


def _is_deep(value: object) -> bool:
    level = [value]
    for _ in range(DEEPEST):
        level = [inner for one in level for inner in _inside(one)]
        if not level:
            return False
    return any(isinstance(one, _NESTED) for one in level)


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, _NESTED) else ()


def _hashable(value: object) -> object:
    if isinstance(value, (list, tuple)):
        return tuple(_hashable(one) for one in value)
    if isinstance(value, (set, frozenset)):
        return tuple(_hashable(one) for one in sorted(value, key=repr))
    return str(value) if isinstance(value, dict) else value
