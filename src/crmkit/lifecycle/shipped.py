"""The lifecycles that ship: a shop, a membership such as a gym's, a company account.

Each is a value like any other: read it as `lifecycle.table`, change it with
`attrs.evolve`, or in a spreadsheet (`lifecycle.to_csv`).

In which stage somebody stands is read from what they did.  Where no contract
says that a relation is over, nobody sees it end, and silence is the sign that is
left (Schmittlein, Morrison & Colombo 1987); where one does, its end is a fact
(Fader & Hardie 2009 on the two settings).  How long a silence means an end
differs from trade to trade: the times here are to be changed.

>>> from crmkit.conditions import describe
>>> describe(FIRST_MONTHS)
"stage is one of 'first_order', 'new' and the time since stage since is less than 90 days"

Sources, by year:

- Jackson (1985), Winning and Keeping Industrial Customers.
- Dwyer, Schurr & Oh (1987), Developing Buyer-Seller Relationships, Journal of Marketing 51(2).
- Schmittlein, Morrison & Colombo (1987), Counting Your Customers, Management Science 33(1).
- Reinartz & Kumar (2000), On the Profitability of Long-Life Customers in a Noncontractual
  Setting, Journal of Marketing 64(4).
- Fader & Hardie (2009), Probability Models for Customer-Base Analysis, Journal of
  Interactive Marketing 23(1).
"""

from __future__ import annotations

from typing import Final

from crmkit.calendars import days
from crmkit.conditions import A, Condition, F
from crmkit.lifecycle.machine import ANY, Invariant, Lifecycle, Role, after, on

_FAN: Final = Role(name="fan", meaning="follows us", begins="follow", ends="unfollow")
_CONTRACTS: Final = ("contract_start", "renewal")
# One meaning each, read from what tells it in the trade, as the stages are.
_BOUGHT: Final = "has bought from us, a contract included"
_JOINED: Final = "has joined us and not left: is registered, or under contract"
_BUYER: Final = Role(name="buyer", meaning=_BOUGHT, begins="purchase")
_CONTRACT_BUYER: Final = Role(name="buyer", meaning=_BOUGHT, begins=("purchase", *_CONTRACTS))
_REGISTERED: Final = Role(name="member", meaning=_JOINED, begins="signup")
_UNDER_CONTRACT: Final = Role(name="member", meaning=_JOINED, begins=_CONTRACTS, ends="contract_end")
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
        _REGISTERED,
        _USER,
        _SELLER,
    ),
    ends=("churned",),
    lapsed=("silent", "churned"),
    invariants=(Invariant(stages=("new", "mature", "silent", "churned"), role="buyer"),),
)
"""A shop.

The months after a first purchase are for the second: see `FIRST_MONTHS`.

Being reached (``touch``) is no sign of interest, and neither is a lead from a bought
list.  Interest alone does not end a silence; only a purchase does.  A refund takes
nobody back a stage: what it changes is their value.  Whoever left and buys again is
mature, and not new: customers of a shop buy here and there, and leave for a time
rather than for good ("always a share").

Source: Reinartz & Kumar (2000), on customers without a contract, whose lifetime has to
be read from their purchases; Jackson (1985), on "always a share" and
"lost for good".
"""

FIRST_MONTHS: Final[Condition] = F.stage.is_in(("new", "first_order")) & (F.stage_since.age() < days(90))
"""The first 90 days after a first purchase, contract or order, until there is a second.

A sub-state for rules, segments and tags to ask for: the stage stays what it is.
"""

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
        _UNDER_CONTRACT,
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

Who has a contract buys from one seller, and is lost to the others as long as it runs;
so not to come is the sign that comes before the end.  To leave can have a cause, as in
all these lifecycles: a prop ``cause`` of the activity that tells it, such as the
``contract_end`` or an ``interaction``; see `LAPSE_CAUSES`.

Source: Jackson (1985), on customers who are "lost for good"; Fader & Hardie (2009), on
customers with a contract.
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
        _UNDER_CONTRACT,
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

The stages are the phases of a relation between a buyer and a seller: awareness (target),
exploration (engaged, first_order), expansion and commitment (growing) and dissolution
(at_risk, lost).

Source: Dwyer, Schurr & Oh (1987), on those phases.
"""
