"""Overlap: what several files tell of the same, so that it counts once.

Exports overlap, lines of one order are torn over two files, and totals come in
another file than the lines they sum up.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from operator import itemgetter
from typing import Final

from crmkit.errors import Problem
from crmkit.workflows.intake.lines import Line
from crmkit.workflows.intake.orders import amount_of

_ONE_DAY: Final = dt.timedelta(days=1)
_TELLING: Final = frozenset(("file", "number", "content", "recorded_at"))
"""What says who told a line and when, and not what happened."""
_says: Final = itemgetter(*(place for place, name in enumerate(Line._fields) if name not in _TELLING))


def said_by(line: Line) -> tuple[object, ...]:
    """Return what *line* says, whoever told it and when; equal lines say the same."""
    says: tuple[object, ...] = _says(line)
    return says


def told_once(batches: Sequence[Sequence[Line]]) -> tuple[list[Line], list[Problem]]:
    """Return the lines of several files in order, those left out that an earlier file tells as well.

    A line that a file tells so many times counts as often as the file that tells it most.
    """
    if len(batches) == 1:
        return list(batches[0]), []
    told: dict[tuple[object, ...], tuple[int, str]] = {}
    kept: list[Line] = []
    problems: list[Problem] = []
    for batch in batches:
        counts: Counter[tuple[object, ...]] = Counter()
        for line in batch:
            says = said_by(line)
            counts[says] += 1
            before, file = told.get(says, (0, ""))
            if counts[says] > before:
                kept.append(line)
            else:
                problems.append(_told_by(line, file))
        for says, count in counts.items():
            before, file = told.get(says, (0, batch[0].file))
            told[says] = max(before, count), file
    return kept, problems


def whole_order(group: Sequence[Line]) -> tuple[list[Line], list[Problem]]:
    """Return the lines of one order, those left out that a file before tells as well, or sums up.

    A file only repeats what is known if it has the same goods at the same
    prices and instant, or, within a day, only says what named goods come to.
    Where it adds to what is known, a problem says so.
    """
    parts: dict[str, list[Line]] = {}
    for line in group:
        parts.setdefault(line.file, []).append(line)
    kept: list[Line] = []
    told: list[list[Line]] = []
    problems: list[Problem] = []
    for part in parts.values():
        if kept and _repeats(kept, part):
            problems += [_told_by(line, kept[0].file) for line in part]
            continue
        if kept and _sums_up(kept, part):
            problems += [_told_by(line, part[0].file) for line in kept]
            told = []
        told.append(part)
        kept, _ = told_once(told)
    _, twice = told_once(told)
    return kept, [*problems, *twice, *_put_together(kept)]


def _repeats(known: Sequence[Line], part: Sequence[Line]) -> bool:
    """Return whether *part* of an order says nothing that is not *known*."""
    same_goods = Counter(map(_item, known)) == Counter(map(_item, part))
    return (same_goods and _began(known) == _began(part)) or _sums_up(part, known)


def _sums_up(total: Sequence[Line], lines: Sequence[Line]) -> bool:
    """Return whether *total* names no goods and says what *lines*, which do, come to, within a day."""
    money = amount_of(lines)
    if _goods(total) or not _goods(lines) or money is None:
        return False
    return amount_of(total) == money and abs(_began(total) - _began(lines)) < _ONE_DAY


def _put_together(kept: Sequence[Line]) -> list[Problem]:
    """Return a problem for each file but the first that has lines of an order."""
    first = {line.file: line for line in reversed(kept)}
    return [
        Problem(
            source=line.file,
            row=line.number,
            field="order_id",
            reason=f"the order also has lines in {kept[0].file}; they are put together",
            kept=True,
        )
        for line in reversed(first.values())
        if line.file != kept[0].file
    ]


def _began(lines: Sequence[Line]) -> dt.datetime:
    return min(line.at for line in lines)


def _item(line: Line) -> tuple[str | None, Decimal | None, Decimal | None]:
    return line.product_id, line.amount, line.total


def _goods(lines: Iterable[Line]) -> set[str]:
    return {line.product_id for line in lines if line.product_id is not None}


def _told_by(line: Line, file: str) -> Problem:
    return Problem(source=line.file, row=line.number, reason=f"the row is told by {file} too; it counts once")
