"""The B2B playbook: accounts, their contacts, and sales that take months."""

from __future__ import annotations

from typing import Final

import attrs

from crmkit import lifecycle
from crmkit import segmentation as seg
from crmkit.calendars import hours
from crmkit.care import Rule, Template, every_rematch, once
from crmkit.conditions import A, F, days
from crmkit.funnel import FunnelSpec
from crmkit.playbook.retail import NAMELESS, RETAIL
from crmkit.profiles import Definitions
from crmkit.service import SlaPolicy

_QUIET = (F.stage == "growing") & (A("interaction").within(days(90)).count() == 0)

DEFINITIONS: Final = Definitions(
    lifecycle=lifecycle.B2B,
    account_lifecycle=lifecycle.B2B,
    preset=seg.LRFM,
    segments=(
        seg.Segment(
            "key-at-risk", when=(F.tier >= 4) & (F.stage == "at_risk"), family="value", action="visit"
        ),
        seg.Segment("not-spoken-to", when=_QUIET, family="behavioural", action="call"),
    ),
    tag_rules=(
        seg.TagRule("not-spoken-to", when=_QUIET),
        seg.TagRule(
            "open-quote", when=A("quote_sent").within(days(60)).count() > A("signed").within(days(60)).count()
        ),
    ),
)

RULES: Final = (
    Rule(
        name="quote-follow-up",
        when=F.tags.contains("open-quote"),
        channel=("call", "email"),
        template="quote-follow-up",
        purpose="service",
        entry=every_rematch(days(30)),
        priority=80,
        expires=days(14),
    ),
    Rule(
        name="check-in",
        when=F.tags.contains("not-spoken-to"),
        channel=("call", "email"),
        template="check-in",
        purpose="service",
        entry=every_rematch(days(90)),
        priority=60,
    ),
    Rule(
        name="first-steps",
        when=F.stage == "first_order",
        channel=("email", "wecom"),
        template="first-steps",
        purpose="service",
        entry=once(),
        priority=50,
    ),
    Rule(
        name="at-risk",
        when=(F.stage == "at_risk") & (F.tier >= 3),
        channel=("call", "email"),
        template="at-risk",
        entry=every_rematch(days(120)),
        priority=40,
    ),
)

TEMPLATES: Final = (
    Template(
        name="quote-follow-up",
        fallbacks=NAMELESS,
        subject="Your quote",
        body="Dear $name, what is still open on our quote?",
    ),
    Template(
        name="check-in",
        fallbacks=NAMELESS,
        subject="How is it going?",
        body="Dear $name, we have not spoken for a while. Half an hour this week?",
    ),
    Template(
        name="first-steps",
        fallbacks=NAMELESS,
        subject="Getting started",
        body="Dear $name, here is who to ask and what to try first.",
    ),
    Template(
        name="at-risk",
        fallbacks=NAMELESS,
        subject="Still the right fit?",
        body="Dear $name, tell us what has changed; we would like to help.",
    ),
)

B2B: Final = attrs.evolve(
    RETAIL,
    name="b2b",
    definitions=DEFINITIONS,
    funnels=(FunnelSpec(("lead_created", "lead_qualified", "opportunity_opened", "signed"), days(365)),),
    rules=RULES,
    templates=TEMPLATES,
    sla=SlaPolicy(name="account", calendar=RETAIL.sla.calendar, answer=hours(2), solve=hours(8)),
)
