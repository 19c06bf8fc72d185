"""Diaries: the facts of one party's story as it is being told, in days before as_of."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from random import Random
from typing import Final, final

import attrs

from crmkit.demo.names import chance, pick
from crmkit.demo.shopping import basket

WINDOW_DAYS: Final = 730
_LAST_DAY: Final = WINDOW_DAYS - 1
_OPEN_SHARE: Final = 0.45  # of a day: from the evening of as_of back to the morning


@final
@attrs.frozen(kw_only=True)
class Fact:
    """One thing that happened.

    Attributes:
        party_id: Whose it is.
        days: How many days before as_of, with a fraction.
        kind: Kind of activity.
        channel: Where.
        amount_minor: Money that moved, or None.
        account_id: Party id of the company they acted for, or None.
        props: Everything else.
    """

    party_id: str
    days: float
    kind: str
    channel: str
    amount_minor: int | None = None
    account_id: str | None = None
    props: Mapping[str, object] = attrs.field(factory=dict)


@final
@attrs.define
class Diary:
    """What happened to one party, in the order in which it is told.

    Attributes:
        party_id: Whose story it is.
        rng: Where chance comes from.
        account_id: Party id of the company they act for, or None.
        facts: The facts so far.
    """

    party_id: str
    rng: Random
    account_id: str | None = None
    facts: list[Fact] = attrs.field(factory=list)
    _orders: count[int] = attrs.field(factory=lambda: count(1))

    def tell(
        self,
        day: int,
        kind: str,
        channel: str,
        *,
        amount_minor: int | None = None,
        props: Mapping[str, object] | None = None,
    ) -> None:
        """Add a fact of that *day*, by day; days out of the window are cut to it."""
        self.facts.append(
            Fact(
                party_id=self.party_id,
                days=min(max(day, 0), _LAST_DAY) + self.rng.random() * _OPEN_SHARE,
                kind=kind,
                channel=channel,
                amount_minor=amount_minor,
                account_id=self.account_id,
                props=props or {},
            )
        )

    def number(self, what: str) -> str:
        """Return the next number of an order, a case or a contract in this diary."""
        return f"{what}-{self.party_id.removeprefix('party-')}-{next(self._orders):03d}"

    def buy(self, day: int, channel: str, *, generous: bool = False) -> None:
        """Tell a purchase, and what it leads to now and then: money back, a complaint, a question."""
        amount, cost, products, guests = basket(
            self.rng, at_table=channel == "store" and chance(self.rng, 45), generous=generous
        )
        order = self.number("order")
        props: dict[str, object] = {
            "order_id": order,
            "cost_minor": cost,
            "products": products,
            "guests": guests,
        }
        self.tell(day, "purchase", channel, amount_minor=amount, props=props)
        after = day - 1 - int(self.rng.random() * 12)
        if after < 0:
            return
        if chance(self.rng, 3):
            back = amount if chance(self.rng, 60) else amount // 2
            self.tell(after, "refund", channel, amount_minor=back, props={"order_id": order})
        if chance(self.rng, 3):
            self.complain(after, order)
        elif chance(self.rng, 4):
            self.tell(
                after,
                "support_request",
                pick(("wecom", "call", "email"), self.rng),
                props={"order_id": order},
            )

    def complain(self, day: int, order: str) -> None:
        """Tell a complaint about *order*; most become a case, and most cases are closed in a few days."""
        channel = pick(("call", "wecom", "email"), self.rng)
        topic = pick(("late", "damaged", "taste", "price", "service"), self.rng)
        self.tell(day, "complaint", channel, props={"order_id": order, "topic": topic})
        if chance(self.rng, 70):
            case = self.number("case")
            self.tell(day, "case_opened", channel, props={"case_id": case, "topic": topic})
            closed = day - 1 - int(self.rng.random() * 5)
            if closed >= 0 and chance(self.rng, 85):
                self.tell(closed, "case_closed", channel, props={"case_id": case})
