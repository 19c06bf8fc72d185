"""Definitions: what a business calls its stages, tiers, segments and tags."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import final

import attrs

from crmkit import segmentation as seg
from crmkit.conditions import Vocabulary
from crmkit.lifecycle import LAPSE_CAUSES, Lifecycle
from crmkit.model import (
    CUSTOMER_FIELDS,
    FIELDS,
    KINDS,
    MEASURES,
    PROFILE_FIELDS,
    PROPS,
    Account,
    Activity,
    Customer,
    CustomField,
    CustomObject,
    CustomStatus,
)
from crmkit.model.values import meanings_of


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


@final
@attrs.frozen(kw_only=True)
class Additions:
    """What a host adds to the names that crmkit and its definitions give: each with its meaning.

    Attributes:
        fields: Fields of its customers.
        statuses: Statuses of its customers.
        objects: Kinds of things it keeps beside them.
        tags: Tags that no rule gives but people or sources do, with what each means.
        kinds: Kinds of activity beside `model.KINDS`, with what each means.
        props: Props of activities beside `model.PROPS`.

    Raises:
        InvalidValue: If tags or kinds are anything but meanings by names.
    """

    fields: tuple[CustomField, ...] = attrs.field(default=(), converter=tuple[CustomField, ...])
    statuses: tuple[CustomStatus, ...] = attrs.field(default=(), converter=tuple[CustomStatus, ...])
    objects: tuple[CustomObject, ...] = attrs.field(default=(), converter=tuple[CustomObject, ...])
    tags: tuple[tuple[str, str], ...] = attrs.field(default=(), converter=meanings_of)
    kinds: tuple[tuple[str, str], ...] = attrs.field(default=(), converter=meanings_of)
    props: tuple[CustomField, ...] = attrs.field(default=(), converter=tuple[CustomField, ...])


def lifecycle_of(customer: Customer, definitions: Definitions) -> Lifecycle:
    """Return the lifecycle that *customer* goes through: an organisation's own one, where there is one."""
    if isinstance(customer.party, Account) and definitions.account_lifecycle is not None:
        return definitions.account_lifecycle
    return definitions.lifecycle


def vocabulary(definitions: Definitions, additions: Additions | None = None) -> Vocabulary:
    """Return the names and values that conditions on profiles made by *definitions* may use.

    The kinds are `model.KINDS` and those added.  Props are held to `model.PROPS`
    and those added if any are added, and may have any name otherwise.

    >>> from crmkit.conditions import F, lint
    >>> from crmkit.playbook import RETAIL
    >>> for finding in lint((F.stage == "silnet") & (F.tier >= 6), vocabulary(RETAIL.definitions)):
    ...     print(finding)
    'silnet' is no value of 'stage'. Did you mean 'silent'?
    6 is no value of 'tier', which goes from 1 to 5

    Raises:
        InvalidValue: If two fields or two props share a name.
    """
    added = additions or Additions()
    machines = lifecycles_of(definitions)
    choices = {
        "stage": [stage for machine in machines for stage in machine.stages],
        "roles": [role.name for machine in machines for role in machine.roles],
        "lapse_cause": LAPSE_CAUSES,
        "tier_name": definitions.tiers.names,
        "tags": [*(rule.tag for rule in definitions.tag_rules), *(name for name, _ in added.tags)],
    }
    fields = [*PROFILE_FIELDS, *MEASURES, *CUSTOMER_FIELDS, *FIELDS]
    return Vocabulary(
        fields=[
            *(_narrowed(field, choices.get(field.name, ()), definitions) for field in fields),
            *added.fields,
            *(status.field for status in added.statuses),
        ],
        kinds=dict.fromkeys((*KINDS, *(kind for kind, _ in added.kinds))),
        props=(*PROPS, *added.props) if added.props else None,
    )


def lifecycles_of(definitions: Definitions) -> tuple[Lifecycle, ...]:
    """Return the lifecycles of *definitions*, each once, that of persons first."""
    both = (definitions.lifecycle, definitions.account_lifecycle)
    return tuple(dict.fromkeys(machine for machine in both if machine is not None))


def _narrowed(field: CustomField, choices: Iterable[str], definitions: Definitions) -> CustomField:
    """Return *field* with the values that *definitions* leave it."""
    if field.name == "tier":
        return attrs.evolve(field, most=len(definitions.tiers.names))
    names = tuple(dict.fromkeys(choices))
    return attrs.evolve(field, type="choice", choices=names) if names else field


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
