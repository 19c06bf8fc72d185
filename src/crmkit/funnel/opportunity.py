"""Opportunities: sales under way; a customer may have several."""

from __future__ import annotations

import datetime as dt
from typing import Final, final

import attrs

from crmkit.calendars import instant
from crmkit.errors import InvalidValue
from crmkit.model import CustomerId, Fields, FieldValue, Money, frozen_fields
from crmkit.model.instants import maybe_instant
from crmkit.model.money import currency_code
from crmkit.model.values import field_of, names_of


@final
@attrs.frozen(kw_only=True)
class StageChange:
    """One move of a sale from stage to stage.

    Attributes:
        from_stage: The stage it left.
        to_stage: The stage it entered.
        at: When it happened.
        by: Who made it.
        reason: Why, in their words; kept out of `repr`.
        recorded_at: When it became known, if later than it happened.
    """

    from_stage: str
    to_stage: str
    at: dt.datetime = attrs.field(converter=instant)
    by: str = attrs.field()
    reason: str | None = attrs.field(default=None, repr=False)
    recorded_at: dt.datetime | None = attrs.field(default=None, converter=maybe_instant)

    @by.validator
    def _somebody(self, _: object, by: str) -> None:
        if not by:
            raise InvalidValue("a move is made by somebody: give the id of a rep or of a rule")


@final
@attrs.frozen
class Opportunity:
    """One sale, from the first need to the signature or the refusal.

    Attributes:
        id: Id of the opportunity.
        customer_id: Who would buy: an organisation or a person.
        stage: The stage of its pipeline that it is in.
        opened_at: When it was opened.
        pipeline: Name of the pipeline it goes through.
        amount_minor: What it would bring, in minor units, 0 or more, or None if unknown.
        currency: ISO 4217 code; needed with an amount.
        contact_ids: The people it is talked over with.
        lead_id: The lead it came from, or None.
        rep_id: Whose it is, or None.
        fields: Everything else, a mapping when given, kept as sorted pairs.
        history: Its moves, oldest first.
    """

    id: str
    customer_id: CustomerId = attrs.field(converter=CustomerId)
    stage: str
    opened_at: dt.datetime = attrs.field(converter=instant)
    pipeline: str = attrs.field(default="sales", kw_only=True)
    amount_minor: int | None = attrs.field(default=None, kw_only=True)
    currency: str | None = attrs.field(
        default=None, converter=attrs.converters.optional(currency_code), kw_only=True
    )
    contact_ids: tuple[CustomerId, ...] = attrs.field(
        default=(), converter=tuple[CustomerId, ...], kw_only=True
    )
    lead_id: str | None = attrs.field(default=None, kw_only=True)
    rep_id: str | None = attrs.field(default=None, kw_only=True)
    fields: Fields = attrs.field(default=(), converter=frozen_fields, repr=names_of, kw_only=True)
    history: tuple[StageChange, ...] = attrs.field(
        default=(), converter=tuple[StageChange, ...], kw_only=True
    )

    def __attrs_post_init__(self) -> None:
        if not (self.id and self.customer_id and self.stage):
            raise InvalidValue("an opportunity needs an id, a customer_id and a stage")
        if self.amount_minor is not None and self.amount_minor < 0:
            raise InvalidValue("amount_minor must be 0 or more")
        if self.amount_minor is not None and self.currency is None:
            raise InvalidValue("an amount needs a currency")
        if self.history and self.history[-1].to_stage != self.stage:
            raise InvalidValue(
                f"the history ends in {self.history[-1].to_stage!r}, but the stage is {self.stage!r}"
            )

    def __getitem__(self, name: str) -> FieldValue | None:
        """Return the field *name*, or None if it is unknown."""
        return field_of(self.fields, name)

    @property
    def stage_since(self) -> dt.datetime:
        """When it entered the stage it is in."""
        return self.history[-1].at if self.history else self.opened_at

    @property
    def money(self) -> Money | None:
        """What it would bring, or None if unknown."""
        if self.amount_minor is None or self.currency is None:
            return None
        return Money(amount_minor=self.amount_minor, currency=self.currency)


_ASKED: Final = (
    "id",
    "customer_id",
    "stage",
    "stage_since",
    "opened_at",
    "pipeline",
    "amount_minor",
    "currency",
    "contact_ids",
    "lead_id",
    "rep_id",
)


def facts_of_sale(opportunity: Opportunity) -> dict[str, object]:
    """Return what a condition can ask of an opportunity, by name: its fields and its own attributes."""
    return {**dict(opportunity.fields), **{name: getattr(opportunity, name) for name in _ASKED}}
