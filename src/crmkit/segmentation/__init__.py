"""Who customers are to us, and what they are worth: measures, scores, tiers, segments, tags.

`summarize` measures recency, frequency and money; `fit_scale` makes a scale of
them once; `score` and `tier_of` apply it to anyone, whenever.  `members` tells
who is in a segment, `tag` what to call a customer.  `bulk` holds the same
functions over columns and is loaded on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.lazy import lazily
from crmkit.segmentation.cohorts import Cohort, Retention, retention
from crmkit.segmentation.drifts import Drift, MeasureDrift, drift
from crmkit.segmentation.grids import TierGrid, tier_grid
from crmkit.segmentation.presets import LRFM, RELATION, RFM, Preset
from crmkit.segmentation.rfm import Rfm, summarize
from crmkit.segmentation.scales import Ladder, Scale, Scores, fit_scale, score
from crmkit.segmentation.segments import FAMILIES, Membership, Segment, members
from crmkit.segmentation.tagging import TagRule, tag
from crmkit.segmentation.tier_tables import Block, TierTable, tiers_by_points
from crmkit.segmentation.tiers import RELATION_TIERS, TIERS, tier_of

if TYPE_CHECKING:
    from crmkit.segmentation import bulk

_LAZY = {"bulk": "bulk"}

__all__ = [
    "FAMILIES",
    "LRFM",
    "RELATION",
    "RELATION_TIERS",
    "RFM",
    "TIERS",
    "Block",
    "Cohort",
    "Drift",
    "Ladder",
    "MeasureDrift",
    "Membership",
    "Preset",
    "Retention",
    "Rfm",
    "Scale",
    "Scores",
    "Segment",
    "TagRule",
    "TierGrid",
    "TierTable",
    "bulk",
    "drift",
    "fit_scale",
    "members",
    "retention",
    "score",
    "summarize",
    "tag",
    "tier_grid",
    "tier_of",
    "tiers_by_points",
]


def __getattr__(name: str) -> object:
    return lazily(__name__, _LAZY, name)
