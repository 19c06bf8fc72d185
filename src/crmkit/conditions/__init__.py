"""What can be asked of a customer: conditions as values, true, false or unknown.

To write one: `F` for fields and `A` for activities, whose ``help()`` says all that can be asked, joined by ``& | ~``.
To ask: `matches`, `evaluate`, `explain`; of a whole table ``conditions.bulk``, ``.frames`` and ``.sql``.
To check: `describe` reads it aloud, `lint` finds what is misspelt, never true or said twice.
To keep: `to_json`, `from_json`, `digest`, `diff`.

What is not needed to ask one customer is loaded on first use.

>>> condition = (F.stage == "silent") & ~F.tags.contains("do-not-disturb")
>>> matches(condition, {"stage": "silent", "tags": {"vip"}})
True
>>> evaluate(condition, {"stage": "silent"}) is None
True
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.calendars import days, local_days, months, years
from crmkit.conditions.builder import A, F, true_for, true_since
from crmkit.conditions.evaluate import evaluate, matches
from crmkit.conditions.nodes import Always, Condition
from crmkit.conditions.text import describe
from crmkit.lazy import lazily

if TYPE_CHECKING:
    from crmkit.conditions import bulk, frames, sql
    from crmkit.conditions.compiling import compiled, traced
    from crmkit.conditions.differences import Change, Diff, diff, inverse
    from crmkit.conditions.documents import digest, from_json, to_json
    from crmkit.conditions.explanation import Explanation, explain
    from crmkit.conditions.linting import Finding, lint
    from crmkit.conditions.outlines import markdown
    from crmkit.conditions.schemas import schema
    from crmkit.conditions.vocabulary import Vocabulary

_LAZY = {
    "Change": "differences",
    "Diff": "differences",
    "Explanation": "explanation",
    "Finding": "linting",
    "Vocabulary": "vocabulary",
    "bulk": "bulk",
    "compiled": "compiling",
    "diff": "differences",
    "digest": "documents",
    "explain": "explanation",
    "frames": "frames",
    "from_json": "documents",
    "inverse": "differences",
    "lint": "linting",
    "markdown": "outlines",
    "schema": "schemas",
    "sql": "sql",
    "to_json": "documents",
    "traced": "compiling",
}

__all__ = [
    "ALWAYS",
    "NEVER",
    "UNKNOWN",
    "A",
    "Change",
    "Condition",
    "Diff",
    "Explanation",
    "F",
    "Finding",
    "Vocabulary",
    "bulk",
    "compiled",
    "days",
    "describe",
    "diff",
    "digest",
    "evaluate",
    "explain",
    "frames",
    "from_json",
    "inverse",
    "lint",
    "local_days",
    "markdown",
    "matches",
    "months",
    "schema",
    "sql",
    "to_json",
    "traced",
    "true_for",
    "true_since",
    "years",
]

ALWAYS = Always(verdict=True)
NEVER = Always(verdict=False)
UNKNOWN = Always(verdict=None)


def __getattr__(name: str) -> object:
    return lazily(__name__, _LAZY, name)


def __dir__() -> list[str]:
    return sorted(__all__)
