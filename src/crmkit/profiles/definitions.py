"""Definitions: what a business calls its stages, tiers, segments and tags."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import final

import attrs

from crmkit import segmentation as seg
from crmkit.lifecycle import Lifecycle
from crmkit.model import Account, Activity, Customer


@final
@attrs.frozen(kw_only=True)
class Definitions:
    """What a business calls its stages, tiers, segments and tags.

    Attributes:
        lifecycle: The stages of a person.
        account_lifecycle: The stages of an organisation; those of a person if None.
        preset: What counts as a visit and as money.
        scale: The frozen scale that measures are scored on; None until `fitted`.
        tiers: Which scores make which tier.
        segments: Named groups of customers.
        tag_rules: Which tags customers get.
        currency: What money is counted in: a visit paid in another currency
            counts, its amount is unknown.  None if there is only one.
    """

    lifecycle: Lifecycle
    account_lifecycle: Lifecycle | None = None
    preset: seg.Preset = seg.RFM
    scale: seg.Scale | None = None
    tiers: seg.TierTable = seg.TIERS
    segments: tuple[seg.Segment, ...] = ()
    tag_rules: tuple[seg.TagRule, ...] = ()
    currency: str | None = None


def lifecycle_of(customer: Customer, definitions: Definitions) -> Lifecycle:
    """Return the lifecycle that *customer* goes through: an organisation's own one, where there is one."""
    if isinstance(customer.party, Account) and definitions.account_lifecycle is not None:
        return definitions.account_lifecycle
    return definitions.lifecycle


def fitted(definitions: Definitions, activities: Iterable[Activity], *, as_of: dt.datetime) -> Definitions:
    """Return *definitions* with a scale fitted on the customers of *activities* up to *as_of*.

    Without a single visit there is nothing to fit and the scale stays None.
    """
    counted = (in_currency(fact, definitions.currency) for fact in activities)
    rfm = seg.summarize(counted, as_of=as_of, preset=definitions.preset)
    return attrs.evolve(definitions, scale=seg.fit_scale(rfm, bins=definitions.tiers.bins) if rfm else None)


def in_currency(fact: Activity, currency: str | None) -> Activity:
    """Return *fact* as measures see it: money of another currency than theirs is an unknown amount."""
    if currency is None or fact.currency in (None, currency):
        return fact
    return attrs.evolve(fact, amount_minor=None, currency=None)
