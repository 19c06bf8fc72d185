"""The report: what the whole job found, as one HTML file that opens offline.

The caller counts, the report draws: `ReportData` holds plain rows, `html`
turns them into a page without scripts.  Needs the extra ``report`` (altair,
vl-convert), which is imported on first use.
"""

from crmkit.profiles.masking import masked
from crmkit.report.data import (
    CareDay,
    CareExample,
    Figure,
    FunnelStep,
    IdentityExample,
    IdentityRecord,
    MatchEvidence,
    MatchPart,
    ProblemRow,
    ReportData,
    StageMonth,
    StageMove,
    TierCell,
)
from crmkit.report.gather import gather
from crmkit.report.page import html

__all__ = [
    "CareDay",
    "CareExample",
    "Figure",
    "FunnelStep",
    "IdentityExample",
    "IdentityRecord",
    "MatchEvidence",
    "MatchPart",
    "ProblemRow",
    "ReportData",
    "StageMonth",
    "StageMove",
    "TierCell",
    "gather",
    "html",
    "masked",
]
