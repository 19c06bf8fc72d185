"""Sources of customers: the first touch, which never changes, and the last, which moves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Final, final

import attrs

from crmkit.calendars import instant
from crmkit.funnel.links import parse_link, tag_from
from crmkit.funnel.source_tag import SourceTag
from crmkit.model import KIND_CLASSES, Activity, ActivityId, CustomerId, in_fact_order

TOUCH_KINDS: Final = dict(KIND_CLASSES)["reach"]
"""The kinds of activity that are touches."""


@final
@attrs.frozen(kw_only=True)
class Touch:
    """One time that somebody was reached.

    Attributes:
        activity_id: The fact that tells it.
        at: When.
        sequence: Order among touches of one instant.
        tag: Where they came from.
    """

    activity_id: ActivityId
    at: dt.datetime = attrs.field(converter=instant)
    sequence: int = 0
    tag: SourceTag


@final
@attrs.frozen(kw_only=True)
class Sources:
    """Where a customer came from.

    Attributes:
        first: The first touch that was known; it never changes.
        last: The latest touch.
    """

    first: Touch
    last: Touch


def sources(
    activities: Iterable[Activity], *, known: Mapping[CustomerId, Sources] | None = None
) -> dict[CustomerId, Sources]:
    """Return the first and the last touch of each customer who has one, sorted by customer id.

    Args:
        activities: Facts in any order; those of `TOUCH_KINDS` count.
        known: What was found before.  First touches in it stay, even if an
            earlier one comes to light; last touches move on, never back.
    """
    found = dict(known or {})
    for fact in in_fact_order(activities):
        if fact.kind in TOUCH_KINDS:
            found[fact.customer_id] = _moved(found.get(fact.customer_id), fact)
    return dict(sorted(found.items()))


def tag_of(activity: Activity) -> SourceTag:
    """Return the source tag that an activity tells.

    It is read from the prop ``link``, a URL, else from props named like a
    link's parameters (``utm_source``, ``gclid``).  Where neither says anything,
    the activity's own channel is all that is known.
    """
    link = activity["link"]
    told = {name: value for name, value in activity.props if isinstance(value, str)}
    tag = parse_link(link) if isinstance(link, str) else tag_from(told)
    return tag if tag != SourceTag() else SourceTag(channel=activity.channel)


def _moved(known: Sources | None, fact: Activity) -> Sources:
    touch = Touch(activity_id=fact.id, at=fact.at, sequence=fact.sequence, tag=tag_of(fact))
    if known is None:
        return Sources(first=touch, last=touch)
    return attrs.evolve(known, last=max(known.last, touch, key=_place))


def _place(touch: Touch) -> tuple[dt.datetime, int, str]:
    return touch.at, touch.sequence, touch.activity_id
