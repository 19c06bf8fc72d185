"""Sheets read: a lifecycle from the CSV of a spreadsheet, and what is wrong with it, cell by cell."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, Final, final

import attrs

from crmkit.conditions import Condition, from_json
from crmkit.errors import CrmkitError, InvalidValue, Problem
from crmkit.lifecycle.cells import read_duration, read_one, read_several
from crmkit.lifecycle.checks import Overlap
from crmkit.lifecycle.machine import ANY, Invariant, Lifecycle, Move, Role
from crmkit.lifecycle.sheet_rows import Row, check_rows, rows_of
from crmkit.model import KINDS

_NONE: Final[tuple[str, ...]] = ()


def from_csv(
    text: str, *, source: str = "sheet", kinds: Iterable[str] = ()
) -> tuple[Lifecycle | None, list[Problem]]:
    """Return the lifecycle that CSV as of `to_csv` describes, or None and everything that is wrong with it.

    Columns may stand in any order and be left out where nothing needs them; rows
    too, those of one sort count in the order in which they stand.  Semicolons and
    tabs separate as well as commas, as spreadsheets write them.

    Args:
        text: The CSV.
        source: What to call it in problems.
        kinds: The host's own kinds of activity, beside `crmkit.model.KINDS`.

    >>> sheet = '''what,name,from,on,after,to
    ... lifecycle,kiosk,,,,stranger
    ... move,,stranger,purchase,,regular
    ... move,,regular,,90 dys,gone
    ... ends,,gone,,,
    ... '''
    >>> print(from_csv(sheet)[1][0])
    sheet, row 3, after: is no duration: no unit of time is called so. Did you mean 'day'?
    >>> from_csv(sheet.replace("dys", "days"))[0].stages
    ('stranger', 'regular', 'gone')
    """
    faults: list[Problem] = []
    rows = rows_of(text, source, faults)
    if rows:
        words = _words(rows, kinds)
        check_rows(rows, source, faults)
        said = [(row, _PARTS[row.what](row, words)) for row in rows if row.what in _PARTS]
        _check_moves(said, source, faults)
        if not faults:
            return _built(said, source, faults), faults
    elif not faults:
        faults.append(Problem(source=source, reason="holds no rows; begin with one that says lifecycle"))
    return None, sorted(faults)


@final
@attrs.frozen(kw_only=True)
class _Words:
    """The names that cells may use."""

    stages: frozenset[str]
    roles: frozenset[str]
    kinds: frozenset[str]


def _words(rows: Sequence[Row], kinds: Iterable[str]) -> _Words:
    """Return the names of the sheet: its stages, or those its moves use if it lists none, and its roles."""

    def told(what: str, column: str, read: Callable[[str], tuple[str, ...]]) -> set[str]:
        found: set[str] = set()
        for row in rows:
            if row.what == what:
                try:
                    found.update(read(row.cells.get(column, "")))
                except CrmkitError:
                    continue  # told where the cell itself is read
        return found

    def alone(cell: str) -> tuple[str, ...]:
        return (read_one(cell),)

    moved = told("move", "from", read_several) | told("move", "to", alone) | told("lifecycle", "to", alone)
    return _Words(
        stages=frozenset((told("stage", "name", alone) or moved) - {ANY}),
        roles=frozenset(told("role", "name", alone)),
        kinds=frozenset((*KINDS, *kinds)),
    )


def _stages(row: Row, words: _Words, *, any_: bool = False) -> tuple[str, ...]:
    stages = row.read("from", read_several, _NONE)
    row.known("from", stages, "stage", (*words.stages, *((ANY,) if any_ else ())))
    return stages


def _target(row: Row, words: _Words) -> str:
    target = row.read("to", read_one, "")
    row.known("to", [target] if target else (), "stage", words.stages)
    return target


def _kinds(row: Row, column: str, words: _Words) -> tuple[str, ...]:
    kinds = row.read(column, read_several, _NONE)
    row.known(column, kinds, "kind of activity", words.kinds)
    return kinds


def _head(row: Row, words: _Words) -> tuple[str, str]:
    return row.read("name", read_one, ""), _target(row, words)


def _stage(row: Row, _: _Words) -> tuple[str, str]:
    return row.read("name", read_one, ""), row.read("meaning", read_one, "")


def _move(row: Row, words: _Words) -> Move | None:
    sources, target = _stages(row, words, any_=True), _target(row, words)
    kinds, after = _kinds(row, "on", words), row.read("after", read_duration, None)
    priority = row.read("priority", _whole, 0)
    when = row.read("only if", _condition, None)
    if bool(row.cells.get("on")) is bool(row.cells.get("after")):
        row.fault("on", "a move is made on a kind of activity or after a time: fill one of the two columns")
    elif when is not None and after is not None:
        row.fault("only if", "a move that time makes has no guard; leave it empty")
    elif sources and (kinds or after is not None):
        move = row.made("from", lambda: Move(kinds=kinds, after=after, sources=sources, target=target))
        if move is not None:
            return row.made("only if", lambda: attrs.evolve(move, when=when, priority=priority))
    return None


def _role(row: Row, words: _Words) -> Role | None:
    name, meaning = _stage(row, words)
    begins, ends = _kinds(row, "on", words), _kinds(row, "off", words)
    lapse = row.read("after", read_duration, None)
    if not row.cells.get("name") or not begins:
        return None
    return row.made(
        "off",
        lambda: Role(name=name, meaning=meaning, begins=begins, ends=ends, lapses_after=lapse),
    )


def _invariant(row: Row, words: _Words) -> Invariant | None:
    name, stages = row.read("name", read_one, ""), _stages(row, words)
    row.known("name", [name] if name else (), "role", words.roles)
    return Invariant(stages=stages, role=name, held=row.what == "always") if stages else None


_PARTS: Final[Mapping[str, Callable[[Row, _Words], object]]] = {
    "lifecycle": _head,
    "stage": _stage,
    "move": _move,
    "role": _role,
    "always": _invariant,
    "never": _invariant,
    "ends": _stages,
    "lapsed": _stages,
}


def _check_moves(said: Iterable[tuple[Row, object]], source: str, faults: list[Problem]) -> None:
    """Note a move that stands twice, be it with another priority; which of the two is meant, nobody knows."""
    numbers: dict[Move, int] = {}
    for row, part in said:
        if isinstance(part, Move):
            first = numbers.setdefault(attrs.evolve(part, priority=0), row.number)
            if first != row.number:
                reason = f"rows {first} and {row.number} say the same move; leave one of them out"
                faults.append(Problem(source=source, reason=reason))


def _built(said: Sequence[tuple[Row, Any]], source: str, faults: list[Problem]) -> Lifecycle | None:
    def parts(*whats: str) -> list[Any]:
        return [part for row, part in said if row.what in whats]

    ((name, initial),) = parts("lifecycle")
    try:
        return Lifecycle(
            name,
            initial,
            moves=parts("move"),
            roles=parts("role"),
            meanings=parts("stage"),
            ends=chain.from_iterable(parts("ends")),
            lapsed=chain.from_iterable(parts("lapsed")),
            invariants=parts("always", "never"),
        )
    except Overlap as overlap:
        first, *_, last = (row for row, part in said if part in overlap.moves)
        last.fault("priority", f"can be made at once with the move of row {first.number}: {overlap}")
    except CrmkitError as error:
        faults.append(Problem(source=source, reason=str(error)))
    return None


def _condition(cell: str) -> Condition:
    return from_json(cell)


def _whole(cell: str) -> int:
    if re.fullmatch(r"[+-]?[0-9]{1,300}(\.0+)?", cell) is None:
        raise InvalidValue("must be a whole number; the highest goes first")
    return int(cell.partition(".")[0])
