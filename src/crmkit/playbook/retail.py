"""The retail playbook: a shop, online and off, whose customers come back or do not."""

from __future__ import annotations

from typing import Final

from crmkit import lifecycle
from crmkit import segmentation as seg
from crmkit.calendars import Quiet, hours
from crmkit.care import (
    Cap,
    Exempt,
    Policy,
    Rule,
    Suppression,
    Template,
    calendar_day,
    each_anniversary,
    every,
    every_rematch,
    once,
    rolling,
)
from crmkit.conditions import A, F, days
from crmkit.funnel import FunnelSpec
from crmkit.playbook.playbook import Playbook
from crmkit.profiles import Definitions
from crmkit.service import Calendar, SlaPolicy

_UPSET = A("complaint").within(days(30)).count() >= 1

_TAG_RULES: Final = (
    seg.TagRule("upset", when=_UPSET),
    seg.TagRule("regular", when=A("purchase").within(days(90)).count() >= 3),
    seg.TagRule("big-basket", when=A("purchase").within(days(365)).max() >= 100_000),
    seg.TagRule("advocate", when=A("referral").within(days(365)).count() >= 1),
    seg.TagRule("worth-a-call", when=(F.tier >= 4) & (F.stage == "silent") & ~F.tags.contains("upset")),
)

_SEGMENTS: Final = (
    seg.Segment("vip-sleeping", when=(F.tier >= 4) & (F.stage == "silent"), family="value", action="call"),
    seg.Segment("second-purchase", when=F.stage == "new", family="behavioural", action="offer"),
    seg.Segment("never-bought", when=A("purchase").count() == 0, family="behavioural", action="invite"),
    seg.Segment("complained", when=_UPSET, family="need", action="listen"),
)

DEFINITIONS: Final = Definitions(
    lifecycle=lifecycle.RETAIL,
    account_lifecycle=lifecycle.B2B,
    segments=_SEGMENTS,
    tag_rules=_TAG_RULES,
)

_WRITTEN: Final = ("wecom", "email", "sms")

RULES: Final = (
    Rule(
        name="apology",
        when=A("complaint").within(days(7)).count() >= 1,
        channel=("call", *_WRITTEN),
        template="apology",
        purpose="service",
        entry=every_rematch(days(30)),
        priority=100,
        expires=days(3),
    ),
    Rule(
        name="welcome",
        when=(F.stage == "responder") & (A("signup").within(days(30)).count() >= 1),
        channel=_WRITTEN,
        template="welcome",
        entry=once(),
        priority=80,
        expires=days(30),
    ),
    Rule(
        name="second-purchase",
        when=(F.stage == "new") & (F.recency_days >= 14) & (F.recency_days < 90),
        channel=_WRITTEN,
        template="second-purchase",
        entry=once(),
        priority=70,
        holdout=0.1,
    ),
    Rule(
        name="birthday",
        when=F.roles.contains("buyer") & (F.stage != "churned"),
        channel=_WRITTEN,
        template="birthday",
        entry=each_anniversary("born_on"),
        priority=60,
    ),
    Rule(
        name="winback",
        when=(F.stage == "silent") & (F.tier >= 3),
        channel=_WRITTEN,
        template="we-miss-you",
        entry=every_rematch(days(90)),
        priority=50,
        holdout=0.1,
    ),
    Rule(
        name="last-call",
        when=(F.stage == "churned") & (F.tier >= 4),
        channel=_WRITTEN,
        template="last-call",
        entry=once(),
        priority=40,
    ),
    Rule(
        name="thanks",
        when=(F.stage == "mature") & (F.tier >= 4) & (F.recency_days < 30),
        channel=_WRITTEN,
        template="thanks",
        entry=every(days(180)),
        priority=30,
    ),
)

POLICY: Final = Policy(
    caps=(Cap(2, rolling(days(7))), Cap(1, calendar_day())),
    quiet=Quiet("21:00", "09:00"),
    exempt=(Exempt(purpose="service", counts=True),),
    suppressions=(Suppression(name="do-not-disturb", when=F.tags.contains("do-not-disturb")),),
    default_zone="Asia/Shanghai",
)

NAMELESS: Final = (("name", "customer"),)
"""What stands for a name that nobody told us."""

TEMPLATES: Final = (
    Template(
        name="apology",
        fallbacks=NAMELESS,
        subject="We are sorry",
        body="Dear $name, we let you down. May we call you to make it right?",
    ),
    Template(
        name="welcome",
        fallbacks=NAMELESS,
        subject="Welcome",
        body="Dear $name, good to have you. Your first order ships free.",
    ),
    Template(
        name="second-purchase",
        fallbacks=NAMELESS,
        subject="How was it?",
        body="Dear $name, we hope it was good. 10 % off your next visit.",
    ),
    Template(
        name="birthday",
        fallbacks=NAMELESS,
        subject="Happy birthday",
        body="Happy birthday, $name! A small present waits for you.",
    ),
    Template(
        name="we-miss-you",
        fallbacks=NAMELESS,
        subject="We miss you",
        body="Dear $name, it has been a while. Come and see what is new.",
    ),
    Template(
        name="last-call",
        fallbacks=NAMELESS,
        subject="Before you go",
        body="Dear $name, tell us what we should do better, and we will.",
    ),
    Template(
        name="thanks",
        fallbacks=NAMELESS,
        subject="Thank you",
        body="Dear $name, thank you for coming back. You see our new things first.",
    ),
)

DESK: Final = Calendar(
    zone="Asia/Shanghai",
    hours={"mon-fri": ("09:00-12:00", "13:00-18:00"), "sat": "10:00-16:00"},
)

RETAIL: Final = Playbook(
    name="retail",
    definitions=DEFINITIONS,
    funnels=(FunnelSpec(("touch", "signup", "purchase"), days(180)),),
    rules=RULES,
    policy=POLICY,
    templates=TEMPLATES,
    sla=SlaPolicy(name="shop", calendar=DESK, answer=hours(4), solve=hours(24)),
)
