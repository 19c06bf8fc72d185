"""From a stranger's first touch to a signed order.

Measuring: `levels`, `paths` and `report` of a `FunnelSpec`.  Channels: `Channels`,
`SourceTag`, `sources`, links.  Leads: `completeness`, `route`, `round_robin`.  Sales:
`Pipeline`, `advance`, `convert`.  Values and functions; `bulk` loads numpy, so it
is imported on first use.
"""

from __future__ import annotations

from crmkit.funnel.channels import CHANNEL_KINDS, CHANNELS, UNKNOWN_CHANNEL, Channel, Channels, resolve
from crmkit.funnel.conversion import Conversion, convert
from crmkit.funnel.flow import FunnelFlow, FunnelReport, report
from crmkit.funnel.leads import INFORMATION, Completeness, Information, Lead, completeness
from crmkit.funnel.links import build_link, parse_link
from crmkit.funnel.measure import levels, paths
from crmkit.funnel.opportunity import Opportunity, StageChange
from crmkit.funnel.pipeline import SALES, Advance, Pipeline, PipelineMove, advance
from crmkit.funnel.routing import AssignmentRule, Rep, Route, RuleTrace, route
from crmkit.funnel.source_tag import CLICK_IDS, SourceTag
from crmkit.funnel.sources import Sources, Touch, sources, tag_of
from crmkit.funnel.spec import ORDERS, FunnelSpec
from crmkit.funnel.survival import TimeToConvert
from crmkit.funnel.turns import Assignment, RoundRobin, RoundRobinState, round_robin
from crmkit.lazy import lazily

_LAZY = {"bulk": "bulk"}

__all__ = [
    "CHANNELS",
    "CHANNEL_KINDS",
    "CLICK_IDS",
    "INFORMATION",
    "ORDERS",
    "SALES",
    "UNKNOWN_CHANNEL",
    "Advance",
    "Assignment",
    "AssignmentRule",
    "Channel",
    "Channels",
    "Completeness",
    "Conversion",
    "FunnelFlow",
    "FunnelReport",
    "FunnelSpec",
    "Information",
    "Lead",
    "Opportunity",
    "Pipeline",
    "PipelineMove",
    "Rep",
    "RoundRobin",
    "RoundRobinState",
    "Route",
    "RuleTrace",
    "SourceTag",
    "Sources",
    "StageChange",
    "TimeToConvert",
    "Touch",
    "advance",
    "build_link",
    "completeness",
    "convert",
    "levels",
    "parse_link",
    "paths",
    "report",
    "resolve",
    "round_robin",
    "route",
    "sources",
    "tag_of",
]


def __getattr__(name: str) -> object:
    return lazily(__name__, _LAZY, name)
