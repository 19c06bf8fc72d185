"""Profiles: everything that is true of one customer at one instant, as one value."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final, final

import attrs

from crmkit.display import html_table
from crmkit.model.activity import Activity
from crmkit.model.consent import Consent
from crmkit.model.contact_role import ContactRole
from crmkit.model.custom_fields import CustomField
from crmkit.model.customer import CONTACT_POINT_KINDS, Customer
from crmkit.model.instants import instant, maybe_instant
from crmkit.model.relation import Relation
from crmkit.model.tag import Tag, tag_names
from crmkit.model.values import FieldValue

MEASURES: Final = tuple(
    CustomField(name=name, type="integer", unit=unit, meaning=meaning)
    for name, unit, meaning in (
        ("recency_days", "days", "whole days since the last visit that counts, at as_of"),
        ("frequency", "visits", "number of visits that count"),
        ("monetary_minor", "minor units", "money of those visits, refunds taken off"),
        ("length_days", "days", "whole days from the first fact of the relation to as_of"),
    )
)
"""The measures a profile may hold, and what they mean."""

PROFILE_FIELDS: Final = (
    CustomField(name="id", meaning="id of the customer"),
    CustomField(name="stage", meaning="stage of the lifecycle"),
    CustomField(name="stage_since", type="instant", meaning="instant at which the stage began"),
    CustomField(name="lapse_cause", meaning="why they left: competitor, value_not_found, other"),
    CustomField(name="roles", many=True, meaning="roles beside the stage: fan, buyer, member, user, seller"),
    CustomField(name="tier", type="integer", least=1, meaning="value tier, 1 lowest"),
    CustomField(name="tier_name", meaning="name of the value tier"),
    CustomField(name="tags", many=True, meaning="names of the tags that hold"),
)
"""What a profile answers to beside the measures and the fields of the customer."""


@final
@attrs.frozen(kw_only=True)
class Profile:
    """The 360° view of one customer.

    Attributes:
        customer: The golden record.
        as_of: The instant it is true of; facts after it are not in it.
        activities: Their history up to then, in fact order.
        stage: Stage of the lifecycle, or None without a lifecycle.
        stage_since: When the stage began.
        stage_cause: What brought them there: a kind of activity, or the silence that passed.
        lapse_cause: Why they left, where it is known.
        roles: Roles they hold beside the stage, sorted.
        tier: Value tier, 1 lowest, or None if they have no value yet.
        tier_name: Name of the tier.
        measures: Whole numbers by name, the names of `MEASURES`, sorted.
        scores: Scores by measure, 1 lowest, sorted.
        tags: Tags, held or past, sorted by name.
        consents: Their words on consent, oldest first.
        contact_roles: Roles at accounts (of a person), or of contacts (of an account).
        relations: Relations they stand in.
    """

    customer: Customer
    as_of: dt.datetime = attrs.field(converter=instant)
    activities: tuple[Activity, ...] = attrs.field(default=(), repr=lambda facts: f"<{len(facts)} facts>")
    stage: str | None = None
    stage_since: dt.datetime | None = attrs.field(default=None, converter=maybe_instant)
    stage_cause: str | None = None
    lapse_cause: str | None = None
    roles: tuple[str, ...] = ()
    tier: int | None = None
    tier_name: str | None = None
    measures: tuple[tuple[str, int], ...] = ()
    scores: tuple[tuple[str, int], ...] = ()
    tags: tuple[Tag, ...] = ()
    consents: tuple[Consent, ...] = ()
    contact_roles: tuple[ContactRole, ...] = ()
    relations: tuple[Relation, ...] = ()

    def __str__(self) -> str:
        return "\n".join(f"{name}: {text}" for name, text in self._told())

    def _repr_html_(self) -> str:
        return html_table(("", ""), self._told(), caption=f"{self.customer.name or self.customer.id}")

    def _told(self) -> list[tuple[str, str]]:
        """Return what there is to show, line by line; what is unknown is left out."""
        lines = (
            ("id", self.customer.id),
            ("kind", self.customer.kind),
            ("as of", f"{self.as_of:%Y-%m-%d %H:%M} UTC"),
            ("stage", f"{self.stage} ({self.stage_cause})" if self.stage_cause else self.stage or ""),
            ("left because", self.lapse_cause or ""),
            ("tier", f"{self.tier} {self.tier_name}" if self.tier else ""),
            ("measures", ", ".join(f"{name} {number:,}" for name, number in self.measures)),
            ("scores", ", ".join(f"{name} {number}" for name, number in self.scores)),
            ("roles", ", ".join(self.roles)),
            ("tags", ", ".join(sorted(tag_names(self.tags, as_of=self.as_of)))),
            ("activities", f"{len(self.activities):,}"),
        )
        return [(name, text) for name, text in lines if text]

    def __getitem__(self, name: str) -> FieldValue | frozenset[str] | None:
        """Return the value called *name*, or None if it is unknown.

        Names are looked up among the profile's own (`PROFILE_FIELDS`), the
        measures (`MEASURES`), then the customer's fields.  ``tags`` and
        ``roles`` are sets of names, never unknown; several contact points
        are a tuple.
        """
        if name == "tags":
            return tag_names(self.tags, as_of=self.as_of)
        if name == "roles":
            return frozenset(self.roles)
        if name == "id":
            return self.customer.id
        if name in _PLAIN:
            value: FieldValue | None = getattr(self, name)
            return value
        for measure, number in self.measures:
            if measure == name:
                return number
        if name in CONTACT_POINT_KINDS:
            valid = (
                point.value
                for point in self.customer.contact_points
                if point.kind == name and point.valid_at(self.as_of)
            )
            return tuple(valid) or None
        return self.customer[name]


_PLAIN: Final = frozenset(field.name for field in PROFILE_FIELDS) - {"id", "tags", "roles"}


def read(profile: Profile | Mapping[str, object], name: str) -> object:
    """Return the value called *name* of a profile or of a mapping, or None if it is unknown."""
    return profile[name] if isinstance(profile, Profile) else profile.get(name)
