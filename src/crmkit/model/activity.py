"""Activities: everything a customer does, or we do to them, as facts with a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final, final

import attrs

from crmkit.errors import InvalidValue, Problem
from crmkit.model.custom_fields import CustomField
from crmkit.model.identity import ActivityId, CustomerId
from crmkit.model.instants import instant, maybe_instant
from crmkit.model.money import MOST_MINOR, Money, currency_code
from crmkit.model.values import (
    Fields,
    FieldValue,
    exactly,
    field_of,
    frozen_fields,
    maybe_text,
    names_of,
    plain_text,
)

# One class of kinds a line, in the order in which facts of one instant are taken:
# being reached, showing interest, becoming known, selling, buying, using, ending, permission, delivery.
KIND_CLASSES: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("reach", ("touch", "referral")),
    ("interest", ("page_view", "article_view", "follow", "event_attended", "interaction")),
    ("acquaintance", ("contact_left", "signup", "lead_created", "lead_qualified")),
    ("sale", ("opportunity_opened", "quote_sent", "signed")),
    ("purchase", ("contract_start", "renewal", "purchase")),
    ("use", ("use", "reading", "support_request", "complaint", "case_opened", "case_closed")),
    ("end", ("refund", "contract_end", "unfollow")),
    ("permission", ("consent_granted", "consent_withdrawn", "unsubscribed", "blocked")),
    ("delivery", ("send", "delivered", "bounced", "opened", "clicked")),
)

KINDS: Final = tuple(kind for _, kinds in KIND_CLASSES for kind in kinds)
"""The kinds of activity that crmkit gives a meaning to; a host may pass kinds of its own beside them."""

KIND_MEANINGS: Final = {
    "touch": "a channel reached them",
    "referral": "somebody recommended us to them",
    "page_view": "looked at a page",
    "article_view": "read an article",
    "follow": "followed us on a channel",
    "event_attended": "came to an event",
    "interaction": "talked with us, on any channel",
    "contact_left": "left a way to reach them",
    "signup": "registered with us",
    "lead_created": "became a lead",
    "lead_qualified": "was found worth a sale",
    "opportunity_opened": "a sale was begun",
    "quote_sent": "was sent a quote",
    "signed": "signed",
    "contract_start": "a contract began",
    "renewal": "a contract was renewed",
    "purchase": "bought",
    "use": "used what they bought, or visited",
    "reading": "a device of theirs told a measurement",
    "support_request": "asked for help",
    "complaint": "complained",
    "case_opened": "a case was opened for them",
    "case_closed": "a case of theirs was closed",
    "refund": "got money back",
    "contract_end": "a contract ended and was not renewed",
    "unfollow": "no longer follows us on a channel",
    "consent_granted": "allowed us a purpose on a channel",
    "consent_withdrawn": "withdrew what they had allowed",
    "unsubscribed": "wants no more marketing on a channel",
    "blocked": "wants nothing more on a channel",
    "send": "we sent a message",
    "delivered": "a message arrived",
    "bounced": "a message did not arrive",
    "opened": "opened a message",
    "clicked": "followed a link of a message",
}
"""What each of `KINDS` says of the customer."""

ACTIVITY_FIELDS: Final = (
    CustomField(name="id", meaning="id of the activity"),
    CustomField(name="kind", meaning="kind of the activity"),
    CustomField(name="at", type="instant", meaning="when it happened"),
    CustomField(name="channel", meaning="where it happened: store, wecom, email"),
    CustomField(
        name="amount_minor",
        type="integer",
        unit="minor units",
        least=0,
        meaning="money that moved; the kind says which way",
    ),
    CustomField(name="currency", meaning="ISO 4217 code of the money"),
    CustomField(name="account_id", meaning="organisation the customer acted for"),
    CustomField(name="source", meaning="source that told it"),
    CustomField(
        name="sequence", type="integer", least=0, meaning="order among facts of one instant and class"
    ),
    CustomField(
        name="recorded_at", type="instant", meaning="when it became known, if later than it happened"
    ),
)
"""What conditions may ask of an activity beside its props."""

PROPS: Final = (
    CustomField(name="order_id", meaning="order that a purchase or a refund belongs to"),
    CustomField(name="product_id", many=True, meaning="products that were bought or used"),
    CustomField(name="lines", type="integer", meaning="number of lines of an order"),
    CustomField(name="guests", type="integer", meaning="guests of an order"),
    CustomField(name="cost_minor", type="integer", unit="minor units", meaning="what a purchase cost us"),
    CustomField(name="link", meaning="placement link that brought a touch"),
    CustomField(name="purpose", many=True, meaning="purposes that a consent is about: marketing, service"),
    CustomField(name="case_id", meaning="case that a message or a step belongs to"),
    CustomField(name="topic", meaning="what a case is about: complaint, delivery"),
    CustomField(name="priority", meaning="priority of a case: low, normal, high, urgent"),
    CustomField(name="by", meaning="who wrote in a case: customer, or an employee"),
    CustomField(name="opportunity_id", meaning="sale that a fact belongs to"),
    CustomField(name="cause", meaning="why they left: competitor, value_not_found, other"),
)
"""The props that crmkit gives a meaning to; a host may pass props of its own beside them."""

_PRIORITY: Final = {kind: place for place, (_, kinds) in enumerate(KIND_CLASSES) for kind in kinds}
_OTHER: Final = len(KIND_CLASSES)


@final
@attrs.frozen
class Activity:
    """A fact with a time: whatever a customer did, or was done to them.

    >>> import datetime as dt
    >>> at = dt.datetime(2024, 6, 1, 12, tzinfo=dt.UTC)
    >>> bought = Activity("a1", "c1", "purchase", at, amount_minor=1250, currency="EUR", props={"items": 3})
    >>> bought["items"], bought["colour"], str(bought.money)
    (3, None, '12.50 EUR')

    Facts are ordered by instant, class of kind, ``sequence`` and id.

    Attributes:
        id: Id of the fact; told twice, it counts once.
        customer_id: Whose fact it is; a record's id until identity is resolved.
        kind: One of `KINDS`, or a kind of the host's.
        at: When it happened, aware; held in UTC.
        amount_minor: Money that moved, in minor units, 0 or more; the kind says which way.
        currency: ISO 4217 code; needed with an amount.
        channel: Where it happened: "store", "wecom", "email".
        account_id: The organisation the customer acted for, if any.
        source: The source that told it.
        sequence: Order among facts of one instant and class, 0 or more.
        recorded_at: When it became known, if later than it happened.
        props: Everything else, a mapping when given, kept as sorted pairs.
    """

    id: ActivityId = attrs.field(converter=plain_text)
    customer_id: CustomerId = attrs.field(converter=plain_text)
    kind: str = attrs.field(converter=plain_text)
    at: dt.datetime = attrs.field(converter=instant)
    amount_minor: int | None = attrs.field(default=None, kw_only=True)
    currency: str | None = attrs.field(
        default=None, kw_only=True, converter=attrs.converters.optional(currency_code)
    )
    channel: str | None = attrs.field(default=None, kw_only=True, converter=maybe_text)
    account_id: CustomerId | None = attrs.field(default=None, kw_only=True, converter=maybe_text)
    source: str | None = attrs.field(default=None, kw_only=True, converter=maybe_text)
    sequence: int = attrs.field(default=0, kw_only=True)
    recorded_at: dt.datetime | None = attrs.field(default=None, kw_only=True, converter=maybe_instant)
    props: Fields = attrs.field(default=(), kw_only=True, converter=frozen_fields, eq=exactly, repr=names_of)

    def __attrs_post_init__(self) -> None:
        if not (self.id and self.customer_id and self.kind):
            raise InvalidValue("an activity needs an id, a customer_id and a kind")
        if self.amount_minor is not None:
            if isinstance(self.amount_minor, bool) or not isinstance(self.amount_minor, int):
                raise InvalidValue("amount_minor must be whole minor units")
            if self.amount_minor < 0:
                raise InvalidValue("amount_minor must be 0 or more; money that goes back is a 'refund'")
            if self.amount_minor > MOST_MINOR:
                raise InvalidValue(f"amount_minor must be at most {MOST_MINOR:,}")
            if self.currency is None:
                raise InvalidValue("an amount needs a currency")
        if not 0 <= self.sequence <= MOST_MINOR:
            raise InvalidValue(f"sequence must be a whole number from 0 to {MOST_MINOR:,}")

    def __getitem__(self, name: str) -> FieldValue | None:
        """Return the prop called *name*, or None if it is unknown."""
        return field_of(self.props, name)

    @property
    def money(self) -> Money | None:
        """The money that moved, or None if none did or it is unknown."""
        if self.amount_minor is None or self.currency is None:
            return None
        return Money(amount_minor=self.amount_minor, currency=self.currency)


def kind_priority(kind: str) -> int:
    """Return the place of *kind* among facts of one instant; a host's own kinds come last."""
    return _PRIORITY.get(kind, _OTHER)


def fact_order(activity: Activity) -> tuple[dt.datetime, int, int, str]:
    """Return the key that puts facts in order: instant, class of the kind, sequence, id."""
    return activity.at, kind_priority(activity.kind), activity.sequence, activity.id


def in_fact_order(activities: Iterable[Activity]) -> list[Activity]:
    """Return each fact once, in fact order.

    Of facts that share an id the first in fact order stays, whatever order
    they came in; `conflicts` tells which of them differ.
    """
    facts = list(activities)
    if len({one.id for one in facts}) != len(facts):
        facts = _each_once(facts)
    return facts if _ascend(facts) else sorted(facts, key=fact_order)


def conflicts(activities: Iterable[Activity]) -> list[Problem]:
    """Return a problem for each id that is told with more than one content, sorted by id."""
    first: dict[str, Activity] = {}
    contradicted: set[str] = set()
    for activity in activities:
        if first.setdefault(activity.id, activity) != activity:
            contradicted.add(activity.id)
    return [
        Problem(
            source=first[key].source or "activities",
            field="id",
            reason=f"activity {key!r} is told with different contents; the first in fact order counts. "
            "Give corrections an id of their own.",
            kept=True,
        )
        for key in sorted(contradicted)
    ]


def _each_once(activities: Iterable[Activity]) -> list[Activity]:
    kept: dict[str, Activity] = {}
    for activity in activities:
        other = kept.setdefault(activity.id, activity)
        if other is not activity and _total_order(activity) < _total_order(other):
            kept[activity.id] = activity
    return list(kept.values())


def _ascend(facts: Sequence[Activity]) -> bool:
    """Return whether each of *facts* comes at a later instant than the one before, as most histories are kept."""
    if not facts:
        return True
    last = facts[0].at
    for fact in islice(facts, 1, None):  # noqa: SIM110 -- a generator takes as long again
        if not last < (last := fact.at):
            return False
    return True


def _total_order(activity: Activity) -> tuple[object, ...]:
    """Return a key that tells any two different facts apart; unknown comes before known."""
    return (
        *fact_order(activity),
        activity.customer_id,
        activity.kind,
        -1 if activity.amount_minor is None else activity.amount_minor,
        *(
            (text is not None, text or "")
            for text in (activity.currency, activity.channel, activity.account_id, activity.source)
        ),
        (activity.recorded_at is not None, activity.recorded_at or activity.at),
        repr(activity.props),
    )
