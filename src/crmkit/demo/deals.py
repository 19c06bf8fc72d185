"""Deals: how companies are won, supplied, kept and lost, through the people who buy for them."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Final

from crmkit.demo.diary import WINDOW_DAYS, Diary, Fact
from crmkit.demo.names import chance, pick
from crmkit.demo.parties import Company, Person
from crmkit.demo.shopping import OFFICE
from crmkit.demo.stories import CAUSES

# how far the relation with a company has come, and how many of a hundred have come so far
_OUTCOMES: Final = (
    *("target",) * 14,
    *("engaged",) * 24,
    *("first_order",) * 14,
    *("growing",) * 26,
    *("at_risk",) * 12,
    *("lost",) * 10,
)


def deal_facts(company: Company, contacts: Sequence[Person], rng: Random) -> list[Fact]:
    """Return what happened between us and *company* in the two years before as_of.

    The first contact does most of the talking; where there is none, the company's own mailbox does.
    """
    talkers = [Diary(person.id, rng, company.id) for person in contacts] or [Diary(company.id, rng)]
    start = min(company.joined_days, WINDOW_DAYS - 1, *(person.joined_days for person in contacts))
    outcome = pick(_OUTCOMES, rng)
    for diary in talkers:
        diary.tell(start, "touch", pick(("event", "partner", "web", "sem"), rng))
    signed = _sale(talkers, start, outcome, rng)
    if signed is not None:
        _supply(talkers, signed, outcome, rng)
    return [fact for diary in talkers for fact in diary.facts]


def _sale(talkers: Sequence[Diary], start: int, outcome: str, rng: Random) -> int | None:
    """Tell how the sale went; return the day it was signed, or None if it was not."""
    if outcome == "target":
        return None
    lead = talkers[0]
    deal = lead.number("deal")
    props = {"opportunity_id": deal}
    day = start
    lead.tell(day, "lead_created", "web", props=props)
    steps = ("lead_qualified", "opportunity_opened", "quote_sent", "signed")
    reached = 1 + int(rng.random() * 3) if outcome == "engaged" else len(steps)
    for step in steps[:reached]:
        day = max(0, day - 1 - int(rng.random() * 18))
        _talk(talkers, day, rng)
        amount = OFFICE.price.amount_minor * 12 if step in ("quote_sent", "signed") else None
        lead.tell(
            day, step, "call" if step == "lead_qualified" else "email", amount_minor=amount, props=props
        )
    return day if outcome != "engaged" else None


def _talk(talkers: Sequence[Diary], day: int, rng: Random) -> None:
    """Tell a call or two before a step."""
    for diary in talkers:
        if chance(rng, 50):
            outcome = pick(("reached", "reached", "no_answer", "call_back"), rng)
            diary.tell(day, "interaction", pick(("call", "wecom", "email"), rng), props={"outcome": outcome})


def _supply(talkers: Sequence[Diary], signed: int, outcome: str, rng: Random) -> None:
    """Tell the monthly orders after the signature, up to the day the story ends."""
    end = {"first_order": signed, "growing": 0}.get(outcome, int(signed * (0.3 + rng.random() * 0.4)))
    desks, day = 1 + int(rng.random() * 8), signed
    while day >= end:
        _order(talkers[0], day, desks)
        desks += 1 if outcome == "growing" and chance(rng, 25) else 0
        day -= 28 + int(rng.random() * 6)
    if outcome in ("at_risk", "lost"):
        talkers[-1].complain(end, talkers[0].number("order"))
    if outcome == "lost":
        props = {"cause": pick(CAUSES, rng)}
        talkers[0].tell(end - 10 - int(rng.random() * 30), "contract_end", "email", props=props)


def _order(diary: Diary, day: int, desks: int) -> None:
    cost = OFFICE.cost.amount_minor if OFFICE.cost is not None else 0
    diary.tell(
        day,
        "purchase",
        "email",
        amount_minor=OFFICE.price.amount_minor * desks,
        props={
            "order_id": diary.number("order"),
            "cost_minor": cost * desks,
            "products": (str(OFFICE.id),),
            "desks": desks,
        },
    )
