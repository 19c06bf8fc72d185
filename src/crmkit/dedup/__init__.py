"""Which records are one customer, why, and what is known of each.

A `Policy` says what is compared (`propose` makes one), `train` learns from the
records how much each agreement is worth, `resolve` finds the customers, and
`golden` puts together what is known of one.  What works on arrays is loaded
when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.dedup.decision import DISTINCT, SAME, Decision, Split
from crmkit.dedup.kinds import (
    ADDRESS,
    COMPANY,
    DATE,
    EMAIL,
    EXACT,
    FULL_NAME,
    ID,
    NAME,
    NUMBER,
    PHONE,
    TEXT,
    Kind,
)
from crmkit.dedup.policy import Block, Comparison, Limit, Policy, RareTokens
from crmkit.dedup.survivorship import SURVIVORSHIP, Survivorship
from crmkit.lazy import lazily

if TYPE_CHECKING:
    from crmkit.dedup.arrays.prepared import Prepared, prepare
    from crmkit.dedup.arrays.resolving import resolve
    from crmkit.dedup.arrays.training import train
    from crmkit.dedup.explanation import Explanation, explain
    from crmkit.dedup.golden_record import golden
    from crmkit.dedup.graph.questions import Flip, WhyNot
    from crmkit.dedup.kinship import Kinship
    from crmkit.dedup.log import Added, Removed, Updated, Withdrawn, decisions_in_force, read_fact
    from crmkit.dedup.model import Model
    from crmkit.dedup.normalize import Verdict, normalise, verdict
    from crmkit.dedup.outcome import Event, Outcome
    from crmkit.dedup.proposing import propose
    from crmkit.dedup.resolution import Match, Refusal, Resolution
    from crmkit.dedup.resolver import Resolver
    from crmkit.dedup.splink import from_splink, to_splink

_LAZY = {
    "Added": "log",
    "Event": "outcome",
    "Explanation": "explanation",
    "Flip": "graph.questions",
    "Kinship": "kinship",
    "Match": "resolution",
    "Model": "model",
    "Outcome": "outcome",
    "Prepared": "arrays.prepared",
    "Refusal": "resolution",
    "Removed": "log",
    "Resolution": "resolution",
    "Resolver": "resolver",
    "WhyNot": "graph.questions",
    "Updated": "log",
    "Withdrawn": "log",
    "decisions_in_force": "log",
    "Verdict": "normalize",
    "explain": "explanation",
    "from_splink": "splink",
    "golden": "golden_record",
    "normalise": "normalize",
    "prepare": "arrays.prepared",
    "propose": "proposing",
    "read_fact": "log",
    "resolve": "arrays.resolving",
    "to_splink": "splink",
    "train": "arrays.training",
    "verdict": "normalize",
}

__all__ = [
    "ADDRESS",
    "COMPANY",
    "DATE",
    "DISTINCT",
    "EMAIL",
    "EXACT",
    "FULL_NAME",
    "ID",
    "NAME",
    "NUMBER",
    "PHONE",
    "SAME",
    "SURVIVORSHIP",
    "TEXT",
    "Added",
    "Block",
    "Comparison",
    "Decision",
    "Event",
    "Explanation",
    "Flip",
    "Kind",
    "Kinship",
    "Limit",
    "Match",
    "Model",
    "Outcome",
    "Policy",
    "Prepared",
    "RareTokens",
    "Refusal",
    "Removed",
    "Resolution",
    "Resolver",
    "Split",
    "Survivorship",
    "Updated",
    "Verdict",
    "WhyNot",
    "Withdrawn",
    "decisions_in_force",
    "explain",
    "from_splink",
    "golden",
    "normalise",
    "prepare",
    "propose",
    "read_fact",
    "resolve",
    "to_splink",
    "train",
    "verdict",
]


def __getattr__(name: str) -> object:
    return lazily(__name__, _LAZY, name)


def __dir__() -> list[str]:
    return sorted(__all__)
