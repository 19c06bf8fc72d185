"""Tags: short labels on a customer, each with its reason and its time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import final

import attrs

from crmkit.model.identity import ActivityId
from crmkit.model.instants import instant, maybe_instant
from crmkit.model.period import check_period, holds_at


@final
@attrs.frozen(kw_only=True)
class Tag:
    """A label on a customer.

    Attributes:
        name: What it says.
        since: From when.
        until: Up to when, exclusive, or None if open.
        rule: The rule or person that set it.
        reason: Why, in a sentence.
        evidence: The facts behind it, in fact order.
    """

    name: str
    since: dt.datetime = attrs.field(converter=instant)
    until: dt.datetime | None = attrs.field(default=None, converter=maybe_instant)
    rule: str
    reason: str = ""
    evidence: tuple[ActivityId, ...] = ()

    def __attrs_post_init__(self) -> None:
        check_period(self.since, self.until)


def tag_names(tags: Iterable[Tag], *, as_of: dt.datetime) -> frozenset[str]:
    """Return the names of the tags that hold at *as_of*."""
    return frozenset(tag.name for tag in tags if holds_at(tag.since, tag.until, as_of))
