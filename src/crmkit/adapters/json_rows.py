"""JSON rows: one object a line, so that one broken line costs that row only."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping

from crmkit.errors import InvalidValue, Problem
from crmkit.workflows.intake import Table, table_of
from crmkit.workflows.intake.tables import DEEPEST

_SURROGATE = re.compile("[\ud800-\udfff]")
_NUL = re.compile(r"(?<!\\)(\\\\)*\\u0000")


def json_table(text: str, *, source: str, problems: Iterable[Problem] = ()) -> Table:
    """Return the JSON lines of *text* as a table of typed cells, the broken lines as its problems.

    Raises:
        InvalidValue: If it is one JSON array.
    """
    if text.lstrip().startswith("["):
        raise InvalidValue(f"{source!r} holds a JSON array; write one object a line")
    found = list(problems)
    rows: list[tuple[int, Mapping[str, object]]] = []
    number = 0
    for line in text.split("\n"):
        if not line.strip():
            continue
        number += 1
        try:
            rows.append((number, _row(line)))
        except (ValueError, RecursionError) as error:
            found.append(Problem(source=source, row=number, reason=_reason(error)))
    if number == 0:
        found.append(Problem(source=source, reason="the file is empty"))
    return table_of(rows, source=source, problems=found)


def _reason(error: ValueError | RecursionError) -> str:
    if isinstance(error, InvalidValue):
        return str(error)
    return "the line is nested too deeply" if isinstance(error, RecursionError) else "the line is no JSON"


def _row(line: str) -> Mapping[str, object]:
    """Return the object of one line; objects within it become names with dots."""
    if _SURROGATE.search(line):
        raise InvalidValue("the line has bytes that are not UTF-8")
    row = json.loads(line, parse_constant=_constant, object_pairs_hook=_object)
    if not isinstance(row, dict):
        raise InvalidValue("the line is no JSON object")
    flat = _object(_flat(row, "", DEEPEST))
    if "\\u" in line:
        _check_text(json.dumps(flat, ensure_ascii=False))
    return flat


def _check_text(text: str) -> None:
    if _SURROGATE.search(text):
        raise InvalidValue("the line has text that is no Unicode")
    if _NUL.search(text):
        raise InvalidValue("the line has a NUL, which is no text; take it out")


def _constant(name: str) -> None:
    if name != "NaN":
        raise InvalidValue("the line has an infinite number")


def _object(pairs: Iterable[tuple[str, object]]) -> dict[str, object]:
    row: dict[str, object] = {}
    for name, value in pairs:
        if name in row:
            raise InvalidValue("the line says one name twice")
        row[name] = value
    return row


def _flat(row: Mapping[str, object], prefix: str, depth: int) -> Iterator[tuple[str, object]]:
    for key, value in row.items():
        name = f"{prefix}{key.strip() or 'column'}"
        if isinstance(value, dict) and depth:
            yield from _flat(value, f"{name}.", depth - 1)
        else:
            yield name, value
