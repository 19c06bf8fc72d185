"""Customers: the golden record of a party, a person or an organisation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TypeAlias, final

import attrs

from crmkit.display import html_table
from crmkit.errors import InvalidValue
from crmkit.model.custom_fields import CustomField
from crmkit.model.identity import CustomerId, RecordId
from crmkit.model.instants import maybe_instant
from crmkit.model.period import check_period, holds_at
from crmkit.model.record import ORGANISATION, PARTY_KINDS, PERSON
from crmkit.model.values import (
    Fields,
    FieldValue,
    exactly,
    exactly_one,
    field_of,
    frozen_fields,
    maybe_text,
    plain_text,
)

CONTACT_POINT_KINDS: Final = ("email", "phone", "wechat", "device", "address")

CUSTOMER_FIELDS: Final = (
    CustomField(
        name="kind", type="choice", choices=PARTY_KINDS, meaning="whether a person or an organisation"
    ),
    CustomField(name="customer_ids", many=True, meaning="organisation: its own customers"),
)
"""What a customer answers to beside `FIELDS` and what the host adds."""


@final
@attrs.frozen(kw_only=True)
class Contact:
    """What is true of a person; kept out of `repr`.

    Attributes:
        given_name: Given name.
        family_name: Family name.
        born_on: Date of birth.
        gender: As the person states it.
        language: BCP 47 tag of the language to speak to them in.
        job_title: What they do for a living.
    """

    given_name: str | None = attrs.field(default=None, repr=False)
    family_name: str | None = attrs.field(default=None, repr=False)
    born_on: dt.date | None = attrs.field(default=None, repr=False)
    gender: str | None = attrs.field(default=None, repr=False)
    language: str | None = None
    job_title: str | None = attrs.field(default=None, repr=False)


@final
@attrs.frozen(kw_only=True)
class Account:
    """What is true of an organisation.

    Attributes:
        size: Number of employees, 0 or more.
        industry: What it lives from.
        ceo: Name of its chief executive; kept out of `repr`.
        legal_status: Legal form and standing.
        customer_ids: Its own customers (the customer's customer), where known.
    """

    size: int | None = attrs.field(default=None)
    industry: str | None = None
    ceo: str | None = attrs.field(default=None, repr=False)
    legal_status: str | None = None
    customer_ids: tuple[CustomerId, ...] = ()

    @size.validator
    def _not_negative(self, _: object, size: int | None) -> None:
        if size is not None and size < 0:
            raise InvalidValue(f"size must be 0 or more employees, got {size}")


@final
@attrs.frozen(kw_only=True)
class ContactPoint:
    """One way to reach a customer.

    Attributes:
        kind: One of `CONTACT_POINT_KINDS`.
        value: The normalised address, number or id; kept out of `repr`.
        since: Valid from, or None if always.
        until: Valid up to, exclusive, or None if still.
        verified: True if it was proved to reach them.
    """

    kind: str = attrs.field()
    value: str = attrs.field(repr=False)
    since: dt.datetime | None = attrs.field(default=None, converter=maybe_instant)
    until: dt.datetime | None = attrs.field(default=None, converter=maybe_instant)
    verified: bool = False

    @kind.validator
    def _known(self, _: object, kind: str) -> None:
        if kind not in CONTACT_POINT_KINDS:
            raise InvalidValue(f"a contact point is one of {', '.join(CONTACT_POINT_KINDS)}, got {kind!r}")

    def __attrs_post_init__(self) -> None:
        check_period(self.since, self.until)

    def valid_at(self, as_of: dt.datetime) -> bool:
        """Return whether it reaches the customer at *as_of*."""
        return holds_at(self.since, self.until, as_of)


@final
@attrs.frozen(kw_only=True)
class Provenance:
    """Where a value of a golden record comes from.

    Attributes:
        field: Name of the field.
        value: The value that survived; kept out of `repr`.
        record_ids: The records that say so, sorted.
        rule: The survivorship rule that chose it.
    """

    field: str
    value: FieldValue = attrs.field(eq=exactly_one, repr=False)
    record_ids: tuple[RecordId, ...]
    rule: str


def _ids(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(map(plain_text, ids))


@final
@attrs.frozen(kw_only=True)
class Customer:
    """One party, known before, during and after any purchase.

    Attributes:
        id: Id of the customer.
        name: What to call them, or None if no source says; kept out of `repr`.
        party: `Contact` for a person, `Account` for an organisation.
        contact_points: Ways to reach them, sorted by kind, best first.
        needs: What they said they need.
        fields: Every other value, standard or custom, by name.
        record_ids: The records they are made of, sorted.
        aliases: Former ids that still lead here, sorted.
        provenance: Where each value comes from, sorted by field.
    """

    id: CustomerId = attrs.field(converter=plain_text)
    name: str | None = attrs.field(default=None, repr=False, converter=maybe_text)
    party: Contact | Account = attrs.field(factory=Contact, repr=False)
    contact_points: tuple[ContactPoint, ...] = attrs.field(default=(), repr=False)
    needs: tuple[str, ...] = attrs.field(default=(), repr=False)
    fields: Fields = attrs.field(default=(), converter=frozen_fields, eq=exactly, repr=False)
    record_ids: tuple[RecordId, ...] = attrs.field(default=(), converter=_ids)
    aliases: tuple[CustomerId, ...] = attrs.field(default=(), converter=_ids)
    provenance: tuple[Provenance, ...] = attrs.field(default=(), repr=False)

    def _repr_html_(self) -> str:
        rows = [(one.field, one.value, one.rule, ", ".join(one.record_ids)) for one in self.provenance]
        caption = f"{self.name or self.id}, a{'n' if self.kind == ORGANISATION else ''} {self.kind}"
        return html_table(("field", "value", "kept because", "said by"), rows, caption=caption)

    @property
    def kind(self) -> str:
        """Either "person" or "organisation"."""
        return ORGANISATION if isinstance(self.party, Account) else PERSON

    def __getitem__(self, name: str) -> FieldValue | None:
        """Return the standard or custom field *name*, or None if it is unknown.

        A field that holds several values (contact points, needs) comes as a tuple.
        """
        if name == "name":
            return self.name
        if name == "kind":
            return self.kind
        if name == "needs":
            return self.needs or None
        if name in CONTACT_POINT_KINDS:
            return tuple(point.value for point in self.contact_points if point.kind == name) or None
        own: FieldValue | None = getattr(self.party, name, None) if name in _PARTY_FIELDS else None
        return own if own is not None and own != () else field_of(self.fields, name)


def fields_of(customer: Customer) -> Mapping[str, FieldValue]:
    """Return every field of *customer* that is known, by name: what the guards of a lifecycle read.

    Each is looked up when it is asked for.

    >>> dict(fields_of(Customer(id="c1", name="Ann", fields={"city": "Porto"})))
    {'name': 'Ann', 'kind': 'person', 'city': 'Porto'}
    """
    return _Known(customer)


@final
class _Known(Mapping[str, FieldValue]):
    """A customer as a mapping; most lifecycles ask for no field, so nothing is listed before it is asked for."""

    def __init__(self, customer: Customer) -> None:
        self._customer = customer

    def __getitem__(self, name: str) -> FieldValue:
        value = self._customer[name]
        if value is None:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        told = (name for name, _ in self._customer.fields)
        names = dict.fromkeys(("name", "kind", "needs", *CONTACT_POINT_KINDS, *_PARTY_FIELDS, *told))
        return (name for name in names if self._customer[name] is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)


Party: TypeAlias = Contact | Account
_PARTY_FIELDS: Final = dict.fromkeys(
    attribute.name for party in (Contact, Account) for attribute in attrs.fields(party)
)
