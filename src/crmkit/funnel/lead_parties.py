"""Parties of a lead: the person and the organisation that it tells of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

import attrs

from crmkit.funnel.leads import Lead
from crmkit.model import (
    Account,
    Contact,
    ContactPoint,
    Customer,
    CustomerId,
    FieldValue,
    derive_id,
    frozen_fields,
)
from crmkit.model.customer import CONTACT_POINT_KINDS
from crmkit.model.values import texts_of

_PERSONAL: Final = frozenset({"name", "given_name", "family_name", "job_title", "email", "phone", "wechat"})
_OF_ACCOUNT: Final = frozenset({"company", "industry", "size", "ceo", "legal_status"})
_OF_SALE: Final = frozenset({"amount_minor", "currency"})


def contact_of(lead: Lead) -> Customer | None:
    """Return the person that *lead* tells of, as a customer, or None."""
    told = dict(lead.fields)
    if lead.customer_id is None and not _PERSONAL & told.keys():
        return None
    if _is_of_account(lead):
        told = {name: value for name, value in told.items() if name not in _OF_ACCOUNT - {"company"}}
    return _customer(lead.customer_id or _new_id(lead, "contact"), Contact, told)


def account_of(lead: Lead) -> Customer | None:
    """Return the organisation that *lead* tells of, as a customer, or None."""
    if not _is_of_account(lead):
        return None
    told = dict(lead.fields)
    if lead.customer_id is not None or _PERSONAL & told.keys():
        told = {name: value for name, value in told.items() if name in _OF_ACCOUNT}
    company = lead["company"]
    told = {name: value for name, value in told.items() if name != "company"}
    return _customer(
        lead.account_id or _new_id(lead, "account"),
        Account,
        told if company is None else {**told, "name": company},
    )


def filled(found: Customer, proposal: Customer) -> tuple[Customer, tuple[str, ...]]:
    """Return *found* with its empty fields filled from *proposal*, and the names of those, sorted."""
    party = {
        field.name: value
        for field in attrs.fields(type(found.party))
        if found[field.name] is None and _is_told(value := getattr(proposal.party, field.name))
    }
    plain = {
        name: value
        for name in ("name", "needs")
        if found[name] is None and _is_told(value := getattr(proposal, name))
    }
    points = [point for point in proposal.contact_points if found[point.kind] is None]
    fields = {name: value for name, value in proposal.fields if found[name] is None}
    customer = attrs.evolve(
        found,
        party=attrs.evolve(found.party, **party),
        contact_points=tuple(sorted((*found.contact_points, *points), key=lambda point: point.kind)),
        fields={**dict(found.fields), **fields},
        **plain,
    )
    names = {*party, *(point.kind for point in points), *fields, *plain}
    return customer, tuple(sorted(names))


def _is_told(value: object) -> bool:
    return value is not None and value != ()


def _customer(
    customer_id: CustomerId, party: type[Contact] | type[Account], told: Mapping[str, FieldValue]
) -> Customer:
    """Return a customer who is what *told* says; what has no place of its own is kept as a field."""
    own = {
        field.name: told[field.name]
        for field in attrs.fields(party)
        if field.name in told and _fits(field.name, told[field.name])
    }
    fields = frozen_fields(told)
    placed = {*own, *CONTACT_POINT_KINDS, *_OF_SALE, "name", "needs"}
    return Customer(
        id=customer_id,
        name=next(iter(texts_of(fields, "name")), None),
        party=party(**own),  # type: ignore[arg-type]
        contact_points=tuple(
            ContactPoint(kind=kind, value=value)
            for kind in sorted(CONTACT_POINT_KINDS)
            for value in texts_of(fields, kind)
        ),
        needs=texts_of(fields, "needs"),
        fields={name: value for name, value in told.items() if name not in placed},
    )


def _fits(name: str, value: FieldValue) -> bool:
    if name == "born_on":
        return type(value) is dt.date
    if name == "size":
        return type(value) is int and value >= 0
    return isinstance(value, str)


def _new_id(lead: Lead, what: str) -> CustomerId:
    return CustomerId(derive_id("cus", "lead", lead.id, what))


def _is_of_account(lead: Lead) -> bool:
    return lead.account_id is not None or lead["company"] is not None
