"""Recency, frequency, money, and how long it has been going on, of each customer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import final

import attrs

from crmkit.calendars import earlier, instant
from crmkit.errors import InvalidValue
from crmkit.model import Activity, CustomerId, in_fact_order
from crmkit.model.money import whole_minor
from crmkit.segmentation.presets import RFM, Preset


@final
@attrs.frozen
class Rfm:
    """What a customer's visits add up to at one instant.

    Attributes:
        customer_id: Id of the customer.
        recency_days: Whole days since the last visit, 0 or more.
        frequency: Number of visits, 1 or more; an order of many lines is one.
        monetary_minor: Money in minor units, signed, as the preset chooses it.
        length_days: Whole days since the first visit ever, or None if it was not asked for.
        currency: Currency of the money, or None if no amount is known.
        amounts_unknown: Purchases and refunds without an amount, which add nothing.
        costs_unknown: Purchases and refunds without a cost, whose amount stands for their profit.
    """

    customer_id: CustomerId = attrs.field(converter=CustomerId)
    recency_days: int
    frequency: int
    monetary_minor: int
    length_days: int | None = None
    currency: str | None = attrs.field(default=None, kw_only=True)
    amounts_unknown: int = attrs.field(default=0, kw_only=True)
    costs_unknown: int = attrs.field(default=0, kw_only=True)

    @property
    def measures(self) -> tuple[tuple[str, int], ...]:
        """The measures that are known, by name, sorted: the form that `model.Profile` keeps."""
        pairs = (
            ("frequency", self.frequency),
            ("length_days", self.length_days),
            ("monetary_minor", self.monetary_minor),
            ("recency_days", self.recency_days),
        )
        return tuple((name, number) for name, number in pairs if number is not None)


def summarize(
    activities: Iterable[Activity],
    *,
    as_of: dt.datetime,
    preset: Preset = RFM,
    length: bool | None = None,
) -> list[Rfm]:
    """Return one `Rfm` for each customer with a visit, sorted by customer id.

    Facts after *as_of* are not seen, so the same call replays history.  A fact
    told twice counts once.  Customers without a visit have no recency and are
    left out; with `RELATION`, people who never bought are in.  A mean is
    rounded to the nearest minor unit, halves up.  *length* overrules the preset.

    >>> import datetime as dt
    >>> from crmkit.model import Activity
    >>> bought = dt.datetime(2024, 5, 1, tzinfo=dt.UTC)
    >>> sale = Activity("a1", "c1", "purchase", bought, amount_minor=1999, currency="EUR")
    >>> [one] = summarize([sale], as_of=bought + dt.timedelta(days=9))
    >>> one.recency_days, one.frequency, one.monetary_minor
    (9, 1, 1999)

    Raises:
        InvalidValue: If *as_of* carries no time zone, or the money is of several currencies.
    """
    until = instant(as_of)
    since = None if preset.window is None else earlier(until, preset.window)
    facts = [fact for fact in _once(activities) if fact.at <= until]
    currency = only_currency(
        fact.currency for fact in facts if _moves_money(fact, preset) and _within(fact, since)
    )
    measured = preset.length if length is None else length
    by_customer: dict[CustomerId, list[Activity]] = {}
    for fact in facts:
        by_customer.setdefault(fact.customer_id, []).append(fact)
    return [
        _summary(customer_id, history, since, until, preset, measured, currency)
        for customer_id, history in sorted(by_customer.items())
        if any(_counts(fact, preset, since) for fact in history)
    ]


def only_currency(currencies: Iterable[str | None]) -> str | None:
    """Return the one currency among *currencies*, or None if there is none.

    Raises:
        InvalidValue: If there are several.
    """
    found = sorted({currency for currency in currencies if currency is not None})
    if len(found) > 1:
        raise InvalidValue(
            f"the money is in {', '.join(found[:-1])} and {found[-1]}; "
            "convert it, or summarise one currency at a time"
        )
    return found[0] if found else None


def _once(activities: Iterable[Activity]) -> Sequence[Activity]:
    facts = list(activities)
    return facts if len({fact.id for fact in facts}) == len(facts) else in_fact_order(facts)


def _within(fact: Activity, since: dt.datetime | None) -> bool:
    return since is None or fact.at > since


def _moves_money(fact: Activity, preset: Preset) -> bool:
    return fact.amount_minor is not None and preset.money_sign(fact.kind) != 0


def _counts(fact: Activity, preset: Preset, since: dt.datetime | None) -> bool:
    return preset.is_visit(fact.kind) and _within(fact, since)


def _summary(
    customer_id: CustomerId,
    history: Sequence[Activity],
    since: dt.datetime | None,
    until: dt.datetime,
    preset: Preset,
    length: bool,  # noqa: FBT001
    currency: str | None,
) -> Rfm:
    visits = [fact for fact in history if _counts(fact, preset, since)]
    frequency = len({_visit(fact, preset) for fact in visits})
    payments = [fact for fact in history if preset.money_sign(fact.kind) and _within(fact, since)]
    known = [fact for fact in payments if fact.amount_minor is not None]
    money = sum(preset.money_sign(fact.kind) * _worth(fact, preset) for fact in known)
    first = min(fact.at for fact in history if preset.is_visit(fact.kind))
    return Rfm(
        customer_id,
        (until - max(fact.at for fact in visits)).days,
        frequency,
        (2 * money + frequency) // (2 * frequency) if preset.monetary == "mean" else money,
        (until - first).days if length else None,
        currency=currency,
        amounts_unknown=len(payments) - len(known),
        costs_unknown=sum(_cost(fact) is None for fact in known) if preset.monetary == "profit" else 0,
    )


def _visit(fact: Activity, preset: Preset) -> tuple[str, str]:
    """Return what tells visits apart: the order of a purchase that has one, else the fact itself."""
    order_id = fact["order_id"] if fact.kind in preset.purchases else None
    return ("fact", fact.id) if order_id is None else ("order", str(order_id))


def _worth(fact: Activity, preset: Preset) -> int:
    cost = _cost(fact) if preset.monetary == "profit" else None
    return (fact.amount_minor or 0) - (cost or 0)


def _cost(fact: Activity) -> int | None:
    return whole_minor(fact["cost_minor"])
