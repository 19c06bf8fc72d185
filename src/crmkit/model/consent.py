"""Consent: what a customer lets us do, for which purpose, on which channel."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Final, final

import attrs

from crmkit.errors import InvalidValue
from crmkit.model.activity import Activity
from crmkit.model.instants import instant
from crmkit.model.values import texts_of

LEGAL_BASES: Final = ("consent", "contract", "legal_obligation", "vital_interest", "legitimate_interest")
ANY: Final = "*"

_GRANTS = {"consent_granted": True, "consent_withdrawn": False, "unsubscribed": False, "blocked": False}


@final
@attrs.frozen(kw_only=True)
class Consent:
    """A yes or a no of the customer's, from one instant on until the next.

    Attributes:
        purpose: What for: "marketing", "service"; "*" for any purpose.
        channel: Where: "email", "sms", "wecom"; "*" for any channel.
        granted: True for yes, False for no.
        at: When they said it.
        legal_basis: One of `LEGAL_BASES`.
    """

    purpose: str
    channel: str = ANY
    granted: bool
    at: dt.datetime = attrs.field(converter=instant)
    legal_basis: str = attrs.field(default="consent")

    @legal_basis.validator
    def _known(self, _: object, basis: str) -> None:
        if basis not in LEGAL_BASES:
            raise InvalidValue(f"legal_basis is one of {', '.join(LEGAL_BASES)}, got {basis!r}")

    def covers(self, purpose: str, channel: str) -> bool:
        """Return whether it speaks of *purpose* on *channel*."""
        return self.purpose in (ANY, purpose) and self.channel in (ANY, channel)


def consents_of(activities: Iterable[Activity]) -> tuple[Consent, ...]:
    """Return what the facts say about consent, oldest first.

    Granting and withdrawing read the prop ``purpose``, which may name several,
    and the channel, each "*" where absent.  Unsubscribing ends marketing on its channel; blocking
    ends every purpose on it.
    """
    said = [
        Consent(
            purpose=purpose,
            channel=activity.channel or ANY,
            granted=_GRANTS[activity.kind],
            at=activity.at,
        )
        for activity in activities
        if activity.kind in _GRANTS
        for purpose in _purposes(activity)
    ]
    return tuple(sorted(said, key=_order))


def consent_at(
    consents: Iterable[Consent], *, purpose: str, channel: str, as_of: dt.datetime
) -> Consent | None:
    """Return the latest word of the customer on *purpose* and *channel*, or None if there is none.

    Of a yes and a no at the same instant the no counts.
    """
    said = [one for one in consents if one.covers(purpose, channel) and one.at <= as_of]
    return max(said, key=_order, default=None)


def _purposes(activity: Activity) -> tuple[str, ...]:
    if activity.kind == "unsubscribed":
        return ("marketing",)
    if activity.kind == "blocked":
        return (ANY,)
    return texts_of(activity.props, "purpose") or (ANY,)


def _order(consent: Consent) -> tuple[dt.datetime, bool, str, str]:
    return consent.at, not consent.granted, consent.purpose, consent.channel
