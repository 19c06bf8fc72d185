"""The lifecycles that ship: a shop, a membership such as a gym's, a company account.

Each is a value like any other: read it as `lifecycle.table`, change it with
`attrs.evolve`.
"""

from __future__ import annotations

from typing import Final

from crmkit.calendars import days
from crmkit.conditions import A, Condition
from crmkit.lifecycle.machine import ANY, Invariant, Lifecycle, Role, after, on

_FAN: Final = Role(name="fan", meaning="follows us", begins="follow", ends="unfollow")
_BUYER: Final = Role(name="buyer", meaning="has bought from us", begins="purchase")
_USER: Final = Role(
    name="user",
    meaning="has used what we sell within 90 days",
    begins="use",
    lapses_after=days(90),
)
_SELLER: Final = Role(
    name="seller",
    meaning="has brought us others within a year",
    begins="referral",
    lapses_after=days(365),
)

_INTEREST: Final = (
    "page_view",
    "article_view",
    "follow",
    "event_attended",
    "interaction",
    "contact_left",
    "signup",
    "clicked",
)

RETAIL: Final = Lifecycle(
    "retail",
    "potential",
    meanings=(
        ("potential", "in the target market, no sign of interest yet"),
        ("responder", "showed interest or registered, has not bought"),
        ("new", "made the first purchase, as a guest or not"),
        ("mature", "came back and bought again"),
        ("silent", "has not bought for 180 days"),
        ("churned", "has not bought for a year"),
    ),
    moves=(
        on(_INTEREST, "potential", "responder"),
        on("purchase", ("potential", "responder"), "new"),
        on("purchase", ("new", "mature", "silent", "churned"), "mature"),
        after(days(180), ("new", "mature"), "silent"),
        after(days(185), "silent", "churned"),
    ),
    roles=(
        _FAN,
        _BUYER,
        Role(name="member", meaning="is registered with us", begins="signup"),
        _USER,
        _SELLER,
    ),
    ends=("churned",),
    lapsed=("silent", "churned"),
    invariants=(Invariant(stages=("new", "mature", "silent", "churned"), role="buyer"),),
)
"""A shop.

The months after a first purchase are for the second: ``F.stage_since.age() < days(90)`` while new.

Being reached (``touch``) is no sign of interest, and neither is a lead from a bought
list.  Interest alone does not end a silence; only a purchase does.  A refund takes
nobody back a stage: what it changes is their value.
"""

_CONTRACTS: Final = ("contract_start", "renewal")
_CONTRACT_BUYER: Final = Role(
    name="buyer", meaning="has bought from us or signed a contract", begins=("purchase", *_CONTRACTS)
)
_RUNNING: Final[Condition] = (A("contract_end").count() == 0) | (
    A(*_CONTRACTS).last() > A("contract_end").last()
)
_RENEWED: Final[Condition] = A("renewal").count() >= 1

MEMBERSHIP: Final = Lifecycle(
    "membership",
    "potential",
    meanings=(
        ("potential", "in the target market, no contact yet"),
        ("responder", "a visitor who left a phone number"),
        ("new", "in the first contract, add-on services included"),
        ("mature", "has renewed, or come back with another contract"),
        ("silent", "has not visited for 60 days, or the contract has ended"),
        ("churned", "silent for another 120 days"),
    ),
    moves=(
        on(("contact_left", "signup", "lead_qualified"), "potential", "responder"),
        on("contract_start", ("potential", "responder"), "new"),
        on(("use", "purchase", "contract_start"), "new", "new"),
        on("renewal", ANY, "mature"),
        on(("use", "purchase", "contract_start", "renewal"), "mature", "mature"),
        on("use", "silent", "mature", when=_RUNNING & _RENEWED),
        on("use", "silent", "new", when=_RUNNING & ~_RENEWED),
        on("contract_start", ("silent", "churned"), "mature"),
        on("contract_end", ("new", "mature"), "silent"),
        after(days(60), ("new", "mature"), "silent"),
        after(days(120), "silent", "churned"),
    ),
    roles=(
        _FAN,
        _CONTRACT_BUYER,
        Role(name="member", meaning="has a contract", begins=_CONTRACTS, ends="contract_end"),
        _USER,
        _SELLER,
    ),
    ends=("churned",),
    lapsed=("silent", "churned"),
    invariants=(
        Invariant(stages=("new", "mature"), role="member"),
        Invariant(stages=("new", "mature", "silent", "churned"), role="buyer"),
    ),
)
"""A contract of one or two years, such as a gym's.

A visit is a ``use``; it and any add-on service bought restart the clock, and keep the
stage.  ``contract_end`` tells that a contract ended and was not renewed.  A visit ends
a silence only while a contract runs, and leads back to where the member was.
"""

_ORDERS: Final = ("purchase", "contract_start")
_CONTACT: Final = ("use", "interaction", "event_attended")

B2B: Final = Lifecycle(
    "b2b",
    "target",
    meanings=(
        ("target", "fits the target market, no contact yet"),
        ("engaged", "is in contact with us: asked, met, got a quote"),
        ("first_order", "has ordered once"),
        ("growing", "has ordered again or renewed"),
        ("at_risk", "no order, use or contact for 180 days, or a contract has ended"),
        ("lost", "at risk for another 185 days"),
    ),
    moves=(
        on(
            (
                "page_view",
                "article_view",
                "event_attended",
                "interaction",
                "contact_left",
                "signup",
                "lead_qualified",
                "opportunity_opened",
                "quote_sent",
                "signed",
            ),
            "target",
            "engaged",
        ),
        on(_ORDERS, ("target", "engaged"), "first_order"),
        on(_CONTACT, "first_order", "first_order"),
        on((*_ORDERS, "renewal"), ("first_order", "at_risk", "lost"), "growing"),
        on((*_ORDERS, "renewal", *_CONTACT), "growing", "growing"),
        on("contract_end", ("first_order", "growing"), "at_risk"),
        after(days(180), ("first_order", "growing"), "at_risk"),
        after(days(185), "at_risk", "lost"),
    ),
    roles=(
        _FAN,
        _CONTRACT_BUYER,
        Role(name="member", meaning="has a contract", begins=_CONTRACTS, ends="contract_end"),
        _USER,
        _SELLER,
    ),
    ends=("lost",),
    lapsed=("at_risk", "lost"),
    invariants=(Invariant(stages=("first_order", "growing", "at_risk", "lost"), role="buyer"),),
)
"""A company account: the relation with it, not the status of one sale (that is the opportunity's).

Its history is that of its contacts while they act for it.  What is at risk is won back
by an order or a renewal, not by talk.
"""
