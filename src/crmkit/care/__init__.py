"""Who is due what, when, and why not: care rules, their policy, and the plan they make.

Deciding and doing are apart.  `plan` is a pure function that returns a
`Decision` with every reason; a workflow writes what `ledger_entry` makes of it
to the ledger, and only then sends.  Planning is loaded on first use.

>>> import datetime as dt
>>> from crmkit.care import plan
>>> from crmkit.conditions import F, days
>>> winback = Rule(
...     name="winback", when=(F.stage == "silent") & (F.tier >= 3), channel=("wecom", "email"),
...     template="we-miss-you", entry=every_rematch(gap=days(90)), priority=50,
... )
>>> policy = Policy(caps=(Cap(2, rolling(days(7))),), quiet=Quiet("21:00", "09:00"), default_zone="UTC")
>>> plan([winback], [], policy=policy, as_of=dt.datetime(2024, 5, 1, tzinfo=dt.UTC))
[]
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.calendars import Quiet
from crmkit.care.caps import Cap, Window, calendar_day, calendar_month, calendar_week, rolling, tumbling
from crmkit.care.content import Content, Template, render
from crmkit.care.decisions import DROP, GATES, HOLDOUT, OUTCOMES, SEND, WAIT, Decision, Reason
from crmkit.care.entries import Entry, after_exit, each_anniversary, every, every_rematch, once
from crmkit.care.ledger import FAILED, HELD_OUT, PLANNED, SENT, STATES, UNKNOWN, LedgerEntry, ledger_entry
from crmkit.care.policy import Exempt, Policy, Suppression, check_rules, zone_of
from crmkit.care.rules import Rule
from crmkit.lazy import lazily

if TYPE_CHECKING:
    from crmkit.care.planning import plan, why_not
    from crmkit.care.release import held_back

_LAZY = {"held_back": "release", "plan": "planning", "why_not": "planning"}

__all__ = [
    "DROP",
    "FAILED",
    "GATES",
    "HELD_OUT",
    "HOLDOUT",
    "OUTCOMES",
    "PLANNED",
    "SEND",
    "SENT",
    "STATES",
    "UNKNOWN",
    "WAIT",
    "Cap",
    "Content",
    "Decision",
    "Entry",
    "Exempt",
    "LedgerEntry",
    "Policy",
    "Quiet",
    "Reason",
    "Rule",
    "Suppression",
    "Template",
    "Window",
    "after_exit",
    "calendar_day",
    "calendar_month",
    "calendar_week",
    "check_rules",
    "each_anniversary",
    "every",
    "every_rematch",
    "held_back",
    "ledger_entry",
    "once",
    "plan",
    "render",
    "rolling",
    "tumbling",
    "why_not",
    "zone_of",
]


def __getattr__(name: str) -> object:
    return lazily(__name__, _LAZY, name)
