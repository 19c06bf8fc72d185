"""Contact roles: what a person is at an organisation, and for how long."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Final, final

import attrs

from crmkit.errors import UnknownName
from crmkit.model.activity import Activity, in_fact_order
from crmkit.model.identity import CustomerId
from crmkit.model.instants import maybe_instant
from crmkit.model.period import check_period, holds_at
from crmkit.model.values import maybe_text, plain_text

BUYING_ROLES: Final = ("decision_maker", "influencer", "user", "gatekeeper", "champion", "buyer")


@final
@attrs.frozen(kw_only=True)
class ContactRole:
    """What a contact is at an account: many to many, and valid for a period.

    Attributes:
        contact_id: The person.
        account_id: The organisation.
        buying_role: One of `BUYING_ROLES`, or None if unknown.
        job_title: What the card says; kept out of `repr`.
        since: Valid from, or None if always.
        until: Valid up to, exclusive, or None if still.
    """

    contact_id: CustomerId = attrs.field(converter=plain_text)
    account_id: CustomerId = attrs.field(converter=plain_text)
    buying_role: str | None = attrs.field(default=None)
    job_title: str | None = attrs.field(default=None, repr=False, converter=maybe_text)
    since: dt.datetime | None = attrs.field(default=None, converter=maybe_instant)
    until: dt.datetime | None = attrs.field(default=None, converter=maybe_instant)

    @buying_role.validator
    def _known(self, _: object, role: str | None) -> None:
        if role is not None and role not in BUYING_ROLES:
            raise UnknownName("buying role", role, BUYING_ROLES)

    def __attrs_post_init__(self) -> None:
        check_period(self.since, self.until)


def account_activities(
    account_id: CustomerId, activities: Iterable[Activity], roles: Iterable[ContactRole]
) -> list[Activity]:
    """Return the history of an account, in fact order.

    That is what happened to the account itself, what its contacts did in its
    name, and what they did in nobody's name while they held a role there.
    """
    tenures: dict[str, list[ContactRole]] = {}
    for role in roles:
        if role.account_id == account_id:
            tenures.setdefault(role.contact_id, []).append(role)

    def belongs(activity: Activity) -> bool:
        if activity.customer_id == account_id or activity.account_id == account_id:
            return True
        return activity.account_id is None and any(
            holds_at(role.since, role.until, activity.at) for role in tenures.get(activity.customer_id, ())
        )

    return in_fact_order(activity for activity in activities if belongs(activity))
