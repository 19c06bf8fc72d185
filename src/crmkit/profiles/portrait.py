"""Portraits: the 360° view of one customer, folded from records and activities."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

import attrs

from crmkit import segmentation as seg
from crmkit.calendars import instant
from crmkit.dedup import golden
from crmkit.lifecycle import fold
from crmkit.model import (
    Activity,
    ContactRole,
    Customer,
    Profile,
    Record,
    Relation,
    consents_of,
    fields_of,
    in_fact_order,
)
from crmkit.profiles.definitions import Definitions, in_currency, lifecycle_of


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
    timeline = fold(lifecycle_of(customer, definitions), facts, as_of=until, fields=fields_of(customer))
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


def updated(
    profile: Profile, activities: Iterable[Activity], definitions: Definitions, *, as_of: dt.datetime
) -> Profile:
    """Return *profile* as it is at *as_of* with more facts, in any order, late ones and repeats included.

    It is what `portray` gives of all the facts, old and new.  A profile holds no
    facts after its instant: what was told of the time since is told again here.

    >>> from crmkit.playbook import RETAIL
    >>> noon = dt.datetime(2024, 5, 1, 12, tzinfo=dt.UTC)
    >>> before = portray(Customer(id="c1"), [], RETAIL.definitions, as_of=noon)
    >>> sale = Activity("a1", "c1", "purchase", noon, amount_minor=1999, currency="EUR")
    >>> after = updated(before, [sale], RETAIL.definitions, as_of=noon)
    >>> before.stage, after.stage
    ('potential', 'new')
    """
    return portray(
        profile.customer,
        (*profile.activities, *activities),
        definitions,
        as_of=as_of,
        contact_roles=profile.contact_roles,
        relations=profile.relations,
    )


def _measured(
    customer: Customer, facts: Sequence[Activity], definitions: Definitions, as_of: dt.datetime
) -> seg.Rfm | None:
    """Return the measures of the facts taken as one history, or None if none is a visit."""
    if not facts:
        return None
    counted = (in_currency(fact, definitions.currency) for fact in facts)
    own = (
        fact if fact.customer_id == customer.id else attrs.evolve(fact, customer_id=customer.id)
        for fact in counted
    )
    return next(iter(seg.summarize(own, as_of=as_of, preset=definitions.preset)), None)


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
