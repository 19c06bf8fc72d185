"""Records: what one source knows about one party, as it said it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Final, final

import attrs

from crmkit.errors import InvalidValue
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

FIELDS: Final[tuple[tuple[str, str], ...]] = (
    ("name", "full name of a person, or the name of an organisation where `company` is absent"),
    ("given_name", "given name of a person"),
    ("family_name", "family name of a person"),
    ("born_on", "date of birth"),
    ("gender", "gender as the person states it"),
    ("language", "BCP 47 tag of the language to speak to them in"),
    ("zone", "IANA time zone they live in"),
    ("email", "e-mail addresses"),
    ("phone", "phone numbers"),
    ("wechat", "WeChat unionid, or openid where there is none"),
    ("device", "device ids"),
    ("address", "street address"),
    ("city", "city"),
    ("region", "state or province"),
    ("postcode", "postal code"),
    ("country", "ISO 3166 alpha-2 code of the country"),
    ("company", "organisation: its own name, or the one a person works for"),
    ("job_title", "job title of a person"),
    ("industry", "organisation: its industry"),
    ("size", "organisation: number of employees"),
    ("ceo", "organisation: name of its chief executive"),
    ("legal_status", "organisation: legal form and standing"),
    ("needs", "what they said they need"),
    ("source_channel", "channel that brought the record"),
)
"""The field names that crmkit gives a meaning to; every other name is a custom field."""

FIELD_NAMES: Final = frozenset(name for name, _ in FIELDS)


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
