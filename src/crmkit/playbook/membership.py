"""The membership playbook: contracts of a year or two, such as a gym's."""

from __future__ import annotations

from typing import Final

import attrs

from crmkit import lifecycle
from crmkit import segmentation as seg
from crmkit.care import Rule, Template, every_rematch, once
from crmkit.conditions import A, F, days
from crmkit.funnel import FunnelSpec
from crmkit.playbook.retail import NAMELESS, RETAIL
from crmkit.profiles import Definitions

_WRITTEN: Final = ("wecom", "email", "sms")
_RARELY_HERE = (A("use").within(days(30)).count() < 2) & F.stage.is_in(("new", "mature"))

DEFINITIONS: Final = Definitions(
    lifecycle=lifecycle.MEMBERSHIP,
    account_lifecycle=lifecycle.B2B,
    preset=seg.RELATION,
    tiers=seg.RELATION_TIERS,
    segments=(
        seg.Segment("rarely-here", when=_RARELY_HERE, family="behavioural", action="invite"),
        seg.Segment("visitors", when=F.stage == "responder", family="behavioural", action="call"),
    ),
    tag_rules=(
        seg.TagRule("rarely-here", when=_RARELY_HERE),
        seg.TagRule("upset", when=A("complaint").within(days(30)).count() >= 1),
    ),
)

RULES: Final = (
    Rule(
        name="trial",
        when=F.stage == "responder",
        channel=("call", *_WRITTEN),
        template="trial",
        entry=once(),
        priority=80,
        expires=days(14),
    ),
    Rule(
        name="come-back",
        when=F.tags.contains("rarely-here"),
        channel=_WRITTEN,
        template="come-back",
        entry=every_rematch(days(60)),
        priority=60,
        holdout=0.1,
    ),
    Rule(
        name="return",
        when=F.stage == "silent",
        channel=("call", *_WRITTEN),
        template="return",
        entry=every_rematch(days(120)),
        priority=50,
    ),
)

TEMPLATES: Final = (
    Template(
        name="trial",
        fallbacks=NAMELESS,
        subject="Your trial",
        body="Dear $name, shall we show you round? Pick a day.",
    ),
    Template(
        name="come-back",
        fallbacks=NAMELESS,
        subject="Train with us",
        body="Dear $name, a coach has an hour for you this week.",
    ),
    Template(
        name="return",
        fallbacks=NAMELESS,
        subject="Your place is free",
        body="Dear $name, come back and the first month is ours.",
    ),
)

MEMBERSHIP: Final = attrs.evolve(
    RETAIL,
    name="membership",
    definitions=DEFINITIONS,
    funnels=(FunnelSpec(("contact_left", "contract_start", "renewal"), days(730)),),
    rules=RULES,
    templates=TEMPLATES,
)
