"""What can be asked of a customer: conditions as values, true, false or unknown.

>>> condition = (F.stage == "silent") & ~F.tags.contains("do-not-disturb")
>>> matches(condition, {"stage": "silent", "tags": {"vip"}})
True
>>> evaluate(condition, {"stage": "silent"}) is None
True
"""

from __future__ import annotations

from crmkit.calendars import days, local_days, months, years
from crmkit.conditions.builder import A, F
from crmkit.conditions.documents import digest, from_json, to_json
from crmkit.conditions.evaluate import evaluate, matches
from crmkit.conditions.explain import Explanation, explain
from crmkit.conditions.nodes import Always, Condition
from crmkit.conditions.text import describe

__all__ = [
    "ALWAYS",
    "NEVER",
    "UNKNOWN",
    "A",
    "Condition",
    "Explanation",
    "F",
    "days",
    "describe",
    "digest",
    "evaluate",
    "explain",
    "from_json",
    "local_days",
    "matches",
    "months",
    "to_json",
    "years",
]

ALWAYS = Always(verdict=True)
NEVER = Always(verdict=False)
UNKNOWN = Always(verdict=None)
