"""Leads: somebody who may buy, before anybody has sold them anything."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Final, final

import attrs

from crmkit.calendars import instant
from crmkit.display import html_table, text_bar
from crmkit.errors import InvalidValue, UnknownName
from crmkit.funnel.channels import CHANNELS, UNKNOWN_CHANNEL, Channels, resolve
from crmkit.funnel.source_tag import SourceTag
from crmkit.model import CustomerId, Fields, FieldValue, frozen_fields
from crmkit.model.values import field_of, names_of

LEAD_STATUSES: Final = ("open", "converted", "retired")


@final
@attrs.frozen
class Lead:
    """One chance to sell, as it came in.

    Attributes:
        id: Id of the lead.
        created_at: When it came in.
        fields: What they told of themselves, by the names of `model.FIELDS` or
            names of the host's, a mapping when given, kept as sorted pairs.
        customer_id: The person, where identity is resolved.
        account_id: The organisation, where it is known to us.
        source: Where they came from.
        rep_id: The rep who works it, or None if nobody does yet.
        status: One of `LEAD_STATUSES`.
    """

    id: str = attrs.field()
    created_at: dt.datetime = attrs.field(converter=instant)
    fields: Fields = attrs.field(default=(), converter=frozen_fields, repr=names_of)
    customer_id: CustomerId | None = attrs.field(
        default=None, kw_only=True, converter=attrs.converters.optional(CustomerId)
    )
    account_id: CustomerId | None = attrs.field(
        default=None, kw_only=True, converter=attrs.converters.optional(CustomerId)
    )
    source: SourceTag = attrs.field(factory=SourceTag, kw_only=True)
    rep_id: str | None = attrs.field(default=None, kw_only=True)
    status: str = attrs.field(default="open", kw_only=True)

    @id.validator
    def _named(self, _: object, lead_id: str) -> None:
        if not lead_id:
            raise InvalidValue("a lead needs an id; derive one with model.derive_id if the source has none")

    @status.validator
    def _known(self, _: object, status: str) -> None:
        if status not in LEAD_STATUSES:
            raise UnknownName("status of a lead", status, LEAD_STATUSES)

    def __getitem__(self, name: str) -> FieldValue | None:
        """Return the field *name*, or None if it is unknown."""
        return field_of(self.fields, name)


def facts_of(lead: Lead, *, channels: Channels = CHANNELS) -> dict[str, object]:
    """Return what a condition can ask of a lead, by name.

    Its fields; ``id``, ``created_at``, ``customer_id``, ``account_id``, ``rep_id`` and
    ``status``; the parts of its source tag (``medium``, ``campaign``, …); and as
    ``channel`` the name of the one of *channels* that the tag, else the field
    ``source_channel`` stands for, None if neither tells.
    """
    tag = {name: value for name, value in attrs.asdict(lead.source).items() if name != "click_ids"}
    own = {name: getattr(lead, name) for name in _ASKED}
    told = lead["source_channel"]
    hints = (lead.source, told if isinstance(told, str) else None)
    names = (name for hint in hints if (name := resolve(hint, channels)) != UNKNOWN_CHANNEL)
    return {**dict(lead.fields), **tag, **own, "channel": next(names, None)}


_ASKED: Final = ("id", "created_at", "customer_id", "account_id", "rep_id", "status")


@final
@attrs.frozen
class Information:
    """One thing worth knowing of a lead.

    Attributes:
        name: What it is.
        points: What knowing it is worth, more than 0.
        fields: The fields that tell it; one of them is enough.
    """

    name: str
    points: int = attrs.field()
    fields: tuple[str, ...] = attrs.field(converter=tuple[str, ...])

    @points.validator
    def _positive(self, _: object, points: int) -> None:
        if points < 1:
            raise InvalidValue(f"points must be 1 or more, got {points}")

    @fields.validator
    def _some(self, _: object, fields: tuple[str, ...]) -> None:
        if not fields:
            raise InvalidValue(f"the information {self.name!r} needs a field that tells it")


INFORMATION: Final = (
    Information("who they are", 15, ("name", "given_name", "family_name")),
    Information("how to reach them", 30, ("phone", "email", "wechat")),
    Information("whom they work for", 10, ("company",)),
    Information("what they do there", 5, ("job_title",)),
    Information("where they are", 10, ("city", "region", "postcode", "address", "country")),
    Information("what they need", 20, ("needs",)),
    Information("how they found us", 10, ("source_channel",)),
)
"""What is usually worth knowing of a lead: 100 points in all."""


@final
@attrs.frozen(kw_only=True)
class Completeness:
    """How much is known of a lead.

    Attributes:
        lead_id: The lead.
        points: Points of what is known.
        out_of: Points there are.
        known: Names of what is known, in the order asked.
        missing: Names of what is not, the most valuable first: what to ask next.
    """

    lead_id: str
    points: int
    out_of: int
    known: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def percent(self) -> int:
        """Points in percent of those there are, rounded down."""
        return 100 * self.points // self.out_of

    def __str__(self) -> str:
        ask = f"; ask {', '.join(self.missing)}" if self.missing else ""
        bar = text_bar(self.points, self.out_of, width=10)
        return f"{self.percent} % {bar} known of lead {self.lead_id}{ask}"

    def _repr_html_(self) -> str:
        rows = [*((name, "known") for name in self.known), *((name, "missing") for name in self.missing)]
        return html_table(("information", ""), rows, caption=f"{self.percent} % known of lead {self.lead_id}")


def completeness(lead: Lead, *, information: Iterable[Information] = INFORMATION) -> Completeness:
    """Return how much of *information* is known of *lead*.

    Where they came from is known, too, if the lead's source tag says anything.

    Raises:
        InvalidValue: If no information is asked for.
    """
    asked = tuple(information)
    if not asked:
        raise InvalidValue("completeness needs at least one piece of information to ask for")
    known = [item for item in asked if any(_tells(lead, field) for field in item.fields)]
    missing = [item for item in asked if item not in known]
    return Completeness(
        lead_id=lead.id,
        points=sum(item.points for item in known),
        out_of=sum(item.points for item in asked),
        known=tuple(item.name for item in known),
        missing=tuple(item.name for item in sorted(missing, key=lambda item: -item.points)),
    )


def _tells(lead: Lead, field: str) -> bool:
    if field == "source_channel" and lead.source != SourceTag():
        return True
    value = lead[field]
    return bool(value.strip()) if isinstance(value, str) else value is not None
