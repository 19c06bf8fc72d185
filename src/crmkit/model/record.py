"""Records: what one source knows about one party, as it said it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Final, final

import attrs

from crmkit.errors import InvalidValue
from crmkit.model.custom_fields import CustomField
from crmkit.model.identity import RecordId
from crmkit.model.instants import maybe_instant
from crmkit.model.values import (
    Fields,
    FieldValue,
    exactly,
    field_of,
    frozen_fields,
    names_of,
    plain_text,
    texts_of,
)

PERSON: Final = "person"
ORGANISATION: Final = "organisation"
PARTY_KINDS: Final = (PERSON, ORGANISATION)

FIELDS: Final[tuple[CustomField, ...]] = (
    CustomField(
        name="name", meaning="full name of a person, or the name of an organisation where `company` is absent"
    ),
    CustomField(name="given_name", meaning="given name of a person"),
    CustomField(name="family_name", meaning="family name of a person"),
    CustomField(name="born_on", type="date", meaning="date of birth"),
    CustomField(name="gender", meaning="gender as the person states it"),
    CustomField(name="language", meaning="BCP 47 tag of the language to speak to them in"),
    CustomField(name="zone", meaning="IANA time zone they live in"),
    CustomField(name="email", many=True, meaning="e-mail addresses"),
    CustomField(name="phone", many=True, meaning="phone numbers"),
    CustomField(name="wechat", many=True, meaning="WeChat unionid, or openid where there is none"),
    CustomField(name="device", many=True, meaning="device ids"),
    CustomField(name="address", many=True, meaning="street address"),
    CustomField(name="city", meaning="city"),
    CustomField(name="region", meaning="state or province"),
    CustomField(name="postcode", meaning="postal code"),
    CustomField(name="country", meaning="ISO 3166 alpha-2 code of the country"),
    CustomField(name="company", meaning="organisation: its own name, or the one a person works for"),
    CustomField(name="job_title", meaning="job title of a person"),
    CustomField(name="industry", meaning="organisation: its industry"),
    CustomField(
        name="size", type="integer", unit="employees", least=0, meaning="organisation: number of employees"
    ),
    CustomField(name="ceo", meaning="organisation: name of its chief executive"),
    CustomField(name="legal_status", meaning="organisation: legal form and standing"),
    CustomField(name="needs", many=True, meaning="what they said they need"),
    CustomField(name="source_channel", meaning="channel that brought the record"),
)
"""The fields of records and customers that crmkit gives a meaning to; every other one is the host's own."""

FIELD_NAMES: Final = frozenset(field.name for field in FIELDS)


def _each_once(ids: Iterable[str]) -> tuple[RecordId, ...]:
    if type(ids) is tuple and not ids:  # as nearly every record has it
        return ()
    return tuple(sorted({RecordId(plain_text(one)) for one in ids}))


@final
@attrs.frozen
class Place:
    """Where a record was told.

    Attributes:
        source: Name of the file or system.
        row: Number of the row there, the first data row being 1.
    """

    source: str = attrs.field(converter=plain_text)
    row: int = attrs.field()

    @row.validator
    def _positive(self, _: object, row: int) -> None:
        if row < 1:
            raise InvalidValue(f"the first row is 1, got {row}")

    def __str__(self) -> str:
        return f"row {self.row} of {self.source}"


@final
@attrs.frozen
class Record:
    """What one source knows about one party.

    Attributes:
        id: Id of the record, unique among all sources.
        source: Name of the source: "shop", "lead-form", "wecom".
        fields: Values by name, a mapping when given, kept as sorted pairs.
            The names of `FIELDS` have a meaning; a field may hold several values.
        kind: "person", "organisation", or None if the source does not say.
        recorded_at: When the source last changed it, or None if it does not say.
        aliases: Other ids by which facts may name it: a former one, or one
            that other records were given too.  Sorted, each once.
        place: Where it was told, so that what is wrong with it can be found
            there, or None.  It is no part of what the record says: records
            that differ in nothing else are equal, and documents leave it out.
    """

    id: RecordId = attrs.field(converter=plain_text)
    source: str = attrs.field(converter=plain_text)
    fields: Fields = attrs.field(default=(), converter=frozen_fields, eq=exactly, repr=names_of)
    kind: str | None = attrs.field(default=None, kw_only=True)
    recorded_at: dt.datetime | None = attrs.field(default=None, kw_only=True, converter=maybe_instant)
    aliases: tuple[RecordId, ...] = attrs.field(default=(), kw_only=True, converter=_each_once, repr=False)
    place: Place | None = attrs.field(default=None, kw_only=True, eq=False, repr=False)

    @id.validator
    def _named(self, _: object, record_id: str) -> None:
        if not record_id:
            raise InvalidValue("a record needs an id; derive one with model.derive_id if the source has none")

    @kind.validator
    def _of_a_kind(self, _: object, kind: str | None) -> None:
        if kind is not None and kind not in PARTY_KINDS:
            raise InvalidValue(f"a record's kind is 'person', 'organisation' or None, got {kind!r}")

    def __getitem__(self, name: str) -> FieldValue | None:
        """Return the value of the field *name*, or None if the source does not say."""
        return field_of(self.fields, name)

    def texts(self, name: str) -> tuple[str, ...]:
        """Return every value of the field *name* as text, in the order the source gave."""
        return texts_of(self.fields, name)
