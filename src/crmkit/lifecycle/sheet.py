"""Sheets: a lifecycle as the table that people edit in a spreadsheet, written as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Final

from crmkit.conditions import to_json
from crmkit.lifecycle.cells import duration, one, several
from crmkit.lifecycle.machine import Lifecycle

COLUMNS: Final = ("what", "name", "meaning", "from", "on", "off", "after", "to", "only if", "priority")
"""The columns of a sheet, in the order in which they are written."""


def to_csv(machine: Lifecycle) -> str:
    """Return *machine* as CSV for a spreadsheet; `from_csv` reads it as an equal one.

    Each row says one thing, and the column ``what`` says which: a lifecycle's name and first stage
    (in ``to``), a stage, a move, a role, the stages in which a role is held ``always`` or
    ``never``, the stages that are ``ends``, and those that count as ``lapsed``.

    Guards are conditions as JSON.  Several names in a cell have semicolons
    between them.  Text that a spreadsheet would take for a formula gets a quote
    before it, and a name with a semicolon or odd characters stands in double quotes.

    >>> from crmkit.lifecycle import RETAIL
    >>> for line in to_csv(RETAIL).splitlines()[:3]:
    ...     print(line)
    what,name,meaning,from,on,off,after,to,only if,priority
    lifecycle,retail,,,,,,potential,,
    stage,potential,"in the target market, no sign of interest yet",,,,,,,
    """
    file = io.StringIO()
    writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(_rows(machine))
    return file.getvalue()


def _rows(machine: Lifecycle) -> Iterator[dict[str, str]]:
    yield {"what": "lifecycle", "name": one(machine.name), "to": one(machine.initial)}
    for stage, meaning in machine.meanings:
        yield {"what": "stage", "name": one(stage), "meaning": one(meaning)}
    for move in machine.moves:
        yield {
            "what": "move",
            "from": several(move.sources),
            "on": several(move.kinds),
            "after": duration(move.after),
            "to": one(move.target),
            "only if": "" if move.when is None else to_json(move.when),
            "priority": str(move.priority or ""),
        }
    for role in machine.roles:
        yield {
            "what": "role",
            "name": one(role.name),
            "meaning": one(role.meaning),
            "on": several(role.begins),
            "off": several(role.ends),
            "after": duration(role.lapses_after),
        }
    for invariant in machine.invariants:
        what = "always" if invariant.held else "never"
        yield {"what": what, "name": one(invariant.role), "from": several(invariant.stages)}
    for what, stages in (("ends", machine.ends), ("lapsed", machine.lapsed)):
        if stages:
            yield {"what": what, "from": several(stages)}
