"""Profiles: the 360° view of a customer, folded from records and activities."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import final

import attrs

from crmkit import segmentation as seg
from crmkit.calendars import instant
from crmkit.dedup import golden
from crmkit.lifecycle import Lifecycle, fold
from crmkit.model import (
    Account,
    Activity,
    ContactRole,
    Customer,
    Profile,
    Record,
    Relation,
    consents_of,
    in_fact_order,
)


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


def profile(
    records: Iterable[Record],
    activities: Iterable[Activity],
    definitions: Definitions,
    *,
    as_of: dt.datetime,
    contact_roles: Iterable[ContactRole] = (),
    relations: Iterable[Relation] = (),
) -> Profile:
    """Return everything that is true of one customer at *as_of*.

    Args:
        records: All the records of this customer, one at least.
        activities: Their history, in any order; a fact told twice counts once
            and facts after *as_of* are not seen, so the same call replays history.
        definitions: What the business calls its stages, tiers and tags.
        as_of: The instant it is to be true of, aware.
        contact_roles: Roles of theirs, at accounts or of contacts.
        relations: Relations they stand in.
    """
    customer = golden(records)
    return portray(
        customer, activities, definitions, as_of=as_of, contact_roles=contact_roles, relations=relations
    )


def portray(
    customer: Customer,
    activities: Iterable[Activity],
    definitions: Definitions,
    *,
    as_of: dt.datetime,
    contact_roles: Iterable[ContactRole] = (),
    relations: Iterable[Relation] = (),
) -> Profile:
    """Return `profile` of a customer whose golden record is known already."""
    until = instant(as_of)
    facts = tuple(fact for fact in in_fact_order(activities) if fact.at <= until)
    timeline = fold(lifecycle_of(customer, definitions), facts, as_of=until)
    rfm = _measured(customer, facts, definitions, until)
    bare = Profile(
        customer=customer,
        as_of=until,
        activities=facts,
        stage=timeline.stage,
        stage_since=timeline.since,
        stage_cause=timeline.cause,
        lapse_cause=timeline.lapse_cause,
        roles=timeline.roles,
        measures=() if rfm is None else rfm.measures,
        consents=consents_of(facts),
        contact_roles=tuple(contact_roles),
        relations=tuple(relations),
    )
    valued = _valued(bare, rfm, definitions)
    tags = seg.tag(definitions.tag_rules, valued, as_of=until)
    return attrs.evolve(valued, tags=tags) if tags else valued


def lifecycle_of(customer: Customer, definitions: Definitions) -> Lifecycle:
    """Return the lifecycle that *customer* goes through: an organisation's own one, where there is one."""
    if isinstance(customer.party, Account) and definitions.account_lifecycle is not None:
        return definitions.account_lifecycle
    return definitions.lifecycle


def fitted(definitions: Definitions, activities: Iterable[Activity], *, as_of: dt.datetime) -> Definitions:
    """Return *definitions* with a scale fitted on the customers of *activities* up to *as_of*.

    Without a single visit there is nothing to fit and the scale stays None.
    """
    counted = (_counted(fact, definitions.currency) for fact in activities)
    rfm = seg.summarize(counted, as_of=as_of, preset=definitions.preset)
    return attrs.evolve(definitions, scale=seg.fit_scale(rfm, bins=definitions.tiers.bins) if rfm else None)


def _measured(
    customer: Customer, facts: Sequence[Activity], definitions: Definitions, as_of: dt.datetime
) -> seg.Rfm | None:
    """Return the measures of the facts taken as one history, or None if none is a visit."""
    if not facts:
        return None
    counted = (_counted(fact, definitions.currency) for fact in facts)
    own = (
        fact if fact.customer_id == customer.id else attrs.evolve(fact, customer_id=customer.id)
        for fact in counted
    )
    return next(iter(seg.summarize(own, as_of=as_of, preset=definitions.preset)), None)


def _counted(fact: Activity, currency: str | None) -> Activity:
    if currency is None or fact.currency in (None, currency):
        return fact
    return attrs.evolve(fact, amount_minor=None, currency=None)


def _valued(bare: Profile, rfm: seg.Rfm | None, definitions: Definitions) -> Profile:
    if rfm is None or definitions.scale is None:
        return bare
    tier = seg.tier_of(rfm, definitions.scale, table=definitions.tiers)
    return attrs.evolve(
        bare,
        tier=tier,
        tier_name=definitions.tiers.name(tier),
        scores=seg.score(rfm, definitions.scale).by_measure,
    )
