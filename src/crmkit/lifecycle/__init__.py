"""What may happen to a customer: stages and roles, worked out from history as of any instant.

A lifecycle is a value; a customer's stage is a pure fold over their activities,
so a replay, a restart, a late fact and a whole table give the same answer.
``lifecycle.bulk`` is the same for columns; it loads numpy, so it is imported on first use,
and so is what asks about a lifecycle or draws it.

To write one: `Lifecycle`, `on`, `after`, `Role`, `Invariant`; `to_csv` and `from_csv` for a
spreadsheet.  `RETAIL`, `MEMBERSHIP` and `B2B` are there: ``print(table(RETAIL))``.
To ask: `stage_at`, `fold`, `why_not`; for hosts that keep state, `step` and `next_deadline`.
To judge: `compare` two definitions, `flows` between two instants, `violations`.
To see: `table`, `diagram`, `picture`.

>>> import datetime as dt
>>> from crmkit.model import Activity
>>> bought = Activity("1", "ann", "purchase", dt.datetime(2024, 1, 1, tzinfo=dt.UTC))
>>> stage_at(RETAIL, [bought], as_of=dt.datetime(2024, 3, 1, tzinfo=dt.UTC))
'new'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.lazy import lazily
from crmkit.lifecycle.machine import ANY, Invariant, Lifecycle, Move, Role, after, on
from crmkit.lifecycle.replay import LAPSE_CAUSES, fold, next_deadline, stage_at, step
from crmkit.lifecycle.shipped import B2B, FIRST_MONTHS, MEMBERSHIP, RETAIL
from crmkit.lifecycle.timeline import Correction, RoleCorrection, Span, State, Timeline

if TYPE_CHECKING:
    from crmkit.lifecycle import bulk
    from crmkit.lifecycle.drawing import diagram, picture, table
    from crmkit.lifecycle.flow import Flows, flows
    from crmkit.lifecycle.invariants import violations
    from crmkit.lifecycle.questions import Comparison, WhyNot, compare, why_not
    from crmkit.lifecycle.sheet import to_csv
    from crmkit.lifecycle.sheet_reading import from_csv

_LAZY = {
    "Comparison": "questions",
    "Flows": "flow",
    "WhyNot": "questions",
    "bulk": "bulk",
    "compare": "questions",
    "diagram": "drawing",
    "flows": "flow",
    "from_csv": "sheet_reading",
    "picture": "drawing",
    "table": "drawing",
    "to_csv": "sheet",
    "violations": "invariants",
    "why_not": "questions",
}

__all__ = [
    "ANY",
    "B2B",
    "FIRST_MONTHS",
    "LAPSE_CAUSES",
    "MEMBERSHIP",
    "RETAIL",
    "Comparison",
    "Correction",
    "Flows",
    "Invariant",
    "Lifecycle",
    "Move",
    "Role",
    "RoleCorrection",
    "Span",
    "State",
    "Timeline",
    "WhyNot",
    "after",
    "bulk",
    "compare",
    "diagram",
    "flows",
    "fold",
    "from_csv",
    "next_deadline",
    "on",
    "picture",
    "stage_at",
    "step",
    "table",
    "to_csv",
    "violations",
    "why_not",
]


def __getattr__(name: str) -> object:
    return lazily(__name__, _LAZY, name)


def __dir__() -> list[str]:
    return sorted(__all__)
